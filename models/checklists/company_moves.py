from odoo import api, models
from odoo.exceptions import ValidationError


def _check_company_kept(records, *places):
    """Keep records in the company of whatever names them: who may not read the name of a run's role cannot open Today.

    :param places: ``(model, field)`` pairs that name them
    :raises ValidationError: a record of another company names one of these
    """
    for record in records.filtered('company_id'):
        for model, field_name in places:
            named_by = record.env[model].with_context(active_test=False)
            if named_by.search_count([(field_name, 'in', record.ids), ('company_id', '!=', record.company_id.id)], limit=1):
                raise ValidationError(record.env._(
                    "Company: tasks or runs of another company name “%(name)s”. Make another one for %(company)s.",
                    name=record.display_name, company=record.company_id.name))


class ItChecklist(models.Model):
    _inherit = 'it.checklist'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, ('it.task', 'checklist_id'), ('it.task.run', 'checklist_id'))


class ItRole(models.Model):
    _inherit = 'it.role'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, ('it.task', 'role_id'), ('it.task.run', 'role_id'))


class ItRota(models.Model):
    _inherit = 'it.rota'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, ('it.task', 'rota_id'), ('it.task.run', 'rota_id'))


class ItTask(models.Model):
    _inherit = 'it.task'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, ('it.task.run', 'task_id'))


class ItAsset(models.Model):
    _inherit = 'it.asset'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, ('it.task', 'asset_ids'), ('it.task.run', 'asset_ids'))
