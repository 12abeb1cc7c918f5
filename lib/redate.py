"""When a host's records were really made, by the server's clock, however wrong the host's own clock was or is.

A record bears two times: the host's wall clock, which can be set, and its monotonic clock, which cannot, but starts anew with each boot.
A report received ties a boot's monotonic clock to ours: an ``Anchor``. Two things may stand between a record and an anchor: the wall clock
was set, or the host slept while its monotonic clock stood still. What neither the clocks nor the anchors around a record rule out is its
*doubt*: by so many seconds it may be off, mostly older. Seconds are since 1970, UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .wire_record import Event, Record

# Two readings that differ by less agree: the way of a report, rounding and a clock that is slowly put right lie in it.
SLACK_S = 30

# The host's clock is right now, so what agrees with it was dated by a right clock.
RIGHT_S = 300

# The doubt of what nothing ties to our clock; a third of a century, so that it is larger than any interval.
UNDATED_S = 1e9

# No spool holds more than this; an older time comes from a wrong clock and says nothing.
OLDEST_S = 400 * 86400

# A clock that nobody sets may still run a little fast or slow.
DRIFT = 5e-4

# Hosts whose monotonic clock counts the time asleep too say so with this in front of their boot session.
COUNTS_SLEEP = 'boottime:'

KEPT_BOOTS = 4
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One report of a boot.

    :param mono: the monotonic clock when it was sent
    :param start: our time minus ``mono``: when the monotonic clock would have stood at 0
    :param clock: the same by the host's wall clock; another one when that was set
    """

    mono: float
    start: float
    clock: float


@dataclass(frozen=True, slots=True)
class Boot:
    """A time from a start of the host to the next one, as far as its reports tell.

    :param first_seq: from here on records are known to be of this boot
    :param has_start: its first record is there, so earlier ones are not of it
    :param end_seq: where they end, None while that is not known
    :param anchors: the last report that left nothing in the spool (else the first), and the last one
    """

    session: str
    first_seq: int
    has_start: bool = False
    end_seq: int | None = None
    anchors: tuple[Anchor, ...] = ()

    @property
    def counts_sleep(self) -> bool:
        return self.session.startswith(COUNTS_SLEEP)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is remembered of one epoch of a host.

    :param boots: oldest first
    :param seen_seq: the highest number that was ever in a report
    :param start_seq: where the last start of the host lies that the newest boot's reports showed, None before any
    """

    boots: tuple[Boot, ...] = ()
    seen_seq: int = 0
    start_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """When a record was made.

    :param at: naive UTC by our clock
    :param doubt_s: by how much that may be wrong; 0 when it is sure, ``UNDATED_S`` when it is only a guess
    """

    at: datetime
    doubt_s: float


def load(value: list | None) -> Timeline:
    """Return a timeline from what ``dump`` made of it.

    >>> load(dump(Timeline((Boot('b', 3, True, None, (Anchor(1.0, 2.0, 3.0),)),), 9, 3))).boots[0].anchors[0].start
    2.0
    """
    if not value:
        return Timeline()
    boots, seen_seq, start_seq = value
    return Timeline(
        tuple(Boot(*facts, tuple(Anchor(*one) for one in anchors)) for *facts, anchors in boots), seen_seq, start_seq)


def dump(timeline: Timeline) -> list:
    """Return a timeline as plain data for JSON."""
    return [
        [[boot.session, boot.first_seq, boot.has_start, boot.end_seq, [[one.mono, one.start, one.clock] for one in boot.anchors]]
         for boot in timeline.boots],
        timeline.seen_seq, timeline.start_seq]


def date_report(
    timeline: Timeline, report, received: datetime, frontier: int, known_since: datetime, *, is_kept: bool,
) -> tuple[dict[int, Dated], Timeline]:
    """Return when each record of a report was made, by ``seq``, and what to remember of it.

    :param report: :class:`lib.protocol.Report`
    :param received: naive UTC of its receipt
    :param frontier: the ``seq`` after the last one that all reports before have brought without a hole
    :param known_since: naive UTC before which this host cannot have made a record for us
    :param is_kept: all its records are stored or rejected; else some come again
    """
    received_s = _seconds(received)
    now = Anchor(report.mono_now, received_s - report.mono_now, _seconds(report.agent_now) - report.mono_now)
    is_tail = report.latest is None and report.end_seq > timeline.seen_seq
    timeline = _follow(timeline, report, frontier, is_tail)
    *past, boot = timeline.boots
    since = max([_seconds(known_since), *(one.start + one.mono for before in past for one in before.anchors)])
    dated = {}
    for record in (*report.records, report.latest) if report.latest else report.records:
        at, doubt_s = _date(record, timeline.boots, now, since, report.end_seq)
        dated[record.seq] = Dated(_moment(min(at, received_s)), doubt_s if doubt_s > SLACK_S else 0.0)
    first = now if is_tail and is_kept or not boot.anchors else boot.anchors[0]
    boot = Boot(boot.session, boot.first_seq, boot.has_start, None, (now,) if first is now else (first, now))
    return dated, Timeline((*past[1 - KEPT_BOOTS:], boot), timeline.seen_seq, timeline.start_seq)


def _follow(timeline: Timeline, report, frontier: int, is_tail: bool) -> Timeline:
    """Return the timeline with the boots that a report tells of, each with the numbers that are surely its own."""
    starts = _starts(report.records)
    latest_seq = report.latest.seq if report.latest else 0
    end_seq = report.end_seq + (latest_seq == report.end_seq)
    seen_seq = max(timeline.seen_seq, end_seq - 1, latest_seq)
    has_hole = report.first_seq > frontier
    *past, boot = timeline.boots or (None,)
    start_seq = timeline.start_seq
    if boot is None or boot.session != report.boot_session:
        past += [boot] if boot else []
        # What comes later is made later; what was there already may be of any boot before.
        boot, start_seq = Boot(report.boot_session, seen_seq + 1), None
    if has_hole:
        start_seq = None  # a start may lie in the hole
    start_seq = max(filter(None, [start_seq, *starts[-1:]]), default=None)
    if not timeline.boots and is_tail and start_seq is None:
        start_seq = report.first_seq
    if start_seq is not None and not boot.has_start and start_seq < boot.first_seq <= end_seq:
        boot = replace(boot, first_seq=start_seq, has_start=True)
    return Timeline((*(_close(one, starts, frontier if has_hole else None) for one in past), boot), seen_seq, start_seq)


def _starts(records: Iterable[Record]) -> list[int]:
    """Return the numbers of the records with which a boot began: a host tells of it, or its monotonic clock went back."""
    starts, before = [], 0.0
    for record in records:
        if record.mono < before - 1 or isinstance(record, Event) and record.kind == 'boot':
            starts.append(record.seq)
        before = record.mono
    return starts


def _close(boot: Boot, starts: list[int], hole_seq: int | None) -> Boot:
    """Return a boot of the past with its end, if a report shows it."""
    ends = [seq for seq in starts if seq >= boot.first_seq + boot.has_start]
    if hole_seq is not None:
        ends.append(max(hole_seq, boot.first_seq))
    return replace(boot, end_seq=min(ends)) if boot.end_seq is None and ends else boot


def _date(record: Record, boots: tuple[Boot, ...], now: Anchor, since: float, end_seq: int) -> tuple[float, float]:
    """Return our time of a record and its doubt, both in seconds.

    :param end_seq: up to here all records are known, so a boot of the past whose end was not seen reaches no farther
    """
    clock = _seconds(record.ts) - record.mono
    *past, boot = boots
    if record.seq >= boot.first_seq:
        if record.mono <= now.mono + 1:
            return _date_now(record.mono, clock, boot, now, since)
    else:
        for one in reversed(past):
            if one.first_seq <= record.seq < (one.end_seq or end_seq):
                return _date_past(record.mono, clock, one, now.start)
    return _date_alone(record.mono, clock, now)


def _date_now(mono: float, clock: float, boot: Boot, now: Anchor, since: float) -> tuple[float, float]:
    """Date a record of the boot that reports it."""
    at = now.start + mono
    if boot.counts_sleep or _agree(clock, now.clock):
        # Was this report held up on its way, or the machine paused from outside? Then an earlier one of this boot says that all is older.
        allowed = [
            one.start + DRIFT * (now.mono - one.mono) + mono for one in boot.anchors if boot.counts_sleep or _agree(one.clock, now.clock)]
        oldest = min([at, *allowed])
        return oldest, at - oldest
    before = [one for one in boot.anchors if one.mono <= mono]
    for one in before:
        if _agree(clock, one.clock):
            return one.start + mono, 0.0
    # The clock was set, or the host slept: as long as the anchors around it, or its silence, leave room for.
    earliest = max((one.start + mono for one in before), default=since)
    return at, max(0.0, at - earliest)


def _date_past(mono: float, clock: float, boot: Boot, until: float) -> tuple[float, float]:
    """Date a record of a boot that ended before it could report it.

    :param until: when the boot that reports it began, by our clock
    """
    before = [one for one in boot.anchors if one.mono <= mono]
    for one in (*reversed(before), *boot.anchors):
        if boot.counts_sleep or _agree(clock, one.clock):
            return min(one.start + mono, until), 0.0
    latest = min([until, *(one.start + mono for one in boot.anchors if one.mono > mono)])
    if not before:
        return latest, UNDATED_S
    earliest = before[-1].start + mono
    return min(earliest, latest), max(0.0, latest - earliest)


def _date_alone(mono: float, clock: float, now: Anchor) -> tuple[float, float]:
    """Date a record of which nobody knows the boot: by the host's clock, if that is right now and was the same then."""
    received, skew = now.start + now.mono, now.start - now.clock
    at = clock + mono + skew
    if _agree(clock, now.clock) and abs(skew) <= RIGHT_S and mono <= now.mono + 1:
        return at, 0.0
    return at if received - OLDEST_S <= at <= received else received, UNDATED_S


def _agree(clock: float, other: float) -> bool:
    return abs(clock - other) <= SLACK_S


def _seconds(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds()


def _moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
