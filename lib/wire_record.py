"""One record of a report: a cycle of a host or an event. Poison is judged record by record, with a code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from . import wire_backup
from .wire_discovered import parse_discovered
from .wire_enrol import parse_collectors, parse_facts, parse_kinds
from .wire_json import Refused, canonical, digest
from .wire_shape import MAX_CHECKS, MAX_SERIES, Shape
from .wire_values import MAX_INT, boolean, fields, hex_text, integer, items, metric, moment, nullable, number, text

MAX_TEXT = 300
MAX_EVENT_BYTES = 4096
MAX_EVENT_TEXT = 1000
MAX_TRY_VALUES = 400
MAX_TRY_S = 86400

# The values are stored as PostgreSQL's float4, which refuses what is larger and, unlike Python, what is nearly nothing.
MAX_VALUE = 3.4e38
LEAST_VALUE = 1.2e-38

_CYCLE = frozenset({'seq', 'type', 'ts', 'mono', 'shape', 'values', 'states', 'texts'})
_EVENT = frozenset({'seq', 'type', 'ts', 'mono', 'kind', 'data'})
_NUMBER_TYPES = frozenset({int, float, type(None)})
_STATES = re.compile('[0-3]*')
_POSITION = re.compile('0|[1-9][0-9]{0,2}')


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a host.

    :param ts: naive UTC by the host's clock
    :param mono: the host's monotonic clock in seconds
    :param shape: id of the shape that gives ``values`` and ``states`` their meaning
    :param values: numbers that fit a float4, None where there is none
    :param states: one of Nagios' digits for each check
    :param texts: neutralised, by position in the shape's checks
    :param digest: tells a resent record from a forged one; signed 64 bits
    """

    seq: int
    ts: datetime
    mono: float
    shape: str
    values: tuple[float | None, ...]
    states: str
    texts: dict[int, str]
    digest: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the host or its agent.

    :param kind: one of ``EVENT_KINDS``
    :param data: neutralised, as docs/protocol.md lists it for the kind; times stay texts
    """

    seq: int
    ts: datetime
    mono: float
    kind: str
    data: dict
    digest: int

    @property
    def backup_files(self) -> tuple[wire_backup.BackupFile, ...]:
        """What a ``backup_files`` event tells of its check's place; nothing of any other."""
        return wire_backup.parse_backup_files(self.data['files']) if self.kind == 'backup_files' else ()


Record = Cycle | Event


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that will never be stored, and the protocol's code for why."""

    seq: int
    code: str


class BadRecord(Exception):
    """Carries the rejection code of one record to where its ``seq`` is known."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def parse_record(value: dict, seq: int) -> Record:
    """Return one record whose ``seq`` was judged already.

    :raises BadRecord: with one of the protocol's rejection codes
    """
    if value.get('type') == 'cycle' and value.keys() == _CYCLE:
        return _cycle(value, seq)
    if value.get('type') == 'event' and value.keys() == _EVENT:
        return _event(value, seq)
    raise BadRecord('bad_record')


def misfit(cycle: Cycle, shape: Shape) -> str | None:
    """Return the rejection code of a cycle that does not fit its shape, or None."""
    if len(cycle.values) != len(shape.series):
        return 'bad_values'
    if len(cycle.states) != len(shape.checks):
        return 'bad_states'
    if cycle.texts and max(cycle.texts) >= len(shape.checks):
        return 'bad_texts'
    return None


def _cycle(value: dict, seq: int) -> Cycle:
    return Cycle(
        seq,
        _judge('bad_ts', moment, value['ts'], "ts"),
        _judge('bad_ts', number, value['mono'], "mono", 0),
        _judge('bad_shape', hex_text, value['shape'], "shape", 16),
        _values(value['values']),
        _states(value['states']),
        _judge('bad_texts', _texts, value['texts']),
        digest(value),
    )


def _event(value: dict, seq: int) -> Event:
    ts = _judge('bad_ts', moment, value['ts'], "ts")
    mono = _judge('bad_ts', number, value['mono'], "mono", 0)
    kind = value['kind']
    if type(kind) is not str or kind not in EVENT_KINDS:
        raise BadRecord('bad_event')
    data = _judge('bad_event', EVENT_KINDS[kind], value['data'])
    if len(canonical(value['data'])) > LARGER_EVENTS.get(kind, MAX_EVENT_BYTES):
        raise BadRecord('bad_event')
    return Event(seq, ts, mono, kind, data, digest(value))


def _judge(code: str, read: Callable, *arguments: object) -> object:
    try:
        return read(*arguments)
    except Refused:
        raise BadRecord(code) from None


def _values(values: object) -> tuple[float | None, ...]:
    """Return the numbers of a cycle; the common case is judged without a loop in Python."""
    if type(values) is not list or len(values) > MAX_SERIES or not set(map(type, values)) <= _NUMBER_TYPES:
        raise BadRecord('bad_values')
    sizes = list(map(abs, filter(None, values)))
    if not sizes:
        return tuple(values)
    largest = max(sizes)
    if largest > MAX_VALUE:
        raise BadRecord('bad_values')
    if largest > MAX_INT and any(type(value) is int and abs(value) > MAX_INT for value in values):
        raise BadRecord('bad_values')
    if min(sizes) < LEAST_VALUE:
        return tuple(0.0 if value and abs(value) < LEAST_VALUE else value for value in values)
    return tuple(values)


def _states(states: object) -> str:
    if type(states) is not str or len(states) > MAX_CHECKS or not _STATES.fullmatch(states):
        raise BadRecord('bad_states')
    return states


def _texts(value: object) -> dict[int, str]:
    if type(value) is not dict or len(value) > MAX_CHECKS or not all(map(_POSITION.fullmatch, value)):
        raise Refused("texts is not an object of texts by position.")
    return {int(position): text(one, "A text", MAX_TEXT) for position, one in value.items()}


def _boot(value: object) -> dict:
    found = fields(value, "boot", frozenset({'boot_time', 'clean'}))
    moment(found['boot_time'], "boot_time")
    nullable(boolean, found['clean'], "clean")
    return dict(found)


def _gap(value: object) -> dict:
    found = fields(value, "gap", frozenset({'from_seq', 'to_seq', 'count', 'from_ts', 'to_ts', 'reason'}))
    integer(found['from_seq'], "from_seq", 1)
    integer(found['to_seq'], "to_seq", found['from_seq'])
    integer(found['count'], "count")
    moment(found['from_ts'], "from_ts")
    moment(found['to_ts'], "to_ts")
    return found | {'reason': text(found['reason'], "reason", MAX_EVENT_TEXT)}


def _spool_damaged(value: object) -> dict:
    return {'file': text(fields(value, "spool_damaged", frozenset({'file'}))['file'], "file", MAX_EVENT_TEXT)}


def _fork(value: object) -> dict:
    return {'old_epoch': hex_text(fields(value, "fork", frozenset({'old_epoch'}))['old_epoch'], "old_epoch", 32)}


def _check_error(value: object) -> dict:
    found = fields(value, "check_error", frozenset({'check', 'error'}))
    return {'check': integer(found['check'], "check", 1), 'error': text(found['error'], "error", MAX_EVENT_TEXT)}


def _tried(value: object) -> dict:
    """Return what came of a look that was tried once: no measurement, it stands for no check."""
    found = fields(value, "tried", frozenset({'id', 'state', 'text', 'took_s', 'values', 'left_out'}))
    return {
        'id': hex_text(found['id'], "id", 32),
        'state': integer(found['state'], "state", 0, 3),
        'text': text(found['text'], "text", MAX_TEXT),
        'took_s': number(found['took_s'], "took_s", 0, MAX_TRY_S),
        'values': [_try_value(one) for one in items(found['values'], "values", MAX_TRY_VALUES)],
        'left_out': integer(found['left_out'], "left_out"),
    }


def _try_value(value: object) -> list:
    if len(items(value, "A value", 4)) != 4:
        raise Refused("A value is not item, metric, unit and number.")
    item, name, unit, amount = value
    return [text(item, "item", 120), metric(name, "metric"), text(unit, "unit", 16), nullable(number, amount, "value")]


def _collectors(value: object) -> dict:
    """Return what a host can look at: the whole list, or some of it together with the ``kinds`` of all."""
    found = fields(value, "collectors", frozenset({'collectors'}), frozenset({'kinds'}))
    clean = {'collectors': parse_collectors(found['collectors'])}
    if 'kinds' in found:
        clean['kinds'] = parse_kinds(found['kinds'])
        if not {one['kind'] for one in clean['collectors']} <= set(clean['kinds']):
            raise Refused("kinds leaves out a collector that is described.")
    return clean


EVENT_KINDS = {
    'facts': parse_facts, 'collectors': _collectors, 'boot': _boot, 'gap': _gap, 'spool_damaged': _spool_damaged,
    'fork': _fork, 'check_error': _check_error,
    'tried': _tried,
    'discovered': parse_discovered,
    'backup_files': wire_backup.parse_backup_event,
}
LARGER_EVENTS = {'backup_files': wire_backup.MAX_BYTES}
