from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import recurring
from ...models.improvement.improvement_finder import COMODELS, THRESHOLDS
from .common import DAY, ImprovementCase


@tagged('post_install', '-at_install')
class TestImprovementFinder(ImprovementCase):
    """What keeps going wrong is suggested once, with all that shows it."""

    def test_three_tickets_alike_make_one_draft_and_the_fourth_joins(self):
        self._jam()
        self._jam()
        self._find()
        self.assertFalse(self._found('ticket'))
        third = self._jam()
        self._find()
        draft = self._found('ticket')
        self.assertEqual(len(draft), 1)
        self.assertEqual((draft.state, draft.source, draft.occurrences, draft.area), ('suggested', 'software', 3, 'hardware'))
        self.assertIn(third, draft.ticket_ids)
        self.assertEqual(draft.asset_id, self.printer)
        self.assertFalse(draft.suggested_by_id)
        self.assertIn(self.manager, draft.activity_ids.user_id)
        fourth = self._jam()
        self._find()
        self.assertEqual(self._found('ticket'), draft)
        self.assertEqual(draft.occurrences, 4)
        self.assertIn(fourth, draft.ticket_ids)

    def test_tickets_about_another_system_of_another_company_cancelled_or_old_are_not_alike(self):
        self._jam()
        self._jam()
        self._jam(asset_id=self.host.id)
        self._jam().with_user(self.user).action_cancel("Found it")
        self._jam(days_ago=31)
        company, person = self._elsewhere()
        self.env['it.ticket'].with_user(person).create({'subject': "Stuck", 'category_id': self.printing.id, 'company_id': company.id})
        self._find()
        self.assertFalse(self._found('ticket'))

    def test_wishes_are_no_trouble_and_supplies_count_by_themselves(self):
        for _number in range(4):
            self._log(category_id=self.wish.id, subject="A new vendor")
            self._log(category_id=self.env.ref('it_continuity.ticket_category_printer_ink').id, asset_id=self.printer.id)
        self._find()
        self.assertFalse(self._found('ticket'))
        self.assertEqual(self._found('supply').occurrences, 4)

    def test_zero_switches_a_pattern_off(self):
        self.company.itc_recur_ticket = 0
        for _number in range(5):
            self._jam()
        self._find()
        self.assertFalse(self._found('ticket'))

    def test_task_that_is_missed_failed_or_overridden(self):
        task = self._task('backup')
        runs = self._runs_of(task, [1], 'missed') | self._runs_of(task, [2], 'failed')
        self._runs_of(task, [3], 'done', done_at=self.env.cr.now() - 3 * DAY - timedelta(hours=3))
        self._runs_of(task, [4], 'missed', is_extra=True)
        self._find()
        self.assertFalse(self._found('task'))
        runs |= self._runs_of(task, [5], 'done', done_at=self.env.cr.now() - 5 * DAY - timedelta(hours=3), override_reason="The check is wrong")
        self._find()
        draft = self._found('task')
        self.assertEqual(draft.run_ids, runs)
        self.assertEqual((draft.task_id, draft.runs_missed, draft.measure), (task, 1, 'task_trouble'))
        self.assertIn("Task backup", draft.name)

    def test_task_whose_runs_have_days_to_be_done_counts_by_when_they_were_due(self):
        """Also one that was begun before the days that are looked back."""
        task, days = self._task('weekly'), self.company.itc_recur_days
        runs = self._runs_of(task, [1, 2], 'missed') | self._runs_of(
            task, [days - 1], 'missed', date=self._day(self.env.cr.now() - (days + 40) * DAY))
        self._find()
        self.assertEqual(self._found('task').run_ids, runs)

    def test_reopened_tickets(self):
        for _number in range(2):
            ticket = self._resolved(category_id=self.wish.id)
            ticket.with_user(self.user).action_reopen("Still wrong")
        self._find()
        self.assertEqual(self._found('reopened').occurrences, 2)

    def test_outages_alike_but_not_planned_ones(self):
        now = self.env.cr.now().replace(microsecond=0)
        for number in range(1, 4):
            for kind in ('network', 'maintenance'):
                self.env['it.outage'].with_user(self.technician).create({
                    'kind': kind, 'asset_id': self.host.id, 'start_at': now - number * DAY, 'end_at': now - number * DAY + timedelta(minutes=30)})
        self._find()
        draft = self._found('outage')
        self.assertEqual((len(draft), draft.outage_kind, draft.occurrences, draft.minutes_down), (1, 'network', 3, 90.0))

    def _dismissed(self):
        """Return what was found of three jams and is put aside."""
        for _number in range(3):
            self._jam()
        self._find()
        draft = self._found('ticket')
        draft.with_user(self.manager).action_dismiss("It is replaced in January")
        return draft

    def test_dismissed_one_stays_away_until_it_is_clearly_worse(self):
        draft = self._dismissed()
        for _number in range(2):
            self._jam()
        self._find()
        self.assertEqual(self._found('ticket'), draft)
        self.assertEqual((draft.state, draft.occurrences), ('dismissed', 5))
        self._jam()
        self._find()
        self.assertEqual((draft.state, draft.occurrences, draft.return_count), ('suggested', 6, 1))
        self.assertIn("(30): 6; when it was dismissed: 3", draft.return_reason)
        self.assertIn(self.manager_2, draft.activity_ids.user_id)

    def test_dismissed_one_stays_away_when_more_days_are_looked_back(self):
        """What happened on those days had happened before it was dismissed; what happens after it counts as before."""
        for _number in range(4):
            self._jam(50)
        draft = self._dismissed()
        self.assertEqual(draft.put_aside_at, 3)
        for days, times in ((90, 7), (366, 7), (30, 3), (90, 7)):
            self.company.itc_recur_days = days
            self._find()
            self.assertEqual((draft.state, draft.put_aside_at), ('dismissed', times), days)
        self.company.itc_recur_days = 30
        for _number in range(3):
            self._jam()
        self._find()
        self.assertEqual((draft.state, draft.occurrences), ('suggested', 6))

    def test_what_was_dismissed_is_counted_as_it_is_known_now_when_other_days_are_looked_back(self):
        """What turned out to be none is not counted any more, and what was entered late is counted where it lies."""
        tickets = self._jam() | self._jam() | self._jam()
        self._find()
        draft = self._found('ticket')
        draft.with_user(self.manager).action_dismiss("It is replaced in January")
        late = self._jam(25) | self._jam(25)
        self.company.itc_recur_days = 20
        self._find()
        self.assertEqual((draft.state, draft.put_aside_at), ('dismissed', 3), "what lies before the days takes nothing away")
        self.company.itc_recur_days = 30
        self.assertEqual(draft.put_aside_at, 5)
        for ticket in tickets[:2] | late:
            ticket.with_user(self.user).action_cancel("Found it")
        self.company.itc_recur_days = 20
        self.assertEqual(draft.put_aside_at, 1)

    def test_dismissed_one_stays_away_when_fewer_days_are_looked_back_though_what_it_counted_is_dated_anew(self):
        tickets = [self._resolved(category_id=self.wish.id) for _number in range(2)]
        for ticket in tickets:
            ticket.with_user(self.user).action_reopen("Still wrong")
        self._find()
        draft = self._found('reopened')
        draft.with_user(self.manager).action_dismiss("It is replaced in January")
        self._later(1)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_ticket SET reopened_at = %s WHERE id = ANY(%s)", [self.env.cr.now(), [ticket.id for ticket in tickets]])
        self.env.invalidate_all()
        self.company.itc_recur_days = 20
        self._find()
        self.assertEqual((draft.state, draft.put_aside_at), ('dismissed', 2))

    def test_flagged_one_that_is_dismissed_before_anybody_looked_stays_away(self):
        jams = self._jam() | self._jam() | self._jam()
        flagged = self.improvements.browse(jams[0].with_user(self.technician).action_flag_improvement()['res_id'])
        self.assertEqual(flagged.occurrences, 3, "counted as it is flagged")
        self._jam()
        flagged.with_user(self.manager).action_dismiss("It is replaced in January")
        self.assertEqual((flagged.put_aside_at, flagged.occurrences), (4, 4), "and again when it is dismissed")
        self._find()
        self.assertEqual((self._found('ticket'), flagged.state), (flagged, 'dismissed'), "nothing new happened")
        other = self.improvements.browse(self.printer.with_user(self.technician).action_flag_improvement()['res_id'])
        other.with_user(self.manager).action_dismiss("It is replaced in January")
        self.assertEqual(other.put_aside_at, 0, "nothing is like an asset")

    def test_dismissed_one_stays_away_on_the_upgrade_though_more_is_counted(self):
        """Tickets that a technician cancelled, late entries, what companies share: they were there before it was dismissed."""
        for _number in range(6):
            self._jam()
        self._find()
        worse, same = self._found('ticket'), self.improvements.browse(self.printer.with_user(self.technician).action_flag_improvement()['res_id'])
        (worse | same).with_user(self.manager).action_dismiss("It is replaced in January")
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_improvement SET put_aside_at = %s WHERE id = %s", [2, worse.id])
        self.env.invalidate_all()
        self._upgrade()
        self.assertEqual((worse.put_aside_at, same.put_aside_at), (6, 0))
        self._find()
        self.assertEqual((worse.state, same.state), ('dismissed', 'dismissed'))
        self._jam()
        self._upgrade()
        self.assertEqual(worse.put_aside_at, 6, "what is not clearly worse stays as it was")

    def test_closed_one_is_not_found_again_by_what_it_was_about(self):
        """Whether it was linked or not, and by the one before the last."""
        for _number in range(3):
            self._jam(20)
        self._find()
        first = self._found('ticket')
        self._jam(15)
        self._jam(15)
        first.sudo()._transition({'state': 'closed', 'closed_at': self.env.cr.now() - 14 * DAY})
        self._jam(12)
        self._find()
        self.assertEqual(self._found('ticket'), first)
        self._jam(12)
        self._jam(12)
        self._find()
        second = self._found('ticket') - first
        self.assertEqual((len(second), second.occurrences), (1, 3))
        self.assertFalse(second.ticket_ids & first.ticket_ids)
        second.sudo()._transition({'state': 'closed', 'closed_at': self.env.cr.now() - 10 * DAY})
        self._jam(3)
        self._jam(3)
        self._find()
        self.assertEqual(self._found('ticket'), first | second, "the first one's tickets are not new either")
        self._jam(3)
        self._find()
        self.assertEqual((self._found('ticket') - first - second).occurrences, 3)

    def test_what_somebody_flagged_before_is_joined(self):
        flagged = self.improvements.browse(self._jam().with_user(self.technician).action_flag_improvement()['res_id'])
        self._jam()
        self._jam()
        self._find()
        self.assertEqual(self._found('ticket'), flagged)
        self.assertEqual((flagged.source, flagged.occurrences, len(flagged.ticket_ids)), ('person', 3, 3))

    def test_what_is_alike_joins_though_it_is_rarer_by_then(self):
        """Of three that made a suggestion two are out of the days when the fourth comes; the second of one that was flagged is not yet three."""
        for days_ago in (25, 24, 1):
            self._jam(days_ago)
        self._find()
        draft = self._found('ticket')
        self._later(10)
        fourth = self._jam()
        self._work_on(fourth)
        self._find()
        self.assertEqual((self._found('ticket'), draft.occurrences, len(draft.ticket_ids)), (draft, 2, 4))
        self.assertIn(fourth, draft.ticket_ids)
        self.assertEqual((draft.minutes_worked, draft.cost_last_day), (10, self.today))
        flagged = self.improvements.browse(self._jam(asset_id=self.host.id).with_user(self.technician).action_flag_improvement()['res_id'])
        second = self._jam(asset_id=self.host.id)
        self._find()
        self.assertEqual((self._found('ticket') - draft, flagged.occurrences), (flagged, 2))
        self.assertIn(second, flagged.ticket_ids)

    def test_what_is_rare_brings_nothing_back(self):
        """It was dismissed when it had not happened for long, so that two are clearly worse: but two are no find."""
        flagged = self.improvements.browse(self._jam(40).with_user(self.technician).action_flag_improvement()['res_id'])
        flagged.with_user(self.manager).action_dismiss("It is replaced in January")
        self.assertEqual(flagged.put_aside_at, 0)
        self._jam()
        self._jam()
        self._find()
        self.assertEqual((self._found('ticket'), flagged.state, flagged.occurrences, len(flagged.ticket_ids)), (flagged, 'dismissed', 2, 3))
        self._jam()
        self._find()
        self.assertEqual((flagged.state, flagged.occurrences), ('suggested', 3))

    def test_looking_again_and_finding_nothing_new_is_no_step_for_the_log(self):
        draft = self._dismissed()

        def events():
            self._find()
            self.env.cr.precommit.run()
            return self.env['it.seal.event'].search_count([('model', '=', 'it.improvement'), ('res_id', '=', draft.id)])
        before = events()
        self.assertEqual((before, events()), (1, 1))
        self._jam()
        self.assertEqual((events(), events(), draft.occurrences), (2, 2, 4), "the fourth is told once")
        self.assertFalse(list(self.improvements._seal_findings(self.company)))

    @mute_logger('odoo.sql_db')
    def test_second_job_that_does_not_see_the_first_makes_no_second_draft(self):
        for _number in range(3):
            self._jam()
        self._find()
        finder, draft = self.env['it.improvement.finder'].sudo(), self._found('ticket')
        self.patch(type(self.improvements), '_like', lambda self, *_args: self.browse())  # as in the snapshot of who began before
        finder._find_in(self.company)
        self.assertEqual(self._found('ticket'), draft)
        self.assertEqual(draft.occurrences, 3)

    def test_nobody_deletes_one(self):
        self._jam().with_user(self.technician).action_flag_improvement()
        with self.assertRaises(UserError):
            self._found('ticket').unlink()

    def test_finds_are_those_of_the_rule_in_plain_python(self):
        """The statement and ``lib.recurring.find`` agree, whatever the threshold and the days."""
        for days_ago in (0, 1, 5, 9, 9, 29, 30, 31):
            self._jam(days_ago)
            self._jam(days_ago, asset_id=self.host.id if days_ago % 2 else False)
        self._runs_of(self._task('one'), [1, 2, 9, 30, 31], 'missed')
        self._runs_of(self._task('two'), [1, 2], 'failed')
        finder = self.env['it.improvement.finder']
        compared = 0
        for pattern in ('task', 'ticket', 'reopened', 'supply', 'outage'):
            parts = recurring.PATTERNS[pattern]
            for at_least in (1, 2, 3, 5):
                for days in (1, 10, 30, 60):
                    self.company.write({THRESHOLDS[pattern]: at_least, 'itc_recur_days': days})
                    rows = self.env.execute_query(finder._events(self.company, pattern))
                    events = [recurring.Event(tuple(row[:len(parts)]), row[-2], row[-1]) for row in rows]
                    expected = recurring.find(events, at_least, days, self.env.cr.now().replace(microsecond=0))
                    self.assertEqual(sorted(map(str, finder._finds(self.company, pattern))), sorted(map(str, expected)))
                    compared += len(expected)
        self.assertGreater(compared, 20)

    def test_each_pattern_is_known_everywhere(self):
        self.assertEqual(set(THRESHOLDS), set(recurring.PATTERNS))
        self.assertEqual(set(recurring.PATTERNS), {value for value, _label in self.improvements._fields['pattern'].selection})
        named = {name for parts in recurring.PATTERNS.values() for name in parts}
        self.assertLessEqual(named - set(COMODELS), {'outage_kind', 'excuse_kind'})
        for name in THRESHOLDS.values():
            self.assertIn(name, self.env['res.config.settings']._fields)
