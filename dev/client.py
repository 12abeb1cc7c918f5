"""Odoo's web client without a browser: log in and call methods, as a person's clicks would."""
import contextlib
import http.cookiejar
import json
import socket
import time
import urllib.request

from say import Trouble


class Session:
    """One person, logged in.

    :param base: address without trailing slash
    :raises Trouble: the login is refused
    """

    def __init__(self, base, database, login, password):
        self.base = base
        # No proxies from the environment: this is loopback.
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies))
        answer = self.post('/web/session/authenticate', {'db': database, 'login': login, 'password': password})
        self.uid = answer['uid']

    def post(self, route, params):
        body = json.dumps({'jsonrpc': '2.0', 'method': 'call', 'params': params}).encode()
        request = urllib.request.Request(self.base + route, body, {'Content-Type': 'application/json'})
        with self.opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if 'error' in answer:
            data = answer['error'].get('data') or {}
            raise Trouble(f"Odoo refused {route}: {data.get('message') or answer['error'].get('message')}")
        return answer.get('result')

    def call(self, model, method, *args, **kwargs):
        return self.post(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': list(args), 'kwargs': kwargs})

    def get(self, path):
        """Return the bytes of a page or file."""
        with self.opener.open(self.base + path, timeout=120) as response:
            return response.read()

    @property
    def cookie(self):
        """The value of the session cookie, for a browser."""
        return next(cookie.value for cookie in self.cookies if cookie.name == 'session_id')


def free_port():
    """Return a port of this machine on which nothing listens now, so that two checkouts can be tested side by side."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_until_up(base, process, seconds=120):
    """Wait for Odoo's login page.

    :raises Trouble: the process ended, or the page did not come in time
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Trouble('Odoo ended while starting')
        with contextlib.suppress(OSError), opener.open(f'{base}/web/login', timeout=30) as response:  # URLError is one
            if response.status == 200:
                return
        time.sleep(0.2)
    raise Trouble(f'Odoo did not answer at {base} within {seconds} s')
