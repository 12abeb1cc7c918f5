from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ...lib import compliance
from ...lib.improvement import Span
from ...models.improvement.improvement_figures import UNASKED, trouble_sql
from ..monitoring.agent_case import AgentCase
from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementFigures(ImprovementCase, AgentCase):
    """A cost is what the compliance report, the tickets and the checks count themselves."""

    def _span(self, days=7):
        return Span(self.today - days * DAY, self.today)

    def test_missed_runs_are_those_of_the_compliance_report(self):
        task = self._task('count', asset_ids=[(4, self.printer.id)])
        self._runs_of(task, [1, 2], 'missed')
        self._runs_of(task, [3], 'done', done_at=self.env.cr.now() - 2 * DAY)
        self._runs_of(task, [4], 'failed')
        self._runs_of(task, [5], 'missed', is_extra=True)
        self._runs_of(task, [6], 'done', done_at=self.env.cr.now() - 6 * DAY - timedelta(hours=3))
        span = self._span()
        [(missed, failed, due)] = self.env['it.compliance.report']._read_group(
            [('task_id', '=', task.id), ('date', '>=', span.first_day), ('date', '<=', span.last_day)], [], ['missed:sum', 'failed:sum', 'due:sum'])
        flagged = self.improvements.new({'task_id': task.id, 'company_id': self.company.id})
        figures = self.env['it.improvement.figures']
        self.assertEqual(figures._costs(flagged, span), {'runs_missed': missed})
        later = Span(self.today + DAY, self.today + 7 * DAY)
        self.assertEqual((figures._costs(flagged, later), figures._measure('task_missed', flagged, later).is_known), ({}, False), "nothing was due")
        self.assertEqual((missed, failed, due), (3, 1, 5))
        self.assertEqual(figures._measure('task_missed', flagged, span).value, missed)
        self.assertEqual(figures._measure('task_trouble', flagged, span).value, missed + failed)
        self.assertEqual(figures._measure('task_missed', flagged, span).seen, due)
        about_printer = self.improvements.new({'asset_id': self.printer.id, 'company_id': self.company.id})
        self.assertEqual(figures._costs(about_printer, span)['runs_missed'], missed)

    def test_trouble_is_the_same_in_sql(self):
        task = self._task('twin')
        for ago, (state, values) in enumerate((
                ('missed', {}), ('failed', {}), ('missed', {'is_extra': True}), ('done', {'override_reason': "x"}), ('done', {}),
                ('done', {'override_reason': "x", 'is_extra': True}), ('not_applicable', {'needs_confirmation': True}),
                ('done', {'is_late_entry': True, 'needs_confirmation': True}), ('not_applicable', {'needs_confirmation': True, 'is_late_entry': True}),
                ('not_applicable', {'needs_confirmation': True, 'verified_by_id': self.manager.id}),
                ('done', {'is_late_entry': True, 'needs_confirmation': True, 'verified_by_id': self.manager.id})), start=1):
            self._runs_of(task, [ago], state, **({'done_at': self.env.cr.now() - ago * DAY - timedelta(hours=3)} if state == 'done' else {}), **values)
        by_report = self.env['it.compliance.report'].search(
            [('task_id', '=', task.id), *self.env['it.improvement.figures']._trouble_domain()]).run_id
        by_sql = self.env.execute_query(SQL(
            "SELECT id FROM (SELECT *, %s AS bucket FROM it_task_run run WHERE task_id = %s) run WHERE %s",
            SQL(compliance.bucket_sql()), task.id, trouble_sql()))
        self.assertEqual(set(by_report.ids), {run_id for run_id, in by_sql})
        self.assertEqual(len(by_report), 6)

    def test_one_person_alone_takes_no_trouble_away(self):
        """What the doer enters late, or says not to apply, is trouble until another person confirms it."""
        task = self._task('alone')
        runs = self._runs_of(task, [1, 2, 3], 'missed')
        soon = self.env.cr.now().replace(microsecond=0) + timedelta(hours=1)
        waived = self._runs_of(task, [0], deadline_at=soon)
        about = self.improvements.new({'task_id': task.id, 'company_id': self.company.id})
        figures, span = self.env['it.improvement.figures'], self._span()

        def counted():
            self.env.flush_all()
            return (figures._measure('task_missed', about, span).value, figures._measure('task_trouble', about, span).value,
                    figures._costs(about, span).get('runs_missed'), sum(len(found.refs) for found in self.env['it.improvement.finder']._finds(self.company, 'task')
                                                                       if found.like == (task.id,)))

        def by_report():
            """Return what the cost is made of, as the compliance report adds it up."""
            [sums] = self.env['it.compliance.report']._read_group(
                [('task_id', '=', task.id), ('date', '>=', span.first_day), ('date', '<=', span.last_day)], [],
                ['missed:sum', 'late_entry:sum', 'waived:sum'])
            self.assertEqual(sum(sums), figures._costs(about, span)['runs_missed'])
            return sums
        self.assertEqual(counted(), (3, 3, 3, 3))
        self.assertEqual(by_report(), (3, 0, 0))
        for run in runs.with_user(self.technician):
            run.action_done(note="It was done", done_at=run.due_at - timedelta(minutes=5), late_reason="I was ill")
        self.assertEqual(runs.mapped('state'), ['done'] * 3)
        waived.with_user(self.technician).action_not_applicable("Nobody was there")
        self.assertEqual(by_report(), (0, 3, 1))
        self.assertEqual(counted(), (4, 4, 4, 4), "the doer's word alone")
        (runs[0] | waived).with_user(self.manager).action_verify()
        self.assertEqual(sum(by_report()), 2)
        self.assertEqual(counted(), (2, 2, 2, 0), "another person's word, so too few are left to be found")

    def test_technician_alone_takes_no_ticket_away(self):
        """A double is no ticket of its own, and what who asked took back was none; that a technician cancelled one says nothing, an own one neither."""
        kept, withdrawn, double, dropped = (self._jam(1) for _number in range(4))
        own = self._jam(1, requester=self.technician)
        for step in (
                lambda: None, lambda: (dropped | own).with_user(self.technician).action_cancel("Not now"),
                lambda: withdrawn.with_user(self.user).action_cancel("Found it"),
                lambda: double.with_user(self.technician).action_merge_into(kept.id)):
            step()
            self.env.cr.precommit.run()  # as each has a transaction of its own, and so a note of who did it
        self.assertEqual((double | withdrawn | dropped | own).sudo().mapped('state'), ['cancelled'] * 4)
        about = self.improvements.new({
            'category_id': self.printing.id, 'asset_id': self.printer.id, 'company_id': self.company.id, 'pattern': 'ticket'})
        figures = self.env['it.improvement.figures']
        self.assertEqual(self.env['it.ticket'].search(figures._ticket_domain(about, self._span())), kept | dropped | own)
        self.assertEqual(figures._measure('tickets', about, self._span()).value, 3)
        rows = self.env.execute_query(SQL(
            "SELECT ref FROM (%s) AS event WHERE asset_id = %s", self.env['it.improvement.finder']._events(self.company, 'ticket'), self.printer.id))
        self.assertEqual({ref for [ref] in rows}, set((kept | dropped | own).ids))
        self.assertEqual(self.env['it.ticket'].search(UNASKED & Domain('asset_id', '=', self.printer.id)), withdrawn | double)
        with self.assertRaises(AccessError):
            self._rpc(self.technician, dropped, 'write', {'is_withdrawn': True})
        self._upgrade()
        self.assertEqual((kept | withdrawn | double | dropped).filtered('is_withdrawn'), withdrawn)

    def test_what_companies_share_is_found_for_the_first_and_counted_for_each(self):
        company, _person = self._elsewhere()
        self.assertEqual(self.company, self.env.ref('base.main_company'))
        line = self.env['it.asset'].create({'name': "Line", 'kind': 'host', 'category_id': self.category.id, 'company_id': False})
        _fake, agent = self._host("srv-line", line)
        check, now = self._check(agent, "Root"), self.env.cr.now().replace(microsecond=0)
        self.assertFalse(check.company_id)
        for ago in range(1, 6):
            begin = now - ago * DAY
            self.env.cr.execute(
                "INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES (%s, %s, 'ok', 'critical', false)", [check.id, begin])
            self.env['it.outage'].sudo().create({
                'kind': 'network', 'asset_id': line.id, 'company_id': False, 'start_at': begin, 'end_at': begin + timedelta(minutes=30)})
            with self.env['it.alert']._past_guard():
                self.env['it.alert'].create({
                    'number': f"A/{ago}", 'name': "Root", 'company_id': False, 'check_id': check.id, 'asset_id': line.id, 'state': 'resolved',
                    'severity': 'critical', 'cause_key': f'check:{check.id}:{ago}', 'cause_kind': 'check', 'began_at': begin, 'detected_at': begin,
                    'opened_at': begin, 'resolved_at': begin + timedelta(minutes=30), 'has_flapped': True})
        self._find()
        for pattern in ('check', 'outage', 'alert'):
            found = self.improvements.sudo().search([('pattern', '=', pattern), '|', ('asset_id', '=', line.id), ('check_id', '=', check.id)])
            self.assertEqual((pattern, found.company_id, len(found), found.occurrences), (pattern, self.company, 1, 5))
            if pattern == 'outage':
                self.assertEqual(found.minutes_down, 150)
        for one in self.company | company:
            about = self.improvements.new({'asset_id': line.id, 'outage_kind': 'network', 'company_id': one.id})
            self.assertEqual(self.env['it.improvement.figures']._measure('outage_min', about, self._span()).value, 150)

    def test_minutes_that_nobody_could_count_are_no_gain(self):
        """The check was not well for an hour before; after the change nobody watched it."""
        check = self.checks[0]
        self._jam(1)
        improvement = self._planned(check_id=check.id, target=0)
        watched = [(60.0, 10080.0)]
        self.patch(type(check), '_minutes_not_ok', lambda _self, *_moments: watched[0])
        improvement.action_begin()
        improvement.change_made = "New rollers"
        improvement.action_changed()
        watched[0] = (0.0, 0.0)
        self.assertEqual(self.env['it.improvement.figures']._costs(improvement, self._span()), {'minutes_worked': 0})
        self._later(12)
        self.improvements.sudo()._cron_measure()
        after = improvement.measurement_ids[-1]
        self.assertEqual((improvement.state, after.costed, after.is_gain_known, after.gained_minutes), ('act', 'minutes_worked', False, 0))
        self.assertEqual((improvement.is_after_known, improvement.is_gain_known), (True, False))
        self._upgrade()
        self.assertEqual(improvement.measurement_ids.mapped('costed'), ['minutes_down,minutes_worked', 'minutes_worked'])
        self.assertFalse(improvement.is_gain_known)

    def test_minutes_down_are_those_of_the_check(self):
        check = self.checks[0]
        now = self.env.cr.now().replace(microsecond=0)
        self.env.cr.execute("UPDATE it_check SET create_date = %s, hard_state = 'ok' WHERE id = %s", [now - 20 * DAY, check.id])
        self.env.cr.execute("""
            INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES
                (%(check)s, %(a)s, 'ok', 'critical', false), (%(check)s, %(b)s, 'critical', 'ok', false),
                (%(check)s, %(c)s, 'ok', 'unknown', true), (%(check)s, %(d)s, 'unknown', 'ok', false)""", {
            'check': check.id, 'a': now - 3 * DAY, 'b': now - 3 * DAY + timedelta(minutes=42),
            'c': now - 2 * DAY, 'd': now - 2 * DAY + timedelta(minutes=18)})
        self.env.invalidate_all()
        about = self.improvements.new({'check_id': check.id, 'company_id': self.company.id})
        costs = self.env['it.improvement.figures']._costs(about, self._span())
        self.assertEqual(costs, {'minutes_down': 60.0})
        start, end = self.env['it.improvement.figures']._moments(self.company, self._span())
        self.assertEqual(check._minutes_not_ok(start, end)[0], costs['minutes_down'])
        self.assertEqual(check._minutes_not_ok(now - 3 * DAY + timedelta(minutes=10), now - 3 * DAY + timedelta(minutes=20)), (10.0, 10.0))
        self.assertEqual(check._minutes_not_ok(now - 30 * DAY, now - 19 * DAY), (0.0, 1440.0), "before it was made nobody watched")
        check.active = False
        self.assertEqual(check._minutes_not_ok(start, end), (0.0, 0.0), "nobody knows since when it is not watched")

    def test_minutes_that_a_host_told_of_later_are_no_longer_unknown(self):
        """It was silent for an hour; its backlog then said that all was well but for five minutes, from before that hour on."""
        check, now = self.checks[0], self.env.cr.now().replace(microsecond=0)
        self.env.cr.execute("UPDATE it_check SET create_date = %s, hard_state = 'ok' WHERE id = %s", [now - 20 * DAY, check.id])
        silent = now - DAY
        for at, before, after in (
                (silent, 'ok', 'unknown'), (silent - timedelta(minutes=3), 'unknown', 'critical'), (silent + timedelta(minutes=2), 'critical', 'ok')):
            self.env.cr.execute(
                "INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES (%s, %s, %s, %s, true)", [check.id, at, before, after])
        self.env.invalidate_all()
        self.assertEqual(check._minutes_not_ok(now - 2 * DAY, now), (5.0, 2880.0))
        self.assertEqual(check._minutes_not_ok(silent, now)[0], 2.0, "what overrules began before the time that is asked for")

    def test_check_that_was_never_seen_is_not_ok(self):
        check = self.checks[0]
        self.env.cr.execute("UPDATE it_check SET create_date = %s, hard_state = 'unknown' WHERE id = %s", [self.env.cr.now() - 2 * DAY, check.id])
        self.env.invalidate_all()
        start, end = self.env['it.improvement.figures']._moments(self.company, self._span())
        bad, watched = check._minutes_not_ok(start, end)
        self.assertEqual((round(bad), round(watched)), (2880, 2880))

    def test_minutes_of_work_are_those_of_the_steps(self):
        for minutes in (10, 25):
            ticket = self._jam()
            self.env['it.ticket.step'].with_user(self.technician).create({'ticket_id': ticket.id, 'description': "x", 'minutes': minutes})
        other = self._jam(asset_id=self.host.id)
        self._work_on(other)
        about = self.improvements.new({
            'category_id': self.printing.id, 'asset_id': self.printer.id, 'company_id': self.company.id, 'pattern': 'ticket'})
        costs = self.env['it.improvement.figures']._costs(about, self._span())
        self.assertEqual(costs['minutes_worked'], 35)
        mine = self.env['it.ticket'].search([('asset_id', '=', self.printer.id)])
        self.assertEqual(sum(mine.mapped('minutes_total')), 35)

    def test_outages_that_overlap_count_once(self):
        now = self.env.cr.now().replace(microsecond=0)
        for start, end in ((120, 60), (90, 30)):
            self.env['it.outage'].with_user(self.technician).create({
                'kind': 'network', 'asset_id': self.host.id, 'start_at': now - timedelta(minutes=start), 'end_at': now - timedelta(minutes=end)})
        self.env['it.outage'].with_user(self.technician).create({
            'kind': 'software', 'asset_id': self.host.id, 'start_at': now - timedelta(minutes=20), 'end_at': now - timedelta(minutes=10)})
        about = self.improvements.new({'asset_id': self.host.id, 'company_id': self.company.id})
        figures = self.env['it.improvement.figures']
        self.assertEqual(figures._measure('outage_min', about, self._span()).value, 100)
        about.outage_kind = 'network'
        self.assertEqual(figures._measure('outage_min', about, self._span()).value, 90)

    def test_planned_maintenance_costs_where_it_is_what_was_flagged(self):
        now = self.env.cr.now().replace(microsecond=0)
        outage = self.env['it.outage'].with_user(self.technician).create({
            'kind': 'maintenance', 'asset_id': self.host.id, 'start_at': now - timedelta(minutes=90), 'end_at': now - timedelta(minutes=60)})
        flagged = self.improvements.sudo().browse(outage.action_flag_improvement()['res_id'])
        figures, about = self.env['it.improvement.figures'], self.improvements.new({'asset_id': self.host.id, 'company_id': self.company.id})
        self.assertEqual((flagged.measure, flagged.minutes_down, figures._measure('outage_min', flagged, self._span()).value), ('outage_min', 30, 30))
        self.assertEqual(figures._measure('outage_min', about, self._span()).value, 0, "the system's outages are others")
