import atexit
import contextlib
import shutil
import signal
import subprocess
import time
from concurrent.futures import wait

import requests
import websocket

from odoo.tests.common import HOST, ChromeBrowser

from odoo.addons.bus.websocket import ConnectionState, _websocket_instances

# Whatever a page may leave behind, except the HTTP cache, which is what makes the next tour quick.
LEFT_BEHIND = 'cookies,local_storage,indexeddb,service_workers,cache_storage,websql,shared_storage,storage_buckets'


class TourBrowser(ChromeBrowser):
    """One tab in a browser that stays open for the tours to come: it starts once, and keeps Odoo's scripts as a person's browser does.

    Each tour has a tab of its own, and cookies and storage are emptied after it. After a tour that failed, or a browser that does not
    answer, the next one gets a new browser.
    """
    _kept = {}  # {touch_enabled: (process, port of the developer tools, profile folder)}

    def _chrome_start(self, user_data_dir, touch_enabled, headless=True, debug=False):
        self._touch = touch_enabled
        process, port, folder = self._kept.get(touch_enabled, (None, None, None))
        if process is None or process.poll() is not None:
            process, port = super()._chrome_start(user_data_dir, touch_enabled, headless, debug)
            self._kept[touch_enabled] = (process, port, user_data_dir)
        elif folder != user_data_dir:
            shutil.rmtree(user_data_dir, ignore_errors=True)
            self.user_data_dir = folder
        return process, port

    def _open_websocket(self):
        self._json_command('version')       # waits until it answers
        tab = requests.put(f'http://{HOST}:{self.devtools_port}/json/new?about:blank', timeout=10).json()
        self._tab = tab['id']
        tools = websocket.create_connection(tab['webSocketDebuggerUrl'], enable_multithread=True, suppress_origin=True)
        tools.settimeout(0.01)
        return tools

    def stop(self):
        """Close the tab and leave nothing of it; after a failure, close the browser too."""
        if self.had_failure or not hasattr(self, 'ws'):
            self._kept.pop(self._touch, None)
            super().stop()
            return
        try:
            self._websocket_request('Page.stopLoading')
            self._websocket_request('Storage.clearDataForOrigin', params={'origin': self.test_case.base_url(), 'storageTypes': LEFT_BEHIND})
            self._websocket_request('Network.clearBrowserCookies')
            wait(self._responses.values(), 10)
            self._result.cancel()
            self._websocket_request('Target.closeTarget', params={'targetId': self._tab})
            # What they still asked for would come with the next tour's cookie.
            self._wait_while(self._is_page_open, "the tour's tab or its worker stays open")
            # Odoo ends all that are open after a tour; one that ends in the same moment by itself makes it stumble over a closed socket.
            self._wait_while(self._is_connection_open, "a connection of the tour's tab stays open")
        except Exception:
            self._logger.warning("The browser does not answer; the next tour gets a new one", exc_info=True)
            self._kept.pop(self._touch, None)
            super().stop()
            return
        self.ws.close()
        if self.sigxcpu_handler:
            signal.signal(signal.SIGXCPU, self.sigxcpu_handler)

    def _is_page_open(self):
        """Tell whether the tab or a worker of it is left in the browser."""
        return any(one['url'].startswith('http') or one['id'] == self._tab for one in self._json_command('list'))

    @staticmethod
    def _is_connection_open():
        """Tell whether the server has not ended each connection of the closed tab."""
        return any(one.state is not ConnectionState.CLOSED for one in tuple(_websocket_instances))

    @staticmethod
    def _wait_while(is_so, words, limit_s=10):
        """:raises TimeoutError: it stays so"""
        end = time.monotonic() + limit_s
        while is_so():
            if time.monotonic() > end:
                raise TimeoutError(words)
            time.sleep(0.02)

    @classmethod
    def close_all(cls):
        while cls._kept:
            _touch, (process, _port, folder) = cls._kept.popitem()
            process.terminate()     # it ends its own processes, which write into the folder until then
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            shutil.rmtree(folder, ignore_errors=True)


atexit.register(TourBrowser.close_all)
