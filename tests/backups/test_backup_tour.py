from odoo.tests import tagged

from ..tour_case import TourCase
from .backup_case import BackupCase, told


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
