"""Services of Windows that start automatically and do not run, whichever they are. None has to be named.

What excuses a service is what excuses it in a check of the kind ``service``: started by a trigger, ended willingly (exit code 0), or started
delayed while the machine has been up for less than ``delayed_grace_s``; within that time one that was not started yet (exit code 1077) is
excused too. Any other automatic service that is stopped or paused is a warning, one that ``required`` means is critical, whatever its exit code.
Starting or stopping for over 2 minutes is a warning, over 10 critical.

A service that may not be looked at is unknown unless it is left out, and so is a list without a single automatic service that runs: no Windows
is like that.

Not tried on the real thing: constructed lists of services only.
"""
from __future__ import annotations

import time

from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import collector
from ..results import Reading, State
from . import service_windows
from ._failed_common import EVERY_S, HELP, METRICS, TIMEOUT_S, TITLE, FailedSettings, summed
from ._service_common import ServiceSettings, judge_service

NOT_STARTED_YET = 1077


# A list of services is what the collector `service` reads, with its sample there.


def readings_of(services, settings: FailedSettings, memory: dict, mono: float, machine_uptime_s: float) -> list[Reading]:
    """Return the readings of all automatic services together. Pure but for what ``memory`` keeps of each from look to look.

    :raises SourceUnavailable: the list cannot be the whole truth
    """
    chosen = [one for one in services if not settings.ignores(one['name'])]
    closed = [one for one in chosen if one.get('problem')]
    automatic = [one for one in services if one.get('start_type') == 'automatic']
    if not any(one['status'] == 'running' for one in automatic):
        raise SourceUnavailable(f"of {counted(len(services), 'service')} not one is automatic and runs: this list cannot be right")
    kind = ServiceSettings(('*',), required=settings.required, delayed_grace_s=settings.delayed_grace_s)
    judged = [judge_service(service_windows.parse(one, machine_uptime_s, kind), kind, memory, mono) for one in automatic
              if one in chosen and not is_still_coming(one, machine_uptime_s, settings)]
    failed = [Reading(one.item, {}, one.finding, one.text) for one in judged if one.finding != State.OK]
    whole, *each = summed(failed, f"{counted(len(automatic), 'automatic service')}, none failed")
    if closed:
        words = f"{counted(len(closed), 'service')} cannot be looked at, first {closed[0]['name']}: {closed[0]['problem']}"
        whole = Reading('', {'failed': None}, State.UNKNOWN if whole.finding != State.CRITICAL else State.CRITICAL, f"{words}; {whole.text}")
    return [whole, *each]


def is_still_coming(service: dict, machine_uptime_s: float, settings: FailedSettings) -> bool:
    """Tell whether a service was not started yet because the machine has just been."""
    return service['status'] == 'stopped' and service.get('exit_code') == NOT_STARTED_YET and machine_uptime_s < settings.delayed_grace_s


@collector('failed_units', title=TITLE, help=HELP, settings=FailedSettings, metrics=METRICS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: FailedSettings, memory: dict):
    """Ask the service manager about every service."""
    from .host import uptime_s
    yield from readings_of(service_windows.query(ServiceSettings(('*',))), settings, memory, time.monotonic(), uptime_s())
