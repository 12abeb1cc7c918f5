"""How far a backup has come, and what stands in the way: made → readable → replicated → restored.

One day of a set is judged: the backup that was due on it. A link holds, waits, is broken, or nobody knows; only what agents saw themselves holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .backup_name import NameDate, agrees
from .backup_size import bounds
from .local_time import local_date, to_utc

LINKS = ('made', 'readable', 'replicated', 'restored')
STATES = ('good', 'waiting', 'unknown', 'bad')  # the worse, the later; besides these: none, where a link was not reached or is not asked for
# What an agent's reason says of a backup that is no higher than it is: it is not finished, was not read yet, or nobody could look. Any other: it is no good.
UNFINISHED = frozenset({'growing', 'partial_name'})
UNREAD = frozenset({'unread', 'reading'})
BLIND = frozenset({'no_permission', 'io_error', 'unknown_format', 'too_slow', 'too_large', 'not_provable', 'no_tool'})
# With these at its newest backup a host calls its place unknown although it looked.
UNSURE = BLIND | {'future', 'encrypted'} | UNFINISHED
FUTURE = timedelta(minutes=5)
CLOUD, UNMOUNTED = 'mega', 'unmounted'
# What MEGA's own word is worth; that it holds as many bytes, after it was synced, is the most it tells.
CLOUD_CODES = {
    'same_size': '', 'other_size': 'cloud_differs', 'missing': 'cloud_missing', 'not_synced': 'cloud_missing', 'not_installed': 'cloud_no_tool'}


@dataclass(frozen=True, slots=True)
class Promise:
    """What is expected of a set.

    :param weekdays: 0 is Monday
    :param due_h: hours from the beginning of the day until which its backup has to be there; above 24 it is the next day's morning
    :param copy_h: hours from then on until which it has to lie at all its places
    :param machines: on how many different machines it has to lie, that which makes it being one
    :param restore_days: within so many days one has to be restored; 0: this is not asked for
    :param is_offline: there is no internet, so the cloud does not count
    """

    weekdays: frozenset[int]
    due_h: float
    copy_h: float
    machines: int
    tz: str
    restore_days: int = 0
    is_offline: bool = False

    def due_at(self, day: date) -> datetime:
        """Return the naive UTC moment until which the backup of a day has to be there."""
        days, hours = divmod(self.due_h, 24)
        return to_utc(day + timedelta(days=int(days)), hours, self.tz)

    def copied_until(self, day: date) -> datetime:
        """Return the naive UTC moment until which the backup of a day has to lie at all its places."""
        return self.due_at(day) + timedelta(hours=self.copy_h)

    def expects(self, day: date) -> bool:
        return day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Place:
    """A folder on a host, as it stands now.

    :param kind: made, mega (a folder that is carried into the cloud) or copy
    :param machine: names the host that looks
    :param state: seen, or why it cannot be told what lies there now: never, silent, blind (the folder cannot be read), not_accepted,
        unmounted (its host looked: the disk or share that is the folder is not there, what lies on it has not gone)
    :param told_at: naive UTC, when somebody could look there last; None for never
    :param share_machine: which machine holds the folder, if it is a share; None where nobody said
    :param shares: which machine holds each of the shares that lie below it, by volume; goes before ``share_machine``
    :param since: naive UTC, since when it is a place; None for always
    :param doubt_s: by how much ``told_at`` may be too late, see ``lib.redate``
    """

    id: int
    kind: str
    machine: str
    state: str
    told_at: datetime | None
    share_machine: str | None = None
    since: datetime | None = None
    doubt_s: int = 0
    shares: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """One file at one place, as its host told it last.

    :param level: seen, settled (not being written any more) or readable (read from end to end, as far as its format tells)
    :param reason: code why it is no higher, '' for none
    :param is_there: it stood in the newest list of its place
    :param cloud: what MEGA says of its own copy: same_size, other_size, missing, not_synced, not_installed, or anything else for not telling
    :param cloud_why: the same in the host's words
    :param volume: on which volume it lies, of a machine's own disks as ``machine:volume``; '' where nobody can tell
    :param seen_at: naive UTC, when somebody saw it there first
    :param changed_at: naive UTC, since when its bytes are others than those that were proven, see :class:`lib.backup_proven.Proven`
    :param proven: SHA-256 of the bytes that were proven first
    :param proven_known_at: naive UTC by our clock, when we were told of them first; None where nobody noted it
    """

    place: int
    size: int
    sha256: str | None
    level: str
    reason: str
    medium: str
    modified_at: datetime
    is_there: bool
    cloud: str = ''
    volume: str = ''
    seen_at: datetime | None = None
    cloud_why: str = ''
    changed_at: datetime | None = None
    proven: str | None = None
    proven_known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One backup of a set.

    :param at: naive UTC, its own time
    :param said: the date in its name
    :param content_at: naive UTC, when its content says it was made
    :param unseen: code of what nothing shows in such a backup, see :mod:`backup_proof`
    """

    id: int
    name: str
    day: date
    at: datetime
    said: NameDate | None
    content_at: datetime | None
    copies: tuple[Copy, ...]
    unseen: str = ''


@dataclass(frozen=True, slots=True)
class Link:
    """How one link stands, and the code of why; ``places`` are those that the reason is about, or that hold it."""

    name: str
    state: str
    code: str = ''
    places: tuple[int, ...] = ()
    about: int | None = None  # id of another file that the reason names


@dataclass(frozen=True, slots=True)
class Chain:
    """One day's backup.

    :param file: its id, None while there is none
    :param promise: what it was judged by
    """

    day: date
    due_at: datetime
    file: int | None
    links: tuple[Link, ...]
    promise: Promise | None = None

    @property
    def is_offline(self) -> bool:
        return self.promise is not None and self.promise.is_offline

    @property
    def weakest(self) -> Link:
        """Return the worst link; of several the first, for the others follow from it.

        >>> Chain(date(2026, 1, 1), datetime(2026, 1, 1), None, (Link('made', 'good'), Link('readable', 'waiting'))).weakest.name
        'readable'
        """
        asked = [link for link in self.links if link.state != 'none']
        return max(asked, key=lambda link: (STATES.index(link.state), -LINKS.index(link.name)))

    @property
    def level(self) -> str:
        """Return the last link that holds and all before it do; '' for none."""
        reached = ''
        for link in self.links:
            if link.state != 'good':
                break
            reached = link.name
        return reached

    def reaches(self, level: str) -> bool:
        """Tell whether all links up to ``level`` hold."""
        return bool(self.level) and LINKS.index(self.level) >= LINKS.index(level)


# === WHICH DAY === #

def expected_days(promise: Promise, first: date, last: date) -> list[date]:
    """Return the days from ``first`` to ``last`` of which a backup is expected.

    >>> weekdays = Promise(frozenset({4}), 24, 6, 2, 'UTC')
    >>> expected_days(weekdays, date(2026, 11, 23), date(2026, 11, 30))
    [datetime.date(2026, 11, 27)]
    """
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if promise.expects(day)]


def day_due_by(promise: Promise, moment: datetime, back: int = 40) -> date | None:
    """Return the newest day whose backup was due at ``moment`` (naive UTC), None for a set that expects nothing.

    >>> day_due_by(Promise(frozenset({0, 1, 2, 3, 4}), 12, 6, 2, 'UTC'), datetime(2026, 11, 29, 9))    # a Sunday
    datetime.date(2026, 11, 27)
    """
    days = (moment.date() + timedelta(days=1 - number) for number in range(back))
    return next((day for day in days if promise.expects(day) and promise.due_at(day) <= moment), None)


def is_past_rpo(rpo_h: float, age_s: float | None, code: str) -> bool:
    """Tell whether the newest proven backup is older than may be lost; of a set of which nobody said where it is made it is not asked.

    >>> is_past_rpo(24, 90000, ''), is_past_rpo(24, None, 'missing'), is_past_rpo(0, None, ''), is_past_rpo(24, None, 'no_place')
    (True, True, False, False)
    """
    return bool(rpo_h) and (age_s is None or age_s > rpo_h * 3600) and code != 'no_place'


# === ONE DAY'S CHAIN === #

def judge(
        day: date, promise: Promise, places: Sequence[Place], files: Iterable[File], now: datetime, *,
        is_current: bool = True, restored_at: datetime | None = None) -> Chain:
    """Return how the backup of a day stands.

    :param files: the set's, those before that day too: what is usual follows from them
    :param now: naive UTC
    :param is_current: whether it has to lie there now; of a day gone by it counts what was once seen, for old ones are cleared away
    :param restored_at: naive UTC, when one of this set was restored last
    """
    files = sorted(files, key=lambda one: (one.at, one.id))
    made_at, by_id = {place.id for place in places if place.kind == 'made'}, {place.id: place for place in places}
    ours = [one for one in files if one.day == day and any(copy.place in by_id and _was_whole(copy) for copy in one.copies)]
    file = _pick(ours, made_at, is_current)
    due_at = promise.due_at(day)
    made = _made(file, ours, files, by_id, promise, now, due_at, is_current)
    is_asked = made.state == 'good' or (made.state != 'bad' and made.code == _no_good(file, made_at) != '')
    links = [made, _readable(file, made_at, by_id, now >= due_at) if is_asked else Link('readable', 'none')]
    links.append(_replicated(file, by_id, promise, now, due_at, is_current) if links[-1].state == 'good' else Link('replicated', 'none'))
    links.append(_restored(promise, now, restored_at))
    return Chain(day, due_at, file.id if file else None, tuple(links), promise)


def _pick(files: list[File], made_at: set[int], is_current: bool) -> File | None:
    """Return the day's newest backup that is made where backups are made, first those that have to lie there and do, then finished ones; None for none."""
    def worth(one: File):
        return is_current and any(copy.is_there for copy in one.copies), _best(one, made_at).level != 'seen', one.at, one.id

    return max((one for one in files if _best(one, made_at)), key=worth, default=None)


def _best(file: File, place_ids) -> Copy | None:
    order = ('seen', 'settled', 'readable')
    known = (one for one in file.copies if one.place in place_ids and _was_whole(one))
    return max(known, key=lambda one: (order.index(one.level), one.modified_at), default=None)


def judged(chain: Chain, files: Mapping[int, File]) -> Copy | None:
    """Return the copy by which a day's backup was judged, of several places where it is made; None while there is none. :param files: by id"""
    copies = files[chain.file].copies if chain.file in files else ()
    return next((one for one in copies if one.place in chain.links[0].places), None)


def _was_whole(one: Copy) -> bool:
    """Tell whether a copy is one: what went before anybody had read its bytes was only on its way to another name or day."""
    return one.is_there or bool(one.sha256)


def _made(file, ours, files, places, promise, now, due_at, is_current) -> Link:
    made_at = [place for place in places.values() if place.kind == 'made']
    if not made_at:
        return Link('made', 'unknown', 'no_place')
    if file is None:
        return _not_made(ours, made_at, now, due_at, _of_the_future(files, places, now, promise.tz))
    copy = _best(file, {place.id for place in made_at})
    where = (copy.place,)
    if file.at > now + FUTURE or copy.modified_at > now + FUTURE or copy.reason == 'future':
        return Link('made', 'bad', 'future', where)
    if copy.level == 'seen':
        return _unfinished(copy, where, now >= due_at)
    if is_altered(file, copy, altered_bytes(files, places, now)):
        return Link('made', 'bad', 'altered', where)
    trusted = {place.id for place in made_at if place.state != 'not_accepted'}
    twin = next((one for one in files if one.at < file.at and one.id != file.id and copy.sha256 and _is_twin(one, copy, file, places)), None)
    if twin:
        return Link('made', 'bad', 'same_bytes', where, twin.id)
    if file.said and not agrees(file.said, file.content_at or copy.modified_at, promise.tz):
        return Link('made', 'bad', 'name_date', where)
    usual = bounds([_size(one, trusted) for one in files if one.at < file.at and one.day < file.day and _size(one, trusted)])
    if usual and not usual[0] <= copy.size <= usual[1]:
        return Link('made', 'bad', 'too_small' if copy.size < usual[0] else 'too_large', where)
    if places[copy.place].state == 'not_accepted':
        return Link('made', 'unknown', 'not_accepted', where)
    lost = _lost(file, copy, places) if is_current else None
    if lost:
        return lost
    if not copy.sha256 and copy.reason:  # nobody has read them to their end: they may be an older one's bytes
        is_awaited = copy.reason in UNREAD or (copy.reason == 'changed' and now < due_at)
        return Link('made', 'waiting' if is_awaited else 'unknown', copy.reason, where)
    return Link('made', 'good', 'late' if file.at > due_at else '', where)


def _lost(file: File, made: Copy, places) -> Link | None:
    """Return why nobody can say that a backup still lies anywhere, None where somebody sees it on a medium that counts."""
    same = [one for one in _trusted(file, places) if one.is_there and _is_same(one, made)]
    if not same:
        return Link('made', 'bad', 'gone', (made.place,))
    fixed = [one for one in same if one.medium != 'removable']
    if not fixed:
        return Link('made', 'bad', 'removable', tuple(one.place for one in same))
    if any(places[one.place].state == 'seen' for one in fixed):
        return None
    return _unseen('made', [places[one.place] for one in fixed])


def _unseen(link: str, places: list[Place]) -> Link:
    """Return the link that nobody can tell of, because of how places are; where a disk or share is not mounted that is known, and no good."""
    away = [place for place in places if place.state == UNMOUNTED]
    return Link(link, 'bad' if away else 'unknown', (away or places)[0].state, tuple(place.id for place in away or places))


def _is_same(one: Copy, made: Copy) -> bool:
    """Tell whether a copy is the one where the backup is made, or has the same bytes."""
    return one.place == made.place or bool(made.sha256 and one.sha256 == made.sha256 and one.size == made.size)


def _of_the_future(files, places, now, tz) -> tuple[int, int] | None:
    """Return the newest file that lies where backups are made and bears a later day than today, and where; None for none."""
    today = local_date(now, tz)
    return next((
        (file.id, one.place) for file in reversed(files) if file.day > today for one in _trusted(file, places)
        if places[one.place].kind == 'made' and one.is_there and (one.seen_at is None or one.seen_at <= now)), None)


def _not_made(ours, made_at, now, due_at, future) -> Link:
    """Return the link of a day of which no backup was seen where backups are made: what nobody could see is not missing.

    A place that no manager accepted excuses nothing beside others: anybody who works here can add one.

    :param future: what lies there under a later day, see :func:`_of_the_future`
    """
    made_at = [place for place in made_at if place.state != 'not_accepted'] or made_at
    unseen = [place for place in made_at if place.told_at is None or (place.told_at < due_at and now >= due_at)]
    blind = [place for place in unseen if place.state != 'seen']
    if ours and now >= due_at and not blind:
        return Link('made', 'bad', 'elsewhere', tuple(copy.place for one in ours for copy in one.copies), ours[-1].id)
    if blind and (now >= due_at or any(place.told_at is None for place in blind)):
        return _unseen('made', blind)
    if now < due_at:
        return Link('made', 'waiting', 'not_due')
    if unseen:
        return Link('made', 'waiting', 'not_looked', tuple(place.id for place in unseen))
    if future:
        return Link('made', 'bad', 'future', (future[1],), future[0])
    return Link('made', 'bad', 'missing', tuple(place.id for place in made_at))


def _unfinished(copy: Copy, where, is_due: bool) -> Link:
    if copy.reason in BLIND:
        return Link('made', 'unknown', copy.reason, where)
    if copy.reason in UNFINISHED:
        return Link('made', 'bad' if is_due else 'waiting', copy.reason, where)
    return Link('made', 'bad', copy.reason, where)


def _is_twin(other: File, copy: Copy, file: File, places) -> bool:
    """Tell whether an older day's backup has, or had when it was proven, the very bytes of this one.

    Where backups are made their host says so. Of any other place that was accepted only what it told before these bytes were written or seen: nobody
    knows their hash earlier, so no host lets another one's backup look like an older one.
    """
    if other.day >= file.day:
        return False
    earliest = min(copy.modified_at, copy.seen_at or copy.modified_at)
    return any(
        (copy.sha256 == one.proven and one.proven_known_at is not None and one.proven_known_at < earliest)
        or (places[one.place].kind == 'made' and (copy.sha256 == one.proven or (copy.sha256 == one.sha256 and copy.size == one.size)))
        for one in _trusted(other, places))


def _size(file: File, made_at) -> int:
    return max((one.size for one in file.copies if one.place in made_at and one.level != 'seen'), default=0)


def _no_good(file: File | None, made_at) -> str:
    """Return the code of what its host found wrong with a backup, whether or not it was read to its end; '' for nothing."""
    copy = file and _best(file, made_at)
    return copy.reason if copy and copy.reason not in BLIND | UNREAD | UNFINISHED else ''


def _readable(file: File, made_at, places, is_due: bool) -> Link:
    """Whether its bytes were read from end to end: those of any place that a manager accepted, if they are the same bytes."""
    copy = _best(file, made_at)
    where = (copy.place,)
    if copy.reason == 'changed':
        return Link('readable', 'bad' if is_due else 'waiting', 'changed', where)
    if _no_good(file, made_at):
        return Link('readable', 'bad', copy.reason, where)
    same = [one.place for one in _trusted(file, places) if one.level == 'readable' and _is_same(one, copy)]
    if same:
        return Link('readable', 'good', '', tuple(same))
    return Link('readable', 'unknown' if copy.reason in BLIND else 'waiting', copy.reason or 'unread', where)


def altered_bytes(files: Iterable[File], places: dict, now: datetime) -> dict[str, date]:
    """Return the hashes of what was changed, where backups are made, after it was proven, and of which day it is.

    :param places: by id
    """
    days: dict[str, date] = {}
    for file in files:
        for one in _trusted(file, places):
            if one.sha256 and one.changed_at and one.changed_at <= now and places[one.place].kind == 'made':
                days[one.sha256] = min(file.day, days.get(one.sha256, file.day))
    return days


def is_altered(file: File, one: Copy, altered: dict[str, date]) -> bool:
    """Tell whether what lies there was changed, under whatever name: of a day before they may be the bytes of an older backup, put over a newer one."""
    return file.day >= altered.get(one.sha256, date.max)


def _trusted(file: File, places) -> list[Copy]:
    """Return the copies at places that still count, by id, and that a manager accepted."""
    return [one for one in file.copies if one.place in places and places[one.place].state != 'not_accepted']


def proven_at(files: Iterable[File], places: Sequence[Place], now: datetime, *, is_current: bool = True) -> datetime | None:
    """Return the time of the newest backup that still lies somewhere and was read from end to end there, naive UTC; None for none.

    :param is_current: whether it has to lie there yet; of a moment gone by it counts what was once seen
    """
    by_id, files = {place.id: place for place in places}, list(files)
    altered = altered_bytes(files, by_id, now)
    return max((
        file.at for file in files
        if file.at <= now and any(
            (one.is_there or not is_current) and one.level == 'readable' and not is_altered(file, one, altered)
            for one in _trusted(file, by_id))), default=None)


# === REPLICATED === #

# Why a copy does not count, what a person has to do something about first.
_OBSTACLES = (
    ('differs', 'bad'), ('changed', 'bad'), ('removable', 'bad'), ('same_machine', 'bad'), ('cloud_differs', 'bad'),
    ('cloud_missing', 'bad'), (UNMOUNTED, 'bad'), ('share_unknown', 'unknown'), ('cloud_no_tool', 'unknown'), ('cloud_unproven', 'unknown'),
    ('not_accepted', 'unknown'), ('blind', 'unknown'), ('silent', 'unknown'), ('never', 'unknown'), ('hashing', 'waiting'), ('arriving', 'waiting'),
)


def _replicated(file, places, promise, now, due_at, is_current) -> Link:
    places = _counting(places, promise)
    copy = _best(file, {place.id for place in places.values() if place.kind == 'made'})
    if not copy.sha256:
        return Link('replicated', 'waiting', 'hashing', (copy.place,))
    machines, obstacles = _counted(file, copy, places, is_current)
    if len(machines) >= promise.machines:
        return Link('replicated', 'good', '', tuple(machines.values()))
    return _too_few(obstacles, machines, places, promise, now >= due_at + timedelta(hours=promise.copy_h))


def _counting(places, promise):
    """Return the places that count at all, by id: without internet nothing is in the cloud, nor can be had from there."""
    return {number: place for number, place in places.items() if not (promise.is_offline and place.kind == CLOUD)}


def _home(chain: Chain, places: Iterable[Place], files: Iterable[File]):
    """Return a chain's file, its copy where it is made, and the places that count by id; without a file while nobody knows its bytes."""
    by_id = _counting({place.id: place for place in places}, chain.promise)
    file = next((one for one in files if one.id == chain.file), None)
    copy = file and _best(file, {place.id for place in by_id.values() if place.kind == 'made'})
    return (file, copy, by_id) if copy and copy.sha256 else (None, None, by_id)


def machines_of(chain: Chain, places: Iterable[Place], files: Iterable[File], *, is_current: bool = True) -> int:
    """Return on how many different machines a day's backup counts as lying."""
    file, copy, by_id = _home(chain, places, files)
    return len(_counted(file, copy, by_id, is_current)[0]) if file else 0


def others(chain: Chain, places: Iterable[Place], files: Iterable[File]) -> tuple[int, ...] | None:
    """Return the places on other machines where the bytes of a day's backup lie now; None while nobody knows its bytes."""
    file, copy, by_id = _home(chain, places, files)
    if file is None:
        return None
    home = machine_of(copy, by_id[copy.place])
    machines, _obstacles = _counted(file, copy, by_id, is_current=True)
    return tuple(place for machine, place in machines.items() if machine != home)


def _counted(file, made, places, is_current) -> tuple[dict, dict]:
    """Return the place that counts by machine, and the places that do not by the code of why."""
    machines, obstacles, hardware_seen = {}, {}, set()
    for one in sorted(file.copies, key=lambda one: (one.place != made.place, one.place)):
        place = places.get(one.place)
        if place is None or (is_current and not one.is_there):
            continue
        code = obstacle(one, place, made, is_current=is_current)
        machine, hardware = machine_of(one, place), hardware_of(one, place)
        if not code and (machine in machines or (hardware and hardware in hardware_seen)):
            code = 'same_machine'
        if code:
            obstacles.setdefault(code, []).append(place.id)
        else:
            machines[machine] = place.id
            hardware_seen.add(hardware)
    return machines, obstacles


def _too_few(obstacles, machines, places, promise, is_due) -> Link:
    if len(places) < promise.machines:
        return Link('replicated', 'bad', 'too_few_places')
    found = [(code, 'waiting' if code == 'cloud_missing' and not is_due else state) for code, state in _OBSTACLES if code in obstacles]
    code, state = next(iter(sorted(found, key=lambda one: one[1] == 'waiting')), ('', ''))
    missing = [place for place in places.values() if place.id not in {one for ids in (*obstacles.values(), machines.values()) for one in ids}]
    unseen = [place for place in missing if place.state != 'seen']
    if code and (state != 'waiting' or not missing):
        return Link('replicated', state, code, tuple(obstacles[code]))
    if unseen and (len(unseen) == len(missing) or (is_due and any(place.state == UNMOUNTED for place in unseen))):
        return _unseen('replicated', unseen)
    if missing:
        return Link('replicated', 'bad' if is_due else 'waiting', 'no_copy', tuple(place.id for place in missing))
    return Link('replicated', 'bad', 'too_few_places')


def obstacle(one: Copy, place: Place, made: Copy, *, is_current: bool = True) -> str:
    """Return why a copy does not count as one of a backup, '' where it does.

    :param made: the backup as it lies where it is made
    :param is_current: whether it is asked if it lies there now
    """
    if one.medium == 'removable':
        return 'removable'
    if place.state == 'not_accepted':
        return 'not_accepted'
    if one.reason == 'changed' or (one.sha256 and one.size != made.size):
        return 'changed' if one.reason == 'changed' else 'differs'
    if one.sha256 and one.sha256 != made.sha256:
        return 'differs'
    if is_current and place.state != 'seen':
        return place.state
    if one.level == 'seen':
        return 'arriving'
    if not one.sha256:
        return 'hashing'
    if place.kind == CLOUD:
        return CLOUD_CODES.get(one.cloud, 'cloud_unproven')
    return 'share_unknown' if machine_of(one, place) is None else ''


def machine_of(one: Copy, place: Place) -> str | None:
    """Return which machine holds a copy; None for a share of which nobody said whose it is. The cloud is one of its own."""
    return CLOUD if place.kind == CLOUD else holder(place, one.medium, one.volume)


def holder(place: Place, medium: str, volume: str) -> str | None:
    """Return which machine holds what a place has on a volume; None for a share of which nobody said whose it is."""
    return place.shares.get(volume, place.share_machine) if medium == 'network' else place.machine


def hardware_of(one: Copy, place: Place) -> str:
    """Return what tells a machine whichever agents look at it: that part of its volume's name, or all of it; '' where nobody can tell."""
    return '' if place.kind == CLOUD or one.medium == 'network' else one.volume.partition(':')[0]


def _restored(promise: Promise, now: datetime, restored_at: datetime | None) -> Link:
    if not promise.restore_days:
        return Link('restored', 'none')
    if restored_at and now - restored_at <= timedelta(days=promise.restore_days):
        return Link('restored', 'good')
    return Link('restored', 'unknown', 'restore_old' if restored_at else 'restore_never')
