import contextlib
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Arrival:
    """One request that arrived: when, where, with which headers and bytes."""

    def __init__(self, handler):
        self.at = time.monotonic()
        self.path, self.headers = handler.path, dict(handler.headers)
        self.body = handler.rfile.read(int(handler.headers.get('Content-Length') or 0))
        self.key = self.headers.get('Idempotency-Key')


class Listener(ThreadingHTTPServer):
    """A service on this machine to which messages are posted; it answers what it is told to, and keeps what arrived.

    `answers` is a list of (status, headers, text) for the next requests, after which it answers 200. `before` is called with the arrival
    and the handler before anything is answered; when it returns True, it has answered itself.
    """
    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.arrived, self.answers, self.before = [], [], None
        self.url = f'http://127.0.0.1:{self.server_address[1]}'
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a sender that is killed hangs up

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        arrival = Arrival(self)
        self.server.arrived.append(arrival)
        if self.server.before and self.server.before(arrival, self):
            return
        status, headers, text = self.server.answers.pop(0) if self.server.answers else (200, {}, 'ok')
        body = text.encode()
        self.send_response(status)
        for name, value in {'Content-Length': str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *args):
        pass


class MailListener(socketserver.ThreadingTCPServer):
    """A mail server on this machine: takes every mail, unless `refusal` says otherwise, and keeps it."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), MailHandler)
        self.mails, self.refusal, self.port = [], '', self.server_address[1]
        self.before = None  # called when a mail is taken, before that is said
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class MailHandler(socketserver.StreamRequestHandler):

    def handle(self):
        with contextlib.suppress(OSError):
            self._say('220 here')
            for line in self.rfile:
                verb = line.strip().upper()[:4]
                if verb == b'DATA':
                    self._say('354 go on')
                    self._take()
                elif verb == b'QUIT':
                    return self._say('221 bye')
                elif verb == b'RCPT' and self.server.refusal:
                    self._say(self.server.refusal)
                else:
                    self._say('250 ok')

    def _take(self):
        lines = []
        for line in self.rfile:
            if line == b'.\r\n':
                break
            lines.append(line)
        self.server.mails.append(b''.join(lines))
        if self.server.before:
            self.server.before()
        self._say('250 taken')

    def _say(self, text):
        self.wfile.write(text.encode() + b'\r\n')
