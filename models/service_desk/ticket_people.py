from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError

from ...lib import local_time, ticket_load
from ...lib.ticket_family import OPEN, WORKED_ON
from ..mixins import clock
from ..mixins.mail_message import software_speaks
from .mail_activity import FINISHED

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
CONFIRM = 'it_continuity.mail_activity_type_ticket_confirm'
TAKE_UP = 'it_continuity.mail_activity_type_ticket_take_up'
LAYOUT = 'mail.mail_notification_layout'
QUESTION = 'it_continuity.it_ticket_mail_question'  # of the mails that ask whether it is solved
WORDS = ('comment', 'email', 'email_outgoing')  # what a person wrote, in the chatter or by mail
SAID = ('subject', 'description', 'request_values', 'attachment_ids')  # what a person writes into the request itself


class ItTicketPeopleMixin(models.AbstractModel):
    """The people of a ticket: to whom it goes and who is called to it, and who hears of it.

    Nobody hears of it who may not read it. Of one event each gets one mail, with the ticket's subject in its subject.
    """
    _name = 'it.ticket.people.mixin'
    _description = "People of a Ticket"
    _inherit = ['mail.thread']

    # === ACTION METHODS === #

    def action_hand_out(self):
        """Give each of these tickets that nobody has to who is on duty for it and has the fewest."""
        self._check_technician()
        self._check_state(*OPEN)
        for ticket in self.filtered(lambda ticket: not ticket.assignee_id):
            person = ticket._next_person(ticket._people_on_duty())
            if person:
                ticket.assignee_id = person

    # === WHO WORKS ON IT === #

    @api.model
    def _is_worker(self, user):
        return user.active and not user.share and user.has_group(TECHNICIAN)

    def _workers_among(self, users):
        """Return those of these people who may work on this ticket."""
        return users.filtered(lambda user: self._is_worker(user) and self.company_id in user.company_ids)

    def _people_on_duty(self):
        """Return who has the category's role and is not on leave until the ticket should be solved.

        If all are, it is everybody with the role; if it has nobody, the managers: a request reaches somebody.
        """
        self.ensure_one()
        people = self._workers_among(self.category_id.role_id.user_ids)
        if not people:
            return self.company_id._itc_people()
        start = clock.now(self.env)
        end = max(self.due_at or start, fields.Datetime.add(start, hours=1))
        return self.env['it.duty']._on_duty(self.company_id, people, start, end)

    def _hand_out(self):
        """Give those of these new tickets that nobody has to who has the fewest, where their category says so and its role has people."""
        for ticket_sudo in self.sudo():  # who asks assigns nobody
            category = ticket_sudo.category_id
            if category.handing == 'fewest' and not ticket_sudo.assignee_id and ticket_sudo._workers_among(category.role_id.user_ids):
                ticket_sudo.assignee_id = ticket_sudo._next_person(ticket_sudo._people_on_duty())

    def _next_person(self, people):
        """Return to whom of these people this one ticket goes."""
        self.ensure_one()
        loads = self._loads(people)
        newest = dict(self.env['it.ticket'].sudo()._read_group([('assignee_id', 'in', people.ids)], ['assignee_id'], ['id:max']))
        key = ticket_load.next_person(ticket_load.Person(one.id, loads.get(one, 0), newest.get(one, 0)) for one in people)
        return people.browse(key or [])

    @api.model
    def _loads(self, people):
        """Return ``{user: how many tickets they work on}``, of all companies: it is one day that they have."""
        # sudo: how much somebody has is counted, nothing of it read
        return dict(self.env['it.ticket'].sudo()._read_group(
            [('assignee_id', 'in', people.ids), ('state', 'in', WORKED_ON)], ['assignee_id'], ['__count']))

    # === WHO IS CALLED === #

    def _call_for_work(self):
        """Give an activity to everybody for whom one of these tickets waits, and take it from everybody else."""
        for ticket_sudo in self.sudo():  # who asks calls people whom they may not see
            # A word on what was solved or closed is to be read now, whenever the solution was due.
            due_at = ticket_sudo.state in WORKED_ON and ticket_sudo.due_at or clock.now(self.env)
            if ticket_sudo.state == 'resolved' and ticket_sudo._is_by_own_hand():
                ticket_sudo._ask_second()
            ticket_sudo._call_people(
                TAKE_UP, ticket_sudo._waits_for(), date_deadline=local_time.local_date(due_at, ticket_sudo.company_id.itc_tz))

    def _waits_for(self):
        """Return the people whom this ticket waits for: nobody once it is worked on, also with a larger one, or taken by somebody who is here.

        One that was answered, though it was closed without a word, waits for who resolved it, or for those on duty if that person works here no
        more; one that who asked worked on themselves, once it is solved, waits for another technician.
        """
        self.ensure_one()
        if self.state == 'resolved' and self._is_by_own_hand():
            return self._second_people()
        if self._is_answered():
            return self._workers_among(self.assignee_id) or self._people_on_duty()
        if self.is_carried:
            return self.env['res.users']
        if self.state == 'new' and self.assignee_id:
            return self.assignee_id - self.env.user
        if self.state in ('new', 'in_progress') and not self.assignee_id:
            return self._people_on_duty()
        return self.env['res.users']

    def _call_people(self, kind, people, **values):
        """Give each of these people an activity on this one ticket, without a mail of its own, and take it from everybody else.

        :param str kind: XML id of the kind of activity
        :param values: what else a new activity gets
        """
        self.ensure_one()
        # sudo: whoever takes a step calls people whose activities they may not see
        ticket_sudo = self.sudo().with_context(mail_activity_quick_update=True, it_ticket_called=True)
        calls = ticket_sudo.activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(kind))
        missing = people - calls.user_id
        finished = self.env.cr.cache.get(FINISHED, ())
        calls.filtered(lambda activity: activity.user_id not in people and activity.id not in finished).unlink()
        for user in missing:
            ticket_sudo.with_context(lang=user.lang).activity_schedule(kind, user_id=user.id, **values)

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

    # === FOLLOWERS === #

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Let only readers of the ticket follow it: followers get its messages by mail, which no record rule stops.

        Who is only called to a new ticket does not follow it: another one will take it.
        """
        if self.env.context.get('it_ticket_called'):
            return True
        for ticket in self:
            readers = ticket._readers_among(partner_ids or [])
            if readers:
                super(ItTicketPeopleMixin, ticket)._message_subscribe(readers, subtype_ids, customer_ids)
        return True

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Let the technician who gets a ticket follow it, with a notice when somebody else assigned it."""
        followers = super()._message_auto_subscribe_followers(updated_values, default_subtype_ids)
        user_sudo = self.env['res.users'].sudo().browse(updated_values.get('assignee_id') or [])
        if user_sudo:
            template = 'it_continuity.it_ticket_message_assigned' if user_sudo != self.env.user else False
            followers.append((user_sudo.partner_id.id, default_subtype_ids, template))
        return followers

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Say in the notice's subject which ticket was assigned, and in the notice what was asked."""
        for ticket in self:
            ticket._tell(self.env['res.partner'].browse(partner_ids), template)

    def _readers_among(self, partner_ids):
        """Return those of these partners whose user may read this ticket."""
        self.ensure_one()
        # sudo: whether a colleague has a login is not readable by every employee
        partners_sudo = self.env['res.partner'].sudo().browse(partner_ids).exists()
        own_companies = self.with_context(allowed_company_ids=[])
        return [
            partner.id for partner in partners_sudo
            if any(own_companies.with_user(user.id).has_access('read') for user in partner.user_ids)
        ]

    def _outsiders_among(self, partner_ids):
        """Return those of these partners who are colleagues, or were, and may not read this ticket; who asked for it knows it."""
        self.ensure_one()
        # sudo: whether a colleague has a login is not readable by every employee
        partners_sudo = self.env['res.partner'].sudo().browse(partner_ids).exists()
        colleagues_sudo = partners_sudo.filtered(lambda partner: any(
            not user.share and user.id != SUPERUSER_ID for user in partner.with_context(active_test=False).user_ids))
        readers = self._readers_among(colleagues_sudo.ids)
        return colleagues_sudo.filtered(lambda partner: partner.id not in readers) - self.sudo().requester_id.partner_id

    def _check_may_be_told(self, partner_ids):
        """:raises AccessError: one of these partners is a colleague who may not read this ticket"""
        outsiders_sudo = self._outsiders_among(partner_ids)
        if outsiders_sudo:
            raise AccessError(self.env._(
                "%(names)s may not read %(number)s, and so gets no message about it and no activity on it. Leave them out, or name them under “For whom”.",
                names=", ".join(outsiders_sudo.mapped('name')), number=self.name))

    # === MAILS === #

    def message_post(self, *, partner_ids=None, **kwargs):
        """:raises AccessError: a person tells a colleague who may not read it, or rates with a message; what software or a mail names, is left out"""
        told = self._told(partner_ids, kwargs)
        self._check_not_rated_by(kwargs)
        return super().message_post(partner_ids=told, **kwargs)

    def message_notify(self, *, partner_ids=False, **kwargs):
        """:raises AccessError: a person tells a colleague who may not read it"""
        return super().message_notify(partner_ids=self._told(partner_ids, kwargs), **kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out who followed while they could read it, and cannot any more."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if len(self) != 1:
            return recipients
        outsiders = self._outsiders_among([one['id'] for one in recipients if one['id']]).ids  # an address alone has none
        return [one for one in recipients if one['id'] not in outsiders]

    def _told(self, partner_ids, kwargs):
        if len(self) != 1 or not partner_ids:
            return partner_ids
        if self.env['mail.message']._is_software() or kwargs.get('message_type') == 'email':
            outsiders = self._outsiders_among(partner_ids).ids
            return [partner_id for partner_id in partner_ids if partner_id not in outsiders]
        self._check_may_be_told(partner_ids)
        return partner_ids

    def _message_compute_subject(self):
        """Return the subject of every mail about this ticket; only its readers get any."""
        self.ensure_one()
        return f"[{self.name}] {self.subject}"

    def _tell(self, partners, template, layout=LAYOUT):
        """Send a mail of its own to each of these people, in their language; the chatter stays as it is.

        :param str template: XML id of its text, with ``ticket`` and ``person``
        :return: those of them who have a way to be told
        """
        self.ensure_one()
        told = self.env['res.partner']
        for partner_sudo in partners.sudo() - self._outsiders_among(partners.ids):
            if not partner_sudo.email and 'inbox' not in partner_sudo.user_ids.mapped('notification_type'):
                continue
            ticket = self.with_context(lang=partner_sudo.lang)
            with software_speaks(self.env):
                ticket.message_notify(
                    subject=ticket._message_compute_subject(), body=ticket._mail_text(template, partner_sudo), partner_ids=partner_sudo.ids,
                    email_layout_xmlid=layout, model_description=self.env._("IT ticket"), notify_author=True, **self._sender())
            told |= partner_sudo
        return told

    def _mail_text(self, template, partner):
        # sudo: who asked may read what was done, not who they all are
        return self.env['ir.qweb'].with_context(lang=partner.lang)._render(
            template, {'ticket': self.sudo().with_context(lang=partner.lang), 'person': partner}, minimal_qcontext=True)

    def _sender(self):
        """Return who writes: the one who acts, with the company's address if they have none."""
        user_sudo = self.env.user.sudo()
        address = user_sudo.email_formatted or self.sudo().company_id.email_formatted or self.env.ref('base.partner_root').sudo().email_formatted
        return {'author_id': user_sudo.partner_id.id, 'email_from': address}

    # === WORDS THAT COME IN === #

    def _message_post_after_hook(self, message, msg_values):
        """Take what people write, in the chatter or by mail, for the word that it is; so is what they say as they finish an activity."""
        result = super()._message_post_after_hook(message, msg_values)
        if message.message_type in WORDS or message.mail_activity_type_id:  # what a person says is of another type is taken as it is made
            is_open = message.subtype_id == self.env.ref('mail.mt_comment') and not message.is_internal
            self._take_word(message.author_id, is_reply=is_open and message.message_type in WORDS)
        return result

    @api.model
    def _get_allowed_message_params(self):
        """Return what a person's browser says of a message, which is posted in superuser mode: not its type, what a person writes is a comment."""
        return super()._get_allowed_message_params() - {'message_type'}

    def _message_mail_after_hook(self, mails):
        """Take what a person sends about many of these tickets at once, which is made in superuser mode, for the word that it is."""
        result = super()._message_mail_after_hook(mails)
        messages_sudo = mails.sudo().mail_message_id
        if self.env['mail.message']._is_by_person():
            ids = {message.res_id for message in messages_sudo if message.model == self._name and message._says_something()}
            self.browse(ids)._take_act()
        return result

    def _message_update_content(self, message, /, *, body, **kwargs):
        """Take a message that is written anew for a new word: it may say the opposite now."""
        result = super()._message_update_content(message, body=body, **kwargs)
        if message.message_type in WORDS:
            self._take_word(message.author_id, is_reply=False)
        return result

    def _get_said(self, names):
        """Return ``{id: what stands in these fields}`` of what a person is going to write into these requests, nothing if it is the software."""
        names = [] if self.env.su else [name for name in SAID if name in names]
        return {ticket.id: [ticket._get_said_in(name) for name in names] for ticket in self} if names else {}

    def _get_said_in(self, name):
        value = self[name]
        return dict(value._values or {}) if name == 'request_values' else value.ids if name == 'attachment_ids' else value

    def _take_said(self, names, before):
        """Take what was written into these requests for a word, as a message would be. :param before: see ``_get_said``"""
        now = self._get_said(names) if before else {}
        self.filtered(lambda ticket: ticket.id in before and now[ticket.id] != before[ticket.id])._take_act()

    # === EVENTS === #

    def _tell_logged(self):
        """Thank who asked, with the number, and tell those who are called to it; who assigned it told the assignee already."""
        for ticket in self:
            ticket_sudo = ticket.sudo()
            ticket._tell(ticket_sudo.requester_id.partner_id, 'it_continuity.it_ticket_message_logged')
            if not ticket.assignee_id:
                called = ticket_sudo._waits_for() - ticket_sudo.requester_id - self.env.user
                ticket._tell(called.partner_id, 'it_continuity.it_ticket_message_new')

    def _ask_for_confirmation(self):
        """Tell who asked what was done, and ask whether it works: one message, and an activity without a mail of its own.

        Who worked on it too is not asked: that another technician has to close it is told, and those are called.
        """
        self.ensure_one()
        if self._is_by_own_hand():
            self._say_to_followers(self.env._("Resolved. Another technician closes it, as who asked worked on it too."))
            return
        requester_sudo = self.requester_id.sudo()
        with software_speaks(self.env):
            self.message_post(
                body=self._mail_text('it_continuity.it_ticket_message_resolved', requester_sudo.partner_id),
                partner_ids=requester_sudo.partner_id.ids, subtype_xmlid='mail.mt_comment', email_layout_xmlid=QUESTION, **self._sender())
        self.with_context(mail_activity_quick_update=True, lang=requester_sudo.lang).activity_schedule(CONFIRM, user_id=requester_sudo.id)

    def _forget_confirmation_request(self):
        # sudo: the request goes with its reason, whoever takes that away
        self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(CONFIRM)).unlink()

    def _say_to_followers(self, text, kind='notification'):
        """Write a line into the chatter, which its people get by mail.

        :param kind: ``comment`` for what a technician says by the button to who asked
        """
        self.ensure_one()
        partners_sudo = (self.requester_id | self.assignee_id).sudo().partner_id
        partners_sudo -= self._outsiders_among(partners_sudo.ids)
        with software_speaks(self.env):
            self.message_post(
                body=Markup("<p>%s</p>") % text, partner_ids=(partners_sudo - self.env.user.partner_id).ids,
                message_type=kind, subtype_xmlid='mail.mt_comment', **self._sender())
