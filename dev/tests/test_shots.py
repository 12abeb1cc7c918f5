import itertools

import pytest

import verb_shots
from say import Trouble


class Server:
    """Tells at each question which checks of this machine have a result."""

    def __init__(self, *rounds):
        self.rounds = itertools.chain(rounds, itertools.repeat(rounds[-1]))

    def call(self, model, method, *_args):
        return [5] if model == 'it.agent' else [
            {'name': str(number), 'last_result_at': has_result} for number, has_result in enumerate(next(self.rounds))]


class Agent:
    def __init__(self, code=None):
        self.code = code

    def poll(self):
        return self.code


@pytest.fixture
def clock(monkeypatch):
    """Each look at it is a second later."""
    ticks = itertools.count()
    monkeypatch.setattr(verb_shots.time, 'monotonic', lambda: next(ticks))
    monkeypatch.setattr(verb_shots.time, 'sleep', lambda _seconds: None)
    return ticks


def test_as_long_as_results_come_it_waits(clock, capsys):
    slow = [[number < done for number in range(4)] for done in range(5) for _second in range(8)]
    verb_shots.wait_for_results(Server([], *slow), Agent(), patience=10)
    assert next(clock) > 20
    assert not capsys.readouterr().out


def test_one_that_has_none_keeps_no_picture_from_being_made(clock, capsys):
    verb_shots.wait_for_results(Server([True, False, False]), Agent(), patience=10)
    assert 'no result yet, and no other for 10 s: 1, 2' in capsys.readouterr().out


@pytest.mark.parametrize(('rounds', 'code', 'words'), [
    ([[]], None, 'the agent reported nothing: see '), ([[False]], None, 'the agent reported nothing: see '), ([[True, False]], 1, 'the agent stopped: see ')])
def test_why_there_are_none_is_said(clock, rounds, code, words):
    with pytest.raises(Trouble, match=words):
        verb_shots.wait_for_results(Server(*rounds), Agent(code), patience=10)
