from odoo import api, fields, models

from ...lib import check_state

HEALTH = [
    ('none', "No check"), ('ok', "OK"), ('warning', "Warning"), ('critical', "Critical"), ('unknown', "Unknown"),
    ('waiting', "Waiting for its first result"),
]


class ItTask(models.Model):
    """What checks say of a task: they prove its runs, and tell before anybody looks that something is wrong."""
    _inherit = 'it.task'

    check_ids = fields.Many2many('it.check', string="Checks", check_company=True)
    check_template_ids = fields.Many2many(
        'it.check.template', string="Check templates", check_company=True, help="Every check made from one of these, on whatever host, counts.")
    effective_check_ids = fields.Many2many(
        'it.check', string="Checks that count", compute='_compute_effective_check_ids',
        help="The checks above, and those of the check templates.")
    health = fields.Selection(HEALTH, compute='_compute_health', help="The worst state of the checks that count, now.")
    health_reason = fields.Text(compute='_compute_health')

    @api.depends('check_ids', 'check_template_ids.check_ids', 'company_id')
    def _compute_effective_check_ids(self):
        for task in self:
            checks = task.check_ids | task.check_template_ids.check_ids
            task.effective_check_ids = checks.filtered(
                lambda check, company=task.company_id: check.active and check.company_id in (company, company.browse()))

    @api.depends('company_id', 'check_ids.hard_state', 'check_template_ids.check_ids.hard_state')
    @api.depends_context('lang')
    def _compute_health(self):
        self.effective_check_ids.mapped('effective_state')  # one look at the newest results for all tasks
        for task in self:
            checks = task.effective_check_ids
            bad = checks.filtered(lambda check: check.effective_state != 'ok')
            task.health = check_state.worst_state(checks.mapped('effective_state')) if checks else 'none'
            task.health_reason = '\n'.join(bad._health_sentences()) or False


class ItCheck(models.Model):
    _inherit = 'it.check'

    @api.model
    def _after_judging(self, checks):  # returns nothing  # pylint: disable=missing-return
        """Verify the open runs that fresh results prove, in the pass that brought them."""
        super()._after_judging(checks)
        self.env['it.task.run']._auto_verify_by(checks)

    def _health_sentences(self):
        """Return one sentence a check: its name, its host and what is wrong."""
        return [check._health_sentence() for check in self]

    def _health_sentence(self):
        if self.effective_state == 'waiting':
            return self.env._("%(name)s on %(host)s waits for its first result.", name=self.name, host=self.host_id.name)
        if self.is_stale:
            return self.env._("%(name)s on %(host)s is stale: nobody knows how it is.", name=self.name, host=self.host_id.name)
        states = dict(self._fields['effective_state']._description_selection(self.env))
        return self.env._("%(name)s on %(host)s: %(state)s. %(summary)s",
                          name=self.name, host=self.host_id.name, state=states[self.effective_state], summary=self.summary or "")
