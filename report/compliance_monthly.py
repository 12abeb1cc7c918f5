from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from odoo.addons.it_continuity.lib import compliance

COUNTS = ('on_time', 'late', 'missed', 'failed', 'not_applicable', 'open')
EXTRA_COUNTS = ('machine_verified', 'person_verified', 'overridden')


class ReportComplianceMonthly(models.AbstractModel):
    """The figures of the monthly PDF; all are read from ``it.compliance.report``."""
    _name = 'report.it_continuity.compliance_monthly'
    _description = "Monthly Compliance Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        docs = self.env['it.compliance.print'].browse(docids)
        return {
            'doc_ids': docids,
            'doc_model': docs._name,
            'docs': docs,
            'months': [self._figures(doc.company_id, doc.first_day, doc.checklist_ids) for doc in docs],
        }

    @api.model
    def _figures(self, company, first_day, checklists=None):
        """Return what one month's report prints.

        :param checklists: count only these; empty or None counts all
        :return: ``total`` and, in ``by_task`` and ``by_person``, counts by bucket with ``due`` and percentages (see
            ``_counted``); the report lines of each run that needs words in ``missed``, ``failed``, ``overridden``,
            ``not_applicable``; who confirmed how many runs in ``verifiers``
        """
        report = self.env['it.compliance.report'].with_context(tz=company.itc_tz)
        domain = Domain([
            ('company_id', '=', company.id), ('date', '>=', first_day), ('date', '<', first_day + relativedelta(months=1)),
        ])
        if checklists:
            domain &= Domain('checklist_id', 'in', checklists.ids)
        total = self._counted(report, domain, [])
        return {
            'company': company,
            'period': format_date(self.env, first_day, date_format='LLLL yyyy'),
            'checklists': checklists or self.env['it.checklist'],
            'printed_at': self._printed_at(company),
            'is_running': first_day + relativedelta(months=1) > fields.Date.context_today(report),
            'total': total[0],
            'by_task': self._by_checklist(self._counted(report, domain, ['checklist_id', 'task_id'])),
            'by_person': self._counted(report, domain, ['person_id']),
            'verifiers': report._read_group(
                domain & Domain('verified_by_id', '!=', False), ['verified_by_id'], ['person_verified:sum']),
            **{
                bucket: report.search(domain & Domain('bucket', '=', bucket), order='due_at, id')
                for bucket in ('missed', 'failed', 'not_applicable')
            },
            'overridden': report.search(domain & Domain('overridden', '=', 1), order='due_at, id'),
        }

    def _counted(self, report, domain, groupby):
        """Return one dict a group: ``key`` (the records grouped by), each count, and ``shares`` (lib's percentages)."""
        names = COUNTS + EXTRA_COUNTS
        rows = []
        for row in report._read_group(domain, groupby, [f'{name}:sum' for name in names]):
            counts = {name: value or 0 for name, value in zip(names, row[len(groupby):], strict=True)}
            rows.append({
                'key': row[:len(groupby)],
                **counts,
                'shares': compliance.percentages({name: counts[name] for name in COUNTS}),
            })
        return rows

    def _by_checklist(self, rows):
        """Return ``[(checklist, rows)]`` in the checklists' own order, rows by the tasks' names."""
        by_checklist = {}
        for row in rows:
            by_checklist.setdefault(row['key'][0], []).append(row)
        return [
            (checklist, sorted(group, key=lambda row: row['key'][1].display_name or ''))
            for checklist, group in sorted(by_checklist.items(), key=lambda item: (item[0].sequence, item[0].id))
        ]

    def _printed_at(self, company):
        now = format_datetime(self.env, self.env.cr.now(), tz=company.itc_tz, dt_format='d MMMM yyyy, HH:mm')
        return f"{now} ({company.itc_tz})"
