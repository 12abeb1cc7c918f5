from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

SILENT_DAYS_PARAM = 'it_continuity.silent_closure_days'
SILENT_DAYS_DEFAULT = 7


class ItTicket(models.Model):
    """How a ticket goes from new to closed, and who may take which step."""
    _inherit = 'it.ticket'

    can_resolve = fields.Boolean(compute='_compute_can_resolve', help="It is worked on, and what was done is recorded.")
    can_close_silently = fields.Boolean(
        compute='_compute_can_close_silently', help="It was resolved long enough ago to be closed without the requester's answer.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'step_ids.is_earlier')
    def _compute_can_resolve(self):
        for ticket in self:
            ticket.can_resolve = ticket.state == 'in_progress' and not all(ticket.step_ids.mapped('is_earlier'))

    @api.depends('state', 'resolved_at')
    def _compute_can_close_silently(self):
        limit = self._silent_limit()
        for ticket in self:
            ticket.can_close_silently = ticket.state == 'resolved' and bool(ticket.resolved_at) and ticket.resolved_at <= limit

    # === ACTION METHODS === #

    def action_send(self):
        """Thank who has just logged it, with the number to refer to."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success',
                'title': self.env._("Thank you"),
                'message': self.env._("The request is %(number)s. Follow it here or under My Tickets.", number=self.name),
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }

    def action_assign_to_me(self):
        """Take these tickets, whoever had them, without starting the work."""
        self._check_technician()
        self._check_state('new', 'in_progress', 'resolved')
        self.write({'assignee_id': self.env.uid})

    def action_start(self):
        """Take the work up; who takes an unassigned ticket up gets it."""
        self._check_technician()
        self._check_state('new')
        for ticket in self:
            ticket._transition({
                'state': 'in_progress',
                'started_at': fields.Datetime.now(),
                'assignee_id': ticket.assignee_id.id or self.env.uid,
            })

    def action_resolve(self):
        """Say that it is solved and ask the requester to confirm."""
        self._check_technician()
        self._check_state('new', 'in_progress')
        self._check_has_steps()
        now = fields.Datetime.now()
        for ticket in self:
            ticket._transition({'state': 'resolved', 'resolved_at': now, 'started_at': ticket.started_at or now})
            ticket._ask_for_confirmation()

    def action_confirm(self):
        """Close the ticket as its requester: nobody else can, whatever their rights.

        :raises AccessError: the current user did not ask for it
        :raises UserError: it is not resolved, or no resolution step is recorded
        """
        if any(ticket.requester_id != self.env.user for ticket in self):
            raise AccessError(self.env._("Only the colleague who asked can confirm that it is solved."))
        self._close('requester', {})

    def action_close_silently(self, reason):
        """Close a resolved ticket whose requester does not answer.

        :raises UserError: it was resolved too recently, is not resolved, has no steps, or no reason is given
        """
        self._check_technician()
        reason = self._checked_reason(reason)
        days, limit = self._silent_closure_days(), self._silent_limit()
        if any(ticket.state == 'resolved' and ticket.resolved_at > limit for ticket in self):
            raise UserError(self.env._(
                "The requester has %(days)s days to answer. Close it without an answer only after that.", days=days))
        self._close('silent', {'silent_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._(
                "Closed, as no answer came: %(reason)s If it is not solved, reopen it.", reason=reason))

    def action_reopen(self, reason):
        """Put a ticket back to work: resolved, or closed without the requester's answer."""
        reason = self._checked_reason(reason)
        for ticket in self:
            if ticket.requester_id != self.env.user and not self._is_technician():
                raise AccessError(self.env._("Only the colleague who asked and the technicians can reopen a ticket."))
            if ticket.state != 'resolved' and ticket.confirmation_kind != 'silent':
                raise UserError(self.env._(
                    "%(number)s cannot be reopened: it is neither resolved nor closed without an answer. Log a new ticket.",
                    number=ticket.name))
            ticket._forget_confirmation_request()
            # sudo: who asked may not write steps; what was done before stays as it is from here on
            ticket.sudo().step_ids._transition({'is_earlier': True})
            ticket._transition({
                'state': 'in_progress', 'resolved_at': False, 'closed_at': False, 'confirmation_kind': False,
                'confirmed_by_id': False, 'confirmed_at': False, 'silent_reason': False,
                'reopen_reason': reason, 'reopen_count': ticket.reopen_count + 1,
            })
            ticket._say_to_followers(self.env._("Reopened: %(reason)s", reason=reason))

    def action_cancel(self, reason):
        """Drop a request: its requester before the work starts, a technician before it is resolved."""
        reason = self._checked_reason(reason)
        if self._is_technician():
            self._check_state('new', 'in_progress')
        else:
            if any(ticket.requester_id != self.env.user for ticket in self):
                raise AccessError(self.env._("Only the colleague who asked and the technicians can cancel a ticket."))
            self._check_state('new')
        self._transition({'state': 'cancelled', 'closed_at': fields.Datetime.now(), 'cancel_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._("Cancelled: %(reason)s", reason=reason))

    # === BUSINESS METHODS === #

    def _close(self, kind, vals):
        self._check_state('resolved')
        self._check_has_steps()
        now = fields.Datetime.now()
        self._forget_confirmation_request()
        self._transition({
            'state': 'closed', 'closed_at': now, 'confirmation_kind': kind, 'confirmed_by_id': self.env.uid,
            'confirmed_at': now, **vals,
        })

    @api.model
    def _silent_closure_days(self):
        """Return after how many days without an answer a technician may close; at least one."""
        value = self.env['ir.config_parameter'].sudo().get_param(SILENT_DAYS_PARAM, '')
        return max(1, int(value)) if value.isdecimal() else SILENT_DAYS_DEFAULT

    @api.model
    def _silent_limit(self):
        """Return the naive UTC moment before which a ticket has to be resolved to be closed without an answer now."""
        return fields.Datetime.now() - timedelta(days=self._silent_closure_days())

    # === CHECKS === #

    def _check_technician(self):
        if not self._is_technician():
            raise AccessError(self.env._("Only technicians work on tickets."))

    def _check_has_steps(self):
        """:raises UserError: nothing was done yet, or nothing since the ticket was reopened"""
        for ticket in self:
            if not ticket.step_ids:
                raise UserError(self.env._(
                    "%(number)s has no resolution step. Record at least one: what was done.", number=ticket.name))
            if all(step.is_earlier for step in ticket.step_ids):
                raise UserError(self.env._(
                    "%(number)s was reopened and has no new resolution step. Record what was done since.", number=ticket.name))

    @api.model
    def _checked_reason(self, reason):
        reason = reason.strip() if isinstance(reason, str) else ''
        if not reason:
            raise UserError(self.env._("Give a reason."))
        return reason
