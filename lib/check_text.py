"""Settings and limits of a check as lines that a technician types, and back. Pure.

Settings: ``name = value``, nothing quoted or escaped; a list is the same name on several lines.
Limits: ``metric < warning / critical``, a dash for none, then ``recover warning / critical`` where a value is well again only beyond another
level, and ``on <item>`` where only some items are meant.
"""

import re

from . import recovery

MAX_ITEM = 120
RECOVERY = ('recover_warning', 'recover_critical')
_LIMIT = re.compile(
    r'(?P<metric>[a-z0-9_.:-]{1,80})\s*(?P<op>[<>])\s*(?P<warning>\S+)\s*/\s*(?P<critical>\S+?)'
    r'(\s+recover\s+(?P<recover_warning>\S+)\s*/\s*(?P<recover_critical>\S+?))?(\s+on\s+(?P<item>.{1,120}))?')
# What a setting counts, by the end of its name, as the agent's metrics are named too.
_UNITS = {'_pct': '%', '_ms': 'ms', '_s': 's', '_days': 'd', '_bytes': 'B', '_v': 'V', '_w': 'W'}
# What may be wrong with a line.
LINE_FAULTS = ('setting', 'twice', 'bool', 'int', 'float', 'limit', 'bound', 'recovery')
_TRUTH = {'true': True, 'yes': True, 'false': False, 'no': False}


class LineError(ValueError):
    """A line that is not as it should be; ``line`` is its text, ``code`` one of ``LINE_FAULTS``."""

    def __init__(self, line: str, code: str):
        super().__init__(f'{line}: {code}')
        self.line, self.code = line, code


def write_settings(settings: dict) -> str:
    """Return the lines of settings.

    >>> write_settings({'folder': 'C:/Backups', 'include': ['/', '/srv'], 'deep': True})
    'folder = C:/Backups\\ninclude = /\\ninclude = /srv\\ndeep = true'
    """
    lines = []
    for name, value in settings.items():
        for one in value if isinstance(value, list) else [value]:
            lines.append(f"{name} = {str(one).lower() if isinstance(one, bool) else one}")
    return '\n'.join(lines)


def read_settings(text: str, types: dict[str, str]) -> dict:
    """Return the settings of some lines.

    :param types: setting name to ``str, int, float, bool`` or ``list``; a name that is not in it is read as its looks suggest
    :raises LineError: not ``name = value``, a value of another type, or a name repeated that is no list
    """
    found = {}
    for line in filter(None, map(str.strip, (text or '').splitlines())):
        name, sign, value = (part.strip() for part in line.partition('='))
        if not sign or not re.fullmatch(r'[a-z][a-z0-9_]{0,39}', name):
            raise LineError(line, 'setting')
        kind = types.get(name)
        if kind == 'list' or (kind is None and name in found):
            before = found.get(name, [])
            found[name] = [*(before if isinstance(before, list) else [str(before)]), value]
        elif name in found:
            raise LineError(line, 'twice')
        else:
            found[name] = _value(line, value, kind)
    return found


def _value(line: str, value: str, kind: str | None):
    if kind == 'str':
        return value
    readers = [_reader(kind)] if kind else [_reader(one) for one in ('bool', 'int', 'float')]
    for read in readers:
        try:
            return read(value)
        except (ValueError, KeyError):
            continue
    if kind:
        raise LineError(line, kind)
    return value


def _reader(kind: str):
    return {'bool': lambda text: _TRUTH[text.lower()], 'int': int, 'float': _finite}[kind]


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) > 2 ** 53 or value != value:
        raise ValueError(text)
    return value


def write_limits(limits: list[dict]) -> str:
    """Return the lines of limits.

    >>> write_limits([{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': None, 'item': '/srv*'}])
    'free_pct < 15 / - on /srv*'
    >>> write_limits([{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': 5, 'recover_warning': 20, 'recover_critical': None}])
    'free_pct < 15 / 5 recover 20 / -'
    """
    return '\n'.join(
        f"{one['metric']} {one['op']} {_bound(one.get('warning'))} / {_bound(one.get('critical'))}"
        + (f" recover {_bound(one.get('recover_warning'))} / {_bound(one.get('recover_critical'))}" if recovery.has_recovery([one]) else '')
        + (f" on {one['item']}" if one.get('item') not in (None, '', '*') else '')
        for one in limits)


def _bound(value) -> str:
    return '-' if value is None else f"{value:g}" if abs(value) < 1e6 else str(value)


def read_limits(text: str) -> list[dict]:
    """Return the limits of some lines. :raises LineError: a line is no limit

    >>> read_limits('free_pct < 15 / 5')
    [{'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5}]
    >>> read_limits('free_pct < 15 / 5 recover 20 / -')[0]['recover_warning']
    20
    """
    limits = []
    for line in filter(None, map(str.strip, (text or '').splitlines())):
        match = _LIMIT.fullmatch(line)
        if not match:
            raise LineError(line, 'limit')
        limit = {
            'metric': match['metric'], 'item': (match['item'] or '*').strip(), 'op': match['op'],
            'warning': _read_bound(line, match['warning']), 'critical': _read_bound(line, match['critical']),
        }
        levels = {name: _read_bound(line, match[name]) for name in RECOVERY if match[name]}
        if not recovery.is_sound(limit | levels):
            raise LineError(line, 'recovery')
        limits.append(limit | (levels if any(level is not None for level in levels.values()) else {}))
    return limits


def _read_bound(line: str, text: str):
    if text == '-':
        return None
    try:
        value = _finite(text)
    except ValueError:
        raise LineError(line, 'bound') from None
    return int(value) if value.is_integer() else value


def example_settings(declared: list[dict], every: bool = False) -> list[str]:
    """Return lines that fit what a kind of check declares: its required settings, its first one when none is required.

    :param declared: a kind's settings as an agent publishes them: ``name, type, default, required, help``
    :param every: all of them, the required ones first

    >>> example_settings([{'name': 'host', 'type': 'str', 'default': '127.0.0.1', 'required': False, 'help': ""},
    ...                   {'name': 'port', 'type': 'int', 'default': None, 'required': True, 'help': "Port number."}])
    ['port = 1']
    """
    by_need = sorted(declared, key=lambda one: not one['required'])
    shown = by_need if every else [one for one in by_need if one['required']] or by_need[:1]
    return [f"{one['name']} = {_example_value(one)}" for one in shown]


def _example_value(declared: dict) -> str:
    """Return a value for a setting: its default, what its help quotes between backticks, or anything of its type."""
    default = declared['default'][0] if isinstance(declared['default'], list) and declared['default'] else declared['default']
    if default not in (None, '', []):
        return str(default).lower() if isinstance(default, bool) else f"{default:g}" if isinstance(default, float) else str(default)
    quoted = re.search(r'`([^`]+)`', declared['help'] or '')
    if quoted and declared['type'] in ('str', 'list'):
        return quoted[1]
    return {'int': '1', 'float': '1.5', 'bool': 'true'}.get(declared['type'], '…')


def example_limits(metrics: list[dict], limits: list[dict]) -> str:
    """Return lines of limits that fit a kind: those that its agent suggests, else one for its first metric.

    >>> example_limits([{'name': 'age_s'}], []), example_limits([], [])
    ('age_s > 10 / 20', '')
    """
    return write_limits(limits) or '\n'.join(f"{one['name']} > 10 / 20" for one in metrics[:1])


def fit_setting(value, kind: str) -> bool:
    """Tell whether a JSON value has the type that a setting declares; whole numbers pass for float, a bool only for bool."""
    if kind == 'list':
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(value, bool) or kind == 'bool':
        return isinstance(value, bool) and kind == 'bool'
    if kind == 'str':
        return isinstance(value, str)
    return isinstance(value, int if kind == 'int' else (int, float)) and abs(value) <= 2 ** 53


def fit_words(value) -> bool:
    """Tell whether the texts in a JSON value say as lines what they say as JSON: who accepts settings reads lines.

    >>> fit_words(['/srv', '@snap']), fit_words('/tmp\\nexclude = /srv'), fit_words(' /srv'), fit_words(5)
    (True, False, False, True)
    """
    if isinstance(value, list):
        return all(map(fit_words, value))
    return not isinstance(value, str) or value == value.strip() and len(value.splitlines()) <= 1


def limit_fault(limit) -> str:
    """Return what is wrong with a JSON value that should be a limit: the name of the part, ``limit`` or ``recovery``; nothing of a good one.

    docs/protocol.md draws what is one.

    >>> limit_fault({'metric': 'free_pct', 'op': '<', 'warning': 'much'}), limit_fault({'metric': 'free_pct', 'op': '<', 'warning': 5})
    ('warning', '')
    """
    if not isinstance(limit, dict) or not {'metric', 'op'} <= limit.keys() <= {'metric', 'op', 'item', 'warning', 'critical', *RECOVERY}:
        return 'limit'
    item = limit.get('item', '*')
    faults = {
        'metric': not isinstance(limit['metric'], str),
        'op': limit['op'] not in ('<', '>'),
        'item': not isinstance(item, str) or not fit_words(item) or len(item) > MAX_ITEM,
        **{name: limit.get(name) is not None and not fit_setting(limit[name], 'float') for name in ('warning', 'critical', *RECOVERY)},
    }
    return next((name for name, is_bad in faults.items() if is_bad), '') or ('' if recovery.is_sound(limit) else 'recovery')


def setting_unit(name: str, kind: str) -> str:
    """Return the unit of a setting that is a number, as its name tells; empty for none.

    >>> setting_unit('timeout_s', 'float'), setting_unit('min_bytes', 'int'), setting_unit('port', 'int'), setting_unit('files', 'list')
    ('s', 'B', '', '')
    """
    endings = (unit for ending, unit in _UNITS.items() if name.endswith(ending))
    return next(endings, '') if kind in ('int', 'float') else ''
