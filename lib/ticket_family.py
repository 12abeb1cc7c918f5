"""Tickets that belong together: what stands against making one a double of another, or a part of a larger incident.

A double asks for the same thing and ends where it is found out. A part is a request of its own that is solved with its incident, and
that its own requester confirms. There are two storeys: an incident is no part of another one. A double ends with a ticket that was asked
for no later than itself: what was promised for it does not begin anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WORKED_ON = ('new', 'in_progress')
OPEN = (*WORKED_ON, 'resolved')


@dataclass(frozen=True, slots=True)
class Member:
    """A ticket, as far as belonging goes.

    :param key: its id
    :param parent: id of the incident of which it is a part already, None for none
    :param has_parts: whether it is an incident with parts of its own
    :param asked_at: when it was asked for
    """

    key: int
    state: str
    company: int
    parent: int | None = None
    has_parts: bool = False
    asked_at: datetime = datetime.min


def refusal(kind: str, target: Member, others: Iterable[Member]) -> str | None:
    """Return what stands against making ``others`` doubles or parts of ``target``, None for nothing.

    :param kind: ``double`` or ``part``
    :return: ``itself``, ``company``, ``state`` (one of the others is not worked on), ``target_state``, ``target_is_part``, ``has_parts``,
        ``target_is_newer``

    >>> printer, mine, done = Member(1, 'in_progress', 1), Member(2, 'new', 1), Member(3, 'closed', 1)
    >>> refusal('double', printer, [mine]), refusal('part', printer, [mine, printer]), refusal('double', done, [mine])
    (None, 'itself', 'target_state')
    >>> refusal('double', Member(4, 'resolved', 1), [mine]), refusal('part', Member(4, 'resolved', 1), [mine])
    (None, 'target_state')
    >>> refusal('part', Member(5, 'new', 1, parent=1), [mine]), refusal('part', printer, [Member(6, 'new', 1, has_parts=True)])
    ('target_is_part', 'has_parts')
    >>> first, second = Member(7, 'new', 1, asked_at=datetime(2026, 1, 5, 8)), Member(8, 'new', 1, asked_at=datetime(2026, 1, 5, 9))
    >>> refusal('double', second, [mine, first]), refusal('double', first, [second]), refusal('part', second, [first])
    ('target_is_newer', None, None)
    """
    others = list(others)
    if any(other.key == target.key for other in others):
        return 'itself'
    if any(other.company != target.company for other in others):
        return 'company'
    if any(other.state not in WORKED_ON for other in others):
        return 'state'
    if target.state not in (WORKED_ON if kind == 'part' else OPEN):
        return 'target_state'
    if kind == 'part' and target.parent:
        return 'target_is_part'
    if kind == 'part' and any(other.has_parts for other in others):
        return 'has_parts'
    if kind == 'double' and any(other.asked_at < target.asked_at for other in others):
        return 'target_is_newer'
    return None


def home_of_parts(double: int, target: Member) -> int:
    """Return the id of the incident to which the parts of a double go: its target, or the incident of which the target is a part.

    >>> home_of_parts(7, Member(1, 'new', 1)), home_of_parts(7, Member(1, 'new', 1, parent=3)), home_of_parts(7, Member(1, 'new', 1, parent=7))
    (1, 3, 1)
    """
    return target.parent if target.parent and target.parent != double else target.key
