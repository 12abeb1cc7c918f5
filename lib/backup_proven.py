"""What is known of the bytes of a copy that were proven first, and what became of them."""

from dataclasses import dataclass, replace
from datetime import datetime

from .backup import BLIND
from .backup_name import CLOCKS


@dataclass(frozen=True, slots=True)
class Proven:
    """The bytes of a copy that were proven first, and what became of them.

    :param sha256: of these bytes
    :param at: naive UTC, the backup's own time then
    :param changed_at: naive UTC, when it was told first that others lie there under its name; None while the same do
    :param content_at: naive UTC, when their content said that it was made; None where it says nothing
    """

    sha256: str
    at: datetime
    changed_at: datetime | None = None
    content_at: datetime | None = None


def as_proven(
        before: Proven | None, sha256: str | None, reason: str, at: datetime, told_at: datetime, *, is_dated: bool,
        content_at: datetime | None = None) -> Proven | None:
    """Return what is known of the proven bytes of a copy, now that its host told of it again.

    What was no good may be made again under its name, and what holds the proven bytes again is what it was. What says in its content that it was made later
    is another backup, made again; under a name without a date that is so by its own time: nobody can call that a change.

    :param before: the same of before, None while nothing was proven
    :param sha256: of what lies there now, None while it was not read
    :param reason: code why it is not readable, '' where it is
    :param at: naive UTC, the backup's own time
    :param is_dated: its name tells the day that it is of
    :param content_at: naive UTC, when its content says that it was made, by the same clock as before
    """
    is_good = bool(sha256) and (not reason or reason in BLIND)
    if not sha256 or (before is None and not is_good):
        return before
    if before is None:
        return Proven(sha256, at, None, content_at)
    if sha256 == before.sha256:
        return replace(before, changed_at=None, content_at=before.content_at or content_at)
    is_later = content_at and before.content_at and content_at > before.content_at + CLOCKS
    if is_later or (not is_dated and at > before.at):
        return Proven(sha256, at, None, content_at) if is_good else before
    return replace(before, changed_at=before.changed_at or told_at)
