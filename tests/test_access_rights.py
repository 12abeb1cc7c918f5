import csv
from pathlib import Path

from odoo.tests import TransactionCase, tagged

TABLE = Path(__file__).parent / 'access_rights.csv'
GROUPS = ('user', 'technician', 'manager', 'auditor')
RIGHTS = {'c': 'create', 'r': 'read', 'w': 'write', 'd': 'unlink'}


@tagged('post_install', '-at_install')
class TestAccessRights(TransactionCase):
    """Who may do what to which model is a table that somebody read: a new model, a new right and a lost one fail here.

    ``access_rights.csv`` has a row a model and a column a group, with the letters c(reate), r(ead), w(rite) and d(elete) of what a person
    with this group, and with what it implies, may do. Whoever adds a model adds its row, by hand.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with TABLE.open(encoding='utf-8', newline='') as file:
            cls.table = {row['model']: row for row in csv.DictReader(file)}
        cls.people = {
            group: cls.env['res.users'].create({
                'name': group, 'login': f'itc_rights_{group}',
                'group_ids': [(6, 0, cls.env.ref(f'it_continuity.it_continuity_group_{group}').ids)]})
            for group in GROUPS}
        cls.people['guest'] = cls.env['res.users'].create({
            'name': "guest", 'login': 'itc_rights_guest', 'group_ids': [(6, 0, cls.env.ref('base.group_user').ids)]})

    def _models(self):
        return sorted(name for name, model in self.env.registry.items() if name.startswith('it.') and not model._abstract)

    def _rights(self, model, person):
        """Return the letters of what the rights of this person's groups allow; rules may narrow it further."""
        access = self.env['ir.model.access'].with_user(person)
        return ''.join(letter for letter, right in RIGHTS.items() if access.check(model, right, raise_exception=False))

    def test_table_names_every_model_and_no_other(self):
        self.assertEqual(sorted(self.table), self._models(), "a row of tests/access_rights.csv says who may do what to a model")

    def test_every_model_is_as_the_table_says(self):
        for model in self._models():
            row = self.table.get(model, {})
            for group in GROUPS:
                with self.subTest(model=model, group=group):
                    self.assertEqual(self._rights(model, self.people[group]), row.get(group))

    def test_who_has_none_of_our_groups_may_do_nothing(self):
        for model in self._models():
            with self.subTest(model=model):
                self.assertEqual(self._rights(model, self.people['guest']), '')

    def test_auditors_write_only_what_they_ask(self):
        """An auditor changes no record that stays: windows alone, which are gone the next day."""
        for model, row in self.table.items():
            if model in self.env and set(row['auditor']) - {'r'}:
                self.assertTrue(self.env[model]._transient, model)

    def test_every_model_with_a_company_has_a_rule_for_it(self):
        ruled = set(self.env['ir.rule'].search([('groups', '=', False)]).mapped('model_id.model'))
        for model in self._models():
            stored = self.env[model]._fields.get('company_id')
            if stored is not None and not self.env[model]._transient and any(self.table.get(model, {}).get(group) for group in GROUPS):
                with self.subTest(model=model):
                    self.assertIn(model, ruled)

    def test_windows_are_their_makers_own(self):
        """A window holds what somebody is just typing; the rule says so, for Odoo does not."""
        ruled = {
            rule.model_id.model for rule in self.env['ir.rule'].search([('groups', '=', False), ('domain_force', 'like', 'create_uid')])}
        for model in self._models():
            if self.env[model]._transient:
                with self.subTest(model=model):
                    self.assertIn(model, ruled)
