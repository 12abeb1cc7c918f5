"""Folders that look like those in which backups arrive: by the names of their files, never by what is in these.

A series is a group of files of one folder that differ only by the date in their names (``prod_2026-11-28.dump``, ``prod_2026-11-29.dump``); a folder
for each day counts as one. The walk is bounded in time, depth and number of files, and never leaves its disk, neither by a link nor by a mount.
"""
from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass, field

from .discovery import Finding
from .errors import SourceUnavailable

MAX_FILES, MAX_S, MAX_SERIES = 60_000, 15.0, 20
FRESH_S = 8 * 86400
DATED_BYTES, UNDATED_BYTES = 1024, 2 ** 20
IMAGE = 'WindowsImageBackup'
ENDINGS = ('.dump', '.backup', '.bak', '.ptb', '.zip', '.sql.gz', '.sql')
# What only a backup ends like; the others are something else as often.
TELLING = {'.dump': 'odoo', '.backup': 'odoo', '.ptb': 'peachtree', '.bak': 'cnet'}
TEMPLATES = {'odoo': ('odoo_backup_fresh', "Odoo"), 'cnet': ('cnet_backup_fresh', "CNET"), 'peachtree': ('peachtree_backup_fresh', "Peachtree")}
HINTS = (('peachtree', r'peachtree|sage ?50|\bptb\b'), ('cnet', r'cnet'), ('odoo', r'odoo'))
SAYS_BACKUP = re.compile(r'back ?up|bkp|dump', re.IGNORECASE)
# A date, with or without a time: 2026-11-28_0430, 20261128, 28.11.2026, 112826.
DATE = re.compile(r'\d{1,2}[-_.]\d{1,2}[-_.]\d{4}(?:[-_. T:]*\d+)*|\d{4,}(?:[-_. T:]*\d+)*')
SKIPPED = {
    'windows', 'program files', 'program files (x86)', 'programdata', '$recycle.bin', 'system volume information', 'recovery', 'perflogs', 'appdata',
    'proc', 'sys', 'dev', 'run', 'usr', 'lib', 'lib32', 'lib64', 'libx32', 'bin', 'sbin', 'etc', 'boot', 'tmp', 'snap', 'nix', 'lost+found',
    'node_modules', '__pycache__', 'site-packages', 'dist-packages', '.git', '.cache', '.local', '.config', 'filestore', 'sessions', 'base', 'pg_wal'}


@dataclass(frozen=True)
class File:
    name: str
    size: int
    at: float


@dataclass
class Walk:
    """Goes through folders and keeps the files that could be backups, folder by folder.

    :param folders: path to its files; of a folder of a Windows image nothing is kept but that it is there
    """

    max_files: int = MAX_FILES
    max_s: float = MAX_S
    now: float = field(default_factory=time.time)
    folders: dict = field(default_factory=dict)
    _depths: dict = field(default_factory=dict)
    _refused: list = field(default_factory=list)
    _count: int = 0
    _began: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        return self._count >= self.max_files or time.monotonic() - self._began >= self.max_s

    def check_whole(self) -> None:
        """:raises SourceUnavailable: not all could be looked at"""
        if self.is_over:
            raise SourceUnavailable("there are more files than could be looked at in the time; some folders were left out")
        if self._refused:
            raise SourceUnavailable(f"some folders may not be read, such as {min(self._refused)}")

    def into(self, path: str, depth: int) -> None:
        """Look into a folder and ``depth`` levels of folders in it; one that is not there is nothing."""
        try:
            device = os.stat(path).st_dev
        except OSError as error:
            self._note(path, error)
            return
        self._into(path, depth, device)

    def _into(self, path: str, depth: int, device: int) -> None:
        if self.is_over or self._depths.get(path, -1) >= depth:
            return
        self._depths[path] = depth
        files, inner = [], []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self._count += 1
                    if self.is_over:
                        break
                    self._sort(entry, device, files, inner)
        except OSError as error:
            self._note(path, error)
        if files:
            self.folders[path] = files
        for one in inner if depth else ():
            self._into(one, depth - 1, device)

    def _sort(self, entry, device: int, files: list, inner: list) -> None:
        """Put an entry of a folder where it belongs; what vanishes meanwhile is nothing."""
        name = entry.name.lower()
        try:
            if entry.is_dir(follow_symlinks=False):
                if entry.name == IMAGE:
                    self.folders[entry.path] = []
                elif name not in SKIPPED and _stays(entry.stat(follow_symlinks=False), device):
                    inner.append(entry.path)
            elif name.endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                files.append(File(entry.name, status.st_size, status.st_mtime))
        except OSError as error:
            self._note(entry.path, error)

    def _note(self, path: str, error: OSError) -> None:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            self._refused.append(path)


def _stays(status, device: int) -> bool:
    """Tell whether a folder is on the same disk and no junction (Windows' links to folders)."""
    if getattr(status, 'st_file_attributes', 0) & getattr(stat, 'FILE_ATTRIBUTE_REPARSE_POINT', 0x400):
        return False
    # Python on Windows does not tell the disk of an entry.
    return not status.st_dev or status.st_dev == device


# === WHAT THE NAMES SAY. Pure. === #

@dataclass(frozen=True)
class Series:
    """Files of one folder that differ only by their dates.

    :param pattern: of their names
    """

    folder: str
    pattern: str
    ending: str
    is_dated: bool
    is_deep: bool
    newest: File


def series_of(folders: dict) -> list[Series]:
    """Return the series in some folders, by folder and pattern; a folder named by a date belongs to the one it lies in.

    >>> [one.pattern for one in series_of({'/b': [File('odoo19_2026-11-28.zip', 9999, 1), File('odoo19_2026-11-29.zip', 9999, 2), File('a.zip', 9999, 3)]})]
    ['odoo19_*.zip']
    """
    found: dict = {}
    for folder, files in folders.items():
        is_deep = DATE.fullmatch(os.path.basename(folder)) is not None
        place = os.path.dirname(folder) if is_deep else folder
        for file in files:
            pattern, ending, is_dated = pattern_of(file.name)
            if file.size < (DATED_BYTES if is_dated or is_deep else UNDATED_BYTES):
                continue
            if is_dated or is_deep or ending in TELLING:
                found.setdefault((place, pattern, ending, is_dated or is_deep, is_deep), []).append(file)
    return [Series(place, pattern, ending, is_dated, is_deep, max(files, key=lambda one: one.at))
            for (place, pattern, ending, is_dated, is_deep), files in sorted(found.items())]


def pattern_of(name: str) -> tuple[str, str, bool]:
    """Return a file name with a star for its date, its ending, and whether it has a date.

    >>> pattern_of('it_continuity_2026-11-29_0034.dump'), pattern_of('Company-112826.ptb'), pattern_of('CNET.bak')
    (('it_continuity_*.dump', '.dump', True), ('Company-*.ptb', '.ptb', True), ('CNET.bak', '.bak', False))
    """
    ending = next(one for one in ENDINGS if name.lower().endswith(one))
    stem, tail = name[:-len(ending)], name[-len(ending):]
    pattern = DATE.sub('*', stem)
    if re.search(r'[?\[\]|]', stem):  # these mean something in a pattern
        return f'*{tail}', ending, pattern != stem
    return pattern + tail, ending, pattern != stem


def system_of(series: Series) -> str:
    """Return whose backups a series holds, empty when nothing says so: by its names, then by its folder, then by its ending."""
    for text in (series.pattern, series.folder):
        for system, pattern in HINTS:
            if re.search(pattern, text, re.IGNORECASE):
                return system
    return TELLING.get(series.ending, '')


def findings(folders: dict, now: float):
    """Yield a finding for each folder with a series, the newest of which tells whether backups still arrive there: then it is sure.

    :param folders: as :class:`Walk` keeps them
    :param now: seconds since 1970
    """
    for folder in sorted(one for one in folders if os.path.basename(one) == IMAGE):
        yield Finding('windowsimage_backup_fresh', 'newest_file', {'folder': posix(folder)}, True, f"{posix(folder)} is where Windows puts its images.")
    named = [(series, system_of(series)) for series in series_of(folders)]
    named = [(series, system) for series, system in named if system and _is_backup(series, system)]
    named.sort(key=lambda pair: (not pair[0].is_dated, pair[0].folder))
    for series, system in named[:MAX_SERIES]:
        code, title = TEMPLATES[system]
        settings = {'folder': posix(series.folder), 'pattern': series.pattern, **({'recursive': True} if series.is_deep else {})}
        is_fresh = abs(now - series.newest.at) <= FRESH_S
        what = f"dated files named {series.pattern}" if series.is_dated else f"a file named {series.pattern}"
        yield Finding(code, 'newest_file', settings, series.is_dated and is_fresh,
                      f"{posix(series.folder)} holds {what}, like backups of {title}" + ("." if is_fresh else "; none has come for a week."))


def _is_backup(series: Series, system: str) -> bool:
    """Tell whether files that could be anything (an archive, a script) are backups by what they or their folder are called."""
    return series.ending in TELLING or (series.is_dated and (SAYS_BACKUP.search(series.pattern + series.folder) is not None or bool(system)))


def posix(path: str) -> str:
    r"""Return a path with slashes, as settings have it on both systems.

    >>> posix('C:\\Backups\\Odoo'), posix('/srv/odoo')
    ('C:/Backups/Odoo', '/srv/odoo')
    """
    return path.replace('\\', '/') if re.match(r'[A-Za-z]:|\\\\', path) else path
