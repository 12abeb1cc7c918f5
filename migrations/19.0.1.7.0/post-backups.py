import re

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open

MODULE = 'it_continuity'
SETS = f'{MODULE}/data/it_backup_set_data.xml'
TASKS = f'{MODULE}/data/handbook/2_backups.xml'


def migrate(cr, version):
    """Add the sets of the handbook's backups, and let its tasks that are still there look at them.

    Without places they change nothing: a task goes on as before until somebody says where its backups lie.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    load_new_sets(env)
    restore = env.ref(f'{MODULE}.task_restore_check', raise_if_not_found=False)
    if restore:
        restore.draws_restore = True
    for record in records_of(TASKS):
        task = env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False)
        field = record.find("field[@name='backup_set_ids']")
        if task and field is not None:
            found = [env.ref(f'{MODULE}.{name}', raise_if_not_found=False) for name in re.findall(r"ref\('(\w+)'\)", field.get('eval'))]
            task.backup_set_ids |= env['it.backup.set'].union(*(one for one in found if one and one.company_id == task.company_id))


def records_of(file):
    with file_open(file, 'rb') as source:
        return etree.parse(source).getroot().findall('record')


def load_new_sets(env):
    root = etree.Element('odoo', noupdate='1')
    root.extend(record for record in records_of(SETS) if not env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False))
    for field in root.findall('record/field[@ref]'):
        if not env.ref(f"{MODULE}.{field.get('ref')}", raise_if_not_found=False):
            field.getparent().remove(field)  # somebody has deleted this asset
    for record in root:
        company = company_of(env, record)
        if company:
            etree.SubElement(record, 'field', name='company_id', eval=str(company.id))
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=SETS).parse(root)


def company_of(env, record):
    """Return the company of what a set is about, else that of the task that looks at it: either may have been given to another one."""
    asset = record.find("field[@name='asset_id']")
    about = asset is not None and env.ref(f"{MODULE}.{asset.get('ref')}")
    task = env.ref(f"{MODULE}.{record.get('id').replace('backup_set_', 'task_backup_')}", raise_if_not_found=False)
    return (about or env['it.asset']).company_id or (task or env['it.task']).company_id
