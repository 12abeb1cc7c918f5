from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain

from ...lib import local_time, request_rhythm
from ..mixins import clock
from ..mixins.groups import WORKERS
from ..mixins.notice import notice

ALIKE = 60  # the newest tickets of one kind that tell how often it comes
ALIKE_YEARS = 3
REQUESTS = 'requests'  # the checklist of tasks that were made of requests


class ItTicket(models.Model):
    """A ticket that came of a run, as somebody found it bad; and a request that comes again and again and becomes a task."""
    _inherit = 'it.ticket'

    # Only for those who may read runs: the name of a record shows wherever it is pointed to.
    run_id = fields.Many2one(
        'it.task.run', string="From the run", check_company=True, copy=False, index='btree_not_null', ondelete='set null',
        groups=WORKERS, help="The run that was found bad.")
    task_ids = fields.One2many('it.task', 'ticket_id', string="Tasks made of it", readonly=True, groups=WORKERS)
    task_count = fields.Integer("Number of tasks", compute='_compute_task_count', groups=WORKERS)

    # === COMPUTE METHODS === #

    @api.depends('task_ids')
    def _compute_task_count(self):
        counts = dict(self.env['it.task'].with_context(active_test=False)._read_group([('ticket_id', 'in', self.ids)], ['ticket_id'], ['__count']))
        for ticket in self:
            ticket.task_count = counts.get(ticket._origin, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        """:raises AccessError: a person changes from which run a ticket came"""
        if 'run_id' in vals and not self.env.su:
            raise AccessError(self.env._("From which run a ticket came stays as it was when it was made."))
        return super().write(vals)

    # === ACTION METHODS === #

    @api.readonly
    def action_tell_made(self):
        """Close the dialog in which this ticket was made from a run, with a notice that leads to it."""
        self.ensure_one()
        self.check_access('read')
        return notice(
            self.env._("Ticket %s is made.", '%s'), links=[{'label': self.name, 'url': f'/odoo/it-tickets/{self.id}'}])

    def action_make_task(self):
        """Make a task of this one request by one press, of what is known of it and of how often its like came, and open it: all of it may be changed.

        One that was made of it already is opened. What comes regularly need not be asked for.

        :raises AccessError: the person may not make tasks
        """
        self.ensure_one()
        self.check_access('read')
        tasks = self.env['it.task']
        tasks.check_access('create')
        self.sudo().lock_for_update(allow_referencing=True)  # who presses twice makes one
        task = tasks.with_context(active_test=False).search([('ticket_id', '=', self.id)], limit=1)
        words = self.env._("A task was made of it already.")
        if not task:
            task = tasks.create(self._prepare_task())
            words = self.env._(
                "It is a task now, in the checklist “%(checklist)s”. Look whether its days and its people fit; all of it may be changed here.",
                checklist=task.checklist_id.name)
        return notice(words, then={
            'type': 'ir.actions.act_window', 'name': self.env._("Task"), 'res_model': 'it.task', 'res_id': task.id, 'view_mode': 'form',
            'views': [(False, 'form')]})

    def action_open_tasks(self):
        """Return the tasks that were made of this one request: the one, or their list."""
        self.ensure_one()
        self.check_access('read')
        tasks = self.env['it.task'].with_context(active_test=False).search([('ticket_id', '=', self.id)])
        action = {'type': 'ir.actions.act_window', 'name': self.env._("Tasks"), 'res_model': 'it.task', 'context': {'active_test': False}}
        if len(tasks) == 1:
            return {**action, 'res_id': tasks.id, 'view_mode': 'form', 'views': [(False, 'form')]}
        return {**action, 'view_mode': 'list,form', 'views': [(False, 'list'), (False, 'form')], 'domain': [('ticket_id', '=', self.id)]}

    # === BUSINESS METHODS === #

    def _prepare_task(self):
        """Return the values with which a task begins that is made of this one request."""
        items = [Command.create({'name': item.name, 'kind': 'tick', 'required': item.is_required}) for item in self.item_ids]
        return {
            'name': self.subject,
            'ticket_id': self.id,
            'company_id': self.company_id.id,
            'checklist_id': self._task_checklist().id,
            'role_id': self.category_id.role_id.id,
            'line_id': self.category_id.line_id.id,
            'asset_ids': [Command.set(self.asset_id.ids)],
            'instructions': self._solution() or self.category_id.instructions,
            'item_ids': items,
            **self._prepare_schedule(),
        }

    def _task_checklist(self):
        """Return the checklist of a task that is made of this one request: the last one taken for its like, else for any request, else one of their own."""
        made = Domain([('company_id', '=', self.company_id.id), ('ticket_id', '!=', False), ('checklist_id.active', '=', True)])
        for like in (made & Domain('ticket_id.category_id', '=', self.category_id.id), made):
            last = self.env['it.task'].with_context(active_test=False).search(like, order='id desc', limit=1)
            if last:
                return last.checklist_id
        checklists = self.env['it.checklist']
        own = checklists.with_context(active_test=False).search([('code', '=', REQUESTS), ('company_id', '=', self.company_id.id)], limit=1)
        own = own or checklists.create({'name': self.env._("Regular requests"), 'code': REQUESTS, 'company_id': self.company_id.id})
        own.filtered(lambda checklist: not checklist.active).active = True
        return own

    def _prepare_schedule(self):
        """Return the schedule that fits how often requests of this kind, about the same system, were made lately."""
        since = clock.now(self.env) - relativedelta(years=ALIKE_YEARS)
        alike = self.search_fetch(
            Domain([('company_id', '=', self.company_id.id), ('category_id', '=', self.category_id.id), ('asset_id', '=', self.asset_id.id),
                    ('duplicate_of_id', '=', False), ('requested_at', '>=', since)]),
            ['requested_at'], order='requested_at desc, id desc', limit=ALIKE)
        rhythm = request_rhythm.rhythm(local_time.local_date(ticket.requested_at, self.company_id.itc_tz) for ticket in alike)
        return {
            'schedule_kind': rhythm.kind,
            'interval': rhythm.every,
            'month_day': rhythm.day,
            'month': str(rhythm.month),
            **({rhythm.weekday: True} if rhythm.weekday else {}),
        }
