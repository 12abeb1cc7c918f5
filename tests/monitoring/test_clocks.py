from dataclasses import replace
from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from ...lib import protocol
from .agent_case import EPOCH, AgentCase

HOUR = timedelta(hours=1)
YEAR_2016 = datetime(2016, 3, 1) - datetime(2026, 11, 23)
WRONG = {"2016": YEAR_2016, "2 h behind": -2 * HOUR, "30 h ahead": 30 * HOUR}


class ClockCase(AgentCase):
    """A host whose clock is set, which sleeps and boots, and whose reports come late."""

    def setUp(self):
        super().setUp()
        self.now = self.env.cr.now()
        self.seq = 0

    def _set_clock(self, off=timedelta(), true_ago=timedelta()):
        self.fake.true_clock = lambda: self.env.cr.now() - true_ago
        self.fake.clock = lambda: self.env.cr.now() - true_ago + off

    def _cycle(self, states='00', ago_s=0):
        self.seq += 1
        return self.fake.cycle(self.seq, states, ago_s=ago_s)

    def _boot(self, ago_s, clean=None):
        self.seq += 1
        return {
            'seq': self.seq, 'type': 'event', 'ts': self.fake.stamp(ago_s), 'mono': self.fake.mono(ago_s), 'kind': 'boot',
            'data': {'boot_time': self.fake.stamp(ago_s + self.fake.mono(ago_s)), 'clean': clean}}

    def _start(self, session, ago_s, off=timedelta(), clean=None):
        """Boot so long ago and tell of it ten seconds later."""
        self.session = session
        self._set_clock(off)
        self.fake.booted_at = self.env.cr.now() - timedelta(seconds=ago_s)
        return self._boot(ago_s - 10, clean)

    def _post(self, records, now=None, **values):
        """Store a report as it came in at ``now``, and judge."""
        body = self.fake.report(self.db_id, records, **{'boot_session': getattr(self, 'session', "boot"), **values})
        caller = replace(self._caller(self.fake), now=now or self.now)
        answer = self.env['it.sample.store']._store_report(caller, protocol.parse_report(protocol.canonical(body)))
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        return answer

    def _row(self, seq):
        self.env.cr.execute("SELECT measured_at, ts, COALESCE(doubt_s, 0), tableoid::regclass::text FROM it_sample_cycle WHERE seq = %s", [seq])
        [row] = self.env.cr.fetchall()
        return row

    def assertMeasured(self, seq, ago_s):
        at, _ts, doubt_s, _table = self._row(seq)
        self.assertAlmostEqual(at, self.now - timedelta(seconds=ago_s), delta=timedelta(seconds=2))
        self.assertEqual(doubt_s, 0)


@tagged('post_install', '-at_install')
class TestClocks(ClockCase):

    def test_result_of_a_wrong_clock_that_was_set_right_since_bears_its_true_time(self):
        self._post([self._cycle(ago_s=600)])
        for ago_s, (name, off) in zip((300, 200, 100), WRONG.items(), strict=True):
            with self.subTest(clock=name):
                self._set_clock(off)
                record = self._cycle(ago_s=ago_s)
                self._set_clock()
                self._post([record])
                self.assertMeasured(self.seq, ago_s)
                at, ts, _doubt_s, table = self._row(self.seq)
                self.assertAlmostEqual(ts, at + off, delta=timedelta(seconds=2), msg="what the host said is kept")
                day = at.date()
                self.assertEqual(table, f'it_sample_cycle_p{day - timedelta(days=day.weekday()):%Y%m%d}')
                self.assertAlmostEqual(self.checks[0].last_result_at, at, delta=timedelta(seconds=2))

    def test_result_of_a_wrong_clock_in_the_first_report_of_a_host(self):
        for off in WRONG.values():
            self._set_clock(off)
            record = self._cycle(ago_s=90)
            self._set_clock()
            self._post([record], epoch=f'{self.seq:032x}', oldest_seq=self.seq)
            self.assertMeasured(self.seq, 90)

    def test_clock_set_wrong_makes_no_old_result_new(self):
        self._post([self._cycle(ago_s=900)])
        for off in (-2 * HOUR, 30 * HOUR):
            record = self._cycle(ago_s=600)
            self._set_clock(off)
            self._post([record])
            self._set_clock()
            self.assertMeasured(self.seq, 600)
            self.assertTrue(self.checks[0].is_stale)

    def test_result_measured_before_a_run_opened_proves_nothing(self):
        self._post([self._cycle(ago_s=900)])
        opened_at = self.now - timedelta(seconds=60)
        for off in (HOUR, 30 * HOUR):
            self._set_clock(off)
            record = self._cycle(ago_s=120)
            self._set_clock()
            self._post([record])
            self.assertEqual(self.checks._proof(opened_at).code, 'before_opening')
        self._post([self._cycle(ago_s=5)])
        self.assertTrue(self.checks._proof(opened_at).verified)

    def test_results_of_the_boot_before_are_dated_by_its_last_report(self):
        first = self._start('boottime:1', ago_s=9000)
        self._post([first, self._cycle(ago_s=8000)])
        self._set_clock(-2 * HOUR)
        late = [self._cycle(ago_s=7000), self._cycle(ago_s=4000)]
        again = self._start('boottime:2', ago_s=200)
        self._post([*late, again, self._cycle(ago_s=10)])
        for record, ago_s in zip(late, (7000, 4000), strict=True):
            self.assertMeasured(record['seq'], ago_s)
        self.assertMeasured(self.seq, 10)

    def test_result_of_a_boot_that_never_reported_is_kept_and_marked_and_changes_nothing(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=600)])
        lost = [self._start('boottime:2', ago_s=400, off=-2 * HOUR), self._cycle('22', ago_s=300), self._cycle('22', ago_s=290)]
        self._post([*lost, self._start('boottime:3', ago_s=200)])
        self.assertEqual(self._cycles(self.agent), [2, 4, 5])
        for record in lost[1:]:
            self.assertGreater(self._row(record['seq'])[2], 10**8)
        self.assertHealth(self.checks[0], 'unknown', 'unknown')
        self.assertAlmostEqual(self.checks[0].last_result_at, self.now - timedelta(seconds=600), delta=timedelta(seconds=2))
        samples = self.env['it.sample'].with_user(self.technician).search([('check_id', '=', self.checks[0].id)])
        self.assertEqual(sorted(samples.mapped('dating')), ['doubtful', 'doubtful', 'sure'])
        self.assertEqual(
            self.env['it.sample'].search_count([('check_id', '=', self.checks[0].id), ('dating', '=', 'doubtful')]), 2)
        self._post([self._cycle('00', ago_s=10)])
        self.assertHealth(self.checks[0], 'ok', 'ok')

    def test_good_result_that_nobody_can_date_proves_nothing_either(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=600)])
        lost = [self._start('boottime:2', ago_s=400, off=30 * HOUR), self._cycle('00', ago_s=300)]
        self._post([*lost, self._start('boottime:3', ago_s=200)])
        self.assertFalse(self.checks._proof(self.now - HOUR).verified)
        self.assertEqual(self.checks[0].effective_state, 'unknown')

    def test_backlog_longer_than_a_report_keeps_to_its_boot(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=8900)])
        self._set_clock(YEAR_2016)
        backlog = [self._cycle(ago_s=8000 - 10 * number) for number in range(20)]
        again = [self._start('boottime:2', ago_s=300), self._cycle(ago_s=20)]
        self._post(backlog[:10], latest=again[-1])
        self._post(backlog[10:])
        self._post(again)
        for number, record in enumerate(backlog):
            self.assertMeasured(record['seq'], 8000 - 10 * number)
        self.assertMeasured(self.seq, 20)

    def test_doubt_counts_against_the_interval_of_each_check(self):
        """An older agent's host slept for some of two hours and its clock was set: a check of each hour still knows enough."""
        self.checks[1].every_s = 3600
        self._set_clock(true_ago=2 * HOUR)
        self._post([self._cycle('00')], now=self.now - 2 * HOUR)
        slept_at = self.fake.mono() + 30
        self._set_clock(-5 * HOUR)
        record = {**self._cycle('22'), 'mono': slept_at}
        self._set_clock()
        self._post([record], mono_now=slept_at + 30)
        self.assertAlmostEqual(self._row(record['seq'])[2], 2 * 3600 - 60, delta=60)
        self.assertNotEqual(self.checks[0].state, 'critical')
        self.assertEqual(self.checks[1].state, 'critical')
        self.assertFalse(self.checks[1]._proof(self.now - timedelta(seconds=60)).verified)

    def test_same_records_again_keep_their_time(self):
        record = self._cycle(ago_s=60)
        self._post([record])
        self._post([record], now=self.now + timedelta(minutes=5))
        self.assertMeasured(1, 60)
        self.assertEqual(self._cycles(self.agent), [1])

    def test_restored_database_asks_again_and_dates_what_comes(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=8900)])
        self._set_clock(-2 * HOUR)
        lost = [self._cycle(ago_s=ago_s) for ago_s in (800, 700, 600)]
        self._set_clock()
        self.assertEqual(self._post([lost[2]])['resend_from'], 3)
        self.assertEqual(self._post(lost)['ack'], {EPOCH: 5})
        for record, ago_s in zip(lost, (800, 700, 600), strict=True):
            self.assertMeasured(record['seq'], ago_s)

    def test_result_that_came_before_hosts_boots_were_remembered_is_followed_by_dated_ones(self):
        self._post([self._cycle(ago_s=600)])
        self.env.cr.execute("UPDATE it_agent_stream SET boots = NULL")
        self._post([self._cycle(ago_s=30)])
        self.assertMeasured(2, 30)

    def test_boot_told_by_a_clock_that_was_put_right_since_ends_the_outage_when_it_was(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=7200)])
        boot = self._start('boottime:2', ago_s=3600, off=YEAR_2016, clean=False)
        self._set_clock()
        self._post([boot, self._cycle(ago_s=10)])
        outage = self.env['it.outage'].search([('agent_id', '=', self.agent.id)])
        self.assertEqual(outage.kind, 'unclean_stop')
        self.assertAlmostEqual(outage.start_at, self.now - 2 * HOUR, delta=timedelta(seconds=3))
        self.assertAlmostEqual(outage.end_at, self.now - HOUR, delta=timedelta(seconds=3))
        self.assertAlmostEqual(self.agent.booted_at, self.now - HOUR, delta=timedelta(seconds=3))

    def test_boot_that_nobody_can_date_excuses_nothing_and_is_told(self):
        self._post([self._start('boottime:1', ago_s=9000), self._cycle(ago_s=7200)])
        lost = self._start('boottime:2', ago_s=3600, off=YEAR_2016, clean=False)
        self._post([lost, self._start('boottime:3', ago_s=600), self._cycle(ago_s=10)])
        self.assertFalse(self.env['it.outage'].search([('agent_id', '=', self.agent.id)]))
        self.assertTrue(self.agent.message_ids.filtered(lambda note: "nobody can tell when" in (note.body or '')))


@tagged('post_install', '-at_install')
class TestRepartition(ClockCase):

    def test_cycles_of_an_earlier_version_move_to_the_weeks_of_our_clock(self):
        self._post([self._cycle(ago_s=60)])
        execute = self.env.cr.execute
        execute("SELECT stream_id, shape_id FROM it_sample_cycle")
        stream, shape = self.env.cr.fetchone()
        execute("DROP TABLE it_sample_cycle CASCADE")
        execute("""
            CREATE TABLE it_sample_cycle (
                seq bigint NOT NULL, ts timestamp NOT NULL, measured_at timestamp NOT NULL, digest bigint NOT NULL, agent_id integer NOT NULL,
                stream_id integer NOT NULL, shape_id integer NOT NULL, values real[] NOT NULL, states varbit NOT NULL, texts jsonb,
                UNIQUE (stream_id, seq, ts)
            ) PARTITION BY RANGE (ts);
            CREATE TABLE it_sample_cycle_default PARTITION OF it_sample_cycle DEFAULT;
            ALTER TABLE it_agent_stream DROP COLUMN boots;
        """)
        for seq, ts, at in (
            (1, self.now + YEAR_2016, self.now), (2, self.now, self.now), (3, self.now - 24 * 24 * HOUR, self.now - 24 * 24 * HOUR),
        ):
            execute(SQL(
                "INSERT INTO it_sample_cycle VALUES (%s, %s, %s, 7, %s, %s, %s, '{1.5,2.5}', B'0000', NULL)",
                seq, ts, at, self.agent.id, stream, shape))
        self.env['it.sample.table'].init()
        self.env['it.sample.table'].init()
        self.assertEqual(self._cycles(self.agent), [1, 2, 3])
        execute("SELECT count(*) FROM it_sample_cycle_default")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertEqual(self._row(1)[1:3], (self.now + YEAR_2016, 0))
        self.seq = 3
        self._post([self._cycle(ago_s=5)], oldest_seq=4)
        self.assertMeasured(4, 5)
