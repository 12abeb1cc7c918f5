"""What a host says it found on itself: things that a check could look at. Read as if the host were hostile."""

import re

from .check_text import fit_words
from .spreadsheet_text import is_printable
from .wire_json import Refused
from .wire_values import boolean, fields, integer, items, name, number, raw_text, text

MAX_FINDINGS = 100
MAX_FAMILIES = 40
MAX_SETTINGS, MAX_LIST = 8, 20
MAX_VALUE, MAX_WHY = 300, 200
ALL_FAMILIES = '*'

MAX_REV = 2**31 - 1  # a number of ours, kept in an integer of PostgreSQL
_DISCOVERED = frozenset({'rev', 'findings', 'blind'})
_FINDING = frozenset({'key', 'code', 'kind', 'settings', 'sure', 'why'})
_BLIND = frozenset({'family', 'why'})
_FAMILY = re.compile(r'[a-z][a-z0-9_]{0,23}')
_KEY = re.compile(r'[a-z][a-z0-9_]{0,23}:[a-z0-9_]{1,40}')


def parse_discovered(value: object) -> dict:
    """Return what was found: all of it, or some of it together with the ``keys`` of all.

    :raises Refused: anything is not as docs/protocol.md says
    """
    found = fields(value, "discovered", _DISCOVERED, frozenset({'keys'}))
    clean = {
        'rev': integer(found['rev'], "rev", 0, MAX_REV),
        'findings': [_finding(one) for one in items(found['findings'], "findings", MAX_FINDINGS)],
        'blind': [_blind(one) for one in items(found['blind'], "blind", MAX_FAMILIES)],
    }
    told = _unique([one['key'] for one in clean['findings']])
    _unique([one['family'] for one in clean['blind']])
    if 'keys' in found:
        clean['keys'] = [_key(one) for one in items(found['keys'], "keys", MAX_FINDINGS)]
        if not told <= _unique(clean['keys']):
            raise Refused("keys leaves out a finding that is described.")
    return clean


def _finding(value: object) -> dict:
    found = fields(value, "A finding", _FINDING)
    if type(found['settings']) is not dict or len(found['settings']) > MAX_SETTINGS:
        raise Refused(f"A finding's settings are not an object of at most {MAX_SETTINGS} entries.")
    return {
        'key': _key(found['key']),
        'code': name(found['code'], "A finding's code"),
        'kind': name(found['kind'], "A finding's kind"),
        'settings': {name(one, "A setting's name"): _setting(given) for one, given in found['settings'].items()},
        'sure': boolean(found['sure'], "A finding's sure"),
        'why': text(found['why'], "A finding's why", MAX_WHY),
    }


def _setting(value: object) -> object:
    """Return a value that a check may have, as it came: neutralised it would name another folder. So it must be what it looks like."""
    if type(value) is list:
        return [_words(one) for one in items(value, "A setting", MAX_LIST)]
    if type(value) is str:
        return _words(value)
    return value if type(value) is bool else number(value, "A setting")


def _words(value: object) -> str:
    found = raw_text(value, "A setting", MAX_VALUE)
    if not fit_words(found) or not is_printable(found):
        raise Refused("A setting reads otherwise than it is.")
    return found


def _blind(value: object) -> dict:
    found = fields(value, "What could not be looked at", _BLIND)
    family = raw_text(found['family'], "A family", 24)
    if family != ALL_FAMILIES and not _FAMILY.fullmatch(family):
        raise Refused("A family is no name.")
    return {'family': family, 'why': text(found['why'], "A reason", MAX_WHY)}


def _key(value: object) -> str:
    if type(value) is not str or not _KEY.fullmatch(value):
        raise Refused("A key is not a family and a name.")
    return value


def _unique(names: list[str]) -> set[str]:
    if len(set(names)) < len(names):
        raise Refused("A key or a family is named twice.")
    return set(names)
