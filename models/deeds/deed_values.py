from odoo import api, models
from odoo.fields import Command, Domain
from odoo.models import BaseModel
from odoo.tools import email_normalize, escape_psql, formatLang

from ...lib import ticket_deed
from ...lib.ticket_deed import Line
from ..mixins import clock

MAX_NAMED = 5
CODE_LENGTH = 5


class ItDeedValues(models.AbstractModel):
    """What single deeds add to what a request says: which record is meant, what follows by itself, what else has to be known.

    ``_find_<key>`` returns the record that a request means, ``_add_<key>`` completes the plan of a deed.
    """
    _name = 'it.deed.values'
    _description = "What Single Deeds Add to a Request"

    @api.model
    def _add_own_values(self, plan, ticket):
        add = getattr(self, f'_add_{plan.key}', None)
        if add:
            add(plan, ticket)

    def _refuse_unless_administrator(self, plan, reason):
        """Note what Odoo does along with a deed and lets nobody but its administrators do."""
        if not self.env.is_system():
            plan.refusals.append(self.env._("%(reason)s Who may: %(who)s.", reason=reason, who=self._who_may('res.config.settings', 'create')))

    # === PEOPLE === #

    def _get_employee(self, ticket):
        """Return the employee that a request is about: whom its form names, else for whom it was logged."""
        said = self._asked(ticket).get('employee')
        employee = self._get_named_employee(ticket)
        return employee if employee or isinstance(said, BaseModel) else ticket.requested_for_id

    def _get_named_employee(self, ticket):
        """Return the employee whom a request's form names, empty if it names nobody or several have that name."""
        said, employees = self._asked(ticket).get('employee'), self.env['hr.employee']
        if isinstance(said, BaseModel) and said._name in ('hr.employee', 'hr.employee.public'):
            return self._readable(employees.browse(said.id))
        if isinstance(said, str) and said.strip():
            found = employees.search([('name', '=ilike', escape_psql(said.strip())), ('company_id', '=', ticket.company_id.id)], limit=2)
            return found if len(found) == 1 else employees
        return employees

    def _get_account(self, ticket):
        """Return the account that a request names: that of its login, else of the employee."""
        login, users = self._asked(ticket).get('login'), self.env['res.users'].with_context(active_test=False)
        if isinstance(login, str) and login.strip():
            return users.search([('login', '=ilike', escape_psql(login.strip()))], limit=1)
        return self._get_employee(ticket).user_id

    def _get_own_account(self, ticket):
        """Return the account that a request names, or that of who asks when it names nobody."""
        asked = self._asked(ticket)
        is_named = asked.get('login') or asked.get('employee') or ticket.requested_for_id
        return self._get_account(ticket) if is_named else ticket.requester_id

    def _find_password_reset(self, ticket):
        return self._get_own_account(ticket)

    def _find_account_close(self, ticket):
        return self._get_account(ticket)

    def _find_badge_make(self, ticket):
        return self._get_employee(ticket)

    def _check_account(self, plan, ticket):
        """Tell whether the request names an account, and note it if it does not, or if its login and its employee name two people."""
        user = plan.record
        if not user:
            plan.problems.append(self.env._(
                "The request does not say whose account it is, or there is none. Name the employee or the login in the request."))
            return False
        employee = self._get_named_employee(ticket) if self._asked(ticket).get('login') else self.env['hr.employee']
        if employee and employee.user_id != user and (employee.user_id or self.env['hr.employee'].search([('user_id', '=', user.id)], limit=1)):
            plan.problems.append(self.env._(
                "The request names two people: “%(login)s” is the account of %(name)s, and not that of the employee %(employee)s. Correct the request.",
                login=user.login, name=user.name, employee=employee.name))
        return True

    def _find_employee_change(self, ticket):
        """The request names a contact: the employee is whose work contact it is."""
        partner = self._asked(ticket).get('existing')
        if isinstance(partner, BaseModel) and partner:
            return self.env['hr.employee'].search([('work_contact_id', '=', partner.id)], limit=2)
        return ticket.requested_for_id

    def _add_account_create(self, plan, ticket):
        employee = self._get_employee(ticket)
        name = employee.name or (self._asked(ticket).get('employee') if isinstance(self._asked(ticket).get('employee'), str) else False)
        login = plan.values.get('login') or employee.work_email
        email = email_normalize(login or '') or email_normalize(employee.work_email or '')
        plan.values = {key: value for key, value in {'name': name, 'login': login, 'email': email}.items() if value}
        plan.values.update(company_id=ticket.company_id.id, company_ids=[(6, 0, ticket.company_id.ids)])
        plan.notes.append(
            self.env._("Odoo sends an invitation to %(address)s.", address=email) if email else
            self.env._("There is no e-mail address: Odoo sends no invitation, and the password has to be set by hand."))
        plan.notes.append(self.env._("It gets the rights of every new user. Others are given by “Change access rights”, with a manager's approval."))
        if employee.user_id:
            plan.problems.append(self.env._("“%(name)s” has an account: %(login)s.", name=employee.name, login=employee.user_id.login))
        elif employee and employee.has_access('write'):
            plan.values['create_employee_id'] = employee.id
            plan.lines.append(Line(self.env._("Account of the employee"), '', employee.name))
        elif employee:
            plan.notes.append(self.env._("The account is not linked to the employee's record, which only Human Resources may write."))

    def _what_stays(self, user):
        """Return what is open of a person whose account is to be closed, in words."""
        notes = [self.env._("Whoever is logged in with it is logged out at once.")]
        # sudo: how much is open, and on which devices, is counted; what it is stays with those who may read it
        devices = self.env['res.device'].sudo().search_count([('user_id', '=', user.id)])
        if devices:
            notes.append(self.env._("Devices on which it is logged in: %(count)s.", count=devices))
        activities = self.env['mail.activity'].sudo().search_count([('user_id', '=', user.id)])
        if activities:
            notes.append(self.env._("Activities that nobody else has: %(count)s. Give them to somebody.", count=activities))
        for domain, text in (
            ([('assignee_id', '=', user.id)], lambda names: self.env._("Open tickets that it works on: %(names)s. Assign them anew.", names=names)),
            ([('requester_id', '=', user.id)], lambda names: self.env._("Open tickets that it asked for: %(names)s.", names=names)),
        ):
            tickets = self.env['it.ticket'].search([*domain, ('state', 'in', ('new', 'in_progress', 'resolved'))], limit=MAX_NAMED + 1)
            if tickets:
                names = ", ".join(tickets[:MAX_NAMED].mapped('name'))
                notes.append(text(f"{names} …" if len(tickets) > MAX_NAMED else names))
        return notes

    # === CONTACTS AND BRANCHES === #

    def _add_contact_create(self, plan, ticket):
        kind = self._asked(ticket).get('kind')
        rank = {'vendor': 'supplier_rank', 'customer': 'customer_rank'}.get(kind)
        if rank:
            plan.values[rank] = 1
            plan.lines.append(Line(self.env._("Kept as"), '', self.env._("Vendor") if kind == 'vendor' else self.env._("Customer")))
        if plan.values.get('vat'):
            plan.values['is_company'] = True

    def _add_branch_create(self, plan, ticket):
        plan.values['parent_id'] = ticket.company_id.id
        if ticket.company_id.root_id.sudo().chart_template:  # Odoo copies the accounts, whoever makes the branch
            self._refuse_unless_administrator(plan, self.env._("A branch gets a chart of accounts, which only administrators of Odoo install."))

    def _find_branch_change(self, ticket):
        name = self._asked(ticket).get('name')
        if not isinstance(name, str) or not name.strip():
            return self.env['res.company']
        return self.env['res.company'].search([
            ('id', 'child_of', ticket.company_id.root_id.id), ('name', '=ilike', escape_psql(name.strip()))], limit=2)

    # === ITEMS, PRICES AND UNITS === #

    def _add_item_create(self, plan, ticket):
        if 'available_in_pos' in self.env['product.template']._fields:
            plan.values['available_in_pos'] = True
        elif not self._is_there('pos.config'):
            plan.notes.append(self.env._("Point of Sale is not installed in this Odoo: the item is not offered at a till here."))

    def _add_item_change(self, plan, ticket):
        own = [name for name in ('barcode', 'default_code') if name in plan.values]
        if own and plan.record.product_variant_count > 1:  # Odoo would write nothing, and say nothing
            plan.problems.append(self.env._(
                "“%(name)s” comes in several variants, and each has its own: %(labels)s. Write it on the variant that is meant.",
                name=plan.record.display_name, labels=", ".join(self._label(plan.record, name) for name in own)))

    def _find_price_change(self, ticket):
        """The request names the item by its code, its barcode or its whole name."""
        said, items = self._asked(ticket).get('item'), self.env['product.template']
        if isinstance(said, BaseModel):
            return said if said._name == items._name else items
        for name in ('default_code', 'barcode', 'name') if isinstance(said, str) and said.strip() else ():
            found = items.search([(name, '=ilike', escape_psql(said.strip()))], limit=2)
            if found:
                return found
        return items

    def _add_price_change(self, plan, ticket):
        asked = self._asked(ticket)
        if plan.record:
            self._check_old_price(plan, ticket, plan.record.list_price, plan.record.currency_id)
        if isinstance(asked.get('name'), str) and asked['name'].strip():
            plan.problems.append(self.env._(
                "No price list is called “%(name)s”, and this would change the price of the item everywhere, not only there. If everywhere is meant, take "
                "the name out of the request; else say in it which price list is meant.", name=asked['name'].strip()))
        self._check_day(plan, ticket)

    def _check_old_price(self, plan, ticket, price, currency):
        said = self._asked(ticket).get('old_price')
        if said and currency.compare_amounts(said, price):
            plan.notes.append(self.env._(
                "The request speaks of another old price: %(said)s. Ask before you change it.", said=formatLang(self.env, said, currency_obj=currency)))

    def _check_day(self, plan, ticket):
        day = self._asked(ticket).get('from_date')
        if day and str(day) > str(clock.today(self.env, ticket.company_id)):
            plan.problems.append(self.env._("The price is to change on %(day)s, and the button changes it at once. Press it on that day.", day=day))

    # === WHAT A NAME MEANS === #

    @api.model
    def _get_named(self, ticket):
        """Return what is there by the name that a request says, see ``lib.ticket_deed.wanted``."""
        return {kind for kind, records in (('list', self._find_pricelist_change(ticket)), ('location', self._find_location_change(ticket))) if records}

    def _find_pricelist_change(self, ticket):
        return self._called(ticket, 'product.pricelist', Domain('company_id', 'in', [False, *ticket.company_id.sudo().parent_ids.ids]))

    def _find_list_price_change(self, ticket):
        return self._find_pricelist_change(ticket)

    def _find_location_change(self, ticket):
        return self._called(ticket, 'stock.warehouse', Domain('company_id', '=', ticket.company_id.id))

    def _find_unit_change(self, ticket):
        return self._called(ticket, 'uom.uom', Domain.TRUE)

    def _called(self, ticket, model, domain):
        """Return the records, two at most, that have the name which a request says; who may read one is asked of what is done with it."""
        name = self._asked(ticket).get('name')
        if not self._is_there(model) or not isinstance(name, str) or not name.strip():
            return self.browse()
        # sudo: that there is one of this name decides which button it is, whoever looks
        return self.env[model].sudo().search(domain & Domain('name', '=ilike', escape_psql(name.strip())), limit=2).sudo(False)

    # === THE PRICE IN A LIST === #

    def _add_list_price_change(self, plan, ticket):
        """Change the fixed price that the list has for the item, or give it one where the price follows from something else."""
        prices, item = plan.record, self._readable(self._find_price_change(ticket))
        new = self._to_value(self.env['product.pricelist.item']._fields['fixed_price'], self._asked(ticket).get('new_price'))
        if len(item) != 1:
            plan.problems.append(self.env._(
                "The request does not say clearly which item it is about: none is named, or several are alike. Name it in the request."))
        if not new:
            plan.problems.append(self.env._("The request does not say the new price. Fill it in there, or open the form."))
        self._check_day(plan, ticket)
        if len(item) != 1 or not new:
            return
        old, rule_id = prices._get_product_price_rule(item, 1.0)
        rule = self.env['product.pricelist.item'].browse(rule_id or []).filtered(lambda one: one.product_tmpl_id == item)
        others = rule.search([('pricelist_id', '=', prices.id), ('product_tmpl_id', '=', item.id), ('id', '!=', rule.id)], limit=MAX_NAMED)
        self._check_old_price(plan, ticket, old, prices.currency_id)
        if not prices.currency_id.compare_amounts(old, new):
            plan.problems.append(self.env._("Nothing would change: what the request wants is in the record already."))
            return
        if rule and (rule.compute_price != 'fixed' or rule.date_start or rule.date_end):
            plan.problems.append(self.env._(
                "The list has a price for this item that is no fixed one, or holds for a time only: %(price)s. Open the form and decide there.", price=rule.price))
        plan.lines.append(Line(item.display_name, *(formatLang(self.env, price, currency_obj=prices.currency_id) for price in (old, new))))
        plan.values['item_ids'] = [Command.update(rule.id, {'fixed_price': new}) if rule else Command.create(
            {'applied_on': '1_product', 'product_tmpl_id': item.id, 'compute_price': 'fixed', 'fixed_price': new})]
        if not rule:
            plan.notes.append(self.env._("The list has no fixed price for this item yet, and gets one."))
        if others:
            plan.notes.append(self.env._(
                "The list has more rules for this item, which stay as they are: %(rules)s.",
                rules="; ".join(f"{one.price} (≥ {one.min_quantity:g})" if one.min_quantity else f"{one.name} {one.price}" for one in others)))

    def _add_location_create(self, plan, ticket):
        name = plan.values.get('name')
        if not name:
            return
        code = ticket_deed.plain(name)[:CODE_LENGTH] or 'WH'
        taken = set(self.env['stock.warehouse'].with_context(active_test=False).search([('company_id', '=', ticket.company_id.id)]).mapped('code'))
        number = 2
        while code in taken:
            code = f'{code[:CODE_LENGTH - len(str(number))]}{number}'
            number += 1
        plan.values.update(code=code, company_id=ticket.company_id.id)
        if self.env.ref('stock.group_stock_multi_warehouses') not in self.env.ref('base.group_user').sudo().implied_ids:
            self._refuse_unless_administrator(plan, self.env._(
                "The second location of a company switches Odoo's settings to several warehouses, which only administrators of Odoo may."))

    def _add_unit_create(self, plan, ticket):
        unit = plan.values.get('relative_uom_id') and self.env['uom.uom'].browse(plan.values['relative_uom_id'])
        if unit and plan.values.get('relative_factor'):
            plan.notes.append(self.env._(
                "One “%(name)s” holds %(ratio)s × “%(unit)s”. Once it is used it cannot be changed without harm.",
                name=plan.values.get('name') or '?', ratio=f"{plan.values['relative_factor']:g}", unit=unit.name))

    def _add_unit_change(self, plan, ticket):
        if plan.values:
            plan.notes.append(self.env._(
                "What was counted in “%(name)s” until now counts otherwise afterwards. If that is not meant, make a new unit instead.", name=plan.record.name))
