from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib import find_words

ICON = 'fa-question-circle'


class ItTicketCategory(models.Model):
    _name = 'it.ticket.category'
    _description = "IT Ticket Category"
    _inherit = ['it.code.mixin']
    _order = 'sequence, name'
    _rec_names_search = ['name', 'keywords']

    name = fields.Char(required=True, translate=True)
    keywords = fields.Char(
        translate=True, help="Other words that colleagues use for it, also as they misspell them: whoever types one finds this category.")
    nature = fields.Selection(
        [
            ('incident', "Something does not work"),
            ('supply', "Something ran dry"),
            ('request', "Somebody wants something"),
        ],
        "What it is", required=True, default='incident',
        help="What does not work or runs dry again and again becomes a suggestion for an improvement; wishes do not.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    icon = fields.Char(
        required=True, default=ICON, help="Name of an icon of Font Awesome 4, such as fa-print or fa-key; colleagues see it on the page Ask IT.")
    is_offered = fields.Boolean(
        "Offered to colleagues", default=True, help="Has a tile on the page Ask IT. Without one it can still be chosen in a request.")
    line_id = fields.Many2one(
        'it.handbook.line', string="Handbook line", index='btree_not_null',
        help="The sentence of the handbook that this kind of request keeps.")
    role_id = fields.Many2one(
        'it.role', string="Responsible role", domain="[('company_id', '=', False)]",
        help="Who works on it unless somebody is named; like the kinds of requests, the role is every company's.")
    lacks_people = fields.Boolean("Nobody works on it", compute='_compute_lacks_people')
    instructions = fields.Html(translate=True, help="How the request is worked on; technicians see it on the ticket.")
    ticket_ids = fields.One2many('it.ticket', 'category_id', string="Tickets")

    _code_uniq = models.Constraint('UNIQUE(code)', "Two ticket categories cannot have the same code.")
    _icon_name = models.Constraint(
        "CHECK(icon ~ '^fa-[a-z0-9]+(-[a-z0-9]+)*$')", "The icon is the name of one of Font Awesome 4, such as fa-print or fa-key.")

    # === COMPUTE METHODS === #

    @api.depends('role_id.is_empty')
    def _compute_lacks_people(self):
        for category in self:
            category.lacks_people = not category.role_id or category.role_id.is_empty

    # === CONSTRAINT METHODS === #

    @api.constrains('role_id')
    def _check_role(self):
        for category in self:
            if category.role_id.company_id:
                raise ValidationError(self.env._(
                    "“%(name)s” is for every company, and the role “%(role)s” has its people in one only.",
                    name=category.name, role=category.role_id.name))

    # === BUSINESS METHODS === #

    @api.model
    def name_search(self, name='', domain=None, operator='ilike', limit=100):
        """Find by the ordinary words of a sentence too: first what has the whole text, else all its words, else one of them."""
        found = super().name_search(name, domain, operator, limit)
        words = find_words.words(name or '')
        if found or operator != 'ilike' or not words:
            return found
        matches = [Domain('display_name', 'ilike', word) for word in words]
        for asked in (Domain.AND(matches), Domain.OR(matches)):
            categories = self.search_fetch(Domain(domain or Domain.TRUE) & asked, ['display_name'], limit=limit)
            if categories:
                return [(category.id, category.display_name) for category in categories]
        return []
