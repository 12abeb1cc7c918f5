from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import html2plaintext

from ...lib import find_words
from ..mixins.groups import WORKERS
from ..mixins.notice import notice

CANDIDATES = 200


class ItKnownAnswer(models.Model):
    """How something is done, in words for colleagues: who finds it needs no ticket.

    Every employee reads it, so nothing of whom it was done for first belongs into it.
    """
    _name = 'it.known.answer'
    _description = "Known Answer"
    _inherit = ['it.guarded.mixin']
    _order = 'helped_count desc, id desc'
    _rec_name = 'title'
    _check_company_auto = True
    _guarded_fields = frozenset({'helped_user_ids'})

    title = fields.Char(required=True, help="What a colleague would ask, in their words.")
    keywords = fields.Char("Other words", help="Words that colleagues use for it and that do not stand in the answer.")
    text = fields.Html("Answer", required=True, help="What to do, step by step. Every colleague reads it: name nobody.")
    category_ids = fields.Many2many('it.ticket.category', string="Kinds of request")
    asset_ids = fields.Many2many('it.asset', string="Systems", check_company=True)
    company_id = fields.Many2one(
        'res.company', default=lambda self: self.env.company, index=True, help="Empty: the colleagues of every company read it.")
    active = fields.Boolean(default=True)
    ticket_id = fields.Many2one(
        'it.ticket', string="From the ticket", check_company=True, copy=False, index='btree_not_null', groups=WORKERS, ondelete='set null')
    search_text = fields.Text(compute='_compute_search_text', store=True)
    helped_user_ids = fields.Many2many('res.users', 'it_known_answer_helped', string="Whom it helped", copy=False, readonly=True, groups=WORKERS)
    helped_count = fields.Integer("Helped", compute='_compute_helped_count', store=True, help="How many colleagues said that it helped.")

    # === COMPUTE METHODS === #

    @api.depends('title', 'keywords', 'text')
    def _compute_search_text(self):
        for answer in self:
            answer.search_text = "\n".join(filter(None, (answer.title, answer.keywords, html2plaintext(answer.text or ''))))

    @api.depends('helped_user_ids')
    def _compute_helped_count(self):
        for answer in self.with_context(active_test=False):
            answer.helped_count = len(answer.helped_user_ids)

    # === ACTION METHODS === #

    def action_helped(self):
        """Count that it helped the one who says so; who says it again is counted once."""
        self.check_access('read')
        # as the software: whom it helped is not read by every colleague, nor who said so last; each says it of nobody but themselves
        self.with_user(SUPERUSER_ID)._transition({'helped_user_ids': [Command.link(self.env.uid)]})
        return notice(self.env._("Good to know. Thank you."))

    def action_send(self):
        """Open a message to who asked for a ticket, with this one answer in it; nothing is sent before a technician has read it.

        The ticket is the one that the button's context names.
        """
        self.ensure_one()
        self.check_access('read')
        ticket_id = self.env.context.get('it_answer_ticket')
        ticket = self.env['it.ticket'].browse(ticket_id if type(ticket_id) is int else [])
        ticket.ensure_one()
        ticket._check_technician()
        ticket.check_access('write')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Answer %(number)s", number=ticket.name),
            'res_model': 'mail.compose.message',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {
                'default_composition_mode': 'comment',
                'default_model': 'it.ticket',
                'default_res_ids': ticket.ids,
                'default_partner_ids': ticket.requester_id.sudo().partner_id.ids,
                'default_subject': ticket._message_compute_subject(),
                'default_body': self.text,
            },
        }

    # === BUSINESS METHODS === #

    @api.model
    def _find(self, sentence, limit, domain=Domain.TRUE):
        """Return the answers that have the ordinary words of a sentence, also misspelt ones, the best first."""
        asked = find_words.words(sentence or '')
        if not asked:
            return self.browse()
        begin = Domain.OR(Domain('search_text', 'ilike', beginning) for beginning in find_words.beginnings(asked))
        found = self.search_fetch(domain & begin, ['title', 'search_text'], limit=CANDIDATES)
        return self.browse(find_words.best(
            asked, (find_words.Text(answer.id, answer.title, answer.search_text) for answer in found), limit))

    @api.model
    def _find_for(self, sentence, category, asset, limit):
        """Return the answers about a system, then those that have a sentence's words, then those of a kind of request."""
        answers = self.search([('asset_ids', 'in', asset.ids)], limit=limit) if asset else self.browse()
        answers |= self._find(sentence, limit)
        if category and len(answers) < limit:
            answers |= self.search([('category_ids', 'in', category.ids)], limit=limit)
        return answers[:limit]
