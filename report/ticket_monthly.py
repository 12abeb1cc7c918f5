from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

SUMS = (
    'tickets', 'doubles', 'open', 'waiting', 'confirmed', 'silent', 'colleague', 'cancelled', 'reopened', 'answered', 'solved', 'response_met',
    'response_missed', 'resolution_met', 'resolution_missed', 'rated', 'overdue')
MEANS = ('answer_hours', 'solve_hours', 'response_pct', 'resolution_pct', 'rating')
MONTHS = 6
PEOPLE = 10


class ReportComplianceMonthly(models.AbstractModel):
    """The page of the monthly PDF about tickets; all its figures are read from ``it.ticket.report``."""
    _inherit = 'report.it_continuity.compliance_monthly'

    # === BUSINESS METHODS === #

    @api.model
    def _named_models(self):
        return [*super()._named_models(), 'it.ticket.category']

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Tell of tickets in ``tickets`` (see ``_tickets``) unless only some checklists are asked for."""
        figures = super()._figures(company, first_day, checklists)
        return {**figures, 'tickets': None if checklists else self._tickets(company, first_day, figures['name_of'])}

    @api.model
    def _tickets(self, company, first_day, name_of):
        """Return what became of the requests of a month.

        :return: rows (see ``_ticket_rows``): ``total``, and in ``by_category``, ``by_nature``, ``by_department``, ``by_requester`` and
            ``by_month`` one a group that had any; of the requesters those who asked most, the others together in the last row
        """
        domain = self._month_domain(company, first_day)
        natures = dict(self.env['it.ticket.report']._fields['nature']._description_selection(self.env))
        by_requester = self._ticket_rows(domain, ['requester_id'], name_of)
        by_requester.sort(key=lambda row: -row['tickets'])
        if len(by_requester) > PEOPLE + 1:
            others = self.env['res.users'].union(*(row['key'] for row in by_requester[PEOPLE:]))
            [row] = self._ticket_rows(domain & Domain('requester_id', 'in', others.ids), [], name_of)
            row['name'] = self.env._("%(count)s other colleagues", count=len(others))
            by_requester = [*by_requester[:PEOPLE], row]
        return {
            'total': self._ticket_rows(domain, [], name_of)[0],
            'by_category': self._ticket_rows(domain, ['category_id'], name_of),
            'by_nature': self._ticket_rows(domain, ['nature'], natures.get),
            'by_department': self._ticket_rows(domain, ['department_id'], name_of),
            'by_requester': by_requester,
            'by_month': sorted(
                self._ticket_rows(self._months_domain(company, first_day), ['date:month'], self._month_name), key=lambda row: row['key'], reverse=True),
        }

    @api.model
    def _ticket_rows(self, domain, groupby, name_of):
        """Return one dict a group: ``key`` (what is grouped by), its ``name``, each count, and each mean, which is None of nothing; in
        the order of their names, what has none last.
        """
        rows = []
        aggregates = [*(f'{name}:sum' for name in SUMS), *(f'{name}:avg' for name in MEANS)]
        for row in self.env['it.ticket.report']._read_group(domain, groupby, aggregates):
            key, figures = row[:len(groupby)], dict(zip((*SUMS, *MEANS), row[len(groupby):], strict=True))
            rows.append({
                'key': key[0] if key else None,
                'name': name_of(key[0]) if key else '',
                **{name: figures[name] or 0 for name in SUMS},
                **{name: None if figures[name] is False else figures[name] for name in MEANS},  # Odoo says False of nothing, and 0.0 is a figure
            })
        return sorted(rows, key=lambda row: (not row['name'], (row['name'] or '').casefold(), getattr(row['key'], 'id', 0) or 0))

    @api.model
    def _months_domain(self, company, first_day):
        return Domain([
            ('company_id', '=', company.id), ('date', '>=', first_day - relativedelta(months=MONTHS - 1)),
            ('date', '<', first_day + relativedelta(months=1))])

    def _month_name(self, first_day):
        return format_date(self.env, first_day, date_format='LLLL yyyy')
