from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open

MODULE = 'it_continuity'
TEMPLATES = f'{MODULE}/data/it_check_template_data.xml'
CODES = ('share_room', 'ms_tools_licence')


def migrate(cr, version):
    """Offer the templates that are new: of network shares, and of a licence's last day. None of which somebody has one of the same code already."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for code in CODES:
        offer(env, code)


def offer(env, code):
    name = f'check_template_{code}'
    templates = env['it.check.template'].with_context(active_test=False)
    if env.ref(f'{MODULE}.{name}', raise_if_not_found=False) or templates.search_count([('code', '=', code)], limit=1):
        return
    with file_open(TEMPLATES, 'rb') as source:
        [record] = etree.parse(source).getroot().findall(f"record[@id='{name}']")
    for field in record.findall('field[@ref]'):
        if not env.ref(f"{MODULE}.{field.get('ref')}", raise_if_not_found=False):
            record.remove(field)  # somebody has deleted this asset: the template is then about the host
    root = etree.Element('odoo', noupdate='1')
    root.append(record)
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=TEMPLATES).parse(root)
