"""Which of the agent's tests run under Wine, and what is said where there can be none."""
import os
import shutil
import sys

import pytest

import verb_test
import wine

FILES = {file.stem for file in wine.TESTS.glob('test_*.py')}


def test_every_file_is_in_one_list_with_a_reason_or_told_as_untried():
    assert set(wine.CARRIED) <= FILES and set(wine.NOT_CARRIED) <= FILES
    assert not set(wine.CARRIED) & set(wine.NOT_CARRIED)
    assert all(len(reason) > 10 for reason in (*wine.NOT_CARRIED.values(), *wine.NOT_CARRIED_TESTS.values()))
    assert set(wine.untried()) == FILES - set(wine.CARRIED) - set(wine.NOT_CARRIED)


@pytest.mark.parametrize('test', wine.NOT_CARRIED_TESTS)
def test_a_single_test_that_is_left_out_is_there_and_in_a_file_that_runs(test):
    file, name = test.split('::')
    assert file.removesuffix('.py') in wine.CARRIED
    assert f'def {name}(' in (wine.TESTS / file).read_text(encoding='utf-8')


def test_a_file_in_no_list_is_named_and_counted_as_skipped(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(wine, 'CARRIED', ('test_windows',))
    monkeypatch.setattr(wine, 'NOT_CARRIED', {})
    monkeypatch.setattr(wine, 'obstacle', lambda: '')
    monkeypatch.setattr(wine, 'make', lambda: None)

    def run_tests(result, log):
        result.write_text('<testsuites><testsuite tests="5" failures="1" errors="0" skipped="1"/></testsuites>')
        log.write_text('E   what went wrong\n')
        return 1

    monkeypatch.setattr(wine, 'run_tests', run_tests)
    monkeypatch.setattr(verb_test.paths, 'LOGS', tmp_path)
    count = verb_test.windows()
    assert (count.passed, count.failed, count.skipped) == (3, 1, len(FILES))
    assert 'E   what went wrong' in count.notes
    assert 'test_judge: nobody has tried it' in capsys.readouterr().out


def test_no_answer_is_a_failure(monkeypatch, tmp_path):
    for name, stand_in in (('obstacle', lambda: ''), ('make', lambda: None), ('untried', list), ('run_tests', lambda result, log: log.write_text('x'))):
        monkeypatch.setattr(wine, name, stand_in)
    monkeypatch.setattr(verb_test.paths, 'LOGS', tmp_path)
    assert verb_test.windows().failed == 1


def test_where_there_can_be_no_wine_it_is_skipped_with_the_reason(monkeypatch, capsys):
    monkeypatch.setattr(shutil, 'which', lambda program: None)
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert wine.obstacle() == 'please run once: sudo apt-get install wine64 gcc-mingw-w64-x86-64'
    count = verb_test.windows()
    assert (count.passed, count.failed, count.skipped) == (0, 0, 1)
    assert 'windows is skipped: please run once: sudo apt-get install wine64' in capsys.readouterr().out


def test_another_system_or_python_is_an_obstacle(monkeypatch):
    monkeypatch.setattr(wine, 'VERSION', '3.99')
    assert 'no Windows Python 3.99' in wine.obstacle()
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert 'Linux on x86-64 only' in wine.obstacle()


def test_paths_are_named_as_wine_names_them(tmp_path):
    assert wine.windows_path('/srv/a b/c.xml') == r'Z:\srv\a b\c.xml'
