"""What the two collectors of the kind ``pending_reboot`` share: reasons for a restart, and since when there is one."""
from __future__ import annotations

from dataclasses import dataclass

from ..judge import seconds_text
from ..registry import Metric
from ..results import Limit, Reading

TITLE, HELP = "Restart that is due", "Whether updates wait for a restart of this machine, and for how long."
METRICS = [
    Metric('pending', '', "1 when a restart is waited for, 0 otherwise."),
    Metric('pending_days', 'd', "For how long the oldest reason has been there."),
]
LIMITS = [Limit('pending_days', '>', 3, 14)]
EVERY_S, TIMEOUT_S = 3600, 20
DAY_S = 86400


@dataclass(frozen=True)
class Reason:
    """Why a restart is due.

    :param key: the same for as long as the reason is
    :param at: since when by its own source, seconds since 1970, None when that is not told
    :param counts: false for what is only worth a word
    """

    key: str
    words: str
    at: float | None = None
    counts: bool = True


def reading_of(reasons, kept: dict, now: float, notes=()) -> Reading:
    """Return the reading for the reasons found.

    :param kept: of the check: for each reason when it was first seen; a reason that is gone is forgotten
    :param notes: what could not be told
    """
    before = kept.get('since') if isinstance(kept.get('since'), dict) else {}
    since = {}
    for one in reasons:
        known = [at for at in (before.get(one.key), one.at) if isinstance(at, (int, float)) and 0 < at <= now]
        since[one.key] = min(known, default=now)
    kept['since'] = since
    due = [one for one in reasons if one.counts]
    age = max((now - since[one.key] for one in due), default=0.0)
    words = [one.words for one in reasons]
    if due:
        for_how_long = f" for {seconds_text(age)}" if age >= 120 else ''
        words.insert(0, f"a restart is due{for_how_long}")
    else:
        words.insert(0, "no restart is due")
    return Reading('', {'pending': int(bool(due)), 'pending_days': round(age / DAY_S, 2)}, text='; '.join([*words, *notes]))
