import os

from odoo.tests import tagged

from .walker import WalkerCase


@tagged('post_install', '-at_install')
class TestWalk(WalkerCase):
    """Every screen as every role, in a world with a record of each kind."""

    def test_desktop_3_manager(self):
        self._walk(self.manager, 'manager', phone=False, only=os.environ.get('ITC_WALK_ONLY'))

    def test_desktop_2_technician(self):
        self._walk(self.technician, 'technician', phone=False, only=os.environ.get('ITC_WALK_ONLY'))

    def test_desktop_1_colleague(self):
        self._walk(self.user, 'colleague', phone=False, only=os.environ.get('ITC_WALK_ONLY'))

    def test_desktop_4_auditor(self):
        self._walk(self.auditor, 'auditor', phone=False, only=os.environ.get('ITC_WALK_ONLY'))

    def test_desktop_5_guest(self):
        self._walk(self.guest, 'guest', phone=False, only=os.environ.get('ITC_WALK_ONLY'))

    def test_phone_3_manager(self):
        self._walk(self.manager, 'manager', phone=True, only=os.environ.get('ITC_WALK_ONLY'))

    def test_phone_2_technician(self):
        self._walk(self.technician, 'technician', phone=True, only=os.environ.get('ITC_WALK_ONLY'))

    def test_phone_1_colleague(self):
        self._walk(self.user, 'colleague', phone=True, only=os.environ.get('ITC_WALK_ONLY'))

    def test_phone_4_auditor(self):
        self._walk(self.auditor, 'auditor', phone=True, only=os.environ.get('ITC_WALK_ONLY'))

    def test_phone_5_guest(self):
        self._walk(self.guest, 'guest', phone=True, only=os.environ.get('ITC_WALK_ONLY'))
