from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..mixins.notice import notice

READERS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItTicket(models.Model):
    """A ticket that came of a run: somebody found it bad, and made it somebody's work."""
    _inherit = 'it.ticket'

    # Only for those who may read runs: the name of a record shows wherever it is pointed to.
    run_id = fields.Many2one(
        'it.task.run', string="From the run", check_company=True, copy=False, index='btree_not_null', ondelete='set null',
        groups=READERS, help="The run that was found bad.")

    # === CRUD METHODS === #

    def write(self, vals):
        """:raises AccessError: a person changes from which run a ticket came"""
        if 'run_id' in vals and not self.env.su:
            raise AccessError(self.env._("From which run a ticket came stays as it was when it was made."))
        return super().write(vals)

    # === ACTION METHODS === #

    @api.readonly
    def action_tell_made(self):
        """Close the dialog in which this ticket was made from a run, with a notice that leads to it."""
        self.ensure_one()
        self.check_access('read')
        return notice(
            self.env._("Ticket %s is made.", '%s'), links=[{'label': self.name, 'url': f'/odoo/it-tickets/{self.id}'}])
