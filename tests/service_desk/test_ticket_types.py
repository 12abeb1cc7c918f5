import importlib.util
from pathlib import Path

from odoo.tests import tagged

from .common import TicketCase

MIGRATIONS = Path(__file__).parents[2] / 'migrations'


@tagged('post_install', '-at_install')
class TestTicketTypes(TicketCase):
    """The kinds of requests that come with the software, and what an upgrade makes of them."""

    def _kind(self, code):
        return self.env.ref(f'it_continuity.ticket_category_{code}')

    def test_every_kind_that_comes_along_is_filled(self):
        kinds = self.env['it.ticket.category'].search([('code', 'in', [
            'account_access', 'contact', 'salesperson_so_engine', 'sellable_item', 'sales_location_pricelist', 'unit_of_measure', 'company_branch',
            'id_card', 'purchase_payment_request', 'printer_problem', 'printer_ink', 'toner_stock', 'inventory_purchase', 'remote_help',
            'improvement_idea', 'other'])])
        self.assertEqual(len(kinds), 16)
        for kind in kinds:
            with self.subTest(kind=kind.code):
                self.assertTrue(kind.request_fields and kind.checklist_ids and kind.expected_hours and kind.instructions and kind.role_id)
                self.assertLessEqual(len(kind.checklist_ids.filtered('is_required')), 1, "few things that hold everybody up")
                for one in kind.request_fields:
                    self.assertTrue(one['string'])
                    self.assertTrue(one.get('comodel') or one['type'] != 'many2one')
        self.assertEqual(self._kind('improvement_idea').nature, 'request')

    def _migrate(self, script='19.0.1.6.0/post-types.py'):
        spec = importlib.util.spec_from_file_location('it_post_types', MIGRATIONS / script)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        self.env.flush_all()
        script.migrate(self.env.cr, '19.0.1.5.0')
        self.env.invalidate_all()

    def test_upgrade_fills_the_kinds_that_nobody_changed(self):
        kinds = self.env['it.ticket.category'].search([])
        before = {kind.code: (kind.request_fields, kind.checklist_ids.mapped('name'), kind.expected_hours) for kind in kinds}
        # as a database of the version before is
        kinds.write({'request_fields': False, 'expected_hours': 0})
        kinds.checklist_ids.unlink()
        self._kind('improvement_idea').unlink()
        theirs = {'contact': {'name': "Kontakte"}, 'id_card': {'instructions': "<p>Ask Abebe.</p>"}, 'printer_ink': {'nature': 'incident'}}
        for code, values in theirs.items():
            self._kind(code).write(values)
        self._kind('sellable_item').write({'role_id': False, 'keywords': "Ware", 'request_fields': [{'name': 'own', 'string': "Own", 'type': 'char'}]})
        self._kind('unit_of_measure').write({'role_id': False, 'keywords': "Einheit", 'sequence': 1})
        self._kind('company_branch').unlink()
        for _time in range(2):
            self._migrate()
            for kind in self.env['it.ticket.category'].search([]):
                after = (kind.request_fields, kind.checklist_ids.mapped('name'), kind.expected_hours)
                with self.subTest(kind=kind.code):
                    if kind.code in theirs:
                        self.assertEqual(after, ([], [], 0))
                    elif kind.code == 'sellable_item':
                        self.assertEqual(after, ([{'name': 'own', 'string': "Own", 'type': 'char'}], [], 0))
                    else:
                        self.assertEqual(after, before[kind.code])
        self.assertEqual(self._kind('unit_of_measure').keywords, "Einheit")
        self.assertEqual(self._kind('improvement_idea').instructions[:9], "<p>Thank ")
        self.assertFalse(self.env.ref('it_continuity.ticket_category_company_branch', raise_if_not_found=False))

    def test_upgrade_leaves_a_kind_of_the_same_code_alone(self):
        self._kind('improvement_idea').unlink()
        self.env['it.ticket.category'].create({'name': "Ideas of ours", 'code': 'improvement_idea'})
        self._migrate()
        [kind] = self.env['it.ticket.category'].search([('code', '=', 'improvement_idea')])
        self.assertEqual((kind.name, kind.request_fields), ("Ideas of ours", []))

    def test_upgrade_lets_requests_ask_for_changes_where_nobody_changed_the_form(self):
        prices, unit = self._kind('sales_location_pricelist'), self._kind('unit_of_measure')
        form = {kind: kind.request_fields for kind in prices | unit}
        # as a database of the version before is
        what = {**form[prices][0], 'selection': form[prices][0]['selection'][:3]}
        old = {prices: [what, *form[prices][1:]], unit: form[unit][1:]}
        self.assertEqual([one['name'] for one in (what, *old[unit])], ['what', 'name', 'reference', 'ratio'])
        for theirs, is_mended in (
            ({}, True), ({'keywords': "Preis"}, True), ({'name': "Preise"}, False), ({'instructions': "<p>Ask Abebe.</p>"}, False), ({'nature': 'incident'}, False),
            ({'request_fields': [{'name': 'own', 'string': "Own", 'type': 'char'}]}, False), ({'request_fields': False}, False),
        ):
            for kind in old:
                with self.subTest(kind=kind.code, theirs=theirs), self.env.cr.savepoint() as savepoint:
                    kind.write({'request_fields': old[kind], **theirs})
                    before = kind.request_fields
                    ticket = self._log(category_id=kind.id, request_values={'name': "Adama"})
                    for _time in range(2):
                        self._migrate('19.0.1.9.0/post-prices.py')
                        self.assertEqual(kind.request_fields, form[kind] if is_mended else before)
                    self.assertEqual(ticket.request_values.get('name', "Adama"), "Adama")
                    savepoint.rollback()
                    self.env.invalidate_all()
        unit.unlink()
        self._migrate('19.0.1.9.0/post-prices.py')

    def test_upgrade_lets_incidents_say_more_where_nobody_changed_what_they_ask(self):
        help_, other = self._kind('remote_help'), self._kind('other')
        form, items = {kind: kind.request_fields for kind in help_ | other}, other.checklist_ids.mapped('name')
        self.assertTrue(items)
        for kind in form:
            self.assertLessEqual({'since', 'affected', 'tried'}, {one['name'] for one in form[kind]})
        for theirs, is_mended in (
            ({}, True), ({'keywords': "Hilfe"}, True), ({'name': "Hilfe"}, False), ({'instructions': "<p>Ask Abebe.</p>"}, False), ({'nature': 'request'}, False),
            ({'request_fields': [{'name': 'own', 'string': "Own", 'type': 'char'}]}, False),
        ):
            with self.subTest(theirs=theirs), self.env.cr.savepoint() as savepoint:
                # as a database of the version before is
                help_.write({'request_fields': form[help_][:2], **theirs})
                (other.checklist_ids | help_.checklist_ids).unlink()
                other.write({'request_fields': [], **theirs})
                before = {kind: kind.request_fields for kind in form}
                waiting, begun = self._log(category_id=other.id), self._log(category_id=other.id)
                begun.with_user(self.technician).action_start()
                for _time in range(2):
                    self._migrate('19.0.1.10.0/post-incidents.py')
                    self.assertEqual({kind: kind.request_fields for kind in form}, form if is_mended else before)
                    self.assertEqual(other.checklist_ids.mapped('name'), items if is_mended else [])
                    self.assertFalse(help_.checklist_ids, "what somebody took away stays away")
                    self.assertEqual((waiting | begun).sudo().item_ids.mapped('name'), items if is_mended else [])
                savepoint.rollback()
                self.env.invalidate_all()
        own = other.checklist_ids.create({'category_id': other.id, 'name': "Own"})
        (other.checklist_ids - own).unlink()
        other.request_fields = []
        self._migrate('19.0.1.10.0/post-incidents.py')
        self.assertEqual((other.request_fields, other.checklist_ids), ([], own))
        (help_ | other).sudo().unlink()
        self._migrate('19.0.1.10.0/post-incidents.py')
