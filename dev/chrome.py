"""Headless Chromium by its DevTools protocol: open pages as a person, wait, photograph.

Run by the venv's Python (it needs `websocket-client`): reads a plan in JSON from standard input, a list of
``{"file", "url", "session", "width", "height", "wait", "script", "timezone"}``, and writes one PNG each. ``session`` is the value
of Odoo's session cookie, ``wait`` a CSS selector that must be there, ``script`` JavaScript to run before the picture, ``timezone``
the name of the zone whose times the page shows; without it the machine's.
"""
import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

FLAGS = (
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run', '--hide-scrollbars', '--disable-dev-shm-usage', '--remote-allow-origins=*',
    '--remote-debugging-port=0',
)


class Chrome:
    """One browser with one tab; leave the ``with`` block to end it."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix='itc-chrome-')
        self.process = subprocess.Popen(
            [shutil.which('chromium'), *FLAGS, f'--user-data-dir={self.profile}', 'about:blank'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = Path(self.profile) / 'DevToolsActivePort'
        deadline = time.monotonic() + 20
        while not port_file.exists() or not port_file.read_text().strip():
            if time.monotonic() > deadline:
                raise TimeoutError('Chromium did not start')
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f'http://127.0.0.1:{port}/json/new?about:blank', method='PUT')
        with opener.open(request) as response:
            address = json.load(response)['webSocketDebuggerUrl']
        self.socket = websocket.create_connection(address, timeout=60, http_no_proxy=['127.0.0.1'])
        self.count = 0
        for domain in ('Page', 'Network', 'Runtime'):
            self.send(f'{domain}.enable')
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, **params):
        """Call one DevTools method and return its result, passing over events."""
        self.count += 1
        self.socket.send(json.dumps({'id': self.count, 'method': method, 'params': params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get('id') == self.count:
                if 'error' in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer['result']

    def evaluate(self, script):
        """Return the value of a JavaScript expression; promises are awaited."""
        result = self.send('Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(result['exceptionDetails'].get('exception', {}).get('description') or result['exceptionDetails']['text'])
        return result['result'].get('value')

    def wait_for(self, selector, seconds=30):
        """:raises TimeoutError: nothing matches the selector in time"""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.evaluate(f'document.readyState === "complete" && !!document.querySelector({json.dumps(selector)})'):
                return
            time.sleep(0.15)
        raise TimeoutError(f'no {selector} on {self.evaluate("location.href")}')

    def open(self, url, session, width, height, timezone=None):
        self.send('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.send('Emulation.setTouchEmulationEnabled', enabled=width < 600)
        if timezone:
            self.send('Emulation.setTimezoneOverride', timezoneId=timezone)
        self.send('Network.clearBrowserCookies')
        if session:
            self.send('Network.setCookie', name='session_id', value=session, url=url)
        self.send('Page.navigate', url=url)

    def photograph(self, file):
        picture = self.send('Page.captureScreenshot', format='png')
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_bytes(base64.b64decode(picture['data']))


def main():
    failures = []
    with Chrome() as chrome:
        for shot in json.load(sys.stdin):
            try:
                chrome.open(shot['url'], shot.get('session'), shot['width'], shot['height'], shot.get('timezone'))
                chrome.wait_for(shot['wait'])
                for script in shot.get('script') or ():
                    chrome.evaluate(script)
                    time.sleep(0.7)
                time.sleep(shot.get('settle', 0.8))
                chrome.photograph(shot['file'])
            except (TimeoutError, RuntimeError) as error:
                chrome.photograph(shot['file'])
                failures.append(f"{shot['file']}: {error}")
    sys.stdout.write(json.dumps(failures))


if __name__ == '__main__':
    main()
