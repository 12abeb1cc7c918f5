"""A model's story is one file: inside its own room a model is not extended. A room above may extend what stands below it."""
import ast

import tree
from checks.rooms import defined, named

FOLDERS = ('models',)
SUFFIXES = ('.py',)


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    trees = {file: ast.parse(file.read_text(encoding='utf-8')) for file in sources(repo)}
    owner = {name: file for file, code in trees.items() for name in defined(code)}
    return [
        f'{file.relative_to(repo)}:{row}: {name} is extended inside its own room; its story stands in {owner[name].name}'
        for file, code in trees.items() for row, name in extended(code) if name in owner and owner[name].parent == file.parent]


def extended(code):
    """Yield (line, model) of each class that extends a model instead of making one."""
    for node in ast.walk(code):
        if not isinstance(node, ast.ClassDef):
            continue
        name, inherited = named(node)
        if name is None and len(inherited) == 1 or name in inherited:
            yield node.lineno, name or inherited[0]
