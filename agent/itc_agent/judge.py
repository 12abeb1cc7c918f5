"""From readings and limits to a state. Pure: the agent goes on judging while Odoo is away.

>>> from .results import Limit, Reading
>>> judge_readings([Reading('/', {'free_pct': 4.0})], [Limit('free_pct', '<', 15, 5)], {'free_pct': '%'})
(<State.CRITICAL: 2>, '/: free_pct 4 % < 5 %')
"""
from __future__ import annotations

from fnmatch import fnmatchcase

from .results import Reading, State, worst

MAX_TEXT = 300


def judge_readings(readings, limits, units) -> tuple[State, str]:
    """Return the check's state and a sentence of at most 300 characters.

    :param readings: what the collector found
    :param limits: :class:`~itc_agent.results.Limit` of this check
    :param units: metric name to unit, of all metrics the kind declares
    """
    readings = list(readings)
    if not readings:
        return State.UNKNOWN, "nothing was found to measure"
    judged = [judge_reading(reading, limits, units) for reading in readings]
    judged += [(State.UNKNOWN, text) for text in idle_limits(readings, limits, units)]
    state = worst(state for state, _text in judged)
    judged.sort(key=lambda pair: -pair[0].severity)
    texts = [text for one, text in judged if text and (state == State.OK or one != State.OK)]
    return state, clip('; '.join(texts))


def judge_reading(reading: Reading, limits, units) -> tuple[State, str]:
    """Return state and words of one reading; its own finding and every limit on it count."""
    states, texts = [reading.finding], []
    for limit in limits:
        if limit.metric not in reading.values or not is_meant(reading.item, limit.item):
            continue
        state, text = judge_value(reading.values[limit.metric], limit, units.get(limit.metric, ''))
        states.append(state)
        texts.append(text)
    own = [reading.text] if reading.text else []
    words = ', '.join(own + [text for text in texts if text])
    if reading.item and words:
        words = f"{reading.item}: {words}"
    return worst(states), words


def judge_value(value, limit, unit) -> tuple[State, str]:
    """Return state and words of one value under one limit; no value is unknown, never ok."""
    if value is None:
        return State.UNKNOWN, f"{limit.metric} has no value"
    for state, bound in ((State.CRITICAL, limit.critical), (State.WARNING, limit.warning)):
        if bound is not None and (value < bound if limit.op == '<' else value > bound):
            return state, f"{limit.metric} {number(value, unit)} {limit.op} {number(bound, unit)}"
    return State.OK, ''


def is_meant(item: str, wanted: str) -> bool:
    """Tell whether a limit is for an item: the same name, or a pattern that it matches. A name may hold the signs of a pattern itself.

    The server shows a name that a spreadsheet would take for a formula with an apostrophe in front; people write what they see.

    >>> is_meant('/srv/[old]', '/srv/[old]'), is_meant('/srv/a', '/srv/*'), is_meant('/srv/o', '/srv/[old]'), is_meant('@snap', "'@snap")
    (True, True, True, True)
    """
    return wanted in (item, f"'{item}") or fnmatchcase(item, wanted)


def idle_limits(readings, limits, units) -> list[str]:
    """Return a sentence for each limit that can never speak: an unknown metric, or an item that is not there."""
    texts = []
    for limit in limits:
        if limit.metric not in units:
            texts.append(f"a limit names {limit.metric}, which this check does not measure")
        elif not any(is_meant(reading.item, limit.item) for reading in readings):
            texts.append(f"a limit names {limit.item}, which was not found")
    return texts


def number(value, unit: str = '') -> str:
    """Return a number as people read it.

    >>> number(5368709120, 'B'), number(81.25, '%'), number(3, ''), number(259246, 's'), number(None)
    ('5.0 GiB', '81.25 %', '3', '3 d 0 h', '–')
    """
    if value is None:
        return '–'
    if unit == 'B':
        return bytes_text(value)
    if unit == 's' and abs(value) >= 120:
        return seconds_text(value)
    text = f"{value:.2f}".rstrip('0').rstrip('.') if isinstance(value, float) else str(value)
    return f"{text} {unit}".rstrip()


def bytes_text(value) -> str:
    """Return bytes in the binary unit that leaves one to four digits."""
    for unit in ('B', 'KiB', 'MiB', 'GiB'):
        if abs(value) < 1024:
            return f"{value:.0f} B" if unit == 'B' else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def seconds_text(value) -> str:
    """Return two minutes and more in the two largest units: ``50 h`` is what nobody reads at once, ``2 d 2 h`` is.

    >>> seconds_text(180000), seconds_text(150), seconds_text(7260)
    ('2 d 2 h', '2 min 30 s', '2 h 1 min')
    """
    for size, name, smaller, smaller_name in ((86400, 'd', 3600, 'h'), (3600, 'h', 60, 'min'), (60, 'min', 1, 's')):
        if abs(value) >= size:
            return f"{value // size:.0f} {name} {value % size // smaller:.0f} {smaller_name}"
    return f"{value:.0f} s"


def counted(count: int, one: str, many: str = '') -> str:
    """Return a number with what it counts.

    :param many: how it reads of more than one, or none, where that is more than an s at the end

    >>> counted(1, "row"), counted(0, "row"), counted(1, "service matches", "services match"), counted(2, "service matches", "services match")
    ('1 row', '0 rows', '1 service matches', '2 services match')
    """
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def clip(text: str, length: int = MAX_TEXT) -> str:
    """Return ``text`` in at most ``length`` characters, an ellipsis at a cut."""
    return text if len(text) <= length else text[:length - 1] + '…'
