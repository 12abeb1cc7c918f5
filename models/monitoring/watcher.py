from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..mixins import clock


class ItWatcher(models.Model):
    """What watches this Odoo from outside, as somebody confirmed it: when all here is dead, nothing here can tell."""
    _name = 'it.watcher'
    _description = "Outside Watcher"
    _inherit = ['it.guarded.mixin']
    _order = 'confirmed_on desc, id desc'
    _guarded_fields = frozenset({'confirmed_by_id'})
    _fixed_fields = frozenset({'confirmed_on', 'company_id'})  # seen again is confirmed again: what was said stays

    name = fields.Char(
        "What watches", required=True, help="The service or machine outside this house, and whom it tells: “UptimeRobot, mails Sara and Dawit”.")
    url = fields.Char("Where it shows", help="Address of its page or report.")
    confirmed_on = fields.Date(
        "Seen working on", required=True, default=lambda self: self._today(),
        help="Day on which somebody last saw it work, best by a test alarm.")
    confirmed_by_id = fields.Many2one('res.users', string="Confirmed by", readonly=True, required=True)
    note = fields.Text(help="What it looks at, and what was tried.")
    company_id = fields.Many2one('res.company', required=True, readonly=True, default=lambda self: self.env.company, index=True)

    # === CONSTRAINT METHODS === #

    @api.constrains('confirmed_on')
    def _check_confirmed_on(self):
        for watcher in self:
            if watcher.confirmed_on > self._today():
                raise ValidationError(self.env._("“Seen working on” cannot be in the future."))

    # === BUSINESS METHODS === #

    @api.model
    def _get_guarded_initial(self):
        return {'confirmed_by_id': self.env.uid}

    @api.model
    def _today(self):
        return clock.today(self.env, self.env.company)
