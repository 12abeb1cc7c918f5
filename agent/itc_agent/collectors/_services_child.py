"""Asks Windows' service manager and ends: a program of its own, because psutil keeps the interpreter's lock while it waits for an answer.

Reads one JSON object: ``folder`` (where the agent's package lies), ``names`` of services, ``patterns``, ``titles`` (tell the
names that people see, and no more than the state). Writes one: ``services``, as `service_windows` shows one, or ``error`` (why the service manager
does not answer).
"""
import json
import sys
import time

SERVICES = r'SYSTEM\CurrentControlSet\Services'
START_TYPES = {2: 'automatic', 3: 'manual', 4: 'disabled'}


def main() -> None:
    job = json.load(sys.stdin.buffer)
    sys.path.insert(0, job['folder'])
    import psutil

    from itc_agent.collectors._unreadable import UNREADABLE
    try:
        answer = {'services': list_services(psutil, job)}
    except UNREADABLE as error:
        answer = {'error': str(error)}
    json.dump(answer, sys.stdout)


def list_services(psutil, job: dict) -> list[dict]:
    """Return the services meant by names and patterns, each once; one that may not be looked at has a ``problem``.

    :raises OSError: the service manager does not answer
    """
    from itc_agent.collectors._service_common import fits
    services = [one for name in job['names'] for one in by_name(psutil, name)]
    if job['patterns']:
        found = [one for one in psutil.win_service_iter() if any(fits(one.name(), name) for name in job['patterns'])]
        services += [describe(psutil, one, job['titles']) for one in found]
    return list({one['name'].lower(): one for one in services}.values())


def by_name(psutil, name: str) -> list[dict]:
    try:
        return [describe(psutil, psutil.win_service_get(name))]
    except psutil.NoSuchProcess:
        return []
    except (psutil.Error, OSError) as error:
        return [{'name': name, 'problem': str(error)}]


def describe(psutil, service, titles: bool = False) -> dict:
    from itc_agent.collectors._unreadable import UNREADABLE
    name = service.name()
    try:
        if titles:
            return {'name': name, 'title': service.display_name() or '', 'status': service.status()}
        return {'name': name, 'status': service.status(), 'uptime_s': uptime_s(psutil, service.pid()), **registry_facts(name), 'exit_code': exit_code(name)}
    except UNREADABLE as error:
        return {'name': name, 'problem': str(error)}


def uptime_s(psutil, pid) -> float | None:
    try:
        return max(0.0, time.time() - psutil.Process(pid).create_time()) if pid else None
    except psutil.Error:
        return None


def registry_facts(name: str) -> dict:
    """Return start type, delayed and trigger start, which the service manager's usual interface does not tell."""
    import winreg
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, SERVICES + '\\' + name) as key:
        start = value(winreg, key, 'Start')
        delayed = value(winreg, key, 'DelayedAutostart')
        try:
            winreg.OpenKey(key, 'TriggerInfo').Close()
            trigger = True
        except OSError:
            trigger = False
    return {'start_type': START_TYPES.get(start, 'other'), 'delayed': bool(delayed), 'trigger': trigger}


def value(winreg, key, name: str):
    try:
        return winreg.QueryValueEx(key, name)[0]
    except OSError:
        return None


def exit_code(name: str) -> int | None:
    """Return WIN32_EXIT_CODE of ``QueryServiceStatusEx``; None when Windows does not tell."""
    import ctypes
    advapi = ctypes.WinDLL('advapi32', use_last_error=True)
    for function in (advapi.OpenSCManagerW, advapi.OpenServiceW):
        function.restype = ctypes.c_void_p
    advapi.OpenServiceW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_uint32]
    advapi.QueryServiceStatusEx.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]
    advapi.CloseServiceHandle.argtypes = [ctypes.c_void_p]
    connect_right, query_right = 0x1, 0x4
    manager = advapi.OpenSCManagerW(None, None, connect_right)
    if not manager:
        return None
    service = advapi.OpenServiceW(manager, name, query_right)
    try:
        # SERVICE_STATUS_PROCESS: nine DWORDs, the fourth is dwWin32ExitCode.
        status, needed = (ctypes.c_uint32 * 9)(), ctypes.c_uint32()
        if not service or not advapi.QueryServiceStatusEx(service, 0, status, ctypes.sizeof(status), ctypes.byref(needed)):
            return None
        return int(status[3])
    finally:
        for handle in (service, manager):
            if handle:
                advapi.CloseServiceHandle(handle)


if __name__ == '__main__':
    main()
