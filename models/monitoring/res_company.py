from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    itc_ping_key_sha256 = fields.Char(
        groups=fields.NO_ACCESS, copy=False, help="Opens all heartbeats of the company by their short names; only its hash is kept.")

    _itc_ping_key_uniq = models.UniqueIndex('(itc_ping_key_sha256) WHERE itc_ping_key_sha256 IS NOT NULL')
