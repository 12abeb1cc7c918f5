from odoo import api, models
from odoo.fields import Domain

FOUND = 8
SEARCHED = ('name', 'line_id.code', 'line_id.text', 'asset_ids.name', 'checklist_id.name')


class ItTask(models.Model):
    """Tasks that somebody looks for on the Today board, to do one now."""
    _inherit = 'it.task'

    # === BUSINESS METHODS === #

    @api.model
    @api.readonly
    def find_for_today(self, words=''):
        """Return the tasks of this company that have every one of some words in name, handbook line, asset or checklist.

        Without words: those that are done on demand, as the checklists stand, so that an emergency's come first.

        :raises AccessError: the person may not read runs
        :return: at most ``FOUND`` of ``{'id', 'name', 'line', 'checklist', 'run_id', 'can_start'}``; ``run_id`` is the run that
            may be done now, False when there is none; tasks with all the words in their name first
        """
        Run = self.env['it.task.run']
        Run.check_access('read')
        can_start = Run.has_access('write')
        tasks = self.search(self._found_domain(words.split()))
        tasks = tasks.sorted(lambda task: not all(word.lower() in task.name.lower() for word in words.split()))[:FOUND]
        open_runs = Run.search([('task_id', 'in', tasks.ids), ('is_open', '=', True)], order='due_at desc, id desc')
        run_of = {run.task_id.id: run.id for run in open_runs}  # the earliest due stays
        return [{
            'id': task.id,
            'name': task.name,
            'line': task.line_id.code or '',
            'checklist': task.checklist_id.name,
            'run_id': run_of.get(task.id, False),
            'can_start': can_start,
        } for task in tasks]

    @api.model
    def _found_domain(self, words):
        domain = Domain('company_id', '=', self.env.company.id)
        if not words:
            return domain & Domain('schedule_kind', '=', 'on_demand')
        return domain & Domain.AND(Domain.OR(Domain(name, 'ilike', word) for name in SEARCHED) for word in words)
