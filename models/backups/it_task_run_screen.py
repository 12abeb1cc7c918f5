from odoo import api, models

from .it_task import HEALTH_OF


class ItTaskRunScreen(models.AbstractModel):
    """Who works on a run sees how far its backups have come, beside what its checks say."""
    _inherit = 'it.task.run.screen'

    # === BUSINESS METHODS === #

    @api.model
    def _checks(self, run):
        drawn = super()._checks(run)
        task = run.sudo().task_id
        return drawn + [
            {'state': HEALTH_OF[task._link_that_counts(chain, task.backup_level).state], 'text': f"{known.set.name}: {task._backup_reason(known, chain)}"}
            for known, chain in task._backup_chains(run.due_at)[task]
        ] + [
            {'state': HEALTH_OF['unknown'], 'text': self.env._(
                "%(set)s: nobody has said yet where this backup is made, so its checks do not prove it: a person says that it is done.", set=one.name)}
            for one in task._unplaced_sets()]

    @api.model
    def _draw(self, runs):
        """Tell of runs that copy backups without internet what has to be copied, from where and where to, and how far that is; of others what to restore."""
        can_draw = self.env['it.restore.drill'].has_access('write')
        return [
            {**drawn,
             'restore': self._restore(run) if can_draw and run.is_open and run.draws_restore else None,
             'copies': self.env['it.internet.watch']._rows(run) if run.state == 'pending' and run.sudo().task_id.copies_offline else []}
            for run, drawn in zip(runs, super()._draw(runs), strict=True)]

    @api.model
    def _restore(self, run):
        """Return which backup is restored for one run, and what the button that leads there says."""
        drill = run.drill_ids[:1]
        if not drill:
            return {
                'text': self.env._("None was drawn yet. One is picked at random among all that were read from end to end."),
                'button': self.env._("Draw a backup")}
        states = dict(drill._fields['state']._description_selection(self.env))
        return {
            'text': f"{drill.restored or drill.picked}: {states[drill.state]}",
            'button': self.env._("Open") if drill.state in ('drawn', 'done') else self.env._("Draw a backup")}
