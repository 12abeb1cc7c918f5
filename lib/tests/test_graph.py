"""Walking dependencies: what stops if this stops, and no cycles."""

import pytest
from hypothesis import given, strategies as st
from lib import graph

EDGES = st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=4), max_size=12)


def reachable(edges, start):
    """The oracle: close the set of targets until it grows no more."""
    found = set(edges.get(start, ()))
    while True:
        more = found.union(*(edges.get(node, ()) for node in found)) if found else found
        if more == found:
            return found - {start}
        found = more


def steps_to(edges, start, target):
    """The oracle: the shortest of all ways, grown step by step."""
    reached, steps = {start}, 0
    while target not in reached:
        reached, steps = reached.union(*(edges.get(node, ()) for node in reached)), steps + 1
    return steps


@given(EDGES, st.integers(0, 12))
def test_transitive_finds_exactly_what_is_reachable_nearest_first(edges, start):
    found = graph.transitive(edges, start)
    assert len(found) == len(set(found))
    assert set(found) == reachable(edges, start)
    assert [steps_to(edges, start, node) for node in found] == sorted(steps_to(edges, start, node) for node in found)


@given(EDGES)
def test_a_found_cycle_is_one_and_without_one_an_order_exists(edges):
    cycle = graph.find_cycle(edges)
    has_cycle = any(node in edges.get(node, ()) or any(node in reachable(edges, n) for n in edges.get(node, ()))
                    for node in edges)
    assert (cycle is not None) == has_cycle
    if cycle:
        assert all(after in edges[before] for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        with pytest.raises(ValueError, match='cycle'):
            graph.in_order(edges)
        return
    order = graph.in_order(edges)
    assert set(order) == set(edges).union(*edges.values()) and len(order) == len(set(order))
    assert all(order.index(target) < order.index(node) for node in edges for target in edges[node])


def test_a_long_chain_does_not_exhaust_the_stack():
    chain = {node: {node + 1} for node in range(50_000)}
    assert graph.find_cycle(chain) is None
    assert len(graph.transitive(chain, 0)) == 50_000
    chain[50_000] = {0}
    assert len(graph.find_cycle(chain)) == 50_001


def test_an_id_that_depends_on_itself_is_a_cycle():
    assert graph.find_cycle({4: {4}}) == [4]
