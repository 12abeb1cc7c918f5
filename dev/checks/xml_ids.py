"""XML is predictable: a view is `<model>_view_<type>`, named by its id with dots; every window action has a path and a help text."""
import re
import xml.etree.ElementTree as ElementTree

import tree

FOLDERS = ('views', 'wizard', 'report', 'data', 'security', 'demo')
SUFFIXES = ('.xml',)


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    found = []
    for file in sources(repo):
        for record in ElementTree.parse(file).getroot().iter('record'):
            found += [f'{file.relative_to(repo)}: {text}' for text in judge(record)]
    return found


def judge(record):
    """Yield what is wrong with one record."""
    xmlid, model = record.get('id', ''), record.get('model')
    fields = {field.get('name'): field for field in record.findall('field')}
    if model == 'ir.ui.view' and 'inherit_id' not in fields:
        about = (fields['model'].text or '').replace('.', '_')
        if not re.fullmatch(rf'{about}_view_(search|list|form|kanban|calendar|pivot|graph|activity)(_\w+)?', xmlid):
            yield f'view {xmlid}: expected {about}_view_<type>'
        if fields['name'].text != xmlid.replace('_', '.') and not fields['name'].text.startswith(about.replace('_', '.')):
            yield f'view {xmlid}: its name is {fields["name"].text!r}'
    if model == 'ir.actions.act_window' and fields.get('target') is None and fields.get('binding_model_id') is None:
        for needed in ('path', 'help'):
            if needed not in fields:
                yield f'action {xmlid} has no {needed}'
    if model == 'ir.rule' and 'noupdate' in record.attrib:
        yield f'rule {xmlid}: noupdate belongs on the file'
