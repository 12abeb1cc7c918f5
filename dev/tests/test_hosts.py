import inspect
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import hosts_check
import hosts_stories
import this_host_check
import verb_run


@pytest.mark.parametrize('hour', range(24))
def test_whatever_hour_it_is_the_hosts_are_looked_at_in_the_middle_of_a_day(hour):
    now = datetime(2026, 11, 27, hour, 59, tzinfo=ZoneInfo('UTC'))
    assert now.astimezone(ZoneInfo(hosts_check.noon_zone(now))).hour == 9


def test_each_fault_has_words_of_its_own():
    words = [story.words for story in hosts_stories.STORIES if story.chain != hosts_stories.WHOLE.chain]
    assert len(set(words)) == len(words)
    assert not [(one, other) for one in words for other in words if one is not other and one in other]


def test_this_machine_becomes_a_host_by_the_function_that_dev_run_calls():
    assert 'host.start_agent(' in inspect.getsource(verb_run.serve)
    assert 'host.start_agent(' in inspect.getsource(this_host_check.look)


@pytest.mark.parametrize(('state', 'health', 'reason', 'has'), [
    ('auto_verified', 'none', False, True), ('pending', 'critical', "Disk room on vm: full", True), ('pending', 'critical', ' ', False),
    ('pending', 'ok', False, False), ('pending', 'waiting', "waits", False)])
def test_a_run_is_green_or_red_with_a_reason_and_nothing_else_counts(state, health, reason, has):
    assert this_host_check.has_colour({'state': state, 'health': health, 'health_reason': reason}) is has
