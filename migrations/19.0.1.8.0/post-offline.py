from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open

MODULE = 'it_continuity'
TEMPLATES = f'{MODULE}/data/it_check_template_data.xml'


def migrate(cr, version):
    """Let the handbook's task open by itself when there is no internet, and offer the template by whose checks hosts tell of that."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    task = env.ref(f'{MODULE}.task_backup_copy_offline', raise_if_not_found=False)
    if task:
        task.copies_offline = True
    asset = env.ref(f'{MODULE}.asset_internet', raise_if_not_found=False)
    templates = env['it.check.template'].with_context(active_test=False)
    is_there = env.ref(f'{MODULE}.check_template_internet', raise_if_not_found=False) or templates.search_count([('code', '=', 'internet')], limit=1)
    if asset and not is_there:
        with file_open(TEMPLATES, 'rb') as source:
            [record] = etree.parse(source).getroot().findall("record[@id='check_template_internet']")
        root = etree.Element('odoo', noupdate='1')
        root.append(record)
        convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=TEMPLATES).parse(root)
