"""The systems' own logs, as far as more than one asks them: the collectors of events, and after a boot the agent itself.

It stands outside of ``collectors/``, so that asking once after a boot keeps no collector in memory that no check needs.
"""
from __future__ import annotations

import os
import re
import sys

from . import programs, time_limit
from .errors import SourceUnavailable

JOURNALCTL = ('/usr/bin/journalctl', '/bin/journalctl')
CALL_S = 20
MAX_EVENT = 2 ** 19  # signs; Windows itself keeps 64 KiB of one, and reading XML keeps every other thread waiting
SPACE = '{http://schemas.microsoft.com/win/2004/08/events/event}'
CODES = {5: "access is denied", 1722: "the event log service does not answer", 15007: "there is no such channel"}
BEGIN, END = re.compile(r'<Event[\s>]'), '</Event>'
NO_SIGNS = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));', re.IGNORECASE)


# === ASK WINDOWS === #

def wevtutil() -> str:
    """Return wevtutil. :raises SourceUnavailable: there is none"""
    root = os.environ.get('SystemRoot') or r'C:\Windows'
    # A Python of 32 bits is shown another System32.
    found = programs.find([os.path.join(root, folder, 'wevtutil.exe') for folder in ('Sysnative', 'System32')])
    if found is None:
        raise SourceUnavailable(f"there is no wevtutil in {root}")
    return found


def ask_wevtutil(*arguments: str, max_bytes: int = programs.MAX_BYTES, keep_s: float = 0.0) -> str:
    """Return what wevtutil says.

    :param keep_s: seconds of the look to leave for another try
    :raises SourceUnavailable: it has no answer, with the reason
    """
    done = programs.run([wevtutil(), *arguments], time_limit.left(CALL_S, keep_s), max_bytes=max_bytes)
    if done.code:
        raise SourceUnavailable(refusal(done.code, done.err))
    return decode(done.out)


def refusal(code: int, complaint: bytes) -> str:
    """Return why wevtutil has no answer; its own words, which are in the machine's language, only for what has no number that we know."""
    lines = [line.strip() for line in decode(complaint).splitlines() if line.strip()]
    return CODES.get(code) or f"wevtutil: {lines[-1][:200] if lines else f'exit code {code}'}"


def decode(data: bytes) -> str:
    """Return what a tool of Windows wrote: UTF-16 with or without its mark, UTF-8, or the code page of consoles.

    >>> decode('Ä'.encode('utf-16')), decode('Ä<'.encode('utf-16-le')), decode('Ä'.encode('utf-8')), decode(b'\\x8e')
    ('Ä', 'Ä<', 'Ä', 'Ä')
    """
    if data[:2] in (b'\xff\xfe', b'\xfe\xff'):
        return data.decode('utf-16', 'replace')
    if b'\x00' in data[:200]:
        return data.decode('utf-16-le', 'replace')
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError:
        return data.decode('oem' if sys.platform == 'win32' else 'cp437', 'replace')


# === EVENTS OF WINDOWS === #

def events_of(text: str):
    """Yield the text of each event of a stream, in one pass over it, whatever it holds: a pattern keeps every other thread waiting. Pure.

    >>> list(events_of('<Events><Event a="1">x</Event><Event>y<Event>z</Event></Event><Event>'))
    ['<Event a="1">x</Event>', '<Event>y<Event>z</Event>']
    """
    at = 0
    while (first := BEGIN.search(text, at)) and (end := text.find(END, first.end())) >= 0:
        at = end + len(END)
        yield text[first.start():at]


def taken_apart(xml: str) -> tuple:
    """Return an event as a tree of XML, its number, its provider and its id. Signs that XML does not know, which messages may hold, are left out.

    :raises ValueError: it is none
    """
    from xml.etree import ElementTree
    if len(xml) > MAX_EVENT:
        raise ValueError("too large for an event")
    try:
        root = ElementTree.fromstring(NO_SIGNS.sub(' ', xml))
        system = root.find(f'{SPACE}System')
        number, provider = int(system.findtext(f'{SPACE}EventRecordID')), system.find(f'{SPACE}Provider').get('Name')
    except (ElementTree.ParseError, AttributeError, TypeError) as error:
        raise ValueError("no event that can be read") from error
    return root, number, provider or 'unnamed', (system.findtext(f'{SPACE}EventID') or '').strip()
