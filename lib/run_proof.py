"""What says that a run was done beside the checks that are bound to it: the chain of a backup, a restore, copies that agents see."""
from typing import NamedTuple


class Beside(NamedTuple):
    """What something else than checks says of a run.

    :param reasons: sentences of why it does not prove the run
    :param evidence: dicts like those of ``ItCheck._snapshot``, to be frozen with the run
    :param is_enough: it needs no person to say that the run is done
    :param answers: it tells what the run's items ask a person; one that is left empty keeps nobody waiting
    """

    verified: bool
    reasons: tuple = ()
    evidence: tuple = ()
    is_enough: bool = True
    answers: bool = False

    def after(self, before):
        """Return this added to what was found before it, None for nothing: both have to hold."""
        if before is None:
            return self
        return Beside(
            self.verified and before.verified, (*before.reasons, *self.reasons), (*before.evidence, *self.evidence),
            self.is_enough and before.is_enough, self.answers and before.answers)
