import copy
import json
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Domain

from ...lib import find_words, request_form

ICON = 'fa-question-circle'
TEXT_LANG = 'en_US'  # names in what is sealed are told in one language, whoever writes them


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

    # === WHAT IS ANSWERED TO THE FORM === #

    def _get_form(self):
        """Return the fields of this one kind's form."""
        return self.sudo().request_fields or []

    def _check_answers(self, given, old_answers):
        """:raises UserError: an answer is none that its field can take, or what should be answers to this one kind's form are none"""
        given = getattr(given, '_values', given)
        if not given:
            return
        tickets = self.env['it.ticket']
        try:
            answers = tickets._fields['request_values'].convert_to_cache(copy.deepcopy(given), tickets, validate=False)
            request_form.check_answers(answers or {})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UserError(self.env._("What was filled in cannot be kept: it is too long, or is no text, number or date.")) from error
        for misfit in request_form.fit(self._get_form(), answers or {})[1]:
            if old_answers.get(misfit.name) != answers[misfit.name]:  # what was there may be older than the form
                raise UserError(self._misfit_words(misfit))

    def _fit_answers(self, answers, old_answers, old_category):
        """Return ``(answers that are kept, the same in words or False)``: what this one kind's form asks and can take.

        :param old_answers: what was answered before, to tell what this person answers now
        :param old_category: the kind that it was before, if any
        """
        form, kept = self._get_form(), answers
        if old_category and old_category != self:
            left = {name: value for name, value in answers.items() if old_answers.get(name) == value}
            carried = request_form.carried(old_category._get_form(), form, left)
            kept = {name: value for name, value in answers.items() if name not in left or name in carried}
        kept, _misfits = request_form.fit(form, kept)
        given = {name for name, value in answers.items() if old_answers.get(name) != value}
        kept = self._without_lost_defaults(form, kept, given)
        return kept, request_form.in_words(form, kept, self._names_in(form, kept, given)) or False

    @api.model
    def _without_lost_defaults(self, form, answers, given):
        """Return the answers without what the form filled in by itself and is gone, or hidden from this person: nobody is kept from asking by it."""
        lost = {
            name for name, linked in request_form.links(form, answers).items() if name in given and request_form.is_default(form, name, answers[name])
            for model, ids in linked.items() if model in self.env and not all(self._readable_name(record) for record in self.env[model].browse(ids))}
        return {name: value for name, value in answers.items() if name not in lost}

    @api.model
    def _names_in(self, form, answers, given):
        """Return the names of the records that answers name, by model and id.

        :param given: names of the answers that are this person's own: nobody names what they may not read
        :raises UserError: this person may not read one that they name
        """
        names, labels = {}, {one['name']: one.get('string') for one in form}
        for field_name, linked in request_form.links(form, answers).items():
            for model, ids in linked.items():
                if model not in self.env:
                    continue
                # what somebody else has named before is named here by its name, as they saw it
                records = self.env[model].with_context(lang=TEXT_LANG).browse(ids).sudo(self.env.su or field_name not in given)
                for record in records:
                    name = self._readable_name(record)
                    if not name and field_name in given:
                        raise UserError(self.env._("“%(label)s”: choose something that you may see and that is still there.", label=labels[field_name]))
                    names[model, record.id] = name
        return names

    @api.model
    def _readable_name(self, record):
        """Return a record's name, or False if it is gone or this person may not read it."""
        with suppress(AccessError, MissingError):
            if not record.exists():
                return False
            if record.browse().has_access('read'):
                return record.has_access('read') and record.display_name
            # A model that shows itself to few may still tell names, as employees have them. Read anew, not out of what others have read.
            record.invalidate_recordset()
            return record.display_name
        return False

    @api.model
    def _misfit_words(self, misfit):
        if misfit.kind in ('date', 'datetime'):
            return self.env._("“%(label)s” takes a day of the calendar.", label=misfit.label)
        if misfit.kind in ('integer', 'float', 'monetary'):
            return self.env._("“%(label)s” takes a number.", label=misfit.label)
        if misfit.kind in ('selection', 'tags', 'many2one', 'many2many'):
            return self.env._("“%(label)s”: choose one of what is offered.", label=misfit.label)
        if misfit.kind in ('boolean', 'separator'):
            return self.env._("“%(label)s” is ticked or not.", label=misfit.label)
        return self.env._("“%(label)s” takes a text of at most %(max)s characters.", label=misfit.label, max=request_form.MAX_TEXT)
