"""One alert a root cause: a table of cases, and what holds whatever is bad and whatever depends on what."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib.alert import STATES, Hosts, Known, Problem, covered, plan, presumed, roots, severity

AT = datetime(2026, 11, 23, 5)
SETTLE = timedelta(minutes=15)
SWITCH = 90


def host(asset, **values):
    return Problem(f'host:{asset}', asset, asset, 'silent', AT, **values)


def check(number, asset, state='critical', measured_by=None, **values):
    return Problem(f'check:{number}', asset, measured_by or asset, state, AT, **values)


@pytest.mark.parametrize(('problems', 'needs', 'expected'), [
    # a dead host with 12 checks
    ([host(1), *(check(number, 1, 'unknown') for number in range(12))], {}, {'host:1'}),
    # a dead switch that is looked at, with 5 hosts behind it
    ([check(1, SWITCH, measured_by=8), *map(host, range(1, 6))], {asset: {SWITCH} for asset in range(1, 6)}, {'check:1'}),
    # through three assets
    ([host(1), host(4)], {1: {2}, 2: {3}, 3: {4}}, {'host:4'}),
    # two checks of one host that speaks are two causes
    ([check(1, 1), check(2, 1)], {}, {'check:1', 'check:2'}),
    # a warning above explains nothing
    ([check(1, SWITCH, 'warning', measured_by=8), host(1)], {1: {SWITCH}}, {'check:1', 'host:1'}),
    # what a silent host measured of another asset says nothing of that asset
    ([host(8), check(1, SWITCH, 'critical', measured_by=8), host(1)], {1: {SWITCH}}, {'host:8', 'host:1'}),
    # the host behind the switch is who looks at the switch
    ([host(1), check(1, SWITCH, 'unknown', measured_by=1)], {1: {SWITCH}}, {'host:1'}),
    # a ping of a silent host from elsewhere
    ([host(1), check(1, 1, 'critical', measured_by=8)], {}, {'host:1'}),
    # two dead things above: the one that is silent, before the one that is only critical
    ([check(1, 7, measured_by=8), host(6), host(1)], {1: {6, 7}}, {'check:1', 'host:6'}),
])
def test_root_causes(problems, needs, expected):
    assert set(roots(problems, needs).values()) == expected


def test_silent_comes_before_critical_when_two_dead_things_stand_above():
    assert roots([check(1, 7, measured_by=8), host(6), host(1)], {1: {6, 7}})['host:1'] == 'host:6'


@pytest.mark.parametrize(('silent', 'quiet_s', 'well', 'expected'), [
    ({1, 2, 3}, {1: 200, 2: 200, 3: 200}, (), ['host:90']),
    ({1}, {1: 185, 2: 140, 3: 120}, (), ['host:90']),  # the others have missed their last report
    ({1, 2}, {1: 185, 2: 200, 3: 40}, (), []),  # one behind it speaks
    ({1, 2, 3}, {1: 200, 2: 200, 3: 200}, (SWITCH,), []),  # a check says that it answers
    (set(), {1: 140, 2: 140, 3: 140}, (), []),  # none is called silent yet
])
def test_asset_that_nobody_looks_at_is_held_to_be_dead_when_all_behind_it_are(silent, quiet_s, well, expected):
    needs = {1: {SWITCH}, 2: {SWITCH}, 3: {SWITCH}, SWITCH: {91}}
    found = presumed(Hosts(dict.fromkeys(silent, AT), quiet_s, well), needs)
    assert [one.key for one in found] == expected


def test_asset_that_was_held_to_be_dead_is_until_only_one_host_is_left():
    needs, quiet_s = {1: {SWITCH}, 2: {SWITCH}, 3: {SWITCH}}, {1: 10, 2: 300, 3: 300}
    assert [one.key for one in presumed(Hosts({2: AT, 3: AT}, quiet_s, held={SWITCH}), needs)] == ['host:90']
    assert presumed(Hosts({2: AT, 3: AT}, quiet_s), needs) == []
    assert presumed(Hosts({3: AT}, {**quiet_s, 2: 10}, held={SWITCH}), needs) == []


def test_of_two_switches_the_wider_one_is_presumed_and_a_single_host_presumes_nothing():
    needs = {1: {80}, 2: {80}, 3: {81}, 4: {81}, 80: {SWITCH}, 81: {SWITCH}}
    silent = dict.fromkeys((1, 2, 3, 4), AT)
    assert [one.key for one in presumed(Hosts(silent, dict.fromkeys(silent, 200)), needs)] == ['host:90']
    assert presumed(Hosts({1: AT}, {1: 200}), {1: {SWITCH}}) == []


def known(alert, cause, *told, resolved=None, opened=AT):
    return Known(alert, cause, frozenset({cause, *told}), opened, resolved)


def act(problems, opened, needs=None, now=AT, undecided=()):
    return {(step.kind, step.alert, step.cause, step.into) for step in plan(problems, needs or {}, opened, SETTLE, now, undecided)}


@pytest.mark.parametrize(('problems', 'opened', 'needs', 'expected'), [
    ([check(1, 1)], [], {}, {('open', None, 'check:1', None)}),
    ([check(1, 1)], [known(5, 'check:1')], {}, {('keep', 5, 'check:1', None)}),
    ([], [known(5, 'check:1')], {}, {('resolve', 5, '', None)}),
    # first two checks are bad, then the host is silent
    ([check(1, 1), check(2, 1), host(1)], [known(5, 'check:1'), known(6, 'check:2')], {},
     {('move', 5, 'host:1', None), ('merge', 6, 'host:1', 5)}),
    # first a host, then the switch
    ([host(1), check(9, SWITCH, measured_by=8)], [known(5, 'host:1')], {1: {SWITCH}}, {('move', 5, 'check:9', None)}),
    # both have an alert already, and the dependency is entered only now
    ([host(1), check(9, SWITCH, measured_by=8)], [known(5, 'host:1'), known(6, 'check:9')], {1: {SWITCH}},
     {('merge', 5, 'check:9', 6), ('keep', 6, 'check:9', None)}),
    # the host is back; the check was told of before it fell silent, the other was not
    ([check(1, 1), check(2, 1)], [known(5, 'host:1', 'check:1')], {}, {('move', 5, 'check:1', None), ('open', None, 'check:2', None)}),
    # the switch was only presumed: of three hosts one stays dead
    ([host(2)], [known(5, 'host:90', 'host:1', 'host:2', 'host:3')], {}, {('move', 5, 'host:2', None)}),
    ([check(1, 1, is_covered=True)], [], {}, set()),
    ([check(1, 1, is_covered=True)], [known(5, 'check:1')], {}, {('keep', 5, 'check:1', None)}),
])
def test_plan(problems, opened, needs, expected):
    assert act(problems, opened, needs) == expected


@pytest.mark.parametrize(('problems', 'before', 'needs', 'expected'), [
    ([check(1, 1), host(1)], known(5, 'check:1'), {}, ('host:1', False)),
    ([check(1, 1)], known(5, 'host:1', 'check:1'), {}, ('check:1', True)),
    # told of as its part before, and above what is still bad
    ([check(1, 1), host(1)], known(5, 'check:1', 'host:1'), {}, ('host:1', False)),
    # of what its messages spoke of, one stays silent: because of what nobody was told of
    ([host(2), check(9, 91, measured_by=8)], known(5, 'host:90', 'host:2'), {2: {91}}, ('check:9', False)),
])
def test_move_says_whether_the_cause_is_only_what_is_left(problems, before, needs, expected):
    [(cause, is_left)] = [(step.cause, step.is_left) for step in plan(problems, needs, [before], SETTLE, AT) if step.kind == 'move']
    assert (cause, is_left) == expected


def test_resolved_alert_opens_again_within_the_settle_time_and_a_new_one_after_it():
    before = [known(5, 'check:1', resolved=AT)]
    assert act([check(1, 1)], before, now=AT + SETTLE) == {('reopen', 5, 'check:1', None)}
    assert act([check(1, 1)], before, now=AT + SETTLE + timedelta(seconds=1)) == {('open', None, 'check:1', None)}


def test_alert_of_which_nobody_can_tell_stays():
    assert act([], [known(5, 'check:1')], undecided={'check:1'}) == {('keep', 5, 'check:1', None)}


def test_downtime_covers_what_is_measured_there_too():
    assert [one.is_covered for one in covered([check(1, 2, measured_by=1), check(2, 3)], {1})] == [True, False]


def test_severity_is_that_of_the_worst():
    assert [severity([state]) for state in STATES] == ['warning', 'warning', 'warning', 'critical', 'critical']
    assert severity([]) == 'warning'


ASSETS = st.integers(0, 7)
# Every edge leads to a higher number, so that there is no circle, as the assets' own rule demands.
NEEDS = st.dictionaries(ASSETS, st.sets(st.integers(1, 3), max_size=3), max_size=8).map(
    lambda found: {asset: {min(asset + step, 8) for step in steps if asset + step <= 8} for asset, steps in found.items()})


@st.composite
def worlds(draw):
    silent = draw(st.sets(ASSETS, max_size=4))
    checks = draw(st.lists(st.tuples(ASSETS, ASSETS, st.sampled_from(STATES[:-1]), st.booleans()), max_size=8))
    return [
        *(host(asset, is_covered=draw(st.booleans())) for asset in sorted(silent)),
        *(check(number, asset, state, measured_by, is_covered=is_covered) for number, (asset, measured_by, state, is_covered) in enumerate(checks)),
    ]


@given(worlds(), NEEDS)
def test_every_problem_has_one_root_that_is_its_own(problems, needs):
    found = roots(problems, needs)
    assert found.keys() == {one.key for one in problems}
    for cause in found.values():
        assert found[cause] == cause


@given(worlds(), st.dictionaries(ASSETS, st.sets(ASSETS, max_size=3)))
def test_even_a_circle_of_dependencies_leaves_no_problem_without_a_cause(problems, needs):
    assert set(roots(problems, needs).values()) <= {one.key for one in problems}


@given(st.lists(worlds(), min_size=1, max_size=5), NEEDS)
def test_history_of_any_length_keeps_one_open_alert_a_cause_and_none_else(history, needs):
    alerts, now, number = {}, AT, 0
    for problems in history:
        now += timedelta(minutes=10)
        steps = plan(problems, needs, alerts.values(), SETTLE, now)
        were_open = {one.alert for one in alerts.values() if one.resolved is None}
        assert sorted(step.alert for step in steps if step.alert in were_open) == sorted(were_open), "each open alert has one step"
        for step in steps:
            if step.kind in ('resolve', 'merge'):
                alerts[step.alert] = Known(step.alert, alerts[step.alert].cause, alerts[step.alert].told, alerts[step.alert].opened, now)
                continue
            number += 1
            alert = step.alert or number
            told = alerts[alert].told if alert in alerts else frozenset()
            alerts[alert] = Known(alert, step.cause, told | {step.cause}, alerts[alert].opened if alert in alerts else now)
        causes = roots(problems, needs)
        shown = {causes[one.key] for one in problems if not one.is_covered} - {one.key for one in problems if one.is_covered}
        opened = [one.cause for one in alerts.values() if one.resolved is None]
        assert len(opened) == len(set(opened)), "one a cause"
        assert shown <= set(opened) <= set(causes.values())
        again = plan(problems, needs, alerts.values(), SETTLE, now)
        assert {step.kind for step in again} <= {'keep'}, "the same is done once"
