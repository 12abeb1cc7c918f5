from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.groups import WORKERS


class ItTaskRun(models.Model):
    """A run that is flagged for improvement, that is proven by one, or on which a known error helps."""
    _name = 'it.task.run'
    _inherit = ['it.task.run', 'it.improvement.flag.mixin']

    asks_note = fields.Boolean(related='task_id.counts_improvements')
    counted_improvements = fields.Json(readonly=True, help="The improvements that proved the run, as they were then.")
    counted_text = fields.Text("Proven by improvements", compute='_compute_counted_text')
    known_error_text = fields.Text("Known error", compute='_compute_known_error_text', groups=WORKERS)

    # === COMPUTE METHODS === #

    @api.depends('counted_improvements')
    @api.depends_context('lang')
    def _compute_counted_text(self):
        states = dict(self.env['it.improvement']._fields['state']._description_selection(self.env))
        for run in self:
            run.counted_text = "\n".join(self.env._(
                "%(number)s %(name)s: %(old)s → %(new)s by %(person)s", number=one['number'], name=one['name'], person=one['moved_by_name'],
                old=states.get(one['moved_from'], one['moved_from']), new=states.get(one['moved_to'], one['moved_to']))
                for one in run.counted_improvements or [])

    @api.depends('task_id', 'asset_ids')
    def _compute_known_error_text(self):
        """Tell what helps meanwhile with the same task, and with the systems and checks of a run where it is about nothing more."""
        for run in self:
            checks, assets = run._bound_checks(), run.sudo().asset_ids
            about_it = Domain('task_id', '=', False) & Domain('category_id', '=', False) & (
                Domain('asset_id', 'in', assets.ids) | Domain('check_id', 'in', checks.ids) | Domain('check_id.asset_id', 'in', assets.ids))
            known = self.env['it.improvement']._known_errors(run.company_id, Domain('task_id', 'in', run.task_id.ids) | about_it)
            run.known_error_text = known._get_known_error_text()

    # === BUSINESS METHODS === #

    def _get_improvers(self):
        """Return the names of those who moved the improvements that proved this one run, as they were then."""
        return ", ".join(one['moved_by_name'] for one in self.counted_improvements or [])

    def _get_flag_pattern(self):
        return 'task', {'task_id': self.task_id.id}

    def _prepare_flag(self):
        return {'name': self.env._("Improve: %(what)s", what=self.task_name), 'area': 'process'}
