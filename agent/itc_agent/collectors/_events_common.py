"""What the two collectors of the kind ``events`` share: settings, what counts, and how long it is told.

What was found stays in ``memory['kept']`` as a tally, never the events themselves: for each place, source and number how many were found in which
part of the window, when the first and the last was, and one sample.
"""
from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from .. import time_limit
from ..judge import clip, counted, seconds_text
from ..registry import Metric, setting
from ..results import Limit, Reading, State, worst

TITLE, HELP = "Errors in the system's log", "Errors that the system and its programs wrote into the system's log."
METRICS = [
    Metric('events', '', "Events found within the window."),
    Metric('event_kinds', '', "How many different ones, by source and number."),
    Metric('paged', '', "Of them those that are critical at once."),
    Metric('newest_s', 's', "Age of the newest entry of the log, of whatever level."),
]
LIMITS = [Limit('events', '>', 0, None)]
EVERY_S, TIMEOUT_S = 300, 60
LEVELS = {'critical': 1, 'error': 2, 'warning': 3}
PAGE_SIZE, MAX_PAGES = 500, 40  # a program that floods the log must not hide for hours what else is in it
REST_S = 3.0  # of a look, in which no further page is begun
MAX_BYTES = 2 ** 24
PARTS = 24  # of the window: how finely the tally forgets
MAX_KINDS, MAX_NOTES = 24, 8
MAX_SAMPLE, MAX_NAME = 300, 100
MAX_TALLY, SHORT_SAMPLE = 40_000, 60  # signs of JSON, where a letter of another script takes six
OTHERS = 'others'


@dataclass(frozen=True)
class EventSettings:
    """What counts, and for how long."""

    levels: list = setting('list', ('critical', 'error'), help="Levels that count: critical, error, warning.")
    ignore: list = setting('list', (), help="Events to leave out: source or source/id, with * and ? (`Schannel/36887`).")
    ignore_text: list = setting('list', (), help="Events to leave out: words their message holds; case does not count.")
    page: list = setting('list', (), help="Events that are critical at once: source or source/id; those of level warning too.")
    page_text: list = setting('list', (), help="Events that are critical at once: words their message holds.")
    window_h: int = setting('int', 24, help="Hours that an event is told after it was found (1 to 168); a first look goes back as far.")

    def __post_init__(self):
        self.refuse_wrong()

    def refuse_wrong(self) -> None:
        """Check what both systems have in common. :raises ValueError: a setting makes no sense"""
        if not self.levels or not set(self.levels) <= set(LEVELS):
            raise ValueError(f"levels: expected one or more of {', '.join(LEVELS)}")
        if not 1 <= self.window_h <= 168:
            raise ValueError("window_h: expected 1 to 168")
        if not all(one.strip() for one in (*self.ignore, *self.ignore_text, *self.page, *self.page_text)):
            raise ValueError("ignore, page: expected no empty entry, it would mean everything")

    @property
    def window_s(self) -> int:
        return self.window_h * 3600

    @property
    def wanted(self) -> set:
        """Numbers of the levels that count."""
        return {LEVELS[one] for one in self.levels}

    @property
    def read_to(self) -> int:
        """The mildest level that has to be read; what is critical at once may be written as a warning."""
        return max(*self.wanted, LEVELS['warning'] if self.page or self.page_text else 0)


@dataclass(frozen=True)
class Event:
    """An event of a log.

    :param place: the channel or journal it stands in
    :param ident: its number or message id, empty when it has none
    :param level: 1 critical, 2 error, 3 warning; above that it only matters to the log itself
    :param at: its own time, seconds since 1970; 0 when it cannot be read
    """

    place: str
    source: str
    ident: str
    level: int
    at: float
    text: str


def plain(text: str, length: int = MAX_SAMPLE) -> str:
    """Return a message as one line of signs that can be read.

    >>> plain('disk \\x1b[31mfull\\x1b[0m\\n now\\x00')
    'disk full now'
    """
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text[:length * 20])
    return clip(' '.join(''.join(sign if sign.isprintable() else ' ' for sign in text).split()), length)


def means(entries, source: str, ident: str) -> bool:
    """Tell whether one of the settings' entries means an event; case does not count.

    >>> means(['Schannel/36887'], 'Schannel', '36887'), means(['disk'], 'disk', '7'), means(['*/7'], 'disk', '7'), means(['disk/7'], 'disk', '17')
    (True, True, True, False)
    """
    named = f'{source}/{ident}'.lower()
    return any(fnmatchcase(named, one.lower()) or fnmatchcase(source.lower(), one.lower()) for one in entries)


def holds(words, text: str) -> bool:
    return any(one.lower() in text.lower() for one in words)


def may_go_on(page: int) -> bool:
    """Tell whether there is time for another page of events; there is for the first."""
    return page == 0 or time_limit.left(TIMEOUT_S) > REST_S


# === TALLY === #

def begin(kept: dict, settings: EventSettings) -> None:
    """Forget bookmarks and tally when other settings decide what counts: the next look is a first one. What was said of the log itself stays."""
    shape = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode('ascii')).hexdigest()[:16]
    if kept.get('settings') != shape or not all(isinstance(kept.get(key), kind) for key, kind in (('marks', dict), ('tally', list))):
        notes = kept.get('notes')
        kept.clear()
        kept.update(settings=shape, marks={}, tally=[], notes=notes if isinstance(notes, list) else [])


def is_paged(event: Event, settings: EventSettings) -> bool:
    return event.level <= LEVELS['warning'] and (means(settings.page, event.source, event.ident) or holds(settings.page_text, event.text))


def counts(event: Event, settings: EventSettings) -> bool:
    """Tell whether an event is told: by its level or because it is critical at once, and not left out."""
    left_out = means(settings.ignore, event.source, event.ident) or holds(settings.ignore_text, event.text)
    return not left_out and (event.level in settings.wanted or is_paged(event, settings))


def take(kept: dict, events, settings: EventSettings, now: float) -> None:
    """Add what was found and counts to the tally."""
    add(kept, [one for one in events if counts(one, settings)], settings, now)


def add(kept: dict, events, settings: EventSettings, now: float) -> None:
    """Add events to the tally, whatever the settings leave out; it stays of a bounded size."""
    part = settings.window_s // PARTS
    stamp = str(int(now // part * part))
    known = {(one['place'], one['source'], one['id'], one['paged']): one for one in kept['tally']}
    for event in events:
        key = (event.place, plain(event.source, MAX_NAME), plain(event.ident, MAX_NAME), is_paged(event, settings))
        one, at = known.get(key), event.at or now
        if one is None:
            one = known[key] = {'place': key[0], 'source': key[1], 'id': key[2], 'paged': key[3], 'found': {}, 'last': at, 'text': ''}
            kept['tally'].append(one)
        one['found'][stamp] = one['found'].get(stamp, 0) + 1
        if at >= one['last'] or not one['text']:
            one['last'], one['text'] = max(at, one['last']), plain(event.text)
    crowd(kept)


def crowd(kept: dict) -> None:
    """Put the rarest kinds of a crowded tally together as ``others``; none is lost from the count."""
    rows = sorted(kept['tally'], key=lambda one: (one['source'] == OTHERS, not one['paged'], -sum(one['found'].values())))
    if len([one for one in rows if one['source'] != OTHERS]) > MAX_KINDS:
        kept['tally'], rest = rows[:MAX_KINDS], {}
        for one in rows[MAX_KINDS:]:
            into = rest.setdefault((one['place'], one['paged']), {**one, 'source': OTHERS, 'id': '', 'found': {}, 'text': ''})
            for stamp, count in one['found'].items():
                into['found'][stamp] = into['found'].get(stamp, 0) + count
            into['last'] = max(into['last'], one['last'])
        kept['tally'] += rest.values()
    if len(json.dumps(kept['tally'])) > MAX_TALLY:
        for one in rows[1:]:
            one['text'] = clip(one['text'], SHORT_SAMPLE)


def forget_old(kept: dict, settings: EventSettings, now: float) -> None:
    """Drop what was found longer ago than the window. A clock that was set back makes nothing stay for ever."""
    part = settings.window_s // PARTS
    for one in kept['tally']:
        found: dict = {}
        for stamp, count in one['found'].items():
            at = min(int(stamp), int(now // part * part))
            if at + part + settings.window_s > now:
                found[str(at)] = found.get(str(at), 0) + count
        one['found'] = found
    kept['tally'] = [one for one in kept['tally'] if one['found']]
    for note in kept['notes']:
        note['at'] = min(note['at'], now)
    kept['notes'] = [note for note in kept['notes'] if note['at'] + settings.window_s > now][-MAX_NOTES:]


def note(kept: dict, place: str, text: str, now: float) -> None:
    """Keep what happened to a log itself (cleared, read too late): a warning for as long as an event is told."""
    if not any(one['place'] == place and one['at'] == now for one in kept['notes']):  # two signs of one thing
        kept['notes'].append({'place': place, 'at': now, 'text': text})


# === READINGS === #

def reading_of(place: str, item: str, kept: dict, settings: EventSettings, now: float, *, problem: str = '', newest_s=None, more: bool = False) -> Reading:
    """Return the reading of one channel or journal.

    :param problem: why it could not be read, or not wholly; what is known already is told beside it
    :param newest_s: age of its newest entry, None when there is none
    :param more: there was more to read than one look can
    """
    rows = [one for one in kept['tally'] if one['place'] == place]
    notes = [one for one in kept['notes'] if one['place'] == place]
    found = {id(one): sum(one['found'].values()) for one in rows}
    paged = sum(found[id(one)] for one in rows if one['paged'])
    values = {'events': sum(found.values()), 'event_kinds': len(rows), 'paged': paged}
    if problem:
        values = {'events': None, 'event_kinds': None, 'paged': None}
    elif newest_s is not None:
        values['newest_s'] = max(0, int(newest_s))
    states = [State.UNKNOWN if problem else State.OK, State.CRITICAL if paged else State.OK, State.WARNING if notes else State.OK]
    words = [problem] if problem else []
    words += [f"{one['text']} ({_ago(now - one['at'])})" for one in notes]
    words += ["more waits to be read"] if more else []
    words += [_most(rows, found, paged, settings, now)] if rows else [] if words else [f"nothing in {settings.window_h} h"]
    return Reading(item, values, worst(states), '; '.join(words))


def _most(rows, found: dict, paged: int, settings: EventSettings, now: float) -> str:
    """Return how many there are, and the most frequent with a sample; one that is critical at once comes first."""
    top = max(rows, key=lambda one: (one['paged'], found[id(one)], one['last']))
    name = f"{top['source']}/{top['id']}" if top['id'] else top['source']
    total = sum(found.values())
    share = f"{found[id(top)]} of " if total != found[id(top)] else ''
    text = f"{share}{counted(total, 'event')} in {settings.window_h} h: {name}, last {_ago(now - top['last'])}"
    return clip(f"{text}: {top['text']}" if top['text'] else text, MAX_SAMPLE) if not paged else clip(f"critical at once: {text}: {top['text']}", MAX_SAMPLE)


def _ago(seconds: float) -> str:
    return "just now" if seconds < 120 else f"{seconds_text(seconds)} ago"
