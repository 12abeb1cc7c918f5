"""When Odoo is told what lies where backups are kept: when something of it changed, and once an hour so that it knows it is still there. Pure."""
from __future__ import annotations

import hashlib

from .wire import canonical

EVERY_S, PROGRESS_EVERY_S = 3600.0, 120.0


class BackupsTold:
    """What was told of each place, and when."""

    def __init__(self):
        self._told: dict = {}

    def news(self, results, now: float) -> list[tuple[int, dict]]:
        """Return ``(check, what lies there)`` of the results that are to be told, and note them as told.

        :param now: seconds of a clock that nobody can set
        """
        found = [(result.check.ident, reading.backups) for result in results for reading in result.readings if reading.backups is not None]
        return [(check, backups) for check, backups in found if self._is_news(check, backups, now)]

    def _is_news(self, check: int, backups: dict, now: float) -> bool:
        facts = digest({**backups, 'files': [{**one, 'hashed': 0} for one in backups['files']]})
        whole = digest(backups)
        before, before_whole, at = self._told.get(check, ('', '', float('-inf')))
        # How far a hash is changes at each look and moves nothing.
        wait = 0.0 if facts != before else PROGRESS_EVERY_S if whole != before_whole else EVERY_S
        if now - at < wait:
            return False
        self._told[check] = (facts, whole, now)
        return True


def digest(value) -> str:
    return hashlib.sha256(canonical(value).encode('utf-8', 'surrogatepass')).hexdigest()
