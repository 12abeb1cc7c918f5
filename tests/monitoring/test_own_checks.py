from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...lib import protocol
from .agent_case import AgentCase

JUDGE, OWN = 'it_continuity.ir_cron_judge', 'it_continuity.ir_cron_own_checks'


class OwnCase(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.env['it.own.check']
        cls.crons = cls.env['ir.cron'].with_context(active_test=False).browse(cls.env['ir.model.data'].search([
            ('module', '=', 'it_continuity'), ('model', '=', 'ir.cron')]).mapped('res_id'))
        cls._run_all()

    @classmethod
    def _run_all(cls):
        """Let all of our jobs have run just now."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE ir_cron SET lastcall = %s, nextcall = %s, failure_count = 0, active = true WHERE id = ANY(%s)",
            [cls.env.cr.now(), cls.env.cr.now(), cls.crons.ids])
        cls.env.invalidate_all()

    def _set(self, cron, **values):
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(f'UPDATE ir_cron SET {name} = %s WHERE id = %s', [value, cron.id])  # names of our own  # pylint: disable=sql-injection
        self.env.invalidate_all()

    def assertLook(self, name, state, words):
        line = self.own._look_at(name, self.env.company)
        self.assertEqual(line['state'], state, line['found'])
        self.assertIn(words, line['found'])
        self.assertEqual(bool(line['todo']), state != 'ok')
        return line


@tagged('post_install', '-at_install')
class TestOwnChecks(OwnCase):
    """What this Odoo finds of itself."""

    def test_jobs_that_run_are_ok(self):
        self.assertLook('jobs', 'ok', f"All {len(self.crons)} run on time")

    def test_each_job_is_watched(self):
        for cron in self.crons:
            ago = 3 * (cron.interval_number * {'minutes': timedelta(minutes=1), 'hours': timedelta(hours=1), 'days': timedelta(days=1)}.get(
                cron.interval_type, timedelta(days=31))) + timedelta(seconds=30)
            with self.subTest(cron=cron.cron_name), self.env.cr.savepoint() as savepoint:
                self._set(cron, lastcall=self.env.cr.now() - ago, nextcall=self.env.cr.now() - ago)
                self.assertIn(cron.cron_name, self.assertLook('jobs', 'critical', "has not run for")['found'])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_job_that_fails_or_is_off(self):
        judge = self.env.ref(JUDGE)
        self._set(judge, failure_count=2)
        self.assertLook('jobs', 'warning', "failed 2 times")
        self._set(judge, active=False)
        self.assertLook('jobs', 'critical', "is switched off")

    def test_mail_that_waits_and_mail_that_failed(self):
        self.env.cr.execute("DELETE FROM mail_mail")
        self.assertLook('mail', 'ok', "None waits")
        mail = self.env['mail.mail'].create({'subject': "Secret subject", 'email_to': 'x@example.com', 'state': 'outgoing'})
        self.env.flush_all()
        for hours, state in ((1, 'ok'), (3, 'warning'), (7, 'critical')):
            self.env.cr.execute("UPDATE mail_mail SET create_date = %s", [self.env.cr.now() - timedelta(hours=hours)])
            self.env.invalidate_all()
            self.assertNotIn("Secret", self.assertLook('mail', state, "1 wait")['found'])
        mail.state = 'exception'
        self.env.flush_all()
        self.assertLook('mail', 'warning', "1 could not be sent")
        self.env.cr.execute("UPDATE mail_mail SET state = 'outgoing', scheduled_date = %s", [self.env.cr.now() + timedelta(days=1)])
        self.assertLook('mail', 'ok', "None waits")

    def test_silent_hosts(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self._store(self.other_fake, [self.other_fake.cycle(1, '0')])
        self.env.invalidate_all()
        self.assertLook('hosts', 'ok', "none is silent")
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = %s WHERE agent_id = %s", [self.env.cr.now() - timedelta(hours=1), self.agent.id])
        self._age(self.agent)
        self.assertLook('hosts', 'warning', "srv-test")
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = %s", [self.env.cr.now() - timedelta(hours=1)])
        self._age(self.other_agent)
        self.assertLook('hosts', 'critical', "srv-other")

    def test_reports_outside_the_weekly_tables(self):
        self.env.cr.execute("DELETE FROM it_sample_cycle_default")
        self.assertLook('tables', 'ok', "Nothing")
        self.env.cr.execute("""
            INSERT INTO it_sample_cycle (seq, ts, measured_at, digest, agent_id, stream_id, shape_id, values, states)
            VALUES (1, '2020-01-01', '2020-01-01', 0, %s, 0, 0, '{}', B'00')""", [self.agent.id])
        self.assertLook('tables', 'warning', "1 reports")

    def test_log_of_evidence_that_nobody_outside_has_seen(self):
        company = self.env['res.company'].create({'name': "Sealed"})
        self.assertEqual(self.own._look_at('log', company)['state'], 'ok')
        self.env['it.seal.event']._append('it.task.run', [(company.id, 1, '{}')])
        self.env['it.seal.event']._seal_waiting(company.id)
        self.env.cr.execute("UPDATE it_agent SET active = false WHERE company_id IS NULL")
        self.env.invalidate_all()
        line = self.own._look_at('log', company)
        self.assertEqual(line['state'], 'warning')
        self.assertIn("No host is there to witness one sealed event.", line['found'])
        host = self.env['it.asset'].create({'name': "srv-w", 'kind': 'host', 'category_id': self.category.id, 'company_id': company.id})
        fake, agent = self._host("srv-w", host)
        check = self._check(agent, "Root")
        fake.know(check)
        self.assertIn("nobody outside has seen one sealed event.", self.own._look_at('log', company)['found'])
        self.assertIn("One sealed event was witnessed by no host", self.own._log_words('warning', 0, 1, self.env.cr.now(), agent))
        self._clock(self.env.cr.now() + timedelta(minutes=1))
        self._store(fake, [fake.cycle(1, '0')])
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = %s WHERE agent_id = %s", [self.env.cr.now(), agent.id])
        self.assertEqual(self.own._look_at('log', company)['state'], 'ok')

    def test_own_host_witnesses_nothing(self):
        """What this Odoo tells itself is no word of somebody outside."""
        company = self.env['res.company'].create({'name': "Sealed"})
        self.env['it.seal.event']._append('it.task.run', [(company.id, 1, '{}')])
        self.env['it.seal.event']._seal_waiting(company.id)
        self.env.cr.execute("UPDATE it_agent SET active = false WHERE company_id IS NULL")
        self.env.invalidate_all()
        self._clock(self.env.cr.now() + timedelta(minutes=1))
        self.own._store(company)
        self.assertEqual(self.own._look_at('log', company)['state'], 'warning')

    def test_what_cannot_be_looked_at_is_unknown(self):
        def broken(self, company):
            self.env.cr.execute("SELECT 1 FROM it_no_such_table")
        with patch.object(type(self.own), '_own_mail', broken), self.assertLogs('odoo.addons.it_continuity.models.monitoring.own_check', 'ERROR'), \
                self.assertLogs('odoo.sql_db', 'ERROR'):
            lines = self.own._look(self.env.company)
        self.assertEqual([line['state'] for line in lines if line['key'] == 'mail'], ['unknown'])
        self.assertEqual(len([line for line in lines if line['state'] == 'ok']) >= 1, True, "the others were looked at")

    def test_a_room_above_adds_its_own(self):
        with patch.multiple(
            type(self.own), create=True, _get_own_checks=lambda self: ['jobs', 'outbox'],
            _own_outbox=lambda self, company: self._found("Outbox", 'critical', "3 wait", todo="Look.", figure=(3, 'waiting', '')),
        ):
            self.own._store(self.env.company)
            self._judge()
            check = self._own_checks()['outbox']
            self.assertEqual((check.name, check.state, check.summary), ("Outbox", 'critical', "3 wait"))

    # === RESULTS === #

    def _judge(self):
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _own_checks(self):
        server = self.env['it.agent']._server(self.env.company)
        return {check.settings['look']: check for check in server.check_ids if check.kind == 'own' and check.active}

    def test_results_are_judged_as_a_hosts_are(self):
        self.env.cr.execute("DELETE FROM mail_mail")
        self._set(self.env.ref(JUDGE), active=False)
        start = self.env.cr.now()
        for minute in range(3):
            self._clock(start + timedelta(minutes=minute))
            self._run_all()
            self._set(self.env.ref(JUDGE), active=False)
            self.own._store(self.env.company)
            self._judge()
        checks = self._own_checks()
        self.assertEqual(set(checks), set(self.own._get_own_checks()))
        self.assertEqual((checks['jobs'].hard_state, checks['mail'].hard_state), ('critical', 'ok'))
        self.assertEqual([(one['metric'], one['value']) for one in checks['jobs']._snapshot()[0]['values']], [('jobs_bad', 1.0)])
        self._clock(self.env.cr.now() + timedelta(minutes=4))
        self._judge()
        self.assertEqual((checks['jobs'].hard_state, checks['mail'].hard_state), ('unknown', 'unknown'), "nobody looked: stale, never green")

    def test_archived_own_check_is_left_out(self):
        self.own._store(self.env.company)
        self._own_checks()['mail'].with_user(self.manager).active = False
        self._clock(self.env.cr.now() + timedelta(minutes=1))
        self.own._store(self.env.company)
        self._judge()
        self.assertFalse(self._own_checks().get('mail'))
        self.assertNotEqual(self._own_checks()['jobs'].state, 'unknown')

    def test_job_looks_for_companies_that_have_something_to_watch(self):
        empty = self.env['res.company'].create({'name': "Empty"})
        with patch.object(type(self.env['ir.cron']), '_commit_progress', lambda *_args, **_kwargs: 1.0):
            self.own._cron_look()
        found = self.env['it.agent'].search([('is_server', '=', True)])
        self.assertIn(self.agent.company_id or self.env.company, found.company_id | self.env.company)
        self.assertNotIn(empty, found.company_id)

    def test_what_waited_while_odoo_was_away_may_catch_up_before_anybody_is_called(self):
        now, minute = self.env.cr.now(), timedelta(minutes=1)
        looked = []
        self.patch(self.registry['it.own.check'], '_store', lambda _own, company: looked.append(company))
        with patch.object(type(self.env['ir.cron']), '_commit_progress', lambda *_args, **_kwargs: 1.0):
            for lastcall, since, is_looked_at in (
                (None, None, False), (now - 60 * minute, now - 90 * minute, False), (now - minute, now - minute, False),
                (now - minute, now - 4 * minute, True), (now - minute, None, True),
            ):
                with self.subTest(lastcall=lastcall, since=since):
                    self._set(self.env.ref(OWN), lastcall=lastcall)
                    self.env['ir.config_parameter'].set_param('it_continuity.judge_watching_since', since and since.isoformat())
                    looked.clear()
                    self.own._cron_look()
                    self.assertEqual(bool(looked), is_looked_at)

    # === THE PAGE === #

    def test_page_is_for_who_works_here_and_looks_at_once(self):
        for person in (self.technician, self.manager, self.auditor):
            lines = self._rpc(person, self.own, 'get_page')['lines']
            self.assertEqual([line['key'] for line in lines], self.own._get_own_checks())
            self.assertFalse([line for line in lines if line['state'] == 'unknown'], lines)
        self._set(self.env.ref(OWN), lastcall=self.env.cr.now() - timedelta(hours=1), nextcall=self.env.cr.now() - timedelta(hours=1))
        self.assertEqual(self._rpc(self.technician, self.own, 'get_page')['lines'][0]['state'], 'critical', "its own job is dead, and it says so")
        with self.assertRaises(AccessError):
            self._rpc(self.user, self.own, 'get_page')


@tagged('post_install', '-at_install')
class TestOwnHost(OwnCase):
    """The host that is this Odoo itself: no key, no silence, no way to lose it."""

    def setUp(self):
        super().setUp()
        self.server = self.env['it.agent']._server(self.env.company)

    def test_one_a_company(self):
        self.assertEqual(self.env['it.agent']._server(self.env.company), self.server)
        company = self.env['res.company'].create({'name': "Other"})
        other = self.env['it.agent']._server(company)
        self.assertNotEqual(other, self.server)
        self.assertEqual(other.company_id, company)

    def test_it_cannot_get_a_key_be_revoked_archived_or_deleted(self):
        for method in ('issue_code', 'action_issue_code', 'action_confirm', 'action_revoke', 'unlink'):
            with self.subTest(method=method), self.assertRaises(UserError), self.env.cr.savepoint():
                self._rpc(self.manager, self.server, method)
        for values in ({'active': False}, {'is_server': False}, {'state': 'revoked'}, {'key_id': 'x'}):
            with self.subTest(values=values), self.assertRaises(UserError), self.env.cr.savepoint():
                self._rpc(self.manager, self.server, 'write', values)
        with self.assertRaisesRegex(UserError, "cannot be deleted"), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self._rpc(self.manager, self.server.asset_id, 'unlink')
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._rpc(self.manager, self.agent, 'write', {'is_server': True})

    def test_it_cannot_speak_through_the_agents_door(self):
        self.env.flush_all()
        for key in ('None', 'False', '0' * 16):
            with self.assertRaises(protocol.ProtocolError):
                self.env['it.sample.store']._authenticate(protocol.Credentials(key, 'a' * 64))

    def test_it_is_never_silent_and_no_host_to_set_up(self):
        self.own._store(self.env.company)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = %s WHERE agent_id = %s", [self.env.cr.now() - timedelta(days=3), self.server.id])
        self.env['ir.config_parameter'].set_param('it_continuity.judge_watching_since', (self.env.cr.now() - timedelta(days=4)).isoformat())
        self.env['it.silence']._note()
        self.env.invalidate_all()
        self.assertFalse(self.env['it.outage'].search([('agent_id', '=', self.server.id)]))
        self.assertNotIn(self.server, self.env['it.agent'].search([('is_silent', '=', True)]))
        self.assertIn(self.server, self.env['it.agent'].search([('is_silent', '=', False)]))
        self.assertEqual((self.server.is_silent, self.server.contact, self.server.step), (False, 'own', 'fine'))
        self.env['it.agent'].search([('is_server', '=', False)]).write({'active': False})
        self.assertIn("No host is there yet", self.env['it.setup']._line_host()['found'])

    def test_lists_leave_it_out(self):
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_agent_action')
        self.assertIn('is_server', action['domain'])

    def test_a_new_identity_leaves_it(self):
        self.env['it.agent'].with_user(self.manager).action_renew_db_id()
        self.assertEqual((self.server.state, self.agent.state), ('active', 'revoked'))


@tagged('post_install', '-at_install')
class TestHealth(OwnCase, HttpCase):
    """What a monitor outside hears."""

    def _health(self):
        self.env.flush_all()
        answer = self.url_open('/it_continuity/health', allow_redirects=False)
        self.assertNotIn('Set-Cookie', answer.headers)
        return answer.status_code, answer.json()

    def test_jobs_that_stand_still_are_told_outside(self):
        self.assertEqual(self._health(), (200, {'status': 'pass', 'jobs_stopped': 0}))
        self._set(self.env.ref(JUDGE), lastcall=self.env.cr.now() - timedelta(minutes=4), nextcall=self.env.cr.now() - timedelta(minutes=4))
        self.assertEqual(self._health(), (503, {'status': 'fail', 'jobs_stopped': 1}))
        self._set(self.env.ref(OWN), active=False)
        self.assertEqual(self._health(), (503, {'status': 'fail', 'jobs_stopped': 2}))
        self.assertEqual(self.url_open('/web/health').status_code, 200, "Odoo's own says nothing of it")
