"""What a host says of the backups in one place: name, size, hash and how far each was proven. Read as if the host were hostile."""

from datetime import datetime
from typing import NamedTuple

from .spreadsheet_text import neutralise
from .wire_json import Refused
from .wire_values import choice, fields, hex_text, integer, items, moment, name, nullable, raw_text

LEVELS = ('seen', 'settled', 'readable')
MEDIA = ('ssd', 'hdd', 'network', 'removable', 'unknown')
MAX_FILES = 200
MAX_BYTES = 49_152  # of one event's data; what does not fit is left out by the agent, the oldest first
MAX_NAME, MAX_DETAIL, MAX_VOLUME = 400, 300, 200
MAX_CONTENT, MAX_CONTENT_TEXT = 12, 200
MAX_COUNT = 2**31 - 1  # a number of ours, kept in an integer of PostgreSQL

_EVENT, _OPTIONAL = frozenset({'check', 'count', 'files'}), frozenset({'unmounted'})


class BackupFile(NamedTuple):
    """One backup in one place, a file or a folder, as far as its host has looked into it.

    :param name: below the place's folder, neutralised
    :param size: bytes; of a folder those of all that is in it
    :param modified_at: naive UTC by the host's clock; of a folder the newest change in it
    :param sha256: of the whole file, None until all of it was read; of a folder that of the list of its files
    :param hashed: bytes read for it so far
    :param level: one of ``LEVELS``
    :param reason: code for why it is no higher; '' exactly when it is readable
    :param detail: the same in words
    :param format: what it was taken for, '' when that is not known
    :param content: what it says of itself, such as ``database``, ``version``, ``taken_at``
    :param medium: one of ``MEDIA``
    :param volume: the same where two places lie on the same volume, '' when that cannot be told
    """

    name: str
    size: int
    modified_at: datetime
    sha256: str | None
    hashed: int
    level: str
    reason: str
    detail: str
    format: str
    content: dict[str, str]
    medium: str
    volume: str


_FILE = frozenset(BackupFile._fields)


def parse_backup_event(value: object) -> dict:
    """Return the data of an event ``backup_files`` as it is stored; times stay texts.

    :raises Refused: anything is not as docs/protocol.md says
    """
    found = fields(value, "backup_files", _EVENT, _OPTIONAL)
    clean = {
        'check': integer(found['check'], "check", 1),
        'count': integer(found['count'], "count", 0, MAX_COUNT),
        'files': _files(found['files']),
    }
    if clean['count'] < len(clean['files']):
        raise Refused("count is less than the files that are told.")
    if 'unmounted' in found:
        if found['unmounted'] is not True or clean['count']:
            raise Refused("unmounted is not true, or something lies there.")
        clean['unmounted'] = True
    return clean


def parse_backup_files(raw: object) -> tuple[BackupFile, ...]:
    """Return the files of such an event, from the wire or as they were stored: what was neutralised once does not change.

    :raises Refused: anything is not as docs/protocol.md says
    """
    return tuple(BackupFile(**one | {'modified_at': moment(one['modified_at'], "modified_at")}) for one in _files(raw))


def _files(raw: object) -> list[dict]:
    rows = [_file(one) for one in items(raw, "files", MAX_FILES)]
    if len({one['name'] for one in raw}) < len(raw):
        raise Refused("A file is told twice.")
    found: dict[str, dict] = {}
    for one in rows:
        # Of two names that read alike once they are harmless the newer one counts.
        found.setdefault(one['name'], one)
    return list(found.values())


def _file(value: object) -> dict:
    found = fields(value, "A file", _FILE)
    moment(found['modified_at'], "modified_at")
    clean = {
        'name': _text(found['name'], "A file's name", MAX_NAME),
        'size': integer(found['size'], "size"),
        'modified_at': found['modified_at'],
        'sha256': nullable(hex_text, found['sha256'], "sha256", 64),
        'hashed': integer(found['hashed'], "hashed"),
        'level': choice(found['level'], "level", LEVELS),
        'reason': _code(found['reason'], "reason"),
        'detail': _text(found['detail'], "detail", MAX_DETAIL),
        'format': _code(found['format'], "format"),
        'content': _content(found['content']),
        'medium': choice(found['medium'], "medium", MEDIA),
        'volume': _text(found['volume'], "volume", MAX_VOLUME),
    }
    if not clean['name']:
        raise Refused("A file has no name.")
    if (clean['level'] == 'readable') is bool(clean['reason']):
        raise Refused("A file is readable with a reason why it is not, or the other way round.")
    if clean['level'] == 'readable' and clean['sha256'] is None:
        raise Refused("A file is readable that was not read to its end.")
    return clean


def _content(value: object) -> dict[str, str]:
    if type(value) is not dict or len(value) > MAX_CONTENT:
        raise Refused(f"content is not an object of at most {MAX_CONTENT} texts.")
    return {name(key, "A key of content"): _text(one, "A text of content", MAX_CONTENT_TEXT) for key, one in value.items()}


def _code(value: object, what: str) -> str:
    return '' if value == '' else name(value, what)


def _text(value: object, what: str, longest: int) -> str:
    """Return a text as one line, neutralised, and no longer for that: read again it is the same."""
    return neutralise(raw_text(value, what, longest).replace('\n', ' ').replace('\t', ' '))[:longest]
