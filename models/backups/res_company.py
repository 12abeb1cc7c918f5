from odoo import fields, models

from ..mixins.groups import WORKERS


class ResCompany(models.Model):
    """What is asked of a company's backups while it has no internet, and by which asset its hosts tell."""
    _inherit = 'res.company'

    itc_offline_all = fields.Boolean(
        "IT Continuity: all backups on two other machines without internet", default=True,
        help="Not set: only those that have a MEGA folder.")
    itc_internet_asset_id = fields.Many2one(
        'it.asset', string="IT Continuity: way to the internet", ondelete='set null', domain="[('company_id', 'in', [id, False])]", groups=WORKERS,
        help="Its checks tell whether there is internet. Empty: the handbook’s “Internet connection”.")

    # === BUSINESS METHODS === #

    def _internet_assets(self):
        """Return ``{company: asset}`` by whose checks each of these companies knows whether it has internet."""
        common = self.env.ref('it_continuity.asset_internet', raise_if_not_found=False) or self.env['it.asset']
        common = common.sudo().exists()
        return {company: company.sudo().itc_internet_asset_id or common.filtered(
            lambda asset, company=company: asset.company_id in (company, company.browse())) for company in self}
