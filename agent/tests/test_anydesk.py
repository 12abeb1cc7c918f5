"""AnyDesk: executables that answer in its place."""
import time

import psutil
import pytest
from stand_ins import executable, services

from itc_agent.collectors import anydesk
from itc_agent.collectors._remote_access import Running
from itc_agent.collectors.anydesk import AnyDeskSettings, Seen, judge
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def run(memory=None, **settings):
    check = make_check(1, 'x', 'anydesk', 60, 15, settings)
    assert not check.problem, check.problem
    return look(check, {} if memory is None else memory, {})


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a function that puts an AnyDesk here: ``put(get_id=…, get_status=…)`` gives its path."""
    monkeypatch.setattr(anydesk, 'FILES', (str(tmp_path / 'system.conf'),))
    monkeypatch.setattr(anydesk, 'PROGRAMS', (str(tmp_path / 'bin' / 'anydesk'),))

    def put(**answers):
        return executable(tmp_path / 'bin', 'anydesk', **answers)
    return put


def test_online_with_its_id_is_ok(place):
    program = place(get_id='echo 123456789', get_status='echo online')
    with services([program, '--service']):
        result = run()
        assert (result.state, result.summary) == (State.OK, "id 123456789")
        assert result.readings[0].values == {'running': 1, 'online': 1}


def test_a_process_whose_state_cannot_be_read_is_still_one(place, monkeypatch):
    def broken(_process):
        raise ValueError("not enough values to unpack")

    monkeypatch.setattr(psutil.Process, 'status', broken)
    with services([place(get_id='echo 123456789', get_status='echo online'), '--service']):
        assert run().summary == "id 123456789"


def test_offline_and_a_service_that_does_not_run_are_critical(place):
    program = place(get_id='echo 123456789', get_status='echo offline')
    assert run().summary == "its service does not run"
    with services([program, '--tray']):
        assert run().summary == "its service does not run"
    with services([program, '--service']):
        result = run()
        assert (result.state, result.summary) == (State.CRITICAL, "it says that it is offline")
        assert result.readings[0].values == {'running': 1, 'online': 0}


@pytest.mark.parametrize(('status', 'state', 'words'), [
    (':', State.WARNING, "says nothing of its status"),
    ('echo getrennt', State.UNKNOWN, "words that are new"),
    ('echo "warning: no display"; echo ONLINE', State.OK, "id 123456789"),
    ('echo not online', State.CRITICAL, "offline"),
    ('sleep 60', State.UNKNOWN, "did not answer within"),
    ('exit 2', State.UNKNOWN, "exit code 2"),
    ('yes online', State.UNKNOWN, "more than"),
], ids=['empty', 'language', 'a line before', 'not', 'hangs', 'fails', 'huge'])
def test_what_its_status_can_say(place, monkeypatch, status, state, words):
    monkeypatch.setattr('itc_agent.collectors._remote_access.ASK_S', 1.0)
    program = place(get_id='echo 123456789', get_status=status)
    with services([program, '--service']):
        started = time.monotonic()
        result = run()
        assert time.monotonic() - started < 5
        assert (result.state, words in result.summary) == (state, True), result.summary


def test_an_id_that_changed_is_critical_until_it_is_written_down(place):
    program, memory = place(get_id='echo 123456789', get_status='echo online'), {}
    with services([program, '--service']):
        assert run(memory).state == State.OK
        place(get_id='echo 555555555', get_status='echo online')
        assert "its id is 555555555, expected was 123456789" in run(memory).summary
        assert run(memory, id='555555555').state == State.OK


def test_the_id_is_read_from_its_file_where_the_program_says_nothing(place, tmp_path):
    program = place(get_id='echo SERVICE_NOT_RUNNING', get_status='echo online')
    with services([program, '--service']):
        assert run().state == State.UNKNOWN
        (tmp_path / 'system.conf').write_text('ad.anynet.cur_version=1\nad.anynet.id=123456789\n')
        assert run().summary == "id 123456789"


def test_not_installed_or_hidden_is_unknown(place):
    result = run()
    assert (result.state, "not installed on this machine" in result.summary) == (State.UNKNOWN, True)
    for processes in (Running((), "hidden"), Running((None,))):
        with pytest.raises(SourceUnavailable, match="hidden|may not be looked into"):
            judge(Seen('/usr/bin/anydesk', processes), AnyDeskSettings(), {})


def test_a_custom_build_that_is_elsewhere_is_seen_and_what_it_does_not_tell_is_unknown(place, tmp_path):
    program = executable(tmp_path / 'other', 'AnyDesk-ad_1a2b')
    with services([program, '--service']):
        result = run()
        assert (result.state, "not where it usually is" in result.summary) == (State.UNKNOWN, True)
