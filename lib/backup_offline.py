"""Whether a company has internet, and what is asked of its backups while it has none.

The cloud does not count then, and the same bytes have to lie on two other machines. Nobody's word makes less be asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from .backup import UNMOUNTED, Chain, File, Place, Promise, judge

OTHERS = 2
# What is back has to hold for so long before it counts: a line that comes and goes is one outage.
HELD_FOR = timedelta(minutes=30)
# For so long at most a person's word counts; it can be given again.
LONGEST_WORD = timedelta(hours=24)
# What only another copy helps against.
ONLY_COPYING = frozenset({'no_copy', 'too_few_places', 'removable', 'same_machine', 'differs'})


@dataclass(frozen=True, slots=True)
class Look:
    """What one check of the way to the internet says.

    :param state: up, down, or blind: it could not look, or nobody knows
    :param since: naive UTC from which it has said so
    """

    host: int
    state: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What all hosts say together.

    :param state: up, down, unknown, or none where nobody looks
    :param since: naive UTC from which it is down
    :param hosts: those that say so
    """

    state: str
    since: datetime | None = None
    hosts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A time without internet, naive UTC.

    :param end: None while it goes on; a person's word has its end from the beginning
    """

    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Tell whether there was no internet at a moment.

        >>> noon = datetime(2026, 11, 27, 12)
        >>> Span(noon, None).covers(noon), Span(datetime(2026, 11, 27), noon).covers(noon)
        (True, False)
        """
        return self.start <= moment and (self.end is None or moment < self.end)


def began(spans: Iterable[Span], moment: datetime) -> datetime:
    """Return when the time without internet began that goes on at a moment; several spans that go on from each other are one.

    >>> morning, noon = datetime(2026, 11, 27, 8), datetime(2026, 11, 27, 12)
    >>> began([Span(noon, None), Span(morning, noon), Span(datetime(2026, 11, 26), datetime(2026, 11, 26, 9))], datetime(2026, 11, 27, 13)) == morning
    True
    """
    begin = moment
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        if span.start <= begin and (span.end is None or span.end >= begin):
            begin = span.start
    return begin


def looks_outside(settings: dict) -> bool:
    """Tell whether a check looks at something outside the house, as far as its address tells: a router that answers is no internet.

    >>> [looks_outside(one) for one in ({'host': '1.1.1.1', 'port': 443}, {'host': 'example.org'}, {})]
    [True, True, True]
    >>> [looks_outside(one) for one in ({'url': 'https://192.168.1.1/'}, {'host': 'localhost'}, {'port': 443})]
    [False, False, False]
    """
    host = settings.get('host') or _host_of(settings.get('url')) or ('localhost' if 'port' in settings else '')
    try:
        return ip_address(str(host or '')).is_global
    except ValueError:  # a name, or nothing of the kind
        return host != 'localhost'


def _host_of(url) -> str:
    try:
        return urlsplit(str(url or '')).hostname or ''
    except ValueError:
        return ''


def seen(looks: Iterable[Look]) -> Seen:
    """Return whether there is internet, by what the hosts say.

    One host that gets out is enough: what the others lack is theirs. It is down when two hosts say so and none gets out; one alone, which may
    have a broken cable, is believed only where no other host looks at all. Who could not look has no voice.
    """
    by_host = {}
    for look in looks:
        by_host.setdefault(look.host, []).append(look)
    said = {host: _of_host(mine) for host, mine in by_host.items()}
    up = tuple(host for host, look in said.items() if look.state == 'up')
    down = tuple(host for host, look in said.items() if look.state == 'down')
    if up:
        return Seen('up', hosts=up)
    if len(down) > 1 or (down and len(said) == 1):
        # The one that held out longest says from when on it was down.
        return Seen('down', max((said[host].since for host in down if said[host].since), default=None), down)
    return Seen('unknown' if said else 'none', hosts=down)


def _of_host(looks: list[Look]) -> Look:
    """Return what one host says: whichever way it gets out will do, and it is cut off since the last of them went."""
    state = min((look.state for look in looks), key=('up', 'down', 'blind').index)
    return max((look for look in looks if look.state == state), key=lambda look: look.since or datetime.min)


def step(is_open: bool, back_at: datetime | None, found: Seen, now: datetime) -> str:
    """Return what follows for the outage that hosts tell of: open, back, again, end, or '' for nothing.

    :param is_open: one is known already
    :param back_at: naive UTC, since when it seems to be over
    """
    if not is_open:
        return 'open' if found.state == 'down' else ''
    if found.state == 'none':
        return 'end'  # nobody looks any more
    if found.state != 'up':
        return 'again' if back_at else ''  # what nobody sees does not hold
    return 'back' if back_at is None else 'end' if now - back_at >= HELD_FOR else ''


def concerns(spans: Iterable[Span], copied_until: datetime, now: datetime, *, is_current: bool) -> bool:
    """Tell whether the backup of a day is asked for without the cloud.

    A day fell into an outage when there was no internet at the moment until which its copies had to be at their places; that is decided by
    then, and stays. Besides, whatever is judged as it stands now is asked for so while there is none.

    :param copied_until: naive UTC
    :param is_current: as for :func:`lib.backup.judge`
    """
    moments = {min(copied_until, now)} | ({now} if is_current else set())
    return any(span.covers(moment) for span in spans for moment in moments)


def raised(promise: Promise) -> Promise:
    """Return what is asked for without the cloud: never less than before.

    >>> raised(Promise(frozenset(), 24, 6, 2, 'UTC')).machines, raised(Promise(frozenset(), 24, 6, 4, 'UTC')).machines
    (3, 4)
    """
    return replace(promise, machines=max(promise.machines, 1 + OTHERS), is_offline=True)


def is_lost(chain: Chain, places: Iterable[Place], files: Sequence[File], now: datetime) -> bool:
    """Tell whether a backup that lay on as many machines as were asked for surely does so no more.

    Who cannot look now has lost nothing of what it told of last, and what is read anew may still be it.

    :param now: naive UTC
    """
    as_told = [replace(place, state='seen') if place.state in ('silent', 'blind', UNMOUNTED) else place for place in places]
    return judge(chain.day, chain.promise, as_told, files, now).links[2].code in ONLY_COPYING
