from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = 'res.users.settings'

    itc_setup_put_aside = fields.Char("Set-up lines put aside", help="What was open when this person put the note on Today aside.")
