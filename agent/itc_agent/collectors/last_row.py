"""The time in the last complete row of a CSV or log: whether a program that writes one still works, not only runs.

``path`` is a file or a pattern (``C:/Users/Loj/Logs/**/C_ - Loj Server Log.csv``; ``**`` is any number of folders). Of several files the five that
were changed last are looked at, and the newest row of all of them counts: so a log that has just been begun anew, and has no row yet, is no
silence. What counts is the time that stands *in the row*. The file's own time proves nothing: copies and sync tools set it, and Windows writes it
late while a file is held open.

Where the time stands: ``columns`` names it for a CSV (a name of the header, or a number from 1; date and time in two columns are two names).
``regex`` says it for any other log (its first group). With neither, the first thing in a line that reads like a time counts. Lines without one
(the rest of an error message, a value in quotes over several lines) belong to the row above.

How it is written: ``formats`` are read as strptime reads them (``%d/%m/%Y %H:%M:%S``), also ``epoch`` and ``epoch_ms``. Without any, only times
that begin with the year are read (``2026-11-28 17:05:11,123``), because 05/11/2026 is two different days. A time that tells its own offset
(``Z``, ``+03:00``) needs no ``time_zone``.

A row that is still being written (no line end yet) does not count, nor do zero bytes that a power cut left at the end. Only the end of a file is
read, at most 4 MiB, and the file is opened so that its program may go on writing, renaming and deleting it (only for some milliseconds on Windows
nobody can rename another file over it). ``encoding`` is found out unless set.

Unknown: the folder is not there, no file matches, a file may not be read or is held by its program for itself alone, no row yet (the words tell a
header alone from an empty file), no time that can be read in the last rows (the words show the shape of one), the column is not in the header, a
row from the future (over 5 minutes: the format, the zone or a clock is wrong).

There is no limit of its own. Bind ``age_s``, or, where nights and Sundays are silent, ``open_age_s``: it counts only seconds within ``hours`` on
``days`` (local time), so a shop that closed at eight is not late at seven in the morning.

Tried on: a Java 17 program that holds its CSV open, appends to it and is stopped, on Linux; Windows' locks under Wine. Not tried on the real thing: the
log of SO Engine itself, and a real Windows.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass

from .. import patterns
from ..errors import SourceUnavailable
from ..judge import bytes_text, clip, counted, seconds_text
from ..registry import Metric, collector, setting
from ..results import Reading, State
from . import _program, _tail
from ._dates import FUTURE_S, check_row_formats, parse_row_time, zone_of
from ._hours import check_days, day_numbers, parse_hours, seconds_open
from ._open_file import find_files, open_shared

MAX_FILES_READ = 5
SHOWN = 60


@dataclass(frozen=True)
class LastRowSettings:
    """Which file, and where and how its rows tell the time."""

    path: str = setting('str', help="Absolute path; * ? and ** for any folders are allowed (`C:/Logs/**/Server Log.csv`).")
    columns: list = setting('list', (), help="Column of the time, by name or number from 1; two for date and time. Empty: anywhere in the line.")
    formats: list = setting('list', (), help="How the time is written, as strptime reads it, or epoch, epoch_ms. Empty: 2026-11-28 17:05:11.")
    time_zone: str = setting('str', 'local', help="Clock of the rows: local, utc or an offset (+03:00).")
    encoding: str = setting('str', 'auto', help="auto, utf-8, utf-16, cp1252, latin-1.")
    separator: str = setting('str', 'auto', help="Sign between columns: auto, a comma, ;, | or tab.")
    header: bool = setting('bool', True, help="The first row holds the columns' names.")
    regex: str = setting('str', '', help="Instead of columns: regular expression whose first group is the time.")
    hours: str = setting('str', '', help="Hours in which rows are expected (08:00-20:00), for open_age_s; empty: all day.")
    days: list = setting('list', (), help="Days of these hours (mon, tue, …); empty: every day.")

    def __post_init__(self):
        if not os.path.isabs(self.path):
            raise ValueError("path: expected an absolute path")
        if self.encoding not in _tail.ENCODINGS:
            raise ValueError(f"encoding: expected one of {', '.join(_tail.ENCODINGS)}")
        if self.separator not in ('auto', 'tab') and len(self.separator) != 1:
            raise ValueError("separator: expected auto, tab or one sign")
        if self.regex and self.columns:
            raise ValueError("regex: expected either regex or columns")
        if not self.header and not all(column.isdigit() for column in self.columns):
            raise ValueError("columns: without a header, expected numbers")
        if len(self.columns) > 2 or any(one.isdigit() and not (one.isdecimal() and int(one) > 0) for one in self.columns):
            raise ValueError("columns: expected one column, or two for date and time, numbered from 1")
        if self.time_zone not in ('local', 'utc'):
            zone_of(self.time_zone)
        check_row_formats(self.formats)
        patterns.refuse_wrong('regex', self.regex)
        parse_hours(self.hours, 'hours')
        check_days(self.days, 'days')


@dataclass(frozen=True)
class Layout:
    """How the rows of one file are to be read.

    :param columns: places of the time, from 0; empty: the line as a whole
    :param width: how many columns a row has, 0 when that is not known
    """

    columns: tuple = ()
    separator: str = ','
    width: int = 0


@dataclass(frozen=True)
class Row:
    """What was found at the end of a file.

    :param at: the row's own time, seconds since 1970; None when there is no row with one
    :param lines: complete lines that were read, without blank ones and the header
    :param later: lines below the row that hold no time
    :param problem: why there is no time although there are lines, else empty
    """

    name: str
    at: float | None = None
    lines: int = 0
    later: int = 0
    size: int = 0
    problem: str = ''


# === ONE FILE === #

def find_layout(header: str, settings: LastRowSettings) -> Layout:
    """Return how to read the rows below a header (or, without one, rows like this one). Pure.

    :raises SourceUnavailable: a column is not in it
    """
    separator = {'auto': _tail.find_separator(header), 'tab': '\t'}.get(settings.separator, settings.separator)
    names = [name.strip().strip('\ufeff').casefold() for name in _tail.split_row(header, separator)]
    places = []
    for column in settings.columns:
        wanted = column.strip().casefold()
        if settings.header and wanted in names:
            places.append(names.index(wanted))
        elif column.isdigit():
            places.append(int(column) - 1)
        else:
            # Only its shape leaves this machine: any file can be named, and its first line may be a secret.
            shape = _program.blur(clip(header.strip(), SHOWN))
            raise SourceUnavailable(f"no column {column!r} among the {len(names)} of the header, which looks like {shape}")
    return Layout(tuple(places), separator, len(names) if settings.header else 0)


def find_time(row: str, layout: Layout, settings: LastRowSettings, now: float) -> float | None:
    """Return the time of a row, None when it holds none. Pure."""
    if not layout.columns:
        return parse_row_time(row, settings.formats, settings.time_zone, now)
    cells = _tail.split_row(row, layout.separator)
    if max(layout.columns) >= len(cells) or ('\n' in row and len(cells) != (layout.width or len(cells))):
        return None
    text = ' '.join(cells[place].strip() for place in layout.columns)
    return parse_row_time(text, settings.formats, settings.time_zone, now)


def find_last(lines, layout: Layout, settings: LastRowSettings, now: float) -> tuple[float, int] | None:
    """Return the time of the last row that has one, and how many lines stand below it. Asks a child process when there is a ``regex``."""
    if settings.regex:
        tried = lines[-_tail.MAX_TRIED:]
        rows = zip(reversed(patterns.extract(settings.regex, [line[:1000] for line in tried])), range(len(tried)), strict=True)
    else:
        rows = _tail.rows_backwards(lines, quoted=bool(layout.columns))
    for row, below in rows:
        at = None if row is None else find_time(row, layout, settings, now)
        if at is not None:
            return at, below
    return None


def read_header(head: _tail.Piece, encoding: str) -> tuple[str, int]:
    """Return the header of a CSV and how many lines it takes; a line ``sep=;`` above it is a spreadsheet's own."""
    lines = _tail.lines_of(head, encoding)
    place = 1 if lines and lines[0].lower().startswith('sep=') else 0
    return (lines[place], place + 1) if len(lines) > place else ('', 0)


def read_last(path: str, settings: LastRowSettings, now: float) -> Row:
    """Return the last row of a file. :raises OSError: it cannot be read; :raises SourceUnavailable: it is not as the settings say"""
    with open_shared(path) as file:
        head = _tail.Piece(_tail.read_part(file, 0, _tail.HEAD_BYTES), 0, 0)
        encoding = _tail.find_encoding(head.data, settings.encoding)
        header, header_lines = read_header(head, encoding) if settings.columns else ('', 0)
        layout = find_layout(header, settings) if header else Layout(tuple(int(one) - 1 for one in settings.columns if one.isdigit()))
        most = _tail.FIRST_BYTES
        while True:
            piece = _tail.read_end(file, most)
            lines = _tail.lines_of(piece, encoding)
            if piece.is_whole and settings.header and settings.columns:
                lines = lines[header_lines:]
            found = find_last(lines, layout, settings, now)
            if found or piece.is_whole or most >= _tail.MOST_BYTES:
                break
            most = min(4 * most, _tail.MOST_BYTES)
    if found:
        return Row(path, found[0], found[1] + 1, found[1], piece.size)
    filled = [line.strip() for line in lines if line.strip()]
    if piece.is_whole and settings.header and not settings.columns:
        filled = filled[1:]
    return Row(path, None, len(filled), 0, piece.size, explain(piece, filled))


def explain(piece: _tail.Piece, lines) -> str:
    """Return why the end of a file told no time.

    :param lines: its rows that are not blank, without the header
    """
    if lines:
        # Only the shape of the row leaves this machine: it shows how times are written there, and tells nothing of customers.
        return f"no time that can be read in the last rows; the last one looks like {_program.blur(clip(lines[-1], SHOWN))}"
    if not piece.size:
        return "is empty"
    if not piece.data.strip(b'\0'):
        return "holds zero bytes only" if piece.is_whole else "ends in zero bytes only"
    return "has a header and no row yet" if piece.is_whole else f"no line ends within the last {bytes_text(len(piece.data))}"


# === ALL FILES === #

def parse(rows, settings: LastRowSettings, now: float, count: int) -> Reading:
    """Return the reading for the rows of the files looked at, the one changed last first. Pure.

    :param count: how many files match
    """
    values = {'age_s': None, 'open_age_s': None, 'size_bytes': rows[0].size, 'count': count}
    name = os.path.basename(rows[0].name)
    dated = [row for row in rows if row.at is not None]
    if rows[0].at is None and (rows[0].lines or not dated):
        return Reading('', values, State.UNKNOWN, f"{name}: {rows[0].problem}")
    last = max(dated, key=lambda row: row.at)
    age = now - last.at
    if age < -FUTURE_S:
        words = f"its last row is {seconds_text(-age)} in the future: the format, the time zone or a clock is wrong"
        return Reading('', values, State.UNKNOWN, f"{os.path.basename(last.name)}: {words}")
    is_open = seconds_open(min(last.at, now), now, parse_hours(settings.hours, 'hours'), day_numbers(settings.days))
    values |= {'age_s': max(0, int(age)), 'open_age_s': int(is_open), 'size_bytes': last.size}
    words = f"last row of {os.path.basename(last.name)} at {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(last.at))}"
    if last.later:
        words += f", {counted(last.later, 'line below it holds', 'lines below it hold')} no time"
    if last is not rows[0]:
        words += f"; {name} {rows[0].problem}" if rows[0].problem else ''
    return Reading('', values, State.OK, words)


def query(settings: LastRowSettings) -> list[str]:
    """Return the files to read, the one changed last first, and how many match.

    :raises SourceUnavailable: it cannot be told which they are, or there is none
    """
    try:
        found, unread = find_files(settings.path)
    except OSError as error:
        raise SourceUnavailable(f"{settings.path}: {error.strerror or error}") from error
    if unread:
        raise SourceUnavailable(f"{unread[0]}: which file is the newest cannot be told")
    if not found:
        raise SourceUnavailable(f"no file matches {settings.path}")
    return found


def newest_first(paths) -> list[str]:
    """Return paths by the time of their last change; one that cannot be asked comes first, so that it is looked at."""
    def changed(path):
        try:
            return os.stat(path).st_mtime
        except FileNotFoundError:
            return float('-inf')
        except OSError:
            return float('inf')
    return sorted(paths, key=lambda path: (changed(path), path), reverse=True)


@collector(
    'last_row', title="Last row of a log", help="Age of the last complete row of a CSV or log, by the time that stands in it.",
    settings=LastRowSettings,
    metrics=[
        Metric('age_s', 's', "Age of the last row."),
        Metric('open_age_s', 's', "The same, counting only the hours in which rows are expected."),
        Metric('size_bytes', 'B', "Size of its file."),
        Metric('count', '', "Files that match."),
    ],
    timeout_s=20,
)
def collect(settings: LastRowSettings, memory: dict):
    """Look at the end of the files changed last."""
    now = time.time()
    found = query(settings)
    rows = []
    for path in newest_first(found)[:MAX_FILES_READ]:
        try:
            rows.append(read_last(path, settings, now))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceUnavailable(f"{path}: {error.strerror or error}: what the last row is cannot be told") from error
        except SourceUnavailable as error:
            raise SourceUnavailable(f"{os.path.basename(path)}: {error}") from error
    if not rows:
        raise SourceUnavailable(f"{found[0]}: the file vanished while it was looked at")
    yield parse(rows, settings, now, len(found))
