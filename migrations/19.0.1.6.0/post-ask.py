from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open

ICONS = 'it_continuity/data/it_ticket_category_icon_data.xml'


def migrate(cr, version):
    """Give the handbook's kinds of requests their icons, and note the department of what is still open: that is the present one.

    They are the users' by now, so the data files do not reach them.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    with file_open(ICONS, 'rb') as source:
        records = etree.parse(source).getroot().findall('record')
    for record in records:
        category = env.ref(f"it_continuity.{record.get('id')}", raise_if_not_found=False)
        if category:
            fields = {field.get('name'): field for field in record.findall('field')}
            category.write({'icon': fields['icon'].text, **({'is_offered': False} if 'is_offered' in fields else {})})
    tickets = env['it.ticket'].search([('state', 'in', ('new', 'in_progress', 'resolved'))])
    env.add_to_compute(tickets._fields['department_id'], tickets)
    tickets.flush_recordset(['department_id'])
