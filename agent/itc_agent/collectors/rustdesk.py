"""RustDesk: whether its service runs, a session could begin, and under which id.

A service that does not run is critical, and so is an id that is not the one in ``id`` (or, without one, not the one that was seen first): after
a new installation or a copied disk the links to this computer lead elsewhere. A service without its worker (``--server``) is a warning: nobody can
connect then; so it can be on a computer at which nobody is logged in. The id is asked of ``rustdesk --get-id``, and read from its settings where that
says nothing; newer versions keep it there in a form that cannot be read.

Whether RustDesk's server knows this computer cannot be asked. What can be seen is the way there: a TCP connection to the server it is set to use
(``server``, or the one in its settings), port 21116 if none is named. Refused is critical; no answer, or no way out of this network, is unknown. With
no server known only the service and the id are judged, and the words say so. Not installed, not allowed to look, a program that hangs, fails or
says something else than an id: unknown.

Not tried on the real thing: RustDesk itself; tried on executables that answer in its place, by its published source.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from .. import programs, time_limit
from ..errors import SourceUnavailable
from ..registry import Metric, collector, setting
from ..results import Reading, State, worst
from ._connection import connect, good_host
from ._remote_access import ELSEWHERE, Running, judge_id, query_ident, read_settings, running

PROGRAMS = ('/usr/bin/rustdesk', '/usr/lib/rustdesk/rustdesk', '/usr/share/rustdesk/rustdesk', '/opt/rustdesk/rustdesk',
            r'C:\Program Files\RustDesk\rustdesk.exe', r'C:\Program Files (x86)\RustDesk\rustdesk.exe')
FOLDERS = ('/root/.config/rustdesk', r'C:\Windows\ServiceProfiles\LocalService\AppData\Roaming\RustDesk\config',
           r'C:\Windows\System32\config\systemprofile\AppData\Roaming\RustDesk\config')
# Digits, or a name that somebody chose: letters first, 6 to 16 signs.
IDENT = re.compile(r'[0-9]{6,12}|[A-Za-z][A-Za-z0-9_-]{5,15}')
PORT, CONNECT_S = 21116, 4.0


@dataclass(frozen=True)
class RustDeskSettings:
    """What is expected of RustDesk here."""

    id: str = setting('str', '', help="The id it must have; empty: the one that was seen first.")
    server: str = setting('str', '', help="Its id server (`host` or `host:port`); empty: the one in its settings.")

    def __post_init__(self):
        if self.server and split(self.server) is None:
            raise ValueError("server: expected host or host:port")


@dataclass(frozen=True)
class Seen:
    """What was found out.

    :param program: its path, empty when it is not installed
    :param ident: its id, empty when not known for the reason ``why``
    :param server: ``host:port`` that was tried, empty when none is known
    :param trouble: of the connection to it
    """

    program: str
    processes: Running
    ident: str = ''
    why: str = ''
    server: str = ''
    trouble: Exception | None = None
    connect_ms: float | None = field(default=None)


def split(server: str) -> tuple[str, int] | None:
    """Return host and port of a server as RustDesk's settings name it, None when it is none.

    >>> split('rd.example.org'), split('10.0.0.5:31116'), split('[::1]:21116'), split('a b'), split('x:99999')
    (('rd.example.org', 21116), ('10.0.0.5', 31116), ('::1', 21116), None, None)
    """
    found = re.fullmatch(r'(?:\[([^\]]+)\]|([^:]+))(?::([0-9]{1,5}))?', server.strip())
    if not found:
        return None
    host, port = found[1] or found[2], int(found[3] or PORT)
    return (host, port) if good_host(host) and 0 < port < 65536 else None


def parse_ident(text: str) -> str:
    """Return the id in what ``--get-id`` said: a line that is nothing but an id, the last of them.

    >>> parse_ident('123456789'), parse_ident('INFO loading settings\\n987 654 321'), parse_ident('Unknown option')
    ('123456789', '987654321', '')
    """
    lines = [line.replace(' ', '') if re.fullmatch('[0-9 ]+', line) else line for line in text.splitlines()]
    return next((line for line in reversed(lines) if IDENT.fullmatch(line)), '')


def judge(seen: Seen, settings: RustDeskSettings, kept: dict) -> Reading:
    """Return the reading for what was found out. Pure but for ``kept``."""
    if not seen.program and not seen.processes.argvs:
        raise SourceUnavailable(seen.processes.blind or "RustDesk is not installed on this machine, or not where it usually is")
    has_service = seen.processes.has('--service')
    if not has_service and (seen.processes.blind or seen.processes.is_hidden):
        raise SourceUnavailable(seen.processes.blind or "processes of RustDesk may not be looked into")
    values = {'running': int(has_service)}
    if not has_service:
        return Reading('', values, State.CRITICAL, "its service does not run")
    values['worker'] = int(seen.processes.has('--server'))
    found = [judge_id(seen.ident, settings.id, kept, seen.why), judge_way(seen)]
    if not values['worker']:
        found.append((State.WARNING, "its service runs, but not its worker (--server): nobody can connect"))
    if seen.connect_ms is not None:
        values['connect_ms'] = seen.connect_ms
    state = worst(one for one, _words in found)
    return Reading('', values, state, ', '.join(words for one, words in found if words and (state == State.OK or one != State.OK)))


def judge_way(seen: Seen) -> tuple[State, str]:
    """Return what the way to its server is worth."""
    if not seen.server:
        return State.OK, "whether it is connected cannot be told: no server is known"
    if seen.trouble is None:
        return State.OK, ''
    if isinstance(seen.trouble, ConnectionRefusedError):
        return State.CRITICAL, f"its server {seen.server} refuses"
    words = str(seen.trouble) if isinstance(seen.trouble, SourceUnavailable) else "no answer"
    return State.UNKNOWN, f"its server {seen.server} cannot be reached: {words}"


def query(settings: RustDeskSettings) -> Seen:
    """Find out what there is.

    :raises SourceUnavailable: processes cannot be listed, its settings cannot be read
    """
    program, processes = programs.find(PROGRAMS) or '', running('rustdesk')
    if not processes.has('--service'):
        return Seen(program, processes)
    if not program:
        return Seen('', processes, why=ELSEWHERE)
    ident, why = query_ident(program, parse_ident, (f'{folder}/RustDesk.toml' for folder in FOLDERS), 'id')
    server = settings.server or server_in(read_settings(f'{folder}/RustDesk2.toml' for folder in FOLDERS))
    place = split(server)
    if place is None:
        return Seen(program, processes, ident, why)
    started = time.monotonic()
    try:
        connect(*place, time_limit.left(CONNECT_S)).close()
    except (OSError, SourceUnavailable) as error:
        return Seen(program, processes, ident, why, server, error)
    return Seen(program, processes, ident, why, server, None, round((time.monotonic() - started) * 1000, 2))


def server_in(pairs: dict) -> str:
    """Return the id server that RustDesk's settings name: one of the owner's own before the one it uses otherwise."""
    return pairs.get('custom-rendezvous-server') or pairs.get('rendezvous_server') or ''


@collector(
    'rustdesk', title="RustDesk", help="Whether RustDesk runs here, its id, and the way to its server.",
    settings=RustDeskSettings,
    metrics=[
        Metric('running', '', "1 while its service runs, 0 otherwise."),
        Metric('worker', '', "1 while the part runs that takes sessions, 0 otherwise."),
        Metric('connect_ms', 'ms', "Time to a connection with its server."),
    ],
    every_s=120, timeout_s=20,
)
def collect(settings: RustDeskSettings, memory: dict):
    """Look once."""
    yield judge(query(settings), settings, memory.setdefault('kept', {}))
