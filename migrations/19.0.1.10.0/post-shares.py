from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open

MODULE = 'it_continuity'
TEMPLATES = f'{MODULE}/data/it_check_template_data.xml'
CODE = 'share_room'


def migrate(cr, version):
    """Offer the template by whose checks hosts look at network shares, unless somebody has one of this code already."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    name = f'check_template_{CODE}'
    templates = env['it.check.template'].with_context(active_test=False)
    if env.ref(f'{MODULE}.{name}', raise_if_not_found=False) or templates.search_count([('code', '=', CODE)], limit=1):
        return
    with file_open(TEMPLATES, 'rb') as source:
        [record] = etree.parse(source).getroot().findall(f"record[@id='{name}']")
    root = etree.Element('odoo', noupdate='1')
    root.append(record)
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=TEMPLATES).parse(root)
