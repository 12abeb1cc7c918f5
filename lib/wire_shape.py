"""What the numbers of a cycle mean: a shape's checks and series, named by the hash of its content."""

import hashlib
from dataclasses import dataclass

from .spreadsheet_text import neutralise
from .wire_json import Refused, canonical
from .wire_values import fields, hex_text, integer, items, metric, raw_text

MAX_CHECKS = 500
MAX_SERIES = 2000
MAX_ITEM = 120
MAX_UNIT = 16

_KEYS = frozenset({'id', 'checks', 'series'})


@dataclass(frozen=True, slots=True)
class Series:
    """One number of a cycle.

    :param position: which of the shape's checks it belongs to, from 0
    :param item: what was measured, neutralised; '' when the check has only one thing
    :param unit: neutralised
    """

    position: int
    item: str
    metric: str
    unit: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The checks (ids of the server) and series of a cycle, in the order of its states and values."""

    id: str
    checks: tuple[int, ...]
    series: tuple[Series, ...]


def shape_id(checks: list[int], series: list[list]) -> str:
    """Return the name of a shape, from its lists as they are on the wire.

    >>> shape_id([12, 13], [[0, "/", "free_pct", "%"], [1, "", "count", ""]])
    '03d4a7aecde9be65'
    """
    return hashlib.sha256(canonical({'checks': checks, 'series': series})).hexdigest()[:16]


def parse_shape(value: object) -> Shape:
    """Return a shape.

    :raises Refused: malformed, a check or series twice, a position beyond the checks, or an id that is not its hash
    """
    found = fields(value, "A shape", _KEYS)
    name = hex_text(found['id'], "A shape's id", 16)
    checks = tuple(integer(check, "A shape's check", least=1) for check in items(found['checks'], "checks", MAX_CHECKS))
    rows = items(found['series'], "series", MAX_SERIES)
    raw = [_row(row, len(checks)) for row in rows]
    if len(set(checks)) < len(checks) or len({row[:3] for row in raw}) < len(raw):
        raise Refused("A shape names a check or a series twice.")
    if shape_id(list(checks), rows) != name:
        raise Refused("A shape's id is not the hash of its content.")
    series = tuple(Series(position, neutralise(item), kind, neutralise(unit)) for position, item, kind, unit in raw)
    return Shape(name, checks, series)


def _row(row: object, check_count: int) -> tuple[int, str, str, str]:
    if type(row) is not list or len(row) != 4:
        raise Refused("A series is not a list of position, item, metric and unit.")
    return (
        integer(row[0], "A series' position", most=check_count - 1),
        raw_text(row[1], "A series' item", MAX_ITEM),
        metric(row[2], "A series' metric"),
        raw_text(row[3], "A series' unit", MAX_UNIT),
    )
