from ast import literal_eval

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open, html2plaintext

MODULE = 'it_continuity'
CATEGORIES = f'{MODULE}/data/it_ticket_category_data.xml'
# What is new in the forms: a field, or choices of one.
NEW_FIELDS = {'ticket_category_unit_of_measure': 'what'}
NEW_CHOICES = {'ticket_category_sales_location_pricelist': ('change_location', 'change_pricelist')}


def migrate(cr, version):
    """Let requests say that a sales location, a price list or a unit is to be changed.

    A kind whose name, nature, instructions or form somebody changed is theirs by now and asks what they want.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    with file_open(CATEGORIES, 'rb') as source:
        seeds = {record.get('id'): {field.get('name'): field for field in record} for record in etree.parse(source).getroot().findall('record')}
    for name in (*NEW_FIELDS, *NEW_CHOICES):
        category = env.ref(f'{MODULE}.{name}', raise_if_not_found=False)
        form = literal_eval(seeds[name]['request_fields'].get('eval').strip())
        if category and is_untouched(category, seeds[name]) and gist(category.request_fields) == gist(before(name, form)):
            category.request_fields = form


def is_untouched(category, seed):
    """Tell whether a kind still says what it is, and how it is worked on, in the words that it came with."""
    words = [html2plaintext(text or '') for text in (category.instructions, seed['instructions'].text)]
    return (category.name, category.nature) == (seed['name'].text, seed['nature'].text) and words[0] == words[1]


def before(name, form):
    """Return a form as it was before: without what is new."""
    new = NEW_CHOICES.get(name, ())
    return [
        {**one, 'selection': [choice for choice in one['selection'] if choice[0] not in new]} if one['type'] == 'selection' else one
        for one in form if one['name'] != NEW_FIELDS.get(name)]


def gist(form):
    """Return what a form asks, whatever Odoo keeps beside it."""
    return [(one['name'], one['string'], one['type'], one.get('comodel') or '', [tuple(choice) for choice in one.get('selection') or ()]) for one in form]
