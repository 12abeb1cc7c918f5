"""What is known of the backups of a place, kept on disk, and the one child at a time that reads them.

A place is a folder, however many checks look at it and at whichever of its files. Its file ``known.json`` holds what came of each backup, by slot: the
volume that it lies on and its name; a file is read again only when its volume, its size, its time or its inode is another. Of disks that are changed in turn
each has slots of its own. How far a hash is stands in a file of its own, which the child writes.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .. import programs, state_place
from ..errors import ProgramLate, SourceUnavailable
from ._backup_child import MAX_MEMORY
from ._backup_codes import TRIED_AGAIN
from ._backup_list import long_path
from ._backup_place import MARK

_logger = logging.getLogger(__name__)
CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '_backup_child.py')
PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(CHILD)))
FOLDER = 'backups'
LIMIT_S, READ_S = 48 * 3600.0, 12 * 3600.0
SILENT_S = 900.0  # the child says by itself that a disk gives nothing, unless it waits so hard that it cannot say anything
AGAIN_S, MOST_DOUBLED = 3600.0, 9
REST_S, MOST_REST_S = 900.0, 86400.0  # of a place whose disk gives nothing: what waits for it may never end
KEPT_S, MOST_FILES, MOST_READ = 86400.0, 2000, 8
LOOKED_FOR = 200  # of those that nobody listed for a day, at one look
# Raised when a format is judged otherwise than before: what was not found whole is read again, and not hashed again; what was whole is whole.
READERS = {'auto': 3, 'odoo_zip': 3, 'zip': 2, 'ptb': 2, 'gzip': 2, 'pg_custom': 2, 'pg_directory': 2, 'pg_plain': 2, 'windows_image': 2}
BY_READER = ' by reader '
FORGOTTEN_S = 7200.0  # of a place that nobody looks at any more
MOST_BEFORE = 30  # places behind one link


@dataclass(frozen=True)
class Job:
    """A backup to be hashed and read.

    :param slot: under which it is known, see :func:`slot_of`
    :param sha256: when it is known already and only the reading is to be done
    :param rate: bytes a second at most, 0 for as fast as it goes
    """

    slot: str
    path: str
    key: str
    is_folder: bool
    format: str
    database: str
    rate: float
    sha256: str | None = None


class Place:
    """What is known of one place. Its methods may be called from several threads."""

    def __init__(self, mark: str):
        self.mark, self._lock = mark, threading.RLock()
        self.folder = _root() / mark
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self.folder / 'known.json'
        self.files, self.volume = _read_known(self._file)
        self._seen: dict = {}
        self._looked_for: dict = {}
        self._wanted: dict = {}
        self._since = time.monotonic()

    def take_over(self, folder: Path) -> None:
        """Keep what was known under another mark, and forget that one."""
        with self._lock:
            files, volume = _read_known(folder / 'known.json')
            self.files, self.volume = {**files, **self.files}, self.volume or volume
            if not self._save():
                return
            for path in folder.glob('*.progress'):
                with contextlib.suppress(OSError):
                    os.replace(path, self.folder / path.name)
        shutil.rmtree(folder, ignore_errors=True)

    def get(self, slot: str) -> dict:
        with self._lock:
            return self.files.get(slot) or {}

    def finish(self, job: Job, answer: dict) -> None:
        """Keep what came of a job."""
        with self._lock:
            before = self.get(job.slot)
            is_same = before.get('key') == job.key
            was, reads = before.get('was'), before.get('read', {}) if is_same else {}
            if before.get('sha256') and not is_same and answer['sha256'] not in (None, before['sha256']):
                was = before['sha256']
            last, found = reads.get(how(job), {}), {name: answer[name] for name in ('code', 'detail', 'format', 'content')}
            late = last.get('late', 0) + 1 if found['code'] == last.get('code') == 'too_slow' else 0
            reads = {**reads, how(job): {**found, 'at': time.time(), 'late': late}}
            sha256 = answer['sha256'] or (before.get('sha256') if is_same else None)
            self.files.pop(job.slot, None)  # the longest ago read stands first
            self.files[job.slot] = {'key': job.key, 'sha256': sha256, 'was': was, 'read': dict(list(reads.items())[-MOST_READ:])}
            self._seen[job.slot] = time.monotonic()
            self._save()
        if sha256:  # else the next try goes on from there
            with contextlib.suppress(OSError):
                self.progress_file(job.slot, job.key).unlink()

    def keep_only(self, slots, volume: str, folder: str) -> None:
        """Forget what has not been among the newest of its volume for a day and is no longer there, and note on which volume the folder lies.

        Another check may look at the same place and be told of more. What lies on a volume that is not there now is kept until it comes back. Of more than
        ``MOST_FILES`` those are forgotten that were listed the longest ago.
        """
        with self._lock:
            now, there = time.monotonic(), {slot[:MARK] for slot in slots}
            self._seen |= dict.fromkeys(slots, now)
            doubtful = [slot for slot in self.files if slot[:MARK] in there and now - self._seen.setdefault(slot, now) > KEPT_S and
                        now - self._looked_for.get(slot, float('-inf')) > KEPT_S][:LOOKED_FOR]
            self._looked_for |= dict.fromkeys(doubtful, now)
        gone = {slot for slot in doubtful if is_gone(os.path.join(folder, slot[MARK + 1:]))}  # a disk may take its time: nobody else waits for it
        with self._lock:
            gone = {slot for slot in gone if slot in self.files and now - self._seen.get(slot, now) > KEPT_S}
            if (over := len(self.files) - len(gone) - MOST_FILES) > 0:
                others = (slot for slot in self.files if slot not in gone and slot not in slots)
                gone |= set(sorted(others, key=lambda slot: self._seen.get(slot, now))[:over])
            self._looked_for = {slot: at for slot, at in self._looked_for.items() if slot in self.files and slot not in gone}
            self._seen = {slot: at for slot, at in self._seen.items() if slot in self.files or now - at < KEPT_S}
            if gone or (volume and volume != self.volume):
                self.files = {slot: one for slot, one in self.files.items() if slot not in gone}
                self.volume = volume or self.volume
                self._save()

    def _save(self) -> bool:
        text = json.dumps({'volume': self.volume, 'files': self.files})
        try:
            with open(f'{self._file}.new', 'w', encoding='ascii') as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(f'{self._file}.new', self._file)
        except OSError as error:
            _logger.error("%s cannot be kept: %s", self._file, error)
            return False
        return True

    def progress_file(self, slot: str, key: str) -> Path:
        return self.folder / (hashlib.sha256(f'{slot}\0{key}'.encode('utf-8', 'surrogatepass')).hexdigest()[:24] + '.progress')

    def hashed(self, slot: str, key: str) -> int:
        """Return how many bytes are hashed of a file that is not done."""
        found = _read_json(self.progress_file(slot, key))
        return found['hashed'] if found.get('key') == key and type(found.get('hashed')) is int else 0

    def tidy(self, wanted, check: str) -> None:
        """Remove how far the hash of files was that are no longer there, or were changed; not until every check can have looked.

        :param wanted: ``(slot, key)`` of those that are
        :param check: which one lists them
        """
        self._wanted[check] = {self.progress_file(*one).name for one in wanted}
        if time.monotonic() - self._since < FORGOTTEN_S:
            return
        keep = set().union(*self._wanted.values())
        for path in self.folder.glob('*.progress'):
            if path.name not in keep:
                with contextlib.suppress(OSError):  # the child has it open
                    path.unlink()


def is_gone(path: str) -> bool:
    """Tell whether nothing lies there; where nobody can look, something may."""
    try:
        os.lstat(long_path(path))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # it may be there  # pylint: disable=except-pass
        pass
    return False


def slot_of(mark: str, name: str) -> str:
    """Return under which a backup is known. :param mark: of the volume that it lies on; :param name: below the folder, as the system has it"""
    return f'{mark:{MARK}}:{name}'


def how(job: Job) -> str:
    """Return in which way a backup is read; what an earlier reader found wrong is no word of this one."""
    reader = READERS.get(job.format)
    return f'{job.format} {job.database}' + (f'{BY_READER}{reader}' if reader else '')


def is_due(known: dict, job: Job, now: float) -> bool:
    """Tell whether a backup has to be read (again)."""
    found = read_as(known, job.key, how(job))
    if found is None or found.get('code') not in TRIED_AGAIN:
        return found is None
    # What was too slow again and again would keep the others from being read.
    return not 0 <= now - found.get('at', 0) < AGAIN_S * 2 ** min(found.get('late', 0), MOST_DOUBLED)


def read_as(known: dict, key: str, way: str) -> dict | None:
    """Return what came of reading a backup as it is now in this way; None when it was not."""
    if known.get('key') != key:
        return None
    before = re.sub(f'{BY_READER}\\d+$', '', way)
    earlier = [one for name, one in known['read'].items() if re.sub(f'{BY_READER}\\d+$', '', name) == before and not one.get('code')]
    return known['read'].get(way) or next(iter(earlier), None)


def _read_known(path) -> tuple[dict, str]:
    """Return what is known of the files of a place, and on which volume it lay."""
    kept = _read_json(path)
    files = kept.get('files') if isinstance(kept.get('files'), dict) else {}
    good = {slot: one for slot, one in files.items() if isinstance(one, dict) and isinstance(one.get('read'), dict)}
    return good, str(kept.get('volume') or '')


def _read_json(path) -> dict:
    try:
        with open(path, encoding='ascii') as file:
            found = json.load(file)
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


_spare: list = []


def _root() -> Path:
    """Return the folder beside the spool; one that goes with this process where the agent's own may not be written to."""
    root = state_place.folder() / FOLDER
    with contextlib.suppress(OSError):
        root.mkdir(mode=0o700, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    if not _spare:
        _spare.append(tempfile.TemporaryDirectory(prefix='itc-backups-'))
    return Path(_spare[0].name)


class Workshop:
    """Lets the child read one backup after the other: one place after the other, of each the newest first."""

    def __init__(self):
        self._lock, self._places, self._offers, self._rests = threading.Lock(), {}, {}, {}
        self._used, self._since = {}, time.monotonic()
        self._thread: threading.Thread | None = None
        self.current: tuple = ('', '')
        self.done = 0

    def place(self, mark: str, former: str = '') -> Place:
        """Return a place. :param former: under what it may have been known before"""
        with self._lock:
            root = _root()
            if mark not in self._places or self._places[mark].folder.parent != root:
                self._places[mark] = Place(mark)
            if former not in ('', mark) and (root / former).is_dir():
                self._places[mark].take_over(root / former)
            return self._places[mark]

    def drop(self, marks: list, mark: str, check: str) -> list:
        """Forget what a check looked at long ago, as when its folder is a link to another one each day; return what it looked at before and is kept.

        The last ``MOST_BEFORE`` are kept, as of disks that take turns behind a link; of older ones, all until every check can have looked: another
        one may look at them.

        :param marks: of the places that it looked at before, the latest last
        :param mark: the place that it looks at now
        """
        with self._lock:
            now, root = time.monotonic(), _root()
            self._used[check] = (mark, now)
            used = {self.current[0], *(one for one, at in self._used.values() if now - at < KEPT_S)}
            old = [one for one in marks if one != mark][:-MOST_BEFORE] if now - self._since >= FORGOTTEN_S else []
            gone = [one for one in old if one not in used and re.fullmatch('[0-9a-f]{24}', one)]
            for one in gone:
                self._places.pop(one, None)
                shutil.rmtree(root / one, ignore_errors=True)
            return [one for one in marks if one not in gone and one != mark]

    def offer(self, place: Place, jobs: list, check: str) -> None:
        """Take the jobs of a place instead of those that this check gave before, also of another place or by other settings; none while it rests."""
        with self._lock:
            self._offers = {whose: offer for whose, offer in self._offers.items() if whose[1] != check}
            if time.monotonic() < self._rests.get(place.mark, (0.0, 0))[0]:
                jobs = []
            self._offers[place.mark, check] = (place, list(jobs), time.monotonic())
            if jobs and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name='itc-backups', daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to be read; tell whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _next(self, last: tuple):
        """Return the next job and whose it is: of the place, or its check, after the last one, in turn."""
        with self._lock:
            now = time.monotonic()
            self._offers = {mark: offer for mark, offer in self._offers.items() if offer[1] and now - offer[2] < FORGOTTEN_S}
            marks = sorted(self._offers)
            if not marks:
                self.current, self._thread = ('', ''), None
                return None
            whose = next((mark for mark in marks if mark > last), marks[0])
            place, jobs, _at = self._offers[whose]
            job = jobs.pop(0)
            self.current = (place.mark, job.slot)
            return whose, place, job

    def _run(self) -> None:
        last = ('', '')
        while (found := self._next(last)) is not None:
            last, place, job = found
            try:
                if is_due(known := place.get(job.slot), job, time.time()):
                    if known.get('key') == job.key:  # another check may have had it hashed meanwhile
                        job = replace(job, sha256=known.get('sha256'))
                    self._rest(place.mark, gave=self._work(place, job))
            except Exception:  # noqa: BLE001  one backup must not keep the others from being read
                _logger.exception("%s could not be read", job.path)
            self.done += 1

    def _rest(self, mark: str, *, gave: bool) -> None:
        """Let a place rest when its disk gave nothing, twice as long each time."""
        with self._lock:
            _until, times = self._rests.pop(mark, (0.0, 0))
            if not gave:
                self._rests[mark] = (time.monotonic() + min(REST_S * 2 ** times, MOST_REST_S), min(times + 1, MOST_DOUBLED))
                self._offers = {whose: offer for whose, offer in self._offers.items() if whose[0] != mark}

    def _work(self, place: Place, job: Job) -> bool:
        """Let the child read a backup; tell whether the disk that it lies on gave something."""
        order = {
            'path': job.path, 'key': job.key, 'is_folder': job.is_folder, 'format': job.format, 'database': job.database, 'rate': job.rate,
            'sha256': job.sha256, 'progress': str(place.progress_file(job.slot, job.key)), 'packages': PACKAGES, 'limit_s': READ_S}
        try:
            answer = programs.run_python(
                CHILD, order, LIMIT_S, needs_packages=True, name="reading the backup", may_hang=True, silent_s=SILENT_S, memory=MAX_MEMORY)
        except SourceUnavailable as error:
            _logger.warning("%s: %s", job.path, error)
            is_late = isinstance(error, ProgramLate)
            answer = {'key': job.key, 'sha256': job.sha256, 'code': 'too_slow' if is_late else 'io_error', 'detail': str(error), 'format': '', 'content': {},
                      'stalled': is_late}
        if not isinstance(answer, dict):
            return True
        if answer.get('key') in (job.key, None):
            place.finish(job, answer)
        return not answer.get('stalled')


workshop = Workshop()
