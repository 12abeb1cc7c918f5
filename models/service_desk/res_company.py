from odoo import fields, models


class ResCompany(models.Model):
    """What becomes of silence on a solved ticket, and when somebody is warned of a late one."""
    _inherit = 'res.company'

    itc_silent_auto = fields.Boolean("IT Continuity: close tickets without an answer", default=True)
    itc_sla_warn_percent = fields.Integer(
        "IT Continuity: warn when so much of the promised time is used, percent", default=75, required=True,
        help="Whoever has the ticket, or the role on duty, hears of it then. Zero: nobody is warned or called to a late ticket.")

    _itc_sla_warn_sane = models.Constraint(
        'CHECK(itc_sla_warn_percent BETWEEN 0 AND 99)', "Service targets: warn from 1 to 99 percent of the time, or 0 for never.")
