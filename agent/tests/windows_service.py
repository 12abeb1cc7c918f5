"""A Windows service in nothing but ctypes: as a program it runs until it is told to stop; as a module it makes and removes one."""
import ctypes
import os
import sys
import threading
import time
from ctypes import wintypes

RUNNING, STOPPED, STOP_PENDING = 4, 1, 3
OWN_PROCESS, ALL_RIGHTS, MAY_CREATE = 0x10, 0xF01FF, 0x3
START_TYPES = {'automatic': 2, 'manual': 3, 'disabled': 4}


class Status(ctypes.Structure):
    """SERVICE_STATUS."""
    _fields_ = [(name, wintypes.DWORD) for name in ('kind', 'state', 'accepted', 'exit_code', 'own_code', 'check_point', 'wait_hint')]


def advapi():
    library = ctypes.WinDLL('advapi32', use_last_error=True)
    for name in ('OpenSCManagerW', 'OpenServiceW', 'CreateServiceW', 'RegisterServiceCtrlHandlerExW'):
        getattr(library, name).restype = ctypes.c_void_p
    for name in ('StartServiceW', 'ControlService', 'DeleteService', 'CloseServiceHandle', 'SetServiceStatus', 'QueryServiceStatus'):
        getattr(library, name).argtypes = [ctypes.c_void_p] + {'StartServiceW': [wintypes.DWORD, ctypes.c_void_p],
                                                               'ControlService': [wintypes.DWORD, ctypes.c_void_p],
                                                               'SetServiceStatus': [ctypes.c_void_p], 'QueryServiceStatus': [ctypes.c_void_p]}.get(name, [])
    library.CreateServiceW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPCWSTR, *[wintypes.DWORD] * 4, wintypes.LPCWSTR,
                                       *[ctypes.c_void_p] * 3, ctypes.c_void_p, ctypes.c_void_p]
    return library


class Service:
    """A service of its own, gone with the ``with`` block.

    :raises OSError: this user may make none
    """

    def __init__(self, start_type='manual'):
        self.name, self._api = f'itc-test-{os.getpid()}', advapi()
        self._manager = self._api.OpenSCManagerW(None, None, MAY_CREATE)
        command = f'"{sys.executable}" "{os.path.abspath(__file__)}" {self.name}'
        self._handle = self._api.CreateServiceW(
            self._manager, self.name, 'Dienst für Prüfungen', ALL_RIGHTS, OWN_PROCESS, START_TYPES[start_type], 1, command, None, None, None, None, None)
        if not self._handle:
            raise ctypes.WinError(ctypes.get_last_error())

    def state(self):
        status = Status()
        self._api.QueryServiceStatus(self._handle, ctypes.byref(status))
        return status.state

    def start(self):
        if not self._api.StartServiceW(self._handle, 0, None):
            raise ctypes.WinError(ctypes.get_last_error())
        self._wait(RUNNING)

    def stop(self):
        self._api.ControlService(self._handle, 1, ctypes.byref(Status()))
        self._wait(STOPPED)

    def _wait(self, state):
        end = time.monotonic() + 60
        while self.state() != state:
            if time.monotonic() > end:
                raise AssertionError(f"the service is in state {self.state()}, not {state}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.state() == RUNNING:
            self.stop()
        self._api.DeleteService(self._handle)
        self._api.CloseServiceHandle(self._handle)
        self._api.CloseServiceHandle(self._manager)


def serve(name):
    """Be the service ``name`` until somebody stops it."""
    api, stop = advapi(), threading.Event()
    told = {}

    def tell(state):
        status = Status(OWN_PROCESS, state, 1 if state == RUNNING else 0, 0, 0, 0, 0)
        api.SetServiceStatus(told['handle'], ctypes.byref(status))

    @ctypes.WINFUNCTYPE(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p)
    def control(code, _kind, _data, _context):
        if code == 1:
            stop.set()
        return 0

    @ctypes.WINFUNCTYPE(None, wintypes.DWORD, ctypes.c_void_p)
    def main(_count, _arguments):
        told['handle'] = api.RegisterServiceCtrlHandlerExW(ctypes.c_wchar_p(name), control, None)
        tell(RUNNING)
        stop.wait()
        tell(STOPPED)

    class Entry(ctypes.Structure):
        _fields_ = [('name', wintypes.LPWSTR), ('main', ctypes.c_void_p)]

    table = (Entry * 2)(Entry(name, ctypes.cast(main, ctypes.c_void_p)), Entry(None, None))
    api.StartServiceCtrlDispatcherW(ctypes.byref(table))


if __name__ == '__main__':
    serve(sys.argv[1])
