from odoo import api, models

from ...lib import setup_state


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'tasks', 'second_person']

    # === LINES === #

    @api.model
    def _line_tasks(self):
        tasks = self.env['it.task'].search([
            ('company_id', '=', self.env.company.id), ('role_id', '=', False), ('lacks_people', '=', True)])
        return self._line(
            self._state(not tasks), self.env._("Every task has somebody"),
            self.env._("Without role, person and rota: %(names)s.", names=self._names(tasks.mapped('name'))) if tasks
            else self.env._("Each task has a role, a person or a rota."),
            why=self.env._("Only what belongs to somebody is put in front of somebody."),
            button=self.env._("Assign them"), action=self._action('it_continuity.it_task_action', 'it.task', domain=[('id', 'in', tasks.ids)]))

    @api.model
    def _line_second_person(self):
        tasks = self.env['it.task'].search([('company_id', '=', self.env.company.id), ('needs_verification', '=', True)])
        doers = tasks.user_id | tasks.rota_id.member_ids.user_id | tasks.role_id.user_ids
        alone = self.env['res.users'].sudo().browse(setup_state.unverifiable(doers.ids, self._people('manager').ids))
        return self._line(
            self._state(not alone), self.env._("A second person who may verify"),
            self.env._("Nobody else may verify what these people do: %(names)s.", names=self._names(alone.sorted('name').mapped('name'))) if alone
            else self.env._("For each of the %(count)s tasks with four eyes somebody else may verify.", count=len(tasks)),
            why=self.env._("A task with four eyes is complete only when another person, a manager, has looked at it."),
            button=self.env._("Open these tasks"),
            action=self._action('it_continuity.it_task_action', 'it.task', domain=[('id', 'in', tasks.ids)]))
