import json
import socket
import threading
import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import HOST, tagged

from ...controllers import agent_api
from ...models.monitoring.agent import ENROL_LOCK
from .agent_case import ROUTE, AgentHttpCase, FakeHost


@tagged('post_install', '-at_install')
class TestSlowBodies(AgentHttpCase):
    """A body that comes drop by drop holds nothing up for long: real sockets, slow on purpose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.multiple(agent_api, PROMPT_S=0.3, ENROL_S=1.5, REPORT_S=1.5))
        asset = cls.env['it.asset'].create({'name': "srv-slow", 'kind': 'host', 'category_id': cls.category.id})
        cls.new_agent = cls.env['it.agent'].create({'asset_id': asset.id})
        cls.new_fake = FakeHost("srv-slow", cls.env.cr.now)

    def _send(self, path, headers, length, first=b'{', drop_s=0.2):
        """Send the beginning of a body of ``length`` bytes, then a blank now and then; return the answer's head and how long it took."""
        self.env.flush_all()
        start = time.monotonic()
        lines = [f'POST {ROUTE}/{path} HTTP/1.1', f'Host: {HOST}', f'Content-Length: {length}', *(f'{name}: {value}' for name, value in headers.items())]
        with self.allow_requests(all_requests=True), socket.create_connection((HOST, self.http_port()), timeout=8) as client:
            client.sendall('\r\n'.join([*lines, '', '']).encode() + first)
            with self._dropping(client, drop_s):
                answer = b''.join(iter(lambda: self._hear(client), b''))
        return answer, time.monotonic() - start

    def _hear(self, client):
        """Return what comes next; nothing at the end, however it comes: what came until then is looked at."""
        try:
            return client.recv(65536)
        except (ConnectionError, TimeoutError):
            return b''

    @contextmanager
    def _dropping(self, client, drop_s):
        stop = threading.Event()

        def drop():
            while not stop.wait(drop_s):
                try:
                    client.send(b' ')
                except OSError:
                    return

        thread = threading.Thread(target=drop, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def assertAnswer(self, answer, status, code):
        head, _blank, body = answer.partition(b'\r\n\r\n')
        self.assertIn(f' {status} '.encode(), head.splitlines()[0] if head else b'')
        self.assertEqual(json.loads(body)['error'], code)

    def test_enrolment_that_never_ends_is_refused_in_time(self):
        self.new_agent.issue_code()
        with self.assertWritesNothing():
            answer, took = self._send('enrol', {'Content-Type': 'application/json'}, 200_000)
        self.assertAnswer(answer, 408, 'too_slow')
        self.assertIn(b'Retry-After: 15', answer)
        self.assertLess(took, 4)

    def test_second_slow_enrolment_is_refused_at_once_and_a_prompt_one_is_served(self):
        code = self.new_agent.issue_code()
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, 0)", [ENROL_LOCK])
            answer, took = self._send('enrol', {'Content-Type': 'application/json'}, 200_000)
            self.assertAnswer(answer, 429, 'busy')
            self.assertLess(took, 4)  # without the limit the client itself gives up, after 8
            self.env.flush_all()
            good = self.post('enrol', self.new_fake.enrolment(code), {'Content-Type': 'application/json'})
            self.assertEqual(good.json().get('state'), 'pending')

    def test_without_a_code_nobody_is_listened_to(self):
        self.env['it.agent'].search([]).write({'code_expires_at': False})
        answer, took = self._send('enrol', {'Content-Type': 'application/json'}, 200_000, first=b'')
        self.assertAnswer(answer, 403, 'code_invalid')
        self.assertLess(took, 4)  # without the limit the client itself gives up, after 8

    def test_who_is_refused_and_goes_on_dripping_holds_no_thread(self):
        self.env['it.agent'].search([]).write({'code_expires_at': False})
        stranger = {**FakeHost("nobody", self.env.cr.now).headers}
        for path, headers, length, status in (
                ('enrol', {'Content-Type': 'application/json'}, 200_000, 403), ('enrol', {'Content-Type': 'text/plain'}, 2000, 415),
                ('enrol', {'Content-Type': 'application/json'}, 10**9, 413), ('report', stranger, 200_000, 401)):
            with self.subTest(path=path, status=status):
                answer, took = self._send(path, headers, length, drop_s=0.004)  # quicker than the server waits for a last word
                self.assertIn(f' {status} '.encode(), answer.splitlines()[0])
                self.assertLess(took, 2.5)

    def test_refused_report_that_is_whole_is_answered(self):
        answer = self.post('report', self.fake.report(self.db_id, [self.fake.cycle(1, '00')]), FakeHost("nobody", self.env.cr.now).headers)
        self.assertEqual((answer.status_code, answer.json()['error']), (401, 'unauthorized'))

    def test_what_has_no_plausible_header_is_refused_before_its_body(self):
        self.new_agent.issue_code()
        for headers, length, status in (
                ({'Content-Type': 'text/plain'}, 2000, 415), ({'Content-Type': 'application/json'}, 10**9, 413),
                ({'Content-Type': 'application/json', 'Content-Encoding': 'gzip'}, 2000, 415)):
            answer, took = self._send('enrol', headers, length, first=b'', drop_s=1.5)
            self.assertIn(f' {status} '.encode(), answer.splitlines()[0])
            self.assertLess(took, 4)  # without the limit the client itself gives up, after 8

    def test_slow_but_whole_enrolment_is_taken(self):
        body = json.dumps(self.new_fake.enrolment(self.new_agent.issue_code())).encode()
        self.assertLess(len(body), 60_000)
        answer, _took = self._send('enrol', {'Content-Type': 'application/json'}, len(body) + 4, first=body)
        self.assertIn(b' 200 ', answer.splitlines()[0])
        self.env.invalidate_all()
        self.assertEqual(self.new_agent.state, 'pending')

    def test_report_of_a_known_host_that_never_ends(self):
        with self.assertWritesNothing():
            answer, took = self._send('report', self.fake.headers, 200_000)
        self.assertAnswer(answer, 408, 'too_slow')
        self.assertLess(took, 4)
        self.assertEqual(self.report(self.fake, [self.fake.cycle(1, '00')]).status_code, 200)

    def test_client_that_goes_away_is_not_waited_for(self):
        self.new_agent.issue_code()
        self.env.flush_all()
        with self.allow_requests(all_requests=True), socket.create_connection((HOST, self.http_port()), timeout=8) as client:
            client.sendall(f'POST {ROUTE}/enrol HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n{{'.encode())
            client.shutdown(socket.SHUT_WR)
            self.assertIn(b' 408 ', client.recv(65536).splitlines()[0])
