from odoo import api, models
from odoo.exceptions import ValidationError


def _check_company_kept(records, field_name):
    """Keep records in the company of whatever names them: who may not read the name of a run's role cannot open Today.

    :param field_name: by which tasks and runs name them
    :raises ValidationError: a task or a run of another company names one of these records
    """
    for record in records.filtered('company_id'):
        for model in ('it.task', 'it.task.run'):
            named_by = record.env[model].with_context(active_test=False)
            if named_by.search_count([(field_name, '=', record.id), ('company_id', '!=', record.company_id.id)], limit=1):
                raise ValidationError(record.env._(
                    "Company: tasks or runs of another company name “%(name)s”. Make another one for %(company)s.",
                    name=record.display_name, company=record.company_id.name))


class ItChecklist(models.Model):
    _inherit = 'it.checklist'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, 'checklist_id')


class ItRole(models.Model):
    _inherit = 'it.role'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, 'role_id')


class ItRota(models.Model):
    _inherit = 'it.rota'

    # === CONSTRAINT METHODS === #

    @api.constrains('company_id')
    def _check_company_kept(self):
        _check_company_kept(self, 'rota_id')
        self.member_ids._check_user()
