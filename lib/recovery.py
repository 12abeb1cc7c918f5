"""Recovery levels: a value that crossed a limit is well again only once it has passed the limit's recovery level. Pure.

The agent judges by the limits alone; the server holds what has not recovered, from the values that it stores. So a host with an older agent
needs nothing new, and what is held rests on the newest value: a result that is lost or late keeps nothing bad for longer.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

LEVELS = (('critical', 'recover_critical', 2), ('warning', 'recover_warning', 1))  # name of the limit, of its recovery level, code


def has_recovery(limits: Iterable[Mapping]) -> bool:
    """Tell whether one of these limits has a recovery level."""
    return any(limit.get(recover) is not None for limit in limits for _bound, recover, _code in LEVELS)


def without(limits: Iterable[Mapping]) -> list[dict]:
    """Return limits as hosts are told them: without recovery levels, which are the server's.

    >>> without([{'metric': 'free_pct', 'op': '<', 'warning': 15, 'recover_warning': 20}])
    [{'metric': 'free_pct', 'op': '<', 'warning': 15}]
    """
    return [{name: value for name, value in limit.items() if not name.startswith('recover_')} for limit in limits]


def is_sound(limit: Mapping) -> bool:
    """Tell whether each recovery level belongs to a limit and lies on its good side, or on it.

    >>> [is_sound({'op': '<', 'warning': 15, 'recover_warning': level}) for level in (20, 15, 14)]
    [True, True, False]
    >>> is_sound({'op': '>', 'warning': 90, 'critical': None, 'recover_critical': 80})
    False
    """
    for bound, recover, _code in LEVELS:
        level, crossed = limit.get(recover), limit.get(bound)
        if level is not None and (crossed is None or _crosses(level, limit['op'], crossed)):
            return False
    return True


def hold(limits: Iterable[Mapping], values: Iterable[tuple[str, str, float | None]], held: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """Return the state below which a check may not fall, and what to remember for its next result.

    :param limits: as ``docs/protocol.md`` draws them, with ``recover_warning`` and ``recover_critical``
    :param values: ``(item, metric, value)`` of the newest result; a value that could not be read keeps what is held
    :param held: what this function returned before, empty at first. A limit or an item that is there no more is forgotten.
    :return: 0, 1 or 2, and ``{limit and item: code}``, empty while nothing is held

    >>> limits = [{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': 5, 'recover_warning': 20, 'recover_critical': None}]
    >>> held = {}
    >>> for free in (16, 14, 18, 20, 18):
    ...     code, held = hold(limits, [('/', 'free_pct', free)], held)
    ...     print(code, held)
    0 {}
    1 {'free_pct<*|/': 1}
    1 {'free_pct<*|/': 1}
    0 {}
    0 {}
    """
    values, kept = list(values), {}
    for limit in limits:
        if not has_recovery([limit]):
            continue
        for item, metric, value in values:
            if metric == limit['metric'] and _is_meant(item, limit.get('item') or '*'):
                key = f"{metric}{limit['op']}{limit.get('item') or '*'}|{item}"
                kept[key] = max(kept.get(key, 0), _level(limit, value, held.get(key, 0)))
    kept = {key: code for key, code in kept.items() if code}
    return max(kept.values(), default=0), kept


def waits_for(limits: Iterable[Mapping], held: Mapping[str, int]) -> list[str]:
    """Return what is waited for, one short line each.

    >>> waits_for([{'metric': 'free_pct', 'op': '<', 'warning': 15, 'recover_warning': 20}], {'free_pct<*|/': 1})
    ['free_pct ≥ 20 (/)']
    """
    lines = []
    for key, code in held.items():
        for limit in limits:
            name, item = f"{limit['metric']}{limit['op']}{limit.get('item') or '*'}|", key.partition('|')[2]
            level = limit.get(LEVELS[2 - code][1])
            if key.startswith(name) and level is not None:
                lines.append(f"{limit['metric']} {'≥' if limit['op'] == '<' else '≤'} {level:g}" + (f" ({item})" if item else ''))
    return lines


def _level(limit: Mapping, value: float | None, before: int) -> int:
    if value is None:
        return before
    for bound, recover, code in LEVELS:
        crossed, level = limit.get(bound), limit.get(recover)
        if crossed is not None and _crosses(value, limit['op'], crossed):
            return code
        if before >= code and level is not None and _crosses(value, limit['op'], level):
            return code
    return 0


def _crosses(value: float, op: str, bound: float) -> bool:
    return value < bound if op == '<' else value > bound


def _is_meant(item: str, wanted: str) -> bool:
    """Tell whether a limit is for an item, as the agent decides it."""
    return wanted in (item, f"'{item}") or fnmatchcase(item, wanted)
