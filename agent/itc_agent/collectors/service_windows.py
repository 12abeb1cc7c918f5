"""Services of Windows: running, on their way, stopped on purpose or failed.

States come from the service manager (psutil), start type, delayed and trigger start from the registry, the exit code from
``QueryServiceStatusEx``. Names are service names, never the translated display names. A plain name in ``names`` must run: stopped is critical.
Services that a pattern finds are judged by their own record: stopped is fine when they start by hand, by a trigger, ended willingly (exit code
0), or start delayed and the machine has been up for less than ``delayed_grace_s``; disabled is fine too; anything else is a warning. Starting or
stopping for over 2 minutes is a warning, over 10 critical. Started anew at three looks in a row is a warning. A name or pattern that finds
nothing, a service that may not be looked at and a state that is new to this agent are unknown.

Tried on: constructed services, and the calls of psutil under Wine. Not tried on the real thing: Windows.
"""
from __future__ import annotations

import time

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
    phase = 'pending' if status.endswith('_pending') else {'running': 'running', 'stopped': 'stopped', 'paused': 'stopped'}.get(status, 'odd')
    words = status.replace('_', ' ')
    if phase == 'stopped' and service.get('exit_code'):
        words += f", exit code {service['exit_code']}"
    excuse = _excuse(service, machine_uptime_s, settings) if phase == 'stopped' else ''
    return ServiceFacts(service['name'], phase, words, service.get('uptime_s'), None, excuse)


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
    wanted = (*settings.names, *settings.required)
    found = [one for one in services if any(fits(one['name'], name) for name in wanted)]
    yield from missing([(one['name'],) for one in found], settings, "Windows knows no such service")
    for one in found:
        if settings.ignores(one['name']):
            continue
        if one.get('problem'):
            yield Reading(one['name'], {}, State.UNKNOWN, f"cannot be looked at: {one['problem']}")
        else:
            yield judge_service(parse(one, machine_uptime_s, settings), settings, memory, mono)


def query(settings: ServiceSettings) -> list[dict]:
    """Return the services meant by names and patterns, each as one dict; one that may not be looked at has a ``problem``.

    :raises SourceUnavailable: the service manager does not answer
    """
    import psutil
    patterns = [name for name in settings.names if is_pattern(name)]
    services = [one for name in settings.plain for one in _by_name(psutil, name)]
    if patterns:
        try:
            found = [one for one in psutil.win_service_iter() if any(fits(one.name(), name) for name in patterns)]
        except (psutil.Error, OSError) as error:
            raise SourceUnavailable(f"the service manager does not answer: {error}") from error
        services += [_describe(psutil, one) for one in found]
    return list({one['name'].lower(): one for one in services}.values())


def _by_name(psutil, name: str) -> list[dict]:
    try:
        return [_describe(psutil, psutil.win_service_get(name))]
    except psutil.NoSuchProcess:
        return []
    except (psutil.Error, OSError) as error:
        return [{'name': name, 'problem': str(error)}]


def _describe(psutil, service) -> dict:
    name = service.name()
    try:
        return {'name': name, 'status': service.status(), 'uptime_s': _uptime_s(psutil, service.pid()), **_registry_facts(name),
                'exit_code': _exit_code(name)}
    except (psutil.Error, OSError) as error:
        return {'name': name, 'problem': str(error)}


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
    yield from readings_of(query(settings), settings, memory, time.monotonic(), uptime_s())
