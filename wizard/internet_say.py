from datetime import timedelta

from odoo import api, fields, models

from ..models.mixins import clock

DEFAULT_HOURS = 4


class ItInternetSay(models.TransientModel):
    """Ask until when there is no internet, and what the person saw; the rules are those of ``it.internet.spell``."""
    _name = 'it.internet.say'
    _description = "Word That There Is No Internet"
    _inherit = ['it.asking.mixin']

    until = fields.Datetime(required=True, default=lambda self: clock.now(self.env) + timedelta(hours=DEFAULT_HOURS))
    note = fields.Text("What you saw")
    before = fields.Text("Known already", compute='_compute_before')

    # === COMPUTE METHODS === #

    @api.depends_context('uid', 'lang', 'tz')
    def _compute_before(self):
        spells = self.env['it.internet.spell'].search([('company_id', '=', self.env.company.id), ('is_ongoing', '=', True)], limit=10)
        self.before = "\n".join(spell._words() for spell in spells)

    # === ACTION METHODS === #

    def action_say(self):
        """Take the person's word, and show what there is to copy; else what was said."""
        self.ensure_one()
        spell = self.env['it.internet.spell']._say(self.until, self.note)
        shown = spell.run_ids.filtered(lambda run: run.state == 'pending')[:1] or spell
        return {
            'type': 'ir.actions.act_window', 'res_model': shown._name, 'res_id': shown.id, 'views': [(False, 'form')], 'name': shown.display_name}
