from ast import literal_eval

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open, html2plaintext

MODULE = 'it_continuity'
CATEGORIES = f'{MODULE}/data/it_ticket_category_data.xml'
ITEMS = f'{MODULE}/data/it_ticket_category_item_data.xml'
# The kinds that say more of an incident now, and what their forms asked before: nothing, where there was no checklist either.
KINDS = {'ticket_category_remote_help': ('since', 'computer'), 'ticket_category_other': ()}


def migrate(cr, version):
    """Let requests for help, and those that fit nowhere else, say since when, who is affected and what was tried; give the latter a checklist.

    A kind whose name, nature, instructions or form somebody changed, or to which they gave a checklist, is theirs by now and asks what they want.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    seeds = {record.get('id'): {field.get('name'): field for field in record} for record in records_of(CATEGORIES)}
    filled = [name for name in KINDS if fill(env, name, seeds[name])]
    bare = [name for name in filled if not KINDS[name]]
    for record in records_of(ITEMS):
        if record.find("field[@name='category_id']").get('ref') in bare:
            load(env, record)
    kinds = [env.ref(f'{MODULE}.{name}').id for name in bare]
    env['it.ticket'].search([('state', '=', 'new'), ('category_id', 'in', kinds), ('item_ids', '=', False)])._take_checklist()


def records_of(file):
    with file_open(file, 'rb') as source:
        return etree.parse(source).getroot().findall('record')


def fill(env, name, seed):
    """Give a kind that nobody changed the form of today, and tell whether it was such a kind."""
    category = env.ref(f'{MODULE}.{name}', raise_if_not_found=False)
    form = literal_eval(seed['request_fields'].get('eval').strip())
    before = [one for one in form if one['name'] in KINDS[name]]
    if not category or not is_untouched(category, seed) or gist(category.request_fields) != gist(before) or (category.checklist_ids and not before):
        return False
    category.request_fields = form
    return True


def is_untouched(category, seed):
    """Tell whether a kind still says what it is, and how it is worked on, in the words that it came with."""
    nature = seed['nature'].text if 'nature' in seed else 'incident'
    words = [html2plaintext(text or '') for text in (category.instructions, seed['instructions'].text)]
    return (category.name, category.nature) == (seed['name'].text, nature) and words[0] == words[1]


def gist(form):
    """Return what a form asks, whatever Odoo keeps beside it."""
    return [(one['name'], one['string'], one['type'], [tuple(choice) for choice in one.get('selection') or ()]) for one in form or ()]


def load(env, record):
    root = etree.Element('odoo', noupdate='1')
    root.append(record)
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=ITEMS).parse(root)
