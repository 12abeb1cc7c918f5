from unittest.mock import patch

from reportlab.graphics.utils import RenderPMError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...lib import ticket_deed
from ...models.deeds.base import DEED
from ...models.deeds.deed_plan import ItDeedPlan
from .deed_case import TECHNICIAN, DeedCase

WITHOUT_CHATTER = ('stock.warehouse', 'uom.uom')


@tagged('post_install', '-at_install')
class TestTicketDeed(DeedCase):
    """The button of a request: what it shows, what it writes and as whom, and what stands against it."""

    def _cases(self):
        """Yield what is asked, and what is there afterwards: (code, request, model, fields of the record, what the list says)."""
        litre = self.env.ref('uom.product_uom_litre')
        partner = self.env['res.partner'].create({'name': "Abebe Trading", 'phone': "0911 000 000"})
        item = self.env['product.template'].create({'name': "Coffee 250 g", 'default_code': "C250", 'list_price': 400})
        prices = self.env['product.pricelist'].create({'name': "Adama", 'item_ids': [Command.create({
            'applied_on': '1_product', 'product_tmpl_id': item.id, 'compute_price': 'fixed', 'fixed_price': 390})]})
        carton = self.env['uom.uom'].create({'name': "Carton", 'relative_uom_id': litre.id, 'relative_factor': 10})
        branch = self.env['res.company'].create({'name': "Adama", 'parent_id': self.env.company.id})
        staff = self.env['hr.employee'].create({'name': "Abebe Kebede", 'work_email': "abebe@example.com"})
        yield ('account_access', {'what': 'new_account', 'employee': self.employee.id, 'login': "selam@example.com"}, 'res.users', {
            'name': "Selam Tadesse", 'login': "selam@example.com", 'employee_id': self.employee}, 'created')
        yield 'account_access', {'what': 'reset_password', 'login': "itc_other"}, 'res.users', {'login': "itc_other"}, 'reset'
        yield 'account_access', {'what': 'close_account', 'login': "itc_other"}, 'res.users', {'login': "itc_other", 'active': False}, 'archived'
        yield ('contact', {'kind': 'vendor', 'name': "Walk Vendor", 'phone': "+251 911 234 567", 'vat': "ET-1", 'city': "Adama"}, 'res.partner', {
            'name': "Walk Vendor", 'phone': "+251 911 234 567", 'city': "Adama", 'supplier_rank': 1, 'is_company': True}, 'created')
        yield ('contact', {'what': 'change', 'existing': partner.id, 'phone': "0911 999 999"}, 'res.partner', {
            'name': "Abebe Trading", 'phone': "0911 999 999"}, 'changed')
        yield 'contact', {'kind': 'employee', 'name': "New Driver", 'phone': "0922"}, 'hr.employee', {'name': "New Driver", 'work_phone': "0922"}, 'created'
        yield ('contact', {'what': 'change', 'kind': 'employee', 'existing': staff.work_contact_id.id, 'phone': "0933 111 222"}, 'hr.employee', {
            'work_phone': "0933 111 222"}, 'changed')
        yield ('sellable_item', {'what': 'create', 'name': "Water", 'code': "W1", 'barcode': "4711", 'uom': litre.id, 'price': 12.5}, 'product.template', {
            'name': "Water", 'default_code': "W1", 'barcode': "4711", 'uom_id': litre, 'list_price': 12.5, 'sale_ok': True}, 'created')
        yield 'sellable_item', {'what': 'change', 'existing_item': item.id, 'barcode': "0815"}, 'product.template', {'barcode': "0815"}, 'changed'
        yield 'sales_location_pricelist', {'what': 'new_location', 'name': "Hawassa"}, 'stock.warehouse', {'name': "Hawassa", 'code': "HAWAS"}, 'created'
        yield 'sales_location_pricelist', {'what': 'new_pricelist', 'name': "Wholesale"}, 'product.pricelist', {'name': "Wholesale"}, 'created'
        yield ('sales_location_pricelist', {'what': 'change_price', 'item': "c250", 'old_price': 400, 'new_price': 412}, 'product.template', {
            'default_code': "C250", 'list_price': 412}, 'changed')
        yield ('sales_location_pricelist', {'what': 'change_price', 'name': "adama", 'item': "c250", 'old_price': 390, 'new_price': 412}, 'product.pricelist', {
            'id': prices.id, 'name': "Adama", 'item_ids': prices.item_ids}, 'changed')
        yield ('unit_of_measure', {'name': "Carton of 12", 'reference': litre.id, 'ratio': 12}, 'uom.uom', {
            'name': "Carton of 12", 'relative_uom_id': litre, 'relative_factor': 12, 'factor': 12 * litre.factor}, 'created')
        yield ('unit_of_measure', {'what': 'change', 'name': "carton", 'ratio': 12}, 'uom.uom', {
            'id': carton.id, 'name': "Carton", 'relative_factor': 12}, 'changed')
        yield 'company_branch', {'name': "Walk Branch", 'city': "Jimma"}, 'res.company', {
            'name': "Walk Branch", 'city': "Jimma", 'parent_id': self.env.company}, 'created'
        yield 'company_branch', {'what': 'change', 'name': "adama", 'street': "Piazza"}, 'res.company', {
            'id': branch.id, 'name': "Adama", 'street': "Piazza"}, 'changed'
        yield 'id_card', {'employee': self.employee.id, 'reason': 'new'}, 'hr.employee', {'id': self.employee.id}, 'printed'

    def test_every_kind_is_done_in_one_step(self):
        for code, asked, model, told, what in self._cases():
            with self.subTest(code=code, asked=asked), self.env.cr.savepoint() as savepoint:
                ticket = self._ask(code, **asked)
                person = self.worker
                if model in ('stock.warehouse', 'res.company') and what == 'created':  # Odoo's settings and accounts go along
                    self.assertIn("only administrators of Odoo", self._press(ticket).refusal_text)
                    person = self.boss
                self.assertTrue(ticket.with_user(person).deed_label)
                self.assertFalse(ticket.with_user(person).deed_why)
                window = self._press(ticket, person)
                before = self.env[model].with_context(active_test=False).search_count([])
                form = Form(window)
                self.assertTrue(form.lines_html)
                self.assertEqual((form.can_apply, form.problem_text, form.refusal_text, form.why_text), (True, '', '', ''))
                self.assertEqual(self.env[model].with_context(active_test=False).search_count([]), before, "nothing is written by looking")
                action = self._rpc(person, window, 'action_apply')
                kept = ticket.record_ids
                self.assertEqual((kept.res_model, kept.what, kept.done_by_id, len(kept)), (model, what, person, 1))
                record = self.env[model].browse(kept.res_id)
                self.assertEqual({name: record[name] for name in told}, told)
                self.assertIn(record.create_uid if what == 'created' else record.write_uid, (person, self.env.user) if what in ('reset', 'printed') else (person,))
                step = ticket.step_ids
                self.assertEqual((len(step), step.done_by_id, ticket.state), (1, person, 'in_progress'))
                self.assertIn(record.display_name, step.description)
                self.assertTrue(step.with_user(self.user).description, "who asked reads that it was done")
                place = record.partner_id if model == 'res.users' else record
                self.assertEqual('message_ids' in place, model not in WITHOUT_CHATTER)
                if model not in WITHOUT_CHATTER:
                    note = place.message_ids[0].body
                    self.assertIn(ticket.name, note)
                    self.assertNotIn(ticket.subject, note)
                back = record.with_user(person)
                view = self.env.ref('base.view_users_form').id if model == 'res.users' else False
                self.assertIn('action_open_it_tickets', back.get_view(view)['arch'], "the record leads back, whatever it is")
                self.assertIn(ticket, self.env['it.ticket'].search(back.action_open_it_tickets()['domain']))
                self.assertEqual(back.it_ticket_count, self.env['it.ticket'].search_count(back.action_open_it_tickets()['domain']))
                self.assertEqual(action['type'], 'ir.actions.report' if what == 'printed' else 'ir.actions.act_window_close')
                with self.assertRaises(UserError):
                    self._rpc(person, window, 'action_apply')
                savepoint.rollback()
                self.env.invalidate_all()

    def test_every_kind_whose_app_is_missing_is_led_by_hand(self):
        kinds = {code: asked for code, asked, *_rest in self._cases()}
        with patch.object(ItDeedPlan, '_is_there', lambda _self, _model: False):  # the one place where an app is looked for
            for code, asked in kinds.items():
                self._assert_led_by_hand(self._ask(code, **asked), "is not installed in this Odoo")
        for code in ticket_deed.OUTSIDE:
            self._assert_led_by_hand(self._ask(code), "outside of Odoo")

    def test_a_badge_that_this_server_cannot_draw_is_led_by_hand(self):
        with patch.object(self.env.registry['ir.actions.report'], 'barcode', side_effect=RenderPMError("no backend")):
            self._assert_led_by_hand(self._ask('id_card', employee=self.employee.id, reason='new'), "cannot draw the bars of a badge")
        self.assertFalse(self.employee.barcode)

    def _assert_led_by_hand(self, ticket, why):
        with self.subTest(kind=ticket.category_id.code):
            self.assertIn(why, ticket.with_user(self.technician).deed_why)
            window = self._press(ticket, self.technician)
            form = Form(window)
            self.assertIn(why, form.why_text)
            self.assertFalse(form.can_apply or form.can_open_form or form.can_change_double or form.lines_html)
            for item in ticket.sudo().item_ids:
                self.assertIn(item.name.split("'")[0], form.guide_html)
            for method in ('action_apply', 'action_open_form', 'action_note'):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self._rpc(self.technician, window, method)
            window.note = "Did it by hand"
            self._rpc(self.technician, window, 'action_note')
            self.assertEqual((ticket.step_ids.description, ticket.step_ids.done_by_id), ("Did it by hand", self.technician))
            self.assertFalse(ticket.sudo().record_ids)

    def test_kinds_of_which_nothing_is_known(self):
        ticket = self._log()
        self.assertFalse(ticket.with_user(self.worker).deed)
        with self.assertRaisesRegex(UserError, "Nothing of this kind"):
            ticket.with_user(self.worker).action_open_deed()

    def test_who_may_not_is_told_before(self):
        """Of every kind: the technician's own rights in Odoo decide, and the window names somebody who may."""
        for code, asked, model, _told, _what in self._cases():
            with self.subTest(code=code, asked=asked), self.env.cr.savepoint() as savepoint:
                ticket = self._ask(code, **asked)
                before = self.env[model].with_context(active_test=False).search([])
                window = self._press(ticket, self.technician)
                form = Form(window)
                self.assertIn("Who may: ", form.refusal_text)
                self.assertFalse(form.can_apply or form.can_open_form)
                for method in ('action_apply', 'action_open_form'):
                    with self.assertRaisesRegex(UserError, "Who may: "), self.env.cr.savepoint():
                        self._rpc(self.technician, window, method)
                self.assertEqual(self.env[model].with_context(active_test=False).search([]), before)
                self.assertFalse(ticket.record_ids or ticket.step_ids)
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertIn("Worker", self.env['it.deed.plan'].with_user(self.technician)._who_may('res.partner', 'create'))

    def test_whose_button_it_is_not(self):
        ticket = self._ask('contact', name="Walk")
        window = self._press(ticket)
        for person in (self.user, self.other, self.auditor):
            for record, method in ((ticket, 'action_open_deed'), (ticket, 'action_change_access'), (window, 'action_apply'), (window, 'action_open_form')):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError), self.env.cr.savepoint():
                    self._rpc(person, record, method)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._rpc(self.technician, window, 'action_apply')  # another technician's window
        forged = self.env['it.ticket.deed'].with_user(self.worker).create({'ticket_id': ticket.id, 'key': 'account_close', 'target_id': self.other.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._rpc(self.worker, forged, 'action_apply')
        for vals in ({'ticket_id': ticket.id, 'res_model': 'res.users', 'res_id': 1, 'name': "x", 'what': 'created'},):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.env['it.ticket.record'].with_user(self.worker).create(vals)
        self._work_on(ticket)
        self._tick_required(ticket)
        ticket.with_user(self.technician).action_resolve()
        self.assertFalse(ticket.with_user(self.worker).deed)
        for record, method in ((ticket, 'action_open_deed'), (window, 'action_apply'), (window, 'action_open_form')):
            with self.subTest(method=method), self.assertRaises(UserError), self.env.cr.savepoint():
                self._rpc(self.worker, record, method)
        self.assertFalse(ticket.record_ids)

    def test_what_is_missing_or_there_already_is_told_before(self):
        partner = self.env['res.partner'].create({
            'name': "Selam Trading", 'email': "Selam@Trading.example.com", 'phone': "+251 911 23 45 67", 'vat': "ET 12-34"})
        item = self.env['product.template'].create({'name': "Tea", 'barcode': "4711"})
        self.env['uom.uom'].create({'name': "Tray", 'relative_uom_id': self.env.ref('uom.product_uom_litre').id, 'relative_factor': 12})
        for code, asked, problem, note, double in (
            ('contact', {'phone': "0911"}, "says nothing of: Name", False, False),
            ('contact', {'name': "Nobody Else", 'email': "selam@trading.EXAMPLE.com"}, False, "same: Email", partner),
            ('contact', {'name': "Nobody Else", 'phone': "0911-234567"}, False, "same: Phone", partner),
            ('contact', {'name': "Nobody Else", 'vat': "et1234"}, False, "same: Tax ID", partner),
            ('contact', {'name': "selam trading", 'vat': "et1234"}, False, "same: Tax ID, ", partner),
            ('sellable_item', {'name': "Nobody Else", 'barcode': "4711"}, "has to be of one record alone", "same: Barcode", item),
            ('contact', {'what': 'change', 'phone': "0911"}, "does not say clearly which one", False, False),
            ('contact', {'what': 'change', 'existing': partner.id, 'vat': "ET 12-34"}, "Nothing would change", False, False),
            ('account_access', {'login': "itc_other", 'employee': self.employee.id}, "has to be of one record alone", "same: Login", self.other),
            ('account_access', {'what': 'close_account'}, "does not say whose account", False, False),
            ('account_access', {'what': 'close_account', 'login': "nobody"}, "does not say whose account", False, False),
            ('account_access', {'what': 'close_account', 'login': "itc_worker"}, "Nobody closes the account", False, False),
            ('unit_of_measure', {'name': "Carton", 'ratio': 0.0}, "says nothing of: Reference Unit, Contains", False, False),
            ('sales_location_pricelist', {'what': 'change_price', 'item': "Tea"}, "says nothing of: Sales Price", False, False),
            ('sales_location_pricelist', {'what': 'change_price', 'item': "Tea", 'new_price': 5, 'from_date': '2099-01-01'}, "Press it on that day", False, False),
            ('sales_location_pricelist', {'what': 'change_price', 'item': "Tea", 'new_price': 5, 'old_price': 4}, False, "another old price", False),
            ('unit_of_measure', {'what': 'change', 'name': "Tray", 'ratio': 24}, False, "counts otherwise afterwards", False),
            ('unit_of_measure', {'what': 'change', 'name': "Tray", 'ratio': 12}, "Nothing would change", False, False),
            ('id_card', {}, "does not say whose badge", False, False),
        ):
            with self.subTest(code=code, asked=asked):
                window = self._press(self._ask(code, **asked))
                self.assertIn(problem or '', window.problem_text)
                self.assertEqual((bool(window.problem_text), window.can_apply), (bool(problem), not problem))
                self.assertIn(note or '', window.note_text)
                self.assertEqual(window.double_text or False, double.display_name if double else False)
                if problem:
                    with self.assertRaisesRegex(UserError, problem), self.env.cr.savepoint():
                        window.action_apply()

    def test_what_is_there_already_is_changed_instead(self):
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'email': "plc@example.com"})
        ticket = self._ask('contact', kind='customer', name="Selam Trading PLC", email="plc@example.com", city="Adama")
        window = self._press(ticket)
        self.assertTrue(window.can_change_double)
        other = self.env['it.ticket.deed'].with_user(self.worker).browse(window.action_change_double()['res_id'])
        self.assertRegex(other.lines_html, r'(?s)Selam Trading.*Selam Trading PLC.*Adama')
        other.action_apply()
        self.assertEqual((partner.name, partner.city), ("Selam Trading PLC", "Adama"))
        self.assertEqual(self.env['res.partner'].search_count([('email', '=', "plc@example.com")]), 1)
        self.assertIn("Name: Selam Trading → Selam Trading PLC", ticket.step_ids.description)
        self.assertEqual((ticket.record_ids.what, ticket.record_ids.res_id), ('changed', partner.id))
        partner.copy({'name': "Selam Trading too", 'email': "plc@example.com"})
        several = self._press(self._ask('contact', name="Selam PLC", email="plc@example.com"))
        self.assertFalse(several.can_change_double)
        self.assertIn("Several are alike", several.note_text)
        with self.assertRaises(UserError):
            several.action_change_double()

    def test_window_names_what_it_changes(self):
        partner = self.env['res.partner'].create({'name': "Selam Trading"})
        for code, asked, name in (
            ('account_access', {'what': 'reset_password', 'login': "itc_other"}, "Other (itc_other)"),
            ('account_access', {'what': 'close_account', 'login': "itc_other"}, "Other (itc_other)"),
            ('contact', {'what': 'change', 'existing': partner.id, 'name': "Nobody Else"}, "Selam Trading"),
            ('id_card', {'employee': self.employee.id}, "Selam Tadesse"),
            ('contact', {'name': "Somebody New"}, False),
        ):
            with self.subTest(code=code, asked=asked):
                form = Form(self._press(self._ask(code, **asked)))
                self.assertEqual(form.target_text or False, name)

    def test_login_and_employee_of_two_people_are_told(self):
        abebe = self.env['hr.employee'].create({'name': "Abebe", 'user_id': self.technician_2.id})
        for what in ('reset_password', 'close_account'):
            for employee, login, is_one in (
                (abebe, "itc_technician_2", True), (self.employee, "itc_other", True), (abebe, False, True),
                (abebe, "itc_other", False), (self.employee, "itc_technician_2", False),
            ):
                with self.subTest(what=what, employee=employee.name, login=login):
                    window = self._press(self._ask('account_access', what=what, employee=employee.id, login=login))
                    self.assertEqual((window.can_apply, "names two people" in (window.problem_text or '')), (is_one, not is_one))
                    if not is_one:
                        with self.assertRaisesRegex(UserError, "names two people"), self.env.cr.savepoint():
                            self._rpc(self.worker, window, 'action_apply')

    def test_address_of_an_account_is_for_who_may_write_accounts(self):
        clerk = new_test_user(
            self.env, login='itc_clerk', name="Clerk", email='clerk@example.com', groups=f'{TECHNICIAN},base.group_partner_manager,hr.group_hr_user')
        self.env['hr.employee'].create({'name': "Other", 'user_id': self.other.id})
        staff = self.env['hr.employee'].create({'name': "Driver", 'work_email': "driver@example.com"})
        for kind, contact, is_refused in (
            ('customer', self.other.partner_id, True), ('employee', self.other.partner_id, True),
            ('customer', clerk.partner_id, False), ('employee', staff.work_contact_id, False),
        ):
            with self.subTest(kind=kind, contact=contact.name):
                ticket = self._ask('contact', what='change', kind=kind, existing=contact.id, email="new.address@example.com")
                window = self._press(ticket, clerk)
                self.assertEqual((window.can_apply, window.can_open_form), (not is_refused, not is_refused))
                if is_refused:
                    self.assertRegex(window.refusal_text, r'“Other” has an account in Odoo.* Who may: ')
                    with self.assertRaisesRegex(UserError, "Who may: "), self.env.cr.savepoint():
                        self._rpc(clerk, window, 'action_apply')
                    self.assertEqual(self.other.email, 'other@example.com')
                    self.assertTrue(self._press(ticket).can_apply, "who may write accounts may")
                else:
                    self._rpc(clerk, window, 'action_apply')
                    self.assertEqual(contact.email, "new.address@example.com")

    def test_code_of_an_item_in_several_variants_is_not_written(self):
        size = self.env['product.attribute'].create({'name': "Size", 'value_ids': [Command.create({'name': name}) for name in ("S", "L")]})
        item = self.env['product.template'].create({
            'name': "Shirt", 'attribute_line_ids': [Command.create({'attribute_id': size.id, 'value_ids': [Command.set(size.value_ids.ids)]})]})
        for asked, is_possible in (({'barcode': "0815"}, False), ({'code': "S1"}, False), ({'price': 5}, True)):
            with self.subTest(asked=asked):
                window = self._press(self._ask('sellable_item', what='change', existing_item=item.id, **asked))
                self.assertEqual((window.can_apply, "several variants" in (window.problem_text or '')), (is_possible, not is_possible))

    def _ask_price(self, **values):
        return self._ask('sales_location_pricelist', **{'what': 'change_price', 'name': "Adama", 'item': "C250", 'old_price': 390, 'new_price': 412, **values})

    def test_price_of_a_list_is_changed_in_that_list(self):
        prices, item, rule = self._prices(compute_price='fixed', fixed_price=390)
        rule.copy({'min_quantity': 10, 'fixed_price': 380})
        ticket = self._ask_price()
        window = self._press(ticket)
        self.assertEqual((window.target_text, window.can_apply), (prices.display_name, True))
        self.assertRegex(window.lines_html, r'(?s)Coffee 250 g.*390\.00.*412\.00')
        self.assertNotIn("another old price", window.note_text)
        self.assertRegex(window.note_text, r"stay as they are: .*380.*≥ 10")
        self._rpc(self.worker, window, 'action_apply')
        self.assertEqual((rule.fixed_price, item.list_price, sorted(prices.item_ids.mapped('fixed_price'))), (412, 400, [380, 412]))
        self.assertRegex(ticket.step_ids.description, r'(?s)Adama.*C250.*390.*→.*412')
        self.assertEqual(self._press(self._ask_price()).problem_text, "Nothing would change: what the request wants is in the record already.")

    def test_price_that_a_list_has_not_yet_is_added(self):
        prices, item, _none = self._prices()
        prices.item_ids.create({'pricelist_id': prices.id, 'applied_on': '3_global', 'compute_price': 'percentage', 'percent_price': 10})
        window = self._press(self._ask_price(old_price=390))
        self.assertRegex(window.lines_html, r'(?s)360\.00.*412\.00')
        self.assertRegex(window.note_text, r'(?s)another old price: .*390.*no fixed price for this item yet')
        self._rpc(self.worker, window, 'action_apply')
        self.assertEqual((prices._get_product_price(item, 1.0), item.list_price, len(prices.item_ids)), (412, 400, 2))

    def test_price_that_a_person_has_to_decide(self):
        _prices, item, rule = self._prices(compute_price='percentage', percent_price=10)
        for change, asked, problem in (
            ({}, {}, "no fixed one, or holds for a time only"), ({'compute_price': 'fixed', 'fixed_price': 390, 'date_end': '2099-01-01'}, {}, "for a time only"),
            ({'date_end': False}, {'from_date': '2099-01-01'}, "Press it on that day"), ({}, {'item': "Tea"}, "which item it is about"),
            ({}, {'new_price': 0}, "does not say the new price"), ({}, {'name': "Hawassa"}, "No price list is called “Hawassa”, .* everywhere"),
        ):
            rule.write(change)
            with self.subTest(change=change, asked=asked):
                window = self._press(self._ask_price(**asked))
                self.assertRegex(window.problem_text, problem)
                self.assertEqual((window.can_apply, window.can_open_form), (False, True))
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self._rpc(self.worker, window, 'action_apply')
        self.assertEqual((item.list_price, rule.fixed_price), (400, 390))

    def test_what_a_request_names_is_not_made_again(self):
        self._prices()
        place = self.env['stock.warehouse'].search([('company_id', '=', self.env.company.id)], limit=1)
        for name, label in (("adama ", "Change the price list"), (place.name, "Change the sales location"), ("Hawassa", "Create the sales location")):
            self.assertEqual(self._ask('sales_location_pricelist', name=name).with_user(self.technician).deed_label, label)
        theirs = self.env['res.company'].create({'name': "Second"})
        self.env['product.pricelist'].create({'name': "Theirs", 'company_id': theirs.id})
        self.assertEqual(self._ask('sales_location_pricelist', name="Theirs").with_user(self.technician).deed, 'location_create', "of another company")
        litre = self.env.ref('uom.product_uom_litre')
        for code, asked, label in (
            ('sales_location_pricelist', {'what': 'new_location', 'name': place.name}, place.display_name),
            ('sales_location_pricelist', {'what': 'new_pricelist', 'name': "Adama"}, "Adama"), ('unit_of_measure', {'name': litre.name}, litre.name),
        ):
            window = self._press(self._ask(code, **asked))
            self.assertIn(label, window.double_text)
            self.assertIn('_change', window.browse(window.action_change_double()['res_id']).key)

    def test_locations_lists_and_units_are_changed_in_odoos_form(self):
        """What is to change stands in the words of the request; the step says what was."""
        prices, item, rule = self._prices(compute_price='fixed', fixed_price=390)
        place = self.env['stock.warehouse'].search([('company_id', '=', self.env.company.id)], limit=1)
        unit = self.env['uom.uom'].create({'name': "Carton"})
        for code, asked, record, vals, told in (
            ('sales_location_pricelist', {'what': 'change_location', 'name': place.name}, place, {'name': "Piazza"}, r'Warehouse: .* → Piazza'),
            ('unit_of_measure', {'what': 'change', 'name': "Carton"}, unit, {'name': "Carton of 12"}, r'Carton → Carton of 12'),
            ('sales_location_pricelist', {'what': 'change_pricelist', 'name': "Adama"}, prices, {'name': "Adama", 'item_ids': [
                Command.update(rule.id, {'fixed_price': 412}), Command.create({'applied_on': '3_global', 'compute_price': 'percentage', 'percent_price': 5})]},
                r'(?s)Coffee 250 g: .*390\.00.* → .*412\.00.*\nAll Products: 5 % discount'),
            ('sales_location_pricelist', {'what': 'change_pricelist', 'name': "Adama"}, prices, {
                'item_ids': [Command.update(rule.id, {'date_end': '2099-01-01'})]}, r'Coffee 250 g, End Date: .*/99'),
            ('sales_location_pricelist', {'what': 'change_pricelist', 'name': "Adama"}, prices, {
                'item_ids': [Command.delete(rule.id)]}, r'Coffee 250 g: .*412\.00.* → –'),
        ):
            with self.subTest(vals=vals):
                ticket = self._ask(code, **asked)
                window = self._press(ticket, self.boss)
                self.assertEqual((window.can_apply, window.can_open_form, window.target_text), (False, True, record.display_name))
                self.assertIn("in its own words", window.problem_text)
                self.assertEqual(self._save(window, vals), record.id)
                self.assertRegex(ticket.step_ids.description, told)
                self.assertEqual((ticket.record_ids.res_model, ticket.record_ids.res_id, ticket.record_ids.what), (record._name, record.id, 'changed'))

    def test_price_lists_that_count_for_nothing_are_led_by_hand(self):
        """As Odoo is without Sales and Point of Sale: nobody uses them. That one of the two is there cannot be tried here, and is made believe."""
        self._prices(compute_price='fixed', fixed_price=390)
        self.env.ref('base.group_user').implied_ids = [Command.unlink(self.env.ref('product.group_product_pricelist').id)]
        self.assertFalse(self.env['it.deed.plan']._is_there('sale.order') or self.env['it.deed.plan']._is_there('pos.config'))
        for asked in ({'what': 'new_pricelist', 'name': "Wholesale"}, {'what': 'change_pricelist', 'name': "Adama"}, {
                'what': 'change_price', 'name': "Adama", 'item': "C250", 'new_price': 412}):
            self._assert_led_by_hand(self._ask('sales_location_pricelist', **asked), "neither is installed in this Odoo")
        with patch.object(ItDeedPlan, '_is_there', lambda plans, model: model == 'sale.order' or model in plans.env):
            self._assert_led_by_hand(self._ask('sales_location_pricelist', what='new_pricelist', name="Wholesale"), "switched off in the settings of this Odoo")
        self.assertFalse(self._ask_price(name=False).with_user(self.technician).deed_why, "the price of an item counts without them")

    def test_what_was_shown_is_what_is_done(self):
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'phone': "1"})
        ticket = self._ask('contact', what='change', existing=partner.id, phone="2")
        for change in (lambda: ticket.with_user(self.worker).write({'request_values': {**ticket.request_values._values, 'phone': "3"}}),
                       lambda: partner.write({'phone': "4"})):
            window = self._press(ticket)
            change()
            self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "no longer what was shown"), self.env.cr.savepoint():
                self._rpc(self.worker, window, 'action_apply')
        self.assertEqual(partner.phone, "4")

    def test_odoos_own_form_links_what_it_saves(self):
        ticket = self._ask('contact', kind='customer', name="Form Trading", phone="0911 22 33 44")
        window = self._press(ticket)
        context = window.action_open_form()['context']
        self.assertEqual((context['default_name'], context['default_phone'], context['default_customer_rank']), ("Form Trading", "0911 22 33 44", 1))
        partner = self.env['res.partner'].browse(self._save(window, {
            'name': "Form Trading", 'phone': "0911 22 33 44", 'comment': "Loud", 'function': "Buyer", 'type': 'contact'}))
        self.assertEqual((partner.customer_rank, partner.create_uid), (1, self.worker))
        self.assertEqual((ticket.record_ids.res_id, ticket.record_ids.what), (partner.id, 'created'))
        self.assertEqual(ticket.step_ids.description.splitlines()[1:], [
            "Name: Form Trading", "Phone: 0911 22 33 44", "Notes: Loud", "Job Position: Buyer"], "all that was saved, but what every new one has")
        self.assertIn(ticket.name, partner.message_ids[0].body)
        # saved again in the same form: it is the ticket's already
        self._rpc(self.worker, partner, 'web_save', {'city': "Adama"}, {'display_name': {}}, context=context)
        self.assertEqual((len(ticket.record_ids), len(ticket.step_ids)), (1, 1))

    def test_what_is_made_in_a_form_from_odoos_own_form_is_not_the_tickets(self):
        """“Create and edit…” in a field of the form hands on what does not begin with ``default_``."""
        ticket = self._ask('contact', name="Form Trading")
        window = self._press(ticket)
        handed_on = {name: value for name, value in window.action_open_form()['context'].items() if not name.startswith('default_')}
        self._rpc(self.worker, self.env['res.partner'], 'web_save', {'name': "Mother of it"}, {'display_name': {}}, context=handed_on)
        self.assertFalse(ticket.record_ids or window.is_done)
        self._save(window, {'name': "Form Trading"})
        self.assertEqual(ticket.record_ids.name, "Form Trading")

    def test_odoos_own_form_is_not_offered_for_an_account(self):
        """Access rights could be given in it without a manager's approval."""
        ticket = self._ask('account_access', what='new_account', employee=self.employee.id, login="selam@example.com")
        window = self._press(ticket)
        self.assertEqual((window.can_apply, window.can_open_form), (True, False))
        with self.assertRaisesRegex(UserError, "There is no form"), self.env.cr.savepoint():
            self._rpc(self.worker, window, 'action_open_form')
        vals = {'name': "Selam", 'login': "selam@example.com", 'group_ids': [Command.link(self.env.ref('base.group_erp_manager').id)]}
        self._rpc(self.worker, self.env['res.users'], 'web_save', vals, {'display_name': {}}, context={DEED: window.id})
        self.assertFalse(ticket.record_ids or ticket.step_ids, "a form that is no request's")
        self.assertRegex(self._press(self._ask('account_access', what='new_account')).problem_text, r'Fill it in there\.$')

    def test_odoos_own_form_makes_it_in_the_tickets_company(self):
        second = self.env['res.company'].create({'name': "Second"})
        (self.user | self.worker).write({'company_ids': [Command.link(second.id)]})
        ticket, shared = self._ask('sales_location_pricelist', what='new_pricelist', name="Wholesale"), self._ask('contact', name="Walk Shared")
        (ticket | shared).company_id = second
        window = self._press(ticket)
        self.assertEqual(window.action_open_form()['context']['default_company_id'], second.id)
        self.assertEqual(self.env['product.pricelist'].browse(self._save(window, {'name': "Wholesale"})).company_id, second)
        self.assertNotIn('default_company_id', self._press(shared).action_open_form()['context'], "what Odoo shares stays shared")

    def test_odoos_own_form_changes_what_is_there(self):
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'city': "Jimma"})
        ticket = self._ask('contact', what='change', existing=partner.id, phone="0911 22 33 44")
        window = self._press(ticket)
        self.assertEqual(self._save(window, {'city': "Adama", 'comment': "<p>Loud</p>", 'name': "Selam Trading"}), partner.id)
        self.assertIn("City: Jimma → Adama", ticket.step_ids.description)
        self.assertIn("Notes: Loud", ticket.step_ids.description)
        self.assertNotIn("Name", ticket.step_ids.description)

    def test_a_forged_form_links_nothing(self):
        ticket = self._ask('contact', name="Forged")
        window = self._press(ticket)
        window.action_open_form()
        stranger = new_test_user(self.env, login='itc_stranger', groups='base.group_user,base.group_partner_manager')
        for person, model, vals in (
            (stranger, 'res.partner', {'name': "Forged"}), (self.technician_2, 'it.ticket', {'subject': "x", 'category_id': ticket.category_id.id}),
            (self.worker, 'product.template', {'name': "Forged"}),
        ):
            for number in (window.id, 10 ** 9, "x", [window.id], True):
                self.assertTrue(self._rpc(person, self.env[model], 'web_save', vals, {'display_name': {}}, context={DEED: number})[0]['id'])
        self.assertFalse(ticket.record_ids or ticket.step_ids)

    def test_what_only_some_may_read_is_in_no_step(self):
        self.employee.barcode = "0419876543"
        ticket = self._ask('id_card', employee=self.employee.id, reason='lost')
        window = self._press(ticket)
        self.assertIn("0419876543", window.lines_html)
        self._rpc(self.worker, window, 'action_apply')
        self.assertNotEqual(self.employee.barcode, "0419876543")
        self.assertNotIn(self.employee.barcode, ticket.step_ids.description)
        self.assertNotIn("0419876543", ticket.step_ids.description)
        again = self._press(self._ask('id_card', employee=self.employee.id, reason='damaged'))
        number = self.employee.barcode
        again.action_apply()
        self.assertEqual(self.employee.barcode, number)

    def test_closing_an_account_shows_what_is_open(self):
        self._log().with_user(self.manager).write({'assignee_id': self.technician_2.id})
        self._log(self.technician_2)
        self.env['res.partner'].create({'name': "x"}).activity_schedule('mail.mail_activity_data_todo', user_id=self.technician_2.id)
        window = self._press(self._ask('account_access', what='close_account', login=self.technician_2.login))
        for text in ("logged out at once", "Activities that nobody else has", "that it works on: TKT/", "that it asked for: TKT/"):
            self.assertIn(text, window.note_text)

    def test_earlier_records_stay_listed(self):
        ticket = self._ask('contact', name="Walk Stay")
        self._press(ticket).action_apply()
        self._tick_required(ticket, self.worker)
        ticket.with_user(self.worker).action_resolve()
        ticket.with_user(self.user).action_reopen("Wrong street")
        self.assertEqual(ticket.record_ids.name, "Walk Stay")
        self.env['res.partner'].browse(ticket.record_ids.res_id).unlink()
        self.env.invalidate_all()
        kept = ticket.record_ids.with_user(self.technician)
        self.assertEqual((kept.name, kept.can_open, kept.kind), ("Walk Stay", False, "Contact"))
        with self.assertRaisesRegex(UserError, "no longer there"):
            kept.action_open()
        with self.assertRaises(AccessError):
            self.env['it.ticket.record'].with_user(self.user).search_count([])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            ticket.record_ids.sudo().unlink()

    @mute_logger('odoo.sql_db')
    def test_what_was_done_is_sealed_with_the_ticket(self):
        ticket = self._ask('contact', name="Walk Sealed")
        self._press(ticket).action_apply()
        self._tick_required(ticket, self.worker)
        ticket.with_user(self.worker).action_resolve()
        ticket.with_user(self.user).action_confirm()
        self.env.cr.flush()
        self.env.cr.precommit.run()
        self.assertFalse(list(ticket.sudo()._compare_with_log()))
        self.env.cr.execute("UPDATE it_ticket_record SET name = 'Nothing' WHERE ticket_id = %s", [ticket.id])
        self.env.invalidate_all()
        [(_id, _name, code, details)] = list(ticket.sudo()._compare_with_log())
        self.assertEqual((code, details), ('changed', ["Walk Sealed"]))
