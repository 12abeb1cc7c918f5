"""The kinds of events that ask for a run; the one place where they are declared.

Of each kind ``models/checklists/schedule_mixin.py`` makes a switch of the task, a field ``after_<kind>``, and its line in the form. Whoever
sees such an event tells of it by ``it.task._fire_event``.
"""
# ``_`` is handed in: there is no environment here. pylint: disable=prefer-env-translation

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    :param name: what people read
    :param each: the same in a sentence, after “after”
    :param label: the switch on the task, in English: Odoo translates it with the field, as it does ``help``
    :param help: what its switch waits for
    :param includes: kinds that count as this one too
    :param is_spreading: it strikes also what depends on the asset that it happened to
    """

    code: str
    name: str
    each: str
    label: str
    help: str
    includes: tuple[str, ...] = ()
    is_spreading: bool = False


def kinds(_: Callable[[str], str] = str) -> tuple[Kind, ...]:
    """Return all kinds, with their words in the language of ``_``."""
    return (
        Kind(
            'restart', _("Restart"), _("each restart of a host"), label="Restart of a host",
            help="Each restart of a host that its agent reports, clean or not.", includes=('unclean_restart',)),
        Kind(
            'unclean_restart', _("Unclean restart"), _("each unclean restart of a host"), label="Unclean restart of a host",
            help="A restart of a host that did not shut down properly before, as its agent reports."),
        Kind(
            'power_outage', _("Power outage"), _("each power outage"), label="Power outage",
            help="Each power outage that is entered or noticed.", is_spreading=True),
    )


KINDS = {kind.code: kind for kind in kinds()}


def switch(code: str) -> str:
    """Return the name of the field by which a task waits for a kind of event."""
    return f'after_{code}'


def switches(code: str) -> tuple[str, ...]:
    """Return the fields of which any makes a task wait for an event of a kind.

    >>> switches('unclean_restart'), switches('restart')
    (('after_restart', 'after_unclean_restart'), ('after_restart',))
    """
    return tuple(switch(kind.code) for kind in KINDS.values() if code in (kind.code, *kind.includes))


def told(codes, _: Callable[[str], str] = str) -> list[str]:
    """Return the words for some kinds; a kind that another one includes is not told again.

    >>> told(('restart', 'unclean_restart', 'power_outage'))
    ['each restart of a host', 'each power outage']
    """
    included = {code for kind in KINDS.values() if kind.code in codes for code in kind.includes}
    return [kind.each for kind in kinds(_) if kind.code in codes and kind.code not in included]
