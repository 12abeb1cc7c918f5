from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..tour_case import TourCase
from .backup_case import BACKUP, BackupCase, told


@tagged('post_install', '-at_install')
class TestInternetTour(BackupCase, TourCase):
    """A technician says that there is no internet, sees what to copy where, and sees it verified once agents saw the copies; at a desk and on a phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        third = cls.env['it.asset'].create({'name': "srv-third", 'kind': 'host', 'category_id': cls.category.id})
        agent = cls._host("srv-third", third)[1]
        cls.env['it.check.kind'].create({'agent_id': agent.id, **BACKUP})
        cls.third = cls._place(agent, '/srv/third', 'copy')
        cls.cloud = cls._place(cls.agent, 'D:\\MEGA', 'mega')
        cls.env['it.task'].search([('copies_offline', '=', True)]).active = False
        cls.task = cls.env['it.task'].create({
            'name': "Copy it", 'code': 'copy_it', 'checklist_id': cls.env['it.checklist'].create({'name': "Tour", 'code': 'tour'}).id, 'role_id': cls.role.id,
            'schedule_kind': 'on_demand', 'due_time': 24, 'copies_offline': True, 'item_ids': [Command.create({'name': "First machine", 'kind': 'text'})]})

    def setUp(self):
        super().setUp()
        self._clock(None)

    def test_a_technician_says_that_there_is_no_internet(self):
        self.env['it.backup.set'].search([('id', '!=', self.set.id)]).active = False
        self.env.cr.execute("UPDATE it_backup_set SET due_h = 0")
        now = self.env.cr.now().replace(microsecond=0)
        copies = [self.copied, self.third]
        for place in (*copies, self.cloud):
            self._tell(place, at=now)
        self._tell(self.made, told('prod.zip', now - timedelta(seconds=1)), at=now)

        def story(phone):
            self._tour('/odoo/it-backups', 'it_internet_say_tour', self.technician, phone)
            run = self.task.run_ids
            self.assertEqual(run.state, 'pending')
            self._clock(run.create_date + timedelta(seconds=1))  # the person's transaction was later than this one
            for place in copies:
                self._tell(place, told('prod.zip', now - timedelta(seconds=1)), at=now)
            self.assertEqual(run.state, 'auto_verified', run.get_items())
            self._tour(f'/odoo/it.task.run/{run.id}', 'it_internet_proven_tour', self.technician, phone)
            self._tour('/odoo/it-internet', 'it_internet_end_tour', self.technician, phone)
            self._clock(None)
            self.assertEqual(self.env['it.internet.spell'].search([]).ended_by_id, self.technician)
        self._at_both_widths(story)
