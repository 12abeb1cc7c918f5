from datetime import timedelta

from odoo.tests import tagged

from ...models.mixins import clock
from ..tour_case import TourCase
from .backup_case import BackupCase, told
from .test_backup_report import BackupReportCase


@tagged('post_install', '-at_install')
class TestBackupTour(BackupCase, TourCase):
    """A technician reads on the board what is wrong, and adds the place that is missing, at a desk and on a phone."""

    def setUp(self):
        super().setUp()
        self._clock(None)

    def test_a_technician_adds_a_place(self):
        self.env['it.backup.set'].search([('id', '!=', self.set.id)]).active = False
        self.copied.unlink()
        self.env.cr.execute("UPDATE it_backup_set SET due_h = 0")
        now = self.env.cr.now().replace(microsecond=0)
        self._tell(self.made, told('prod.zip', now), at=now)

        def story(phone):
            self._tour('/odoo/it-backups', 'it_backup_place_tour', self.technician, phone)
            place = self.set.place_ids - self.made
            self.assertEqual((place.folder, place.kind, place.state), ('/srv/copies', 'copy', 'not_accepted'))
        self._at_both_widths(story)

    def test_a_technician_draws_and_restores_from_the_window_that_ends_the_monthly_run(self):
        now = self.env.cr.now().replace(microsecond=0)
        self._tell(self.made, told('prod.zip', now), at=now)
        task = self.env['it.task'].create({
            'name': "Tour restore", 'code': 'tour_restore', 'checklist_id': self.env['it.checklist'].create({'name': "Tour", 'code': 'tour'}).id,
            'role_id': self.role.id, 'schedule_kind': 'on_demand', 'due_time': 24, 'draws_restore': True})
        run = task._start_run()

        def story(phone):
            self._tour(f'/odoo/it.task.run/{run.id}', 'it_backup_restore_tour', self.technician, phone)
            self.assertEqual((run.state, run.override_reason, run.drill_ids.state, run.drill_ids.minutes), ('done', False, 'done', 30))
            self.assertEqual(run.snapshot[0]['drill']['commitment'], run.drill_ids.commitment)
        self._at_both_widths(story)


@tagged('post_install', '-at_install')
class TestBackupFiguresTour(BackupReportCase, TourCase):
    """An auditor reads how backups stood, how much lies where and how it grows, at a desk and on a phone."""

    def setUp(self):
        super().setUp()
        self._clock(None)

    def test_figures_lead_to_the_set(self):
        today = clock.today(self.env, self.env.company)
        self._day(today, state='bad', link='replicated', code='no_copy', late_at=f'{today} 08:00:00')
        self._day(today - timedelta(days=1))
        self._grow(self.made, today, volume='D:\\', free_gib=21.0)

        def story(phone):
            self._tour('/odoo/it-backups', 'it_backup_figures_tour', self.auditor, phone)
        self._at_both_widths(story)
