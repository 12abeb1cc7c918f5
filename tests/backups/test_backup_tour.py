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
