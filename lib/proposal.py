"""What to make of what a host says it found: what has vanished, what is watched already. Plain values, no clock."""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from .wire_discovered import ALL_FAMILIES

# Kinds that look at anything: a template of such a kind says nothing about what a finding of that kind is.
GENERAL_KINDS = frozenset({'http', 'tcp', 'process', 'service', 'newest_file', 'last_row', 'report_arrival'})
# Kinds of which a template of another code is never taken in place of the one that is wanted: of the disks and of a share are two.
UNLIKE_KINDS = GENERAL_KINDS | {'disk'}


def family(key: str) -> str:
    """Return which finder a key is of.

    >>> family('backups:11f375a0')
    'backups'
    """
    return key.partition(':')[0]


def vanished(present: Collection[str], named: Collection[str], blind: Collection[str]) -> set[str]:
    """Return the keys of what is not there any more. What could not be looked at is not gone.

    :param present: keys of what was there
    :param named: keys of all that was found now
    :param blind: families that could not be looked at

    >>> sorted(vanished({'a:1', 'a:2', 'b:1'}, {'a:1'}, {'b'})), vanished({'a:1'}, (), {'*'})
    (['a:2'], set())
    """
    if ALL_FAMILIES in blind:
        return set()
    return {key for key in set(present) - set(named) if family(key) not in blind}


def covers(watched: Mapping, found: Mapping) -> bool:
    """Tell whether a check with the settings ``watched`` looks at what has the settings ``found``, both of one template.

    :param watched: all settings of the check, the collector's defaults among them
    :param found: what tells the thing from others; of nothing, one check is enough

    >>> covers({'folder': '/srv/b/', 'pattern': '*.dump|*.zip'}, {'folder': '/srv/b', 'pattern': 'prod_*.dump'}), covers({'port': 1}, {'port': 2}), covers({}, {})
    (True, False, True)
    """
    return all(_covers(name, watched.get(name), value) for name, value in found.items())


def _covers(name: str, watched: object, found: object) -> bool:
    if isinstance(found, list):
        globs = [str(one).casefold() for one in watched] if isinstance(watched, list) else []
        return all(any(str(one).casefold() == glob or fnmatchcase(str(one).casefold(), glob) for glob in globs) for one in found)
    if watched == found and type(watched) is type(found):  # also a name that reads like a pattern
        return True
    if name == 'pattern' and isinstance(watched, str) and isinstance(found, str):
        return any(fnmatchcase(found.casefold(), glob.strip().casefold()) for glob in watched.split('|'))
    return _plain(watched) == _plain(found) and type(watched) is type(found)


def _plain(value: object) -> object:
    """Return a path, address or number in the one spelling in which the same are equal.

    >>> _plain('C:\\\\Backups\\\\') == _plain('c:/backups'), _plain('http://localhost:8069/') == _plain('http://127.0.0.1:8069'), _plain('/A') == _plain('/a')
    (True, True, False)
    """
    if not isinstance(value, str):
        return value
    text = value.replace('//localhost', '//127.0.0.1', 1)
    if text[1:2] == ':' or text.startswith('\\\\'):
        text = text.replace('\\', '/').casefold()
    return text.rstrip('/') or text
