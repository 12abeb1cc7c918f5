from odoo import api, models

from ...lib import improvement, run_state, task_item
from ..mixins import clock


class ItImprovementQuota(models.AbstractModel):
    """Verifies the runs of tasks that ask for improvements by those that were documented and moved forward in the run's time."""
    _name = 'it.improvement.quota'
    _description = "Quota of Improvements"

    # === BUSINESS METHODS === #

    @api.model
    def _verify_runs(self, company=None):
        """Verify the open runs for which an improvement was moved; each improvement counts for one run of its time.

        :param company: look there only; None for everywhere
        """
        runs_sudo = self.env['it.task.run'].sudo()  # who moves an improvement need not be whose run it is
        runs_sudo = runs_sudo.search([
            ('task_id.counts_improvements', '=', True), ('state', '=', 'pending'), ('open_at', '<=', clock.now(self.env)),
            *([('company_id', '=', company.id)] if company else [])], order='due_at, id')
        for run_sudo in runs_sudo.try_lock_for_update(allow_referencing=True).sorted(lambda run: (run.due_at, run.id)):
            self._verify_run(run_sudo)

    @api.model
    def _verify_run(self, run):
        """Verify one run by the first improvement of its time that no other run of the task counted."""
        if task_item.waits_for_person(run.item_ids._judgeable()):
            return
        used, steps, end = *self._counted_elsewhere(run), self._get_end(run)
        movers = self.env['it.improvement.move']._by_people(run.company_id, run.open_at, end)
        move = next((one for one in improvement.counted(movers, run.open_at, end, steps) if one.improvement not in used), None)
        if not move or run_state.refusal(run._move('auto_verified', None, clock.now(run.env), proven=True)):
            return
        record_sudo = self.env['it.improvement'].sudo().browse(move.improvement)
        self.env['it.run.closing']._write_verified(run, move.at, {
            'counted_improvements': [{
                **record_sudo._frozen(), 'moved_from': move.old, 'moved_to': move.new, 'moved_at': f'{move.at.isoformat()}+00:00',
                'moved_by': movers[move].login, 'moved_by_name': movers[move].name}]})

    @api.model
    def _get_end(self, run):
        """Return until when a step is of this run's time (naive UTC): what is moved in its grace proves the next run where that is open by then."""
        coming = run.search([
            ('task_id', '=', run.task_id.id), ('open_at', '>', run.open_at), ('is_extra', '=', False)], order='open_at', limit=1)
        return max(run.due_at, min(coming.open_at or run.deadline_at, run.deadline_at))

    @api.model
    def _counted_elsewhere(self, run):
        """Return the ids of the improvements that other runs of the same task and time counted, and what runs of the time before counted:
        ``(id, from, to)``.
        """
        others_sudo = run.search([
            ('task_id', '=', run.task_id.id), ('open_at', '<=', run.open_at), ('deadline_at', '>=', run.open_at), ('id', '!=', run.id)])
        ids, steps = set(), set()
        for other in others_sudo:
            for one in other.counted_improvements or []:
                if other.open_at == run.open_at:
                    ids.add(one['id'])
                else:
                    steps.add((one['id'], one['moved_from'], one['moved_to']))
        return ids, steps
