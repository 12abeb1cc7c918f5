from odoo import api, fields, models
from odoo.fields import Command


class ItRunExcuseAsk(models.TransientModel):
    """Lets a person choose the fact by which a missed run may be excused; the run itself finds out whether it fits."""
    _name = 'it.run.excuse.ask'
    _description = "Ask for an Excuse"
    _inherit = ['it.asking.mixin']

    run_id = fields.Many2one('it.task.run', required=True, readonly=True, ondelete='cascade')
    offer_ids = fields.One2many('it.run.excuse.ask.fact', 'ask_id', readonly=True)
    fact_id = fields.Many2one('it.run.excuse.ask.fact', string="What was the case", domain="[('ask_id', '=', id)]", ondelete='cascade')
    note = fields.Text("A word on it")

    # === ACTION METHODS === #

    def action_apply(self):
        self.ensure_one()
        self.run_id.action_ask_excuse(self.fact_id.key, self.note)
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    @api.model
    def _open(self, run, offers):
        """Return the window with the facts offered for one run, what covers most of its time chosen already."""
        ask = self.create({'run_id': run.id, 'offer_ids': [
            Command.create({'key': offer['key'], 'text': offer['text'], 'covered_pct': offer['covered_pct']}) for offer in offers]})
        ask.fact_id = ask.offer_ids[:1]
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Ask for an excuse"),
            'res_model': self._name,
            'res_id': ask.id,
            'view_mode': 'form',
            'target': 'new',
        }


class ItRunExcuseAskFact(models.TransientModel):
    """One fact that is offered; only its key is believed, and that is looked up anew."""
    _name = 'it.run.excuse.ask.fact'
    _description = "Fact Offered as an Excuse"
    _inherit = ['it.asking.mixin']
    _order = 'covered_pct desc, id'

    ask_id = fields.Many2one('it.run.excuse.ask', required=True, index=True, ondelete='cascade')
    key = fields.Char(required=True)
    text = fields.Text(required=True)
    covered_pct = fields.Integer("Covers")

    @api.depends('text', 'covered_pct')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for fact in self:
            fact.display_name = self.env._("%(fact)s – %(pct)s %% of the run's time", fact=fact.text, pct=fact.covered_pct)
