from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...lib import improvement


class ItImprovementMove(models.Model):
    """One step that an improvement took: who, when, from where to where. Written by the step itself and never again."""
    _name = 'it.improvement.move'
    _description = "Step of an Improvement"
    _order = 'at, id'

    improvement_id = fields.Many2one('it.improvement', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='improvement_id.company_id', store=True, index=True)
    name = fields.Char("Improvement's name", required=True, readonly=True, help="What it was called then.")
    old = fields.Selection(lambda self: self.env['it.improvement']._fields['state'].selection, "From", required=True, readonly=True)
    new = fields.Selection(lambda self: self.env['it.improvement']._fields['state'].selection, "To", required=True, readonly=True)
    at = fields.Datetime("When", required=True, readonly=True, index=True)
    by_name = fields.Char("By (name)", readonly=True, help="What the person was called then.")
    by_id = fields.Many2one('res.users', readonly=True, ondelete='restrict', help="Empty: the software, by what it measured.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("The steps of an improvement are taken by its buttons."))
        return super().create(vals_list)

    def write(self, vals):  # nobody writes one  # pylint: disable=method-required-super
        raise AccessError(self.env._("The steps of an improvement stay as they were taken."))

    # === BUSINESS METHODS === #

    @api.model
    def _by_people(self, company, start, end):
        """Return the steps that people took before ``end`` with what they moved from ``start`` on (naive UTC), with their movers.

        :return: ``{Moved: user}``, each a :class:`lib.improvement.Moved`
        """
        by_people = Domain([('company_id', '=', company.id), ('at', '<', end), ('by_id', '!=', False)])
        moved_sudo = self.sudo().search(by_people & Domain('at', '>=', start)).improvement_id
        moves_sudo = self.sudo().search(by_people & Domain('improvement_id', 'in', moved_sudo.ids))
        return {improvement.Moved(move.improvement_id.id, move.old, move.new, move.at): move.by_id for move in moves_sudo}

    @api.model
    def _movers(self, improvement_ids, until):
        """Return the people who moved these improvements until a moment (naive UTC)."""
        return self.sudo().search([('improvement_id', 'in', improvement_ids), ('by_id', '!=', False), ('at', '<=', until)]).by_id
