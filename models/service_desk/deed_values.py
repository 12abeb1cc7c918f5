from odoo import api, models
from odoo.models import BaseModel
from odoo.tools import email_normalize, escape_psql

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
        old = asked.get('old_price')
        if old and plan.record and plan.record.list_price != old:
            plan.notes.append(self.env._(
                "The request speaks of another old price: %(said)s. Ask before you change it.", said=self._words(plan.record, 'list_price', old)))
        if asked.get('from_date') and str(asked['from_date']) > str(clock.today(self.env, ticket.company_id)):
            plan.problems.append(self.env._("The price is to change on %(day)s, and the button changes it at once. Press it on that day.", day=asked['from_date']))

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
