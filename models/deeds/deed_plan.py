from dataclasses import dataclass, field

from reportlab.graphics.utils import RenderPMError

from odoo import api, models
from odoo.fields import Domain
from odoo.models import BaseModel
from odoo.tools import email_normalize, escape_psql, format_date, formatLang

from ...lib import ticket_deed
from ...lib.ticket_deed import Line
from ..mixins.time_words import moment_text

MAX_DOUBLES = 5
MAX_NAMES = 4
# What is told in words of its own, or follows by itself.
UNTOLD = frozenset({'customer_rank', 'supplier_rank', 'company_ids', 'create_employee_id'})


@dataclass
class Plan:
    """What a deed would do, and what stands against it; nothing is written.

    :param record: what would be changed; an empty recordset when something is made
    :param values: what would be written
    :param problems: what is wrong with the request itself
    :param refusals: what the present user may not do, and who may
    :param notes: what else happens, or has to be known
    :param doubles: records that are alike, those that are most alike first; ``double`` the one that is most alike, if it is one
    :param why: why it is done by hand; then there is nothing else
    """
    key: str
    deed: ticket_deed.Deed | None
    record: BaseModel | None = None
    values: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    doubles: BaseModel | None = None
    double: BaseModel | None = None
    why: str = ''

    @property
    def is_possible(self):
        return not (self.why or self.problems or self.refusals)


class ItDeedPlan(models.AbstractModel):
    """Says what a request asks to be done in Odoo, by the names of ``lib.ticket_deed``. What the present user may not read is not in it."""
    _name = 'it.deed.plan'
    _description = "What a Request Would Change in Odoo"
    _inherit = ['it.deed.values']

    # === WHICH DEED === #

    @api.model
    def _get_deeds(self):
        """Return every deed by its key. Extended by rooms above."""
        return ticket_deed.DEEDS

    @api.model
    def _wanted(self, ticket):
        """Return the key of what this ticket asks for, '' if nothing is known of its kind. Extended by rooms above."""
        code, asked = ticket.category_id.code, self._asked(ticket)
        return ticket_deed.wanted(code, asked, self._get_named(ticket) if code == ticket_deed.PRICES else frozenset())

    @api.model
    def _get_labels(self):
        """Return what stands on the button of each deed."""
        return {
            'account_create': self.env._("Create the account"),
            'access_change': self.env._("Change access rights"),
            'password_reset': self.env._("Send a mail for a new password"),
            'account_close': self.env._("Close the account"),
            'contact_create': self.env._("Create the contact"),
            'contact_change': self.env._("Change the contact"),
            'employee_create': self.env._("Create the employee"),
            'employee_change': self.env._("Change the employee"),
            'item_create': self.env._("Create the item"),
            'item_change': self.env._("Change the item"),
            'location_create': self.env._("Create the sales location"),
            'location_change': self.env._("Change the sales location"),
            'pricelist_create': self.env._("Create the price list"),
            'pricelist_change': self.env._("Change the price list"),
            'list_price_change': self.env._("Change the price in the list"),
            'price_change': self.env._("Change the price"),
            'unit_create': self.env._("Create the unit"),
            'unit_change': self.env._("Change the unit"),
            'branch_create': self.env._("Create the branch"),
            'branch_change': self.env._("Change the branch"),
            'badge_make': self.env._("Make the badge"),
        }

    @api.model
    def _is_there(self, model):
        """Tell whether the app that brings a model is installed."""
        return model in self.env

    @api.model
    def _why_by_hand(self, key, code):
        """Return why a deed is not done by the button, False if it is."""
        deed = self._get_deeds().get(key)
        if deed and not self._is_there(deed.model):
            return self.env._(
                "The app “%(app)s” is not installed in this Odoo. Do it where it is kept instead, and record here what was done.",
                app=self._get_app_name(deed.app))
        if deed and deed.way == 'reset' and not hasattr(self.env['res.users'], 'action_reset_password'):
            return self.env._("The app “%(app)s”, which sends such mails, is not installed in this Odoo.", app=self._get_app_name(deed.app))
        if deed and deed.way == 'badge' and not self._can_draw_bars():
            return self.env._(
                "This server cannot draw the bars of a badge: reportlab finds neither “rl_renderPM” nor “rlPyCairo”. Who looks after the server installs "
                "one of these Python packages. Until then, make the card by hand, and record here what was done.")
        if deed and deed.feature and not self.env['res.groups']._is_feature_enabled(deed.feature):
            return self._why_unused()
        if deed:
            return False
        return {
            'salesperson_so_engine': self.env._("Loj SO Engine is a program of its own, outside of Odoo."),
            'purchase_payment_request': self.env._("A report is made and formatted by hand, outside of Odoo."),
            'printer_problem': self.env._("A printer is put right where it stands, outside of Odoo."),
            'printer_ink': self.env._("Ink and toner are changed where the printer stands, outside of Odoo."),
        }.get(code) or self.env._("This is done by hand, outside of Odoo.")

    @api.model
    def _can_draw_bars(self):
        """Tell whether Odoo's badge can be printed: its bars are drawn by a library that reportlab comes without."""
        try:
            return bool(self.env['ir.actions.report'].barcode('Code128', '0', width=2, height=2))
        except (RenderPMError, ValueError):
            return False

    @api.model
    def _why_unused(self):
        """Return why price lists count for nothing here: no app asks for them, or Odoo's settings have them switched off."""
        names = {'sales': self._get_app_name('sale'), 'tills': self._get_app_name('point_of_sale')}
        if self._is_there('sale.order') or self._is_there('pos.config'):
            return self.env._(
                "Price lists are switched off in the settings of this Odoo, so that none counts. Who administers it switches them on in those of "
                "“%(sales)s” or “%(tills)s”. Until then, do it where the prices are kept, and record here what was done.", **names)
        return self.env._(
            "Price lists count in the apps “%(sales)s” and “%(tills)s”, and neither is installed in this Odoo. Do it where the prices are kept "
            "instead, and record here what was done.", **names)

    @api.model
    def _get_app_name(self, app):
        module_sudo = self.env['ir.module.module'].sudo().search([('name', '=', app)], limit=1)  # what an app is called is no secret
        return module_sudo.shortdesc or app

    # === THE PLAN === #

    @api.model
    def _plan(self, ticket, key, target=None):
        """Return the plan of one deed for a ticket, as the present user would carry it out in the ticket's company.

        :param target: the record to change, if not the one that the request names
        """
        plans = self.with_company(ticket.company_id)
        ticket = ticket.with_env(plans.env)
        deed = plans._get_deeds().get(key)
        plan = Plan(key, deed, why=plans._why_by_hand(key, ticket.category_id.code) or '')
        if plan.why:
            return plan
        plan.record = plans._readable(target.with_env(plans.env) if target else plans._get_target(ticket, key, deed))
        plan.doubles = plans.env[deed.model]
        getattr(plans, f'_plan_{deed.way}')(plan, ticket)
        return plan

    @api.model
    def _get_target(self, ticket, key, deed):
        """Return the record that the request names, empty if it names none or more than one."""
        model = self.env[deed.model]
        if deed.way == 'create':
            return model
        find = getattr(self, f'_find_{key}', None)
        found = find(ticket) if find else self._asked(ticket).get('existing_item' if deed.model == 'product.template' else 'existing')
        found = found if isinstance(found, BaseModel) and found._name == deed.model else model
        if not found and deed.unique:
            found = self._alike(model, {name: value for name, value in self._asked_values(ticket, deed).items() if name in deed.unique})
        return found if len(found) == 1 else model

    def _readable(self, records):
        """Return those of these records that are there and the present user may read; of an employee everybody reads the public part."""
        records = records.exists()
        if records._name == 'hr.employee':
            return records.browse(self.env['hr.employee.public'].browse(records.ids)._filtered_access('read').ids)
        return records._filtered_access('read')

    def _plan_create(self, plan, ticket):
        plan.values = {**self._asked_values(ticket, plan.deed), **plan.deed.fixed}
        self._add_own_values(plan, ticket)
        model = self.env[plan.deed.model]
        plan.lines = [self._line(model, name, '', value) for name, value in plan.values.items() if name not in UNTOLD] + plan.lines
        self._check_required(plan)
        self._check_rights(plan, 'create')
        self._check_doubles(plan)

    def _plan_change(self, plan, ticket):
        record, wanted = plan.record, self._asked_values(ticket, plan.deed)
        if not record:
            self._check_rights(plan, 'write')
            plan.problems.append(self.env._(
                "The request does not say clearly which one is to be changed: none is named, or several are alike. Name it in the request."))
            return
        for name, value in wanted.items():
            if not record._has_field_access(record._fields[name], 'read'):
                continue
            before = record._fields[name].convert_to_write(record[name], record)
            if before != value:
                plan.values[name] = value
                plan.lines.append(self._line(record, name, before, value))
        self._add_own_values(plan, ticket)
        self._check_rights(plan, 'write')
        self._check_address_rights(plan)
        missing = [name for name in plan.deed.required if name not in wanted and name != 'name']
        if missing:
            plan.problems.append(self._missing_words(plan, missing))
        elif not plan.values and not plan.problems:
            plan.problems.append(
                self.env._("Nothing would change: what the request wants is in the record already.") if wanted else
                self.env._("The request says in its own words what is to change. Open the form and change it there."))
        self._check_doubles(plan)

    def _plan_reset(self, plan, ticket):
        user = plan.record
        if not self._check_account(plan, ticket):
            return
        plan.lines.append(Line(self.env._("Mail with a link for a new password"), '', self.env._("goes to %(address)s", address=user.email or "–")))
        if not user.active:
            plan.problems.append(self.env._("“%(name)s” is archived.", name=user.name))
        if not user.email:
            plan.problems.append(self.env._("“%(name)s” has no e-mail address to which a link could be sent.", name=user.name))
        plan.notes.append(self.env._("The password stays as it is until the link is used. Nobody here gets to see it."))
        self._check_rights(plan, 'write')

    def _plan_archive(self, plan, ticket):
        user = plan.record
        if not self._check_account(plan, ticket):
            return
        plan.values = {'active': False}
        plan.lines.append(self._line(user, 'active', user.active, False))
        if not user.active:
            plan.problems.append(self.env._("“%(name)s” is archived.", name=user.name))
        if user == self.env.user:
            plan.problems.append(self.env._("Nobody closes the account that they are working with."))
        self._check_rights(plan, 'write')
        plan.notes += self._what_stays(user)

    def _plan_badge(self, plan, ticket):
        employee = plan.record
        if not employee:
            plan.problems.append(self.env._("The request does not say whose badge it is. Name the employee in the request."))
            return
        self._check_rights(plan, 'write')
        if plan.refusals:
            return
        label = self._label(employee, 'barcode')
        if not employee.barcode or self._asked(ticket).get('reason') == 'lost':
            plan.values = {'barcode': True}  # the number is drawn when it is written
            plan.lines.append(Line(label, employee.barcode or '', self.env._("a new number"), is_private=True))
            if employee.barcode:
                plan.notes.append(self.env._("The lost badge opens nothing any more once the number has changed."))
        else:
            plan.lines.append(Line(label, employee.barcode, employee.barcode, is_private=True))
            plan.notes.append(self.env._("The number stays; the card is printed again."))

    # === WHAT IS IN IT === #

    def _asked(self, ticket):
        """Return what the request says, by name; a choice by its key, a record as the record."""
        answers = ticket.with_context(property_selection_get_key=True).request_values
        return {name: answers[name] for name in answers}

    def _asked_values(self, ticket, deed):
        """Return what the request says that fields of the deed's model take, ready to be written; what is empty is left out."""
        asked, fields_ = self._asked(ticket), self.env[deed.model]._fields
        values = {name: self._to_value(fields_[name], asked.get(key)) for name, key in deed.asked.items() if name in fields_}
        return {name: value for name, value in values.items() if value}

    def _to_value(self, field_, said):
        """Return what is said as a field takes it, False if it does not."""
        if field_.type == 'many2one':
            if isinstance(said, str) and said.strip():
                found = self.env[field_.comodel_name].search([('name', '=ilike', escape_psql(said.strip()))], limit=2)
                return found.id if len(found) == 1 else False
            return said.id if isinstance(said, BaseModel) and said._name == field_.comodel_name else False
        if field_.type == 'float':
            return float(said) if isinstance(said, (int, float)) and said > 0 else False
        if isinstance(said, BaseModel):
            return said.display_name
        return str(said).strip() if said else False

    def _label(self, model, name):
        return model._fields[name].get_description(self.env, ['string'])['string']

    def _line(self, model, name, before, after):
        return Line(
            self._label(model, name), self._words(model, name, before), self._words(model, name, after), self._is_private(model, name))

    def _is_private(self, model, name):
        """Tell whether there may be an employee who may not read a field: who asked reads the step, whoever that is."""
        groups = model._fields[name].groups
        if not groups:
            return False
        definitions = self.env['res.groups']._get_group_definitions()
        return not definitions.parse('base.group_user') <= definitions.parse(groups, raise_if_not_found=False)

    def _words(self, model, name, value):
        field_ = model._fields[name]
        if field_.type == 'boolean':
            return '' if value == '' else self.env._("Yes") if value else self.env._("No")
        if not value:
            return ''
        if field_.type == 'many2one':
            return self.env[field_.comodel_name].browse(value).display_name or ''
        if field_.type == 'date':
            return format_date(self.env, value)
        if field_.type == 'datetime':
            return moment_text(self.env, value, self.env.company.itc_tz)
        if field_.type in ('float', 'monetary'):
            return formatLang(self.env, value, digits=2) if round(value, 2) == value else f'{value:g}'
        if field_.type == 'selection':
            return dict(field_._description_selection(self.env)).get(value, value)
        return str(value)

    # === WHAT STANDS AGAINST IT === #

    def _check_required(self, plan):
        missing = [name for name in plan.deed.required if not plan.values.get(name)]
        if missing:
            plan.problems.append(self._missing_words(plan, missing))

    def _missing_words(self, plan, names):
        labels = ", ".join(self._label(self.env[plan.deed.model], name) for name in names)
        if plan.deed.has_form:
            return self.env._("The request says nothing of: %(labels)s. Fill it in there, or open the form.", labels=labels)
        return self.env._("The request says nothing of: %(labels)s. Fill it in there.", labels=labels)

    def _check_rights(self, plan, operation):
        """Note what the present user may not do, with who may."""
        on = plan.record or self.env[plan.deed.model]
        parts = [on]
        if plan.deed.model == 'res.users' and plan.deed.way in ('create', 'reset'):  # Odoo writes the person's contact too
            parts.append(on.partner_id)
        if 'item_ids' in plan.values:  # a price list, whose rules have rights of their own
            parts.append(on.item_ids.browse())
        for part in parts:
            if not part.has_access(operation):
                kind, who = self._kind(part._name), self._who_may(part._name, operation)
                plan.refusals.append(
                    self.env._("You may not create this in Odoo: %(kind)s. Who may: %(who)s.", kind=kind, who=who) if operation == 'create'
                    else self.env._("You may not change this in Odoo: %(kind)s. Who may: %(who)s.", kind=kind, who=who))
        if plan.refusals:
            return
        shut = [name for name in plan.values if name in on._fields and not on._has_field_access(on._fields[name], 'write')]
        if shut:
            plan.refusals.append(self.env._("You may not write: %(labels)s.", labels=", ".join(self._label(on, name) for name in shut)))

    def _check_address_rights(self, plan):
        """Note who may change the address of a colleague with an account: mails for new passwords go there.

        Odoo asks for the right to write accounts on their contact, whatever is written, but not on their employee, whose contact it writes along.
        """
        record_sudo = plan.record.sudo()  # that somebody has an account is no secret of who works on requests
        if plan.deed.model == 'res.partner' and plan.values:
            users_sudo = record_sudo.user_ids
        elif plan.deed.model == 'hr.employee' and 'work_email' in plan.values:
            users_sudo = record_sudo.user_id | record_sudo.work_contact_id.user_ids
        else:
            return
        users = users_sudo.filtered(lambda user: user.active and user._is_internal() and user != self.env.user).sudo(False)
        if users and not users.has_access('write') and not plan.refusals:
            plan.refusals.append(self.env._(
                "“%(name)s” has an account in Odoo, and only who may write accounts changes this. Who may: %(who)s.",
                name=plan.record.display_name, who=self._who_may('res.users', 'write')))

    @api.model
    def _kind(self, model):
        return self.env['ir.model'].sudo()._get(model).name  # what a kind of record is called is no secret

    def _who_may(self, model, operation):
        """Return the names of some people who may do this with records of a model, else of the groups that they would have to have."""
        rights_sudo = self.env['ir.model.access'].sudo().search([  # who may do something here is what a person has to know to ask them
            ('model_id.model', '=', model), (f'perm_{operation}', '=', True), ('group_id', '!=', False)])
        people = self.env['res.users'].search([
            ('all_group_ids', 'in', rights_sudo.group_id.ids), ('share', '=', False), ('company_ids', 'in', self.env.company.ids)], limit=MAX_NAMES + 1)
        if not people:
            return ", ".join(self.env['ir.model.access'].group_names_with_access(model, operation))
        names = ", ".join(people[:MAX_NAMES].mapped('name'))
        return self.env._("%(names)s and others", names=names) if len(people) > MAX_NAMES else names

    def _check_doubles(self, plan):
        """Note which records are there already that are alike in something by which they are told apart."""
        model, why = self.env[plan.deed.model], {}
        for name in plan.deed.unique:
            found = self._alike(model, {name: plan.values.get(name)}) - plan.record
            for record in found:
                why.setdefault(record, []).append(self._label(model, name))
            if found and name in plan.deed.strict:
                plan.problems.append(self.env._(
                    "“%(label)s” has to be of one record alone, and “%(name)s” has it.", label=self._label(model, name), name=found[0].display_name))
        if why:
            plan.doubles = model.union(*sorted(why, key=lambda record: -len(why[record])))
            best = [record for record in plan.doubles if len(why[record]) == len(why[plan.doubles[0]])]
            plan.double = best[0] if len(best) == 1 else model
            if plan.deed.instead and not plan.double:
                plan.notes.append(self.env._("Several are alike. If one of them is meant, name it in the request and ask for a change there."))
            plan.notes.append(self.env._("There already: %(doubles)s.", doubles="; ".join(
                self.env._("“%(name)s” (same: %(labels)s)", name=record.display_name, labels=", ".join(why[record])) for record in plan.doubles)))

    def _alike(self, model, values):
        """Return some records that have one of these values, however it is written."""
        found = model
        for name, value in values.items():
            if value:
                found |= self._having(model.with_context(active_test=False), name, value)
        return found

    def _having(self, model, name, value):
        scope = Domain(name, '!=', False)
        if name in ('phone', 'work_phone'):
            number = ticket_deed.digits(value)
            near = model.search(scope & Domain(name, 'ilike', '%'.join(number[-6:])), limit=50) if number else model
            return near.filtered(lambda record: ticket_deed.digits(record[name]) == number)[:MAX_DOUBLES]
        if name == 'vat':
            near = model.search(scope & Domain(name, 'ilike', '%'.join(ticket_deed.plain(value))), limit=50)
            return near.filtered(lambda record: ticket_deed.plain(record[name]) == ticket_deed.plain(value))[:MAX_DOUBLES]
        if name in ('email', 'work_email'):
            value = email_normalize(value) or value
        return model.search(scope & Domain(name, '=ilike', escape_psql(value)), limit=MAX_DOUBLES)
