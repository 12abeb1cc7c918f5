from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..tour_case import TourCase


@tagged('post_install', '-at_install')
class TestTodayTour(TourCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = new_test_user(
            cls.env, login='itc_tour', name="Tour Technician", groups='it_continuity.it_continuity_group_technician')
        cls.role = cls.env['it.role'].create({
            'name': "Tour role", 'code': 'tour_role', 'user_ids': [Command.set(cls.technician.ids)]})
        cls.checklist = cls.env['it.checklist'].create({'name': "Tour round", 'code': 'tour_round', 'sequence': 0})

    def _run(self, code):
        """Return a run that is open now, at whatever hour the tests run."""
        task = self.env['it.task'].create({
            'name': f"Tour {code}", 'code': f'tour_{code}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'schedule_kind': 'on_demand', 'start_date': date(2026, 1, 1), 'due_time': 24.0,
        })
        return task._start_run()

    def test_today_tour_does_one_run_by_click_others_by_key_and_fails_one(self):
        self._do_skip_and_fail(phone=False)

    def _do_skip_and_fail(self, phone):
        click, key, skip, fail = self._run('click'), self._run('key'), self._run('skip'), self._run('fail')
        self._tour('/odoo/it-today', 'it_today_tour', self.technician, phone)
        self.assertEqual((click.state, key.state, skip.state, fail.state), ('done', 'done', 'not_applicable', 'failed'))
        self.assertEqual((click | key | skip | fail).done_by_id, self.technician)
        self.assertEqual(skip.na_reason, "The office is closed")
        self.assertEqual(fail.fail_reason, "The printer is out of ink")
