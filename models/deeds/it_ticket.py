from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.ticket_family import WORKED_ON
from ..mixins.groups import WORKERS

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
WAITING = ('proposed', 'approved')  # a change of access rights that is neither done nor given up


class ItTicket(models.Model):
    """What was done in Odoo for a ticket, and the button that does it while the ticket is worked on."""
    _inherit = 'it.ticket'

    record_ids = fields.One2many('it.ticket.record', 'ticket_id', string="Done in Odoo", readonly=True, groups=WORKERS)
    access_change_ids = fields.One2many('it.access.change', 'ticket_id', string="Changes of access", readonly=True, groups=WORKERS)
    deed = fields.Char(compute='_compute_deed', groups=TECHNICIAN, help="What the button would do now.")
    deed_label = fields.Char(compute='_compute_deed', groups=TECHNICIAN)
    deed_why = fields.Char("Why it is done by hand", compute='_compute_deed', groups=TECHNICIAN)
    can_change_access = fields.Boolean(
        compute='_compute_deed', groups=TECHNICIAN, help="Access rights may be changed for it beside what its button does.")

    open_changes = fields.Char(
        compute='_compute_open_changes', groups=TECHNICIAN, help="What has to be applied, refused or withdrawn before it can be resolved.")

    # === COMPUTE METHODS === #

    @api.depends('category_id', 'request_values', 'state')
    @api.depends_context('uid', 'lang')
    def _compute_deed(self):
        plans = self.env['it.deed.plan']
        for ticket in self:
            key = ticket.id and ticket.state in WORKED_ON and ticket._is_technician() and plans._wanted(ticket)
            why = key and plans._why_by_hand(key, ticket.category_id.code)
            ticket.deed = key
            ticket.deed_label = key and (self.env._("Show how it is done") if why else plans._get_labels()[key])
            ticket.deed_why = why
            ticket.can_change_access = bool(key) and key != 'access_change' and ticket.category_id.code == 'account_access'

    @api.depends('access_change_ids.state')
    def _compute_open_changes(self):
        for ticket in self:
            ticket.open_changes = ", ".join(ticket._get_open_changes().mapped('name'))

    # === CRUD METHODS === #

    def write(self, vals):
        if 'company_id' in vals and any(ticket.sudo().access_change_ids and ticket.company_id.id != vals['company_id'] for ticket in self):
            raise UserError(self.env._("A request with changes of access rights stays in its company: they were asked for, approved and sealed there."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_open_deed(self):
        """Show what the button of this one ticket would do; nothing is written yet."""
        self.ensure_one()
        self._check_deed()
        if not self.deed:
            raise UserError(self.env._("Nothing of this kind is done in Odoo. Record as a step what was done."))
        if self.deed == 'access_change':
            return self.action_change_access()
        return self.env['it.ticket.deed']._open(self, self.deed)

    def action_change_access(self):
        """Begin a change of somebody's access rights, filled in from the request."""
        self.ensure_one()
        self._check_deed()
        return self.env['it.access.change']._open_new(self)

    # === CHECKS === #

    def _check_deed(self):
        """:raises UserError: the ticket is not worked on any more"""
        self.check_access('read')
        self._check_technician()
        self._check_state(*WORKED_ON)

    def _check_no_open_changes(self):
        """:raises UserError: a change of access rights waits to be approved or applied"""
        for ticket in self:
            changes = ticket._get_open_changes()
            if changes:
                raise UserError(self.env._(
                    "%(number)s cannot be resolved while this waits to be approved or applied: %(names)s. Withdraw it if it is not wanted any more.",
                    number=ticket.name, names="; ".join(changes.mapped('name'))))

    def _check_nothing_else_open(self):  # returns nothing  # pylint: disable=missing-return
        super()._check_nothing_else_open()
        self._check_no_open_changes()

    # === BUSINESS METHODS === #

    def _transition(self, vals):
        result = super()._transition(vals)
        if 'state' in vals:
            self._call_approvers()
        return result

    @api.model
    def _get_seal_parts(self):
        return {**super()._get_seal_parts(), 'records': 'record_ids'}

    def _get_open_work(self):
        return [*super()._get_open_work(), *self._get_open_changes().mapped('name')]

    def _get_open_changes(self):
        """Return the changes of access rights of these tickets that are neither done nor given up."""
        return self.sudo().access_change_ids.filtered(lambda change: change.state in WAITING)  # that something is open is no secret of a technician's

    def _call_approvers(self):
        """Call the managers for what waits while these tickets are worked on, and nobody at any other time."""
        self.sudo().access_change_ids._call_managers()  # whoever changes a ticket calls people whose activities they may not see

    def _offered_deeds(self):
        """Return the keys of what the button of this one ticket leads to: what is asked for, and changing what is there already instead."""
        self.ensure_one()
        deed = self.env['it.deed.plan']._get_deeds().get(self.deed)
        return {self.deed, deed.instead if deed else ''} - {'', False}

    def _note_deed(self, record, what, text):
        """Link a record that the current user made or changed for this one ticket, and write a step of it.

        Who asked reads the step; the record itself and its chatter stay with those who may read them.
        """
        self.ensure_one()
        self.env['it.ticket.record']._keep(self, record, what)
        self.env['it.ticket.step']._keep_deed(self, text)
        place = record.partner_id if record._name == 'res.users' else record  # a user has no chatter but that of the person's contact
        if hasattr(place, '_message_log'):
            place._message_log(body=Markup('<p>%s</p>') % self.env._("Done for the request %(number)s.", number=self._get_html_link(title=self.name)))
