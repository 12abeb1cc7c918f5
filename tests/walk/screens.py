"""Which screens there are, read from rows of actions and menus: for the walk and for `python3 dev shots` alike. No Odoo here."""
from dataclasses import dataclass, field

ACTION_FIELDS = {
    'ir.actions.act_window': ['name', 'path', 'res_model', 'view_mode', 'domain', 'context', 'target'],
    'ir.actions.client': ['name', 'path', 'tag', 'target'],
    'ir.actions.server': ['name', 'path', 'model_name', 'binding_model_id'],
    'ir.actions.report': ['name', 'report_name', 'model'],
}


@dataclass(frozen=True)
class Screen:
    """One action that can be opened.

    ``views`` are its view types, ``list`` before ``form``, empty for a client or server action; ``is_dialog`` says that it opens over what is shown.
    """
    action_id: int
    kind: str
    name: str
    path: str = ''
    model: str = ''
    views: tuple = ()
    domain: str = field(default='[]', compare=False)
    context: str = field(default='{}', compare=False)
    is_dialog: bool = False

    @property
    def title(self):
        return self.path or self.name


def screen(kind, row):
    """Return the Screen of one action's row, as ``read`` gives it with ACTION_FIELDS."""
    return Screen(
        action_id=row['id'],
        kind=kind,
        name=row['name'],
        path=row.get('path') or '',
        model=row.get('res_model') or row.get('model_name') or row.get('model') or '',
        views=tuple(row['view_mode'].split(',')) if row.get('view_mode') else (),
        domain=row.get('domain') or '[]',
        context=row.get('context') or '{}',
        is_dialog=row.get('target') == 'new',
    )


def screens(rows_by_kind, in_menu=()):
    """Return what can be opened: every action with a path, and every one that a menu names, client actions first.

    :param rows_by_kind: ``{'ir.actions.act_window': [row]}``
    :param in_menu: pairs (kind, id) of the actions that stand in a menu
    """
    in_menu = set(in_menu)
    found = [
        screen(kind, row)
        for kind, rows in rows_by_kind.items()
        for row in rows
        if row.get('path') or (kind, row['id']) in in_menu
    ]
    return sorted(found, key=lambda one: (one.kind != 'ir.actions.client', one.title, one.action_id))
