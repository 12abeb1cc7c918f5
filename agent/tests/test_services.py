"""Services: recorded and constructed outputs of both systems, judged over time."""
import json
from pathlib import Path

import pytest

from itc_agent.collectors import service_linux, service_windows
from itc_agent.collectors._service_common import ServiceFacts, ServiceSettings, judge_service
from itc_agent.errors import SourceUnavailable

SAMPLES = Path(__file__).parent / 'samples'
LINUX, WINDOWS = (sorted((SAMPLES / kind).iterdir()) for kind in ('service_linux', 'service_windows'))


def settings_of(case):
    raw = json.loads((case / 'settings.json').read_text())
    return ServiceSettings(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})


def as_dict(readings):
    return {one.item: {'state': int(one.finding), 'values': one.values, 'text': one.text} for one in readings}


@pytest.mark.parametrize('case', LINUX, ids=lambda case: case.name)
def test_systemctl(case):
    expected = json.loads((case / 'expected.json').read_text())
    text = (case / 'input.txt').read_text()
    if 'unavailable' in expected:
        with pytest.raises(SourceUnavailable, match=expected['unavailable']):
            service_linux.parse(text)
    else:
        assert as_dict(service_linux.readings_of(service_linux.parse(text), settings_of(case), {}, 0.0, 1000.0)) == expected


@pytest.mark.parametrize('case', WINDOWS, ids=lambda case: case.name)
def test_windows(case):
    services = json.loads((case / 'input.json').read_text())
    readings = service_windows.readings_of(services, settings_of(case), {}, 0.0, 300.0)
    assert as_dict(readings) == json.loads((case / 'expected.json').read_text())


def test_a_delayed_service_has_no_excuse_once_the_machine_is_up_for_long():
    service = {'name': 'edgeupdate', 'status': 'stopped', 'start_type': 'automatic', 'delayed': True, 'trigger': False, 'exit_code': 1077, 'uptime_s': None}
    reading, = service_windows.readings_of([service], ServiceSettings(('edge*',)), {}, 0.0, 700.0)
    assert reading.finding == 1


def states(facts, times, **settings):
    memory, chosen = {}, ServiceSettings(('odoo',), **settings)
    return [int(judge_service(one, chosen, memory, mono).finding) for one, mono in zip(facts, times, strict=True)]


def test_pending_for_long_is_a_warning_then_critical_and_starts_anew_after_running():
    pending, running = ServiceFacts('odoo', 'pending', 'activating'), ServiceFacts('odoo', 'running', 'active', 500.0)
    assert states([pending, pending, pending, pending, running, pending], [0, 119, 121, 601, 660, 720]) == [0, 0, 1, 2, 0, 0]


def test_freshly_started_at_three_looks_in_a_row_is_flapping():
    young, old = ServiceFacts('odoo', 'running', 'active', 5.0), ServiceFacts('odoo', 'running', 'active', 65.0)
    assert states([young, young, young, young, old, young], [0, 60, 120, 180, 240, 300]) == [0, 0, 1, 1, 0, 0]


def test_a_pattern_that_finds_fewer_than_expected_is_unknown():
    text = (SAMPLES / 'service_linux' / 'mixed' / 'input.txt').read_text()
    readings = as_dict(service_linux.readings_of(service_linux.parse(text), ServiceSettings(('postgresql*',), match_min=2), {}, 0.0, 1000.0))
    assert readings['postgresql*'] == {'state': 3, 'values': {}, 'text': "1 services match, at least 2 expected"}


def test_ignored_services_are_left_out():
    text = (SAMPLES / 'service_linux' / 'mixed' / 'input.txt').read_text()
    readings = as_dict(service_linux.readings_of(service_linux.parse(text), ServiceSettings(('odoo*',), ignore=('odoo-*',)), {}, 0.0, 1000.0))
    assert 'odoo-cron.service' not in readings and 'odoo.service' in readings
