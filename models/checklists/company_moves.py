from odoo import api, models

from .company_kept import check_company_kept


class ItRole(models.Model):
    _inherit = 'it.role'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        check_company_kept(self, ('it.task', 'role_id'), ('it.task.run', 'role_id'))


class ItRota(models.Model):
    _inherit = 'it.rota'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        check_company_kept(self, ('it.task', 'rota_id'), ('it.task.run', 'rota_id'))


class ItAsset(models.Model):
    _inherit = 'it.asset'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        check_company_kept(self, ('it.task', 'asset_ids'), ('it.task.run', 'asset_ids'))
