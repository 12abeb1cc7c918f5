from odoo import fields, models


class ItCheckTemplate(models.Model):
    _inherit = 'it.check.template'

    runbook = fields.Text(
        "What to do", translate=True, help="When such a check is bad: the first steps, for somebody who is woken by it. A check's own words come first.")
