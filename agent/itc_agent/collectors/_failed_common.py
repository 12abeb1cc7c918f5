"""What the two collectors of the kind ``failed_units`` share: settings, metrics, and how many are told."""
from __future__ import annotations

from dataclasses import dataclass

from ..registry import Metric, setting
from ..results import Reading, State
from ._service_common import fits

TITLE, HELP = "Failed services", "Services that should run or have run, and failed; none has to be named."
METRICS = [Metric('failed', '', "How many failed.")]
EVERY_S, TIMEOUT_S = 120, 20
MAX_TOLD = 30


@dataclass(frozen=True)
class FailedSettings:
    """What is left out, and what weighs more."""

    ignore: list = setting('list', (), help="Names or patterns to leave out.")
    required: list = setting('list', (), help="Names or patterns whose failure is critical; any other is a warning.")
    delayed_grace_s: int = setting('int', 600, help="How long after the machine's start a service may still be starting (Windows).")

    def __post_init__(self):
        if self.delayed_grace_s < 0:
            raise ValueError("delayed_grace_s: expected 0 or more")

    def ignores(self, name: str) -> bool:
        return any(fits(name, out) for out in self.ignore)

    def weight(self, name: str) -> State:
        """What the failure of a service is worth."""
        return State.CRITICAL if any(fits(name, one) for one in self.required) else State.WARNING


def summed(failed: list[Reading], looked_at: str) -> list[Reading]:
    """Return the reading of the whole, and one for each that failed: the worst first, at most 30.

    :param looked_at: what there is when none failed, a proof that somebody looked
    """
    failed = sorted(failed, key=lambda one: (-one.finding.severity, one.item))
    more = f", {len(failed) - MAX_TOLD} of them not told one by one" if len(failed) > MAX_TOLD else ''
    whole = Reading('', {'failed': len(failed)}, max((one.finding for one in failed[MAX_TOLD:]), default=State.OK, key=lambda one: one.severity),
                    f"{len(failed)} failed{more}" if failed else looked_at)
    return [whole, *failed[:MAX_TOLD]]
