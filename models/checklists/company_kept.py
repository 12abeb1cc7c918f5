from odoo.exceptions import ValidationError


def check_company_kept(records, *places):
    """Refuse to move a record to another company while something of the old one names it.

    Who may not read the name of a run's role cannot open Today.

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
