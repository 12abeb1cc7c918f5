from dataclasses import dataclass

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib.ticket_family import OPEN
from ..service_desk.ticket_category import ICON

ROWS = 6
FOUND = 5
MAX_SUBJECT = 120
MAX_ID = 2**31 - 1  # what the database can hold
REQUEST_FIELDS = ('name', 'subject', 'state', 'answered_at', 'requester_id', 'category_id', 'assignee_id', 'waiting_for')
ANSWER_FIELDS = ('title', 'text', 'helped_count')


@dataclass(frozen=True)
class Choice:
    """What may be wrong with a system: one tap.

    :param category: code of the kind of request
    """
    key: str
    icon: str
    category: str


OTHER = Choice('other', 'fa-commenting-o', 'other')
CHOICES = {'printer': (Choice('jam', 'fa-print', 'printer_problem'), Choice('ink', 'fa-tint', 'printer_ink'), OTHER)}
USUAL = (Choice('dead', 'fa-power-off', 'remote_help'), Choice('slow', 'fa-hourglass-half', 'remote_help'), OTHER)


class ItAsk(models.AbstractModel):
    """The page on which a colleague's day with IT begins: what helped others, kinds of requests, the own requests, a system that was scanned."""
    _name = 'it.ask'
    _description = "Ask IT"

    # === WHAT THE SCREEN ASKS FOR === #

    @api.model
    @api.readonly
    def get_home(self, asset_id=False):
        """Return all that the page draws, in a number of queries that grows neither with tickets nor with answers.

        :param asset_id: the system whose code was scanned
        :raises AccessError: the person has none of our groups
        :return: ``{'can_ask', 'place': None or see ``_place``, 'is_place_unknown', 'tiles': [{'id', 'name', 'icon'}],
            'requests': [see ``_request``], 'request_count', 'answers': [see ``_answer``]}``
        """
        self.env['it.ticket.category'].check_access('read')
        can_ask = self.env['it.ticket'].has_access('create')
        place = asset_id and self._place(asset_id)
        return {
            'can_ask': can_ask,
            'place': place or None,
            'is_place_unknown': bool(asset_id and not place),
            'tiles': self._tiles() if can_ask else [],
            **self._requests(),
            'answers': self._answers(self.env['it.known.answer'].search_fetch([], ANSWER_FIELDS, limit=FOUND)),
        }

    @api.model
    @api.readonly
    def find(self, sentence):
        """Return what a colleague's words find.

        :raises AccessError: the person has none of our groups
        :return: ``{'answers': [see ``_answer``], 'tiles': [{'id', 'name', 'icon'}]}``, each at most ``FOUND``, the best first
        """
        categories = self.env['it.ticket.category']
        categories.check_access('read')
        sentence = sentence.strip()[:MAX_SUBJECT] if isinstance(sentence, str) else ''
        if not sentence:
            return {'answers': [], 'tiles': []}
        found = categories.browse([category_id for category_id, _name in categories.name_search(sentence, limit=FOUND)])
        return {'answers': self._answers(self.env['it.known.answer']._find(sentence, FOUND)), 'tiles': [self._tile(one) for one in found]}

    @api.model
    def log_about(self, asset_id, key, sentence=''):
        """Log what is wrong with a system whose code was scanned, in the name of the person, who said it in one tap and at most a sentence.

        :raises UserError: it is no longer kept, or of another company, or has no such choice
        :return: ``{'id', 'number'}`` of the ticket
        """
        asset = self._scanned(asset_id)
        category_of = {choice.key: category for choice, category in self._choices(asset)} if asset else {}
        if not isinstance(key, str) or key not in category_of:
            raise UserError(self.env._("This system is no longer kept here. Ask IT without it: choose a kind of request."))
        words = ' '.join(sentence.split()) if isinstance(sentence, str) else ''
        what = self._choice_words()[key]
        subject, description = self._said(words or self.env._("%(what)s: %(system)s", what=what, system=asset.name), what if words else '')
        tickets = asset.env['it.ticket']
        ticket = tickets._log_by_channel('qr', tickets._prepare_values(subject, description, category=category_of[key], asset=asset))
        return {'id': ticket.id, 'number': ticket.name}

    # === WHAT IS SHOWN === #

    @api.model
    def _tiles(self):
        return [self._tile(category) for category in self.env['it.ticket.category'].search_fetch([('is_offered', '=', True)], ['name', 'icon'])]

    @api.model
    def _tile(self, category):
        return {'id': category.id, 'name': category.name, 'icon': category.icon or ICON}

    @api.model
    def _answers(self, answers):
        """Return each as ``{'id', 'title', 'text': HTML, 'helped': number}``."""
        return [{'id': one.id, 'title': one.title, 'text': one.text, 'helped': one.helped_count} for one in answers]

    @api.model
    def _requests(self):
        """Return the reader's open requests, what waits for their word first, as ``{'requests': [see ``_request``], 'request_count'}``."""
        tickets, me = self.env['it.ticket'], self.env.uid
        is_open = Domain('state', 'in', OPEN) & (Domain('requester_id', '=', me) | Domain('requested_for_id.user_id', '=', me))
        waits = (Domain('can_confirm', '=', True) & Domain('answered_at', '=', False)) | (
            Domain('requester_id', '=', me) & Domain('waiting_for', '=', 'requester'))
        first = tickets.search_fetch(waits, REQUEST_FIELDS, limit=ROWS, order='resolved_at, id')
        rest = tickets.search_fetch(
            is_open & Domain('id', 'not in', first.ids), REQUEST_FIELDS, limit=ROWS - len(first), order='id desc') if len(first) < ROWS else tickets
        names = dict(tickets._fields['state']._description_selection(self.env))
        return {
            'requests': [self._request(ticket, names, ticket in first) for ticket in first + rest],
            'request_count': tickets.search_count(is_open),
        }

    @api.model
    def _request(self, ticket, names, waits):
        """Return ``{'id', 'number', 'subject', 'category', 'state', 'state_name', 'waits': whether the reader has the word, 'is_asked': a question}``."""
        return {
            'id': ticket.id, 'number': ticket.name, 'subject': ticket.subject, 'category': ticket.category_id.name,
            'state': ticket.state, 'state_name': names[ticket.state], 'waits': waits, 'is_asked': ticket.waiting_for == 'requester'}

    # === A SYSTEM THAT WAS SCANNED === #

    @api.model
    def _place(self, asset_id):
        """Return ``{'id', 'name', 'location', 'known': open requests about it, 'choices': [{'key', 'name', 'icon'}]}``, None when it is not kept."""
        asset = self._scanned(asset_id)
        if not asset:
            return None
        # sudo: that somebody has said it already is told, not who or what
        known = self.env['it.ticket'].sudo().search_count([('asset_id', '=', asset.id), ('state', 'in', ('new', 'in_progress'))])
        words = self._choice_words()
        return {
            'id': asset.id, 'name': asset.name, 'location': asset.location or '', 'known': known,
            'choices': [{'key': choice.key, 'name': words[choice.key], 'icon': choice.icon} for choice, _category in self._choices(asset)]}

    @api.model
    def _scanned(self, asset_id):
        """Return the system of a code if it is in use in one of the person's companies, whichever they have switched on.

        :raises AccessError: the person has none of our groups
        """
        if type(asset_id) is not int:
            raise AccessError(self.env._("This is not the code of a system."))
        if not 0 < asset_id <= MAX_ID:
            return self.env['it.asset']
        companies = self.env.company | self.env.user.company_ids  # the one at work first: what is logged about a shared system is of that one
        return self.env['it.asset'].with_context(allowed_company_ids=companies.ids).search([('id', '=', asset_id)])

    @api.model
    def _choice_words(self):
        """Return by key what the reader sees of a choice, which is the subject of a request that says no more."""
        return {
            'jam': self.env._("Paper is jammed, or it does not print"),
            'ink': self.env._("Ink or toner is empty"),
            'dead': self.env._("It does not start or answer"),
            'slow': self.env._("It is slow or stops again and again"),
            'other': self.env._("Something else"),
        }

    @api.model
    def _choices(self, asset):
        """Return what may be wrong with a system, each with its kind of request; what has none here is left out, save the last."""
        choices = CHOICES.get(asset.kind, USUAL)
        categories = self.env['it.ticket.category'].search([('code', 'in', [choice.category for choice in choices])]).grouped('code')
        return [(choice, categories.get(choice.category)) for choice in choices if choice.category in categories or choice is OTHER]

    @api.model
    def _said(self, words, more=''):
        """Return the subject and the description, as HTML, of what was said in one go: what is too long for a subject stands whole below it.

        :param more: what else belongs into the description
        """
        subject = words
        if len(words) > MAX_SUBJECT:
            cut = words.rfind(' ', 0, MAX_SUBJECT - 1)
            subject = words[:cut if cut > 0 else MAX_SUBJECT - 1] + '…'
        below = [more, words if subject != words else '']
        return subject, Markup().join(Markup("<p>%s</p>") % text for text in below if text) or False
