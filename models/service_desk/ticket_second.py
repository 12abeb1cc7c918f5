from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .ticket_mail import TAKE_UP

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
WITHOUT_WORD = ('silent', 'colleague')  # kinds of closing that are not the word of who asked, who may reopen after them


class ItTicketSecondMixin(models.AbstractModel):
    """What one person alone may not bring to its end: another technician closes it in words, and so it counts.

    That is a ticket on which who asked worked too, who neither confirms nor rates it; and one on which they wrote something after it was
    solved, which nobody can call silence, and neither confirmed nor reopened it.
    """
    _name = 'it.ticket.second.mixin'
    _description = "Closing by Another Technician"
    _inherit = ['it.two.person.mixin']
    _approver_group = TECHNICIAN

    resolved_by_id = fields.Many2one('res.users', string="Resolved by", readonly=True, copy=False, ondelete='restrict', index='btree_not_null')
    can_confirm = fields.Boolean(
        compute='_compute_can_confirm', search='_search_can_confirm', help="It is solved, and the one who looks asked for it and had no hand in it.")
    can_rate = fields.Boolean(compute='_compute_can_rate', help="The one who looks confirmed it, had no hand in it, and has not said yet how it was.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'requester_id', 'resolved_by_id', 'step_ids.done_by_id', 'item_ids.done_by_id')
    @api.depends_context('uid')
    def _compute_can_confirm(self):
        for ticket in self:
            ticket.can_confirm = ticket.state == 'resolved' and ticket.requester_id == self.env.user and not ticket._is_by_own_hand()

    def _search_can_confirm(self, operator, value):
        """Find the tickets of which the one who looks has the last word."""
        if operator != 'in':
            return NotImplemented
        theirs = Domain('state', '=', 'resolved') & Domain('requester_id', '=', self.env.uid) & ~self._hand_domain(self.env.user)
        return theirs if True in value else ~theirs

    @api.depends('confirmation_kind', 'requester_id', 'resolved_by_id', 'step_ids.done_by_id', 'item_ids.done_by_id', 'rating_ids')
    @api.depends_context('uid')
    def _compute_can_rate(self):
        for ticket in self:
            ticket.can_rate = (
                ticket.confirmation_kind == 'requester' and ticket.requester_id == self.env.user and not ticket._is_by_own_hand() and not ticket.rating_count)

    # === ACTION METHODS === #

    def action_close_for_requester(self, reason):
        """Close these solved tickets as another technician than who worked on them, in words that stand for those of who asked.

        :raises AccessError: the person is no technician, asked for one of them, or had a hand in it
        :raises UserError: who asked has the word yet: they may confirm it and wrote nothing since; or no reason is given
        """
        self._check_technician()
        reason = self._checked_reason(reason)
        self._check_state('resolved')
        self._check_second_person()
        for ticket in self:
            if not ticket._is_awaiting_approval():
                raise UserError(self.env._(
                    "%(number)s waits for the word of who asked, who can confirm it. It is closed without an answer when none comes.", number=ticket.name))
        self._close('colleague', {'silent_reason': reason})
        for ticket in self:
            ticket._say_to_followers(self.env._(
                "Closed by another technician than who worked on it: %(reason)s If it is not solved, reopen it.", reason=reason))

    # === WHO HAD A HAND IN IT === #

    def _hands(self):
        """Return who worked on this one ticket: who did one of its steps, who ticked its checklist, and who said that it is solved."""
        self.ensure_one()
        ticket_sudo = self.sudo()  # who worked on it is asked for everybody who may press a button
        return ticket_sudo.step_ids.done_by_id | ticket_sudo.item_ids.done_by_id | ticket_sudo.resolved_by_id

    @api.model
    def _hand_domain(self, user):
        """Return the domain of the tickets on which a person worked, as ``_hands`` says of one."""
        did = [('done_by_id', '=', user.id)]
        return Domain('resolved_by_id', '=', user.id) | Domain('step_ids', 'any', did) | Domain('item_ids', 'any', did)

    def _is_by_own_hand(self):
        """Tell whether who asked for this one ticket worked on it too, and so has no last word."""
        return self.requester_id in self._hands()

    @api.model
    def _get_approval_fields(self):
        return ('state', 'requester_id', 'resolved_by_id', 'step_ids.done_by_id', 'item_ids.done_by_id', 'answered_at', 'asked_at')

    def _is_awaiting_approval(self):
        return self.state == 'resolved' and (self._is_by_own_hand() or self._has_word())

    def _get_doers(self):
        return self._hands() | self.requester_id

    def _has_word(self):
        """Tell whether a word came since this one ticket was solved, answered or not: whatever is silent, this is not."""
        return bool(self.answered_at or self.asked_at)

    def _was_closed_without_word(self):
        return self.state == 'closed' and self.confirmation_kind in WITHOUT_WORD

    # === CHECKS === #

    def _check_not_by_own_hand(self):
        """:raises AccessError: who asked for one of these tickets worked on it too"""
        for ticket in self:
            if ticket._is_by_own_hand():
                raise AccessError(self.env._(
                    "%(number)s is your own work: another technician closes it, and says why it counts as solved.", number=ticket.name))

    # === CALLS === #

    def _second_people(self):
        """Return who may close this one ticket in words: those on duty, else managers, else technicians, without who asked and who worked on it."""
        self.ensure_one()
        ticket_sudo = self.sudo()  # whoever takes a step calls people whom they may not see
        doers, company_sudo = ticket_sudo._get_doers(), ticket_sudo.company_id
        return (ticket_sudo._people_on_duty() - doers) or (company_sudo._itc_people() - doers) or (company_sudo._itc_people('technician') - doers)

    def _ask_second(self):
        """Call another technician to this one ticket."""
        self._call_to(self._second_people(), lambda env: env._("Ask whether it is solved, then close it in words or reopen it"))

    def _call_to(self, people, say):
        """Give each of these people who is not called yet an activity on this one ticket, with words in their language.

        :param say: returns the words for an environment
        """
        self.ensure_one()
        # sudo: the software calls people whose activities it may not see
        ticket_sudo = self.sudo().with_context(mail_activity_quick_update=True, it_ticket_called=True)
        called = ticket_sudo.activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(TAKE_UP)).user_id
        for user in people - called:
            theirs = ticket_sudo.with_context(lang=user.lang)
            theirs.activity_schedule(TAKE_UP, user_id=user.id, summary=say(theirs.env))
