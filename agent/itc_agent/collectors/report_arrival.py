"""A report that has to come every day, week or month: the file of *this* period is there, holds rows, and is not the old one under a new name.

``folders`` are the places where it may be: folders, or shortcuts to folders (``C:/Users/Loj/Documents/Loj/Sales Report`` and ``C:/Users/Loj/Desktop/Sales
Report.lnk``). One of them is enough. A shortcut is read from its file; one that leads nowhere is a warning when the report is found elsewhere,
and unknown otherwise. A shortcut to a share is not followed: name the share.

Due: ``due_time`` on ``due_days`` (days of the week; of a weekly report one, Monday unless set; of a monthly one the day of the month), local time,
with ``grace_min`` minutes. Until then the report of the period before is looked for. Holidays are not known: a report that is not made then is
missed.

Which file: by the date in its name, when ``name_date`` tells how it is written (``%Y-%m-%d``; of a week also ``%G-W%V``, of a month ``%Y-%m``).
``about`` says whether that date lies in the period in which the report is due (``this``) or in the one before (``last``: made on Monday about
last week). Without ``name_date`` the time of the last change decides, and the words say so: copies and sync tools can set it. A file counts that was
changed after the report of the period before had to be there, so a weekly report of Sunday night is the one that is due on Monday.

Then the file is looked into, in a process of its own. Critical: no report of the period, a file that is not whole (an xlsx or PDF that is cut), or
the same bytes as the report of the period before (their SHA-256 is kept, also over a restart). Warning: fewer than ``min_rows`` filled rows below
``header_rows`` in a CSV or in the longest sheet of an xlsx (at most 100,000 are counted). Of a PDF the beginning and the end are looked at and no
rows are counted, and the words say so.

Unknown: a folder that cannot be read, nothing at all that matches (an unplugged disk is an empty folder), no name with a readable date, a file that is
still being written (changed within ``settle_s``), may not be read, is locked with a password, or is larger than 200 MiB. So is what is no report of
its kind: a workbook without any sheet, a CSV that holds binary data, a web page, JSON, or text in none of UTF-8, UTF-16 and Windows-1252, an xls file
that does not begin as one. So is a file of any other kind (xls, ods, html), whose rows nothing here can count: have the report made as xlsx or CSV,
or set ``min_rows`` to 0 if it is enough that it arrived.

Tried on: xlsx files that openpyxl wrote, shortcuts that pylnk3 wrote. Not tried on the real thing: reports of Loj Insights, and shortcuts that
Windows made.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from datetime import time as time_of_day

from .. import programs
from ..errors import SourceUnavailable
from ..judge import bytes_text, clip, counted
from ..registry import Metric, collector, setting
from ..results import Reading, State
from . import _shortcut
from ._dates import check_period_layout, parse_name_date
from ._folder import FileSeen, Wanted, is_settled, list_files, split_patterns, watch
from ._hours import parse_time
from ._periods import Period, check_due_days, owed
from ._report_child import MAX_MEMORY

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '_report_child.py')
PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(CHILD)))
CHILD_S, MOST_BYTES, MOST_ROWS = 40.0, 200 * 2 ** 20, 100_000
MOST_KEPT = 10


@dataclass(frozen=True)
class ReportArrivalSettings:
    """Which report, where, and when it is due."""

    folders: list = setting('list', help="Absolute paths of folders, or of shortcuts (.lnk) to folders; the report may be in any of them.")
    pattern: str = setting('str', '*.xlsx|*.csv|*.pdf', help="File names that count; several patterns separated by |.")
    exclude: str = setting('str', '', help="Names that are left out; several patterns separated by |.")
    recursive: bool = setting('bool', False, help="Look into subfolders too.")
    period: str = setting('str', 'day', help="How often: day, week or month.")
    name_date: str = setting('str', '', help="How the date stands in the name (%Y-%m-%d, %G-W%V, %Y-%m); empty: the time of the last change.")
    about: str = setting('str', 'this', help="The date in the name lies in the period in which it is due (this) or in the one before (last).")
    due_time: str = setting('str', '20:00', help="Time of day, local, at which it has to be there.")
    due_days: list = setting('list', (), help="Days on which it is due: mon, tue, …; of a monthly one the day (5). Empty: each day, Monday, the first.")
    grace_min: int = setting('int', 60, help="Minutes after that before it is missed.")
    min_rows: int = setting('int', 1, help="Fewer filled rows in a CSV or xlsx are a warning; 0: that it arrived is enough.")
    header_rows: int = setting('int', 1, help="Rows above the first one that counts.")
    settle_s: float = setting('float', 60.0, help="A file changed within these seconds is still being written.")

    def __post_init__(self):
        if not self.folders or not all(os.path.isabs(one) for one in self.folders):
            raise ValueError("folders: expected absolute paths")
        check_due_days(self.due_days, self.period)
        if self.name_date:
            check_period_layout(self.name_date, self.period)
        if self.about not in ('this', 'last'):
            raise ValueError("about: expected this or last")
        parse_time(self.due_time, 'due_time')
        if min(self.grace_min, self.min_rows, self.header_rows, self.settle_s) < 0 or self.grace_min > 10_000:
            raise ValueError("grace_min, min_rows, header_rows and settle_s: expected 0 or more")


@dataclass(frozen=True)
class Found:
    """What lies in all the folders.

    :param files: those that match, with whole paths
    :param shut: folders that cannot be looked at, and shortcuts that lead nowhere, each with the reason
    :param broken: the shortcuts among them
    """

    files: tuple
    shut: tuple = ()
    broken: tuple = ()


# === WHICH FILE === #

def choose(files, settings: ReportArrivalSettings, now: float) -> tuple[Period, FileSeen | None, FileSeen | None, int]:
    """Return the period that is owed, its file, the newest file of an earlier one, and how many names tell no date. Pure.

    :param now: seconds since 1970
    """
    grace = timedelta(minutes=settings.grace_min)
    clock = datetime.fromtimestamp(now)  # noqa: DTZ006  reports are due by the clock on the wall
    this, before = owed(clock, settings.period, settings.due_days, parse_time(settings.due_time, 'due_time'), grace)
    begin, end = (this.begin, this.end) if settings.about == 'this' else (before.begin, this.begin)
    since, until = (datetime.combine(one, time_of_day.min).timestamp() for one in (begin, end))
    if not settings.name_date:
        # What was made later has taken the place of what was made then.
        since, until = (before.due + grace).timestamp(), float('inf')
    mine, earlier, undated = [], [], 0
    for one in files:
        at = parse_name_date(os.path.basename(one.name), settings.name_date, now) if settings.name_date else one.at
        if at is None:
            undated += 1
        elif since <= at < until:
            mine.append((at, one.at, one))
        elif at < since:
            earlier.append((at, one.at, one))
    return (this, *(max(rows, key=lambda row: row[:2])[2] if rows else None for rows in (mine, earlier)), undated)


def missing(this: Period, earlier, undated: int, found: Found, settings: ReportArrivalSettings, now: float) -> Reading:
    """Return the reading when the file of the period is not there. Pure."""
    overdue = max(0, int(now - this.due.timestamp()))
    if found.shut:
        return Reading('', {'overdue_s': None}, State.UNKNOWN, f"no report of {this.name} where it could be looked for; {'; '.join(found.shut)}")
    if undated and undated == len(found.files):
        return Reading('', {'overdue_s': None}, State.UNKNOWN, f"no name holds a readable date {settings.name_date} ({undated} without)")
    if not found.files:
        return Reading('', {'overdue_s': None}, State.UNKNOWN, f"no file at all matches {settings.pattern} in {', '.join(settings.folders)}")
    words = f"no report of {this.name}, due {this.due:%Y-%m-%d %H:%M}"
    return Reading('', {'overdue_s': overdue}, State.CRITICAL, words + (f"; the newest is {os.path.basename(earlier.name)}" if earlier else ''))


# === WHAT IS IN IT === #

def parse(one: FileSeen, said: dict, same_as: str, settings: ReportArrivalSettings, now: float) -> Reading:
    """Return the reading for the file of the period and what the child found in it. Pure.

    :param same_as: the period whose report had the same bytes, empty when none
    """
    name = os.path.basename(one.name)
    values = {'overdue_s': 0, 'age_s': max(0, int(now - one.at)), 'size_bytes': one.size}
    if said['broken']:
        return Reading('', values, State.CRITICAL, f"{name} {said['broken']}")
    if said['closed']:
        return Reading('', values, State.UNKNOWN, f"{name} {said['closed']}")
    if not one.size:
        return Reading('', {**values, 'rows': 0}, State.CRITICAL, f"{name} is empty")
    if same_as:
        return Reading('', values, State.CRITICAL, f"{name} has the same bytes as the report of {same_as}")
    words = f"{name}, {bytes_text(one.size)}" + ('' if settings.name_date else ", by the time of its last change")
    if said['rows'] is None and settings.min_rows and said['kind'] != 'pdf':
        return Reading('', values, State.UNKNOWN, f"{words}; rows of this kind of file cannot be counted (min_rows 0: that it arrived is enough)")
    if said['rows'] is None:
        return Reading('', values, State.OK, f"{words}; rows of this kind of file are not counted")
    rows = max(0, said['rows'] - settings.header_rows)
    state = State.WARNING if rows < settings.min_rows else State.OK
    least = f", at least {settings.min_rows} expected" if state else ''
    return Reading('', {**values, 'rows': rows}, state, f"{words}, {counted(rows, 'row') if rows else 'no rows'}{least}")


def same_report(kept: dict, period: Period, digest: str) -> str:
    """Return the name of the period before this one when its report had the same bytes, else nothing.

    :param kept: ``reports``: first day of a period to ``[digest, name]``
    """
    reports = kept.get('reports')
    known = {day: row for day, row in reports.items() if isinstance(row, list) and len(row) == 2} if isinstance(reports, dict) else {}
    earlier = max((day for day in known if day < period.begin.isoformat()), default='')
    known[period.begin.isoformat()] = [digest, period.name]
    kept['reports'] = dict(sorted(known.items())[-MOST_KEPT:])
    return known[earlier][1] if earlier and known[earlier][0] == digest else ''


def look_into(one: FileSeen, memory: dict) -> dict:
    """Return what the child says of a file; one that has not changed is not read again.

    :raises SourceUnavailable: it cannot be told
    """
    key = (one.name, one.size, one.at)
    if memory.get('looked', (None,))[0] != key:
        job = {'path': one.name, 'folder': PACKAGES, 'most_bytes': MOST_BYTES, 'most_rows': MOST_ROWS}
        try:
            said = programs.run_python(CHILD, job, CHILD_S, name="looking into the report", memory=MAX_MEMORY)
        except SourceUnavailable as error:
            raise SourceUnavailable(f"{os.path.basename(one.name)}: {error}") from error
        if not isinstance(said, dict):
            raise SourceUnavailable(f"{os.path.basename(one.name)}: looking into the report gave no answer that can be read")
        memory['looked'] = (key, said)
    return memory['looked'][1]


# === LOOK === #

def query(settings: ReportArrivalSettings) -> Found:
    """Return what lies in the folders and behind the shortcuts."""
    wanted = Wanted(split_patterns(settings.pattern), split_patterns(settings.exclude), settings.recursive)
    files, shut, broken = {}, [], []
    for path in settings.folders:
        try:
            folder = path
            if not os.path.isdir(path) and (path.lower().endswith('.lnk') or os.path.isfile(f'{path}.lnk')):
                folder = _shortcut.follow(path if path.lower().endswith('.lnk') else f'{path}.lnk')
            seen = list_files(folder, wanted)
        except _shortcut.NoTarget as error:
            broken.append(f"the shortcut {path} {error}")
            shut.append(broken[-1])
        except (OSError, SourceUnavailable) as error:
            shut.append(str(error) if isinstance(error, SourceUnavailable) else f"{path}: {error.strerror or error}")
        else:
            shut += [f"{folder}: {text}" for text in seen.unread]
            # Two ways to one folder are one file.
            files |= {os.path.realpath(os.path.join(folder, one.name)): replace(one, name=os.path.join(folder, one.name)) for one in seen.files}
    return Found(tuple(files.values()), tuple(shut), tuple(broken))


@collector(
    'report_arrival', title="Report has arrived", help="Whether the report of this day, week or month is there, whole, filled and new.",
    settings=ReportArrivalSettings,
    metrics=[
        Metric('overdue_s', 's', "Time since it was due, while it is missing."),
        Metric('age_s', 's', "Age of the report."),
        Metric('size_bytes', 'B', "Its size."),
        Metric('rows', '', "Filled rows below the header."),
    ],
    every_s=900, timeout_s=60,
)
def collect(settings: ReportArrivalSettings, memory: dict):
    """Look for the report of the period that is owed, and into it."""
    now = time.time()
    found = query(settings)
    this, mine, earlier, undated = choose(found.files, settings, now)
    watched, memory['watched'] = memory.get('watched') or {}, watch(found.files, now, memory.get('watched') or {})
    if mine is None:
        yield missing(this, earlier, undated, found, settings, now)
        return
    if not is_settled(mine, now, settings.settle_s, watched):
        yield Reading('', {'overdue_s': None}, State.UNKNOWN, f"{os.path.basename(mine.name)} is still being written")
        return
    said = look_into(mine, memory)
    same_as = same_report(memory.setdefault('kept', {}), this, said['sha256']) if said['sha256'] else ''
    if not same_as and earlier and earlier.size == mine.size and look_into(earlier, {})['sha256'] == said['sha256']:
        same_as = os.path.basename(earlier.name)
    reading = parse(mine, said, same_as, settings, now)
    if found.shut and reading.finding == State.OK:
        state = State.WARNING if found.broken else State.OK
        reading = replace(reading, finding=state, text=clip(f"{reading.text}; {'; '.join(found.shut)}"))
    yield reading
