import hashlib
import json
from datetime import datetime, timedelta

from odoo.tests import HttpCase

from ...lib import protocol
from ..common import ItcCase

ROUTE = '/it_continuity/agent/v1'
EPOCH = 'ab' * 16
BOOTED_AT = datetime(2020, 1, 1)
RAW_TABLES = ('it_agent_stream', 'it_sample_shape', 'it_sample_series', 'it_sample_cycle', 'it_sample_latest', 'it_agent_event')
COLLECTORS = [
    {
        'kind': 'disk', 'title': "Disk room", 'help': "Free room.", 'every_s': 60,
        'settings': [{'name': 'include', 'type': 'list', 'default': [], 'required': False, 'help': "Volumes."}],
        'metrics': [{'name': 'free_pct', 'unit': '%', 'help': "Free."}],
        'limits': [{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': 5}],
    },
    {
        'kind': 'tcp', 'title': "TCP port", 'help': "", 'every_s': 60,
        'settings': [
            {'name': 'host', 'type': 'str', 'default': 'localhost', 'required': False, 'help': "Host."},
            {'name': 'port', 'type': 'int', 'default': None, 'required': True, 'help': "Port."},
            {'name': 'timeout_s', 'type': 'float', 'default': 5.0, 'required': False, 'help': "Patience."},
            {'name': 'deep', 'type': 'bool', 'default': False, 'required': False, 'help': "Ask twice."},
        ],
        'metrics': [{'name': 'up', 'unit': '', 'help': "Answers."}],
        'limits': [],
    },
]


class FakeHost:
    """A host as the wire sees it: its key, its spool's numbers, and the bodies it would post.

    Its wall clock may be set to anything; its monotonic clock counts the true time since ``booted_at``.
    """

    def __init__(self, name, clock):
        self.key_id = hashlib.sha256(name.encode()).hexdigest()[:16]
        self.secret = (hashlib.sha256(name.encode()).hexdigest() + 'A' * 43)[:43]
        self.secret_sha256 = hashlib.sha256(self.secret.encode()).hexdigest()
        self.clock = self.true_clock = clock
        self.booted_at = BOOTED_AT
        self.report_no = 0
        self.shape = None

    @property
    def headers(self):
        return {'Authorization': f'Bearer itc1.{self.key_id}.{self.secret}', 'Content-Type': 'application/json'}

    def enrolment(self, code, **values):
        return {
            'proto': 1, 'code': code, 'key_id': self.key_id, 'secret_sha256': self.secret_sha256,
            'facts': {'hostname': "srv-test", 'os': "Debian", 'memory_bytes': 2**34, 'addresses': ['192.0.2.7']},
            'collectors': COLLECTORS, **values}

    def know(self, checks):
        """Make the shape of one free_pct a check."""
        ids, series = checks.ids, [[place, '/', 'free_pct', '%'] for place in range(len(checks))]
        self.shape = {'id': protocol.shape_id(ids, series), 'checks': ids, 'series': series}

    def cycle(self, seq, states, ago_s=0, texts=None, values=None):
        return {
            'seq': seq, 'type': 'cycle', 'ts': self.stamp(ago_s), 'mono': self.mono(ago_s), 'shape': self.shape['id'],
            'values': values or [50.5 + seq] * len(self.shape['series']), 'states': states,
            'texts': texts or {str(place): f"text {seq}" for place, state in enumerate(states) if state != '0'}}

    def stamp(self, ago_s=0):
        return f"{(self.clock() - timedelta(seconds=ago_s)).isoformat(timespec='milliseconds')}+00:00"

    def mono(self, ago_s=0):
        return (self.true_clock() - self.booted_at).total_seconds() - ago_s

    def report(self, db_id, records, shapes=True, **values):
        self.report_no += 1
        first = records[0]['seq'] if records else 1
        return {
            'proto': 1, 'db_id': db_id, 'epoch': EPOCH, 'report_no': self.report_no, 'agent_now': self.stamp(), 'mono_now': self.mono(),
            'boot_session': "boot", 'oldest_seq': 1, 'first_seq': first, 'wake': False,
            'shapes': [self.shape] if shapes and self.shape else [], 'latest': None, 'records': records, **values}


class AgentCase(ItcCase):
    """An active agent with two checks, and a second one beside it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.database']._renew_db_id()
        cls.db_id = cls.env['it.database']._db_id()
        cls.env['ir.config_parameter'].set_param('it_continuity.reports_per_min', '100000')
        cls.env['ir.config_parameter'].set_param('it_continuity.report_bytes_per_min', str(2**40))
        cls.fake, cls.agent = cls._host("srv-test", cls.host)
        cls.other_host = cls.env['it.asset'].create({'name': "srv-other", 'kind': 'host', 'category_id': cls.category.id})
        cls.other_fake, cls.other_agent = cls._host("srv-other", cls.other_host)
        cls.checks = cls._check(cls.agent, "Root") + cls._check(cls.agent, "Data")
        cls.other_check = cls._check(cls.other_agent, "Root")
        cls.fake.know(cls.checks)
        cls.other_fake.know(cls.other_check)

    def setUp(self):
        super().setUp()
        for fake, checks in ((self.fake, self.checks), (self.other_fake, self.other_check)):
            fake.clock = fake.true_clock = self.env.cr.now
            fake.booted_at = BOOTED_AT
            fake.know(checks)

    @classmethod
    def _host(cls, name, asset):
        fake = FakeHost(name, lambda: cls.env.cr.now())
        agent = cls.env['it.agent'].create({'asset_id': asset.id})
        cls.env['it.agent']._enrol(protocol.parse_enrol(json.dumps(fake.enrolment(agent.issue_code())).encode()))
        agent.state = 'active'
        return fake, agent

    @classmethod
    def _check(cls, agent, name, **values):
        return cls.env['it.check'].create({'name': name, 'agent_id': agent.id, 'kind': 'disk', 'max_attempts': 2, **values})

    def _age(self, records, seconds=3600):
        """Let records be older than they are: an hour cannot be waited for in a test."""
        self.env.flush_all()
        self.env.cr.execute(  # names of our own  # pylint: disable=sql-injection
            f"UPDATE {records._table} SET create_date = create_date - interval '{seconds} s' WHERE id = ANY(%s)", [records.ids])
        self.env.invalidate_all()

    def _caller(self, fake):
        self.env.flush_all()
        return self.env['it.sample.store']._authenticate(
            protocol.parse_authorization(fake.headers['Authorization']))

    def _store(self, fake, records, **values):
        """Store a report as the route does, and return the answer."""
        body = json.dumps(fake.report(self.db_id, records, **values)).encode()
        return self.env['it.sample.store']._store_report(self._caller(fake), protocol.parse_report(body))

    def _count_rows(self):
        counts = {}
        for table in RAW_TABLES:
            self.env.cr.execute(f'SELECT count(*) FROM {table}')  # names of our own  # pylint: disable=sql-injection
            counts[table] = self.env.cr.fetchone()[0]
        return counts

    def _cycles(self, agent):
        self.env.cr.execute("SELECT seq FROM it_sample_cycle WHERE agent_id = %s ORDER BY seq", [agent.id])
        return [seq for seq, in self.env.cr.fetchall()]

    def assertWritesNothing(self):
        return _WritesNothing(self)

    def assertHealth(self, check, state, hard_state):
        self.assertEqual((check.state, check.hard_state), (state, hard_state))


class _WritesNothing:
    def __init__(self, case):
        self.case = case

    def __enter__(self):
        self.before = self.case._count_rows()

    def __exit__(self, kind, *_error):
        if kind is None:
            self.case.assertEqual(self.case._count_rows(), self.before)


class AgentHttpCase(AgentCase, HttpCase):
    """The same over the real routes."""

    def post(self, path, body, headers):
        if isinstance(body, dict):
            body = json.dumps(body)
        return self.url_open(f'{ROUTE}/{path}', data=body, headers=headers, allow_redirects=False)

    def report(self, fake, records, **values):
        return self.post('report', fake.report(self.db_id, records, **values), fake.headers)

    def assertRefused(self, response, status, code):
        self.assertEqual((response.status_code, response.json().get('error')), (status, code), response.text)
        self.assertEqual(response.json()['proto'], 1)
        self.assertTrue(response.json()['detail'])
        self.assertNotIn('Set-Cookie', response.headers)
