"""AnyDesk: whether its service runs, whether it is online, and under which id.

A service that does not run and a status of offline are critical, and so is an id that is not the one in ``id`` (or, without one, not the one that
was seen first): after a new installation or a copied disk the links to this computer lead elsewhere. A status that says nothing is a warning.
Id and status are asked of ``anydesk --get-id`` and ``--get-status``; where the first says nothing the id is read from ``system.conf``. Offline is what
AnyDesk says of itself; it says so, too, when this network has no way to the internet.

Not installed, not allowed to look, a program that hangs, fails, or says something else than an id: unknown; so is a status in words that are not
AnyDesk's own. AnyDesk that somebody only started, without installing it, has no service and counts as one that does not run.

Not tried on the real thing: AnyDesk itself; tried on executables that answer in its place, by its published manual.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from .. import programs
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Reading, State, worst
from ._remote_access import ELSEWHERE, Running, ask, judge_id, query_ident, running

PROGRAMS = ('/usr/bin/anydesk', '/opt/anydesk/anydesk', r'C:\Program Files (x86)\AnyDesk\AnyDesk.exe', r'C:\Program Files\AnyDesk\AnyDesk.exe')
FILES = ('/etc/anydesk/system.conf', r'C:\ProgramData\AnyDesk\system.conf')
IDENT = re.compile('[0-9]{6,12}')


@dataclass(frozen=True)
class AnyDeskSettings:
    """What is expected of AnyDesk here."""

    id: str = setting('str', '', help="The id it must have; empty: the one that was seen first.")


@dataclass(frozen=True)
class Seen:
    """What was found out.

    :param program: its path, empty when it is not installed
    :param ident: its id, empty when not known for the reason ``why``
    :param status: what it says of itself, None when it could not be asked for the reason ``trouble``
    """

    program: str
    processes: Running
    ident: str = ''
    why: str = ''
    status: str | None = None
    trouble: str = ''


def parse_ident(text: str) -> str:
    """Return the id in what ``--get-id`` said: the last line that is nothing but an id.

    >>> parse_ident('123456789'), parse_ident('libGL warning\\n987 654 321\\n'), parse_ident('SERVICE_NOT_RUNNING'), parse_ident('0')
    ('123456789', '987654321', '', '')
    """
    lines = [line.replace(' ', '') for line in text.splitlines()]
    return next((line for line in reversed(lines) if IDENT.fullmatch(line)), '')


def is_online(text: str) -> bool | None:
    """Return what a status says; None when it says neither.

    >>> is_online('online'), is_online('warning: x\\nOFFLINE'), is_online('not online'), is_online('')
    (True, False, False, None)
    """
    words = re.findall('[a-z]+', text.lower())
    if 'offline' in words or 'not' in words and 'online' in words:
        return False
    return True if 'online' in words else None


def judge(seen: Seen, settings: AnyDeskSettings, kept: dict) -> Reading:
    """Return the reading for what was found out. Pure but for ``kept``."""
    if not seen.program and not seen.processes.argvs:
        raise SourceUnavailable(seen.processes.blind or "AnyDesk is not installed on this machine, or not where it usually is")
    has_service = seen.processes.has('--service')
    if not has_service and (seen.processes.blind or seen.processes.is_hidden):
        raise SourceUnavailable(seen.processes.blind or "processes of AnyDesk may not be looked into")
    if not has_service:
        return Reading('', {'running': 0}, State.CRITICAL, "its service does not run")
    values, found = {'running': 1}, [judge_id(seen.ident, settings.id, kept, seen.why)]
    online = is_online(seen.status or '')
    if online is not None:
        values['online'] = int(online)
    found.append(judge_status(seen, online))
    state = worst(one for one, _words in found)
    return Reading('', values, state, ', '.join(words for one, words in found if words and (state == State.OK or one != State.OK)))


def judge_status(seen: Seen, online: bool | None) -> tuple[State, str]:
    """Return what its status is worth."""
    if online is not None:
        return (State.OK, '') if online else (State.CRITICAL, "it says that it is offline")
    if seen.status is None:
        return State.UNKNOWN, f"its status is not known: {seen.trouble}"
    if not seen.status:
        return State.WARNING, "it says nothing of its status"
    return State.UNKNOWN, f"its status is in words that are new to this agent: {seen.status[:60]}"


def query() -> Seen:
    """Find out what there is.

    :raises SourceUnavailable: processes cannot be listed
    """
    program, processes = programs.find(PROGRAMS) or '', running('anydesk')
    if not processes.has('--service'):
        return Seen(program, processes)
    if not program:
        return Seen('', processes, why=ELSEWHERE, trouble=ELSEWHERE)
    ident, why = query_ident(program, parse_ident, FILES, 'ad.anynet.id')
    try:
        return Seen(program, processes, ident, why, ask(program, '--get-status'))
    except SourceUnavailable as error:
        return Seen(program, processes, ident, why, None, str(error))


@collector(
    'anydesk', title="AnyDesk", help="Whether AnyDesk runs here and is online, and its id.",
    settings=AnyDeskSettings,
    metrics=[
        Metric('running', '', "1 while its service runs, 0 otherwise."),
        Metric('online', '', "1 when it says that it is online, 0 otherwise."),
    ],
    every_s=120, timeout_s=20,
)
def collect(settings: AnyDeskSettings, memory: dict):
    """Look once."""
    yield judge(query(), settings, memory.setdefault('kept', {}))
