"""The order inside a model: attributes, defaults, fields, constraints, computes, constrains, CRUD, actions, the rest."""
import ast
import re

import tree

CRUD = {'create', 'write', 'unlink', 'copy', 'copy_data', 'default_get', 'name_create', 'init', 'load', 'search_fetch'}
RANKS = ('attributes', 'defaults', 'fields', 'constraints and indexes', 'computes', 'constraint methods', 'CRUD', 'actions', 'the rest')
FOLDERS = ('models', 'report', 'wizard', 'controllers')
SUFFIXES = ('.py',)


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    found = []
    for file in sources(repo):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.ClassDef) and node.bases:
                found += [f'{file.relative_to(repo)}:{text}' for text in disorder(node)]
    return found


def disorder(node):
    """Yield one sentence for each member that stands after something of a later rank."""
    highest, name_of_highest = 0, ''
    for member in node.body:
        rank, name = rank_of(member)
        if rank is None:
            continue
        if rank < highest:
            yield f'{member.lineno}: {node.name}.{name} ({RANKS[rank]}) stands after {name_of_highest} ({RANKS[highest]})'
        else:
            highest, name_of_highest = rank, name


def rank_of(member):
    """Return (rank, name) of a class member; rank None for what may stand anywhere."""
    if isinstance(member, ast.Assign):
        name = ast.unparse(member.targets[0])
        value = ast.unparse(member.value)
        if re.match(r'(\w+_)?fields\.', value):  # Odoo's, or a room's own kind of one
            return 2, name
        if value.startswith(('models.Constraint', 'models.Index', 'models.UniqueIndex')):
            return 3, name
        return 0, name
    if not isinstance(member, ast.FunctionDef):
        return None, ''
    decorators = ' '.join(ast.unparse(decorator) for decorator in member.decorator_list)
    name = member.name
    if name.startswith(('_default_', '_lang_')):
        return 1, name
    if name.startswith(('_compute_', '_inverse_', '_search_', '_selection_')) or 'api.depends' in decorators:
        return 4, name
    if 'api.constrains' in decorators or 'api.onchange' in decorators:
        return 5, name
    if name in CRUD or 'api.ondelete' in decorators:
        return 6, name
    if name.startswith('action_'):
        return 7, name
    return 8, name
