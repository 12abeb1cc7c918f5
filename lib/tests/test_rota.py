"""Turns, and who stands in."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.local_time import local_date
from lib.rota import BASES, Duty, Rota, RotaError, Team, assign, on_duty, planned, turns

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
PEOPLE = st.lists(st.integers(1, 9), unique=True, max_size=6).map(tuple)
ROTAS = st.builds(Rota, PEOPLE.filter(bool), DAYS, st.integers(1, 60))


def present(*people):
    return lambda person: person not in people


@given(ROTAS, st.integers(0, 50))
def test_each_member_has_as_many_days_as_every_other_in_each_whole_round(rota, rounds):
    length = rota.turn_days * len(rota.members)
    start = rota.start + timedelta(days=rounds * length)
    counts = Counter(on_duty(rota, start + timedelta(days=day)) for day in range(length))
    assert counts == dict.fromkeys(rota.members, rota.turn_days)


@given(ROTAS, DAYS, st.integers(1, 12))
def test_the_turns_shown_are_the_turns_kept_without_gap_or_overlap(rota, day, count):
    shown = turns(rota, day, count)
    assert len(shown) == count
    for turn, following in zip(shown, shown[1:], strict=False):
        assert following.first == turn.last + timedelta(days=1)
    for turn in shown:
        assert on_duty(rota, turn.first) == on_duty(rota, turn.last) == turn.member
    assert shown[0].first <= max(day, rota.start) <= shown[0].last


@given(ROTAS, DAYS, st.sampled_from(('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Addis_Ababa')))
def test_a_clock_change_moves_no_turn(rota, day, tz):
    """Whatever the hour of the day is in UTC, the same local day has the same person."""
    hours = (datetime.combine(day, datetime.min.time()) + timedelta(hours=hour) for hour in range(-15, 40))
    on_this_day = {on_duty(rota, local_date(hour, tz)) for hour in hours if local_date(hour, tz) == day}
    assert on_this_day == {on_duty(rota, day)}


def test_nobody_has_a_turn_before_the_start_or_without_members():
    assert on_duty(Rota((1, 2), MONDAY), MONDAY - timedelta(days=1)) is None
    assert on_duty(Rota((), MONDAY), MONDAY) is None
    assert turns(Rota((), MONDAY), MONDAY, 10) == []


@pytest.mark.parametrize(('members', 'turn_days'), [((1, 1), 7), ((1, 2), 0), ((1, 2), 367), ((), -1)])
def test_a_rota_that_contradicts_itself_is_refused(members, turn_days):
    with pytest.raises(RotaError, match=r'\.$'):
        Rota(members, MONDAY, turn_days)


@pytest.mark.parametrize(('values', 'expected'), [
    ({'person': 5, 'rota': Rota((1, 2), MONDAY), 'role': (9,)}, 5),
    ({'rota': Rota((1, 2), MONDAY), 'role': (9,)}, 1),
    ({'rota': Rota((1, 2), MONDAY + timedelta(days=1)), 'role': (9,)}, 9),
    ({'rota': Rota((), MONDAY), 'role': (8, 9)}, None),
    ({'role': (9,)}, 9), ({'role': (8, 9)}, None), ({}, None),
])
def test_the_plan_is_the_person_then_the_turn_then_the_only_one_of_the_role(values, expected):
    assert planned(MONDAY, **values) == expected


@pytest.mark.parametrize(('team', 'there', 'expected'), [
    (Team(1, rota=(3, 1, 2), deputies=(5,), role=(6,)), (1, 2), Duty(1, 'plan')),
    (Team(1, rota=(3, 1, 2), deputies=(5,), role=(6,)), (3, 2), Duty(2, 'rota')),
    (Team(1, rota=(3, 1, 2), deputies=(5,), role=(6,)), (3, 5), Duty(3, 'rota')),
    (Team(1, rota=(3, 1, 2), deputies=(5,), role=(6,)), (5, 6), Duty(5, 'deputy')),
    (Team(1, deputies=(5,), role=(4, 1, 6)), (4, 6), Duty(6, 'role')),
    (Team(1, deputies=(5,), role=(4, 1, 6)), (4,), Duty(4, 'role')),
    (Team(1, role=(4,)), (4,), Duty(4, 'role')),
    (Team(1, rota=(3, 1, 2), deputies=(5,), role=(6,)), (), Duty(None, 'nobody')),
    (Team(1), (), Duty(None, 'nobody')),
    (Team(role=(1, 2, 3)), (2, 3), Duty(None, 'plan')),
    (Team(role=(1, 2, 3)), (2,), Duty(2, 'role')),
    (Team(role=(1, 2)), (), Duty(None, 'nobody')),
    (Team(), (), Duty(None, 'plan')),
])
def test_who_stands_in(team, there, expected):
    assert assign(team, present(*there)) == expected


TEAMS = st.builds(Team, st.none() | st.integers(1, 9), PEOPLE, PEOPLE, PEOPLE)


@given(TEAMS, st.sets(st.integers(1, 9)))
def test_nobody_who_is_away_gets_a_run_and_nobody_is_passed_over(team, away):
    duty = assign(team, away.__contains__)
    assert duty.basis in BASES
    assert duty.person not in away
    known = {*team.rota, *team.deputies, *team.role, team.planned} - {None}
    if duty.person is None and team.planned is not None:
        assert duty.basis == 'nobody' and known <= away
    if duty.person is not None:
        assert duty.person in known


@given(TEAMS, st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_a_stand_in_keeps_a_run_until_the_planned_person_is_back(team, away, later):
    first = assign(team, away.__contains__)
    second = assign(team, later.__contains__, now=first)
    if team.planned is not None and team.planned not in later:
        assert second == Duty(team.planned, 'plan')
    elif team.planned is not None and first.basis != 'plan' and first.person is not None and first.person not in later:
        assert second == first
    assert assign(team, later.__contains__, now=second) == second


@given(PEOPLE.filter(lambda people: len(people) > 1), st.integers(0, 200))
def test_the_work_of_one_who_is_away_goes_to_the_next_of_the_rota(members, number):
    rota = Rota(members, MONDAY, 1)
    away = on_duty(rota, MONDAY + timedelta(days=number))
    duty = assign(Team(away, rota=members), {away}.__contains__)
    assert duty == Duty(on_duty(rota, MONDAY + timedelta(days=number + 1)), 'rota')
