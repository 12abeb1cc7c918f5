"""Ids are predictable: a view is `<model>_view_<type>`, named by its id with dots; every window action has a path and a help text.

Record rules stand in files that updates leave alone, and an access right is `access_<model>_<group>`.
"""
import csv
import re
import xml.etree.ElementTree as ElementTree

import tree

FOLDERS = ('views', 'wizard', 'report', 'data', 'security', 'demo')
SUFFIXES = ('.xml', 'ir.model.access.csv')


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    found = []
    for file in sources(repo):
        judged = judge_rights(file) if file.suffix == '.csv' else judge_file(ElementTree.parse(file).getroot())
        found += [f'{file.relative_to(repo)}: {text}' for text in judged]
    return found


def judge_rights(file):
    """Yield what is wrong with one file of access rights."""
    with open(file, encoding='utf-8', newline='') as rows:
        for row in csv.DictReader(rows):
            model, group = row['model_id:id'].removeprefix('model_'), row['group_id:id'].rpartition('_')[2]
            if row['id'] != f'access_{model}_{group}':
                yield f'right {row["id"]}: expected access_{model}_{group}'


def judge_file(root):
    """Yield what is wrong with the records of one file."""
    for record in root.iter('record'):
        yield from judge(record)
        if record.get('model') == 'ir.rule' and root.get('noupdate') != '1':
            yield f'rule {record.get("id")}: its file is not noupdate="1", so an update would undo what a company changed'


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
