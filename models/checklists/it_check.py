from odoo import api, models


class ItCheck(models.Model):
    """What is wrong with a check, in a sentence for who works on a run."""
    _inherit = 'it.check'

    # === BUSINESS METHODS === #

    def _health_sentences(self):
        """Return one sentence a check: its name, its host and what is wrong."""
        return [check._health_sentence() for check in self]

    def _proving_state(self):
        """Return as what this one check counts for a task: well only when somebody answers for what it looks at, and when it is steady."""
        return 'unknown' if self._is_well_but_unaccepted() or self._is_well_but_flapping() else self.effective_state

    def _is_well_but_flapping(self):
        return self.effective_state == 'ok' and self.is_flapping

    def _is_well_but_unaccepted(self):
        return self.effective_state == 'ok' and self.settings_basis == 'none'

    def _unaccepted_sentence(self):
        return self.env._(
            "%(name)s on %(host)s proves nothing: no manager has accepted what it looks at (%(settings)s).",
            name=self.name, host=self.host_id.name, settings=self._definition_words())

    @api.model
    def _unproven_sentence(self, verdict, run):
        """Return why checks do not prove a run, for a :class:`lib.check_state.Verdict` that says so."""
        name, measured = verdict.check, verdict.measured_at and run._moment_text(verdict.measured_at)
        if verdict.code == 'not_ok':
            return {
                'warning': self.env._("%(name)s shows a warning.", name=name),
                'critical': self.env._("%(name)s is critical.", name=name),
                'unknown': self.env._("%(name)s is unknown.", name=name),
            }[verdict.state]
        return {
            'no_check': self.env._("No check is bound to this task."),
            'not_accepted': self.env._("%(name)s looks at something that no manager has accepted yet.", name=name),
            'never': self.env._("%(name)s has never been measured.", name=name),
            'in_future': self.env._("%(name)s was measured by a clock that runs ahead.", name=name),
            'undated': self.env._("%(name)s: nobody can tell when its last result was measured.", name=name),
            'stale': self.env._("%(name)s is stale: its last result is of %(measured)s.", name=name, measured=measured),
            'before_opening': self.env._("%(name)s was measured before this run opened.", name=name),
            'soft': self.env._("%(name)s is not confirmed yet.", name=name),
            'flapping': self.env._("%(name)s flaps: it changes too often for one good result to say anything.", name=name),
        }[verdict.code]

    def _health_sentence(self):
        if self._is_well_but_unaccepted():
            return self._unaccepted_sentence()
        if self._is_well_but_flapping():
            return self.env._("%(name)s on %(host)s flaps: one good result says nothing.", name=self.name, host=self.host_id.name)
        if self.effective_state == 'waiting':
            return self.env._("%(name)s on %(host)s waits for its first result.", name=self.name, host=self.host_id.name)
        if self.is_stale:
            return self.env._("%(name)s on %(host)s is stale: nobody knows how it is.", name=self.name, host=self.host_id.name)
        states = dict(self._fields['effective_state']._description_selection(self.env))
        return self.env._("%(name)s on %(host)s: %(state)s. %(summary)s",
                          name=self.name, host=self.host_id.name, state=states[self.effective_state], summary=self.summary or "")
