import json

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import protocol
from ...models.monitoring.sample_store import LOCK_CLASS
from .agent_case import EPOCH, AgentHttpCase, FakeHost

BAD = {'Content-Type': 'application/json'}


@tagged('post_install', '-at_install')
class TestAgentRefusals(AgentHttpCase):
    """What is refused gets a 4xx with a reason, and nothing is written."""

    def test_unknown_wrong_revoked_and_missing_keys_get_the_same_bytes(self):
        revoked, agent = self._host("srv-revoked", self.env['it.asset'].create({
            'name': "srv-revoked", 'kind': 'host', 'category_id': self.category.id}))
        agent.action_revoke()
        wrong = FakeHost("srv-test", self.env.cr.now)
        wrong.secret = 'B' * 43
        body = json.dumps(self.fake.report(self.db_id, [self.fake.cycle(1, '00')]))
        headers = [
            BAD, FakeHost("nobody", self.env.cr.now).headers, wrong.headers, revoked.headers,
            {**BAD, 'Authorization': 'Bearer itc1.é'.encode()}, {**BAD, 'Authorization': f'Basic {self.fake.secret}'},
        ]
        with self.assertWritesNothing():
            answers = [self.post('report', body, one) for one in headers]
        for answer in answers:
            self.assertRefused(answer, 401, 'unauthorized')
        self.assertEqual(len({answer.content for answer in answers}), 1)

    def test_archived_agent_is_unknown(self):
        self.agent.active = False
        self.assertRefused(self.report(self.fake, []), 401, 'unauthorized')

    def test_wrong_secret_learns_nothing_of_a_pending_host(self):
        self.agent.state = 'pending'
        wrong = FakeHost("srv-test", self.env.cr.now)
        wrong.secret = 'B' * 43
        self.assertRefused(self.post('report', '{}', wrong.headers), 401, 'unauthorized')
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '00')]), 403, 'pending')
        self.assertRefused(self.url_open('/it_continuity/agent/v1/config', headers=self.fake.headers), 403, 'pending')

    def test_malformed_bodies(self):
        good = self.fake.report(self.db_id, [self.fake.cycle(1, '00')])
        cases = [
            (b' ', 'bad_json'), (b'null', 'bad_report'), (b'[]', 'bad_report'), (b'7', 'bad_report'), (b'{"proto": 1}', 'bad_report'),
            (b'\xff\xfe', 'bad_json'), (b'[' * 5000, 'bad_json'), (b'{"a": NaN}', 'bad_json'), (b'{"a": 1, "a": 2}', 'bad_json'),
            (json.dumps({**good, 'extra': 1}), 'bad_report'), (json.dumps({**good, 'proto': 2}), 'bad_report'),
            (json.dumps({**good, 'epoch': 'x'}), 'bad_report'), (json.dumps({**good, 'first_seq': 5}), 'bad_report'),
            (json.dumps({**good, 'report_no': True}), 'bad_report'), (json.dumps({**good, 'boot_session': 'a\x00b'}), 'bad_report'),
            (json.dumps({**good, 'shapes': [{**self.fake.shape, 'id': '0' * 16}]}), 'bad_shape'),
            (json.dumps({**good, 'report_no': 2**63}), 'bad_report'),
        ]
        with self.assertWritesNothing():
            for body, code in cases:
                with self.subTest(body=body[:60]):
                    self.assertRefused(self.post('report', body, self.fake.headers), 400, code)

    def test_size_type_encoding_and_chunks_are_judged_before_the_body(self):
        body = json.dumps(self.fake.report(self.db_id, [self.fake.cycle(1, '00')]))
        with self.assertWritesNothing():
            self.assertRefused(self.post('report', b' ' * 262_145, self.fake.headers), 413, 'too_large')
            self.assertRefused(self.post('report', body, {**self.fake.headers, 'Content-Encoding': 'gzip'}), 415, 'unsupported_type')
            for kind in ('text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'):
                self.assertRefused(self.post('report', body, {**self.fake.headers, 'Content-Type': kind}), 415, 'unsupported_type')
            self.assertRefused(self.post('report', _chunks(body), self.fake.headers), 411, 'length_required')

    def test_replayed_report(self):
        report = self.fake.report(self.db_id, [self.fake.cycle(1, '00')])
        self.assertEqual(self.post('report', report, self.fake.headers).status_code, 200)
        with self.assertWritesNothing():
            self.assertRefused(self.post('report', report, self.fake.headers), 409, 'replayed')
            report['records'] = [self.fake.cycle(1, '22')]
            self.assertRefused(self.post('report', report, self.fake.headers), 409, 'replayed')

    def test_report_meant_for_another_database(self):
        report = self.fake.report('0' * 32, [self.fake.cycle(1, '00')])
        with self.assertWritesNothing():
            self.assertRefused(self.post('report', report, self.fake.headers), 409, 'wrong_database')

    def test_host_cannot_speak_for_another(self):
        """The token decides who speaks: a shape with a neighbour's check is refused whole, and an old one never reaches it."""
        self.fake.know(self.checks[0] + self.other_check)
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '22')]), 403, 'foreign_check')
            self.fake.shape = {'id': None, 'checks': [2**40], 'series': []}
            self.fake.shape['id'] = _shape_id(self.fake.shape)
            self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '2', values=[])]), 403, 'foreign_check')

    def test_shape_that_names_a_later_check_of_a_neighbour_changes_nothing_there(self):
        unborn = self.env['it.check'].search([], order='id desc', limit=1).id + 1
        self.fake.shape = {'id': None, 'checks': [unborn], 'series': []}
        self.fake.shape['id'] = _shape_id(self.fake.shape)
        self.assertEqual(self.report(self.fake, [self.fake.cycle(1, '2', values=[])]).status_code, 200)
        neighbour = self._check(self.other_agent, "Born later", max_attempts=1)
        self.assertEqual(neighbour.id, unborn)
        self._store(self.other_fake, [self.other_fake.cycle(1, '0')])
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        self.assertEqual(self.other_check.state, 'ok')
        self.assertHealth(neighbour, 'unknown', 'unknown')
        self.assertFalse(neighbour.last_result_at)
        self.assertFalse(self.env['it.sample'].search([('check_id', '=', neighbour.id)]))

    def test_second_request_of_a_host_at_once_is_sent_away(self):
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.agent.id])
            with self.assertWritesNothing():
                answer = self.report(self.fake, [self.fake.cycle(1, '00')])
            self.assertRefused(answer, 429, 'busy')
            self.assertEqual(answer.headers['Retry-After'], '2')
            self.assertEqual(self.report(self.other_fake, [self.other_fake.cycle(1, '0')]).status_code, 200)

    def test_budget_of_a_host_is_limited(self):
        self.env['ir.config_parameter'].set_param('it_continuity.reports_per_min', '2')
        for seq in (1, 2):
            self.assertEqual(self.report(self.fake, [self.fake.cycle(seq, '00')]).status_code, 200)
        with self.assertWritesNothing():
            answer = self.report(self.fake, [self.fake.cycle(3, '00')])
        self.assertRefused(answer, 429, 'too_many')
        self.assertEqual(answer.headers['Retry-After'], '15')
        self.assertEqual(self.report(self.other_fake, [self.other_fake.cycle(1, '0')]).status_code, 200)

    def test_budget_in_bytes_is_limited(self):
        self.env['ir.config_parameter'].set_param('it_continuity.report_bytes_per_min', '1000')
        first, second = (json.dumps(self.fake.report(self.db_id, [self.fake.cycle(seq, '00')])).encode() for seq in (1, 2))
        whole = first.ljust(protocol.MAX_BODY_BYTES)
        self.assertEqual(self.post('report', whole, self.fake.headers).status_code, 200, "the largest report always comes through")
        with self.assertWritesNothing():
            self.assertRefused(self.post('report', second.ljust(20_000), self.fake.headers), 429, 'too_many')

    def test_nonsense_in_the_parameters_keeps_no_host_out(self):
        for value in ('many', '-1', '0', 'nan', 'inf'):
            with self.subTest(value=value):
                for name in ('reports_per_min', 'report_bytes_per_min'):
                    self.env['ir.config_parameter'].set_param(f'it_continuity.{name}', value)
                self.assertEqual(self.env['it.sample.store']._budget(), (6, 2**20))
        self.assertEqual(self.report(self.fake, [self.fake.cycle(1, '00')]).status_code, 200)

    def test_new_epochs_do_not_refill_the_budget(self):
        self.env['ir.config_parameter'].set_param('it_continuity.reports_per_min', '2')
        for number in range(2):
            self.assertEqual(self.report(self.fake, [self.fake.cycle(1, '00')], epoch=f'{number:032x}').status_code, 200)
        self.assertRefused(self.report(self.fake, [self.fake.cycle(1, '00')], epoch='f' * 32), 429, 'too_many')

    def test_epochs_without_end_are_refused(self):
        for number in range(64):
            self._store(self.fake, [], epoch=f'{number:032x}')
        with self.assertWritesNothing():
            self.assertRefused(self.report(self.fake, [], epoch=EPOCH), 429, 'too_many')

    def test_many_epochs_block_no_host_for_ever(self):
        for number in range(64):
            self._store(self.fake, [], epoch=f'{number:032x}')
        self.assertRefused(self.report(self.fake, [], epoch=EPOCH), 429, 'too_many')
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = last_seen - interval '31 days' WHERE epoch < '00000000-0000-0000-0000-000000000020'")
        self.assertEqual(self.report(self.fake, [], epoch=EPOCH).status_code, 200)

    def test_enrolling_anew_ends_the_block_and_forgets_no_epoch(self):
        for number in range(64):
            self._store(self.fake, [], epoch=f'{number:032x}')
        self.assertRefused(self.report(self.fake, [], epoch=EPOCH), 429, 'too_many')
        # In a test all happens in one transaction, whose clock stands still: the epochs were heard of before it.
        self.env.cr.execute("UPDATE it_agent_stream SET last_seen = last_seen - interval '1 minute'")
        answer = self.post('enrol', self.fake.enrolment(self.agent.issue_code()), {'Content-Type': 'application/json'})
        self.assertEqual(answer.json()['state'], 'active')
        self.assertEqual(self.report(self.fake, [], epoch=EPOCH).status_code, 200)
        self.assertRefused(self.report(self.fake, [], epoch=f'{0:032x}', report_no=1), 409, 'replayed')

    @mute_logger('odoo.http')
    def test_other_methods_and_queries_do_no_harm(self):
        self.assertEqual(self.url_open('/it_continuity/agent/v1/report').status_code, 405)
        path = 'report?a=1&session_id=2&__class__=3'
        answer = self.post(path, self.fake.report(self.db_id, [self.fake.cycle(1, '00')]), self.fake.headers)
        self.assertEqual(answer.status_code, 200)


def _chunks(body):
    yield body.encode()


def _shape_id(shape):
    return protocol.shape_id(shape['checks'], shape['series'])
