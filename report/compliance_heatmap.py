from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..models.mixins import clock

FIRST_YEAR, LAST_YEAR = 2000, 2100  # the neighbours of a month have to be dates too
# The worst first: a cell that stands for several runs shows what most needs a look.
WORST_FIRST = ('missed', 'failed', 'late_entry', 'waived', 'late', 'open', 'on_time', 'not_applicable', 'extra')


class ItComplianceReport(models.Model):
    _inherit = 'it.compliance.report'

    @api.model
    @api.readonly
    def get_heatmap(self, month=None):
        """Return one month as the heat-map draws it, in a number of queries that does not grow with the runs.

        :param month: any day of the month as '2026-11-01'; this month when empty
        :raises AccessError: the caller may not read the report
        :raises UserError: not a date
        :return: ``{'month': '2026-11-01', 'label': "November 2026", 'previous': '2026-10-01', 'next': '2026-12-01',
            'today': '2026-11-23', 'days': ['2026-11-01', …], 'outcomes': {'late': "Late", …}, 'checklists': [{'id', 'name',
            'tasks': [{'id', 'name', 'cells': {'2026-11-03': {'outcome': 'late', 'count': 1, 'run_id': 7}}}]}]}``; outcomes are
            the buckets of ``lib.compliance``, ``run_id`` is False where a cell stands for several runs
        """
        company = self.env.company
        today = clock.today(self.env, company)
        first = self._heatmap_month(month) or today.replace(day=1)
        after = first + relativedelta(months=1)
        groups = self._read_group(
            Domain([('company_id', '=', company.id), ('date', '>=', first), ('date', '<', after)]),
            ['checklist_id', 'task_id', 'date:day', 'bucket'], ['__count', 'id:max'])
        return {
            'month': first.isoformat(),
            'label': format_date(self.env, first, date_format='LLLL yyyy'),
            'previous': (first - relativedelta(months=1)).isoformat(),
            'next': after.isoformat(),
            'today': today.isoformat(),
            'days': [(first + timedelta(days=number)).isoformat() for number in range((after - first).days)],
            'outcomes': dict(self._fields['bucket']._description_selection(self.env)),
            'checklists': self._heatmap_checklists(groups),
        }

    @api.model
    def _heatmap_month(self, month):
        try:
            day = fields.Date.to_date(month)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("“%(month)s” is not a month.", month=month)) from error
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise UserError(self.env._("“%(month)s” is not a month.", month=month))
        return day and day.replace(day=1)

    @api.model
    def _heatmap_checklists(self, groups):
        """Return the groups as checklists with tasks with cells, in the order in which people work through them."""
        rows = {}
        self.env['it.task'].union(*(group[1] for group in groups)).fetch(['name', 'sequence'])
        for checklist, task, day, outcome, count, run_id in groups:
            cell = rows.setdefault(checklist, {}).setdefault(task, {}).setdefault(
                day.isoformat(), {'outcome': outcome, 'count': 0, 'run_id': False})
            cell['count'] += count
            cell['run_id'] = run_id if cell['count'] == 1 else False
            cell['outcome'] = min(cell['outcome'], outcome, key=WORST_FIRST.index)
        return [
            {
                'id': checklist.id,
                'name': checklist.name,
                'tasks': [
                    {'id': task.id, 'name': task.name, 'cells': cells}
                    for task, cells in sorted(tasks.items(), key=lambda item: (item[0].sequence, item[0].id))
                ],
            }
            for checklist, tasks in sorted(rows.items(), key=lambda item: (item[0].sequence, item[0].id))
        ]
