import copy
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import request_form

TEXT_LANG = 'en_US'  # names in what is sealed are told in one language, whoever writes them


class ItTicketRequestMixin(models.AbstractModel):
    """What a ticket's category asks and wants done: the answers to its form, checked and kept as text too, and its checklist.

    The answers themselves are Odoo's properties: the category defines the fields, the ticket holds the values.
    """
    _name = 'it.ticket.request.mixin'
    _description = "What a Ticket's Category Asks"
    _inherit = ['it.guarded.mixin']

    request_text = fields.Text(
        "The request in words", readonly=True, copy=False, groups='it_continuity.it_continuity_group_manager,it_continuity.it_continuity_group_auditor',
        help="What was answered to the form's fields, as they were called then: it is sealed with the ticket.")

    # === COMPUTE METHODS === #

    @api.depends('request_values')
    def _compute_request_words(self):
        for ticket in self:
            words = (value for value in (ticket.request_values._values or {}).values() if isinstance(value, str))
            ticket.request_words = " ".join(words)

    def _search_request_words(self, operator, value):
        """Find by what was typed into the fields of the form, whichever field it was."""
        if operator != 'ilike' or not isinstance(value, str):
            return NotImplemented
        pattern = '%' + value.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_') + '%'
        unaccent = self.env.registry.unaccent

        def to_sql(_model, alias, _query):
            return SQL(
                "EXISTS (SELECT FROM jsonb_each(%s) AS answer WHERE jsonb_typeof(answer.value) = 'string' AND %s ILIKE %s)",
                SQL.identifier(alias, 'request_values'), unaccent(SQL("(answer.value #>> '{}')")), unaccent(SQL("%s", pattern)))

        return Domain.custom(to_sql=to_sql, predicate=lambda ticket: value.casefold() in (ticket.request_words or '').casefold())

    @api.depends('item_ids.is_done', 'item_ids.is_required')
    def _compute_open_items(self):
        for ticket in self:
            ticket.open_items = ", ".join(ticket._open_required_items().mapped('name'))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            category_id = vals.get('category_id') or self.default_get(['category_id']).get('category_id')
            self._check_answers(vals, self.env['it.ticket.category'].browse(category_id), {})
        tickets = super().create(vals_list)
        for ticket in tickets:
            ticket._settle_answers({}, None)
        tickets._take_checklist()
        return tickets

    def write(self, vals):
        if not {'request_values', 'category_id'} & vals.keys():
            return super().write(vals)
        before = {ticket.id: (dict(ticket.request_values._values or {}), ticket.category_id) for ticket in self}
        for ticket in self:
            category = ticket.category_id.browse(vals.get('category_id') or ticket.category_id.id)
            self._check_answers(vals, category, before[ticket.id][0])
        result = super().write(vals)
        for ticket in self:
            ticket._settle_answers(*before[ticket.id])
        self.filtered(lambda ticket: ticket.category_id != before[ticket.id][1])._take_checklist()
        return result

    def onchange(self, values, field_names, fields_spec):
        """Bring the form of a kind that was just chosen also where nothing is answered: Odoo compares answers, and none equal none."""
        result = super().onchange(values, field_names, fields_spec)
        if 'category_id' in field_names and 'request_values' in fields_spec and 'request_values' not in result.get('value', ()):
            ticket = self.new({name: values.get(name) for name in ('category_id', 'request_values')})
            [row] = ticket.web_read({'request_values': fields_spec['request_values']})
            result['value'] = {**result.get('value', {}), 'request_values': row['request_values']}
        return result

    # === THE ANSWERS === #

    @api.model
    def get_property_definition(self, full_name):
        """Return a field of the forms. What several kinds ask by one name offers the choices of all of them: Odoo takes one form's, any."""
        definition = super().get_property_definition(full_name)
        if definition.get('type') == 'selection':
            forms = self.env['it.ticket.category'].with_context(active_test=False).search([]).mapped('request_fields')  # a few dozen  # pylint: disable=no-search-all
            definition['selection'] = request_form.choices(forms, definition['name'])
        return definition

    def _settle_answers(self, old_answers, old_category):
        """Keep of what was answered what the category's form asks and can take, and say it in words."""
        self.ensure_one()
        form, answers = self._get_form(self.category_id), dict(self.request_values._values or {})
        kept = answers
        if old_category and old_category != self.category_id:
            left = {name: value for name, value in answers.items() if old_answers.get(name) == value}
            carried = request_form.carried(self._get_form(old_category), form, left)
            kept = {name: value for name, value in answers.items() if name not in left or name in carried}
        kept, _misfits = request_form.fit(form, kept)
        given = {name for name, value in answers.items() if old_answers.get(name) != value}
        kept = self._without_lost_defaults(form, kept, given)
        if kept != answers:
            self._keep_answers(kept)
        text = request_form.in_words(form, kept, self._names_in(form, kept, given)) or False
        ticket_sudo = self.sudo()  # who asks may not read what is sealed of it
        if text != ticket_sudo.request_text:
            ticket_sudo._transition({'request_text': text})

    def _keep_answers(self, answers):
        return super().write({'request_values': answers})  # past this class's own write  # pylint: disable=super-method-mismatch

    @api.model
    def _get_form(self, category):
        """Return the fields of a category's form."""
        return category.sudo().request_fields or []

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
    def _is_guarded(self, name):
        return name == 'request_text' or super()._is_guarded(name)

    # === THE CHECKLIST === #

    def _take_checklist(self):
        """Give these tickets what their category wants done; what was ticked already stays, what was not goes with its category."""
        items_sudo = self.env['it.ticket.item'].sudo()  # nobody makes or removes items by hand
        tickets_sudo = self.sudo().filtered(lambda ticket: ticket.state in ('new', 'in_progress'))
        tickets_sudo.item_ids.filtered(lambda item: not item.is_done).unlink()
        items_sudo.create([
            {'ticket_id': ticket.id, 'name': item.name, 'sequence': item.sequence, 'is_required': item.is_required}
            for ticket in tickets_sudo
            for item in ticket.category_id.with_context(lang=ticket.company_id.partner_id.lang).checklist_ids
            if item.name not in ticket.item_ids.mapped('name')])

    def _open_required_items(self):
        # sudo: who asked may resolve nothing, and may still be told what is open
        return self.sudo().item_ids.filtered(lambda item: item.is_required and not item.is_done)

    # === CHECKS === #

    @api.model
    def _check_answers(self, vals, category, old_answers):
        """:raises UserError: an answer is none that its field can take, or what should be answers to a form are none"""
        given = getattr(vals.get('request_values'), '_values', vals.get('request_values'))
        if not given:
            return
        try:
            answers = self._fields['request_values'].convert_to_cache(copy.deepcopy(given), self, validate=False)
            request_form.check_answers(answers or {})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UserError(self.env._("What was filled in cannot be kept: it is too long, or is no text, number or date.")) from error
        for misfit in request_form.fit(self._get_form(category), answers or {})[1]:
            if old_answers.get(misfit.name) != answers[misfit.name]:  # what was there may be older than the form
                raise UserError(self._misfit_words(misfit))

    def _check_items(self):
        """:raises UserError: something is open on a checklist that has to be done"""
        for ticket in self:
            names = ticket._open_required_items().mapped('name')
            if names:
                raise UserError(
                    self.env._("%(number)s cannot be resolved before this is ticked on its checklist: %(names)s.", number=ticket.name, names=names[0])
                    if len(names) == 1 else self.env._(
                        "%(number)s cannot be resolved before these are ticked on its checklist: %(names)s.",
                        number=ticket.name, names="; ".join(names)))

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
