from odoo.fields import Command
from odoo.tests import tagged

from .run_tour_case import RunTourCase

BATTERY = {'name': "Battery", 'kind': 'number', 'unit': '%', 'has_minimum': True, 'minimum': 50, 'sequence': 1}
MAINS = {'name': "Mains", 'kind': 'choice', 'choices': "on\noff", 'bad_choices': "off", 'sequence': 2}


@tagged('post_install', '-at_install')
class TestTodayTour(RunTourCase):

    def test_today_tour_does_one_run_by_click_others_by_key_and_fails_one(self):
        self._at_both_widths(self._do_skip_and_fail)

    def _do_skip_and_fail(self, phone):
        click, key, skip, fail = self._run('click'), self._run('key'), self._run('skip'), self._run('fail')
        (click | key | fail).sudo().is_extra = False  # they count as planned ones do
        self._today('it_today_tour', self.technician, phone)
        self.assertEqual((click.state, key.state, skip.state, fail.state), ('done', 'done', 'not_applicable', 'failed'))
        self.assertEqual((click | key | skip | fail).done_by_id, self.technician)
        self.assertEqual(skip.na_reason, "The office is closed")
        self.assertEqual(fail.fail_reason, "The printer is out of ink")

    def test_header_says_what_is_true_while_nothing_planned_is_decided(self):
        self._run('hand')
        self._today('it_today_by_hand_tour', self.technician)
        self._run('planned').sudo().is_extra = False
        self._today('it_today_none_done_tour', self.technician)

    def test_all_fine_does_the_runs_and_the_board_stays(self):
        def story(phone):
            runs = self._run('one') | self._run('two')
            self._today('it_today_all_fine_tour', self.technician, phone)
            self.assertEqual(set(runs.mapped('state')), {'done'})
            self.assertEqual(runs.done_by_id, self.technician)
        self._at_both_widths(story)

    def test_run_with_two_items_is_done_by_keys_alone(self):
        run = self._run('items', item_ids=[Command.create(BATTERY), Command.create(MAINS)])
        self._today('it_today_keyboard_tour', self.technician)
        self.assertEqual((run.state, run.done_by_id), ('done', self.technician))
        self.assertEqual((run.item_ids[0].number, run.item_ids[1].text), (80, "on"))

    def test_last_value_counts_though_the_field_was_not_left(self):
        number, fail = self._run('number', item_ids=[Command.create(BATTERY)]), self._run('fail')
        self._today('it_today_keyboard_last_value_tour', self.technician)
        self.assertEqual((number.state, number.item_ids.number), ('done', 80))
        self.assertEqual((fail.state, fail.fail_reason), ('failed', "The app is offline"))
