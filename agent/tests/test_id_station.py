"""The ID card station: a card printer on a real CUPS, real folders, and what Windows would answer."""
import json
import os
import time
from pathlib import Path

import pytest
from conftest import nobody
from cups_server import free_port, own_cups

from itc_agent.collectors import _reachable, id_station, print_queue_windows
from itc_agent.collectors.id_station import IdStationSettings, of_card_printers, of_folders
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

SAMPLES = Path(__file__).parent / 'samples' / 'id_station'


def run(memory=None, timeout_s=20, **settings):
    check = make_check(1, 'x', 'id_station', 60, timeout_s, settings)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


def findings(result):
    return {one.item: (int(one.finding), one.text) for one in result.readings}


@pytest.fixture(scope='module')
def cups():
    with own_cups() as one:
        one.add('Office', 'file:///dev/null')
        yield one


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / 'Asure ID'
    folder.mkdir()
    (folder / 'AsureID.exe').write_text('x')
    return str(folder)


def test_without_a_card_printer_it_is_unknown_whatever_other_queues_there_are(cups, program):
    result = run(host='127.0.0.1', port=cups.port, folders=[program])
    assert result.state == State.UNKNOWN
    assert findings(result) == {'card printer': (3, "no queue has the name of a card printer; name it in `queues`"), program: (0, '')}
    assert findings(run(host='127.0.0.1', port=cups.port, folders=[program], queues=['cards*']))['card printer'] == (3, "no queue matches")


def test_a_card_printer_and_a_folder_are_ok_and_a_stuck_card_is_critical(cups, program):
    cups.add('Fargo_HDP5000', f'socket://127.0.0.1:{free_port()}')
    settings = {'host': '127.0.0.1', 'port': cups.port, 'folders': [program]}
    memory = {}
    assert (run(memory, **settings).state, list(findings(run(memory, **settings)))) == (State.OK, ['Fargo_HDP5000', program])
    cups.print('Fargo_HDP5000')
    run(memory, **settings)
    memory['at'] -= 601
    result = run(memory, **settings)
    assert (result.state, "Fargo_HDP5000: stuck: job" in result.summary) == (State.CRITICAL, True)
    cups.tell('/usr/bin/cancel', '-a', 'Fargo_HDP5000')


def test_a_print_server_that_does_not_run_is_critical_and_costs_no_other_part(program):
    result = run(host='127.0.0.1', port=free_port(), folders=[program])
    assert result.state == State.CRITICAL
    assert findings(result)[program] == (0, '')
    result = run(host='nosuchhost.invalid', folders=[program])
    assert (result.state, findings(result)[program]) == (State.UNKNOWN, (0, ''))


def test_folders_that_are_absent_empty_closed_or_files(cups, tmp_path, program):
    (tmp_path / 'empty').mkdir()
    paths = {str(tmp_path / 'gone'): (2, "is not there"), str(tmp_path / 'empty'): (3, "is empty: is its disk or network folder connected?"),
             f'{program}/AsureID.exe': (0, ''), f'{program}/AsureID.exe/x': (2, "is not there")}
    found = findings(run(host='127.0.0.1', port=cups.port, folders=list(paths)))
    assert {path: found[path] for path in paths} == paths
    if os.name == 'posix' and not os.geteuid():
        with nobody():
            assert _reachable.look_at(f'{program}/AsureID.exe') == 'Permission denied'
        assert id_station.judge_folder('Permission denied') == (State.UNKNOWN, "cannot be looked at: Permission denied")


def test_the_usual_places_are_looked_at_without_folders(cups, tmp_path, program, monkeypatch):
    monkeypatch.setattr(id_station, 'GUESSES', (str(tmp_path / 'Asure ID*'),))
    assert findings(run(host='127.0.0.1', port=cups.port))['program'] == (0, f"in {program}")
    monkeypatch.setattr(id_station, 'GUESSES', (str(tmp_path / 'TOP ID*'),))
    assert findings(run(host='127.0.0.1', port=cups.port))['program'][0] == 3


def test_a_folder_that_hangs_is_unknown_and_costs_no_other_part(cups, tmp_path, program, monkeypatch):
    (tmp_path / '_reachable.py').write_text('import time; time.sleep(60)')
    monkeypatch.setattr(id_station, '__file__', str(tmp_path / 'id_station.py'))
    monkeypatch.setattr(id_station, 'LOOK_S', 1.0)
    started = time.monotonic()
    result = run(host='127.0.0.1', port=cups.port, folders=[program])
    assert time.monotonic() - started < 5
    assert "did not answer within" in findings(result)['folders'][1]
    assert 'card printer' in findings(result) or 'Fargo_HDP5000' in findings(result)


def test_services_that_cannot_be_asked_are_unknown(cups, program):
    if os.path.isdir('/run/systemd/system'):
        pytest.skip("systemd runs here")
    result = run(host='127.0.0.1', port=cups.port, folders=[program], services=['asure'])
    assert findings(result)['services'][0] == 3


@pytest.mark.parametrize('case', sorted(SAMPLES.glob('*/input.json')), ids=lambda one: one.parent.name)
def test_windows(case):
    given = json.loads(case.read_text(encoding='utf-8'))
    settings = IdStationSettings(**{key: tuple(value) for key, value in given['settings'].items()})
    queues = print_queue_windows.judge(given['spooler'], settings.queue_settings, {}, 0.0)
    readings = of_card_printers(queues, settings) + of_folders(given['folders'], settings)
    assert [[one.item, int(one.finding), one.text] for one in readings] == json.loads((case.parent / 'expected.json').read_text(encoding='utf-8'))


@pytest.mark.parametrize(('name', 'is_card'), [
    ("HID FARGO DTC1250e", True), ("HDP5000 Card Printer", True), ("Zebra ZC300 USB", True), ("Zebra-ZXP3", True), ("Evolis Primacy 2", True),
    ("Card", True), ("ID Card (copy 1)", True), ("Office", False), ("Wildcard label", False), ("Zebra ZD420", False), ("HP LaserJet", False)])
def test_the_names_of_card_printers(name, is_card):
    assert IdStationSettings().queue_settings.wants(name) == is_card


@pytest.mark.parametrize(('settings', 'words'), [
    ({'queues': []}, "at least one"), ({'folders': ['data']}, "whole paths"), ({'folders': ['']}, "means nothing"), ({'host': 'a b'}, "name or address"),
    ({'port': 0}, "1 to 65535"), ({'stuck_min': 0}, "1 to 1440")])
def test_wrong_settings_are_refused(settings, words):
    assert words in make_check(1, 'x', 'id_station', 60, 10, settings).problem
