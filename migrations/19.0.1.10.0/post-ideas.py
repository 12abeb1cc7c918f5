from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open, html2plaintext

MODULE = 'it_continuity'
CATEGORIES = f'{MODULE}/data/it_ticket_category_data.xml'
IDEA = 'ticket_category_improvement_idea'
# What the instructions said, and what they say now: the button by which an idea keeps the name of who had it.
BEFORE, NOW = "“Flag for improvement”", "“Make it an improvement”"


def migrate(cr, version):
    """Name the right button in the instructions for ideas; those that somebody wrote anew say what they want."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    category = env.ref(f'{MODULE}.{IDEA}', raise_if_not_found=False)
    with file_open(CATEGORIES, 'rb') as source:
        [seed] = etree.parse(source).getroot().xpath(f"record[@id='{IDEA}']/field[@name='instructions']")
    if category and html2plaintext(category.instructions or '') == html2plaintext(seed.text.replace(NOW, BEFORE)):
        category.instructions = seed.text
