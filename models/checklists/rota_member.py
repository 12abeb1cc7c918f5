from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItRotaMember(models.Model):
    """One person's place in a rota."""
    _name = 'it.rota.member'
    _description = "Member of a Rota"
    _order = 'sequence, id'
    _rec_name = 'user_id'

    rota_id = fields.Many2one('it.rota', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        'res.users', string="Person", required=True, index=True, ondelete='cascade',
        domain="[('share', '=', False), ('company_ids', 'in', [company_id])]")
    company_id = fields.Many2one(related='rota_id.company_id')

    # === CONSTRAINT METHODS === #

    @api.constrains('user_id', 'rota_id')
    def _check_user(self):
        for member in self:
            user_sudo = member.user_id.sudo()  # which companies a colleague may enter is no secret here
            if user_sudo.share or member.rota_id.company_id not in user_sudo.company_ids:
                raise ValidationError(self.env._(
                    "Members: %(name)s cannot enter %(company)s.", name=user_sudo.name, company=member.rota_id.company_id.name))
        self.rota_id._check_rota()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.rota_id._plan_people_anew()
        return members

    def write(self, vals):
        rotas = self.rota_id
        result = super().write(vals)
        (rotas | self.rota_id)._plan_people_anew()
        return result

    def unlink(self):
        rotas = self.rota_id
        result = super().unlink()
        rotas._plan_people_anew()
        return result
