"""The agent itself: is it reporting, does anything wait, is its clock right, who may read its key.

``acked_s`` counts since the last report that the server acknowledged, or since the agent's start when there was none yet. ``waiting`` records have
been measured and are not acknowledged; nothing is lost while they wait. ``clock_skew_s`` compares this machine's clock with the one of the last
answer, carried on by a clock that nobody can set, so that time set wrong since then shows too; the words say which way.

Key, state folder or settings that others may read or change are a warning, a key that is gone is critical (the agent would not start again), and
permissions that cannot be read are unknown. They are looked at once an hour. ``cpu_pct`` is of one processor, since the last look, with the
programs that checks have started.

Only the running agent knows all this: ``itc-agent check agent`` says unknown, ``itc-agent doctor`` looks at what can be seen from outside.

Tried on: this agent, with a real server that stays away, clocks set wrong and files open to others (Linux). Not tried on the real thing: icacls,
by which the permissions are read on Windows.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass

from .. import __version__, clock, permissions
from .. import identity as keys
from ..errors import SourceUnavailable
from ..judge import seconds_text
from ..own import skew_s
from ..registry import Metric, collector
from ..results import Limit, Reading, State

LOOK_AT_PERMISSIONS_S = 3600.0
TOLD_SKEW_S = 5.0


@dataclass(frozen=True)
class AgentSettings:
    """No settings: there is only one agent."""


def query(own, now: float) -> dict:
    """Return what the agent tells of itself: seconds, counts and bytes; ``ahead_s`` is its clock's lead over the server's."""
    contact, mono = own.contact(), clock.mono()
    waiting, oldest_at = own.spool.waiting()
    values = {
        'uptime_s': round(mono - own.started), 'acked_s': round(mono - (contact.at if contact else own.started)), 'waiting': waiting,
        'waiting_age_s': 0 if oldest_at is None else max(0, round(now - oldest_at)), 'spool_bytes': size_of(own.spool.path)}
    ahead_s = skew_s(contact, now) if contact else None
    if ahead_s is not None:
        values['clock_skew_s'] = abs(ahead_s)
    return {'values': values, 'ahead_s': ahead_s, 'heard': contact is not None}


def size_of(path) -> int:
    """Return the bytes of a SQLite file and the log beside it."""
    return sum(os.path.getsize(f'{path}{end}') for end in ('', '-wal') if os.path.exists(f'{path}{end}'))


def parse(seen: dict, trouble: tuple[State, str]) -> Reading:
    """Return the reading. Pure.

    :param seen: from :func:`query`
    :param trouble: the worst of what permissions came to, and all of it in words
    """
    state, words = trouble
    parts = [words] if words else []
    if not seen['heard']:
        parts.append("nothing was acknowledged since the start")
    if seen['ahead_s'] is not None and abs(seen['ahead_s']) >= TOLD_SKEW_S:
        parts.append(f"this machine's clock is {seconds_text(abs(seen['ahead_s']))} {'ahead of' if seen['ahead_s'] > 0 else 'behind'} the server's")
    return Reading('', seen['values'], state, '; '.join([*parts, f"version {__version__}"]))


def look_at_permissions(own) -> tuple[State, str]:
    """Return what the permissions of key, state folder and settings are worth, and words on all that is wrong."""
    states, texts = [State.OK], []
    for path, secret in ((own.state_dir / keys.FILE, True), (own.state_dir, True), (own.config_file, False)):
        try:
            found = permissions.problems(path, secret=secret)
        except FileNotFoundError:
            states.append(State.CRITICAL)
            texts.append(f"{path} is gone: the agent will not start again")
        except Exception as error:  # noqa: BLE001  icacls fails in ways of its own; whatever it was, nobody could look
            states.append(State.UNKNOWN)
            texts.append(f"{path}: permissions cannot be read: {error}")
        else:
            states += [State.WARNING] if found else []
            texts += found
    return max(states, key=lambda state: state.severity), '; '.join(texts)


def costs(memory: dict) -> dict:
    """Return memory and processor time of this process; ``memory`` carries the counters from look to look."""
    import psutil

    from ._unreadable import UNREADABLE
    try:
        process = psutil.Process()
        spent, now = sum(process.cpu_times()[:4]), clock.mono()
        before_s, before = memory.get('cpu', (now - (time.time() - process.create_time()), 0.0))
        memory['cpu'] = (now, spent)
        share = {'cpu_pct': round(100 * (spent - before) / (now - before_s), 2)} if now - before_s > 1 else {}
        return {'memory_bytes': process.memory_info().rss, **share}
    except UNREADABLE:
        return {}


@collector(
    'agent', title="The agent itself", help="Whether this agent reports, what waits, its clock, its files and what it costs.",
    settings=AgentSettings,
    metrics=[
        Metric('uptime_s', 's', "How long the agent has been running."),
        Metric('acked_s', 's', "Since the last acknowledged report, or since the start."),
        Metric('waiting', '', "Records that are not acknowledged yet."),
        Metric('waiting_age_s', 's', "Age of the oldest of them."),
        Metric('spool_bytes', 'B', "Size of what is kept on disk, acknowledged records too."),
        Metric('clock_skew_s', 's', "How far this machine's clock is from the server's."),
        Metric('memory_bytes', 'B', "Memory in use."),
        Metric('cpu_pct', '%', "Share of one processor since the last look."),
    ],
    limits=[Limit('acked_s', '>', 900, 7200), Limit('waiting_age_s', '>', 1800, 86400), Limit('clock_skew_s', '>', 60, 600),
            Limit('memory_bytes', '>', 256 * 2 ** 20, None)],
    every_s=300, timeout_s=30, shared=True,
)
def collect(settings: AgentSettings, memory: dict, shared: dict):
    """Ask the agent around this look."""
    own = shared.get('own')
    if own is None:
        raise SourceUnavailable("only the running agent knows this; `itc-agent doctor` looks from outside")
    seen = query(own, time.time())
    if clock.mono() - memory.get('permissions_at', float('-inf')) >= LOOK_AT_PERMISSIONS_S:
        memory.update(permissions_at=clock.mono(), permissions=look_at_permissions(own))
    seen['values'].update(costs(memory))
    yield parse(seen, memory['permissions'])
