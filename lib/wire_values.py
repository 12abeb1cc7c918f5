"""Readers for single values from the wire: each returns a clean value or raises ``Refused``.

``what`` is our own name of the field; nothing that came in is ever repeated in a message.
"""

import re
from collections.abc import Callable
from datetime import datetime, timezone

from .spreadsheet_text import neutralise
from .wire_json import Refused

MAX_INT = 2**53

# Years that no clock shows, however wrong, but that would ask the server for a partition of their own.
FIRST_YEAR, LAST_YEAR = 1970, 2099

_MOMENT = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}([0-9]{3})?)?[+-][0-9]{2}:[0-9]{2}')
_CONTROL = re.compile('[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]')
_METRIC = re.compile(r'[a-z0-9_.:-]{1,80}')
_NAME = re.compile(r'[a-z][a-z0-9_]{0,39}')
_HEX = {16: re.compile('[0-9a-f]{16}'), 32: re.compile('[0-9a-f]{32}'), 64: re.compile('[0-9a-f]{64}')}


def fields(value: object, what: str, required: frozenset[str], optional: frozenset[str] = frozenset()) -> dict:
    """Return an object that has every required key and no unknown one."""
    if type(value) is not dict:
        raise Refused(f"{what} is not an object.")
    if value.keys() != required and not required <= value.keys() <= required | optional:
        raise Refused(f"{what} lacks a key or has an unknown one.")
    return value


def items(value: object, what: str, most: int) -> list:
    """Return a list of at most ``most`` entries."""
    if type(value) is not list or len(value) > most:
        raise Refused(f"{what} is not a list of at most {most} entries.")
    return value


def raw_text(value: object, what: str, longest: int) -> str:
    """Return a string without control characters (but TAB and LF) and lone surrogates, as it came."""
    if type(value) is not str or len(value) > longest or _CONTROL.search(value):
        raise Refused(f"{what} is not a text of at most {longest} printable characters.")
    return value


def text(value: object, what: str, longest: int) -> str:
    """Return a string neutralised for every door by which it may leave; at most ``longest + 1`` characters."""
    return neutralise(raw_text(value, what, longest))


def integer(value: object, what: str, least: int = 0, most: int = MAX_INT) -> int:
    """Return a whole number within bounds; True is none."""
    if type(value) is not int or not least <= value <= most:
        raise Refused(f"{what} is not a whole number from {least} to {most}.")
    return value


def number(value: object, what: str, least: float = -MAX_INT, most: float = MAX_INT) -> float:
    """Return a finite number within bounds; True is none."""
    if type(value) not in (int, float) or not least <= value <= most:
        raise Refused(f"{what} is not a number from {least} to {most}.")
    return value


def boolean(value: object, what: str) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise Refused(f"{what} is neither true nor false.")
    return value


def moment(value: object, what: str) -> datetime:
    """Return a time as naive UTC.

    >>> moment('2026-11-23T08:12:44.120+03:00', "ts")
    datetime.datetime(2026, 11, 23, 5, 12, 44, 120000)
    """
    if type(value) is str and _MOMENT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value).astimezone(timezone.utc).replace(tzinfo=None)
        except (ValueError, OverflowError):
            found = None
        if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    raise Refused(f"{what} is not a time with an offset, such as 2026-11-23T05:12:44.120+00:00.")


def hex_text(value: object, what: str, digits: int) -> str:
    """Return a string of exactly so many (16, 32 or 64) lower-case hex digits."""
    if type(value) is not str or not _HEX[digits].fullmatch(value):
        raise Refused(f"{what} is not {digits} lower-case hex digits.")
    return value


def metric(value: object, what: str) -> str:
    """Return the name of a metric."""
    if type(value) is not str or not _METRIC.fullmatch(value):
        raise Refused(f"{what} is not a name of a metric.")
    return value


def name(value: object, what: str) -> str:
    """Return an identifier, such as a kind of check or a setting."""
    if type(value) is not str or not _NAME.fullmatch(value):
        raise Refused(f"{what} is not a name of lower-case letters, digits and underscores.")
    return value


def choice(value: object, what: str, choices: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if type(value) is not str or value not in choices:
        raise Refused(f"{what} is not one of {', '.join(choices)}.")
    return value


def nullable(read: Callable, value: object, what: str, *bounds: object) -> object:
    """Return None for null, else what ``read`` makes of the value."""
    return None if value is None else read(value, what, *bounds)
