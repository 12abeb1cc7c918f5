from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItDeputy(models.Model):
    """Who stands in for whom. Odoo's employees have managers and coaches, who approve and advise, but nobody who does their work."""
    _name = 'it.deputy'
    _description = "Deputy"
    _order = 'user_id, sequence, id'
    _rec_name = 'deputy_id'

    user_id = fields.Many2one(
        'res.users', string="Person", required=True, index=True, ondelete='cascade',
        domain="[('share', '=', False), ('company_ids', 'in', [company_id])]")
    sequence = fields.Integer(default=10)
    deputy_id = fields.Many2one(
        'res.users', required=True, index=True, ondelete='cascade',
        domain="[('share', '=', False), ('company_ids', 'in', [company_id]), ('id', '!=', user_id)]",
        help="Gets the person's runs while the person is on leave; with several, the first who is there.")
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)

    _once = models.Constraint('UNIQUE(user_id, deputy_id, company_id)', "This person is the deputy already.")

    # === CONSTRAINT METHODS === #

    @api.constrains('user_id', 'deputy_id')
    def _check_deputy(self):
        for record in self:
            if record.user_id == record.deputy_id:
                raise ValidationError(self.env._("Deputy: nobody stands in for themselves."))
            deputy_sudo = record.deputy_id.sudo()  # which companies a colleague may enter is no secret here
            if deputy_sudo.share or record.company_id not in deputy_sudo.company_ids:
                raise ValidationError(self.env._(
                    "Deputy: %(name)s cannot enter %(company)s.", name=deputy_sudo.name, company=record.company_id.name))
