"""Services of Windows: running, on their way, stopped on purpose or failed.

States come from the service manager (psutil), start type, delayed and trigger start from the registry, the exit code from
``QueryServiceStatusEx``. Names are service names, never the translated display names. A plain name in ``names`` must run: stopped is critical.
Services that a pattern finds are judged by their own record: stopped is fine when they start by hand, by a trigger, ended willingly (exit code
0), or start delayed and the machine has been up for less than ``delayed_grace_s``; disabled is fine too; anything else is a warning. Starting or
stopping for over 2 minutes is a warning, over 10 critical. A name or pattern that finds nothing is unknown.
"""
from __future__ import annotations

import time
from fnmatch import fnmatchcase

from ..errors import SourceUnavailable
from ..registry import collector
from ..results import Reading, State
from ._service_common import METRICS, ServiceFacts, ServiceSettings, fits, is_pattern, judge_service, missing

SERVICES = r'SYSTEM\CurrentControlSet\Services'
START_TYPES = {2: 'automatic', 3: 'manual', 4: 'disabled'}

# A service as `query` gives it: psutil's words, the registry's facts, the exit code (1077: not started since the machine was).
#
#     {"name": "postgresql-x64-18", "status": "stopped", "start_type": "automatic", "delayed": false, "trigger": false,
#      "exit_code": 1067, "uptime_s": null}


def parse(service: dict, machine_uptime_s: float, settings: ServiceSettings) -> ServiceFacts:
    """Return the facts of one service dict."""
    status = service['status']
    phase = 'running' if status == 'running' else 'pending' if status.endswith('_pending') else 'stopped'
    words = status.replace('_', ' ')
    if phase == 'stopped' and service.get('exit_code'):
        words += f", exit code {service['exit_code']}"
    excuse = _excuse(service, machine_uptime_s, settings) if phase == 'stopped' else ''
    return ServiceFacts(service['name'], 'stopped' if status == 'paused' else phase, words, service.get('uptime_s'), None, excuse)


def _excuse(service: dict, machine_uptime_s: float, settings: ServiceSettings) -> str:
    """Return why a stopped service is no failure; a service that must run has only the excuse of a delayed start."""
    if service.get('delayed') and machine_uptime_s < settings.delayed_grace_s:
        return "delayed, the machine has just been started"
    if settings.must_run(service['name']):
        return ''
    if service.get('trigger'):
        return "started by a trigger"
    if service.get('start_type') in ('manual', 'disabled'):
        return f"start type {service['start_type']}"
    return "ended willingly" if service.get('exit_code') == 0 and service['status'] == 'stopped' else ''


def readings_of(services, settings: ServiceSettings, memory: dict, mono: float, machine_uptime_s: float):
    """Yield a reading a chosen service, and *unknown* for names and patterns that found nothing."""
    found = [one for one in services if any(fits(one['name'], wanted) for wanted in settings.names)]
    names = [one['name'] for one in found]
    yield from missing(names, settings)
    for wanted in settings.names:
        if not is_pattern(wanted) and not any(fits(name, wanted) for name in names):
            yield Reading(wanted, {}, State.UNKNOWN, "Windows knows no such service")
    for one in found:
        if not any(fits(one['name'], out) for out in settings.ignore):
            yield judge_service(parse(one, machine_uptime_s, settings), settings, memory, mono)


def query(names) -> list[dict]:
    """Return the services meant by names and patterns, each as one dict.

    :raises SourceUnavailable: the service manager does not answer
    """
    import psutil
    services = []
    try:
        for name in names:
            if is_pattern(name):
                services += [one for one in psutil.win_service_iter() if fnmatchcase(one.name().lower(), name.lower())]
            else:
                services += _by_name(psutil, name)
        return [_describe(psutil, one) for one in services]
    except (psutil.Error, OSError) as error:
        raise SourceUnavailable(f"the service manager does not answer: {error}") from error


def _by_name(psutil, name: str) -> list:
    try:
        service = psutil.win_service_get(name)
        service.status()
    except psutil.NoSuchProcess:
        return []
    return [service]


def _describe(psutil, service) -> dict:
    name = service.name()
    return {'name': name, 'status': service.status(), 'uptime_s': _uptime_s(psutil, service.pid()), **_registry_facts(name), 'exit_code': _exit_code(name)}


def _uptime_s(psutil, pid) -> float | None:
    try:
        return max(0.0, time.time() - psutil.Process(pid).create_time()) if pid else None
    except psutil.Error:
        return None


def _registry_facts(name: str) -> dict:
    """Return start type, delayed and trigger start, which the service manager's usual interface does not tell."""
    import winreg
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, SERVICES + '\\' + name) as key:
        start = _value(winreg, key, 'Start')
        delayed = _value(winreg, key, 'DelayedAutostart')
        try:
            winreg.OpenKey(key, 'TriggerInfo').Close()
            trigger = True
        except OSError:
            trigger = False
    return {'start_type': START_TYPES.get(start, 'other'), 'delayed': bool(delayed), 'trigger': trigger}


def _value(winreg, key, name: str):
    try:
        return winreg.QueryValueEx(key, name)[0]
    except OSError:
        return None


def _exit_code(name: str) -> int | None:
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


@collector('service', title="Services", help="Whether services run, as the service manager tells it.", settings=ServiceSettings, metrics=METRICS)
def collect(settings: ServiceSettings, memory: dict):
    """Ask the service manager about the configured services."""
    from .host import uptime_s
    yield from readings_of(query(settings.names), settings, memory, time.monotonic(), uptime_s())
