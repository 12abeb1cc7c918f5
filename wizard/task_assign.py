from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.mixins.notice import notice


class ItTaskAssign(models.TransientModel):
    """Gives several tasks at once to a role, a person or a rota, and lets checks prove them. What is left empty stays as it is."""
    _name = 'it.task.assign'
    _description = "Assign Tasks"
    _inherit = ['it.asking.mixin']
    _check_company_auto = True

    @api.model
    def _default_tasks(self):
        if self.env.context.get('active_model') != 'it.task':
            return self.env['it.task']
        return self.env['it.task'].browse(self.env.context.get('active_ids', [])).exists()

    task_ids = fields.Many2many('it.task', string="Tasks", default=lambda self: self._default_tasks(), readonly=True)
    company_id = fields.Many2one('res.company', compute='_compute_company_id')
    role_id = fields.Many2one('it.role', string="Responsible role", check_company=True)
    who = fields.Selection(
        selection=[
            ('keep', "As each task says"), ('role', "Everybody with the role"), ('user', "One person"), ('rota', "Whose turn it is in a rota")],
        required=True, default='keep')
    user_id = fields.Many2one('res.users', string="Person", domain="[('share', '=', False)]")
    rota_id = fields.Many2one('it.rota', check_company=True)
    four_eyes = fields.Selection(
        string="Four eyes",
        selection=[('keep', "As each task says"), ('yes', "Yes"), ('no', "No")], required=True, default='keep',
        help="Yes: a run is complete only when another person has verified it.")
    check_template_ids = fields.Many2many(
        'it.check.template', string="Add check templates", check_company=True, help="Every check made from one of these, on whatever host, counts.")
    check_ids = fields.Many2many('it.check', string="Add checks", check_company=True)

    # === COMPUTE METHODS === #

    @api.depends('task_ids')
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.task_ids.company_id[:1] or self.env.company

    # === ACTION METHODS === #

    def action_apply(self):
        """Write what was chosen to all of the tasks, by the rights of who asks.

        :raises AccessError: who asks is no manager
        :raises UserError: nothing was chosen, or the tasks are of several companies
        """
        self.ensure_one()
        if not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._("Only managers assign tasks."))
        values = self._values()
        if not self.task_ids or not values:
            raise UserError(self.env._("Choose the tasks, and at least one thing to change."))
        if len(self.task_ids.company_id) > 1:
            raise UserError(self.env._("These tasks are of several companies, and so are roles, rotas and checks. Choose those of one."))
        self.task_ids.write(values)
        return notice(
            self.env._("One task is changed.") if len(self.task_ids) == 1 else self.env._("%s tasks are changed.", len(self.task_ids)))

    # === BUSINESS METHODS === #

    def _values(self):
        """Return what this one dialog changes, as values of a task."""
        values = {}
        if self.role_id:
            values['role_id'] = self.role_id.id
        if self.who != 'keep':
            values |= {'user_id': self.who == 'user' and self.user_id.id, 'rota_id': self.who == 'rota' and self.rota_id.id}
            chosen = {'user': self.user_id, 'rota': self.rota_id, 'role': True}[self.who]
            if not chosen:
                raise UserError(self.env._("Choose the person or the rota."))
        if self.four_eyes != 'keep':
            values['needs_verification'] = self.four_eyes == 'yes'
        for name in ('check_template_ids', 'check_ids'):
            if self[name]:
                values[name] = [fields.Command.link(record.id) for record in self[name]]
        return values
