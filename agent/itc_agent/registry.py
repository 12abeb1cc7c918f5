"""Which collectors there are, and how they are called.

A collector is one file in ``collectors/`` named after its kind. ``disk.py`` runs everywhere, ``service_linux.py`` and ``service_windows.py``
are the kind ``service`` on one system each, a name with a leading underscore is a helper. Files are found by name and imported only when a
check needs them: an import costs memory on every host, a listing does not.
"""
from __future__ import annotations

import importlib
import os
import sys
from dataclasses import MISSING, dataclass, field, fields

from .errors import DuplicateKind, SettingsError, UnknownKind
from .results import Limit

PLATFORM = 'windows' if sys.platform == 'win32' else 'linux'
PLATFORMS = ('linux', 'windows')
FOLDER = os.path.join(os.path.dirname(__file__), 'collectors')
UNITS = {'%': '_pct', 's': '_s', 'ms': '_ms', 'd': '_days', 'B': '_bytes', 'V': '_v', 'W': '_w'}
TYPES = {'str': str, 'int': int, 'float': float, 'bool': bool, 'list': list}


@dataclass(frozen=True)
class Metric:
    """A number a collector gives: name, unit (one of ``UNITS``; empty for a count) and meaning. The name ends as ``UNITS`` says."""

    name: str
    unit: str
    help: str


@dataclass(frozen=True)
class Collector:
    """The declaration of one kind.

    :param collect: ``collect(settings, memory) -> iterable of Reading``; ``memory`` is a dict that the same check finds again next time,
        what stands under its key ``kept`` (a dict of plain JSON, at most 64 KiB) also after the agent was started anew; its key ``check`` tells it from others
    :param shared: ``collect`` takes a third argument, a dict that all checks of the kind have in common
    """

    kind: str
    title: str
    help: str
    settings: type
    metrics: tuple
    limits: tuple
    every_s: int
    timeout_s: int
    collect: object
    manual: str
    shared: bool = False

    @property
    def units(self) -> dict:
        return {metric.name: metric.unit for metric in self.metrics}

    def describe(self) -> dict:
        """Return the entry of this kind in the list that enrolment sends."""
        return {
            'kind': self.kind, 'title': self.title, 'help': self.help, 'every_s': self.every_s,
            'settings': [describe_setting(one) for one in fields(self.settings)],
            'metrics': [{'name': one.name, 'unit': one.unit, 'help': one.help} for one in self.metrics],
            'limits': [limit.as_dict() for limit in self.limits],
        }


_loaded: dict[str, Collector] = {}


def setting(kind: str, default=MISSING, *, help: str):
    """Declare a setting of a collector's dataclass.

    :param kind: ``str, int, float, bool`` or ``list`` (of strings)
    :param default: value when the check does not say; left out, the setting is required
    """
    metadata = {'type': kind, 'help': help}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=tuple(default) if kind == 'list' else default, metadata=metadata)


def collector(kind, *, title, help, settings, metrics, limits=(), every_s=60, timeout_s=10, shared=False):
    """Register the decorated ``collect`` function as the collector of ``kind``; one whose file is meant for another system is left alone.

    :raises DuplicateKind: another function has this kind already
    """
    def register(collect):
        if not find_files([collect.__module__.rpartition('.')[2] + '.py']):
            return collect
        known = _loaded.get(kind)
        if known is not None and known.collect.__module__ != collect.__module__:
            raise DuplicateKind(f"collector {kind}: declared by {known.collect.__module__} and by {collect.__module__}")
        manual = sys.modules[collect.__module__].__doc__ or ''
        _loaded[kind] = Collector(kind, title, help, settings, tuple(metrics), tuple(limits), every_s, timeout_s, collect, manual, shared)
        return collect
    return register


def find_files(names, platform: str = PLATFORM) -> dict[str, str]:
    """Return kind to module name for the collector files among ``names`` that run on ``platform``.

    :raises DuplicateKind: two of the files mean the same kind on this platform

    >>> find_files(['__init__.py', 'disk.py', 'service_linux.py', 'service_windows.py'], 'linux')
    {'disk': 'disk', 'service': 'service_linux'}
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        module, extension = os.path.splitext(name)
        if extension != '.py' or module.startswith('_'):
            continue
        kind, _, suffix = module.rpartition('_')
        if suffix not in PLATFORMS or not kind:
            kind = module
        elif suffix != platform:
            continue
        if kind in found:
            raise DuplicateKind(f"collector {kind}: both {found[kind]}.py and {module}.py")
        found[kind] = module
    return found


def kinds(platform: str = PLATFORM) -> dict[str, str]:
    """Return kind to module name of every collector that runs on ``platform``; imports nothing."""
    return find_files(os.listdir(FOLDER), platform)


def load(kind: str) -> Collector:
    """Return the collector of ``kind``, importing its file at first use.

    :raises UnknownKind: there is none on this system
    """
    if kind not in _loaded:
        module = kinds().get(kind)
        if module is None:
            raise UnknownKind(f"this agent has no collector {kind!r} on {PLATFORM}; it has {', '.join(sorted(kinds()))}")
        importlib.import_module(f'{__package__}.collectors.{module}')
        if kind not in _loaded:
            raise UnknownKind(f"collectors/{module}.py declares no kind {kind!r}")
    return _loaded[kind]


def load_all() -> list[Collector]:
    """Return every collector of this system, by kind."""
    return [load(kind) for kind in sorted(kinds())]


def describe_setting(one) -> dict:
    """Return a setting as the wire has it: name, type, default, required, help."""
    required = one.default is MISSING
    default = None if required else list(one.default) if one.metadata['type'] == 'list' else one.default
    return {'name': one.name, 'type': one.metadata['type'], 'default': default, 'required': required, 'help': one.metadata['help']}


def parse_settings(declared: Collector, given: dict):
    """Return the settings dataclass of a check.

    :raises SettingsError: unknown name, missing value, wrong type, or what the dataclass itself refuses
    """
    known = {one.name: one for one in fields(declared.settings)}
    for name in given:
        if name not in known:
            raise SettingsError(f"{declared.kind}: no setting {name!r}; there is {', '.join(known) or 'none'}")
    values = {}
    for name, one in known.items():
        if name in given:
            values[name] = _typed(declared.kind, one, given[name])
        elif one.default is MISSING:
            raise SettingsError(f"{declared.kind}: setting {name} is required")
    try:
        return declared.settings(**values)
    except ValueError as error:
        raise SettingsError(f"{declared.kind}: {error}") from error


def _typed(kind: str, one, value):
    """Return ``value`` in the declared type; whole numbers pass for int and float, nothing passes for bool but a bool."""
    wanted = one.metadata['type']
    if wanted == 'float' and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted == 'int' and isinstance(value, float) and value.is_integer():
        return int(value)
    good = isinstance(value, TYPES[wanted]) and (wanted == 'bool' or not isinstance(value, bool))
    if good and wanted == 'list':
        good = all(isinstance(item, str) for item in value)
    if not good:
        expected = 'a list of strings' if wanted == 'list' else f'a value of type {wanted}'
        raise SettingsError(f"{kind}: setting {one.name}: expected {expected}, got {value!r}")
    return tuple(value) if wanted == 'list' else value


def parse_limits(given) -> tuple:
    """Return the limits of a check as the server sends them.

    :raises SettingsError: an entry is not a limit
    """
    limits = []
    for entry in given:
        try:
            limit = Limit(entry['metric'], entry['op'], entry.get('warning'), entry.get('critical'), entry.get('item') or '*')
        except (KeyError, TypeError, AttributeError) as error:
            raise SettingsError(f"not a limit: {entry!r}") from error
        bounds = (limit.warning, limit.critical)
        if limit.op not in ('<', '>') or any(isinstance(one, bool) or not isinstance(one, (int, float, type(None))) for one in bounds):
            raise SettingsError(f"not a limit: {entry!r}")
        limits.append(limit)
    return tuple(limits)
