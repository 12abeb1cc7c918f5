"""What holds for every collector, also for the next one."""
import dataclasses
import inspect
import json
import re
import time
from pathlib import Path

import pytest

from itc_agent import registry, wire
from itc_agent.errors import DuplicateKind, SettingsError, UnknownKind
from itc_agent.results import State
from itc_agent.scheduler import look

SAMPLES = Path(__file__).parent / 'samples'
KINDS = sorted(registry.kinds())
# Each kind says in samples/<kind>/contract.json with which settings it works here (`needed`), and with which its source is missing (`missing`;
# null for what looks at the machine itself, where a source cannot be missing). `required` is false when it asks for one of several settings.
CONTRACTS = {kind: json.loads((SAMPLES / kind / 'contract.json').read_text()) for kind in KINDS}


def make(kind, settings=None):
    declared = registry.load(kind)
    return wire.make_check(1, kind, kind, 60, declared.timeout_s, CONTRACTS[kind]['needed'] if settings is None else settings)


@pytest.mark.parametrize('kind', KINDS)
def test_the_declaration_is_complete_and_fits_the_wire(kind):
    declared = registry.load(kind)
    described = declared.describe()
    assert json.loads(wire.canonical(described)) == json.loads(json.dumps(described))
    assert re.fullmatch('[a-z_]+', kind) and declared.kind == kind
    assert declared.title and declared.help.endswith('.') and len(inspect.cleandoc(declared.manual)) > 100
    assert described['metrics'] and all(re.fullmatch(r'[a-z0-9_.:-]{1,80}', one['name']) and one['help'].endswith('.') for one in described['metrics'])
    assert all(one['unit'] in ('', *registry.UNITS) for one in described['metrics'])
    parts, too_long = wire.collector_parts([described])
    assert parts and not too_long, "longer than an event may be: shorten its helps"
    assert all(one['type'] in registry.TYPES and one['help'].endswith('.') for one in described['settings'])
    assert {one['metric'] for one in described['limits']} <= {one['name'] for one in described['metrics']}
    assert all(one['op'] in '<>' for one in described['limits'])
    assert 60 <= declared.every_s <= 86400, "a host looks once a minute"
    assert 0 < declared.timeout_s <= 60
    assert dataclasses.is_dataclass(declared.settings) and declared.settings.__dataclass_params__.frozen


@pytest.mark.parametrize('kind', KINDS)
def test_names_of_metrics_say_their_unit(kind):
    for metric in registry.load(kind).metrics:
        assert metric.name.endswith(registry.UNITS.get(metric.unit, '')), f"{metric.name} in {metric.unit}"


@pytest.mark.parametrize('kind', KINDS)
def test_a_look_gives_declared_numbers_within_its_time_and_can_be_sent(kind):
    check = make(kind)
    assert not check.problem
    memory, shared = {}, {}
    for _look in range(2):
        started = time.monotonic()
        result = look(check, memory, shared)
        assert time.monotonic() - started < check.timeout_s
    assert "collector failed" not in result.summary
    units = registry.load(kind).units
    for reading in result.readings:
        assert set(reading.values) <= set(units), reading
        assert all(value is None or isinstance(value, (int, float)) for value in reading.values.values())
        assert reading.finding == State.OK or reading.text
    for _ident, shape, record in wire.build_cycles([result], '2026-11-23T05:12:44.120+00:00', 1.0):
        assert json.loads(shape) and json.loads(record)


@pytest.mark.parametrize('kind', [kind for kind in KINDS if CONTRACTS[kind]['missing'] is not None])
def test_a_missing_source_is_unknown_with_words(kind):
    result = look(make(kind, CONTRACTS[kind]['missing']), {}, {})
    assert result.state == State.UNKNOWN
    assert len(result.summary) > 10


@pytest.mark.parametrize('kind', KINDS)
def test_an_unknown_setting_is_refused(kind):
    with pytest.raises(SettingsError, match="no setting 'teapot'"):
        registry.parse_settings(registry.load(kind), {**CONTRACTS[kind]['needed'], 'teapot': 1})


@pytest.mark.parametrize('kind', [kind for kind in KINDS if CONTRACTS[kind]['needed'] and CONTRACTS[kind].get('required', True)])
def test_a_required_setting_is_asked_for(kind):
    assert "is required" in make(kind, {}).problem


def test_two_files_of_one_kind_are_an_error():
    with pytest.raises(DuplicateKind, match="disk.py and disk_linux.py"):
        registry.find_files(['disk.py', 'disk_linux.py', 'disk_windows.py'], 'linux')
    assert registry.find_files(['tcp.py', 'service_linux.py', 'service_windows.py', '_help.py', 'notes.txt'], 'windows') == {
        'tcp': 'tcp', 'service': 'service_windows'}


def test_two_functions_of_one_kind_are_an_error():
    registry.load('tcp')

    def collect(settings, memory):
        return []

    with pytest.raises(DuplicateKind):
        registry.collector('tcp', title='', help='', settings=object, metrics=[])(collect)


def test_a_kind_nobody_has_is_told_with_those_there_are():
    with pytest.raises(UnknownKind, match="'teapot'.*newest_file"):
        registry.load('teapot')


@pytest.mark.parametrize(('kind', 'value', 'good'), [
    ('str', 'x', True), ('str', 5, False), ('int', 5, True), ('int', 5.0, True), ('int', 5.5, False), ('int', True, False), ('float', 5, True),
    ('float', '5', False), ('bool', True, True), ('bool', 1, False), ('list', ['a'], True), ('list', 'a', False), ('list', [1], False)])
def test_settings_have_the_declared_type(kind, value, good):
    made = dataclasses.make_dataclass('Made', [('one', object, registry.setting(kind, help='.'))], frozen=True)
    declared = dataclasses.replace(registry.load('tcp'), settings=made)
    if good:
        assert registry.parse_settings(declared, {'one': value})
    else:
        with pytest.raises(SettingsError, match="one: expected"):
            registry.parse_settings(declared, {'one': value})
