from typing import NamedTuple

from odoo import models


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


class ItRunProofMixin(models.AbstractModel):
    """What proves a run without anybody's word: its checks, and what rooms above count beside them. A part of ``it.task.run``."""
    _name = 'it.run.proof.mixin'
    _description = "What Proves a Run"

    # === BUSINESS METHODS === #

    def _beside(self):
        """Return ``{run: Beside}`` of those of these runs of which something else than checks is asked. Rooms above extend it."""
        return {}

    def _proven(self):
        """Return whether the bound checks, and what counts beside them, prove this one run, None when nothing is bound."""
        return self._verdict(self._bound_checks(), self._beside().get(self))

    def _verdict(self, checks, beside):
        if not checks and beside is None:
            return None
        # What is measured now says nothing of a time that has passed.
        return self.state != 'missed' and self._is_proven_by(checks, beside)

    def _is_proven_by(self, checks, beside, newest=None):
        """Tell whether these checks, if any, and what was found beside them prove this one run.

        :param newest: as for ``ItCheck._snapshot``
        """
        by_checks = not checks or checks._proof(self.open_at, newest).verified
        return bool(checks or beside) and by_checks and (beside is None or beside.verified)

    def _evidence(self):
        """Return the results as they are now, to be frozen with the run."""
        return self._evidence_of(self._bound_checks(), self._beside().get(self)) or False

    def _proven_with_evidence(self):
        """Return what ``_proven`` and ``_evidence`` do, by one look: what is frozen is what proved it."""
        checks, beside = self._bound_checks(), self._beside().get(self)
        return self._verdict(checks, beside), self._evidence_of(checks, beside) or False

    def _evidence_of(self, checks, beside, newest=None):
        return [*(checks._snapshot(newest) if checks else ()), *(beside.evidence if beside else ())]

    def _bound_checks(self):
        """Return the checks that count for this one run, by its task and by its own items.

        Everybody who works on it is told what they say.
        """
        run_sudo = self.sudo()
        checks = run_sudo.task_id.effective_check_ids
        return checks | run_sudo.item_ids._bound_checks() if run_sudo.item_ids else checks
