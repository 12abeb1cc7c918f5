from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import clean_context

from ...lib.unnamed import unnamed
from ..mixins.groups import WORKERS

ANSWERS = 5


class ItTicket(models.Model):
    """By which way a ticket and its words came in, and what is known of such requests already."""
    _name = 'it.ticket'
    _inherit = ['it.ticket', 'it.ticket.gateway.mixin', 'it.ticket.answer.mixin']

    hint_answer_ids = fields.Many2many(
        'it.known.answer', string="This may help", compute='_compute_hint_answer_ids', help="Known answers that have these words.")
    known_answer_ids = fields.Many2many(
        'it.known.answer', string="How it was done before", compute='_compute_known_answer_ids', groups=WORKERS,
        help="Known answers about this system, in these words or of this kind.")

    # === COMPUTE METHODS === #

    @api.depends('subject')
    def _compute_hint_answer_ids(self):
        answers = self.env['it.known.answer']
        for ticket in self:
            ticket.hint_answer_ids = answers if ticket._origin else answers._find(ticket.subject, 3)

    @api.depends('subject', 'category_id', 'asset_id')
    def _compute_known_answer_ids(self):
        answers = self.env['it.known.answer']
        for ticket in self:
            ticket.known_answer_ids = answers._find_for(ticket.subject, ticket.category_id, ticket.asset_id, ANSWERS)

    # === ACTION METHODS === #

    def action_keep_answer(self):
        """Open a new known answer, filled in with what was done; a technician makes words for everybody of it before it is kept.

        What the requester wrote is not in it, nor are names or what was changed in Odoo for them: nobody released those.

        :raises UserError: it is not solved yet
        """
        self.ensure_one()
        self._check_technician()
        if self.state not in ('resolved', 'closed'):
            raise UserError(self.env._("%(number)s is not solved yet. What helped becomes a known answer once it did.", number=self.name))
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Known answer"),
            'res_model': 'it.known.answer',
            'views': [(False, 'form')],
            'target': 'current',
            'context': {
                'default_title': self.category_id.name,
                'default_text': self._solution(),
                'default_category_ids': self.category_id.ids,
                'default_asset_ids': self.asset_id.ids,
                'default_company_id': self.company_id.id,
                'default_ticket_id': self.id,
            },
        }

    # === UNREAD MAIL === #

    def _has_unread_word(self):
        return super()._has_unread_word() or self._has_unread_mail()

    def _check_nothing_unread(self):  # returns nothing  # pylint: disable=missing-return
        super()._check_nothing_unread()
        if self._has_unread_mail():
            raise UserError(self.env._(
                "A mail that may be the answer to %(number)s waits under “Mail Not Routed”. Look at it first.", number=self.name))

    def _has_unread_mail(self):
        """Tell whether a mail about this ticket, or of who asked, waits since then for somebody to look at it: that may be the answer."""
        self.ensure_one()
        address = self.requester_id.sudo().email_normalized
        of_requester = Domain('requester_id', '=', self.requester_id.id) | (Domain('address', '=', address) if address else Domain.FALSE)
        return bool(self.env['it.ticket.mail.unrouted'].sudo().search_count(
            Domain([('state', '=', 'waiting'), ('received_at', '>=', self.resolved_at)]) & (Domain('about_id', '=', self.id) | of_requester), limit=1))

    # === BUSINESS METHODS === #

    def _solution(self):
        """Return the steps that solved it as HTML, without the names of whom it was done for; '' if there are none that others may read.

        What was changed in Odoo for one person is nobody else's: neither names, nor groups, nor values.
        """
        self.ensure_one()
        # sudo: names to leave out, of people whom the technician may not read
        people = self.sudo().requester_id | self.sudo().requested_for_id.user_id
        names = [*people.mapped('name'), *people.mapped('login'), self.sudo().requested_for_id.name]
        steps = [unnamed(step.description, names) for step in self.step_ids if not step.is_earlier and not step.is_deed]
        return steps and Markup("<ol>%s</ol>") % Markup().join(Markup("<li>%s</li>") % step for step in steps) or ""

    @api.model
    def _log_by_channel(self, channel, values, origin_link=False):
        """Log what the current user asks for by another way than the form, with the way kept; by RPC nobody can say so.

        :param dict values: as for ``create``, made by the caller and not by the person
        """
        tickets = self.with_context(clean_context(self.env.context))
        with tickets._past_guard():
            return tickets.create({**values, 'requester_id': self.env.uid, 'channel': channel, 'origin_link': origin_link})
