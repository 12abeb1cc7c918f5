from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.monitoring.agent import SILENT_AFTER_S
from ...models.monitoring.silence import LONGEST_PAUSE_S, WATCHING_PARAM
from .agent_case import AgentCase

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@tagged('post_install', '-at_install')
class TestOutage(AgentCase):
    """What people log: who may, and what of it may be changed."""

    def setUp(self):
        super().setUp()
        self.now = self.env.cr.now().replace(microsecond=0)

    def _log(self, user=None, **values):
        return self.env['it.outage'].with_user(user or self.technician).create({
            'kind': 'power', 'start_at': self.now - 2 * HOUR, **values})

    def test_technician_logs_and_ends_it(self):
        outage = self._log(cause="Transformer in the street")
        self.assertEqual((outage.source, outage.reported_by_id, outage.company_id), ('person', self.technician, self.env.company))
        self.assertTrue(outage.is_ongoing)
        self.assertIn(outage, self.env['it.outage'].search([('is_ongoing', '=', True)]))
        self.assertIn("whole site", outage.display_name)
        outage.with_user(self.technician_2).action_end()
        self.assertEqual((outage.end_at, outage.is_ongoing, outage.duration_h), (self.now, False, 2.0))
        self.assertNotIn(outage, self.env['it.outage'].search([('is_ongoing', '=', True)]))

    def test_employee_has_no_part_in_it_and_auditor_reads_only(self):
        outage = self._log()
        with self.assertRaises(AccessError):
            outage.with_user(self.user).read(['kind'])
        self.assertEqual(outage.with_user(self.auditor).kind, 'power')
        for person in (self.user, self.auditor):
            with self.subTest(person=person.login):
                with self.assertRaises(AccessError):
                    self._log(person)
                with self.assertRaises(AccessError):
                    outage.with_user(person).write({'cause': "x"})
                with self.assertRaises(AccessError):
                    outage.with_user(person).action_end()
        with self.assertRaises(AccessError):
            outage.with_user(self.technician).unlink()

    def test_who_reported_it_cannot_be_forged(self):
        forged = {'source': 'agent', 'reported_by_id': self.manager.id, 'agent_id': self.agent.id}
        for name, value in forged.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    self._log(**{name: value})
                with self.assertRaises(AccessError):
                    self._log().with_user(self.manager).write({name: value})
                with self.assertRaises(AccessError):
                    self._log().sudo().write({name: value})
            self.env['ir.default'].with_user(self.technician).set('it.outage', name, value, user_id=True)
        outage = self._log(kind='network')
        context = {f'default_{name}': value for name, value in forged.items()}
        by_context = outage.with_context(**context).create({'kind': 'power', 'start_at': self.now})
        for one in (outage, by_context, outage.with_context(**context).copy()):
            self.assertEqual((one.source, one.agent_id.id), ('person', False))
            self.assertEqual(one.reported_by_id, self.technician)

    def test_what_lies_ahead_is_a_downtime(self):
        for kind in ('power', 'maintenance'):
            for values in ({'start_at': self.now + HOUR}, {'end_at': self.now + HOUR}):
                with self.subTest(kind=kind, values=values), self.assertRaisesRegex(ValidationError, "planned downtime"):
                    self._log(kind=kind, **values)
        self.assertTrue(self._log(kind='maintenance').is_ongoing)

    def test_where_is_the_asset_or_the_whole_site(self):
        outage = self.env['it.outage'].create({'start_at': self.env.cr.now()})
        self.assertEqual(outage.where, "Whole site")
        outage.asset_id = self.env['it.asset'].search([], limit=1)
        self.assertEqual(outage.where, outage.asset_id.name)

    def test_it_ends_after_it_begins(self):
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._log(end_at=self.now - 3 * HOUR)

    def test_companies_are_apart(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        outage = self._log(self.env.user, company_id=company.id)
        with self.assertRaises(AccessError):
            outage.with_user(self.manager).read(['kind'])
        with self.assertRaises(AccessError):
            self._log(company_id=company.id)
        with self.assertRaisesRegex(ValidationError, "Company"):
            self._log(company_id=False)
        foreign = self.env['it.asset'].create({
            'name': "theirs", 'kind': 'host', 'category_id': self.category.id, 'company_id': company.id})
        with self.assertRaises(UserError):
            self._log(asset_id=foreign.id)


@tagged('post_install', '-at_install')
class TestOutageOfAgents(AgentCase):
    """What hosts tell by themselves, recorded once, by what is known and no more."""

    def setUp(self):
        super().setUp()
        self.now = self.env.cr.now().replace(microsecond=0)
        self.addCleanup(setattr, self.env.cr, '_now', None)
        self.seq = 0

    def _outages(self):
        return self.env['it.outage'].search([('agent_id', '=', self.agent.id)])

    def _cycle(self, ago_s=0):
        self.seq += 1
        self._store(self.fake, [self.fake.cycle(self.seq, '00', ago_s=ago_s)])

    def _boot(self, ago, clean, shift=timedelta()):
        """Let the host tell of a boot so long ago, by a clock that is off by ``shift``."""
        self.seq += 1
        boot_time = f'{(self.env.cr.now() - ago + shift).isoformat(timespec="seconds")}+00:00'
        self._store(self.fake, [{
            'seq': self.seq, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'boot',
            'data': {'boot_time': boot_time, 'clean': clean}}])

    def _judge(self):
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _quiet(self, seconds):
        """Let the host's last report be so old."""
        self.env.cr.execute(
            "UPDATE it_agent_stream SET last_seen = %s WHERE agent_id = %s", [self.now - timedelta(seconds=seconds), self.agent.id])

    def _watch(self, since):
        self.env['ir.config_parameter'].set_param(WATCHING_PARAM, since.isoformat())

    def test_unclean_boot_is_an_outage_from_the_last_word_to_the_boot(self):
        self._cycle(ago_s=7200)
        self._boot(HOUR, clean=False)
        self._judge()
        outage = self._outages()
        self.assertEqual((outage.kind, outage.source, outage.reported_by_id.id), ('unclean_stop', 'agent', False))
        self.assertEqual((outage.asset_id, outage.company_id), (self.host, self.host.company_id))
        self.assertAlmostEqual(outage.start_at, self.now - 2 * HOUR, delta=2 * SECOND)
        self.assertAlmostEqual(outage.end_at, self.now - HOUR, delta=2 * SECOND)
        self._boot(HOUR, clean=False)
        self._judge()
        self.assertEqual(self._outages(), outage)

    def test_clean_or_unknown_boot_and_one_without_a_past_tell_nothing(self):
        self._boot(HOUR, clean=False)
        self._judge()
        self._cycle(ago_s=7200)
        self._boot(HOUR, clean=True)
        self._boot(HOUR, clean=None)
        self._judge()
        self.assertFalse(self._outages())

    def test_boot_by_a_wrong_clock_is_put_right_as_results_are(self):
        off = timedelta(days=-900)
        self.fake.clock = lambda: self.env.cr.now() + off
        self._cycle(ago_s=7200)
        self._boot(HOUR, clean=False, shift=off)
        self._judge()
        self.assertAlmostEqual(self._outages().end_at, self.now - HOUR, delta=3 * SECOND)

    def test_silence_is_recorded_once_and_ends_with_the_next_word(self):
        self._watch(self.now - 5 * HOUR)
        self._cycle(ago_s=3600)
        self._quiet(100)
        self._judge()
        self.assertFalse(self._outages())
        self._quiet(3600)
        self._judge()
        outage = self._outages()
        self.assertEqual((outage.kind, outage.start_at, outage.end_at), ('agent_silent', self.now - HOUR, False))
        self._judge()
        self.assertEqual(self._outages(), outage)
        outage.with_user(self.technician).write({'kind': 'network', 'cause': "Switch"})
        self._cycle()
        self._judge()
        self.assertEqual(self._outages(), outage)
        self.assertAlmostEqual(outage.end_at, self.now, delta=2 * SECOND)
        self.assertEqual(outage.kind, 'network')

    def test_silence_that_was_a_stop_becomes_the_stop(self):
        self._watch(self.now - 5 * HOUR)
        self._cycle(ago_s=3600)
        self._quiet(3590)
        self._judge()
        outage = self._outages()
        self._boot(HOUR / 4, clean=False)
        self._judge()
        self.assertEqual(self._outages(), outage)
        self.assertEqual(outage.kind, 'unclean_stop')
        self.assertAlmostEqual(outage.start_at, self.now - HOUR, delta=2 * SECOND)
        self.assertAlmostEqual(outage.end_at, self.now - HOUR / 4, delta=2 * SECOND)

    def test_power_that_comes_back_too_shortly_to_measure_makes_two_stops(self):
        """The host's first boot is its last word: both stops would begin with the result before it."""
        self._watch(self.now - 5 * HOUR)
        self._cycle(ago_s=7200)
        self._boot(HOUR, clean=False)
        self._judge()
        self._quiet(3000)
        self._judge()
        self.assertEqual(self._outages().mapped('kind'), ['agent_silent', 'unclean_stop'])
        self._boot(HOUR / 6, clean=False)
        self._judge()
        second, first = self._outages()
        self.assertEqual((first.kind, second.kind), ('unclean_stop', 'unclean_stop'))
        self.assertAlmostEqual(second.start_at, first.end_at, delta=2 * SECOND)
        self.assertAlmostEqual(second.end_at, self.now - HOUR / 6, delta=2 * SECOND)

    def test_event_that_cannot_be_applied_keeps_no_host_from_being_judged(self):
        self._boot(HOUR, clean=False)
        self._store(self.other_fake, [{
            'seq': 1, 'type': 'event', 'ts': self.other_fake.stamp(), 'mono': self.other_fake.mono(), 'kind': 'facts', 'data': {'hostname': "renamed"}}])
        self._cycle()
        with patch.object(type(self.agent), '_record_unclean_stop', side_effect=ValueError("no such time")), \
                self.assertLogs('odoo.addons.it_continuity.models.monitoring.judge', 'ERROR') as logs:
            self._judge()
        self.assertIn(f"of agent {self.agent.id} ", logs.output[0])
        self.assertEqual(self.other_agent.facts['hostname'], "renamed")
        self.assertHealth(self.checks[0], 'ok', 'ok')
        self._judge()

    def test_nobody_is_called_silent_while_odoo_was_away(self):
        self._cycle(ago_s=3 * 3600)
        self._quiet(3 * 3600)
        self.env.ref('it_continuity.ir_cron_judge').lastcall = self.now - 3 * HOUR
        self.env['it.silence']._note_watching()
        self._judge()
        self.assertFalse(self._outages())
        back_at = self.now - timedelta(seconds=SILENT_AFTER_S + LONGEST_PAUSE_S)
        self._watch(back_at + 2 * SECOND)
        self._judge()
        self.assertFalse(self._outages())
        self._watch(back_at - 2 * SECOND)
        self._judge()
        self.assertEqual(self._outages().start_at, back_at - 2 * SECOND)

    def test_watching_goes_on_while_the_job_runs(self):
        self._watch(self.now - 5 * HOUR)
        self.env.ref('it_continuity.ir_cron_judge').lastcall = self.now - 60 * SECOND
        self.env['it.silence']._note_watching()
        self.assertEqual(
            datetime.fromisoformat(self.env['ir.config_parameter'].get_param(WATCHING_PARAM)), self.now - 5 * HOUR)

    def test_host_that_never_spoke_or_is_revoked_is_not_silent(self):
        self._watch(self.now - 5 * HOUR)
        self._judge()
        self.assertFalse(self.env['it.outage'].search([('agent_id', 'in', (self.agent + self.other_agent).ids)]))
        self._cycle(ago_s=3600)
        self._quiet(3600)
        self._judge()
        self.assertFalse(self._outages().end_at)
        self.agent.action_revoke()
        self._judge()
        self.assertTrue(self._outages().end_at)
        self._judge()
        self.assertEqual(len(self._outages()), 1)

    def test_what_an_agent_measured_stays(self):
        self._cycle(ago_s=7200)
        self._boot(HOUR, clean=False)
        self._judge()
        outage = self._outages().with_user(self.manager)
        for values in ({'start_at': self.now - 9 * HOUR}, {'end_at': False}, {'asset_id': False}, {'asset_id': self.other_host.id}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "measured by an agent"):
                outage.write(values)
            with self.subTest(values=values, su=True), self.assertRaises(AccessError):
                outage.sudo().write(values)
        outage.write({'kind': 'power', 'cause': "Mains down in the whole street"})
        with self.assertRaisesRegex(UserError, "recorded stays"):
            outage.unlink()
