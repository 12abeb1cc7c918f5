"""Services of systemd: running, on their way, stopped on purpose or failed.

Read through ``systemctl show`` by its absolute path. A plain name in ``names`` must run, by this name or an alias: stopped is critical, also when
a socket could start it. Services that a pattern finds are judged by their own record: failed is critical, stopped is a warning, and stopped is fine
when a socket or path that is active can start it. Both kinds may rest when they are one-shots that ran and ended well, or wait for a timer that is
active. A one-shot that has not run since the machine's start is no better than stopped; it is unknown while its timer waits and was never seen to
run, and so is one that a pattern finds while an active socket or path waits to start it.
Ended by itself and started again, once or more between two looks, is a warning. Starting or stopping for over 2 minutes is a warning, over 10
critical.

A unit systemd does not know is unknown, so is a name it gives no answer for, a pattern that matches nothing (it is matched against the primary
names of the units systemd has loaded), a state that is newer than this agent, and everything where systemd does not run.

Tried on: recorded and constructed answers of systemctl. Not tried on the real thing: a machine that systemd has booted.
"""
from __future__ import annotations

import os
import time

from .. import time_limit
from ..errors import SourceUnavailable
from ..registry import collector
from ..results import Reading, State
from ._service_common import METRICS, ServiceFacts, ServiceSettings, fits, is_pattern, judge_service, missing

SYSTEMCTL = ('/usr/bin/systemctl', '/bin/systemctl')
BOOTED = '/run/systemd/system'
PROPERTIES = ('Id,Names,LoadState,ActiveState,SubState,Type,Result,NRestarts,ExecMainStatus,UnitFileState,'
              'ActiveEnterTimestampMonotonic,InactiveExitTimestampMonotonic,TriggeredBy,LastTriggerUSec')
TIMEOUT_S = 8
PHASES = {'active': 'running', 'reloading': 'running', 'refreshing': 'running', 'activating': 'pending', 'deactivating': 'pending',
          'maintenance': 'pending', 'inactive': 'stopped', 'failed': 'failed'}
WITH_PROGRAM = {'simple', 'exec', 'notify', 'notify-reload', 'dbus'}


class NameRefused(SourceUnavailable):
    """systemctl ran and ended with an error; often it is about one of the names (`postgresql@`)."""


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


def names_of(unit: dict) -> tuple:
    """Return all names of a unit, its own first."""
    return tuple(dict.fromkeys((unit['Id'], *unit.get('Names', '').split())))


def facts_of(unit: dict, mono: float, triggers: dict) -> ServiceFacts:
    """Return the facts of one unit.

    :param mono: seconds on CLOCK_MONOTONIC, on which systemd counts too
    :param triggers: name to unit of the timers, sockets and paths that can start it
    """
    active, sub = unit.get('ActiveState', ''), unit.get('SubState', '')
    phase = PHASES.get(active, 'odd')
    words = f"{active} ({sub})" if sub else active
    if phase == 'running' and sub == 'exited' and unit.get('Type') in WITH_PROGRAM:
        phase, words = 'stopped', f"{words}, its program has ended"
    if phase == 'failed':
        words += f", result {unit.get('Result')}, exit status {unit.get('ExecMainStatus')}"
    if unit.get('LoadState') not in ('loaded', None):
        words += f", {unit['LoadState']}"
    more = rest_of(unit, triggers) if active == 'inactive' else {}
    words += more.pop('words', '')
    entered, restarts = int(unit.get('ActiveEnterTimestampMonotonic') or 0) / 1e6, unit.get('NRestarts', '')
    return ServiceFacts(unit['Id'], phase, words, max(0.0, mono - entered) if phase == 'running' and entered else None,
                        int(restarts) if restarts.isdigit() else None, restarting=sub.startswith('auto-restart'), aliases=names_of(unit)[1:], **more)


def rest_of(unit: dict, triggers: dict) -> dict:
    """Return why an inactive unit may rest: ``excuse``, ``on_demand`` or ``unsure`` of :class:`ServiceFacts`, and ``words`` to add."""
    names = unit.get('TriggeredBy', '').split()
    ran = int(unit.get('InactiveExitTimestampMonotonic') or 0) > 0
    live = [name for name in names if _is_live(triggers.get(name, {}))]
    timer = next((name for name in live if name.endswith('.timer')), None)
    if timer and (ran or triggers[timer].get('LastTriggerUSec', '') not in ('', '0', 'n/a')):
        return {'excuse': f"waits for {timer}"}
    if timer:
        return {'unsure': f"has not run since the machine's start, waits for {timer}"}
    dead = [name for name in names if name in triggers and name not in live]
    if unit.get('Type') == 'oneshot' and unit.get('Result') == 'success' and ran and not any(name.endswith('.timer') for name in dead):
        return {'excuse': "ran to its end"}
    if live and unit.get('Type') == 'oneshot' and not ran:
        return {'unsure': f"has not run since the machine's start, {live[0]} can start it", 'on_demand': True}
    if live:
        return {'excuse': f"{live[0]} can start it", 'on_demand': True}
    if len(dead) < len(names):
        return {'unsure': f"whether {' '.join(set(names) - set(dead))} can start it could not be asked"}
    never = ", has not run since the machine's start" if unit.get('Type') == 'oneshot' and not ran else ''
    return {'words': never + (f", {dead[0]} is not active" if dead else '')}


def _is_live(trigger: dict) -> bool:
    """Tell whether a timer, socket or path is at work; a timer that has elapsed for good is not."""
    return trigger.get('ActiveState') == 'active' and trigger.get('SubState') != 'elapsed'


def readings_of(units, settings: ServiceSettings, memory: dict, mono: float, clock: float, triggers=()):
    """Yield a reading a unit, and one for each name or pattern that found too little.

    :param mono: seconds for measuring how long something is pending
    :param clock: seconds on CLOCK_MONOTONIC
    :param triggers: units that can start others
    """
    by_name = {unit['Id']: unit for unit in triggers}
    known = [unit for unit in units if unit.get('LoadState') != 'not-found']
    absent = [unit for unit in units if unit.get('LoadState') == 'not-found']
    lost = missing(map(names_of, known), settings, "systemd gave no answer for it")
    told = [name for unit in absent for name in names_of(unit)]
    yield from (one for one in lost if is_pattern(one.item) or not any(fits(name, one.item) for name in told))
    for unit in absent:
        if not settings.ignores(*names_of(unit)):
            yield Reading(unit['Id'], {}, State.UNKNOWN, "systemd knows no such unit")
    for unit in known:
        if not settings.ignores(*names_of(unit)):
            yield judge_service(facts_of(unit, clock, by_name), settings, memory, mono)


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
    timeout_s = time_limit.left(TIMEOUT_S)
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, stdin=subprocess.DEVNULL, check=False,
                              env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'})
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(f"systemctl did not answer within {timeout_s:.2g} s") from error
    except OSError as error:
        raise SourceUnavailable(f"{tool}: {error.strerror}") from error
    if done.returncode:
        raise NameRefused(f"systemctl: {done.stderr.decode('utf-8', 'replace').strip() or f'exit code {done.returncode}'}")
    return done.stdout.decode('utf-8', 'replace')


def ask(settings: ServiceSettings) -> list[dict]:
    """Return the units of plain names and of patterns; patterns are asked apart, because none may match and that is an answer."""
    patterns = [name for name in settings.names if is_pattern(name)]
    units = ask_plain(settings.plain) if settings.plain else []
    if patterns:
        text = query(patterns)
        units += parse(text) if text.strip() else []
    return list({unit['Id']: unit for unit in units}.values())


def ask_plain(names) -> list[dict]:
    """Return the units of plain names. One that systemctl refuses to take as a name costs no other: then they are asked one by one.

    :raises SourceUnavailable: none could be asked
    """
    try:
        return parse(query(names))
    except NameRefused as error:
        units, refused = [], error
    for name in names if len(names) > 1 else ():
        try:
            units += parse(query([name]))
        except NameRefused as error:
            refused = error
    if not units:
        raise refused
    return units


def ask_triggers(units) -> list[dict]:
    """Return the timers, sockets and paths that can start what is inactive; none when they cannot be asked."""
    names = {name for unit in units if unit.get('ActiveState') == 'inactive' for name in unit.get('TriggeredBy', '').split()}
    if not names:
        return []
    try:
        return parse(query(sorted(names)))
    except SourceUnavailable:
        return []


@collector('service', title="Services", help="Whether services run, as the service manager tells it.", settings=ServiceSettings, metrics=METRICS)
def collect(settings: ServiceSettings, memory: dict):
    """Ask systemd about the configured services."""
    units = ask(settings)
    triggers = ask_triggers(units)
    yield from readings_of(units, settings, memory, time.monotonic(), time.clock_gettime(time.CLOCK_MONOTONIC), triggers)
