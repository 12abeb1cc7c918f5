"""A real HTTP server on loopback that plays the addon's part of docs/protocol.md, and all that can stand between.

It stores by ``(epoch, seq)`` and counts what it should never see: another content under a number it has (``changed``), a report number twice.
``fault`` decides what happens to a report; set it to a name of ``FAULTS`` or a callable that returns one.
"""
import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = '/it_continuity/agent/v1/'
DB_ID = 'd' * 32
FAULTS = ('ok', '404', '500', '503', 'html', 'redirect', 'truncated', 'reset', 'commit_then_drop', 'other_db', 'no_ack', 'late')


class Server:
    """The server's memory; ``with`` starts and stops it."""

    def __init__(self, checks=(), cycle_s=60, next_in=0):
        self.config = {'config_rev': 'aaaaaaaaaaaa', 'cycle_s': cycle_s, 'checks': list(checks)}
        self.next_in, self.max_records = next_in, 500
        self.db_id, self.host_state, self.codes = DB_ID, 'active', {'GOOD-CODE': None}
        self.records, self.shapes, self.changed, self.reports, self.enrolments = {}, {}, [], [], []
        self.seen_numbers, self.acked, self.repeats = {}, {}, 0
        self.fault, self.chain_heads = 'ok', []
        self.reject = lambda record: None
        self.refuse = lambda report: None
        self.headers = []
        self.lock = threading.Lock()

    def __enter__(self):
        outer = self

        class Handler(_Handler):
            server_state = outer

        self._http = _HTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self._http.server_address[1]}'
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._http.shutdown()
        self._http.server_close()

    def cycles(self):
        return [record for record in self.records.values() if record['type'] == 'cycle']

    def events(self, kind):
        return [record['data'] for record in self.records.values() if record['type'] == 'event' and record['kind'] == kind]

    # === ANSWERS === #

    def enrol(self, body):
        self.enrolments.append(body)
        key = (body['key_id'], body['secret_sha256'])
        if body['code'] not in self.codes or self.codes[body['code']] not in (None, key):
            return 403, error('code_invalid')
        self.codes[body['code']] = key
        return 200, {'proto': 1, 'db_id': self.db_id, 'key_id': body['key_id'], 'host': 'web-1', 'state': self.host_state}

    def get_config(self):
        if self.host_state == 'pending':
            return 403, error('pending')
        return 200, {'proto': 1, 'db_id': self.db_id, **self.config}

    def report(self, report):
        """Store a report as the addon would; ``report`` is parsed JSON."""
        with self.lock:
            return self._report(report)

    def _report(self, report):
        if self.host_state == 'pending':
            return 403, error('pending')
        if report['db_id'] != self.db_id:
            return 409, error('wrong_database')
        epoch = report['epoch']
        if report['report_no'] <= self.seen_numbers.get(epoch, 0):
            return 409, error('replayed')
        refusal = self.refuse(report)
        if refusal:
            return refusal[0], error(refusal[1])
        self.seen_numbers[epoch] = report['report_no']
        self.reports.append(report)
        assert [record['seq'] for record in report['records']] == list(range(report['first_seq'], report['first_seq'] + len(report['records'])))
        assert report['oldest_seq'] <= report['first_seq']
        self.shapes.update({shape['id']: shape for shape in report['shapes']})
        ack, rejected, need = report['first_seq'] - 1, [], []
        for record in [*report['records'], *([report['latest']] if report['latest'] else [])]:
            if record['type'] == 'cycle' and record['shape'] not in self.shapes:
                need.append(record['shape'])
                continue
            code = self.reject(record) or self._store(epoch, record)
            if code:
                rejected.append({'seq': record['seq'], 'code': code})
            if record['seq'] == ack + 1 and record is not report['latest'] and not need:
                ack = record['seq']
        held = self.acked.get(epoch, 0)
        wanted = max(held + 1, report['oldest_seq'])
        self.acked[epoch] = max(held, ack)
        return 200, {'proto': 1, 'db_id': self.db_id, 'ack': {epoch: ack}, 'rejected': rejected,
                     'resend_from': wanted if wanted < report['first_seq'] else None, 'need_shapes': sorted(set(need)),
                     'server_now': '2026-11-23T05:12:44.120+00:00', 'next_in': self.next_in, 'max_records': self.max_records,
                     'config_rev': self.config['config_rev'], 'chain_heads': self.chain_heads}

    def _store(self, epoch, record):
        key = (epoch, record['seq'])
        if key in self.records:
            self.repeats += 1
            if self.records[key] != record:
                self.changed.append(key)
                return 'fork'
            return None
        self.records[key] = record
        return None

    def next_fault(self):
        return self.fault() if callable(self.fault) else self.fault


def error(code):
    return {'proto': 1, 'error': code, 'detail': 'because'}


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):  # returns nothing  # pylint: disable=missing-return
        """Be quiet when a killed agent does not wait for its answer; anything else is a failure of the test's own server."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_state: Server

    def log_message(self, *arguments):
        """Be quiet."""

    def do_GET(self):
        self._json(*self.server_state.get_config())

    def do_POST(self):
        self.server_state.headers.append(dict(self.headers))
        body = self.rfile.read(int(self.headers['Content-Length']))
        parsed = json.loads(body)
        verb = self.path.removeprefix(BASE)
        answer = self.server_state.enrol if verb == 'enrol' else self.server_state.report
        fault = self.server_state.next_fault()
        commit_first = fault in ('ok', 'truncated', 'commit_then_drop', 'other_db', 'no_ack', 'late')
        status, content = answer(parsed) if commit_first else (0, None)
        getattr(self, f'fault_{fault}')(status, content)

    def _json(self, status, content, *, cut=0, headers=()):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[:len(data) - cut])
        if cut:
            self.close_connection = True

    def _page(self, status, *headers):
        page = b'<html><body>Please log in to the hotel network</body></html>'
        self.send_response(status)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(page)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def _drop(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\x01\0\0\0\0\0\0\0')
        self.connection.close()
        self.close_connection = True
        self.wfile = self.rfile = open('/dev/null', 'r+b')  # noqa: SIM115  the handler flushes and closes them

    def fault_ok(self, status, content):
        self._json(status, content)

    def fault_404(self, status, content):
        self._page(404)

    def fault_500(self, status, content):
        self._page(500)

    def fault_503(self, status, content):
        self._page(503, ('Retry-After', '0'))

    def fault_html(self, status, content):
        self._page(200)

    def fault_redirect(self, status, content):
        self._page(302, ('Location', '/elsewhere'))

    def fault_truncated(self, status, content):
        self._json(status, content, cut=20)

    def fault_reset(self, status, content):
        self._drop()

    def fault_commit_then_drop(self, status, content):
        self._drop()

    def fault_other_db(self, status, content):
        self._json(status, {**content, 'db_id': 'e' * 32})

    def fault_no_ack(self, status, content):
        self._json(status, {key: value for key, value in content.items() if key != 'ack'})

    def fault_late(self, status, content):
        threading.Event().wait(0.15)
        self._json(status, content)
