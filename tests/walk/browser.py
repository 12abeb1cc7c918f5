import json
from pathlib import Path

from odoo.tests.common import ChromeBrowser

SCRIPTS = Path(__file__).parents[2] / 'static' / 'tests' / 'walk'


# Room for what lives shortly, so that less of it is collected; and no way out, since only what is encrypted is held up and asked about.
SWITCHES = {'--js-flags': '--expose-gc --min-semi-space-size=64', '--host-resolver-rules': 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'}

NOT_READY = 'itcWalk is not ready'


class WalkBrowser(ChromeBrowser):
    """A browser that stays open for many steps, and keeps what its console says instead of ending at the first word."""

    def __init__(self, test_case, axe=None):
        self.said = []
        super().__init__(test_case)
        self._paint_less(*map(int, test_case.browser_size.split(',')))
        self._websocket_request('Fetch.enable', params={'patterns': [{'urlPattern': 'https://*'}]})
        for source in (*((SCRIPTS / name).read_text(encoding='utf-8') for name in ('page.js', 'walk.js', 'axe.js')), axe):
            if source:
                self._websocket_request('Page.addScriptToEvaluateOnNewDocument', params={'source': source}, timeout=30)

    def _spawn_chrome(self, cmd):
        others = [word for word in cmd[:-1] if word.split('=')[0] not in SWITCHES]
        return super()._spawn_chrome([*others, *(f'{name}={value}' for name, value in SWITCHES.items()), cmd[-1]])

    def _paint_less(self, width, height):
        """Lay the page out in its whole width and height but paint only a corner of it, and nothing on the move: nobody looks."""
        self._websocket_request('Emulation.setDeviceMetricsOverride', params={
            'mobile': False, 'width': width, 'height': height, 'deviceScaleFactor': 1,
            'viewport': {'x': 0, 'y': 0, 'width': 2, 'height': 2, 'scale': 1}})
        self._websocket_request('Emulation.setEmulatedMedia', params={'features': [{'name': 'prefers-reduced-motion', 'value': 'reduce'}]})

    def call(self, name, *arguments, timeout=60):
        """Call one function of ``itcWalk`` and return what its promise gives.

        :raises WalkError: it raised
        """
        act = f"itcWalk.{name}({', '.join(json.dumps(one) for one in arguments)})"
        answer = self.evaluate(f'window.itcWalk?.ready() ? {act} : {json.dumps(NOT_READY)}', timeout)
        if answer == NOT_READY:
            # An action loaded the page anew.
            self._wait_ready('itcWalk.ready()', timeout=30)
            answer = self.evaluate(act, timeout)
        return answer

    def evaluate(self, expression, timeout=60):
        answer = self._websocket_request(
            'Runtime.evaluate', params={'expression': expression, 'awaitPromise': True, 'returnByValue': True}, timeout=timeout)
        if 'exceptionDetails' in answer:
            details = answer['exceptionDetails']
            raise WalkError(details.get('exception', {}).get('description') or details['text'])
        return answer['result'].get('value')

    def take_said(self):
        said, self.said = self.said, []
        return said

    def _handle_console(self, type, args=None, stackTrace=None, **kw):  # Odoo's own names  # pylint: disable=redefined-builtin
        if type in ('error', 'warning', 'assert'):
            words = ' '.join(str(self._from_remoteobject(one)) for one in args or ())
            self.said.append((type, words + ''.join(self._format_stack({'type': type, 'stackTrace': stackTrace}))))

    def _handle_exception(self, exceptionDetails, timestamp):
        exception = exceptionDetails.get('exception')
        self.said.append(('error', exceptionDetails['text'] + (str(self._from_remoteobject(exception)) if exception else '')))


class WalkError(Exception):
    """A step could not be taken: the page has no such thing, or its own code raised."""
