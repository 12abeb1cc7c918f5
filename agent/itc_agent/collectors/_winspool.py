"""Asks the Windows spooler and prints what it says as JSON. A program of its own: a spooler that hangs holds whoever asks it.

Run by ``programs.run_python``; reads ``{"most_jobs": 100}`` and writes::

    {"printers": [{"name", "attributes", "status", "count", "jobs": [{"id", "status", "size", "pages", "printing_ms", "age_s"}]}]}

``{"error": 1722}`` when the spooler does not answer; a printer whose jobs may not be seen has ``error`` instead of ``jobs``. Numbers are Windows' own.
"""
from __future__ import annotations

import calendar
import ctypes
import json
import sys
import time

LOCAL, LEVEL, INSUFFICIENT_BUFFER = 0x2, 2, 122
WORDS, POINTER = ctypes.c_uint32, ctypes.c_void_p


class PrinterInfo(ctypes.Structure):
    """PRINTER_INFO_2."""

    _fields_ = [(name, ctypes.c_wchar_p) for name in ('server', 'name', 'share', 'port', 'driver', 'comment', 'location')] + [
        ('device_mode', POINTER)] + [(name, ctypes.c_wchar_p) for name in ('separator', 'processor', 'datatype', 'parameters')] + [
        ('security', POINTER)] + [(name, WORDS) for name in (
            'attributes', 'priority', 'default_priority', 'start', 'until', 'status', 'count', 'average')]


class JobInfo(ctypes.Structure):
    """JOB_INFO_2."""

    _fields_ = [('id', WORDS)] + [(name, ctypes.c_wchar_p) for name in (
        'printer', 'machine', 'user', 'document', 'notify', 'datatype', 'processor', 'parameters', 'driver')] + [
        ('device_mode', POINTER), ('said', ctypes.c_wchar_p), ('security', POINTER)] + [(name, WORDS) for name in (
            'status', 'priority', 'position', 'start', 'until', 'total', 'size')] + [
        ('submitted', ctypes.c_uint16 * 8), ('printing_ms', WORDS), ('pages', WORDS)]


class SpoolerError(Exception):
    """Windows' error number is its first argument."""


def main() -> None:
    most_jobs = json.load(sys.stdin)['most_jobs']
    try:
        answer = {'printers': printers(most_jobs)}
    except SpoolerError as error:
        answer = {'error': error.args[0]}
    json.dump(answer, sys.stdout)


def printers(most_jobs: int) -> list[dict]:
    spool = ctypes.WinDLL('winspool.drv', use_last_error=True)
    found = []
    _buffer, infos = enumerate_by(lambda *rest: spool.EnumPrintersW(LOCAL, None, LEVEL, *rest), PrinterInfo)
    for one in infos:
        told = {'name': one.name, 'attributes': one.attributes, 'status': one.status, 'count': one.count}
        try:
            told['jobs'] = jobs(spool, one.name, most_jobs)
        except SpoolerError as error:
            told['error'] = error.args[0]
        found.append(told)
    return found


def jobs(spool, name: str, most: int) -> list[dict]:
    handle = POINTER()
    ctypes.set_last_error(0)
    if not spool.OpenPrinterW(ctypes.c_wchar_p(name), ctypes.byref(handle), None):
        raise SpoolerError(ctypes.get_last_error())
    try:
        _buffer, infos = enumerate_by(lambda *rest: spool.EnumJobsW(handle, 0, most, LEVEL, *rest), JobInfo)
        return [{'id': one.id, 'status': one.status, 'size': one.size, 'pages': one.pages, 'printing_ms': one.printing_ms,
                 'age_s': age_s(one.submitted, time.time())} for one in infos]
    finally:
        spool.ClosePrinter(handle)


def age_s(submitted, now: float) -> int | None:
    """Return the seconds since a SYSTEMTIME (year, month, day of the week, day, hour, minute, second, milliseconds; UTC)."""
    year, month, _weekday, day, hour, minute, second, _milliseconds = submitted
    return max(0, int(now - calendar.timegm((year, month, day, hour, minute, second)))) if year else None


def enumerate_by(call, structure):
    """Return the buffer (which holds the texts) and the structures that one of the spooler's lists consists of.

    :param call: takes the last four arguments of EnumPrinters or EnumJobs
    :raises SpoolerError: Windows said no
    """
    size, count = WORDS(), WORDS()
    for _try in range(3):  # the list can grow between two calls
        buffer = ctypes.create_string_buffer(size.value or 1)
        ctypes.set_last_error(0)  # else an error of long ago would be told
        if call(buffer, size.value, ctypes.byref(size), ctypes.byref(count)):
            return buffer, (structure * count.value).from_buffer(buffer)
        error = ctypes.get_last_error()
        if error != INSUFFICIENT_BUFFER:
            raise SpoolerError(error)
    raise SpoolerError(INSUFFICIENT_BUFFER)


if __name__ == '__main__':
    main()
