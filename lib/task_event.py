"""The kinds of events that ask for a run; the one place where they are declared.

Of each kind ``models/checklists/schedule_mixin.py`` makes a switch of the task, a field ``after_<kind>``, and its line in the form. Whoever
sees such an event tells of it by ``it.task._fire_event``. Names are in English here: Odoo translates them with the fields that have them. How a
schedule speaks of an event stands with all that schedules say, in ``models/checklists/schedule_words.py``.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    :param name: what people read
    :param label: the switch on the task
    :param help: what its switch waits for
    :param includes: kinds that count as this one too
    :param is_spreading: it strikes also what depends on the asset that it happened to
    """

    code: str
    name: str
    label: str
    help: str
    includes: tuple[str, ...] = ()
    is_spreading: bool = False


KINDS = {kind.code: kind for kind in (
    Kind(
        'restart', "Restart", "Restart of a host", "Each restart of a host that its agent reports, clean or not.", includes=('unclean_restart',)),
    Kind(
        'unclean_restart', "Unclean restart", "Unclean restart of a host",
        "A restart of a host that did not shut down properly before, as its agent reports."),
    Kind('power_outage', "Power outage", "Power outage", "Each power outage that is entered or noticed.", is_spreading=True),
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
