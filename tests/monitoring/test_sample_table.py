from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...lib import protocol
from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestSampleTable(AgentCase):

    def _rows_of(self, table):
        self.env.cr.execute(f'SELECT count(*) FROM {table}')  # names of our own  # pylint: disable=sql-injection
        return self.env.cr.fetchone()[0]

    def test_this_week_and_the_coming_ones_have_their_partition(self):
        now = self.env.cr.now().date()
        mondays = set(self.env['it.sample.table']._partitions().values())
        for week in range(5):
            self.assertIn(now - timedelta(days=now.weekday()) + timedelta(weeks=week), mondays)
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 0)

    def test_what_comes_months_late_lands_in_the_default_partition_and_moves_to_its_week(self):
        self._store(self.fake, [self.fake.cycle(1, '00', ago_s=60 * 86400)])
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 1)
        day = (self.env.cr.now() - timedelta(days=60)).date()
        self.env['it.sample.table']._make_partition(day - timedelta(days=day.weekday()))
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 0)
        self.assertEqual(self._cycles(self.agent), [1])

    def test_wrong_clock_makes_no_partition_of_its_own(self):
        for seq, weeks in ((1, 40), (2, -400), (3, 3)):
            self.fake.clock = lambda weeks=weeks: self.env.cr.now() + timedelta(weeks=weeks)
            self._store(self.fake, [self.fake.cycle(seq, '00')])
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 0)
        self.assertEqual(self._cycles(self.agent), [1, 2, 3])

    def test_managers_are_told_once_of_a_host_with_a_wrong_clock(self):
        tables, kind = self.env['it.sample.table'], self.env.ref('it_continuity.mail_activity_type_clock')
        elsewhere = self._person('manager', 'elsewhere')
        other = self.env['res.company'].create({'name': "Elsewhere"})
        elsewhere.write({'company_ids': [Command.set(other.ids)], 'company_id': other.id})
        self._store(self.other_fake, [self.other_fake.cycle(1, '0')])
        self._store(self.other_fake, [self.other_fake.cycle(2, '0', ago_s=60 * 86400)])
        tables._tell_of_strays()
        self.assertFalse(self.host.activity_ids | self.other_host.activity_ids, "who was away for long has no wrong clock")
        self.fake.clock = lambda: self.env.cr.now() - timedelta(hours=2)
        self._store(self.fake, [self.fake.cycle(1, '00')])
        tables._tell_of_strays()
        activities = self.host.activity_ids
        self.assertEqual(activities.activity_type_id, kind)
        self.assertIn(self.manager, activities.user_id)
        self.assertFalse(activities.user_id & (self.technician | self.auditor | elsewhere))
        self.assertIn("1 so far", activities[0].note)
        activities.with_user(self.manager).filtered(lambda one: one.user_id == self.manager).action_done()
        (activities - activities.filtered(lambda one: one.user_id == self.manager)).unlink()
        tables._tell_of_strays()
        self.assertFalse(self.host.activity_ids)
        self.assertFalse(self.other_host.activity_ids)

    def test_rows_of_weeks_that_nobody_made_move_to_them(self):
        tables = self.env['it.sample.table']
        self._store(self.fake, [self.fake.cycle(1, '00', ago_s=24 * 86400), self.fake.cycle(2, '00', ago_s=60 * 86400)])
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 2)
        tables._make_partitions()
        self.assertEqual(self._rows_of('it_sample_cycle_default'), 1)
        day = (self.env.cr.now() - timedelta(days=24)).date()
        self.assertIn(day - timedelta(days=day.weekday()), tables._partitions().values())
        self.assertEqual(self._cycles(self.agent), [1, 2])

    def test_old_partitions_go_and_fresh_data_stays(self):
        tables = self.env['it.sample.table']
        self._store(self.fake, [self.fake.cycle(1, '00', ago_s=45 * 86400), self.fake.cycle(2, '00')])
        old = (self.env.cr.now() - timedelta(days=45)).date()
        tables._make_partition(old - timedelta(days=old.weekday()))
        self.assertEqual(self._cycles(self.agent), [1, 2])
        tables._drop_old()
        self.assertEqual(self._cycles(self.agent), [2])
        self.assertGreaterEqual(len(tables._partitions()), 6)

    def test_forgotten_shape_is_asked_for_again(self):
        self._store(self.fake, [self.fake.cycle(1, '00', ago_s=60)])
        old_shape = self.fake.shape
        self.fake.know(self.checks[0])
        self._store(self.fake, [self.fake.cycle(2, '0')])
        self.env['it.judge']._judge()
        self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - interval '50 days'")
        self.env['it.sample.table']._drop_old()
        self.assertEqual(self._count_rows()['it_sample_shape'], 1)
        self.fake.shape = old_shape
        self.assertEqual(self._store(self.fake, [self.fake.cycle(3, '00')], shapes=False)['need_shapes'], [old_shape['id']])
        self.assertEqual(self._store(self.fake, [self.fake.cycle(3, '00')])['need_shapes'], [])

    def test_daily_job_runs_as_odoo_runs_it(self):
        with self.enter_registry_test_mode():
            self.env.ref('it_continuity.ir_cron_keep_tables').method_direct_trigger()
        self.assertGreaterEqual(len(self.env['it.sample.table']._partitions()), 6)

    def test_values_are_shown_as_lines_of_one_check(self):
        self._store(self.fake, [self.fake.cycle(1, '02', ago_s=60), self.fake.cycle(2, '00', values=[1.5, None])])
        samples = self.env['it.sample'].with_user(self.technician).search([('check_id', '=', self.checks[1].id)])
        self.assertEqual([(one.value, one.state, one.text) for one in samples], [(0.0, 'ok', False), (51.5, 'critical', "text 1")])
        self.assertEqual(samples.mapped('metric'), ['free_pct'] * 2)
        grouped = self.env['it.sample']._read_group(
            [('check_id', '=', self.checks[0].id), ('measured_at', '>=', 'now -1H')], ['metric'], ['value:avg', '__count'])
        self.assertEqual(grouped, [('free_pct', 26.5, 2)])

    def test_history_of_everything_is_refused(self):
        check, agent = self.checks[0].id, self.agent.id
        for domain in (
            [], [('metric', '=', 'free_pct')], [('id', '!=', 0)], [('id', '>', 0)], [('id', 'not in', [1])], [('check_id', '!=', False)],
            [('check_id', 'not in', [check])], [('check_id', '!=', check)], ['!', ('check_id', '=', check)], [('agent_id', '>', 0)],
            ['|', ('check_id', '=', check), ('metric', '=', 'free_pct')], ['|', ('check_id', '=', check), ('id', '!=', 0)],
            [('check_id', 'ilike', '')], [('check_id.name', 'ilike', '')], [('check_id', 'any', [('id', '!=', 0)])],
            [('agent_id.company_id', '=', 1)], ['!', '|', ('check_id', '=', check), ('agent_id', '=', agent)],
            ['&', '|', ('check_id', '=', check), (1, '=', 1), ('value', '>', 0)], [(1, '=', 1)],
        ):
            samples = self.env['it.sample'].with_user(self.technician)
            for method, arguments in (('search', []), ('search_count', []), ('_read_group', [['metric']]), ('web_search_read', [{}])):
                with self.subTest(domain=domain, method=method), self.assertRaisesRegex(UserError, "Choose a check or a host"):
                    getattr(samples, method)(domain, *arguments)

    def test_named_checks_and_hosts_are_shown(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self._store(self.other_fake, [self.other_fake.cycle(1, '0')])
        samples = self.env['it.sample'].with_user(self.technician)
        check, agent = self.checks[0].id, self.agent.id
        for count, domain in (
            (1, [('check_id', '=', check)]), (2, [('check_id', 'in', self.checks.ids)]), (2, [('agent_id', '=', agent)]),
            (1, [('agent_id', '=', agent), ('check_id', '!=', check)]),
            (2, ['|', ('check_id', '=', check), ('agent_id', '=', self.other_agent.id)]),
            (1, ['&', ('check_id', '=', check), '|', ('metric', '=', 'free_pct'), ('id', '!=', 0)]),
            (0, [('check_id', 'in', [])]), (0, [(0, '=', 1)]),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(samples.search_count(domain), count)

    def test_values_are_read_by_id_and_only_those_of_own_companies(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        sample = self.env['it.sample'].with_user(self.technician).search([('check_id', '=', self.checks[0].id)])
        self.env.invalidate_all()
        self.assertEqual(sample.read(['value'])[0]['value'], 51.5)
        self.assertEqual(self.env['it.sample'].search_count([('id', 'in', [sample.id, 7, 2**70, -1])]), 1)
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        self.host.company_id = elsewhere
        self.env.flush_all()
        self.env.invalidate_all()
        for domain in ([('check_id', '=', self.checks[0].id)], [('agent_id', '=', self.agent.id)], [('id', 'in', sample.ids)]):
            with self.subTest(domain=domain):
                self.assertFalse(self.env['it.sample'].with_user(self.technician).search(domain))
        with self.assertRaises(AccessError):
            sample.read(['value'])

    def test_graph_of_a_check_uses_the_index_on_host_and_time(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env['it.sample']._search([('check_id', '=', self.checks[0].id), ('measured_at', '>=', 'now -24H')])
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        self.assertRegex('\n'.join(row[0] for row in self.env.cr.fetchall()), r'Index Cond: .*agent_id = .*measured_at >= ')

    def test_check_without_numbers_has_its_states_shown(self):
        ids = self.checks[:1].ids
        self.fake.shape = {'id': protocol.shape_id(ids, []), 'checks': ids, 'series': []}
        record = self.fake.cycle(1, '3', texts={'0': "cannot look"})
        record['values'] = []
        self._store(self.fake, [record])
        sample = self.env['it.sample'].search([('check_id', '=', ids[0])])
        self.assertEqual((sample.state, sample.text, sample.metric), ('unknown', "cannot look", False))
