from odoo import api, fields, models

from ...lib import sla
from .ticket_sla import PRIORITIES


class ItSlaTarget(models.Model):
    """Within how many working hours tickets of one priority are answered and solved: of all kinds, or of one.

    What is promised as a ticket is logged, or as its priority or kind changes, is noted on the ticket: who changes a target changes
    nothing of what was promised before.
    """
    _name = 'it.sla.target'
    _description = "IT Service Target"
    _order = 'category_id nulls first, company_id nulls first, priority desc, id'

    category_id = fields.Many2one(
        'it.ticket.category', index='btree_not_null', ondelete='cascade',
        help="Empty: every kind of ticket that has no target of its own at this priority.")
    priority = fields.Selection(PRIORITIES, required=True, default='0')
    response_hours = fields.Float(
        "Answered within", help="Working hours until a technician first writes, or begins to work. Zero: nothing is promised.")
    resolution_hours = fields.Float(
        "Solved within",
        help="Working hours until it is solved. Zero: nothing is promised, unless the kind says in how many hours it is usually solved.")
    calendar_id = fields.Many2one(
        'resource.calendar', string="Working hours", ondelete='set null',
        help="When the time runs. Empty: the company's working hours. It never runs on the company's days off.")
    company_id = fields.Many2one('res.company', help="Empty: for every company that has no target of its own.")
    active = fields.Boolean(default=True)
    needs_category = fields.Boolean(compute='_compute_needs_category', help="All kinds have their target at this priority.")

    _hours_sane = models.Constraint(
        'CHECK(response_hours BETWEEN 0 AND 2000 AND resolution_hours BETWEEN 0 AND 2000)', "The hours of a target are from 0 to 2000.")
    _one_each = models.UniqueIndex(
        "(priority, COALESCE(category_id, 0), COALESCE(company_id, 0)) WHERE active",
        "There is a target for this kind, priority and company already.")

    # === COMPUTE METHODS === #

    @api.depends('category_id', 'priority')
    @api.depends_context('lang')
    def _compute_display_name(self):
        names = dict(self._fields['priority']._description_selection(self.env))
        for target in self:
            kind = target.category_id.name or self.env._("All kinds")
            target.display_name = f"{kind}: {names.get(target.priority, '')}"

    @api.depends('priority', 'company_id')
    def _compute_needs_category(self):
        for target in self:
            target.needs_category = bool(self.search_count([
                ('id', '!=', target._origin.id), ('category_id', '=', False), ('priority', '=', target.priority),
                ('company_id', '=', target.company_id.id)], limit=1))

    # === BUSINESS METHODS === #

    def _as_plain(self):
        """Return these targets as :class:`lib.sla.Target`."""
        return [sla.Target(
            target.response_hours, target.resolution_hours, target.calendar_id.id or None, target.category_id.id or None,
            target.company_id.id or None, target.priority) for target in self]
