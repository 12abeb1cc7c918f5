from ast import literal_eval

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import convert, file_open, html2plaintext

MODULE = 'it_continuity'
CATEGORIES = f'{MODULE}/data/it_ticket_category_data.xml'
ITEMS = f'{MODULE}/data/it_ticket_category_item_data.xml'
NEW = ('ticket_category_improvement_idea',)


def migrate(cr, version):
    """Give the kinds of requests their forms, checklists and expected times, and add the kind that is new.

    A kind whose name, nature or instructions somebody changed is theirs by now and asks what they want: nothing is added to it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    add_new_kinds(env)
    untouched = {record.get('id') for record in records_of(CATEGORIES) if fill(env, record)}
    load(env, ITEMS, [record for record in records_of(ITEMS) if record.find("field[@name='category_id']").get('ref') in untouched])


def records_of(file):
    with file_open(file, 'rb') as source:
        return etree.parse(source).getroot().findall('record')


def load(env, file, records):
    root = etree.Element('odoo', noupdate='1')
    root.extend(records)
    for field in root.findall('record/field[@ref]'):
        if not env.ref(f"{MODULE}.{field.get('ref')}", raise_if_not_found=False):
            field.getparent().remove(field)  # somebody has deleted this line or role
    convert.xml_import(env, MODULE, {}, 'init', noupdate=True, xml_filename=file).parse(root)


def add_new_kinds(env):
    """Add the kinds that are new, but none of which the users have one of the same code."""
    for record in records_of(CATEGORIES):
        code = record.find("field[@name='code']").text
        if record.get('id') in NEW and not env['it.ticket.category'].with_context(active_test=False).search_count([('code', '=', code)], limit=1):
            load(env, CATEGORIES, [record])


def fill(env, record):
    """Give a kind that nobody changed its form and expected time, and tell whether it was such a kind."""
    category = env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False)
    seed = {field.get('name'): field for field in record.findall('field')}
    if not category or category.request_fields or category.checklist_ids or not is_untouched(category, seed):
        return record.get('id') in NEW and bool(category) and not category.checklist_ids
    category.write({
        'expected_hours': float(seed['expected_hours'].text),
        **({'request_fields': literal_eval(seed['request_fields'].get('eval').strip())} if 'request_fields' in seed else {})})
    return True


def is_untouched(category, seed):
    """Tell whether a kind still says what it is, and how it is worked on, in the words that it came with."""
    nature = seed['nature'].text if 'nature' in seed else 'incident'
    words = [html2plaintext(text or '') for text in (category.instructions, seed['instructions'].text)]
    return (category.name, category.nature) == (seed['name'].text, nature) and words[0] == words[1]
