from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .excuse_case import DEADLINE_AT, HOUR, OPEN_AT, TUESDAY, ExcuseCase


@tagged('post_install', '-at_install')
class TestDowntimeExcuse(ExcuseCase):
    """A planned downtime excuses a missed run only when another person than its planners says so."""

    def _planned(self, user, start_at=OPEN_AT + 6 * HOUR, end_at=OPEN_AT + 12 * HOUR, asset=None, **values):
        self._clock(OPEN_AT - 30 * HOUR)
        return self.env['it.downtime'].with_user(user).create({
            'reason': "New battery", 'asset_ids': [Command.set((asset or self.ups).ids)], 'start_at': start_at, 'end_at': end_at, **values})

    def _missed_on_host(self, code):
        self._clock(datetime(2026, 11, 23, 6))
        return self._missed(code, asset_ids=[Command.set(self.host.ids)])

    def test_planning_one_moves_no_figure(self):
        self._planned(self.technician, OPEN_AT, DEADLINE_AT)
        run = self._missed_on_host('planned')
        self.assertEqual((run.state, run.excuse_id), ('missed', self.env['it.run.excuse']))
        self.env.flush_all()
        line = self.env['it.compliance.report'].search([('run_id', '=', run.id)])
        self.assertEqual((line.missed, line.excused, line.due), (1, 0, 1))

    def test_it_is_offered_for_what_depends_on_it_and_granted_by_another(self):
        downtime = self._planned(self.technician)
        run = self._missed_on_host('granted')
        key = f'downtime:{downtime.id}@{(OPEN_AT + 6 * HOUR).isoformat()}'
        self.assertEqual(self._keys(run), [key])
        self._rpc(self.technician, run, 'action_ask_excuse', key, "The UPS was off")
        excuse = run.excuse_ids
        self.assertEqual((excuse.kind, excuse.covered_pct, excuse.fact['authors']), ('downtime', 25, self.technician.ids))
        self.assertEqual(excuse.fact['downtime']['planned_by'], [self.technician.login])
        self.assertIn("New battery", excuse.fact_text)
        self._rpc(self.manager, excuse, 'action_grant', "Announced in time")
        self.assertEqual(run.excuse_id, excuse)

    def test_who_planned_or_changed_it_does_not_decide(self):
        for code, change in (('planner', False), ('changer', True)):
            with self.subTest(code=code):
                downtime = self._planned(self.technician if change else self.manager)
                if change:
                    self._rpc(self.manager, downtime, 'write', {'reason': "New battery, both"})
                run = self._missed_on_host(code)
                self._rpc(self.technician, run, 'action_ask_excuse', self._keys(run)[0], "")
                with self.assertRaises(AccessError):
                    self._rpc(self.manager, run.excuse_ids, 'action_grant', "Mine")
                self._rpc(self.manager_2, run.excuse_ids, 'action_grant', "Seen")
                self.assertTrue(run.excuse_id)
                downtime.sudo()._transition({'ended_at': OPEN_AT})  # not offered to the next one

    def test_what_is_not_needed_or_not_at_that_time_is_not_offered(self):
        printer = self.env['it.asset'].create({'name': "printer", 'kind': 'printer', 'category_id': self.category.id})
        self._planned(self.technician, asset=printer)
        self._planned(self.technician, DEADLINE_AT, DEADLINE_AT + HOUR)
        self.assertEqual(self._keys(self._missed_on_host('elsewhere')), [])

    def test_the_miss_itself_cannot_be_covered_afterwards(self):
        run = self._missed_on_host('afterwards')
        self._clock(TUESDAY)
        for user in (self.technician, self.manager):
            with self.subTest(user=user.name), self.assertRaisesRegex(UserError, "beforehand"):
                self.env['it.downtime'].with_user(user).create({
                    'reason': "Was planned, really", 'asset_ids': [Command.set(self.ups.ids)],
                    'start_at': OPEN_AT, 'end_at': DEADLINE_AT})
        self.assertEqual(self._keys(run), [])

    def test_each_time_of_a_recurring_one_is_a_fact_of_its_own(self):
        downtime = self._planned(self.technician, repeats='daily', until=TUESDAY.date())
        run = self._missed_on_host('daily')
        self.assertEqual(self._keys(run), [f'downtime:{downtime.id}@{(OPEN_AT + 6 * HOUR).isoformat()}'])
