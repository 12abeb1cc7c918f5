"""When like events are often enough, and what a find does to what is known."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib import recurring
from lib.recurring import Event

NOW = datetime(2026, 11, 28, 9)
events = st.lists(st.builds(
    Event, st.sampled_from(('a', 'b', ('c', None))), st.integers(1, 30), st.integers(-3000, 100).map(lambda minutes: NOW + timedelta(minutes=minutes))))


@given(events, st.integers(0, 5), st.integers(1, 3))
def test_found_is_what_happened_often_enough_in_the_days(some, at_least, days):
    found = recurring.find(some, at_least, days, NOW)
    inside = {(event.like, event.ref) for event in some if NOW - timedelta(days=days) <= event.at <= NOW}
    for one in found:
        assert len(one.refs) >= at_least > 0
        assert {(one.like, ref) for ref in one.refs} <= inside
        assert list(one.refs) == sorted(set(one.refs))
    told = {one.like for one in found}
    for like in {like for like, _ref in inside} - told:
        assert not at_least or sum(other == like for other, _ref in inside) < at_least


@pytest.mark.parametrize(('at', 'is_inside'), [
    (NOW, True), (NOW + timedelta(seconds=1), False), (NOW - timedelta(days=7), True), (NOW - timedelta(days=7, seconds=1), False)])
def test_edges_of_the_days(at, is_inside):
    assert bool(recurring.find([Event('a', 1, at)], 1, 7, NOW)) is is_inside


@pytest.mark.parametrize(('state', 'count', 'before', 'step'), [
    (None, 3, 0, 'draft'), ('suggested', 9, 0, 'join'), ('check', 9, 0, 'join'), ('dismissed', 5, 3, 'join'), ('dismissed', 6, 3, 'come_back'),
    ('dismissed', 2, 1, 'join'), ('dismissed', 3, 1, 'come_back'), ('dismissed', 1, 0, 'join'), ('dismissed', 2, 0, 'come_back')])
def test_answer(state, count, before, step):
    assert recurring.answer(state, count, before, 1) == step


@pytest.mark.parametrize(('state', 'step'), [(None, 'wait'), ('suggested', 'join'), ('act', 'join'), ('dismissed', 'join')])
def test_what_is_seldom_joins_what_is_known_and_does_no_more(state, step):
    assert recurring.answer(state, 2, 0, 3) == step


@given(st.integers(0, 1000))
def test_as_often_as_when_it_was_put_aside_is_never_clearly_worse(count):
    assert not recurring.is_clearly_worse(count, count)
    assert not recurring.is_clearly_worse(count + 1, count)


def test_keys_of_different_things_differ():
    parts = [(1, 2), (12, None), (1, None), (None, 12), (None, None), ('power', 1), ('power', None)]
    assert len({recurring.key(pattern, some) for pattern in recurring.PATTERNS for some in parts}) == len(parts) * len(recurring.PATTERNS)
