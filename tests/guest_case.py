from lxml import etree

from odoo.tests import Form, new_test_user

# Who works beside us in the same Odoo: an employee, and people with rights in the apps that we extend or build on.
GUESTS = {
    'employee': 'base.group_user',
    'equipment_manager': 'maintenance.group_equipment_manager',
    'hr_officer': 'hr.group_hr_user',
    'hr_manager': 'hr.group_hr_manager',
    'buyer': 'purchase.group_purchase_user',
    'storekeeper': 'stock.group_stock_user',
    'administrator': 'base.group_system',
}
SCREENS = ('list', 'kanban', 'form')


class GuestCase:
    """People who have no group of ours, and the screens that they open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guests = {
            name: new_test_user(cls.env, login=f'itc_guest_{name}', name=f'Guest {name}', email=f'{name}@example.com', groups=group)
            for name, group in GUESTS.items()}
        cls.employee = cls.guests['employee']
        colleague = cls.env['hr.employee'].create({'name': "Guest employee", 'user_id': cls.employee.id})
        cls.equipment = cls.env['maintenance.equipment'].create({
            'name': "Label printer", 'serial_no': "ZD-421", 'equipment_assign_to': 'employee', 'employee_id': colleague.id})
        cls.asset = cls.env['it.asset'].create({
            'name': "Label printer of the warehouse", 'kind': 'printer', 'equipment_id': cls.equipment.id,
            'category_id': cls.env.ref('it_continuity.asset_category_server').id})

    def _as(self, name):
        """Return the environment of a guest who begins a request: nothing of others is in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env(user=self.guests[name])

    def _actions(self, env):
        """Return the window actions of all menus that the person sees."""
        menus = env['ir.ui.menu'].load_menus(False)
        ids = {menu['action_id'] for menu in menus.values() if menu.get('action_model') == 'ir.actions.act_window' and menu.get('action_id')}
        return [action for action in env['ir.actions.act_window'].browse(sorted(ids)).sudo() if action.res_model in env]

    def _open(self, env, action):
        """Ask for all that the web client asks for when this action is opened in each of its views, and a new record begun."""
        model = env[action.res_model].with_context(lang='en_US')
        views = [(view_id, kind) for view_id, kind in action.views if kind != 'tree']
        got = model.get_views([*views, (action.search_view_id.id, 'search')], {'toolbar': True, 'load_filters': True})['views']
        for view_id, kind in views:
            if kind in ('list', 'kanban'):
                names = {node.get('name') for node in etree.fromstring(got[kind]['arch']).xpath('//field[not(ancestor::field)]')}
                model.web_search_read([], {name: self._spec(model._fields[name]) for name in names if name in model._fields}, limit=20)
            elif kind == 'form':
                if model.has_access('create'):
                    Form(model, view_id)
                record = model.search([], limit=1)
                if record:
                    Form(record, view_id)

    @staticmethod
    def _spec(field):
        return {'fields': {'display_name': {}}} if field.relational else {}
