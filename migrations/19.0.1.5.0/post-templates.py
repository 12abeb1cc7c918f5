import re
from ast import literal_eval

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open

MODULE = 'it_continuity'
TEMPLATES = f'{MODULE}/data/it_check_template_data.xml'
HANDBOOK = tuple(f'{MODULE}/data/handbook/{name}.xml' for name in (
    '0_power', '1_health', '2_backups', '3_sales', '4_office', '5_remote'))
NEW = (
    'events', 'failed_units', 'pending_reboot', 'disk_forecast', 'odoo_database', 'postgresql', 'postgresql_service', 'cnet_sqlserver', 'peachtree_engine', 'megasync_sync',
    'tailscale', 'print_queue', 'printer_supplies', 'printer_supplies_marketing', 'id_station', 'rustdesk', 'anydesk', 'rdp', 'ups_nut', 'ups_ecoflow',
    'battery', 'agent', 'web_server', 'pgadmin', 'kashear', 'machine_software', 'mayet', 'ms_tools')
LINKS = {'check_template_ids', 'answered_by_ids'}
_REPORTS = 'C:/Users/Loj/Documents/Loj/Sales Report'
# What these looked at in the versions before.
RENEWED = {
    'so_engine_log': ('newest_file', {'folder': 'C:/Users/Loj/Logs', 'pattern': 'C_ - Loj Server Log.csv', 'recursive': True}),
    'loj_daily_report': ('newest_file', {'folder': _REPORTS, 'pattern': '*Daily*|*daily*', 'recursive': True}),
    'loj_weekly_report': ('newest_file', {'folder': _REPORTS, 'pattern': '*Weekly*|*weekly*', 'recursive': True}),
}


def migrate(cr, version):
    """Give a database the check templates that are new, and bind them to those of the handbook's tasks and items that are still there.

    What is there already is the users' by now: no task or item is changed otherwise, no template that somebody changed or uses, and nothing
    bound is taken away.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    load_new_templates(env)
    renew_unused(env)
    for file in HANDBOOK:
        for record in records_of(file):
            bind(env, record)


def records_of(file):
    with file_open(file, 'rb') as source:
        return etree.parse(source).getroot().findall('record')


def load_new_templates(env):
    """Add the templates that are new, but none of which the users have one of the same code: that is theirs, and says what they need."""
    known = set(env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'it.check.template')]).mapped('name'))
    templates = env['it.check.template'].with_context(active_test=False)
    codes = set(templates.search([('code', 'in', NEW)]).mapped('code'))
    root = etree.Element('odoo', noupdate='1')
    root.extend(record for record in records_of(TEMPLATES) if record.get('id') in {f'check_template_{code}' for code in set(NEW) - codes} - known)
    for field in root.findall('record/field[@ref]'):
        if not env.ref(f"{MODULE}.{field.get('ref')}", raise_if_not_found=False):
            field.getparent().remove(field)  # somebody has deleted this asset: the template is then about the host
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=TEMPLATES).parse(root)


def renew_unused(env):
    """Let the templates of which the agent has a better kind by now say so, where nobody has changed or used them."""
    for record in records_of(TEMPLATES):
        code = record.get('id').removeprefix('check_template_')
        template = env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False)
        if code not in RENEWED or not template or template.with_context(active_test=False).check_ids:
            continue
        if (template.kind, template.settings) == RENEWED[code]:
            fields = {field.get('name'): field for field in record.findall('field')}
            template.write({
                'kind': fields['kind'].text, 'settings': literal_eval(fields['settings'].get('eval')),
                'limits': literal_eval(fields['limits'].get('eval')) if 'limits' in fields else False,
                'timeout_s': int(fields['timeout_s'].text), 'note': fields['note'].text})


def bind(env, record):
    """Link the new templates that the handbook's file names for a task or an item, if it is still there and of the same company."""
    found = env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False)
    for field in record.findall('field') if found else ():
        if field.get('name') in LINKS:
            names = re.findall(r"ref\('check_template_(\w+)'\)", field.get('eval'))
            templates = [env.ref(f'{MODULE}.check_template_{name}', raise_if_not_found=False) for name in names]
            fits = [bool(one) and one.company_id in (found.company_id, found.company_id.browse()) for one in templates]
            is_item = field.get('name') == 'answered_by_ids'
            # An item is spared only where all that answer it are there: a part of them would answer less than was asked.
            if is_item and not all(fits):
                continue
            found[field.get('name')] |= env['it.check.template'].union(*(
                one for name, one, fit in zip(names, templates, fits, strict=True) if fit and (is_item or name in NEW)))
