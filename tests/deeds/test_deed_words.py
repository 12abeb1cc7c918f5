from base64 import b64encode
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .deed_case import DOT, DeedCase


@tagged('post_install', '-at_install')
class TestDeedWords(DeedCase):
    """What the step of a ticket says of what was saved in Odoo's own form: before → after, of each kind of field."""

    def _told(self, record, vals, code='contact', named='existing'):
        """Return the lines of the step that says what was saved of a record in Odoo's form."""
        ticket = self._ask(code, what='change', **{named: record.id})
        self._save(self._press(ticket), vals)
        return ticket.step_ids.description.splitlines()[1:]

    def test_names_of_a_list_are_told_before_and_afterwards(self):
        country = self.env.ref('base.et')
        group = self.env['account.tax.group'].create({'name': "VAT", 'country_id': country.id})
        full, none = self.env['account.tax'].create([{
            'name': name, 'amount': amount, 'type_tax_use': 'sale', 'country_id': country.id, 'tax_group_id': group.id}
            for name, amount in (("15%", 15), ("0%", 0))])
        item = self.env['product.template'].create({'name': "Coffee", 'taxes_id': [Command.set(full.ids)]})
        self.assertEqual(self._told(item, {'taxes_id': [Command.unlink(full.id), Command.link(none.id)]}, 'sellable_item', 'existing_item'), [
            "Sales Taxes: 15% (ET) → 0% (ET)"])
        tags = self.env['res.partner.category'].create([{'name': f"Tag {number}"} for number in range(10)])
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'category_id': [Command.set(tags[:8].ids)]})
        self.assertEqual(self._told(partner, {'category_id': [Command.unlink(tags[3].id), Command.link(tags[9].id)]}), [
            "Tags: Tag 3, … → Tag 9, …"])
        few = self.env['res.partner'].create({'name': "Few", 'category_id': [Command.set(tags[1:3].ids)]})
        self.assertEqual(self._told(few, {'category_id': [Command.link(tags[0].id)]}), ["Tags: Tag 1, Tag 2 → Tag 0, Tag 1, Tag 2"])
        words = self.env['it.deed.words']
        held = words._look(few, {'category_id': []}, self.boss)
        self.assertEqual(words._changes(few, {'category_id': held['category_id'][::-1]}, self.boss), [], "the order of a set says nothing")
        self.assertEqual(self._told(partner, {'category_id': [Command.set(tags[1:2].ids)]}), [
            "Tags: Tag 0, Tag 2, Tag 4, Tag 5, Tag 6, Tag 7, … → …"], "what stays is not named in a long list")
        self.assertEqual(self._told(partner, {'category_id': [Command.clear()]}), ["Tags: Tag 1 → –"])

    def test_what_a_reader_of_the_ticket_may_not_see_is_not_named(self):
        shy = self.env['res.groups'].create({'name': "Shy", 'user_ids': [Command.set(self.user.ids)]})
        self.env['ir.rule'].create({
            'name': "No secrets", 'model_id': self.env['ir.model']._get_id('res.partner.category'), 'groups': [Command.set(shy.ids)],
            'domain_force': "[('name', '!=', 'Secret')]"})
        secret, open_ = self.env['res.partner.category'].create([{'name': "Secret"}, {'name': "Open"}])
        partner = self.env['res.partner'].create({'name': "Selam Trading"})
        self.assertEqual(self._told(partner, {'category_id': [Command.link(secret.id)]}), ["Tags: changed"])
        self.assertEqual(self._told(partner, {'category_id': [Command.link(open_.id)]}), ["Tags: … → Open, …"])

    def test_what_every_employee_may_read_is_told_and_what_only_some_may_is_not(self):
        """Odoo keeps what an item costs from customers, which is no secret among colleagues."""
        item = self.env['product.template'].create({'name': "Coffee", 'standard_price': 100})
        told = {'standard_price': 120, 'list_price': 150}
        self.assertEqual(self._told(item, told, 'sellable_item', 'existing_item'), ["Cost: 100.00 → 120.00", "Sales Price: 1.00 → 150.00"])
        plans = self.env['it.deed.plan']
        for groups, is_private in (
                ('base.group_user', False), ('base.group_system,base.group_user', False), ('base.group_system', True), ('base.group_user,base.group_portal', False),
                ('it_continuity.it_continuity_group_technician', True), ('.', True), ('base.group_no_such', True)):
            with patch.object(item._fields['standard_price'], 'groups', groups):
                self.assertEqual(plans._is_private(item, 'standard_price'), is_private, groups)

    def test_parts_of_a_record_are_told_one_by_one(self):
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'is_company': True, 'child_ids': [
            Command.create({'name': name, 'phone': "1"}) for name in ("Abebe", "Kebede", "Other")]})
        abebe, kebede, _other = partner.child_ids.sorted('name')
        told = self._told(partner, {'child_ids': [
            Command.update(abebe.id, {'phone': "2", 'name': "Abebe", 'category_id': [Command.create({'name': "Key"})]}), Command.delete(kebede.id),
            Command.create({'name': "New one"})]})
        self.assertEqual(told, [
            "Contact “Selam Trading, Abebe”, Phone: 1 → 2", "Contact “Selam Trading, Abebe”, Tags: Key",
            "Contact: Selam Trading, Kebede → –", "Contact: Selam Trading, New one"])
        many = self._told(partner, {'child_ids': [Command.create({'name': f"Person {number:02}"}) for number in range(25)]})
        self.assertEqual((len(many), many[-1]), (21, "Contact: 5 more are new or gone"))
        people = partner.child_ids.filtered(lambda one: one.name.startswith("Person"))
        phones = self._told(partner, {'child_ids': [Command.update(one.id, {'phone': "3"}) for one in people]})
        self.assertEqual((len(phones), phones[-1]), (21, "Contact: 5 more are changed"))
        phones = self._told(partner, {'child_ids': [Command.update(one.id, {'phone': "4" if one in people[20:] else "3"}) for one in people]})
        self.assertEqual(phones, ["Contact: 5 more are changed"])

    def test_a_part_that_is_deleted_is_named_to_who_could_read_it(self):
        shy = self.env['res.groups'].create({'name': "Shy", 'user_ids': [Command.set(self.user.ids)]})
        self.env['ir.rule'].create({
            'name': "No secrets", 'model_id': self.env['ir.model']._get_id('res.partner'), 'groups': [Command.set(shy.ids)],
            'domain_force': "[('name', '!=', 'Secret')]"})
        partner = self.env['res.partner'].create({'name': "Selam Trading", 'is_company': True, 'child_ids': [
            Command.create({'name': name}) for name in ("Secret", "Open", "Secret")]})
        open_ = partner.child_ids.filtered(lambda one: one.name == "Open")
        secret, other = partner.child_ids - open_
        self.assertEqual(self._told(partner, {'child_ids': [Command.delete(secret.id)]}), ["Contact: changed"])
        self.assertEqual(self._told(partner, {'child_ids': [Command.delete(other.id), Command.delete(open_.id)]}), ["Contact: Selam Trading, Open → –"])

    def test_texts_files_and_fields_of_ones_own_are_told(self):
        categ = self.env['product.category'].create({'name': "Hot", 'product_properties_definition': [
            {'name': 'aa', 'string': "Roast", 'type': 'selection', 'selection': [['l', "Light"], ['d', "Dark"]]},
            {'name': 'bb', 'string': "Grower", 'type': 'many2one', 'comodel': 'res.partner'}, {'name': 'cc', 'string': "Bio", 'type': 'boolean'}]})
        grower = self.env['res.partner'].create({'name': "Abebe"})
        text = "word " * 80
        item = self.env['product.template'].create({
            'name': "Coffee", 'categ_id': categ.id, 'description': f"<p>{text}<b>old</b> end</p>", 'description_sale': "Hot",
            'product_properties': {'aa': 'l', 'cc': False}})
        told = self._told(item, {
            'description': f"<p>{text}<b>new</b> end</p>", 'description_sale': f"Hot {text}", 'image_1920': b64encode(DOT).decode(),
            'product_properties': [
                {'name': 'aa', 'string': "Roast", 'type': 'selection', 'selection': [['l', "Light"], ['d', "Dark"]], 'value': 'd'},
                {'name': 'bb', 'string': "Grower", 'type': 'many2one', 'comodel': 'res.partner', 'value': [grower.id, "Abebe"]},
                {'name': 'cc', 'string': "Bio", 'type': 'boolean', 'value': False}]}, 'sellable_item', 'existing_item')
        self.assertRegex(told[0], r'^Description: ….*word \*?old\*? end → ….*word \*?new\*? end$')
        self.assertLess(len(told[1]), 300)
        self.assertTrue(told[1].startswith("Sales Description: Hot → Hot word") and told[1].endswith("…"))
        self.assertRegex(told[2], r'^Image: \d+\.\d+ bytes$')
        self.assertEqual(told[3:], ["Roast: Light → Dark", "Grower: Abebe"])
        self.assertRegex(self._told(item, {'image_1920': b64encode(DOT + b' ').decode()}, 'sellable_item', 'existing_item')[0], r'^Image: changed \(')
        self.assertEqual(self._told(item, {'description': f"<p>{text}<strong>new</strong> end</p>"}, 'sellable_item', 'existing_item'), ["Description: changed"])

    def test_a_long_list_of_prices_is_not_read(self):
        prices, item, rule = self._prices(compute_price='fixed', fixed_price=390)

        def cost():
            ticket = self._ask('sales_location_pricelist', what='change_pricelist', name="Adama")
            window = self._press(ticket, self.boss)
            self.env.flush_all()
            self.env.invalidate_all()
            words = self.env['it.deed.words'].with_user(self.boss)
            before = self.env.cr.sql_log_count
            held = words._look(prices.with_user(self.boss), {'item_ids': [Command.update(rule.id, {'fixed_price': 1})]}, window._get_readers())
            prices.invalidate_recordset()
            lines = words._changes(prices.with_user(self.boss), held, window._get_readers())
            self.assertFalse(lines)
            return self.env.cr.sql_log_count - before, len(rule._fields['fixed_price']._get_cache(words.env))

        cost()  # what is read once
        few = cost()
        prices.item_ids = [Command.create({'applied_on': '1_product', 'product_tmpl_id': item.id, 'compute_price': 'fixed', 'fixed_price': number})
                           for number in range(300)]
        self.assertEqual(cost(), few)

    def test_a_reference_is_told_by_the_names(self):
        words = self.env['it.deed.words']
        menu = self.env['ir.ui.menu'].create({'name': "Menu"})
        one, other = self.env['ir.actions.act_url'].create([{'name': name, 'url': '/'} for name in ("One", "Other")])
        for old, new, told in ((False, one, ("", "One")), (one, other, ("One", "Other")), (other, False, ("Other", ""))):
            menu.action = old and f'{old._name},{old.id}'
            held = words._look(menu, {'action': 'x'}, self.boss)
            menu.action = new and f'{new._name},{new.id}'
            self.assertEqual([(line.before, line.after) for line in words._changes(menu, held, self.boss)], [told])
        self.assertEqual(words._changes(menu, words._look(menu, {'action': 'x'}, self.boss), self.boss), [])
