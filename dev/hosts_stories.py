"""What can be wrong with a backup, each on real files of its own set at two places, and what the server has to say of it and of no other.

A story lays the files of its set: where they are made (on the first host) and where a copy is (on the second). ``later`` is what happens to it once
all was proven.
"""
import os
import shutil
import threading
import time
import zipfile
from dataclasses import dataclass
from datetime import timedelta

from say import Trouble

DAY_S, HOUR_S = 86400, 3600
GOOD, BAD, UNKNOWN, NONE = 'good', 'bad', 'unknown', 'none'
LOCKED = 'agent/tests/samples/backup/locked.zip'


@dataclass(frozen=True)
class Story:
    """One fault.

    :param chain: how made, readable and replicated have to stand
    :param words: what only this fault's reason says
    :param lay: ``lay(case)`` puts the files there
    :param later: ``later(case)`` happens when all was proven
    :param settings: of the check where it is made, from the beginning
    """

    name: str
    chain: tuple
    words: str
    lay: object
    format: str = 'odoo_zip'
    later: object = None
    settings: tuple = ()


class Case:
    """The folders of one story, and the real backups from which its files are taken.

    :param dumps: ``{format: path}`` of backups of ``database``, and under ``other`` a plain dump of another one
    """

    def __init__(self, story, hosts, dumps, today):
        self.story, self.hosts, self.dumps, self.today = story, hosts, dumps, today
        self.made, self.copied = (host.files / story.name for host in hosts)
        for folder in (self.made, self.copied):
            folder.mkdir()
        self.stop = threading.Event()

    def name(self, days_ago=0):
        ending = {'odoo_zip': 'zip', 'zip': 'zip', 'pg_custom': 'dump', 'pg_plain': 'sql'}[self.story.format]
        return f'prod_{self.today - timedelta(days=days_ago)}.{ending}'

    def put(self, folder, days_ago=0, source=None, ago_s=60):
        """Lay the backup of a day, that of each day of other bytes; return its path."""
        path = folder / self.name(days_ago)
        shutil.copy(source or self.dumps[self.story.format], path)
        if days_ago:
            note(path, f"of {days_ago} days ago")
        stamp = time.time() - days_ago * DAY_S - ago_s
        os.utime(path, (stamp, stamp))
        return path

    def both(self, **values):
        path = self.put(self.made, **values)
        return path, shutil.copy(path, self.copied / path.name)  # as copying does: of this very moment


# === WHAT IS DONE TO A FILE === #

def note(path, words):
    """Make the bytes of a zip others than before, and leave it whole."""
    with zipfile.ZipFile(path, 'a') as archive:
        archive.comment = words.encode()


def change(path, work):
    """Let ``work(bytearray)``, which returns other bytes or changes these, change a file and keep its time."""
    status, data = path.stat(), bytearray(path.read_bytes())
    changed = work(data)
    path.write_bytes(data if changed is None else changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def spoil(work):
    """Return how a story lays a file that is whole at neither place."""
    def lay(case):
        for path in case.both():
            change(path, work)
    return lay


def flip(data):
    data[len(data) // 2] ^= 16


def punch(data):
    at = len(data) // 2
    data[at:at + 8192] = bytes(8192)


# === STORIES === #

def lay_whole(case):
    case.both()


def lay_copied_only(case):
    case.put(case.copied)


def lay_renamed(case):
    old = case.put(case.made, days_ago=1)
    shutil.copy(old, case.made / case.name())


def lay_half(case):
    """Let it be much smaller than five before it, and whole: most of the filestore is missing."""
    for days_ago in range(1, 6):
        case.put(case.made, days_ago)
    path = case.made / case.name()
    with zipfile.ZipFile(case.dumps['odoo_zip']) as archive, zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as half:
        files = [one for one in archive.infolist() if one.filename.startswith('filestore/')]
        size, wanted = sum(one.compress_size for one in archive.infolist()), case.dumps['odoo_zip'].stat().st_size // 2
        for one in sorted(files, key=lambda one: -one.compress_size)[:-1]:
            if size > wanted:
                size -= one.compress_size
                files.remove(one)
        for one in (*(one for one in archive.infolist() if not one.filename.startswith('filestore/')), *files):
            half.writestr(one, archive.read(one))
    if path.stat().st_size > 0.75 * case.dumps['odoo_zip'].stat().st_size:
        raise Trouble(f"without the files of its filestore the dump is hardly smaller: {path.stat().st_size} B")


def lay_other_database(case):
    case.put(case.made, source=case.dumps['other'])


def lay_future(case):
    case.put(case.made, ago_s=-6 * HOUR_S)


def lay_growing(case):
    """Write a file on and on, as a job does that has not come to its end."""
    path = case.put(case.made)

    def write():
        while not case.stop.wait(0.3):
            with open(path, 'ab') as file:
                file.write(b'more')

    threading.Thread(target=write, daemon=True).start()


def lay_part(case):
    path = case.put(case.made)
    path.rename(f'{path}.part')


def lay_locked(case):
    case.both(source=case.dumps['locked'])


def lay_on_thumb_drive(case):
    case.hosts[1].mount(case.copied, 'usb')
    case.both()


def lay_on_share(case):
    """Let the second host look at what lies on the first one, by a share of it."""
    case.hosts[1].mount(case.copied, f'//{case.hosts[0].name}.office.lan/backups')
    case.both()


def lay_on_disk(case):
    case.hosts[0].mount(case.made, '/dev/sdy1')
    case.both()


def unmount(case):
    """Take the disk away: below it the folder is empty."""
    (case.made / case.name()).unlink()
    case.hosts[0].unmount(case.made)


def change_after_proof(case):
    """Put other bytes into what was proven, and into its copy: both are as readable as before."""
    path = case.made / case.name()
    note(path, "other bytes")
    shutil.copy(path, case.copied / path.name)


def lay_tomorrows(case):
    path = case.put(case.made)
    path.rename(case.made / case.name(-1))


def take_away(case):
    for folder in (case.made, case.copied):
        (folder / case.name()).unlink()


STORIES = (
    Story('whole', (GOOD, GOOD, GOOD), "was read from end to end and lies at", lay_whole),
    Story('whole dump', (GOOD, GOOD, GOOD), "was read from end to end and lies at", lay_whole, 'pg_custom'),
    Story('nothing', (BAD, NONE, NONE), "is missing", lambda case: None),
    Story('empty', (BAD, NONE, NONE), "is empty", spoil(lambda data: bytearray())),
    Story('truncated', (GOOD, BAD, NONE), "is cut off", spoil(lambda data: data[:-5000])),
    Story('flipped byte', (GOOD, BAD, NONE), "a checksum in it is wrong", spoil(flip)),
    Story('hole', (GOOD, BAD, NONE), "a part of it is zeros", spoil(punch)),
    Story('renamed', (BAD, NONE, NONE), "the very same bytes as", lay_renamed),
    Story('half', (BAD, NONE, NONE), "much smaller than usual", lay_half),
    Story('wrong folder', (BAD, NONE, NONE), "not where backups are made", lay_copied_only),
    Story('no end', (GOOD, BAD, NONE), "the dump did not finish", spoil(lambda data: data[:data.rindex(b'dump complete')]), 'pg_plain'),
    Story('other database', (GOOD, BAD, NONE), "of another database", lay_other_database, 'pg_plain'),
    Story('future', (BAD, NONE, NONE), "comes from the future", lay_future),
    Story('growing', (BAD, NONE, NONE), "still being written", lay_growing, settings=(('settle_s', 5.0),)),
    Story('part', (BAD, NONE, NONE), "name of an unfinished file", lay_part),
    Story('locked', (GOOD, BAD, NONE), "protected by a password", lay_locked, 'zip'),
    Story('thumb drive', (GOOD, GOOD, BAD), "a removable medium", lay_on_thumb_drive),
    Story('mounted back', (GOOD, GOOD, BAD), "lie on one machine", lay_on_share),
    Story('unmounted', (GOOD, GOOD, BAD), "its disk or share is not mounted", lay_on_disk, later=unmount),
    Story('changed', (BAD, NONE, NONE), "was changed after it was proven", lay_whole, later=change_after_proof),
    Story('named tomorrow', (BAD, NONE, NONE), "bears the date of a day to come", lay_tomorrows),
    Story('gone', (BAD, NONE, NONE), "nobody sees it anywhere", lay_whole, later=take_away),
)
WHOLE = STORIES[0]
