from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import hosts_check
import hosts_stories


@pytest.mark.parametrize('hour', range(24))
def test_whatever_hour_it_is_the_hosts_are_looked_at_in_the_middle_of_a_day(hour):
    now = datetime(2026, 11, 27, hour, 59, tzinfo=ZoneInfo('UTC'))
    assert now.astimezone(ZoneInfo(hosts_check.noon_zone(now))).hour == 9


def test_each_fault_has_words_of_its_own():
    words = [story.words for story in hosts_stories.STORIES if story.chain != hosts_stories.WHOLE.chain]
    assert len(set(words)) == len(words)
    assert not [(one, other) for one in words for other in words if one is not other and one in other]
