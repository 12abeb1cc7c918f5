"""A model's story is one file: inside its own room a model is not extended. A room above may extend what stands below it.

A mixin that one model alone uses is a piece of that model's story too, and is one more file to read: there are few of them. None of them
extends a method of another, which would hide what happens in which order.
"""
import ast
from collections import defaultdict

import tree
from checks.rooms import defined, named

FOLDERS = ('models',)
SUFFIXES = ('.py',)
STORY_FILES = 5  # a model's own and its pieces, in its own room


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    trees = {file: ast.parse(file.read_text(encoding='utf-8')) for file in sources(repo)}
    owner = {name: file for file, code in trees.items() for name in defined(code)}
    return [
        f'{file.relative_to(repo)}:{row}: {name} is extended inside its own room; its story stands in {owner[name].name}'
        for file, code in trees.items() for row, name in extended(code) if name in owner and owner[name].parent == file.parent
    ] + [
        f'{owner[name].relative_to(repo)}: {name} is told in {len(files)} files of its room, the wall is {STORY_FILES}'
        for name, files in stories(trees, owner).items() if len(files) > STORY_FILES
    ] + [
        f'{owner[name].relative_to(repo)}: {name}.{method} is told in {" and in ".join(sorted(files))}; call the steps of one by name'
        for name, files in stories(trees, owner).items() for method, files in twice(files, trees).items()]


def extended(code):
    """Yield (line, model) of each class that extends a model instead of making one."""
    for node in ast.walk(code):
        if not isinstance(node, ast.ClassDef):
            continue
        name, inherited = named(node)
        if name is None and len(inherited) == 1 or name in inherited:
            yield node.lineno, name or inherited[0]


def stories(trees, owner):
    """Return the files of its own room in which each model is told: its own, and those of the mixins that no other model uses."""
    inherits = defaultdict(set)
    for code in trees.values():
        for node in ast.walk(code):
            if isinstance(node, ast.ClassDef):
                name, inherited = named(node)
                for used in inherited:
                    inherits[name or inherited[0]].add(used)
    told = {}
    for name, file in owner.items():
        pieces = pieces_of(name, {one for one in owner if owner[one].parent == file.parent}, inherits)
        told[name] = {file, *(owner[piece] for piece in pieces)}
    return told


def twice(files, trees):
    """Return ``{method: names of files}`` of what more than one file of a story defines."""
    told = defaultdict(set)
    for file in files:
        for node in ast.walk(trees[file]):
            if isinstance(node, ast.ClassDef) and named(node)[0]:
                for member in node.body:
                    if isinstance(member, ast.FunctionDef):
                        told[member.name].add(file.name)
    return {method: names for method, names in told.items() if len(names) > 1}


def pieces_of(name, room, inherits):
    """Return what a model inherits of its room, directly or through another piece, and nothing else inherits."""
    found, waiting = set(), {name}
    while waiting:
        new = inherits[waiting.pop()] & room - found - {name}
        found |= new
        waiting |= new
    return {piece for piece in found if all(user in found | {name} for user, used in inherits.items() if piece in used)}
