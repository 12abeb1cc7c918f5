"""Errors that Windows and its programs wrote into the event logs: what the server manager shows as alerts.

Read through ``wevtutil`` by its absolute path, each event once: the record number reached is kept for each channel, also over the agent's
restarts, so nothing is counted twice and nothing is missed while the agent was away. A first look goes back ``window_h`` hours. What was found is
told for ``window_h`` hours after it was found, so that a state lasts long enough to be seen: by default any event is a warning, one that ``page``
or ``page_text`` means is critical. Source and id are the provider's name and the event's number, the same in every language
(``Service Control Manager/7034``).

A log that was cleared is a warning of its own (its numbers begin again, or event 104 or 1102 says so), as is one that overwrote events before they
were read. A channel that is not there, may not be read or gives no proof that it was read is unknown and costs no other channel. An event that
is no readable XML counts as an error of ``unreadable``. At most 10,000 events a channel are read at a look, the rest at the next.

Other settings count afresh over the last window. Channels that are switched off hold nothing; ``Security`` needs administrator's rights.

Tried on: constructed samples after the schema of events; Wine's wevtutil, which proves nothing and is unknown. Not tried on the real thing: the
event log of a real Windows.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from .. import time_limit
from ..errors import SourceUnavailable
from ..registry import collector, setting
from ..system_logs import SPACE, ask_wevtutil, events_of, taken_apart
from ._events_common import (
    EVERY_S,
    HELP,
    LIMITS,
    MAX_BYTES,
    MAX_PAGES,
    METRICS,
    TIMEOUT_S,
    TITLE,
    Event,
    EventSettings,
    begin,
    forget_old,
    may_go_on,
    note,
    reading_of,
    take,
)

WITHOUT_MESSAGES_S = 8
PAGE_SIZE = 250  # finding the messages takes its time
MAX_CHANNELS = 12
CHANNELS = ('System', 'Application', 'Setup')
# Components that ask for rights they do not need, and a handshake that a scanner broke off: on every machine, and nobody's work.
IGNORE = ('Microsoft-Windows-DistributedCOM/10016', 'Schannel/36887')
PAGE = ('Microsoft-Windows-Kernel-Power/41', 'EventLog/6008', 'Microsoft-Windows-WER-SystemErrorReporting/1001', 'disk/7', 'disk/51', 'disk/153',
        'Ntfs/55', 'Microsoft-Windows-Ntfs/55', 'Microsoft-Windows-Ntfs/98', 'stor*/129')
CLEARED = {('Microsoft-Windows-Eventlog', '104'), ('Microsoft-Windows-Eventlog', '1102')}


@dataclass(frozen=True)
class WindowsEventSettings(EventSettings):
    """What counts, and in which channels."""

    ignore: list = setting('list', IGNORE, help="Events to leave out: source or source/id, with * and ? (`Schannel/36887`).")
    page: list = setting('list', PAGE, help="Events that are critical at once: source or source/id; those of level warning too.")
    channels: list = setting('list', CHANNELS, help="Event logs to read, at most 12, for instance Microsoft-Windows-Backup.")

    def __post_init__(self):
        self.refuse_wrong()
        if not 0 < len(self.channels) <= MAX_CHANNELS or not all(re.fullmatch(r'[^\x00-\x1f"<>|]{1,200}', one) for one in self.channels):
            raise ValueError(f"channels: expected 1 to {MAX_CHANNELS} names of event logs")
        if any(one.startswith(('/', '-')) for one in self.channels):
            raise ValueError("channels: expected names of event logs, none begins with / or -")


@dataclass(frozen=True)
class Record:
    """An event and its number within its channel; ``cleared`` names the log that it says was cleared."""

    number: int
    event: Event
    cleared: str = ''


# An event as `wevtutil qe … /f:RenderedXml` gives it, one after the other without a common root. RenderingInfo is missing where the provider's
# messages are; the time is UTC with up to nine digits after the point.
#
#     <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='disk'/><EventID Qualifiers='49156'>7</EventID>
#     <Level>2</Level><TimeCreated SystemTime='2026-11-23T03:12:44.1234567Z'/><EventRecordID>48213</EventRecordID><Channel>System</Channel></System>
#     <EventData><Data>\Device\Harddisk1\DR1</Data></EventData><RenderingInfo Culture='en-US'><Message>…</Message></RenderingInfo></Event>


def parse(text: str, channel: str) -> list[Record]:
    """Return the events of a stream, in its order; one that cannot be read is an error of the source ``unreadable``. Pure."""
    return [record_of(one, channel) for one in events_of(text)]


def record_of(xml: str, channel: str) -> Record:
    """Return one event."""
    try:
        root, number, provider, ident = taken_apart(xml)
        system = root.find(f'{SPACE}System')
        level = int(system.findtext(f'{SPACE}Level') or 0) or 4  # 0: always logged, not more than a note
        at = time_of(system.find(f'{SPACE}TimeCreated').get('SystemTime'))
        event = Event(channel, provider, ident, level, at, message_of(root))
        return Record(number, event, cleared_by(root, channel) if (provider, ident) in CLEARED else '')
    except (AttributeError, TypeError, ValueError):
        found = re.search(r'<EventRecordID>(\d{1,18})</EventRecordID>', xml)
        return Record(int(found[1]) if found else 0, Event(channel, 'unreadable', '', 2, 0.0, re.sub('</?[A-Za-z][^<>]*>', ' ', xml)))


def time_of(text: str) -> float:
    """Return the time of an event, seconds since 1970. :raises ValueError: it is none

    >>> time_of('2026-11-23T03:12:44.123456700Z'), time_of('2026-11-23T03:12:44Z')
    (1795403564.123456, 1795403564.0)
    """
    head, _point, digits = text.rstrip('Z').partition('.')
    at = datetime.strptime(head, '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc).timestamp()
    return at + float(f"0.{(digits or '0')[:6]}")


def message_of(root) -> str:
    """Return the message in the machine's language, or what the event carries when no message is known."""
    message = root.findtext(f'{SPACE}RenderingInfo/{SPACE}Message')
    if message and message.strip():
        return message
    return ' '.join(' '.join(one.itertext()).strip() for name in ('EventData', 'UserData') for one in root.iter(f'{SPACE}{name}')).strip()


def cleared_by(root, channel: str) -> str:
    """Return which log an event of the log service says was cleared; the channel itself where it does not name one."""
    for one in root.iter():
        if one.tag.rpartition('}')[2] == 'Channel' and one is not root.find(f'{SPACE}System/{SPACE}Channel'):
            return (one.text or '').strip() or channel
    return channel


def xpath(settings: WindowsEventSettings, channel: str, mark: int, back_s: int) -> str:
    """Return the query for what came after a record number, or within the last seconds when there is none. Pure."""
    wanted = sorted(settings.wanted | set(range(1, settings.read_to + 1) if settings.read_to > max(settings.wanted) else ()))
    parts = [f'Level={one}' for one in wanted] + {'system': ['EventID=104'], 'security': ['EventID=1102']}.get(channel.lower(), [])
    after = f'EventRecordID > {mark}' if mark else f'TimeCreated[timediff(@SystemTime) <= {back_s * 1000}]'
    return f"*[System[({' or '.join(parts)}) and {after}]]"


# === LOOK === #

def query(channel: str, path: str, count: int, *, newest_first: bool = False, rendered: bool = True) -> list[Record]:
    """Return at most ``count`` events of a channel that a query finds."""
    answer = ask_wevtutil('qe', channel, f'/q:{path}', f"/f:{'RenderedXml' if rendered else 'XML'}", f"/rd:{'true' if newest_first else 'false'}",
                          f'/c:{count}', '/uni:true', max_bytes=MAX_BYTES, keep_s=WITHOUT_MESSAGES_S if rendered else 0.0)
    found = parse(answer, channel)
    if answer.strip() and not found:
        raise SourceUnavailable("wevtutil gave an answer that holds no events")
    return found


def newest_of(channel: str) -> Record | None:
    """Return the newest event of a channel; None of one that is empty and says so.

    :raises SourceUnavailable: an empty answer without a proof that the channel was read
    """
    found = query(channel, '*', 1, newest_first=True, rendered=False)
    if found:
        return found[0]
    said = re.search(r'^[ \t]*numberOfLogRecords:[ \t]*([0-9]+)', ask_wevtutil('gli', channel), re.MULTILINE)
    if not said or said[1].strip('0'):
        raise SourceUnavailable("wevtutil gave no event and no proof that the log is empty")
    return None


def read_channel(settings: WindowsEventSettings, channel: str, kept: dict, now: float) -> tuple[Record | None, bool]:
    """Read what came since the last look into the tally, a page at a time, and move the bookmark along.

    :return: the newest event of the channel, and whether more waits
    :raises SourceUnavailable: the channel cannot be read
    """
    newest, mark = newest_of(channel), kept['marks'].get(channel)
    number = newest.number if newest else 0
    if mark is not None and number < mark:
        note(kept, channel, "the log was cleared", now)
        mark = None
    elif mark and number > mark:
        oldest = query(channel, '*', 1, rendered=False)
        if oldest and oldest[0].number > mark + 1:
            note(kept, channel, "the log was cleared or overwrote events before they were read", now)
    if mark == number or not newest:
        kept['marks'][channel] = number
        return newest, False
    for page in range(MAX_PAGES):
        if not may_go_on(page):
            break
        records = read_page(settings, channel, mark or 0)
        take(kept, [one.event for one in records], settings, now)
        for one in records:
            if one.cleared and one.event.at > now - settings.window_s:
                note(kept, one.cleared if one.cleared in settings.channels else channel, f"the log {one.cleared} was cleared", now)
        mark = max([mark or 0, *(one.number for one in records)])
        if len(records) < PAGE_SIZE:
            kept['marks'][channel] = max(mark, number)
            return newest, False
        kept['marks'][channel] = mark
    return newest, True


def read_page(settings: WindowsEventSettings, channel: str, mark: int) -> list[Record]:
    """Return the next events; without their messages where these cannot be had (a provider that hangs, or one answer that is too large)."""
    path = xpath(settings, channel, mark, settings.window_s)
    try:
        return query(channel, path, PAGE_SIZE)
    except SourceUnavailable:
        return query(channel, path, PAGE_SIZE, rendered=False)


@collector('events', title=TITLE, help=HELP, settings=WindowsEventSettings, metrics=METRICS, limits=LIMITS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: WindowsEventSettings, memory: dict):
    """Read each channel from where the last look ended."""
    now, kept = time.time(), memory['kept']
    begin(kept, settings)
    forget_old(kept, settings, now)
    for place, channel in enumerate(settings.channels):
        newest, more, problem = None, False, ''
        try:
            # One channel that hangs leaves the others their part of the time.
            with time_limit.of(time_limit.left(TIMEOUT_S) / (len(settings.channels) - place) + time_limit.MIN_MARGIN_S):
                newest, more = read_channel(settings, channel, kept, now)
        except SourceUnavailable as error:
            problem = f"cannot be read: {error}"
        age = now - newest.event.at if newest and newest.event.at else None
        yield reading_of(channel, channel, kept, settings, now, problem=problem, newest_s=age, more=more)
