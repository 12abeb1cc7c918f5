from psycopg2 import IntegrityError

from odoo.tests import tagged, users
from odoo.tools import mute_logger

from ..common import ItcCase


@tagged('post_install', '-at_install')
class TestCodes(ItcCase):
    """Nobody has to think of a code: it is made of the name, in each model that has one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checklist = cls.env['it.checklist'].create({'name': "Codes"})
        cls.host = cls.env['it.asset'].create({
            'name': "srv-codes", 'kind': 'host', 'category_id': cls.env.ref('it_continuity.asset_category_server').id})
        cls.company_2 = cls.env['res.company'].create({'name': "Second"})

    def _values(self, model, name, **values):
        required = {
            'it.task': {'checklist_id': self.checklist.id}, 'it.check.template': {'kind': 'disk'}, 'it.heartbeat': {'asset_id': self.host.id},
        }.get(model, {})
        return {'name': name, **required, **values}

    def _models(self):
        return sorted(self.env.registry['it.code.mixin']._inherit_children)

    def test_every_model_with_a_name_for_programs_makes_its_codes(self):
        # Their code is the printed number, a person's to choose; a host's proposal names the code of a template; that of a kept day says why it stood so.
        numbers = {'it.handbook.line', 'it.handbook.section', 'it.check.proposal', 'it.backup.day'}
        coded = {
            model._name for model in self.env.registry.values()
            if model._name.startswith('it.') and not model._transient and not model._abstract and model._auto
            and model._fields.get('code') is not None and model._fields['code'].store}
        self.assertEqual(coded - numbers, {'it.role', 'it.checklist', 'it.task', 'it.check.template', 'it.ticket.category', 'it.heartbeat'})
        self.assertEqual(set(self._models()), coded - numbers)

    @users('itc_manager')
    def test_code_is_made_of_the_name_once(self):
        for name in self._models():
            with self.subTest(model=name):
                model = self.env[name]
                first, second = model.create([self._values(name, "Printer: ink, daily!"), self._values(name, "Printer: ink, daily!")])
                self.assertEqual((first.code, second.code), ('printer_ink_daily', 'printer_ink_daily_2'))
                copy = first.copy()
                self.assertEqual((copy.name, copy.code), ("Printer: ink, daily! (copy)", 'printer_ink_daily_copy'))
                self.assertEqual(first.copy().code, 'printer_ink_daily_copy_2')
                first.active = False
                self.assertEqual(model.create(self._values(name, "Printer ink daily")).code, 'printer_ink_daily_3', "an archived one keeps its code")
                second.name = "Toner"
                second.code = False
                self.assertEqual(second.code, 'printer_ink_daily_2', "neither renaming nor emptying changes it")
                self.assertEqual(model.create(self._values(name, "የኃይል ቁጥጥር")).code, name.rpartition('.')[2])

    @users('itc_manager')
    def test_given_code_is_kept_and_not_given_to_another(self):
        for name in self._models():
            with self.subTest(model=name):
                made, given = self.env[name].create([self._values(name, "Given one"), self._values(name, "x", code='given_one')])
                self.assertEqual((made.code, given.code), ('given_one_2', 'given_one'))
                result = self.env[name].load(['name', *self._columns(name)], self._rows(name))
                self.assertFalse(result['messages'])
                self.assertEqual(self.env[name].browse(result['ids']).mapped('code'), ['imported', 'by_import'])

    def _columns(self, name):
        return ['code', *(column for column in ('checklist_id/.id', 'kind', 'asset_id/.id') if column.partition('/')[0] in self._values(name, ""))]

    def _rows(self, name):
        more = [str(value) for key, value in self._values(name, "").items() if key != 'name']
        return [["Imported", '', *more], ["x", 'by_import', *more]]

    def test_codes_are_unique_within_a_company(self):
        values = {'name': "Same", 'company_id': self.env.company.id}
        for name in ('it.role', 'it.checklist'):
            with self.subTest(model=name):
                mine, other, everybodys = self.env[name].create([
                    values, {**values, 'company_id': self.company_2.id}, {**values, 'company_id': False}])
                self.assertEqual({mine.code, other.code, everybodys.code}, {'same'})
        # A template's company follows from its asset after it is there: its code is free in every company.
        asset = self.env['it.asset'].create({'name': "theirs", 'category_id': self.category.id, 'company_id': self.company_2.id})
        templates = self.env['it.check.template'].create([
            self._values('it.check.template', "Same"), self._values('it.check.template', "Same", asset_id=asset.id)])
        self.assertEqual((templates.mapped('code'), templates[1].company_id), (['same', 'same_2'], self.company_2))

    @mute_logger('odoo.sql_db')
    def test_no_record_is_without_a_code(self):
        role = self.env['it.role'].create({'name': "Coded"})
        for empty in (None, ''):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute("UPDATE it_role SET code = %s WHERE id = %s", [empty, role.id])
