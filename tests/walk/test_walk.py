import os

from odoo.tests import tagged

from .exceptions import EXCEPTIONS
from .walker import WalkerCase


@tagged('post_install', '-at_install', 'itc_walk')
class TestWalkDoers(WalkerCase):
    """Every screen of those who log and do the work, in a world with a record of each kind in each state."""

    def test_desktop_1_colleague(self):
        self.assertWalks(self.user, 'colleague', phone=False)

    def test_desktop_2_technician(self):
        self.assertWalks(self.technician, 'technician', phone=False)

    def test_phone_1_colleague(self):
        self.assertWalks(self.user, 'colleague', phone=True)

    def test_phone_2_technician(self):
        self.assertWalks(self.technician, 'technician', phone=True)

    def test_phone_3_colleague_who_scanned_a_code(self):
        """The page that a code leads to stands in no menu."""
        with self._walking(self.user, 'colleague', phone=True) as browser:
            self.screen = 'scanned code'
            for name, asset_id in (('known', self.printer.id), ('unknown', 2**30)):
                with self._step(f'open {name}'):
                    browser.call('open', {
                        'type': 'ir.actions.client', 'tag': 'it_continuity.ask_it', 'name': "Ask IT", 'context': {'active_id': asset_id}}, {})
                    self._look()
                    self._axe(name)
                    if name == 'known':
                        browser.call('press', 'client', 'o_itc_ask_choice|choice')
                        self._look()
                        self._axe('said')
        self.assertEqual(list(map(str, self._unexpected())), [])


@tagged('post_install', '-at_install', 'itc_walk')
class TestWalk(WalkerCase):
    """The same of those who decide, and of those who only look."""

    def test_desktop_1_manager(self):
        self.assertWalks(self.manager, 'manager', phone=False)

    def test_desktop_2_auditor(self):
        self.assertWalks(self.auditor, 'auditor', phone=False)

    def test_desktop_3_guest(self):
        self.assertWalks(self.guest, 'guest', phone=False)

    def test_phone_1_manager(self):
        self.assertWalks(self.manager, 'manager', phone=True)

    def test_phone_2_auditor(self):
        self.assertWalks(self.auditor, 'auditor', phone=True, press=False, make=False)

    def test_phone_3_guest(self):
        self.assertWalks(self.guest, 'guest', phone=True, press=False, make=False)

    def test_the_list_of_exceptions_is_needed(self):
        others = [name for name in dir(self) if name.startswith(('test_desktop', 'test_phone'))]
        if self.walked != set(others) or os.environ.get('ITC_WALK_ONLY'):
            self.skipTest("not all of the walks ran")
        self.assertEqual([one.reason for one in EXCEPTIONS if not one.world and one not in self.fitted], [], "these exceptions fit nothing any more")


@tagged('post_install', '-at_install', 'itc_walk')
class TestWalkEmpty(WalkerCase):
    """The same screens before anything is there: not even the handbook."""

    world = 'empty'

    @classmethod
    def _make_world(cls):
        cls._empty()

    def test_desktop_1_colleague(self):
        self.assertWalks(self.user, 'colleague', phone=False, press=False)

    def test_desktop_2_manager(self):
        self.assertWalks(self.manager, 'manager', phone=False, press=False)

    def test_phone_1_technician(self):
        self.assertWalks(self.technician, 'technician', phone=True, press=False, make=False)
