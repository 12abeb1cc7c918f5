"""What the collectors of remote-access programs share: whether the program runs, and what it says of itself."""
from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass

from .. import programs
from ..errors import SourceUnavailable
from ..results import State
from . import _program

ASK_S = 5.0
MAX_ANSWER, MAX_FILE = 64 * 1024, 256 * 1024
ELSEWHERE = "the program is not where it usually is"


@dataclass(frozen=True)
class Running:
    """Processes of a program.

    :param argvs: their command lines; None for one that may not be read
    :param blind: why there may be more than were seen
    """

    argvs: tuple = ()
    blind: str = ''

    def has(self, word: str) -> bool:
        """Tell whether one of them was started with this argument."""
        return any(word in (argv or ()) for argv in self.argvs)

    @property
    def is_hidden(self) -> bool:
        return any(argv is None for argv in self.argvs)


def running(name: str) -> Running:
    """Return the processes whose name begins like ``name`` (``AnyDesk-ad_1a2b.exe`` is AnyDesk too).

    :raises SourceUnavailable: processes cannot be listed
    """
    import psutil

    from ._unreadable import UNREADABLE, untold
    from .process import listing
    pattern = re.compile(rf'{re.escape(name)}(-.*)?', re.IGNORECASE)
    shared: dict = {}
    listed = listing(shared, time.monotonic())
    nameless = sum(one.argv is None and not one.names for one in listed)
    found = [one for one in listed if any(pattern.fullmatch(_program.base(called)) for called in one.names)]
    argvs = []
    for one in found:
        try:
            if one.process.status() != psutil.STATUS_ZOMBIE:
                argvs.append(one.argv)
        except psutil.NoSuchProcess:
            continue
        except UNREADABLE:
            argvs.append(one.argv)
    return Running(tuple(argvs), shared['blind'] or untold(nameless))


def ask(program: str, argument: str) -> str:
    """Return what a program says to one argument, without the empty lines.

    :raises SourceUnavailable: late, or ended with an error
    """
    # It looks for its own settings where its environment says.
    done = programs.run([program, argument], ASK_S, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, max_bytes=MAX_ANSWER)
    if done.code:
        raise SourceUnavailable(f"{os.path.basename(program)} {argument}: {done.words}")
    return '\n'.join(line.strip() for line in decode(done.out).splitlines() if line.strip())


def decode(raw: bytes) -> str:
    """Return text that Windows programs write in UTF-16, in UTF-8 or in the machine's own letters; ids and words that we look for are ASCII."""
    if raw[:2] in (b'\xff\xfe', b'\xfe\xff'):
        return raw.decode('utf-16', 'replace')
    return raw.decode('utf-8', 'replace').replace('\0', '')


def read_settings(paths) -> dict:
    """Return the ``key = value`` lines of the first of these files that is there, nothing when none is. Quotes and sections are left out.

    :raises SourceUnavailable: it is there and cannot be read
    """
    for path in paths:
        try:
            with open(path, 'rb') as file:
                text = decode(file.read(MAX_FILE))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise SourceUnavailable(f"{path} cannot be read: {error.strerror or error}") from error
        pairs = (line.partition('=') for line in text.splitlines() if '=' in line)
        return {key.strip(): value.strip().strip('\'"') for key, _equal, value in pairs}
    return {}


def query_ident(program: str, parse, paths, key: str) -> tuple[str, str]:
    """Return the id of a program, or an empty one and why it is not known: from ``--get-id``, else from its settings.

    :param parse: returns the id in a text, empty when there is none
    :param paths: of the settings
    :param key: under which they hold the id
    """
    try:
        ident = parse(ask(program, '--get-id'))
        why = "" if ident else f"{os.path.basename(program)} --get-id says nothing that is an id"
    except SourceUnavailable as error:
        ident, why = '', str(error)
    try:
        ident = ident or parse(read_settings(paths).get(key, ''))
    except SourceUnavailable as error:
        why = f"{why}; {error}"
    return ident, '' if ident else why


def judge_id(found: str, wanted: str, kept: dict, why: str) -> tuple[State, str]:
    """Return what the id is worth: links lead to another computer, or nowhere, when it is not the one expected.

    :param found: the id that the program has, empty when it could not be told for the reason ``why``
    :param wanted: the one in the settings, empty for the one that was seen first
    :param kept: keeps the id that was seen first
    """
    if not found:
        return State.UNKNOWN, f"its id is not known: {why}"
    expected = wanted or kept.setdefault('id', found)
    if plain(found) == plain(expected):
        return State.OK, f"id {found}"
    more = '' if wanted else "; if that is meant, write it into `id`"
    return State.CRITICAL, f"its id is {found}, expected was {expected}{more}"


def plain(ident: str) -> str:
    """Return an id without the blanks that people see it with.

    >>> plain('123 456 789')
    '123456789'
    """
    return ident.replace(' ', '')
