from odoo import fields, models
from odoo.exceptions import AccessError

from .task_run import EDITABLE_STATES

# What confirming a run may add to it; nothing else of a closed run changes on the way.
CONFIRMING = frozenset({'state', 'verified_by_id', 'verified_at', 'closed_at'})


class ItTaskRun(models.Model):
    _inherit = 'it.task.run'

    # Who and what a closed run names cannot be emptied behind its back by deleting it elsewhere.
    role_id = fields.Many2one(ondelete='restrict')
    responsible_id = fields.Many2one(ondelete='restrict')
    done_by_id = fields.Many2one(ondelete='restrict')
    verified_by_id = fields.Many2one(ondelete='restrict')

    # === CRUD METHODS === #

    def write(self, vals):
        """Keep closed runs as they are, whoever asks.

        :raises AccessError: a run is closed and this is no step of the graph, superuser or not
        """
        if set(vals) - self._thread_fields():
            self._check_seal(vals)
        return super().write(vals)

    def _check_seal(self, vals):
        """:raises AccessError: these values would change a closed run otherwise than by a step"""
        for run in self:
            if run.state == 'pending' or run.state in EDITABLE_STATES:
                continue
            new = vals.get('state', run.state)
            if new == run.state and set(vals) == {'state'}:
                continue
            if new == run.state or (new == 'verified' and set(vals) - CONFIRMING):
                raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))
