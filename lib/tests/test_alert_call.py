"""Who hears of an alert, and when."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.alert_call import STEPS, Ladder, Person, audience, due_step, is_quiet, letters, quiet_until
from lib.rota import Rota, Team, assign, on_duty

AT = datetime(2026, 11, 23, 5)
ON_LEAVE, OFF_DUTY, GONE = Person(False, False), Person(True, False), Person(False, False, False)
LADDER = Ladder((0, 15, 30, 60), 240)


@pytest.mark.parametrize(('circles', 'people', 'expected'), [
    ([(1,), (2,)], {1: Person(), 2: Person()}, (1,)),
    ([(1,), (2,)], {1: OFF_DUTY, 2: Person()}, (1, 2)),
    ([(1,), (2,)], {1: ON_LEAVE, 2: Person()}, (2,)),
    ([(1,), (), (3,)], {1: GONE, 3: Person()}, (3,)),  # an empty role goes to the managers
    ([(1, 2), (3,)], {1: OFF_DUTY, 2: OFF_DUTY, 3: OFF_DUTY}, (1, 2, 3)),  # at night everybody who is here
    ([(1,), (2,)], {1: ON_LEAVE, 2: ON_LEAVE}, (1, 2)),
    ([(1,), (2,)], {1: GONE, 2: GONE}, ()),
])
def test_audience(circles, people, expected):
    assert audience(circles, people) == expected


PEOPLE = st.dictionaries(st.integers(1, 9), st.sampled_from((Person(), ON_LEAVE, OFF_DUTY, GONE)))
CIRCLES = st.lists(st.lists(st.integers(1, 9), max_size=4), max_size=5)


@given(CIRCLES, PEOPLE)
def test_somebody_is_always_told_and_who_cannot_act_never_alone(circles, people):
    told = audience(circles, people)
    everybody = {one for circle in circles for one in circle if one in people}
    assert bool(told) == any(people[one].is_active for one in everybody)
    assert all(people[one].is_active for one in told)
    assert len(told) == len(set(told))
    if any(people[one].is_on_duty for one in everybody):
        assert any(people[one].is_on_duty for one in told)
    if any(people[one].is_here for one in everybody):
        assert all(people[one].is_here for one in told)


@given(
    st.lists(st.integers(1, 6), unique=True, min_size=1, max_size=5), st.integers(0, 60), st.sets(st.integers(1, 9)),
    st.lists(st.integers(1, 9), max_size=3), st.lists(st.integers(1, 9), max_size=3), st.integers(1, 9))
def test_over_rotas_leave_and_ladders_somebody_who_can_act_is_told(members, day, away, deputies, role, manager):
    """The first circle is who the rota says, or who stands in; each later one is a step of the ladder."""
    rota = Rota(tuple(members), AT.date())
    turn = on_duty(rota, AT.date() + timedelta(days=day))
    duty = assign(Team(turn, tuple(members), tuple(deputies), tuple(role)), away.__contains__)
    people = {one: ON_LEAVE if one in away else Person(True, one == duty.person) for one in range(1, 10)}
    told = audience([[duty.person] if duty.person else [turn], role, [manager]], people)
    assert told
    everybody = {turn, duty.person, *role, manager} - {None}
    if everybody - away:
        assert not away & set(told)
    if duty.person is not None:
        assert duty.person in told


@pytest.mark.parametrize(('climbed', 'minutes', 'last', 'expected'), [
    (0, 0, None, 'first'), (0, 300, None, 'first'), (1, 14, 0, ''), (1, 15, 0, 'mail'), (2, 30, 15, 'manager'), (3, 60, 30, 'ways'),
    (1, 200, 0, 'ways'), (4, 299, 60, ''), (4, 300, 60, 'nag'),
])
def test_ladder(climbed, minutes, last, expected):
    before = None if last is None else AT + timedelta(minutes=last)
    assert due_step(LADDER, climbed, AT, before, AT + timedelta(minutes=minutes)) == expected


@given(
    st.tuples(*[st.none() | st.integers(0, 500)] * 3), st.integers(0, 240), st.lists(st.integers(0, 400), max_size=30))
def test_no_step_is_taken_twice_and_the_first_always_comes(delays, nag_min, pauses):
    ladder, climbed, last, now, taken = Ladder((0, *delays), nag_min), 0, None, AT, []
    for pause in pauses:
        now += timedelta(minutes=pause)
        step = due_step(ladder, climbed, AT, last, now)
        if step:
            taken.append(step)
            last = now
        if step in STEPS:
            climbed = STEPS.index(step) + 1
    steps = [step for step in taken if step != 'nag']
    assert len(steps) == len(set(steps))
    assert not pauses or steps[0] == 'first'


@pytest.mark.parametrize(('hour_utc', 'start', 'end', 'expected'), [
    (19, 20, 7, True), (3.9, 20, 7, True), (4, 20, 7, False), (16.9, 20, 7, False), (9, 12, 13, True), (10, 12, 13, False), (9, 12, 12, False),
])
def test_quiet_hours_are_the_companys_own(hour_utc, start, end, expected):
    moment = datetime(2026, 11, 23) + timedelta(hours=hour_utc)
    assert is_quiet(moment, 'Africa/Addis_Ababa', start, end) is expected


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 23), st.integers(0, 23),
    st.sampled_from(('Europe/Berlin', 'America/New_York', 'Africa/Addis_Ababa', 'Australia/Lord_Howe')))
def test_quiet_hours_end_within_a_day(moment, start, end, tz):
    until = quiet_until(moment, tz, start, end)
    assert moment <= until <= moment + timedelta(hours=26)
    assert (until == moment) is not is_quiet(moment, tz, start, end)


@given(st.dictionaries(st.integers(1, 4), st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=12)), st.integers(0, 9), st.integers(1, 5))
def test_everybody_hears_of_every_alert_once(due, recent, burst):
    found = letters(due, dict.fromkeys(due, recent), burst)
    for person, alerts in due.items():
        mine = [letter for letter in found if letter.receiver == person]
        assert [alert for letter in mine for alert in letter.alerts] == list(alerts), "each once"
        sent = [letter for letter in mine if letter.kind != 'later']
        assert len(sent) + recent <= max(burst + 1, recent), "never a burst"
        assert bool(sent) or recent > burst, "held back only after many"
