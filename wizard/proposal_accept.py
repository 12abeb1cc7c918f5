from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ItProposalAccept(models.TransientModel):
    """Shows what a host found that no check looks at yet, with the settings of each check, and adds those that are ticked."""
    _name = 'it.proposal.accept'
    _description = "Add Proposed Checks"
    _inherit = ['it.asking.mixin']

    agent_id = fields.Many2one('it.agent', string="Host", required=True, readonly=True)
    discover_text = fields.Text(related='agent_id.discover_text')
    line_ids = fields.One2many('it.proposal.accept.line', 'window_id', string="Proposals")

    # === ACTION METHODS === #

    def action_add(self):
        """Add the ticked checks and show the checks of the host.

        :raises UserError: nothing is ticked, or something is otherwise by now than it was shown
        """
        self.ensure_one()
        self._ticked()._accept()
        return self.agent_id.action_open_checks()

    def action_dismiss(self):
        """Let the ticked ones not be proposed again."""
        self.ensure_one()
        self._ticked().action_dismiss()
        return {'type': 'ir.actions.act_window_close'}

    def action_open_found(self):
        return self.agent_id.action_open_found()

    # === BUSINESS METHODS === #

    def _open(self, agent):
        """Return the window of one host; what it is sure of is ticked."""
        proposals = agent.proposal_ids.filtered('is_open')
        window = self.create({'agent_id': agent.id, 'line_ids': [
            Command.create({'proposal_id': one.id, 'is_ticked': one.is_sure, 'seen': one._print()}) for one in proposals]})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Found on %(host)s", host=agent.name),
            'res_model': self._name,
            'res_id': window.id,
            'view_mode': 'form',
            'target': 'new',
        }

    def _ticked(self):
        """:raises UserError: nothing is ticked, or something is otherwise by now than it was shown"""
        ticked = self.line_ids.filtered('is_ticked')
        if not ticked:
            raise UserError(self.env._("Tick at least one of them."))
        if any(line.proposal_id.agent_id != self.agent_id or line.seen != line.proposal_id._print() for line in ticked):
            raise UserError(self.env._("The host says something else by now. Open the proposals again to see it."))
        return ticked.proposal_id


class ItProposalAcceptLine(models.TransientModel):
    """One proposal in the window, as it was shown."""
    _name = 'it.proposal.accept.line'
    _description = "Proposed Check to Add"
    _inherit = ['it.asking.mixin']

    window_id = fields.Many2one('it.proposal.accept', required=True, ondelete='cascade')
    proposal_id = fields.Many2one('it.check.proposal', required=True, readonly=True, ondelete='cascade')
    is_ticked = fields.Boolean("Add")
    seen = fields.Char(readonly=True, help="What the reader sees, to tell whether it is still so.")
    name = fields.Char(related='proposal_id.name')
    kind = fields.Char(related='proposal_id.kind')
    settings_text = fields.Text(related='proposal_id.settings_text')
    why = fields.Text(related='proposal_id.why')
    is_sure = fields.Boolean(related='proposal_id.is_sure')
