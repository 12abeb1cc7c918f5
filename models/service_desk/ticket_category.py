import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib import find_words, request_form

ICON = 'fa-question-circle'


class ItTicketCategory(models.Model):
    _name = 'it.ticket.category'
    _description = "IT Ticket Category"
    _inherit = ['it.used.mixin', 'it.code.mixin']
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
    handing = fields.Selection(
        [('take', "Whoever of the role takes it"), ('fewest', "Who is on duty and has the fewest tickets")], "Who gets a new one",
        required=True, default='take', help="Of the people with the role; who is on leave gets none.")
    lacks_people = fields.Boolean("Nobody works on it", compute='_compute_lacks_people')
    instructions = fields.Html(translate=True, help="How the request is worked on; technicians see it on the ticket.")
    request_fields = fields.PropertiesDefinition(
        "What the form asks", help="The fields that a request of this kind asks to be filled in; colleagues may leave any of them empty.")
    checklist_ids = fields.One2many(
        'it.ticket.category.item', 'category_id', copy=True,
        groups='it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor',
        help="What is done for every request of this kind. Each ticket gets its own copy when it is logged.")
    expected_hours = fields.Float(
        "Usually solved within", help="In working hours. Zero: by the ticket's priority alone.")
    ticket_ids = fields.One2many('it.ticket', 'category_id', string="Tickets")

    _code_uniq = models.Constraint('UNIQUE(code)', "Two ticket categories cannot have the same code.")
    _expected_hours_positive = models.Constraint('CHECK(expected_hours >= 0)', "The hours in which it is usually solved cannot be negative.")
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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_clean_form(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_clean_form(vals))

    # === BUSINESS METHODS === #

    @api.model
    def _with_clean_form(self, vals):
        """Return these values with the fields of the form as they are kept.

        :raises ValidationError: a field of the form has no label, or it is no form
        """
        form = vals.get('request_fields')
        if not form:
            return vals
        try:
            form = request_form.clean_form(json.loads(form) if isinstance(form, str) else form)
            self._fields['request_fields']._validate_properties_definition(json.loads(json.dumps(form, allow_nan=False)), self.env)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValidationError(self.env._("The fields of the form cannot be kept as they are. Look at the type and the choices of each.")) from error
        if request_form.unnamed(form):
            raise ValidationError(self.env._("Give each field of the form a label: it is what colleagues are asked."))
        return {**vals, 'request_fields': form}

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
