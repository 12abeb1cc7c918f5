from odoo import api, fields, models


class ItRota(models.Model):
    _inherit = 'it.rota'

    task_ids = fields.One2many('it.task', 'rota_id', string="Tasks")
    task_count = fields.Integer("Number of tasks", compute='_compute_task_count')

    # === COMPUTE METHODS === #

    @api.depends('task_ids')
    def _compute_task_count(self):
        tasks_sudo = self.env['it.task'].sudo()  # who may see a rota may know how many tasks it has, not which
        counts = dict(tasks_sudo._read_group([('rota_id', 'in', self.ids)], ['rota_id'], ['__count']))
        for record in self:
            record.task_count = counts.get(record._origin, 0)

    # === ACTION METHODS === #

    def action_open_tasks(self):
        self.ensure_one()
        return dict(
            self.env['ir.actions.actions']._for_xml_id('it_continuity.it_task_action'),
            domain=[('rota_id', '=', self.id)],
            context={'default_rota_id': self.id},
        )

    # === BUSINESS METHODS === #

    def _plan_people_anew(self):  # returns nothing  # pylint: disable=missing-return
        """Give the runs that have not opened yet to those whose turn it is now."""
        super()._plan_people_anew()
        tasks_sudo = self.env['it.task'].sudo().search([('rota_id', 'in', self.ids)])  # runs follow the rota, whoever changes it
        tasks_sudo._plan_people_anew()
