from datetime import timedelta
from runpy import run_path

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import file_path

from ...lib import recurring
from ...lib.improvement import MEASURES, Figure, Span
from ...models.improvement.improvement import SUBJECT_FIELDS
from ..checklists.excuse_case import ExcuseCase
from ..monitoring.agent_case import AgentCase
from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementMeasures(ImprovementCase, AgentCase):
    """Whatever can be flagged can be judged: a closing step by what becomes of its like, an asset by all that is about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        closing = cls.env['it.closing'].with_user(cls.manager).create({'date_end': '2027-12-31'})
        closing.action_open()
        cls.step = closing.step_ids.filtered(
            lambda step: step.name == cls.env.ref('it_continuity.closing_template_step_testbed_refresh').name)

    def _span(self, days=7):
        return Span(self.today - days * DAY, self.today)

    def _goal(self, improvement, **values):
        """Fill in what a begin asks for, as the technician does on the form."""
        with Form(improvement.with_user(self.technician)) as form:
            form.root_cause, form.expected_gain, form.date_deadline = "Nobody tried it before", "Right at the first time", self.today + 3 * DAY
            for name, value in values.items():
                setattr(form, name, value)
        return improvement

    def _flagged(self, record):
        improvement = self.improvements.browse(record.with_user(self.technician).action_flag_improvement()['res_id'])
        improvement.with_user(self.technician).action_take_up()
        return improvement.with_user(self.technician)

    def _do(self, step):
        step = step.with_user(self.technician)
        step.evidence = "12 rows, totals equal"
        step.action_done()

    def _reject(self, step):
        step.with_user(self.manager).action_reject("The totals are not there")
        self.env.cr.precommit.run()

    def test_closing_step_is_judged_by_how_often_its_like_is_given_back_or_late(self):
        """It is given back three times this year; the next closing's, of which one is late, decides. Another step of that closing counts nothing."""
        step, figures = self.step, self.env['it.improvement.figures']
        improvement = self._flagged(step)
        self.assertEqual((improvement.measure, improvement.step_id, improvement.measure_days), ('step_trouble', step, 366))
        self.assertFalse(figures._measure('step_trouble', improvement, self._span()).is_known, "neither due nor looked at so far")
        for _time in range(2):
            self._do(step)
            self._reject(step)
        self._do(step)
        step.with_user(self.technician).action_reopen("I forgot something")
        self._do(step)
        step.with_user(self.manager).action_verify()
        self.env.cr.precommit.run()
        step.with_user(self.manager).action_reopen("The copy was another one")
        self.env.cr.precommit.run()
        self._do(step)
        step.with_user(self.manager).action_verify()
        self.env.cr.precommit.run()
        self._later(1)
        self._goal(improvement, target=0, measure_on=self.today + 371 * DAY)
        improvement.action_begin()
        self.assertEqual((improvement.value_before, improvement.measurement_ids.seen), (3, 1), "what its doer took back is not among them")
        improvement.change_made = "The script is tried on a copy first"
        improvement.action_changed()
        following = self.env['it.closing'].with_user(self.manager).create({'date_end': self.today + 300 * DAY})
        following._make_steps()
        following.step_ids.write({'due_date': self.today + 200 * DAY})
        following.action_open()
        alike = following.step_ids.filtered(lambda one: one.name == step.name)
        self._later(201)
        self._do(alike)
        self._later(373)
        self.improvements.sudo()._cron_measure()
        self.assertEqual((improvement.state, improvement.value_after, improvement.measurement_ids[-1].seen), ('plan', 1, 1))
        days = Span(alike.due_date, alike.due_date)
        self.assertEqual(figures._measure('step_trouble', improvement, days).value, 1)
        following.with_user(self.manager).action_cancel()
        self.assertFalse(figures._measure('step_trouble', improvement, days).is_known, "a closing that did not take place")

    def test_no_manager_alone_lowers_how_often_a_closing_step_is_given_back_or_late(self):
        step = self.step
        figures, about = self.env['it.improvement.figures'], self.improvements.new({'step_id': self.step.id, 'company_id': self.company.id})
        days = Span(step.due_date - 3 * DAY, step.due_date)
        value = figures._measure('step_trouble', about, days).value
        self.assertEqual(value, 1, "not done")
        step.with_user(self.manager).write({'due_date': step.due_date + 90 * DAY, 'name': "Another name"})
        self.assertEqual(figures._measure('step_trouble', about, days), Figure(1, 1))
        step.with_user(self.manager).action_start()  # whoever begins it did not do it yet
        self._do(step)
        self.env.cr.precommit.run()
        step.with_user(self.manager).action_reopen("Once more")
        self.env.cr.precommit.run()
        given_back = figures._measure('step_trouble', about, self._span())
        self.assertEqual(given_back, Figure(1, 1), "opened again by who did not do it")
        step.with_user(self.manager_2).action_confirm_date()
        self.assertFalse(figures._measure('step_trouble', about, days).is_known, "two managers moved it")

    def test_each_measure_can_be_chosen_and_counted(self):
        figures, about = self.env['it.improvement.figures'], self.improvements.new({'company_id': self.company.id})
        self.assertEqual(list(MEASURES), [measure for measure, _label in self.improvements._fields['measure'].selection])
        self.assertLessEqual({name for names in MEASURES.values() for name in names}, SUBJECT_FIELDS)
        for measure in MEASURES:
            self.assertIsInstance(figures._measure(measure, about, self._span()), Figure)

    def test_asset_is_judged_by_whatever_is_about_it(self):
        """Each figure that an asset has is that of the report, the tickets, the checks and the outages of it, and none of another's."""
        now, task = self.env.cr.now().replace(microsecond=0), self._task('printer', asset_ids=[Command.link(self.printer.id)])
        self._runs_of(task, [1, 2], 'missed')
        self._runs_of(task, [3], 'failed')
        self._runs_of(self._task('other', asset_ids=[Command.link(self.host.id)]), [1], 'missed')
        jam, wish = self._jam(1), self._jam(2, category_id=self.wish.id)
        self._jam(1, asset_id=self.host.id)
        self._work_on(jam)
        wish.sudo()._transition({'reopen_count': 1})
        checks = self.env['it.check'].union(*(self._check(self.agent, name, asset_id=self.printer.id) for name in ("Queue", "Ink")))
        self.env.cr.execute("UPDATE it_check SET create_date = %s, hard_state = 'ok' WHERE id = ANY(%s)", [now - 20 * DAY, checks.ids])
        for check, minute in zip(checks, (0, 20), strict=True):  # both are bad for half an hour, of which ten minutes are the same
            self.env.cr.execute(
                "INSERT INTO it_check_transition (check_id, at, before, after, is_late) VALUES (%s, %s, 'ok', 'critical', false),"
                " (%s, %s, 'critical', 'ok', false)", [
                    check.id, now - DAY + timedelta(minutes=minute), check.id, now - DAY + timedelta(minutes=minute + 30)])
        self.env['it.outage'].with_user(self.technician).create({
            'kind': 'hardware', 'asset_id': self.printer.id, 'start_at': now - DAY, 'end_at': now - DAY + timedelta(minutes=15)})
        self.env.invalidate_all()
        improvement, figures = self._flagged(self.printer), self.env['it.improvement.figures']
        expected = {
            'task_missed': 2, 'task_trouble': 3, 'tickets': 2, 'tickets_reopened': 1, 'work_min': 10, 'not_ok_min': 50, 'outage_min': 15}
        self.assertEqual({measure: figures._measure(measure, improvement, self._span()).value for measure in expected}, expected)
        self.assertEqual(figures._measure('not_ok_min', improvement, self._span()).seen, figures._measure_not_ok_min(
            self.improvements.new({'check_id': checks[0].id, 'company_id': self.company.id}), self._span()).seen, "watched together, not twice as long")
        self.env.cr.precommit.run()
        checks[0].with_user(self.technician).with_context(tracking_disable=False).asset_id = self.host
        self.env.cr.precommit.run()
        self.assertIn(self.printer.display_name, checks[0].message_ids.sudo().tracking_value_ids.mapped('old_value_char'), "who takes a check out is named")
        for measure in expected:
            self._goal(improvement, measure=measure, target=0, measure_days=7, measure_on=self.today + 12 * DAY)
        self._goal(improvement, measure='tickets')
        improvement.action_begin()
        self.assertEqual((improvement.state, improvement.value_before), ('do', 2))

    def test_what_companies_share_is_judged_by_the_checks_of_the_one_that_asks(self):
        company, _person = self._elsewhere()
        shared, host = self.env['it.asset'].create([
            {'name': "Line", 'kind': 'network', 'category_id': self.category.id, 'company_id': False},
            {'name': "srv-elsewhere", 'kind': 'host', 'category_id': self.category.id, 'company_id': company.id}])
        theirs = self._check(self._host("srv-elsewhere", host)[1], "Line", asset_id=shared.id)
        self.env.cr.execute(
            "UPDATE it_check SET create_date = create_date - interval '20 days', hard_state = 'critical' WHERE id = %s", [theirs.id])
        self.env.invalidate_all()
        for one, is_known in ((self.company, False), (company, True)):
            about = self.improvements.new({'asset_id': shared.id, 'company_id': one.id})
            figure = self.env['it.improvement.figures']._measure('not_ok_min', about, self._span())
            self.assertEqual((figure.is_known, figure.value > 0), (is_known, is_known), one.name)

    def test_what_was_flagged_may_be_judged_by_something_else_but_stays_what_it_is_about(self):
        for record, name in ((self.printer, 'asset_id'), (self.step, 'step_id')):
            improvement = self._flagged(record)
            with self.assertRaisesRegex(UserError, "stands for what repeats there"):
                improvement.write({name: False})
            with self.assertRaisesRegex(UserError, "needs to know which one"):
                improvement.measure = 'excused'
            self._goal(improvement, category_id=self.printing, measure='tickets', target=0, measure_on=self.today + 400 * DAY)
            improvement.action_begin()
        found = self._flagged(self._jam())
        with self.assertRaisesRegex(UserError, "stands for what repeats there"):
            found.task_id = self._task('else')

    def test_reopened_ticket_counts_when_it_was_reopened(self):
        """It was asked for long ago; a detector and a figure by that day would never see it."""
        tickets = self._resolved(category_id=self.wish.id) | self._resolved(category_id=self.wish.id)
        tickets.sudo().write({'requested_at': self.env.cr.now() - 90 * DAY})
        for ticket in tickets:
            ticket.with_user(self.user).action_reopen("Still wrong")
        self._find()
        draft = self._found('reopened')
        self.assertEqual((draft.occurrences, draft.ticket_ids), (2, tickets))
        figures = self.env['it.improvement.figures']
        self.assertEqual(figures._measure('tickets_reopened', draft, self._span()).value, 2)
        self.assertEqual(figures._measure('tickets', draft, self._span()).value, 0)
        tickets.sudo()._transition({'reopened_at': self.env.cr.now() - 40 * DAY})
        self.env.flush_all()
        self.assertFalse([find for find in self.env['it.improvement.finder']._finds(self.company, 'reopened') if find.like[0] == self.wish.id])
        self.assertEqual(figures._measure('tickets_reopened', draft, self._span()).value, 0)

    def test_upgrade_reads_from_the_history_when_a_ticket_was_reopened(self):
        told, untold = (self._resolved(category_id=self.wish.id) for _number in range(2))
        self.env.cr.precommit.run()
        told.with_user(self.user).action_reopen("Still wrong")
        self.env.cr.precommit.run()
        when = told.reopened_at
        flagged = self._flagged(self.step)
        check = self.checks[0]
        alert = self.improvements.sudo()._draft(
            self.company, {'name': "Tune", 'pattern': 'alert', 'pattern_key': f'alert:{check.id}', 'check_id': check.id})
        alert.with_user(self.manager).action_dismiss("It is as it should be")
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_ticket SET reopened_at = NULL, reopen_count = 1 WHERE id = ANY(%s)", [(told | untold).ids])
        self.env.cr.execute("UPDATE it_improvement SET step_id = NULL WHERE id = %s", [flagged.id])
        run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-improvement.py'))['migrate'](self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertEqual((abs(told.reopened_at - when) < timedelta(minutes=1), untold.reopened_at), (True, False))
        self.assertEqual(flagged.step_id, self.step)
        self.assertEqual(self.improvements._like(self.company, recurring.key('alert', [check.id, None])), alert, "the next find of its like joins it")
        self.assertFalse(list(self.improvements._seal_findings(self.company)), "the upgrade changed nothing that was sealed before")

    def test_open_ones_by_age_cost_and_area_in_pivot_and_graph(self):
        company, person = self._elsewhere()
        mine = self.improvements.with_user(person).with_company(company)
        for days, area, cost in ((0, 'process', 10), (6, 'process', 5), (7, 'hardware', 20), (29, 'hardware', 0), (45, 'process', 40), (90, 'other', 80)):
            made = mine.create({'name': f"Idea of {days} days", 'area': area, 'cost': cost})
            made.sudo()._transition({'suggested_at': self.env.cr.now() - days * DAY - timedelta(minutes=1)})
        closed = mine.create({'name': "Done with", 'cost': 1000})
        closed.sudo()._transition({'state': 'closed', 'closed_at': self.env.cr.now()})
        ours = [('company_id', '=', company.id)]
        by_band = mine.formatted_read_group(ours, ['age_band'], ['__count', 'cost:sum'])
        self.assertEqual([(group['age_band'], group['__count'], group['cost:sum']) for group in by_band], [
            ('0', 2, 15), ('1', 2, 20), ('2', 1, 40), ('3', 1, 80), (False, 1, 1000)])
        for group in by_band:
            found = mine.search(ours + group['__extra_domain'])
            self.assertEqual(set(found.mapped('age_band')), {group['age_band']}, "the click on a cell shows what it counts")
            self.assertEqual(len(found), group['__count'])
        described = mine.fields_get(['age_band', 'cost'])
        self.assertTrue(described['age_band']['groupable'])
        for kind in ('pivot', 'graph'):
            arch = mine.get_view(view_type=kind)['arch']
            self.assertIn('name="age_band"', arch)
            self.assertIn('name="area"', arch)
        cells = mine.formatted_read_grouping_sets(
            ours, [[], ['area'], ['age_band'], ['area', 'age_band']], ['__count', 'cost:sum_currency', 'currency_id:array_agg_distinct'])
        self.assertIn(('process', '2', 40), [(cell['area'], cell['age_band'], cell['cost:sum_currency']) for cell in cells[3]])


@tagged('post_install', '-at_install')
class TestImprovementExcuses(ExcuseCase):
    """What keeps excusing missed runs is suggested once, with what the compliance report counts as excused by it."""

    def _excused(self, code, decision='action_grant'):
        self._clock(self.env.cr.now().replace(day=23, hour=6))
        run = self._missed(code)
        excuse = self._asked(run, self._outage())
        self._rpc(self.manager, excuse, decision, "I was there")
        return excuse

    def _found(self):
        self.env['it.improvement.finder'].sudo()._cron_find()
        self.env.invalidate_all()
        return self.env['it.improvement'].sudo().search([('pattern', '=', 'excuse'), ('company_id', '=', self.env.company.id)])

    def test_excuses_of_one_kind_make_one_draft_with_count_and_cost_and_the_next_joins(self):
        self.env.company.itc_recur_excuse = 3
        excuses = self._excused('a') | self._excused('b')
        self._excused('refused', 'action_refuse')
        self.assertFalse(self._found())
        excuses |= self._excused('c')
        draft = self._found()
        self.assertEqual((len(draft), draft.excuse_kind, draft.occurrences, draft.excuse_ids), (1, 'outage', 3, excuses))
        self.assertEqual((draft.source, draft.measure, draft.cost_text), ('software', 'excused', "3 runs excused"))
        excuses |= self._excused('d')
        self.assertEqual((self._found(), draft.occurrences, draft.runs_missed, draft.excuse_ids), (draft, 4, 4, excuses))
        figures, report = self.env['it.improvement.figures'], self.env['it.compliance.report']
        span = Span(draft.cost_first_day, draft.cost_last_day)
        [(excused,)] = report._read_group([('date', '>=', span.first_day), ('date', '<=', span.last_day)], [], ['excused:sum'])
        figure = figures._measure('excused', draft, span)
        self.assertEqual((excused, figure.value, draft.runs_missed), (4, 4, 4), "the report, the measure and the cost")
        self.assertGreaterEqual(figure.seen, 5, "all that was due")
        self.assertEqual(figures._measure('excused', self.env['it.improvement'].new({
            'excuse_kind': 'leave', 'company_id': draft.company_id.id}), span).value, 0)
        self._rpc(self.manager, excuses[0], 'action_withdraw', "It was another day")
        self.assertEqual((self._found(), draft.occurrences, draft.runs_missed), (draft, 3, 3), "what is withdrawn counts no more")
        self._clock(self.env.cr.now() + timedelta(days=1))
        technician = draft.with_user(self.technician)
        technician.action_take_up()
        technician.write({
            'root_cause': "The power fails", 'expected_gain': "The round is walked", 'target': 0, 'measure_days': 7,
            'date_deadline': draft.cost_last_day + timedelta(days=9), 'measure_on': draft.cost_last_day + timedelta(days=20)})
        technician.action_begin()
        self.assertEqual((draft.state, draft.value_before), ('do', 3))
