"""The kinds of events that ask for a run; the one place where they are declared.

A kind has a switch on the task, a field ``after_<kind>`` (``models/checklists/schedule_mixin.py``), and whoever sees one tells of it by
``it.task._fire_event``. What each is called, ``models/checklists/schedule_words.py`` says.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    :param includes: kinds that count as this one too
    :param is_spreading: it strikes also what depends on the asset that it happened to
    """

    code: str
    includes: tuple[str, ...] = ()
    is_spreading: bool = False


KINDS = {kind.code: kind for kind in (
    Kind('restart', includes=('unclean_restart',)),
    Kind('unclean_restart'),
    Kind('power_outage', is_spreading=True),
)}


def switch(code: str) -> str:
    """Return the name of the field by which a task waits for a kind of event."""
    return f'after_{code}'


def switches(code: str) -> tuple[str, ...]:
    """Return the fields of which any makes a task wait for an event of a kind.

    >>> switches('unclean_restart'), switches('restart')
    (('after_restart', 'after_unclean_restart'), ('after_restart',))
    """
    return tuple(switch(kind.code) for kind in KINDS.values() if code in (kind.code, *kind.includes))


def told(codes: Collection[str]) -> list[str]:
    """Return of some kinds those that have to be named; a kind that another one includes is not told again.

    >>> told(('restart', 'unclean_restart', 'power_outage'))
    ['restart', 'power_outage']
    """
    included = {code for kind in KINDS.values() if kind.code in codes for code in kind.includes}
    return [code for code in KINDS if code in codes and code not in included]
