"""A room knows only itself and the rooms below it: a model or a module that a room uses belongs to the same or a lower floor.

What lies beside the rooms (`report/`, `wizard/`, `controllers/`, a file right in `models/`) stands on all the rooms that it uses, and
who uses it uses those.
"""
import ast

import tree

FLOORS = {
    'mixins': 0, 'handbook': 0, 'evidence': 1, 'people': 1, 'outbox': 1, 'assets': 2, 'monitoring': 3, 'checklists': 4, 'service_desk': 4,
    'backups': 5, 'power': 5, 'closing': 5, 'alerts': 5, 'deeds': 5, 'intake': 5, 'improvement': 6, 'today': 7,
}
FOLDERS = ('models', 'report', 'wizard', 'controllers')
SUFFIXES = ('.py',)


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    house = House(repo)
    found = []
    for file in house.files:
        room = house.room_of(file)
        if room and room not in FLOORS:
            found.append(f'{file.relative_to(repo)}: {room} is no room; rooms are {", ".join(FLOORS)}')
        elif room:
            found += [f'{file.relative_to(repo)}:{text}' for text in house.looks_up(file)]
    return found


class House:
    """The files of the addon's Python, which models each defines and what each uses."""

    def __init__(self, repo):
        self.repo = repo
        self.files = sources(repo)
        self.trees = {file: ast.parse(file.read_text(encoding='utf-8')) for file in self.files}
        self.owner = {name: file for file, node in self.trees.items() for name in defined(node)}
        self.uses = {file: [*self._models(file), *self._modules(file)] for file in self.files}

    def room_of(self, file):
        """Return the folder of `models/` in which a file is; None for what lies beside the rooms."""
        parts = file.relative_to(self.repo).parts
        return parts[1] if parts[0] == 'models' and len(parts) > 2 else None

    def stands_on(self, file, seen=()):
        """Return the rooms that who uses this file uses."""
        room = self.room_of(file)
        if room:
            return {room}
        if file in seen:
            return set()
        return set().union(*(self.stands_on(other, (*seen, file)) for _row, _name, other in self.uses[file]))

    def looks_up(self, file):
        """Yield one sentence for each thing of another room on the same or a higher floor."""
        room = self.room_of(file)
        for row, name, other in self.uses[file]:
            for upper in sorted(self.stands_on(other) & FLOORS.keys() - {room}):
                if FLOORS[upper] >= FLOORS[room]:
                    of = upper if self.room_of(other) else f'{other.relative_to(self.repo)}, which stands on {upper}'
                    yield f'{row}: {room} (floor {FLOORS[room]}) uses {name} of {of} (floor {FLOORS[upper]})'

    def _models(self, file):
        """Yield (line, name, owner's file) of each string that is the name of a model of ours."""
        for node in ast.walk(self.trees[file]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in self.owner:
                yield node.lineno, node.value, self.owner[node.value]

    def _modules(self, file):
        """Yield (line, name, file) of each of our own modules that is imported."""
        for node in ast.walk(self.trees[file]):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            folder = file.parents[node.level - 1].joinpath(*(node.module or '').split('.'))
            for module in (folder.with_suffix('.py'), *(folder / f'{alias.name}.py' for alias in node.names)):
                if module in self.trees:
                    yield node.lineno, module.stem, module


def defined(node):
    """Yield the model names that a module defines; a class that names a model and inherits from it only extends it."""
    for child in ast.walk(node):
        if isinstance(child, ast.ClassDef):
            name, inherited = named(child)
            if name and name not in inherited:
                yield name


def named(node):
    """Return the model that a class names, None for none, and those from which it inherits."""
    values = {
        target.id: member.value for member in node.body if isinstance(member, ast.Assign)
        for target in member.targets if isinstance(target, ast.Name)}
    name, inherited = values.get('_name'), values.get('_inherit')
    parts = inherited.elts if isinstance(inherited, ast.List | ast.Tuple) else [inherited]
    return (
        name.value if isinstance(name, ast.Constant) else None,
        [part.value for part in parts if isinstance(part, ast.Constant)])
