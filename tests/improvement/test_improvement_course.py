import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementCourse(ImprovementCase):
    """Plan, do, check, act; whether it worked only the figure says."""

    def setUp(self):
        super().setUp()
        for days_ago in (1, 2, 3):
            self._jam(days_ago)

    def _changed(self, **values):
        improvement = self._planned(**values)
        improvement.action_begin()
        improvement.change_made = "New rollers"
        improvement.action_changed()
        return improvement

    def test_from_plan_to_closed(self):
        improvement = self._planned()
        self.assertEqual((improvement.state, improvement.owner_id), ('plan', self.technician))
        improvement.action_begin()
        self.assertEqual((improvement.state, improvement.value_before), ('do', 3))
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertEqual((improvement.state, improvement.changed_on), ('check', self.today))
        self._later(12)
        self._jam(1)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after, improvement.measured_on), ('act', 1, self.today))
        with self.assertRaisesRegex(UserError, "What is done from now on"):
            improvement.action_close()
        improvement.standard = "Rollers are changed each January"
        improvement.action_close()
        self.assertEqual(improvement.state, 'closed')
        self.assertEqual(improvement.move_ids.mapped('new'), ['plan', 'do', 'check', 'act', 'closed'])
        self.assertEqual(improvement.move_ids.mapped('by_id'), self.technician)
        self.assertFalse(improvement.move_ids[3].by_id, "the figure's doing, nobody's")

    def test_gained_minutes_are_those_before_less_those_after(self):
        """Before: 45 minutes of work and an outage of 60; after: 10 minutes of work and an outage of 15."""
        def trouble(minutes, outage):
            ticket = self.env['it.ticket'].search([('asset_id', '=', self.printer.id)], limit=1)
            self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': ticket.id, 'description': "x", 'minutes': minutes})
            end = self.env.cr.now().replace(microsecond=0) - DAY
            self.env['it.outage'].with_user(self.technician).create({
                'kind': 'hardware', 'asset_id': self.printer.id, 'start_at': end - timedelta(minutes=outage), 'end_at': end})
        trouble(45, 60)
        self._later(1)
        improvement = self._changed()
        before = improvement.measurement_ids
        self.assertEqual((before.minutes, before.costed), (105, 'minutes_down,minutes_worked'))
        self._later(11)
        trouble(10, 15)
        self._later(12)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.gained_minutes, improvement.is_gain_known), ('act', 80, True))
        self.assertEqual((improvement.measurement_ids[-1].minutes, improvement.measurement_ids[-1].gained_minutes), (25, 80))
        self._upgrade()
        self.assertEqual(improvement.measurement_ids.mapped('costed'), ['minutes_down,minutes_worked'] * 2)
        self.assertTrue(improvement.is_gain_known)

    def test_failed_measure_puts_it_back_and_tells_owner_and_managers(self):
        improvement = self._changed()
        self._later(12)
        self._jam(1)
        self._jam(2)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after, improvement.return_count), ('plan', 2, 1))
        self.assertIn("was 2, wanted was at most 1", improvement.return_reason)
        self.assertLessEqual(self.technician | self.manager | self.manager_2, improvement.activity_ids.user_id)
        self.assertEqual(improvement.measurement_ids.mapped('is_reached'), [False, False])

    def test_day_that_the_server_was_off_is_made_up_for_with_the_same_days(self):
        """Two jams lie in the days that count; those after them, while the server was off, do not."""
        improvement = self._changed()
        self._later(11)
        self.improvements.sudo()._cron_measure()
        self.assertEqual(improvement.state, 'check', "the day is tomorrow")
        self._jam(1)
        self._later(30)
        for days_ago in (1, 5, 9, 20):
            self._jam(days_ago)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after), ('act', 1))
        after = improvement.measurement_ids[-1]
        self.assertEqual((after.first_day, after.last_day), (improvement.measure_on - 7 * DAY, improvement.measure_on - DAY))

    def test_what_failed_on_a_day_that_the_server_was_off_is_reopened_and_sealed_too(self):
        improvement = self._changed()
        self.env.cr.precommit.run()
        self._later(12)
        self._jam(1)
        self._jam(2)
        self._later(40)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after, improvement.return_count), ('plan', 2, 1))
        self.env.cr.precommit.run()
        event = self.env['it.seal.event'].search([('model', '=', 'it.improvement'), ('res_id', '=', improvement.id)], order='id')[-1]
        content = json.loads(event.content)
        self.assertEqual([(one['kind'], one['value'], one['is_reached']) for one in content['measurements']], [('before', 3, None), ('after', 2, False)])
        self.assertEqual((content['record']['state'], [step[:2] for step in content['steps']]), ('plan', [['check', 'plan']]))
        improvement.root_cause = "Humid paper"
        improvement.write({'measure_on': self.today + 20 * DAY, 'target': 0})
        improvement.action_begin()
        self.env.cr.precommit.run()
        self.assertFalse(list(self.improvements._seal_findings(self.company)), "it is worked on again, and measured again")
        failed = improvement.measurement_ids[1]
        self.env.cr.execute("UPDATE it_improvement_measurement SET value = 1, is_reached = TRUE WHERE id = %s", [failed.id])
        self.env.invalidate_all()
        self.assertEqual([found[:1] + found[2:] for found in self.improvements._seal_findings(self.company)], [(improvement.id, 'changed', ['after'])])
        self.env.cr.execute("DELETE FROM it_improvement_measurement WHERE id = %s", [failed.id])
        self.env.invalidate_all()
        self.assertEqual([found[0] for found in self.improvements._seal_findings(self.company)], [improvement.id])

    def test_what_nobody_could_see_is_no_success(self):
        task = self._task('weekly')
        self._runs_of(task, [1, 2, 3], 'missed')
        improvement = self._planned(task_id=task.id, measure='task_missed', target=0)
        improvement.action_begin()
        self.assertEqual(improvement.value_before, 3)
        improvement.change_made = "A deputy is named"
        improvement.action_changed()
        self._later(12)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after), ('plan', 0))
        self.assertIn("nothing was there to count", improvement.return_reason)
        self.assertEqual((improvement.is_after_known, improvement.is_gain_known), (False, False))

    def test_run_that_can_still_be_done_is_waited_for_where_it_can_change_the_result(self):
        """One run of yesterday has its grace until tonight: it alone decides; where another was missed already it fails on its day."""
        now = self.env.cr.now()
        tasks = [self._task(code) for code in ('waits', 'failed')]
        self._clock(now - 12 * DAY)
        started = self.improvements
        for task in tasks:
            self._runs_of(task, [1, 2], 'missed')
            improvement = self._changed(name=task.name, task_id=task.id, measure='task_missed', target=0, measure_on=self._day(now))
            started |= improvement
        self._clock(now)
        waits, failed = started
        self._runs_of(tasks[1], [2], 'missed')
        self._runs_of(tasks[0], [2], 'done', done_at=now - 2 * DAY - timedelta(hours=3))
        [late, _late_too] = [self._runs_of(task, [1], deadline_at=now + timedelta(hours=5)) for task in tasks]
        self.assertEqual((waits.measure_on, late.date), (self.today, self.today - DAY))
        self.improvements.sudo()._cron_measure()
        self.assertEqual((failed.state, failed.value_after, failed.return_count), ('plan', 1, 1))
        self.assertEqual((waits.state, waits.measurement_ids.mapped('kind')), ('check', ['before']))
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task_run SET deadline_at = %s WHERE id = %s", [now - timedelta(minutes=1), late.id])
        self.env.invalidate_all()
        self.improvements.sudo()._cron_measure()
        self.assertEqual((waits.state, waits.value_after, waits.measurement_ids[-1].seen), ('plan', 1, 2))

    def test_begin_asks_for_what_is_missing_and_for_a_target_that_shows_something(self):
        improvement = self._planned(root_cause=" ", measure=False)
        with self.assertRaisesRegex(UserError, "Root Cause, Judged by"):
            improvement.action_begin()
        improvement.write({'root_cause': "Worn", 'measure': 'tickets', 'target': 3})
        with self.assertRaisesRegex(UserError, "is 3 now, so at most 3 would be no improvement"):
            improvement.action_begin()
        improvement.target = -1
        with self.assertRaisesRegex(UserError, "cannot be below 0"):
            improvement.action_begin()
        improvement.write({'target': 1, 'measure_on': self.today + 7 * DAY})
        with self.assertRaisesRegex(UserError, "or later"):
            improvement.action_begin()
        self.assertEqual(improvement.state, 'plan')
        self.assertFalse(improvement.measurement_ids, "nothing was begun, so nothing counts as measured before")

    def test_late_change_is_measured_later(self):
        improvement = self._planned()
        improvement.action_begin()
        self._later(20)
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertEqual(improvement.measure_on, self.today + 8 * DAY)

    def test_goal_stays_once_the_work_began(self):
        improvement = self._planned()
        improvement.action_begin()
        for values in ({'target': 9}, {'measure_days': 1}, {'measure_on': self.today + DAY}, {'measure': 'work_min'}, {'asset_id': self.host.id}):
            with self.assertRaisesRegex(UserError, "stays as it was when the work began"):
                improvement.write(values)
        improvement.write({'target': 1, 'known_error': "Pull the paper out to the front"})
        self._rpc(self.technician, self.env['it.improvement.reason'], 'create', [{
            'improvement_id': improvement.id, 'kind': 'replan', 'reason': "Another figure"}])
        self.env['it.improvement.reason'].with_user(self.technician).search([]).action_apply()
        improvement.target = 0
        improvement.action_begin()
        self.assertEqual(improvement.measurement_ids.mapped('target'), [1, 0])

    def test_nobody_writes_a_stage_a_figure_or_a_measurement(self):
        improvement = self._changed()
        for values in ({'state': 'closed'}, {'value_after': 0}, {'gained_minutes': 9}, {'return_count': 0}, {'source': 'software'}, {'occurrences': 9}):
            for person in (self.technician, self.manager):
                with self.assertRaises(AccessError):
                    self._rpc(person, improvement, 'write', values)
        with self.assertRaises(AccessError):
            self._rpc(self.manager, improvement, 'write', {'measurement_ids': [(0, 0, {'kind': 'after', 'value': 0})]})
        with self.assertRaises(UserError):
            improvement.action_close()
        with self.assertRaises(AccessError):
            self._rpc(self.manager, self.improvements, 'create', [{'name': "Done already", 'state': 'closed'}])

    def test_closed_and_dismissed_ones_stay_as_they_are(self):
        improvement = self._planned()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            improvement.action_dismiss("Not worth it")
        with self.assertRaisesRegex(UserError, "Give a reason"):
            improvement.with_user(self.manager).action_dismiss(" ")
        improvement.with_user(self.manager).action_dismiss("Not worth it")
        with self.assertRaisesRegex(UserError, "stays as it is"):
            improvement.name = "Something else"
        improvement.known_error = "Pull"
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            improvement.action_reconsider("It is")
        improvement.with_user(self.manager).action_reconsider("It is worth it")
        self.assertEqual((improvement.state, improvement.return_count), ('suggested', 1))

    def test_steps_and_measurements_are_sealed(self):
        improvement = self._changed()
        self._later(12)
        self.improvements.sudo()._cron_measure()
        self.env.cr.precommit.run()
        events = self.env['it.seal.event'].search([('model', '=', 'it.improvement'), ('res_id', '=', improvement.id)], order='id')
        last = json.loads(events[-1].content)
        self.assertEqual(last['record']['state'], 'act')
        self.assertEqual([(one['kind'], one['value']) for one in last['measurements']], [('before', 3.0), ('after', 0.0)])
        self.assertFalse(list(self.improvements._seal_findings(self.company)))
        self.env.cr.execute("UPDATE it_improvement_measurement SET value = 9 WHERE improvement_id = %s", [improvement.id])
        self.env.invalidate_all()
        [(record_id, _name, code, details)] = self.improvements._seal_findings(self.company)
        self.assertEqual((record_id, code), (improvement.id, 'changed'))
        self.assertTrue(details)

    def test_owner_has_an_activity_until_the_next_step(self):
        improvement = self._planned()
        due = self.env.ref('it_continuity.mail_activity_type_improvement_due')

        def calls():
            return improvement.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == due)
        self.assertEqual((calls().user_id, calls().date_deadline), (self.technician, self.today + 3 * DAY))
        improvement.write({'owner_id': self.technician_2.id, 'date_deadline': self.today + 4 * DAY})
        self.assertEqual((calls().user_id, calls().date_deadline), (self.technician_2, self.today + 4 * DAY))
        improvement.action_begin()
        improvement.change_made = "New rollers"
        improvement.action_changed()
        self.assertFalse(calls())

    def test_step_ends_the_call_to_look_at_it(self):
        """Who was told that it worked, or that it is back, is not asked again by an activity that is overdue for ever."""
        improvement = self._changed()
        look_at = self.env.ref('it_continuity.mail_activity_type_improvement_look_at')

        def called():
            return improvement.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == look_at).user_id
        self._later(12)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, called()), ('act', self.technician))
        improvement.standard = "Rollers are changed each January"
        improvement.action_close()
        self.assertFalse(called())

        dismissed = self._planned()
        dismissed.with_user(self.manager).action_dismiss("Not now")
        dismissed.with_user(self.manager).action_reconsider("It is worse")
        improvement = dismissed
        self.assertIn(self.manager_2, called())
        dismissed.with_user(self.technician).action_take_up()
        self.assertFalse(called())

    def test_measure_needs_what_it_counts(self):
        for measure in ('task_missed', 'not_ok_min', 'excused', 'step_trouble'):
            with self.assertRaisesRegex(UserError, "needs to know which one"):
                self._planned(measure=measure, asset_id=False)
