"""Errors that the system and its programs wrote into systemd's journal: what is called "alerts" on a server's panel.

Read through ``journalctl`` by its absolute path, each entry once: the place reached is kept, also over the agent's restarts, so nothing is counted
twice and nothing is missed while the agent was away. A first look goes back ``window_h`` hours. What was found is told for ``window_h`` hours
after it was found, so that a state lasts long enough to be seen: by default any entry is a warning, one that ``page`` or ``page_text`` means is
critical. The source is the identifier a program logs under (``kernel``, ``sshd``), the id a message id where there is one. Priorities 0 to 2 are
*critical*, 3 is *error*, 4 *warning*.

Unknown are a journal that is not there, holds nothing, may not be read, is damaged, or (unless ``stale_h`` is 0) has no entry younger than
``stale_h`` hours: then the journal's service writes nothing, and silence proves nothing. When the place reached is no longer in the journal, a
warning says that entries may have been lost unread. At most 20,000 entries are read at a look, the rest at the next. A line
that is no entry makes its look unknown, and counts as an event from then on, whatever is left out.

Other settings count afresh over the last window. Files that programs write by themselves are not in the journal.

Tried on: journals written by systemd-journal-remote, read by journalctl 252. Not tried on the real thing: a machine that systemd has booted.
"""
from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass

from .. import programs
from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import collector, setting
from ..system_logs import JOURNALCTL
from ._events_common import (
    EVERY_S,
    HELP,
    LIMITS,
    MAX_BYTES,
    MAX_PAGES,
    METRICS,
    PAGE_SIZE,
    TIMEOUT_S,
    TITLE,
    Event,
    EventSettings,
    add,
    begin,
    forget_old,
    may_go_on,
    note,
    reading_of,
    take,
)

FIELDS = 'MESSAGE,MESSAGE_ID,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SYSTEMD_UNIT'
CALL_S = 20
PLACE = 'journal'
# Of a mild level, so that no setting of what is critical at once means it.
UNREAD = Event(PLACE, 'journalctl', '', 4, 0.0, "a line that cannot be read")
PAGE_TEXT = ('I/O error', 'EXT4-fs error', 'Remounting filesystem read-only', 'Out of memory: Killed process', 'critical medium error')


@dataclass(frozen=True)
class JournalSettings(EventSettings):
    """What counts, and which journal."""

    page_text: list = setting('list', PAGE_TEXT, help="Events that are critical at once: words their message holds.")
    journal: str = setting('str', '', help="A journal file or a folder of them, absolute; empty: this machine's journal.")
    stale_h: int = setting('int', 24, help="Hours after whose silence the journal counts as not written; 0: never.")

    def __post_init__(self):
        self.refuse_wrong()
        if self.journal and not os.path.isabs(self.journal):
            raise ValueError("journal: expected an absolute path")
        if self.stale_h < 0:
            raise ValueError("stale_h: expected 0 or more")


# An entry as `journalctl -o json` gives it, one a line. Numbers are text; MESSAGE is a list of bytes when it is no clean UTF-8 line, null when it
# is long (without --all), a list of texts when the field was given twice:
# `{"PRIORITY":"3","MESSAGE":[98,97,100,32,255],"SYSLOG_IDENTIFIER":"kernel","__REALTIME_TIMESTAMP":"1795462445000000","__CURSOR":"s=…;i=1;…"}`


def parse(text: str) -> tuple[list[Event], list[str], int]:
    """Return the entries of ``journalctl -o json``, their cursors, and how many lines were none. Pure."""
    events, cursors, broken = [], [], 0
    for line in text.split('\n'):  # not splitlines(): journalctl writes U+2028 and its like as they are
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            cursors.append(str(found['__CURSOR']))
            events.append(event_of(found))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            broken += 1
            del cursors[len(events):]
    return events, cursors, broken


def event_of(found: dict) -> Event:
    """Return one entry as an event; a long message that was left out has no text but a hint."""
    # journalctl finds an entry by any of its priorities; a program may give several, or none.
    priority = min((int(one) for one in re.findall(r'\b[0-7]\b', words_of(found.get('PRIORITY')))), default=7)
    level = 1 if priority <= 2 else priority - 1
    source = next(filter(None, (words_of(found.get(name)) for name in ('SYSLOG_IDENTIFIER', '_COMM', '_SYSTEMD_UNIT'))), 'unnamed')
    message = "(a message too long to be shown)" if found.get('MESSAGE', '') is None else words_of(found.get('MESSAGE'))
    return Event(PLACE, source, words_of(found.get('MESSAGE_ID')), level, int(found['__REALTIME_TIMESTAMP']) / 1e6, message)


def words_of(value) -> str:
    """Return a field as text, in whichever of its forms it comes.

    >>> words_of('a'), words_of(None), words_of([98, 97, 100, 32, 255]), words_of(['a', 'b'])
    ('a', '', 'bad \ufffd', 'a b')
    """
    if isinstance(value, list):
        if value and all(isinstance(one, int) and 0 <= one < 256 for one in value):
            return bytes(value).decode('utf-8', 'replace')
        return ' '.join(words_of(one) for one in value)
    return '' if value is None else str(value)


# === LOOK === #

def query(settings: JournalSettings, *arguments: str) -> tuple[str, str]:
    """Return what journalctl says to these arguments, and what it complains about beside that.

    :raises SourceUnavailable: there is none, or it has no answer
    """
    tool = programs.find(JOURNALCTL)
    if tool is None:
        raise SourceUnavailable(f"there is no journalctl ({' or '.join(JOURNALCTL)})")
    where = [] if not settings.journal else ['-D', settings.journal] if os.path.isdir(settings.journal) else ['--file', settings.journal]
    command = [tool, '--no-pager', '-o', 'json', f'--output-fields={FIELDS}', *where]
    try:
        done = programs.run([*command, '--all', *arguments], CALL_S, max_bytes=MAX_BYTES)
    except SourceUnavailable as error:
        if 'bytes' not in str(error):
            raise
        done = programs.run([*command, *arguments], CALL_S, max_bytes=MAX_BYTES)  # long messages are left out
    if done.code:
        raise SourceUnavailable(f"the journal cannot be read: {done.words}")
    return done.out.decode('utf-8', 'replace'), done.words if done.err.strip() else ''


def query_page(settings: JournalSettings, is_bookmarked: bool, *arguments: str) -> tuple[str, str]:
    """Return :func:`query` of the oldest entries that these arguments mean, a page of them.

    From systemd 254 on ``-n 500`` beside ``--since`` means the newest 500, and ``-n +500`` the oldest; older ones mean the oldest by ``-n 500``, and
    need not know the sign.
    """
    if not is_bookmarked:
        try:
            return query(settings, '-n', f'+{PAGE_SIZE}', *arguments)
        except SourceUnavailable as error:
            if 'Failed to parse' not in str(error):
                raise
    return query(settings, '-n', str(PAGE_SIZE), *arguments)


def newest_of(settings: JournalSettings) -> tuple[Event, str, str]:
    """Return the newest entry of the journal, its cursor, and what journalctl complains about.

    :raises SourceUnavailable: there is none, which proves nothing about errors
    """
    text, complaint = query(settings, '-n', '1')
    events, cursors, _broken = parse(text)
    if not events:
        raise SourceUnavailable(f"the journal shows no entry at all{': ' + complaint if complaint else ', it is empty or may not be read'}")
    return events[-1], cursors[-1], complaint


def is_there(settings: JournalSettings, cursor: str) -> bool:
    """Tell whether the journal still holds the entry of a cursor."""
    try:
        _events, cursors, _broken = parse(query(settings, '--cursor', cursor, '-n', '1')[0])
    except SourceUnavailable as error:
        if 'cursor' in str(error).lower():
            return False
        raise
    return cursors[:1] == [cursor]


def read_new(settings: JournalSettings, kept: dict, newest, now: float) -> tuple[bool, int, str]:
    """Read what came since the last look into the tally, a page at a time, and move the bookmark along.

    :param newest: newest entry and its cursor, read before
    :return: whether more waits, how many lines were no entries, and what journalctl complains about
    """
    broken, complaint = 0, ''
    priorities = f"0..{settings.read_to + 1 if settings.read_to > 1 else 2}"
    for page in range(MAX_PAGES):
        if not may_go_on(page):
            break
        mark = kept['marks'].get(PLACE)
        # Not --after-cursor: beside -p it leaves out one entry too many when the bookmark's own entry is of another priority (systemd 252).
        start = ('--cursor', mark) if mark else ('--since', f'@{int(now) - settings.window_s}')
        text, said = query_page(settings, bool(mark), '-p', priorities, *start)
        events, cursors, lost = parse(text)
        broken, complaint = broken + lost, complaint or said
        is_last = len(events) + lost < PAGE_SIZE
        if not is_last and not cursors:
            raise SourceUnavailable("journalctl gave lines that are no entries")
        take(kept, events[1:] if mark and cursors[:1] == [mark] else events, settings, now)
        add(kept, [UNREAD] * lost, settings, now)  # the bookmark leaves them behind: nobody will look at them again
        is_later = bool(events) and events[-1].at >= newest[0].at
        kept['marks'][PLACE] = cursors[-1] if is_later or not is_last else newest[1]
        if is_last:
            return False, broken, complaint
    return True, broken, complaint


def look_into(settings: JournalSettings, kept: dict, now: float) -> tuple[float, bool, list[str]]:
    """Read the journal from where the last look ended.

    :return: age of its newest entry, whether more waits, and what makes the answer doubtful
    :raises SourceUnavailable: it cannot be read
    """
    event, cursor, complaint = newest_of(settings)
    mark = kept['marks'].get(PLACE)
    if mark and not is_there(settings, mark):
        note(kept, PLACE, "the place reached is no longer in the journal: it was cleared, or entries were lost unread", now)
        del kept['marks'][PLACE]
    more, broken, said = read_new(settings, kept, (event, cursor), now)
    problems = [f"journalctl says: {complaint or said}"] if complaint or said else []
    problems += [counted(broken, "line of the journal", "lines of the journal") + " cannot be read"] if broken else []
    if settings.stale_h and now - event.at > settings.stale_h * 3600:
        problems.append(f"no entry in the journal for {int((now - event.at) // 3600)} h: nothing seems to be written into it")
    return now - event.at, more, problems


@collector('events', title=TITLE, help=HELP, settings=JournalSettings, metrics=METRICS, limits=LIMITS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: JournalSettings, memory: dict):
    """Read the journal from where the last look ended."""
    now, kept = time.time(), memory['kept']
    begin(kept, settings)
    forget_old(kept, settings, now)
    try:
        newest_s, more, problems = look_into(settings, kept, now)
    except SourceUnavailable as error:  # what was critical stays so
        newest_s, more, problems = None, False, [str(error)]
    yield reading_of(PLACE, '', kept, settings, now, problem='; '.join(problems), newest_s=newest_s, more=more)
