"""What a host tells of itself: its facts, the kinds of checks it can run, and the enrolment that carries both."""

import re
from dataclasses import dataclass

from .wire_json import Refused
from .wire_values import (
    boolean,
    choice,
    fields,
    hex_text,
    integer,
    items,
    metric,
    moment,
    name,
    nullable,
    number,
    raw_text,
    text,
)

MAX_COLLECTORS = 100
MAX_PARTS = 100  # settings, metrics or limits of one collector
MAX_HELP = 2000
SETTING_TYPES = ('str', 'int', 'float', 'bool', 'list')

_FACT_TEXTS = frozenset({
    'hostname', 'machine_id', 'os', 'os_version', 'arch', 'cpu_model', 'timezone', 'agent_version', 'python_version',
})
_FACTS = _FACT_TEXTS | {'cpu_count', 'memory_bytes', 'boot_time', 'addresses', 'volumes'}
_VOLUME = frozenset({'mount', 'device', 'fstype', 'total_bytes'})
_ENROL = frozenset({'proto', 'code', 'key_id', 'secret_sha256', 'facts', 'collectors'})
_COLLECTOR = frozenset({'kind', 'title', 'every_s', 'settings', 'metrics', 'limits'})
_SETTING = frozenset({'name', 'type'})
_METRIC = frozenset({'name', 'unit'})
_LIMIT = frozenset({'metric', 'op'})
_HELP = frozenset({'help'})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A host that asks to be known.

    :param code: the one-time code as ``normalise_code`` spells it
    :param secret_sha256: all that the server ever learns of the host's secret
    :param facts: neutralised, as docs/protocol.md lists them; times stay texts
    :param collectors: neutralised, as on the wire with every optional key filled in
    """

    code: str
    key_id: str
    secret_sha256: str
    facts: dict
    collectors: list[dict]


def normalise_code(code: str) -> str:
    """Return a one-time code without what people add or lose when they copy it.

    >>> normalise_code(' abcd-EFGH 2345 ')
    'ABCDEFGH2345'
    """
    return re.sub(r'[\s-]+', '', code).upper()


def parse_enrolment(value: object) -> Enrolment:
    """Return an enrolment. :raises Refused: anything is not as docs/protocol.md says"""
    found = fields(value, "The enrolment", _ENROL)
    integer(found['proto'], "proto", 1, 1)
    return Enrolment(
        code=normalise_code(raw_text(found['code'], "code", 100)),
        key_id=hex_text(found['key_id'], "key_id", 16),
        secret_sha256=hex_text(found['secret_sha256'], "secret_sha256", 64),
        facts=parse_facts(found['facts']),
        collectors=parse_collectors(found['collectors']),
    )


def parse_facts(value: object) -> dict:
    """Return a host's facts, every one optional."""
    facts = fields(value, "facts", frozenset(), _FACTS)
    clean = {key: text(facts[key], key, 200) for key in sorted(_FACT_TEXTS & facts.keys())}
    for key in ('cpu_count', 'memory_bytes'):
        if key in facts:
            clean[key] = integer(facts[key], key)
    if 'boot_time' in facts:
        moment(facts['boot_time'], "boot_time")
        clean['boot_time'] = facts['boot_time']
    if 'addresses' in facts:
        clean['addresses'] = [text(one, "An address", 200) for one in items(facts['addresses'], "addresses", 32)]
    if 'volumes' in facts:
        clean['volumes'] = [_volume(one) for one in items(facts['volumes'], "volumes", 64)]
    return clean


def _volume(value: object) -> dict:
    volume = fields(value, "A volume", _VOLUME)
    clean = {key: text(volume[key], f"A volume's {key}", 200) for key in ('mount', 'device', 'fstype')}
    return clean | {'total_bytes': integer(volume['total_bytes'], "A volume's total_bytes")}


def parse_collectors(value: object) -> list[dict]:
    """Return the kinds of checks a host can run. :raises Refused: malformed, or a kind twice"""
    collectors = [_collector(one) for one in items(value, "collectors", MAX_COLLECTORS)]
    _unique([one['kind'] for one in collectors], "kind")
    return collectors


def parse_kinds(value: object) -> list[str]:
    """Return the names of all kinds of checks a host can run. :raises Refused: malformed, or a kind twice"""
    kinds = [name(one, "A kind") for one in items(value, "kinds", MAX_COLLECTORS)]
    _unique(kinds, "kind")
    return kinds


def _collector(value: object) -> dict:
    found = fields(value, "A collector", _COLLECTOR, _HELP)
    settings = [_setting(one) for one in items(found['settings'], "settings", MAX_PARTS)]
    metrics = [_metric(one) for one in items(found['metrics'], "metrics", MAX_PARTS)]
    names = _unique([one['name'] for one in metrics], "metric")
    _unique([one['name'] for one in settings], "setting")
    return {
        'kind': name(found['kind'], "A collector's kind"),
        'title': text(found['title'], "A collector's title", 200),
        'help': text(found.get('help', ''), "A collector's help", MAX_HELP),
        'every_s': integer(found['every_s'], "A collector's every_s", 1, 31 * 86400),
        'settings': settings,
        'metrics': metrics,
        'limits': [_limit(one, names) for one in items(found['limits'], "limits", MAX_PARTS)],
    }


def _setting(value: object) -> dict:
    found = fields(value, "A setting", _SETTING, _HELP | {'default', 'required'})
    kind = choice(found['type'], "A setting's type", SETTING_TYPES)
    return {
        'name': name(found['name'], "A setting's name"),
        'type': kind,
        'default': nullable(_DEFAULTS[kind], found.get('default'), "A setting's default"),
        'required': boolean(found.get('required', False), "A setting's required"),
        'help': text(found.get('help', ''), "A setting's help", MAX_HELP),
    }


def _words(value: object, what: str) -> list[str]:
    return [raw_text(one, what, 1000) for one in items(value, what, MAX_PARTS)]


def _word(value: object, what: str) -> str:
    # A default goes back to the agent as a setting, so it must stay what it was: no neutralising here.
    return raw_text(value, what, 1000)


def _whole(value: object, what: str) -> int:
    return integer(value, what, -2**53)


_DEFAULTS = {'str': _word, 'int': _whole, 'float': number, 'bool': boolean, 'list': _words}


def _metric(value: object) -> dict:
    found = fields(value, "A metric", _METRIC, _HELP)
    return {
        'name': metric(found['name'], "A metric's name"),
        'unit': text(found['unit'], "A metric's unit", 16),
        'help': text(found.get('help', ''), "A metric's help", MAX_HELP),
    }


def _limit(value: object, metrics: set[str]) -> dict:
    found = fields(value, "A limit", _LIMIT, frozenset({'item', 'warning', 'critical'}))
    if metric(found['metric'], "A limit's metric") not in metrics:
        raise Refused("A limit names a metric that its collector does not have.")
    return {
        'metric': found['metric'],
        'item': raw_text(found.get('item', '*'), "A limit's item", 120),
        'op': choice(found['op'], "A limit's op", ('<', '>')),
        'warning': nullable(number, found.get('warning'), "A limit's warning"),
        'critical': nullable(number, found.get('critical'), "A limit's critical"),
    }


def _unique(names: list[str], what: str) -> set[str]:
    if len(set(names)) < len(names):
        raise Refused(f"A {what} is named twice.")
    return set(names)
