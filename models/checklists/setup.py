from odoo import api, models

from ...lib import setup_state


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'tasks', 'second_person', 'holidays', 'hours', 'settings']

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
            else self.env._("For the one task with four eyes somebody else may verify.") if len(tasks) == 1
            else self.env._("For each of the %(count)s tasks with four eyes somebody else may verify.", count=len(tasks)),
            why=self.env._("A task with four eyes is complete only when another person, a manager, has looked at it."),
            button=self.env._("Open these tasks"),
            action=self._action('it_continuity.it_task_action', 'it.task', domain=[('id', 'in', tasks.ids)]))

    @api.model
    def _line_holidays(self):
        """Tell of what closes the company and no manager stands behind, of today and later."""
        waiting = self.env['it.calendar']._unaccepted_days(self.env.company)
        return self._line(
            self._state(not waiting), self.env._("Public holidays that count"),
            self.env._("Nobody has accepted: %(names)s.", names=self._names(leave.name or "–" for leave in waiting)) if waiting
            else self.env._("A manager stands behind each public holiday that is entered."),
            why=self.env._("On a public holiday no runs are made, so that it counts only when a manager entered or accepted it."),
            button=self.env._("Look at them"),
            action=self._is_manager() and self._action(
                'it_continuity.it_company_leave_action', 'resource.calendar.leaves', context={'search_default_to_accept': 1}))

    @api.model
    def _line_hours(self):
        """Tell of working hours that somebody changed who is no manager."""
        company_sudo = self.env.company.sudo()  # when a company works is no secret inside it
        names = self._names(self.env.company._itc_hours_told().sudo().mapped('name'))
        return self._line(
            self._state(not company_sudo.itc_hours_wait), self.env._("Working hours that count"),
            self.env._("Nobody has accepted what was changed by: %(names)s.", names=names) if company_sudo.itc_hours_wait
            else self.env._("The company's working schedule counts as it is."),
            why=self.env._("On a day without working hours no runs are made, so that they count only when a manager changed or accepted them."),
            button=self.env._("Look at them"),
            action=self._is_manager() and self._action('it_continuity.it_hours_accept_action', 'it.hours.accept'))

    @api.model
    def _line_settings(self):
        """Tell of the checks that look at what no manager has accepted: what they prove would rest on one person."""
        waiting = self.env['it.check'].search([('settings_basis', '=', 'none'), ('company_id', 'in', (False, self.env.company.id))])
        return self._line(
            self._state(not waiting), self.env._("Checks that prove something"),
            self.env._("Nobody has accepted the settings of: %(names)s.", names=self._names(waiting.mapped('name'))) if waiting
            else self.env._("Each check looks at what its template says, or at what a manager accepted."),
            why=self.env._("What a check looks at decides what it proves; until a manager accepts it, it proves no task."),
            button=self.env._("Look at them"),
            action=self._action('it_continuity.it_check_action', 'it.check', context={'search_default_to_accept': 1}))
