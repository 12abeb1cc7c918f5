"""A stand-in for EcoFlow's cloud that takes a question only when it is signed exactly as the maker says."""
import hashlib
import hmac
import http.server
import json
import re
import threading
import time
from email.utils import formatdate
from urllib.parse import parse_qsl, urlsplit

ACCESS, SECRET, SN = 'AK-of-this-test', 'SK-of-this-test', 'R701TEST0000001'
TAKEN_FOR_S = 300


class EcoflowServer:
    """Serves ``device/list`` and ``device/quota/all``.

    ``online``, ``data``, ``units`` and ``offset_s`` (of its clock) can be changed; ``answers`` maps a path's last word to (status, body) that is
    given instead; ``asked`` are the paths of accepted questions.
    """

    def __init__(self, data):
        self.online, self.data, self.offset_s, self.answers, self.asked = 1, data, 0, {}, []
        self.units = [SN]
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f'http://127.0.0.1:{self._server.server_address[1]}'

    def answer(self, path, query, headers):
        """Return status and body."""
        word = path.rpartition('/')[2]
        if word in self.answers:
            return self.answers[word]
        problem = self.problem_of(query, headers)
        if problem:
            return 200, {'code': problem[0], 'message': problem[1], 'tid': ''}
        self.asked.append(path)
        if path == '/iot-open/sign/device/list' and not query:
            listed = [{'sn': sn, 'online': self.online, 'productName': 'DELTA 2'} for sn in self.units]
            return 200, {'code': '0', 'message': 'Success', 'data': listed}
        if path == '/iot-open/sign/device/quota/all' and query == [('sn', SN)]:
            return 200, {'code': '0', 'message': 'Success', 'data': self.data}
        return 404, {'code': '404', 'message': 'not found'}

    def problem_of(self, query, headers):
        """Return code and message for a question that is not signed by the right keys at the right time."""
        nonce, timestamp = headers.get('nonce') or '', headers.get('timestamp') or ''
        text = '&'.join(f'{name}={value}' for name, value in [*sorted(query), ('accessKey', headers.get('accessKey')), ('nonce', nonce),
                                                              ('timestamp', timestamp)])
        right = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if headers.get('accessKey') != ACCESS:
            return '8513', 'accessKey is invalid'
        fresh = re.fullmatch(r'\d{13}', timestamp) and abs(int(timestamp) / 1000 - time.time() - self.offset_s) < TAKEN_FOR_S
        if headers.get('sign') != right or not re.fullmatch(r'\d{6}', nonce) or not fresh:
            return '8521', 'signature is wrong'
        return None

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _handler(cloud):
    class Handler(http.server.BaseHTTPRequestHandler):
        def date_time_string(self, timestamp=None):
            return formatdate(time.time() + cloud.offset_s, usegmt=True)

        def do_GET(self):
            parts = urlsplit(self.path)
            status, body = cloud.answer(parts.path, parse_qsl(parts.query, keep_blank_values=True), self.headers)
            if callable(body):
                body(self)
                return
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Be quiet."""
    return Handler
