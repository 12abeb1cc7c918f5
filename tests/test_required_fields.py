from odoo.tests import Form, tagged

from .common import ItcCase


@tagged('post_install', '-at_install')
class TestRequiredFields(ItcCase):
    """No form demands what its user cannot fill in: such a form can never be saved, and nothing on it turns red."""

    def test_no_form_of_ours_demands_what_its_user_cannot_fill_in(self):
        views = self.env['ir.ui.view'].search([('type', '=', 'form'), ('mode', '=', 'primary'), ('model', '=like', 'it.%')])
        # windows that a button opens get their record by its context
        views = views.filtered(lambda view: not self.env[view.model]._transient)
        tried, found = set(), []
        for person in (self.user, self.technician, self.manager):
            for view in views:
                model = self.env[view.model].with_user(person)
                if not model.has_access('create'):
                    continue
                form = Form(model, view=view)
                tried.add((person.login, view.model))
                found += [f"{person.login}: {view.xml_id}: {name}" for name in self._impossible(form)]
        self.assertFalse(found)
        self.assertIn(('itc_user', 'it.ticket'), tried)
        self.assertGreater(len(tried), 15)

    def test_guarded_fields_are_demanded_of_nobody(self):
        """Only actions write them, so that no client can be asked for them: neither a form nor an import."""
        models = self.env.registry.descendants(['it.guarded.mixin'], '_inherit')
        demanded = [
            f"{name}.{field}" for name in sorted(models) for field, info in self.env[name].fields_get(attributes=['required']).items()
            if info['required'] and self.env[name]._is_guarded(field)]
        self.assertFalse(demanded)
        self.assertTrue(self.env['it.ticket']._fields['name'].required, "the database demands it all the same")

    def _impossible(self, form):
        """Yield the fields of a new record's form, and of a new line in it, that must have a value and can get none."""
        yield from self._impossible_here(form)
        for name, info in form._view['fields'].items():
            if info['type'] == 'one2many' and not form._get_modifier(name, 'readonly') and not form._get_modifier(name, 'invisible'):
                yield from (f"{name}.{field}" for field in self._impossible_here(form[name].new()))

    def _comes_from_document(self, form, name):
        """Tell whether the field ties a line to the document in which alone lines are made, which fills it in; no client asks for it."""
        view = form._view
        return view['modifiers'][name].get('invisible') == 'True' and view['fields'][name]['type'] == 'many2one' and any(
            field.type == 'one2many' and field.inverse_name == name
            for field in self.env[view['fields'][name]['relation']]._fields.values())

    def _impossible_here(self, form):
        for name, info in form._view['fields'].items():
            if info['type'] in ('boolean', 'integer', 'float', 'id') or form._values.get(name) or not form._get_modifier(name, 'required'):
                continue
            if self._comes_from_document(form, name):
                continue
            if form._get_modifier(name, 'readonly') or form._get_modifier(name, 'invisible'):
                yield name
