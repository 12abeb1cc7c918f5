from contextlib import contextmanager

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib import find_words, ticket_family
from ...lib.unnamed import unnamed
from ..mixins import clock
from ..mixins.groups import WORKERS
from .ticket_people import TAKE_UP

CANDIDATES = 200
MAX_ID = 2**31 - 1  # what the database can hold


class ItTicketFamilyMixin(models.AbstractModel):
    """Tickets that belong together: doubles of one, and parts of a larger incident.

    Nobody reads another's ticket through it: a colleague sees of the other one its number, and hears on the own ticket what becomes of it.
    """
    _name = 'it.ticket.family.mixin'
    _description = "Tickets That Belong Together"

    duplicate_of_id = fields.Many2one(
        'it.ticket', string="Same as", check_company=True, readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="The ticket with which this one is handled, as both ask for the same.")
    duplicate_ids = fields.One2many('it.ticket', 'duplicate_of_id', string="Doubles", readonly=True, groups=WORKERS)
    duplicate_count = fields.Integer("Number of doubles", compute='_compute_family_counts', groups=WORKERS)
    parent_id = fields.Many2one(
        'it.ticket', string="Part of", check_company=True, readonly=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="The larger incident that this request is a part of. It is solved with that one, and confirmed by its own requester.")
    child_ids = fields.One2many('it.ticket', 'parent_id', string="Parts", readonly=True, groups=WORKERS)
    child_count = fields.Integer("Number of parts", compute='_compute_family_counts', groups=WORKERS)
    is_carried = fields.Boolean(
        compute='_compute_is_carried', help="It is a part of an incident that is worked on, and waits for nobody of its own.")

    # === COMPUTE METHODS === #

    @api.depends('duplicate_ids', 'child_ids')
    def _compute_family_counts(self):
        tickets = self.env['it.ticket']
        doubles = dict(tickets._read_group([('duplicate_of_id', 'in', self.ids)], ['duplicate_of_id'], ['__count']))
        parts = dict(tickets._read_group([('parent_id', 'in', self.ids)], ['parent_id'], ['__count']))
        for ticket in self:
            ticket.duplicate_count = doubles.get(ticket._origin, 0)
            ticket.child_count = parts.get(ticket._origin, 0)

    @api.depends('state', 'parent_id.state')
    def _compute_is_carried(self):
        for ticket in self:
            # sudo: whether the incident is worked on is told to whoever reads a part of it
            ticket.is_carried = ticket.state in ticket_family.WORKED_ON and ticket.parent_id.sudo().state in ticket_family.WORKED_ON

    # === ACTION METHODS === #

    def action_merge_into(self, target_id):
        """End these tickets as doubles of another one, with which they are handled from here on.

        Their words and files stay on them, where who asked reads on; who works on the other one follows them too.

        :raises UserError: one of them is not worked on or was asked for before the other one, or that one is done, of another company, or among them
        """
        target = self._joined_to('double', target_id)
        self._check_nothing_else_open()
        for ticket in self:
            ticket._become_double(target)

    def action_join_incident(self, target_id):
        """Make these tickets parts of a larger incident: they wait for nobody of their own, and are resolved with it.

        :raises UserError: one of them is not worked on or has parts itself, or the other one is done, a part itself, or among them
        """
        incident = self._joined_to('part', target_id)
        for ticket in self:
            ticket._transition({'parent_id': incident.id})
            ticket._link_with(incident)
            asked = ticket.with_context(lang=ticket.requester_id.sudo().lang)
            asked._say_to_followers(asked.env._(
                "This is part of something larger, on which IT works as %(number)s. You are asked here whether it is solved.", number=incident.name), 'comment')
            incident._note(self.env._("%(number)s is a part of it now.", number=ticket._number_link()))

    def action_separate(self, reason):
        """Take up again by themselves what was merged: it is something else after all, or not solved for who asked.

        :raises AccessError: neither a technician nor who asked says it
        :raises UserError: it was not merged, or no reason is given
        """
        reason = self._checked_reason(reason)
        for ticket in self:
            if ticket.requester_id != self.env.user and not self._is_technician():
                raise AccessError(self.env._("Only the colleague who asked and the technicians take a request up again by itself."))
            if not ticket.duplicate_of_id:
                raise UserError(self.env._("%(number)s is not handled with another ticket.", number=ticket.name))
            ticket._come_back(reason)

    def action_leave_incident(self):
        """Work on these tickets by themselves again, apart from the incident of which they were parts."""
        self._check_technician()
        parts = self.filtered('parent_id')
        parts._check_state(*ticket_family.OPEN)
        for ticket in parts:
            incident = ticket.parent_id
            with ticket._keeping_hands(incident):
                ticket._transition({'parent_id': False})
            incident._note(self.env._("%(number)s is no part of it any more.", number=ticket._number_link()))

    def action_open_doubles(self):
        """Return the tickets that were merged into this one."""
        self.ensure_one()
        return self._action_of(self.env._("Doubles of %(number)s", number=self.name), [('duplicate_of_id', '=', self.id)])

    def action_open_parts(self):
        """Return the parts of this one incident."""
        self.ensure_one()
        return self._action_of(self.env._("Parts of %(number)s", number=self.name), [('parent_id', '=', self.id)])

    # === CHECKS === #

    def _joined_to(self, kind, target_id):
        """Return the ticket to which these are going to belong.

        :param kind: ``double`` or ``part``
        :raises UserError: it may not be
        """
        self._check_technician()
        self.check_access('write')
        is_id = type(target_id) is int and 0 < target_id <= MAX_ID
        target = self.browse(target_id).exists() if is_id else self.browse()
        if not target or not self:
            raise UserError(self.env._("Choose the ticket to which it belongs."))
        target.check_access('read')
        members = [ticket._as_member() for ticket in self]
        refusal = ticket_family.refusal(kind, target._as_member(), members)
        if refusal == 'state':
            self._check_state(*ticket_family.WORKED_ON)
        if refusal:
            raise UserError(target._refusal_words(refusal, self))
        return target

    def _check_stays_in_company(self, vals):
        """:raises UserError: a ticket that belongs to others would go to another company"""
        for ticket_sudo in self.sudo() if 'company_id' in vals else ():  # whoever changes it need not read the others
            together = ticket_sudo.parent_id | ticket_sudo.child_ids | ticket_sudo.duplicate_of_id | ticket_sudo.duplicate_ids
            if together and ticket_sudo.company_id.id != vals['company_id']:
                raise UserError(self.env._(
                    "%(number)s belongs together with %(others)s, so its company stays. Only tickets of one company belong together.",
                    number=ticket_sudo.name, others=", ".join(together.mapped('name'))))

    def _as_member(self):
        self.ensure_one()
        return ticket_family.Member(self.id, self.state, self.company_id.id, self.parent_id.id or None, bool(self.child_ids), self.requested_at)

    def _refusal_words(self, refusal, members):
        """Return why these members may not be joined to this one ticket."""
        names = dict(self._fields['state']._description_selection(self.env))
        numbers = {'number': self.name, 'earlier': min(members, key=lambda ticket: ticket.requested_at).name}
        return {
            'itself': self.env._("A ticket cannot be joined to itself. Choose another one."),
            'company': self.env._("Only tickets of one company are joined."),
            'target_state': self.env._("%(number)s is “%(state)s”. Choose one that is worked on.", number=self.name, state=names[self.state]),
            'target_is_part': self.env._(
                "%(number)s is itself a part of %(incident)s. Choose that one.", number=self.name, incident=self.parent_id.name),
            'has_parts': self.env._("One of these has parts of its own. Let its parts leave it first, or make it a double."),
            'target_is_newer': self.env._(
                "%(earlier)s was asked for before %(number)s. Join it the other way round: %(number)s is the double.", **numbers)
            if self.state in ticket_family.WORKED_ON else self.env._(
                "%(earlier)s was asked for before %(number)s, which is solved already. Write in %(earlier)s what was done, and resolve it.", **numbers),
        }[refusal]

    # === BUSINESS METHODS === #

    def _joinable(self, kind):
        """Return the domain of the tickets to which these may be joined, as ``_joined_to`` decides."""
        domain = Domain('id', 'not in', self.ids) & Domain('company_id', '=', self[:1].company_id.id)
        if kind == 'part':
            return domain & Domain('state', 'in', ticket_family.WORKED_ON) & Domain('parent_id', '=', False)
        return domain & Domain('state', 'in', ticket_family.OPEN) & Domain(
            'requested_at', '<=', min(self.mapped('requested_at'), default=False))

    def _find_similar(self, limit, kind='double'):
        """Return tickets to which these may be joined, and that may be the same: in their words, about their system, of their kind."""
        ticket, tickets = self[:1], self.env['it.ticket']
        if not ticket:
            return tickets
        candidates = tickets.search_fetch(self._joinable(kind), ['subject', 'category_id', 'asset_id', 'state'], order='id desc', limit=CANDIDATES)
        asked = find_words.words(ticket.subject or '')
        by_words = find_words.best(asked, (find_words.Text(one.id, one.subject) for one in candidates), limit) if asked else []
        about_it = candidates.filtered(lambda one: one.asset_id and one.asset_id == ticket.asset_id)
        of_kind = candidates.filtered(lambda one: one.category_id == ticket.category_id)
        return (tickets.browse(by_words) | about_it | of_kind)[:limit]

    def _become_double(self, target):
        """End this one ticket as a double; what belonged to it belongs to the target."""
        self.ensure_one()
        home = ticket_family.home_of_parts(self.id, target._as_member())
        if target.parent_id == self:
            target._transition({'parent_id': False})
        parts = self._open_parts()
        with parts._keeping_hands(self):
            parts._transition({'parent_id': home})
        parts._call_second_if_own()
        if self.duplicate_ids:
            with self._keeping_hands(self.duplicate_ids):
                self.duplicate_ids._transition({'duplicate_of_id': target.id})
        theirs = self.with_context(lang=self.company_id._get_itc_lang())
        with self._keeping_hands(self.parent_id):
            self._transition({
                'duplicate_of_id': target.id, 'parent_id': False, 'state': 'cancelled', 'closed_at': clock.now(self.env),
                'cancel_reason': theirs.env._("It is the same as %(number)s and is handled there.", number=target.name)})
        self._link_with(target)
        target.message_subscribe((self.sudo().message_partner_ids - self.sudo().requester_id.partner_id).ids)
        self._tell_joined(target)
        target._note(self.env._("%(number)s is the same and is handled here.", number=self._number_link()))
        target._call_second_if_own()

    def _tell_joined(self, target):
        """Tell who asked, on their own ticket, with which number it goes on."""
        asked = self.with_context(lang=self.requester_id.sudo().lang)
        asked._say_to_followers(
            asked.env._("It is the same as %(number)s, which is solved already. If it is not solved for you, open this request and say so.", number=target.name)
            if target.state == 'resolved' else asked.env._(
                "It is the same as %(number)s, on which IT works. You hear here when it is solved.", number=target.name))

    def _open_parts(self):
        """Return the parts of these incidents on which a step may still be taken; one that is closed stays as it is."""
        return self.child_ids.filtered(lambda part: part.state in ticket_family.OPEN)

    def _link_with(self, other):
        """Let who works on the other ticket hear what is said on this one."""
        self.message_subscribe(other.sudo().assignee_id.partner_id.ids)

    def _number_link(self):
        """Return this one ticket's number, which is all that readers of another ticket see of it, with the way to it for who may go."""
        return self._get_html_link(title=self.name)

    def _note(self, words):
        """Note on this one ticket what became of another one."""
        self._message_log(body=Markup('<p>%s</p>') % words)

    def _come_back(self, reason):
        """Take this one double up again by itself, without the time for which it was one; it is reopened if who asked says that it is not solved."""
        target_sudo, since, is_theirs = self.sudo().duplicate_of_id, self.closed_at, self.requester_id == self.env.user
        with target_sudo._keeping_hands(self):
            self._transition({
                'state': 'in_progress' if self.started_at else 'new', 'duplicate_of_id': False, 'closed_at': False, 'cancel_reason': False,
                **(self._prepare_reopening(reason) if is_theirs else {})})
        self.env['it.ticket.pause']._begin(
            self, 'double', target_sudo.name, started_at=since, ended_at=clock.now(self.env), ended_by_id=self.env.uid)
        self._say_to_followers(self.env._("Taken up again by itself: %(reason)s", reason=reason))
        target_sudo._note(self.env._("%(number)s is no double of it any more.", number=self._number_link()))

    # === WHAT A STEP DOES TO THE OTHERS === #

    def _settle_held(self):
        """Let the time of these parts stand still while the incident that carries them waits for somebody outside, and go on when it does not."""
        for part_sudo in self.sudo():  # pauses are nobody's to write
            incident_sudo = part_sudo.parent_id if part_sudo.is_carried else part_sudo.browse()
            why_sudo = incident_sudo.pause_ids.filtered(lambda pause: pause.kind == 'outside' and not pause.ended_at)
            part_sudo.pause_ids.filtered(lambda pause, why=why_sudo: pause.of_id and pause.of_id != why and not pause.ended_at)._end(self.env.user)
            if why_sudo and not part_sudo.waiting_for:
                theirs = part_sudo.with_context(lang=part_sudo.company_id._get_itc_lang())
                self.env['it.ticket.pause']._begin(part_sudo, 'outside', theirs.env._(
                    "%(number)s waits for somebody outside, and this is a part of it.", number=incident_sudo.name), of_id=why_sudo.id)

    def _follow_relatives(self, vals):
        """Let whoever these values give these tickets to hear what is said on those that belong to them."""
        if vals.get('assignee_id'):
            relatives_sudo = self.sudo().duplicate_ids | self.sudo().child_ids
            relatives_sudo.message_subscribe(self.env['res.users'].browse(vals['assignee_id']).sudo().partner_id.ids)

    def _take_word_for_double(self, author, is_from_work):
        """Call who works on the other ticket to a word on these doubles, on which nobody works; a technician's word is the answer. Superuser mode.

        Who asked for both answers on either.
        """
        for double in self.filtered('duplicate_of_id'):
            target, people = double.duplicate_of_id, self.env['res.users']
            if not is_from_work or double.requester_id.partner_id == author:
                people = target._workers_among(target.assignee_id) or target._people_on_duty()
            double._call_people(TAKE_UP, people)
            if target.requester_id.partner_id == author:
                target._take_word(author, is_reply=False)

    def _carry_family(self, vals):
        """Let a step on these tickets reach those that belong to them."""
        if vals.get('state') == 'resolved':
            for ticket in self:
                ticket._solve_relatives()
        elif vals.get('state') == 'cancelled':
            for ticket in self:
                ticket._free_relatives()

    def _solve_relatives(self):
        """Tell those who asked for the same, and resolve the parts: who asked for one is asked whether it is solved."""
        for double_sudo in self.sudo().duplicate_ids.filtered(lambda double: double.requester_id != self.requester_id):
            asked = double_sudo.with_context(lang=double_sudo.requester_id.lang)
            asked._say_to_followers(asked.env._(
                "Solved, together with %(number)s. If it is not solved for you, open this request and say so.", number=self.name))
        for part in self.child_ids.filtered(lambda part: part.state in ticket_family.WORKED_ON):
            part._solve_with(self)
        self.child_ids._call_second_if_own()  # one that was solved before, and worked on here since

    def _solve_with(self, incident):
        """Resolve this one part with its incident, or leave it to its technician if something has to be done for it alone.

        Who asked for the part is told what was done, but not what was changed in Odoo for who asked for the incident.
        """
        self._keep_shares(incident)
        left = self._get_open_work()
        if left:
            self._note(self.env._(
                "%(number)s is solved. This one stays open, as this has to be done for it: %(names)s.", number=incident.name, names="; ".join(left)))
            self._call_for_work()
        else:
            self.action_resolve()

    def _keep_shares(self, incident):
        """Write on this one part what was done on its incident, a step for each who worked there: whose work it is stays so, also apart from it."""
        asked_sudo = incident.sudo().requester_id | incident.sudo().requested_for_id.user_id
        names = [*asked_sudo.mapped('name'), *asked_sudo.mapped('login'), incident.sudo().requested_for_id.name]
        told = incident.step_ids.filtered(lambda step: not step.is_earlier and not step.is_deed)
        # Who presses resolves the part too; who has a step on it already and says nothing new is known.
        people = told.done_by_id | (incident._hands() - self.env.user - self.step_ids.done_by_id)
        steps = self.env['it.ticket.step']
        with steps._past_guard():
            for person in people or self.env.user:
                done = [unnamed(step.description, names) for step in told if step.done_by_id == person]
                steps.create({
                    'ticket_id': self.id, 'done_by_id': person.id,
                    'description': self.env._("Solved with %(number)s: %(done)s", number=incident.name, done="\n".join(done)) if done
                    else self.env._("Solved with %(number)s.", number=incident.name)})

    @contextmanager
    def _keeping_hands(self, others):
        """Let the block part these tickets from others; who worked on those, as far as it was done for these, worked on these from here on too."""
        before = {ticket: ticket._hands() for ticket in self}
        yield
        for ticket, hands in before.items():
            self.env['it.ticket.step']._keep_hands(ticket, hands - ticket._hands(), self.env._(
                "Worked on %(numbers)s, while it belonged together with this one.", numbers=", ".join(others.sudo().mapped('name'))))

    def _free_relatives(self):
        """Lose nobody's request with one that is dropped: its doubles are taken up again, its parts stand by themselves.

        As the software: who drops a request need not know who else asked, nor they who dropped it.
        """
        alone = self.with_user(SUPERUSER_ID).with_context(lang=self.company_id.sudo()._get_itc_lang())
        for double in alone.duplicate_ids:
            double._track_discard()  # the note of what changed would bear the name of who dropped it
            double._come_back(alone.env._("%(number)s, with which it was handled, is cancelled.", number=self.name))
        parts = alone._open_parts()
        with parts._keeping_hands(alone):
            parts._transition({'parent_id': False})
