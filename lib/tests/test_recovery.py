"""Recovery levels: how a value that hovers at its limit is held."""

import pytest
from hypothesis import given, strategies as st
from lib.recovery import has_recovery, hold, is_sound, waits_for


def limit(op='<', warning=15, critical=5, recover_warning=None, recover_critical=None, item='*', metric='free_pct'):
    return {'metric': metric, 'op': op, 'warning': warning, 'critical': critical, 'item': item,
            'recover_warning': recover_warning, 'recover_critical': recover_critical}


def codes(limits, values, item='/'):
    held, found = {}, []
    for value in values:
        code, held = hold(limits, [(item, 'free_pct', value)], held)
        found.append(code)
    return found


# limit, values in order -> the state below which the check may not fall
TABLE = [
    (limit(), [14, 16, 4, 6, 16], [0, 0, 0, 0, 0]),                                      # no recovery level: nothing is held
    (limit(recover_warning=20), [16, 14, 16, 19.9, 20, 16], [0, 1, 1, 1, 0, 0]),
    (limit(recover_critical=10), [4, 9, 10, 16], [2, 2, 1, 0]),                          # critical is held, then the warning is real
    (limit(recover_warning=20), [4, 6, 16, 21], [2, 1, 1, 0]),                           # critical ends at its limit, the warning is held
    (limit(recover_warning=20, recover_critical=10), [4, 9, 11, 19, 20], [2, 2, 1, 1, 0]),
    (limit(recover_warning=20, recover_critical=30), [4, 25, 29, 30], [2, 2, 2, 0]),
    (limit('>', 90, 97, recover_warning=80), [85, 91, 85, 80, 85], [0, 1, 1, 0, 0]),
    (limit(recover_warning=15), [14, 15, 14], [1, 0, 1]),                                # a level at the limit holds nothing
    (limit(recover_warning=20), [14, None, 16, None, 20, None], [1, 1, 1, 1, 0, 0]),     # what could not be read recovers nothing
    (limit(recover_warning=20, item='/srv*'), [14, 16], [0, 0]),                         # another item's limit
]


@pytest.mark.parametrize(('one', 'values', 'expected'), TABLE)
def test_what_crossed_is_held_until_it_recovers(one, values, expected):
    assert codes([one], values) == expected


def test_each_item_is_held_by_itself():
    limits = [limit(recover_warning=20)]
    code, held = hold(limits, [('/', 'free_pct', 14), ('/srv', 'free_pct', 17)], {})
    assert (code, held) == (1, {'free_pct<*|/': 1})
    assert hold(limits, [('/', 'free_pct', 50), ('/srv', 'free_pct', 17)], held) == (0, {}), "/srv never crossed its limit"


@pytest.mark.parametrize(('limits', 'values'), [
    ([], [('/', 'free_pct', 17)]),                                    # the limit was taken away
    ([limit(metric='inode_pct', recover_warning=20)], [('/', 'free_pct', 17)]),
    ([limit(recover_warning=20)], [('/srv', 'free_pct', 17)]),        # the item is there no more
    ([limit(recover_warning=20)], []),
    ([limit(recover_warning=16)], [('/', 'free_pct', 17)]),           # the level was eased
])
def test_nothing_is_held_that_no_level_asks_for(limits, values):
    assert hold(limits, values, {'free_pct<*|/': 2}) == (0, {})


@pytest.mark.parametrize(('values', 'sound'), [
    ({}, True), ({'recover_warning': 15}, True), ({'recover_warning': 14.9}, False), ({'recover_critical': 4}, False), ({'recover_critical': 5}, True),
    ({'warning': None, 'recover_warning': 20}, False), ({'critical': None, 'recover_critical': 20}, False),
    ({'op': '>', 'recover_warning': 16}, False), ({'op': '>', 'recover_warning': 10}, True),
])
def test_a_recovery_level_lies_on_the_good_side_of_its_limit(values, sound):
    assert is_sound(limit() | values) is sound
    assert has_recovery([limit() | values]) is any(name.startswith('recover') for name in values)


def test_what_is_waited_for_is_said():
    limits = [limit(recover_warning=20, recover_critical=10), limit('>', 90, 97, recover_warning=80, metric='used_pct')]
    assert waits_for(limits, {'free_pct<*|/': 2, 'used_pct>*|': 1}) == ['free_pct ≥ 10 (/)', 'used_pct ≤ 80']
    assert waits_for([limit(recover_warning=20)], {'free_pct<*|/': 2}) == [], "it crossed the limit itself"


numbers = st.floats(-1e6, 1e6)


@st.composite
def sound_limits(draw):
    op, warning, critical = draw(st.sampled_from('<>')), draw(numbers), draw(numbers)
    aside = 1 if op == '<' else -1
    levels = [draw(st.none() | st.floats(0, 1e3).map(lambda room, bound=bound: bound + aside * room)) for bound in (warning, critical)]
    return limit(op, warning, critical, *levels)


@given(st.lists(sound_limits(), max_size=3), st.lists(st.none() | numbers, max_size=20))
def test_holding_only_ever_makes_stricter_and_ends_on_the_good_side(limits, values):
    held = {}
    for value in values:
        code, held = hold(limits, [('/', 'free_pct', value)], held)
        crossed = [one for one in limits if has_recovery([one]) and value is not None and (
            _bad(value, one['op'], one['warning']) or _bad(value, one['op'], one['critical']))]
        assert code or not crossed, "what crosses its limit is never below it"
        if value is not None and not any(_bad(value, one['op'], bound) for one in limits for bound in (
                one['warning'], one['critical'], one['recover_warning'], one['recover_critical']) if bound is not None):
            assert (code, held) == (0, {}), "beyond every level nothing is held"


def _bad(value, op, bound):
    return value < bound if op == '<' else value > bound
