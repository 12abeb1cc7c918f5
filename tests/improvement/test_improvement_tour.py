from odoo.tests import tagged

from ..tour_case import TourCase
from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementTour(ImprovementCase, TourCase):
    """What people do about improvements in the browser, at a desk and on a phone."""

    def _newest(self):
        return self.improvements.search([], order='id desc', limit=1)

    def test_colleague_suggests_from_the_menu_and_finds_it_again(self):
        def story(phone):
            self._tour('/odoo/my-suggestions', 'it_improvement_suggest_tour', self.user, phone)
            made = self._newest()
            self.assertEqual((made.name, made.suggested_by_id, made.state, made.area), ("A second screen for invoices", self.user, 'suggested', 'hardware'))
        self._at_both_widths(story)

    def test_technician_flags_a_run(self):
        run = self._task('flagged')._start_run()

        def story(phone):
            self._tour(f'/odoo/it-runs/{run.id}', 'it_improvement_flag_run_tour', self.technician, phone)
            made = self._newest()
            self.assertEqual((made.run_ids, made.task_id, made.suggested_by_id), (run, run.task_id, self.technician))
        self._at_both_widths(story)

    def test_technician_flags_a_ticket_and_sees_the_known_error(self):
        ticket = self._jam()
        self.improvements.with_user(self.technician).create({
            'name': "Jams", 'category_id': self.printing.id, 'asset_id': self.printer.id, 'known_error': "Open the back door first"})

        def story(phone):
            self._tour(f'/odoo/it-tickets/{ticket.id}', 'it_improvement_flag_ticket_tour', self.technician, phone)
            made = self._newest()
            self.assertEqual((made.ticket_ids, made.category_id), (ticket, self.printing))
        self._at_both_widths(story)

    def test_technician_goes_from_plan_to_check_and_from_act_to_closed(self):
        for days_ago in (1, 2, 3):
            self._jam(days_ago)
        made = self.improvements.with_user(self.technician).create({
            'name': "Replace the rollers", 'category_id': self.printing.id, 'asset_id': self.printer.id, 'measure_days': 7,
            'date_deadline': self.today + 3 * DAY, 'measure_on': self.today + 12 * DAY})

        def story(phone):
            self._tour(f'/odoo/it-improvements/{made.id}', 'it_improvement_plan_tour', self.technician, phone)
            self.assertEqual((made.state, made.value_before, made.owner_id), ('check', 3, self.technician))
            self._later(13)
            self.improvements.sudo()._cron_measure()
            self.assertEqual(made.state, 'act')
            self._tour(f'/odoo/it-improvements/{made.id}', 'it_improvement_close_tour', self.technician, phone)
            self.assertEqual((made.state, made.standard), ('closed', "Rollers are changed each January"))
            self.env.cr._now = None
        self._at_both_widths(story)

    def test_manager_looks_at_what_is_open_by_age_cost_and_area(self):
        made = self.improvements.with_user(self.technician).create([
            {'name': "Paint the server room", 'area': 'process', 'cost': 1200}, {'name': "Label the cables", 'area': 'process', 'cost': 40}])
        made[0].sudo()._transition({'suggested_at': self.env.cr.now() - 100 * DAY})

        def story(phone):
            self._tour('/odoo/it-improvements', 'it_improvement_pivot_tour', self.manager, phone)
        self._at_both_widths(story)

    def test_manager_dismisses_with_a_reason(self):
        made = self.improvements.with_user(self.technician).create({'name': "Paint the server room"})

        def story(phone):
            self._tour(f'/odoo/it-improvements/{made.id}', 'it_improvement_dismiss_tour', self.manager, phone)
            self.assertEqual((made.state, made.dismiss_reason), ('dismissed', "Nobody sees it"))
        self._at_both_widths(story)
