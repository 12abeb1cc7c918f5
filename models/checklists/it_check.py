from odoo import api, models


class ItCheck(models.Model):
    """What checks say of tasks: fresh results verify runs, and bad ones are told in a sentence."""
    _inherit = 'it.check'

    # === BUSINESS METHODS === #

    @api.model
    def _after_judging(self, checks):  # returns nothing  # pylint: disable=missing-return
        """Verify the open runs that fresh results prove, in the pass that brought them."""
        super()._after_judging(checks)
        self.env['it.run.closing']._verify_by_checks(checks)

    def _health_sentences(self):
        """Return one sentence a check: its name, its host and what is wrong."""
        return [check._health_sentence() for check in self]

    def _health_sentence(self):
        if self.effective_state == 'waiting':
            return self.env._("%(name)s on %(host)s waits for its first result.", name=self.name, host=self.host_id.name)
        if self.is_stale:
            return self.env._("%(name)s on %(host)s is stale: nobody knows how it is.", name=self.name, host=self.host_id.name)
        states = dict(self._fields['effective_state']._description_selection(self.env))
        return self.env._("%(name)s on %(host)s: %(state)s. %(summary)s",
                          name=self.name, host=self.host_id.name, state=states[self.effective_state], summary=self.summary or "")
