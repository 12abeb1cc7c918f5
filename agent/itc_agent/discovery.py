"""What is here: looked for once a day, after a start and when Odoo asks, so that a person ticks proposals instead of typing settings.

The look runs in a child process (``discovery_child``) of low priority and with a time limit; a thread waits for it, the agent's loop never does.
No file is read, and of a command line nothing leaves this machine but a port or the name of a program. What a finder could not look at is said
apart from what is not there: a disk that is unplugged today has not lost its backups.

A finding is a dict ``{'key', 'code', 'kind', 'settings', 'sure', 'why'}``. ``key`` is ``family:name`` and stays the same as long as the thing does;
``code`` is that of a check template of the server, ``kind`` the collector it needs, ``settings`` those of this thing only, the rest is the template's.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
from dataclasses import dataclass

from . import programs
from .errors import SourceUnavailable
from .wire import canonical, clean_text

_logger = logging.getLogger(__name__)
EVERY_S = 86400.0
CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'discovery_child.py')
# The child gives each family its time, ends by itself after its limit, and is killed when even that fails.
PATIENCE_S, CHILD_S, LIMIT_S = 25.0, 40.0, 45.0
ALL = '*'
MAX_FINDINGS = 60
MAX_SETTINGS, MAX_VALUE, MAX_LIST, MAX_SETTINGS_BYTES, MAX_WHY, MAX_REASON = 8, 300, 20, 1000, 200, 160
MAX_INT = 2 ** 53
_NAME = re.compile(r'[a-z][a-z0-9_]{0,39}')
# Text that a person could not read as it is: control signs, line breaks, signs that turn the direction.
_UNREADABLE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]')


@dataclass(frozen=True)
class Finding:
    """A thing that is here and the check that would look at it.

    :param code: of a check template of the server
    :param kind: of the collector that looks
    :param settings: what tells this thing from others of its kind; empty when the template's own will do
    :param sure: it is what ``code`` says, and the settings are right; else a person should look first
    :param why: one sentence; the same as long as the thing is
    :param name: what tells it from others of its family in its key; by default code and settings do
    """

    code: str
    kind: str
    settings: dict
    sure: bool
    why: str
    name: str = ''

    def as_dict(self, family: str) -> dict:
        """Return the finding as the wire has it.

        >>> Finding('ups_nut', 'ups_nut', {}, True, "upsd answers.").as_dict('ups')['key']
        'ups:30eeeff6'
        """
        mark = hashlib.sha256(f'{self.code} {self.name or canonical(self.settings)}'.encode('utf-8', 'replace')).hexdigest()[:8]
        return {'key': f'{family}:{mark}', 'code': self.code, 'kind': self.kind, 'settings': self.settings, 'sure': self.sure,
                'why': clean_text(self.why, MAX_WHY)}


def is_sayable(finding: dict) -> bool:
    """Tell whether a finding can go over the wire and be read by a person as it is; a folder with a line break in its name cannot.

    >>> is_sayable(Finding('a', 'b', {'folder': '/srv/x'}, True, "").as_dict('f')), is_sayable(Finding('a', 'b', {'folder': '/a\\nb'}, True, "").as_dict('f'))
    (True, False)
    """
    settings = finding['settings']
    return (len(settings) <= MAX_SETTINGS and all(_NAME.fullmatch(name) for name in (finding['code'], finding['kind'], *settings))
            and all(map(_is_value, settings.values())) and len(canonical(settings).encode('utf-8')) <= MAX_SETTINGS_BYTES)


def _is_value(value) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) <= MAX_LIST and all(isinstance(one, str) and _is_value(one) for one in value)
    if isinstance(value, str):
        return len(value) <= MAX_VALUE and value == value.strip() and not _UNREADABLE.search(value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_INT)


@dataclass(frozen=True)
class Look:
    """What one look brought: findings, and which families could not be looked at (``ALL``: none could), with the reason."""

    rev: int
    findings: tuple
    blind: dict

    def digest(self) -> str:
        """Return a name for what was found that changes only when something of it does."""
        return hashlib.sha256(canonical([self.rev, self.findings, self.blind]).encode('utf-8')).hexdigest()


def read_answer(rev: int, answer) -> Look:
    """Return what the child's answer says; findings that cannot be told or are too many are left out, and their families called blind."""
    if not isinstance(answer, dict):
        return Look(rev, (), {ALL: "the look gave no answer that can be read"})
    blind = {str(family): clean_text(why, MAX_REASON) for family, why in (answer.get('blind') or {}).items()}
    by_key = {one['key']: one for one in answer.get('findings') or ()}
    told = [one for one in by_key.values() if is_sayable(one)]
    for one in by_key.values():
        if not is_sayable(one):
            blind.setdefault(one['key'].partition(':')[0], "something was found of which the name cannot be told; it is left out")
    # The sure ones first: of too many things the doubtful ones are left out.
    told.sort(key=lambda one: (not one['sure'], one['key']))
    for one in told[MAX_FINDINGS:]:
        blind.setdefault(one['key'].partition(':')[0], f"more than {MAX_FINDINGS} things were found; some are left out")
    return Look(rev, tuple(sorted(told[:MAX_FINDINGS], key=lambda one: one['key'])), dict(sorted(blind.items())))


def look(rev: int) -> Look:
    """Look at this machine in a child process; takes up to ``LIMIT_S`` seconds."""
    try:
        answer = programs.run_python(
            CHILD, {'patience_s': PATIENCE_S, 'seconds': CHILD_S}, LIMIT_S, needs_packages=True, name="the look at what is here")
    except SourceUnavailable as error:
        return Look(rev, (), {ALL: clean_text(error, MAX_REASON)})
    return read_answer(rev, answer)


class Scout:
    """Lets somebody look when it is time, and never makes anybody wait.

    :param rev: how often Odoo has asked; None while the server is not known to want it
    :param look: takes the ``rev`` and returns a :class:`Look`
    :param wake: called when a look has come to its end
    """

    def __init__(self, rev: int | None = None, look=look, every_s: float = EVERY_S, wake=lambda: None):
        self.rev, self._look, self._every_s, self._wake = rev, look, every_s, wake
        self._thread: threading.Thread | None = None
        self._found: Look | None = None
        self._at, self._looked_rev = float('-inf'), None

    def step(self, now: float) -> Look | None:
        """Return what a look has brought since the last call, None while there is nothing; begin a look when it is time.

        :param now: seconds of a clock that nobody can set
        """
        if self._found is not None:
            self._thread, found, self._found = None, self._found, None
            return found
        if self._thread is None and self.rev is not None and (self.rev != self._looked_rev or now - self._at >= self._every_s):
            self._at, self._looked_rev = now, self.rev
            self._thread = threading.Thread(target=self._run, args=(self.rev,), name='itc-discover', daemon=True)
            self._thread.start()
        return None

    def _run(self, rev: int) -> None:
        try:
            self._found = self._look(rev)
        except Exception as error:  # noqa: BLE001  whatever goes wrong is an answer: nobody could look
            _logger.exception("the look at what is here failed")
            self._found = Look(rev, (), {ALL: f"the look failed: {type(error).__name__}"})
        self._wake()


def rev_of(answer) -> int | None:
    """Return how often Odoo has asked, by its configuration; None of a server that does not take what is found."""
    rev = answer.get('discover_rev') if isinstance(answer, dict) else None
    return rev if type(rev) is int and 0 <= rev <= MAX_INT else None


def cached_rev(file) -> int | None:
    """Return the same of the configuration kept in ``file``."""
    try:
        with open(file, encoding='utf-8') as cached:
            return rev_of(json.load(cached))
    except (OSError, ValueError):
        return None
