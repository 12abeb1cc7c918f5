from datetime import timedelta

from odoo.tests import tagged

from ..tour_case import TourCase
from .heartbeat_case import HeartbeatCase
from .test_own_checks import JUDGE


@tagged('post_install', '-at_install')
class TestHeartbeatTour(HeartbeatCase, TourCase):
    """A technician makes a heartbeat, a manager accepts it, and both see how this Odoo is."""

    def test_technician_makes_a_heartbeat(self):
        self.beat.unlink()
        self.env['it.asset'].create({'name': "Backup of the tour", 'kind': 'backup', 'category_id': self.category.id})

        def story(phone):
            self._tour('/odoo/it-checks', 'it_heartbeat_new_tour', self.technician, phone)
            beat = self.env['it.heartbeat'].search([('name', '=', "Tour backup")])
            self.assertEqual((beat.schedule_kind, beat.cron_line, beat.grace_count, beat.settings_basis), ('cron', '0 2 * * 1-5', 2, 'none'))
            self.assertTrue(beat.sudo().token_sha256)
        self._at_both_widths(story)

    def test_manager_accepts_and_reads_the_log(self):
        beat = self._beat(self.technician, "Tour backup")
        self._heard((1, 'success'), (0.5, 'fail', 3), beat=beat)
        self.env.cr.execute("UPDATE it_heartbeat_ping SET log = '<b>disk full</b>', log_bytes = 16 WHERE kind = 'fail'")
        self.env.invalidate_all()

        def story(phone):
            self._tour(f'/odoo/it-heartbeats/{beat.id}', 'it_heartbeat_accept_tour', self.manager, phone)
            self.assertEqual(beat.settings_accepted_by_id, self.manager)
        self._at_both_widths(story)

    def test_page_of_this_odoo(self):
        self.env.cr.execute(
            "UPDATE ir_cron SET lastcall = %(at)s, nextcall = %(at)s WHERE id = %(id)s",
            {'at': self.env.cr.now() - timedelta(hours=1), 'id': self.env.ref(JUDGE).id})
        self._at_both_widths(lambda phone: self._tour('/odoo/it-this-odoo', 'it_own_page_tour', self.technician, phone))
