from odoo import api, fields, models

STATES = [('flapping', "Flapping"), ('unknown', "Unknown"), ('warning', "Warning"), ('critical', "Critical"), ('silent', "Silent")]


class ItAlertLine(models.Model):
    """A host or a check that belongs to an alert: its cause, or what is bad because of it."""
    _name = 'it.alert.line'
    _description = "Part of an Alert"
    _inherit = ['it.guarded.mixin']
    _order = 'until desc, part, since, id'
    _rec_name = 'key'

    alert_id = fields.Many2one('it.alert', required=True, readonly=True, index=True, ondelete='cascade')
    key = fields.Char(required=True, readonly=True, help="host:12 or check:34")
    check_id = fields.Many2one('it.check', readonly=True, index='btree_not_null', ondelete='cascade')
    asset_id = fields.Many2one('it.asset', readonly=True, index='btree_not_null', ondelete='cascade')
    company_id = fields.Many2one('res.company', readonly=True, index=True)
    part = fields.Selection(
        [('cause', "Cause"), ('joined', "Belongs to it"), ('suppressed', "In a downtime")], required=True, readonly=True, default='joined')
    state = fields.Selection(STATES, required=True, readonly=True, help="How bad it is, or was at the end.")
    since = fields.Datetime(required=True, readonly=True)
    until = fields.Datetime(readonly=True, help="Empty: it is bad now.")

    _open_uniq = models.UniqueIndex('(alert_id, key) WHERE until IS NULL')

    # === BUSINESS METHODS === #

    @api.model
    def _is_guarded(self, name):
        """Only the software says what belongs to an alert."""
        return True
