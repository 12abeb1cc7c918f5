"""A check's newest values in few words, for people: ``free 31.2 %, 78.6 GiB · inodes …``."""

_STEPS = ((86400, 'd'), (3600, 'h'), (60, 'min'))
_SIZES = ((2**40, 'TiB'), (2**30, 'GiB'), (2**20, 'MiB'), (2**10, 'KiB'))
_ENDINGS = ('_pct', '_bytes', '_ms', '_s')


def describe(values, limit=3):
    """Return the first ``limit`` values of the first item as one line; more items are only counted.

    :param values: dicts with ``item``, ``metric``, ``unit`` and ``value`` (None where there is none), in their order

    >>> describe([{'item': '/', 'metric': 'free_pct', 'unit': '%', 'value': 31.24}, {'item': '/', 'metric': 'free_bytes', 'unit': 'B', 'value': 8.4e10}])
    '/: free 31.2 %, free 78.2 GiB'
    >>> describe([{'item': '', 'metric': 'count', 'unit': '', 'value': 2.0}, {'item': '', 'metric': 'oldest_age_s', 'unit': 's', 'value': 7260.0}])
    'count 2, oldest age 2 h 1 min'
    >>> describe([])
    ''
    """
    known = [value for value in values if value['value'] is not None]
    if not known:
        return ''
    first = known[0]['item']
    words = ', '.join(f"{label(value['metric'])} {quantity(value['value'], value['unit'])}" for value in known if value['item'] == first)
    words = ', '.join(words.split(', ')[:limit])
    others = len({value['item'] for value in known} - {first})
    return (first.rstrip(':') + ': ' if first else '') + words + (f' (+{others})' if others else '')


def label(metric):
    """Return a metric's name without its unit.

    >>> label('memory_used_pct')
    'memory used'
    """
    for ending in _ENDINGS:
        metric = metric.removesuffix(ending)
    return metric.replace('_', ' ')


def quantity(value, unit):
    """Return a number with its unit, rounded to what a person reads.

    >>> quantity(95.0, 's'), quantity(200000.0, 's'), quantity(5242880.0, 'B'), quantity(12.5, 'ms'), quantity(1.0, '')
    ('1 min 35 s', '2 d 7 h', '5.0 MiB', '12.5 ms', '1')
    """
    if unit == 's':
        return duration(value)
    if unit == 'B':
        size, name = next(((size, name) for size, name in _SIZES if abs(value) >= size), (1, 'B'))
        return f'{value / size:.1f} {name}' if size > 1 else f'{value:.0f} B'
    number = f'{value:.1f}'.removesuffix('.0')
    return f'{number} {unit}'.strip()


def duration(seconds):
    """Return seconds in their two largest units.

    >>> duration(40), duration(3600)
    ('40 s', '1 h')
    """
    seconds = int(seconds)
    parts = []
    for size, name in (*_STEPS, (1, 's')):
        count, seconds = divmod(seconds, size)
        if count or (parts and len(parts) < 2):
            parts.append(f'{count} {name}')
        if len(parts) == 2:
            break
    return ' '.join(part for part in parts if not part.startswith('0 ')) or '0 s'
