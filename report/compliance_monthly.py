from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..lib import compliance
from ..models.mixins import clock
from ..models.mixins.time_words import moment_text

COUNTS = tuple(bucket.value for bucket in compliance.Bucket)
EXTRA_COUNTS = ('excused', 'machine_verified', 'person_verified', 'overridden', 'entered_late')


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
        :return: ``name_of`` (see ``ItRunPinsMixin._namer``), ``total`` and, in ``by_task``, ``by_asset``, ``by_person`` and
            ``by_department``, counts by bucket with ``due`` and percentages, raw, of all that was planned and without the excused (see
            ``_counted``); the report lines of each run that needs words in ``missed``, ``entered_late``, ``failed``, ``overridden``,
            ``waived``, ``not_applicable`` and ``extra_bad``; pairs of a name and a count in ``verifiers``: who confirmed how many runs
        """
        report = self.env['it.compliance.report'].with_context(tz=company.itc_tz)
        domain = self._month_domain(company, first_day)
        if checklists:
            domain &= Domain('checklist_id', 'in', checklists.ids)
        kept = self.env['it.month.names']._of(company, first_day)
        name_of = self.env['it.task.run'].search_fetch(self._month_domain(company, first_day), ['due_at', 'frozen_names'])._namer(kept)
        total = self._counted(report, domain, [], name_of)
        return {
            'company': company,
            'name_of': name_of,
            'when': lambda moment, **how: moment_text(self.env, moment, company.itc_tz, 'd MMM', **how),
            'period': format_date(self.env, first_day, date_format='LLLL yyyy'),
            'checklists': checklists or self.env['it.checklist'],
            'printed_at': self._printed_at(company),
            'is_running': first_day + relativedelta(months=1) > clock.today(self.env, company),
            'total': total[0],
            'by_task': self._by_checklist(
                self._counted(report, domain, ['checklist_id'], name_of), self._counted(report, domain, ['checklist_id', 'task_id'], name_of)),
            'by_asset': self._counted(report, domain, ['asset_ids'], name_of),
            'by_person': self._counted(report, domain, ['person_id'], name_of),
            'by_department': self._counted(report, domain, ['department_id'], name_of),
            'verifiers': sorted(((name_of(person), count) for person, count in report._read_group(
                domain & Domain('verified_by_id', '!=', False), ['verified_by_id'], ['person_verified:sum']))),
            **{
                bucket: report.search(domain & Domain('bucket', '=', bucket), order='due_at, id')
                for bucket in ('missed', 'failed', 'waived', 'not_applicable')
            },
            'entered_late': report.search(domain & Domain('entered_late', '=', 1), order='due_at, id'),
            'extra_bad': report.search(
                domain & Domain('bucket', '=', 'extra') & Domain('state', 'in', ('missed', 'failed')), order='due_at, id'),
            'overridden': report.search(domain & Domain('overridden', '=', 1), order='due_at, id'),
        }

    @api.model
    def _named_models(self):
        """Return the models of which the report calls something by name, besides companies and people; whoever adds a page adds its own."""
        return ['it.checklist', 'it.role', 'hr.department', 'it.asset']

    @api.model
    def _month_domain(self, company, first_day):
        return Domain([
            ('company_id', '=', company.id), ('date', '>=', first_day), ('date', '<', first_day + relativedelta(months=1))])

    def _counted(self, report, domain, groupby, name_of):
        """Return one dict a group: ``key`` (the records grouped by), ``name`` (what that was called then), each count, and ``shares``
        (lib's percentages); in the order of their names, what has none last.

        :param name_of: see ``ItRunPinsMixin._namer``
        """
        names = COUNTS + EXTRA_COUNTS
        rows = []
        for row in report._read_group(domain, groupby, ['task_name:max', *(f'{name}:sum' for name in names)]):
            key, [name, *sums] = row[:len(groupby)], row[len(groupby):]
            counts = {name: value or 0 for name, value in zip(names, sums, strict=True)}
            rows.append({
                'key': key,
                'name': name if groupby[1:] or not groupby else name_of(key[0]),
                **counts,
                'shares': compliance.percentages({name: counts[name] for name in COUNTS}, counts['excused']),
            })
        return sorted(rows, key=lambda row: (not row['name'], (row['name'] or '').casefold(), [record.id for record in row['key']]))

    def _by_checklist(self, checklist_rows, task_rows):
        """Return ``[(checklist, its row, its tasks' rows)]`` in the checklists' own order, rows by the tasks' names."""
        by_checklist = {}
        for row in task_rows:
            by_checklist.setdefault(row['key'][0], []).append(row)
        return [
            (checklist, own, sorted(by_checklist[checklist], key=lambda row: (row['name'], row['key'][1].id)))
            for own in sorted(checklist_rows, key=lambda row: (row['key'][0].sequence, row['key'][0].id))
            for [checklist] in [own['key']]
        ]

    def _printed_at(self, company):
        now = moment_text(self.env, clock.now(self.env), company.itc_tz, 'd MMMM yyyy')
        return f"{now} ({company.itc_tz})"
