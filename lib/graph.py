"""What hangs on what: walking and guarding a graph of dependencies, given as ids."""

from collections import deque
from collections.abc import Iterable, Mapping


def transitive(edges: Mapping[int, Iterable[int]], start: int) -> list[int]:
    """Return everything reachable from ``start``, nearest first, without ``start`` itself.

    Ids of the same distance keep the order in which they were found, sorted below one parent. Cycles do no harm.

    >>> transitive({1: {2, 3}, 2: {4}, 3: {4}}, 1)
    [2, 3, 4]
    """
    seen = {start}
    found = []
    queue = deque([start])
    while queue:
        for target in sorted(edges.get(queue.popleft(), ())):
            if target not in seen:
                seen.add(target)
                found.append(target)
                queue.append(target)
    return found


def find_cycle(edges: Mapping[int, Iterable[int]]) -> list[int] | None:
    """Return the ids of one cycle in walking order, the last leading back to the first; None when there is none.

    Walks without recursion, so a long chain cannot exhaust the stack.

    >>> find_cycle({1: {2}, 2: {3}, 3: {1}}), find_cycle({1: {2, 3}, 2: {3}})
    ([1, 2, 3], None)
    """
    finished: set[int] = set()
    for root in sorted(edges):
        if root in finished:
            continue
        path = [root]
        on_path = {root}
        pending = [iter(sorted(edges[root]))]
        while path:
            target = next(pending[-1], None)
            if target is None:
                pending.pop()
                done = path.pop()
                on_path.discard(done)
                finished.add(done)
            elif target in on_path:
                return path[path.index(target):]
            elif target not in finished:
                path.append(target)
                on_path.add(target)
                pending.append(iter(sorted(edges.get(target, ()))))
    return None


def in_order(edges: Mapping[int, Iterable[int]]) -> list[int]:
    """Return all ids so that each comes after everything its edges point to; the smallest id first among equals.

    :param edges: what each id depends on
    :raises ValueError: there is a cycle

    >>> in_order({3: {1}, 1: {2}})
    [2, 1, 3]
    """
    cycle = find_cycle(edges)
    if cycle:
        raise ValueError(f"cycle through {cycle}")
    waiting = {node: set(targets) for node, targets in edges.items()}
    for target in {target for targets in edges.values() for target in targets}:
        waiting.setdefault(target, set())
    order: list[int] = []
    placed: set[int] = set()
    while waiting:
        ready = sorted(node for node, targets in waiting.items() if targets <= placed)
        order += ready
        placed.update(ready)
        for node in ready:
            del waiting[node]
    return order
