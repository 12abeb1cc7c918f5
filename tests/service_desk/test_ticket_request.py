import copy
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TicketCase

NAMES = {'what', 'employee', 'login', 'like_user', 'rights', 'from_date'}


@tagged('post_install', '-at_install')
class TestTicketRequest(TicketCase):
    """What a kind of request asks to be filled in, and who may fill it in, change it and read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env.ref('it_continuity.ticket_category_account_access')
        cls.contact = cls.env.ref('it_continuity.ticket_category_contact')
        cls.employee = cls.env['hr.employee'].create({'name': "Selam Tadesse"})
        cls.env['product.template'].create({'name': "Coffee 250 g"})

    def _ask(self, values, person=None, category=None):
        return self._log(person, category_id=(category or self.account).id, request_values=values)

    def _answers(self, ticket):
        return dict(ticket.sudo().request_values._values or {})

    def _text(self, ticket):
        return ticket.sudo().request_text

    def _read(self, person, ticket):
        """Return what a client gets to see: values by name."""
        self.env.flush_all()
        self.env.invalidate_all()
        [row] = self._rpc(person, ticket, 'web_read', {'request_values': {}})
        return {one['name']: one.get('value') for one in row['request_values']}

    # === FILLING IT IN === #

    def test_colleague_fills_in_the_form_of_the_kind(self):
        spec = {'category_id': {}, 'request_values': {}}
        for category, names in ((self.account, NAMES), (self.contact, {one['name'] for one in self.contact.request_fields}), (self.env['it.ticket.category'], set())):
            brought = self._rpc(self.user, self.env['it.ticket'], 'onchange', {'category_id': category.id, 'request_values': []}, ['category_id'], spec)
            self.assertEqual({one['name'] for one in brought['value']['request_values']}, names)
        with Form(self.env['it.ticket'].with_user(self.user), view='it_continuity.it_ticket_view_form') as form:
            form.subject = "Account for Selam"
            form.category_id = self.account.with_user(self.user)
        ticket = form.record
        values = self._read(self.user, ticket)
        self.assertEqual(set(values), NAMES)
        sent = [{**one, 'value': {'what': 'new_account', 'employee': [self.employee.id, "Selam Tadesse"], 'from_date': '2026-12-01'}.get(one['name'])}
                for one in self.account.request_fields]
        self._rpc(self.user, ticket, 'web_save', {'request_values': sent}, {'request_values': {}})
        self.assertEqual(
            self._answers(ticket), {'what': 'new_account', 'employee': self.employee.id, 'from_date': '2026-12-01'})
        self.assertEqual(self._text(ticket), "What is needed: A new account\nEmployee: Selam Tadesse\nFrom: 2026-12-01")
        self.assertEqual(self._read(self.technician, ticket)['employee'], (self.employee.id, "Selam Tadesse"))

    def test_every_seeded_form_opens_for_an_employee_and_names_what_they_may_choose(self):
        for category in self.env['it.ticket.category'].search([]):
            ticket = self._log(category_id=category.id)
            form = {one['name']: one for one in category.request_fields}
            with self.subTest(category=category.code):
                self.assertEqual(self._read(self.user, ticket).keys(), form.keys())
                for one in form.values():
                    if one['type'] == 'many2one':
                        [(chosen, name)] = self.env[one['comodel']].with_user(self.user).name_search(limit=1)
                        self._rpc(self.user, ticket, 'write', {'request_values': {one['name']: chosen}})
                        self.assertEqual(self._read(self.user, ticket)[one['name']], (chosen, name))

    def test_employee_changes_it_while_new_a_technician_while_open_and_nobody_when_closed(self):
        ticket = self._ask({'login': "selam"})
        self._rpc(self.user, ticket, 'write', {'request_values': {'login': "selam.t"}})
        self._work_on(ticket)
        self._tick_required(ticket)
        with self.assertRaises(AccessError):
            self._rpc(self.user, ticket, 'write', {'request_values': {'login': "x"}})
        self._rpc(self.technician, ticket, 'write', {'request_values': {'login': "selam.tadesse"}})
        ticket.with_user(self.technician).action_resolve()
        ticket.with_user(self.user).action_confirm()
        for person in (self.user, self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(UserError):
                self._rpc(person, ticket, 'write', {'request_values': {'login': "x"}})
        self.assertEqual(self._answers(ticket), {'login': "selam.tadesse"})

    def test_what_no_field_can_take_is_refused_in_words(self):
        ticket = self._ask({'login': "selam"})
        for values, words in (
                ({'from_date': "soon"}, "“From” takes a day"), ({'what': 'everything'}, "“What is needed”: choose one"), ({'employee': "Selam"}, "“Employee”: choose"),
                ({'employee': -1}, "“Employee”: choose"), ({'employee': 2 ** 40}, "“Employee”: choose something that you may see"),
                ({'login': 5}, "“Login or e-mail address” takes a text"), ({'login': "x" * 6000}, "at most 5000"),
                ({'login': "a\0b"}, "cannot be kept"), ({'login': "\ud800"}, "cannot be kept"), ({'from_date': float('nan')}, "cannot be kept"),
                ("no json", "cannot be kept"), (["x"], "cannot be kept"), ([{'value': 1}], "cannot be kept"), (5, "cannot be kept")):
            with self.subTest(values=str(values)[:40]):
                with self.assertRaisesRegex(UserError, words):
                    self._rpc(self.user, ticket, 'write', {'request_values': values})
                with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                    self._ask(values)
        self._rpc(self.user, ticket, 'write', {'request_values': {'gone': "x", 'login': "selam"}})
        self.assertEqual(self._answers(ticket), {'login': "selam"})

    def test_nobody_names_what_they_may_not_read(self):
        self.contact.with_user(self.manager).request_fields = [
            *self.contact.request_fields, {'name': 'param', 'string': "Setting", 'type': 'many2one', 'comodel': 'ir.config_parameter'}]
        secret = self.env['ir.config_parameter'].create({'key': 'walled', 'value': "x"})
        with self.assertRaisesRegex(UserError, "“Setting”: choose something that you may see"):
            self._ask({'param': secret.id}, category=self.contact)
        ticket = self._ask({'param': secret.id, 'name': "Selam"}, self.env.ref('base.user_admin'), self.contact)
        self.assertEqual(self._read(self.technician, ticket)['param'], (secret.id, None))
        [row] = self._rpc(self.technician, ticket, 'read', ['request_values', 'display_name', 'request_words'])
        self.assertNotIn('walled', json.dumps(row))
        with self.assertRaises(AccessError):
            self._rpc(self.technician, ticket, 'read', ['request_text'])
        self._rpc(self.technician, ticket, 'write', {'request_values': {'param': secret.id, 'name': "Selam T"}})
        self.assertEqual(self._text(ticket), "Name: Selam T\nSetting: walled")

    def test_lost_default_keeps_nobody_from_asking(self):
        form = self.contact.request_fields
        for model, values, is_gone in (('res.partner', {'name': "Gone"}, True), ('ir.config_parameter', {'key': 'walled', 'value': "x"}, False)):
            record, another = self.env[model].create(values), self.env['ir.config_parameter'].create({'key': f'walled {model}', 'value': "x"})
            number, lost = record.id, {'name': 'lost', 'string': "Lost", 'type': 'many2one', 'comodel': model, 'default': record.id}
            self.contact.with_user(self.manager).request_fields = [*form, lost]
            if is_gone:
                self.assertEqual(self._answers(self._ask({}, category=self.contact)), {'lost': number}, "filled in while it is there")
                record.unlink()
            for answers in ({}, {'name': "Selam"}, {'name': "Selam", 'lost': number}, [{**lost, 'value': (number, None)}, {**form[0], 'value': False}]):
                with self.subTest(model=model, answers=answers):
                    ticket = self._ask(answers, category=self.contact)
                    self.assertNotIn('lost', self._answers(ticket))
                    self.assertNotIn("Lost", self._text(ticket) or '')
            ticket = self._ask({'login': "selam"})
            self._rpc(self.user, ticket, 'write', {'category_id': self.contact.id})
            self.assertNotIn('lost', self._answers(ticket))
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "“Lost”: choose something that you may see"):
                self._ask({'lost': another.id if not is_gone else 2 ** 30}, category=self.contact)

    # === THE FORM ITSELF === #

    def test_only_managers_change_what_is_asked(self):
        ticket, asked = self._ask({'login': "selam"}), self.account.request_fields
        sent = [{**one, 'string': "Your password", 'definition_changed': True} for one in asked]
        for person in (self.user, self.technician):
            for record, method, *arguments in (
                    (ticket, 'write', {'request_values': sent}),
                    (ticket, 'web_save', {'request_values': [{**sent[0], 'definition_deleted': True}]}, {}),
                    (self.env['it.ticket'], 'create', [{'subject': "x", 'category_id': self.account.id, 'request_values': sent}]),
                    (self.account, 'write', {'request_fields': sent})):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError), self.cr.savepoint():
                    self._rpc(person, record, method, *copy.deepcopy(arguments))  # Odoo takes the marks away from what it is given
            self._rpc(person, ticket, 'onchange', {'request_values': copy.deepcopy(sent), 'category_id': self.account.id}, ['category_id'], {'request_values': {}})
        self._rpc(self.user, ticket, 'write', {'request_values': [{**one, 'string': "Your password"} for one in asked]})
        self.assertEqual(self.account.request_fields, asked)
        self._rpc(self.manager, self.account, 'write', {'request_fields': [{**sent[0], 'value': "x"}, {**sent[1], 'definition_deleted': True}]})
        self.assertEqual(self.account.request_fields, [{**asked[0], 'string': "Your password"}])

    def test_form_that_would_break_is_refused_in_words(self):
        good = {'name': 'one', 'string': "One", 'type': 'char'}
        for form in (
                "x", [1], [{'string': "One"}], [{**good, 'type': 'magic'}], [good, good], [{**good, 'string': " "}], [{**good, 'name': "It's"}],
                [{**good, 'type': 'many2one', 'comodel': 'no.model'}], [{**good, 'type': 'selection', 'selection': ["a"]}], [{**good, 'surprise': 1}]):
            with self.subTest(form=form), self.assertRaises(UserError), self.cr.savepoint():
                self._rpc(self.manager, self.account, 'write', {'request_fields': form})

    def test_another_kind_asks_anew_and_keeps_what_it_asks_too(self):
        ticket = self._ask({'name': "Selam Trading", 'kind': 'vendor', 'existing': self.env.company.partner_id.id}, category=self.contact)
        branch = self.env.ref('it_continuity.ticket_category_company_branch')
        self._rpc(self.user, ticket, 'write', {'category_id': branch.id})
        self.assertEqual(self._answers(ticket), {'name': "Selam Trading"})
        self.assertEqual(self._text(ticket), "Name: Selam Trading")
        other = self.env['it.ticket.category'].create({'name': "Other", 'request_fields': [
            {'name': 'name', 'string': "Who", 'type': 'many2one', 'comodel': 'res.partner'}, {'name': 'kind', 'string': "Kind", 'type': 'date'}]})
        self._rpc(self.user, ticket, 'write', {'category_id': other.id})
        self.assertFalse(self._answers(ticket))
        self._rpc(self.user, ticket, 'write', {'category_id': self.env.ref('it_continuity.ticket_category_other').id})
        self.assertFalse(self._text(ticket))

    # === FINDING AND LISTING === #

    def test_words_of_the_form_find_the_ticket(self):
        ticket, percent = self._ask({'login': "Selam.Tadesse", 'what': 'new_account'}), self._ask({'rights': "50%_off\\"})
        tickets = self.env['it.ticket'].with_user(self.user)
        for words, found in (("selam.tad", ticket), ("50%_off\\", percent), ("login", tickets), ("' OR 1=1 --", tickets)):
            with self.subTest(words=words):
                self.assertEqual(tickets.search([('request_words', 'ilike', words)]).sudo(), found.sudo())
        self.assertFalse(self.env['it.ticket'].with_user(self.other).search([('request_words', 'ilike', "selam.tad")]))
        self.assertEqual((ticket + percent).filtered_domain([('request_words', 'ilike', "SELAM")]), ticket)

    def test_counting_exporting_and_importing_know_the_fields(self):
        ticket = self._ask({'what': 'new_account', 'login': "selam"})
        [group] = self._rpc(self.technician, self.env['it.ticket'], 'search_read', [('request_values.what', '=', 'new_account')], ['name'])
        self.assertEqual(group['id'], ticket.id)
        groups = self.env['it.ticket'].with_user(self.technician).formatted_read_group(
            [('id', '=', ticket.id)], ['request_values.what'], ['__count'])
        self.assertEqual([group['__count'] for group in groups], [1])
        jam = self._ask({'what': 'jam'}, category=self.env.ref('it_continuity.ticket_category_printer_problem'))
        groups = self.env['it.ticket'].with_user(self.technician).formatted_read_group(
            [('id', 'in', (ticket + jam).ids)], ['request_values.what'], ['__count'])
        self.assertEqual({group['request_values.what'] for group in groups}, {'new_account', 'jam'}, "two kinds ask by one name")
        rows = ticket.with_user(self.manager).export_data(['name', 'request_values.login', 'category_id'])['datas']
        self.assertEqual(rows, [[ticket.name, "selam", self.account.name]])
        result = self.env['it.ticket'].with_user(self.technician).load(
            ['subject', 'category_id/.id', 'request_values.login'], [["imported", str(self.account.id), "abebe"]])
        self.assertEqual(self._answers(self.env['it.ticket'].browse(result['ids'])), {'login': "abebe"}, result['messages'])
        copied = ticket.with_user(self.technician).copy()
        self.assertEqual((self._answers(copied), self._text(copied)), (self._answers(ticket), self._text(ticket)))

    def test_nobody_writes_what_is_sealed_of_it(self):
        ticket = self._ask({'login': "selam"})
        for person in (self.user, self.technician, self.manager):
            with self.subTest(person=person.login):
                with self.assertRaises(AccessError):
                    self._rpc(person, ticket, 'write', {'request_text': "forged"})
                with self.assertRaises(AccessError):
                    self._rpc(person, self.env['it.ticket'], 'create', [{'subject': "x", 'category_id': self.account.id, 'request_text': "forged"}])
        self.env['ir.default'].sudo().set('it.ticket', 'request_text', "forged", user_id=self.manager.id)
        forged = self.env['it.ticket'].with_user(self.manager).with_context(default_request_text="forged").create({'subject': "x", 'category_id': self.account.id})
        self.assertFalse(forged.request_text)
