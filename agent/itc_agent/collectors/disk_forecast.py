"""When a volume will be full, if it goes on filling as it has.

At each look the free room is noted; of each hour the least is kept, for 14 days, also over the agent's restarts. From that comes how fast the volume
fills: the median over all pairs of hours that are whole days apart (Theil and Sen's way), up to a week. So neither the day's ups and downs nor a
weekly backup mislead it, and one big cleaning, whenever it was, changes the free room but not the speed. Only what comes in regularly counts.

Before 72 hours were measured it is unknown, and says how long still. A volume whose size changed begins anew: it was made larger, or it is another
one. One that does not fill has 3,650 days. Volumes are chosen as in a check of the kind ``disk``, at most 16; whether one is there and how much is
free, that check tells.

Tried on: volumes of Linux and under Wine, series made for the tests. Not tried on the real thing: two weeks of a server's disk.
"""
from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from ..judge import bytes_text, seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ..volumes import IMAGES, Room, ask, measure, read_mounts
from .disk import PATIENCE_S, DiskSettings, NotThere, Target, cannot, choose, find, read_fstab, real_names

HOUR_S, DAY_HOURS = 3600, 24
KEPT_HOURS, LEAST_HOURS = 14 * DAY_HOURS, 72
MOST_DAYS_APART = 7
NEVER_DAYS = 3650
MAX_VOLUMES = 16
STEPS = 2 ** 20  # free room is kept in steps of this part of the volume: few digits


@dataclass(frozen=True)
class ForecastSettings:
    """Which volumes."""

    include: list = setting('list', (), help="Mount points, drives, UUID=… or patterns; empty: every real volume.")
    exclude: list = setting('list', (), help="Mount points or patterns to leave out.")

    def __post_init__(self):
        DiskSettings(self.include, self.exclude)


@dataclass(frozen=True)
class History:
    """The least free room of each hour.

    :param total: size of the volume, bytes
    :param start: hour of the first value, counted from 1970
    :param free: one value an hour in steps of ``step`` bytes, None of an hour without a look
    """

    total: int
    start: int
    free: tuple

    @property
    def step(self) -> int:
        return max(1, self.total // STEPS)

    @property
    def count(self) -> int:
        return sum(value is not None for value in self.free)


# === HISTORY === #

def read_history(kept) -> History | None:
    """Return what was kept of a volume, None when it is of another shape."""
    try:
        total, start, free = kept['total'], kept['start'], tuple(kept['free'])
    except (TypeError, KeyError):
        return None
    good = all(isinstance(value, int) for value in (total, start, *free) if value is not None) and 0 < len(free) <= KEPT_HOURS
    return History(total, start, free) if good and None not in (total, start) else None


def add(history: History | None, room: Room, hour: int) -> History:
    """Return the history with a look at this hour; it begins anew when the volume or the clock is another. Pure."""
    if history is None or history.total != room.total or not 0 <= hour - history.start < len(history.free) + KEPT_HOURS:
        history = History(room.total, hour, ())
    value, place = room.free // history.step, hour - history.start
    free = [*history.free, *[None] * (place + 1 - len(history.free))]
    free[place] = value if free[place] is None else min(free[place], value)
    gone = max(0, len(free) - KEPT_HOURS)
    return History(history.total, history.start + gone, tuple(free[gone:]))


# === FORECAST === #

def bytes_a_day(history: History) -> float | None:
    """Return how many bytes the volume fills by a day, less than 0 when it empties; None when it cannot be told. Pure.

    The median over pairs k days apart, k from 1 as far as a single jump cannot touch more than half of the pairs. At an even number the lower one
    counts, of free room the one that fills faster.
    """
    free, days = history.free, len(history.free) / DAY_HOURS
    apart = max(1, min(MOST_DAYS_APART, int(2 * days / 3 - 1)))
    slopes = []
    for k in range(1, apart + 1):
        lag = k * DAY_HOURS
        slopes += [(later - earlier) / k for earlier, later in zip(free, free[lag:], strict=False) if earlier is not None and later is not None]
    if not slopes:
        return None
    slopes.sort()
    return -slopes[(len(slopes) - 1) // 2] * history.step


def days_left(free: int, speed: float) -> float:
    """Return after how many days nothing is free, at most 3,650.

    >>> days_left(100, 10), days_left(100, -1), days_left(0, 0), days_left(0, 5)
    (10.0, 3650.0, 3650.0, 0.0)
    """
    return round(min(NEVER_DAYS, free / speed), 2) if speed > 0 else float(NEVER_DAYS)


def parse(item: str, history: History, free: int, speed: float | None) -> Reading:
    """Return the reading of one volume. Pure.

    :param free: bytes that are free now
    :param speed: from :func:`bytes_a_day`
    """
    count = history.count
    if count < LEAST_HOURS:
        wait = seconds_text((LEAST_HOURS - count) * HOUR_S)
        return Reading(item, {'samples': count}, State.UNKNOWN, f"how fast it fills is known in {wait} at the earliest ({count} of {LEAST_HOURS} hours)")
    if speed is None:
        return Reading(item, {'samples': count}, State.UNKNOWN, "how fast it fills cannot be told: no two measured hours are a day apart")
    left = days_left(free, speed)
    text = f"fills by {bytes_text(speed)} a day, full in {left:g} d" if speed > 0 and left < NEVER_DAYS else "does not fill"
    return Reading(item, {'full_in_days': left, 'growth_bytes': int(speed), 'samples': count}, State.OK, text)


# === LOOK === #

def room_at(target: Target, mounts) -> Room | None:
    """Return the room of a volume; None of what cannot fill. :raises NotThere, OSError: it cannot be looked at"""
    found = measure(target.ways or (find(target.item, mounts),), files_too=target.named)
    return None if not found or found[0].fstype.lower() in IMAGES else found[1]


def readings_of(rooms: dict, memory: dict, hour: int):
    """Yield a reading a volume, and keep what was seen.

    :param rooms: item to :class:`Room`, or to the exception that looking came to
    """
    kept = memory['kept']
    before = kept.get('volumes') if isinstance(kept.get('volumes'), dict) else {}
    histories = {item: found for item, found in ((item, read_history(one)) for item, one in before.items())
                 if found and (item in rooms or hour - found.start < 2 * KEPT_HOURS)}
    speeds = memory.setdefault('speeds', {})
    for item, room in rooms.items():
        if isinstance(room, Exception):
            yield Reading(item, {}, State.UNKNOWN, "the volume is not there") if isinstance(room, NotThere) else cannot(item, room)
        elif not 0 < room.total < 2 ** 63 or not 0 <= room.free <= room.total:
            yield Reading(item, {}, State.UNKNOWN, "the volume tells no real size")
        elif item not in histories and len(histories) >= MAX_VOLUMES:
            yield Reading(item, {}, State.UNKNOWN, f"more than {MAX_VOLUMES} volumes: name those that count")
        else:
            found = histories[item] = add(histories.get(item), room, hour)
            if speeds.get(item, (None,))[0] != (hour, found.total):  # the hour that runs changes little, and a thousand pairs are work
                speeds[item] = ((hour, found.total), bytes_a_day(found))
            yield parse(item, found, room.free, speeds[item][1])
    kept['volumes'] = {item: {'total': one.total, 'start': one.start, 'free': list(one.free)} for item, one in histories.items()}


@collector(
    'disk_forecast', title="Disk forecast", help="In how many days a volume will be full, if it goes on filling as it has.",
    settings=ForecastSettings,
    metrics=[
        Metric('full_in_days', 'd', "Days until nothing is free; 3,650 when it does not fill."),
        Metric('growth_bytes', 'B', "Bytes that it fills by a day; less than 0 when it empties."),
        Metric('samples', '', "Hours that were measured, of 14 days."),
    ],
    limits=[Limit('full_in_days', '<', 14, 3)],
    every_s=300,
)
def collect(settings: ForecastSettings, memory: dict):
    """Look at every chosen volume, each in its own time."""
    mounts = read_mounts()
    chosen = DiskSettings(settings.include, settings.exclude)
    targets, missing = choose(mounts, chosen, real_names(mounts, chosen, memory.setdefault('kept', {}), read_fstab()))
    yield from missing
    answers = ask({('forecast', target): partial(room_at, target, mounts) for target in targets}, PATIENCE_S)
    rooms = {target.item: answer for (_forecast, target), answer in answers.items() if answer is not None}
    yield from readings_of(rooms, memory, int(time.time() // HOUR_S))
