"""Services of systemd: running, on their way, stopped on purpose or failed.

Read through ``systemctl show`` by its absolute path. A plain name in ``names`` must run: stopped is critical. Services that a pattern finds are
judged by their own record: failed is critical, stopped is a warning, and stopped is fine for a one-shot that ended well or a service that a
timer, socket or path starts. A unit systemd does not know is unknown, so is a pattern that matches nothing (it is
matched against the units systemd has loaded), and so is everything where systemd does not run. Starting or stopping for over 2 minutes is a
warning, over 10 critical.
"""
from __future__ import annotations

import os
import time

from ..errors import SourceUnavailable
from ..registry import collector
from ..results import Reading, State
from ._service_common import METRICS, ServiceFacts, ServiceSettings, fits, is_pattern, judge_service, missing

SYSTEMCTL = ('/usr/bin/systemctl', '/bin/systemctl')
BOOTED = '/run/systemd/system'
PROPERTIES = ('Id,Names,LoadState,ActiveState,SubState,Type,Result,NRestarts,ExecMainStatus,UnitFileState,'
              'ActiveEnterTimestampMonotonic,TriggeredBy')
TIMEOUT_S = 8

# Output of `systemctl show -p … backup.service`: a line for each property (`Type=oneshot`, `Id=backup.service`, `ActiveState=inactive`,
# `SubState=dead`, `Result=success`, `TriggeredBy=backup.timer`), an empty line between two units; whole ones in tests/samples/service_linux.


def parse(text: str) -> list[dict]:
    """Return one dict of properties a unit, in the order of the output.

    :raises SourceUnavailable: there is no unit in it; an empty answer proves nothing
    """
    units = []
    for block in text.replace('\r\n', '\n').split('\n\n'):
        pairs = dict(line.split('=', 1) for line in block.splitlines() if '=' in line)
        if pairs.get('Id'):
            units.append(pairs)
    if not units:
        raise SourceUnavailable("systemctl told of no unit at all")
    return units


def facts_of(unit: dict, mono: float) -> ServiceFacts:
    """Return the facts of one unit.

    :param mono: seconds on CLOCK_MONOTONIC, on which systemd counts too
    """
    active, sub = unit.get('ActiveState', ''), unit.get('SubState', '')
    phase = {'active': 'running', 'reloading': 'running', 'failed': 'failed'}.get(active, 'stopped')
    if active in ('activating', 'deactivating', 'maintenance'):
        phase = 'pending'
    entered = int(unit.get('ActiveEnterTimestampMonotonic') or 0) / 1e6
    excuse = ''
    if unit.get('TriggeredBy'):
        excuse = f"started by {unit['TriggeredBy']}"
    elif unit.get('Type') == 'oneshot' and unit.get('Result') == 'success':
        excuse = "ran to its end"
    restarts = unit.get('NRestarts', '')
    words = f"{active} ({sub})" if sub else active
    if phase == 'failed':
        words += f", result {unit.get('Result')}, exit status {unit.get('ExecMainStatus')}"
    uptime_s = max(0.0, mono - entered) if phase == 'running' and entered else None
    return ServiceFacts(unit['Id'], phase, words, uptime_s, int(restarts) if restarts.isdigit() else None, excuse,
                        tuple(unit.get('Names', '').split()))


def readings_of(units, settings: ServiceSettings, memory: dict, mono: float, clock: float):
    """Yield a reading a unit, and one for each pattern that found too little.

    :param mono: seconds for measuring how long something is pending
    :param clock: seconds on CLOCK_MONOTONIC
    """
    known = [unit for unit in units if unit.get('LoadState') != 'not-found']
    chosen = [unit for unit in known if not any(fits(unit['Id'], out) for out in settings.ignore)]
    yield from missing([unit['Id'] for unit in known], settings)
    for unit in units:
        if unit not in known:
            yield Reading(unit['Id'], {}, State.UNKNOWN, "systemd knows no such unit")
    for unit in chosen:
        yield judge_service(facts_of(unit, clock), settings, memory, mono)


def query(names) -> str:
    """Return what systemctl says of these names and patterns.

    :raises SourceUnavailable: no systemd, no systemctl, an error, or no answer in time
    """
    import subprocess
    tool = next((path for path in SYSTEMCTL if os.path.exists(path)), None)
    if tool is None:
        raise SourceUnavailable(f"there is no systemctl ({' or '.join(SYSTEMCTL)})")
    if not os.path.isdir(BOOTED):
        raise SourceUnavailable("this system was not started by systemd, so it cannot tell about services")
    command = [tool, 'show', '--no-pager', '-p', PROPERTIES, '--', *names]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL, check=False,
                              env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'})
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(f"systemctl did not answer within {TIMEOUT_S} s") from error
    except OSError as error:
        raise SourceUnavailable(f"{tool}: {error.strerror}") from error
    if done.returncode:
        raise SourceUnavailable(f"systemctl: {done.stderr.decode('utf-8', 'replace').strip() or f'exit code {done.returncode}'}")
    return done.stdout.decode('utf-8', 'replace')


def ask(names) -> list[dict]:
    """Return the units of plain names and of patterns; patterns are asked apart, because none may match and that is an answer."""
    plain = [name for name in names if not is_pattern(name)]
    patterns = [name for name in names if is_pattern(name)]
    units = parse(query(plain)) if plain else []
    if patterns:
        text = query(patterns)
        units += parse(text) if text.strip() else []
    return list({unit['Id']: unit for unit in units}.values())


@collector('service', title="Services", help="Whether services run, as the service manager tells it.", settings=ServiceSettings, metrics=METRICS)
def collect(settings: ServiceSettings, memory: dict):
    """Ask systemd about the configured services."""
    yield from readings_of(ask(settings.names), settings, memory, time.monotonic(), time.clock_gettime(time.CLOCK_MONOTONIC))
