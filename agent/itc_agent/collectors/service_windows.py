"""Services of Windows: running, on their way, stopped on purpose or failed.

States come from the service manager (psutil), start type, delayed and trigger start from the registry, the exit code from
``QueryServiceStatusEx``. Names are service names, never the translated display names. A plain name in ``names`` must run: stopped is critical.
Services that a pattern finds are judged by their own record: stopped is fine when they start by hand, by a trigger, ended willingly (exit code
0), or start delayed and the machine has been up for less than ``delayed_grace_s``; disabled is fine too; anything else is a warning. Starting or
stopping for over 2 minutes is a warning, over 10 critical. Started anew at three looks in a row is a warning. A name or pattern that finds
nothing, a service that may not be looked at and a state that is new to this agent are unknown. A process of its own asks: one that gets no answer in
time is ended.

Tried on: constructed services, and the calls of psutil under Wine. Not tried on the real thing: Windows.
"""
from __future__ import annotations

import time

from ..registry import collector
from ..results import Reading, State
from . import _services
from ._service_common import METRICS, ServiceFacts, ServiceSettings, fits, is_pattern, judge_service, missing

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
    return _services.query(settings.plain, [name for name in settings.names if is_pattern(name)])


@collector('service', title="Services", help="Whether services run, as the service manager tells it.", settings=ServiceSettings, metrics=METRICS)
def collect(settings: ServiceSettings, memory: dict):
    """Ask the service manager about the configured services."""
    from .host import uptime_s
    yield from readings_of(query(settings), settings, memory, time.monotonic(), uptime_s())
