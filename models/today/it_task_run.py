from markupsafe import Markup

from odoo import api, fields, models

from ..mixins.groups import WORKERS

OTHER = 'it_continuity.ticket_category_other'
# A silent check is as red as a bad one: what nobody measures can never count as well.
RED_HEALTH = ('critical', 'unknown')


class ItTaskRun(models.Model):
    """A run that was found bad becomes a ticket, and shows it."""
    _inherit = 'it.task.run'

    ticket_ids = fields.One2many('it.ticket', 'run_id', string="Tickets", readonly=True, groups=WORKERS)
    ticket_count = fields.Integer("Number of tickets", compute='_compute_ticket_count', groups=WORKERS)
    is_red = fields.Boolean(compute='_compute_is_red', help="It was found bad, or a check is critical or silent.")

    # === COMPUTE METHODS === #

    @api.depends('ticket_ids')
    def _compute_ticket_count(self):
        for run in self:
            run.ticket_count = len(run.ticket_ids)

    @api.depends('state', 'health')
    def _compute_is_red(self):
        for run in self:
            run.is_red = run.state == 'failed' or run.health in RED_HEALTH

    # === ACTION METHODS === #

    def action_make_ticket(self):
        """Return the window that makes a ticket of this run, with what is known of it filled in.

        :raises AccessError: the person may not work on runs
        """
        self.ensure_one()
        self.check_access('write')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Make a ticket"),
            'res_model': 'it.ticket',
            'views': [(self.env.ref('it_continuity.it_ticket_view_form_from_run').id, 'form')],
            'target': 'new',
            'context': {f'default_{name}': value for name, value in self._prepare_ticket().items()},
        }

    def action_open_tickets(self):
        """Return the tickets of this run: the one, or their list."""
        self.ensure_one()
        self.check_access('read')
        action = {'type': 'ir.actions.act_window', 'name': self.env._("Tickets"), 'res_model': 'it.ticket'}
        if len(self.ticket_ids) == 1:
            return {**action, 'res_id': self.ticket_ids.id, 'view_mode': 'form'}
        return {**action, 'view_mode': 'list,form', 'domain': [('run_id', '=', self.id)]}

    # === BUSINESS METHODS === #

    def _prepare_ticket(self):
        """Return the values with which a ticket of this run begins."""
        words = (self.fail_reason or self.health_reason or '').strip()
        assets = self.task_id.asset_ids or self.event_asset_id
        Category = self.env['it.ticket.category']
        line = self.task_id.line_id
        category = (line and Category.search([('line_id', '=', line.id)], limit=1)) or self.env.ref(OTHER, raise_if_not_found=False)
        return {
            'run_id': self.id,
            'company_id': self.company_id.id,
            'subject': f"{self.task_name}: {words.splitlines()[0]}" if words else self.task_name,
            'description': Markup('<br>').join(words.splitlines()),
            'category_id': category.id if category else False,
            'asset_id': assets.id if len(assets) == 1 else False,
        }
