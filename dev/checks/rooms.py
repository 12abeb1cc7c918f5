"""A room knows only itself and the rooms below it: a model name `it.…` used in a room belongs to the same or a lower floor."""
import ast

FLOORS = {
    'mixins': 0, 'handbook': 0, 'people': 1, 'assets': 2, 'monitoring': 3, 'checklists': 4, 'service_desk': 4, 'backups': 5, 'power': 5,
    'closing': 5, 'improvement': 6, 'today': 6,
}
EXTENDED = ('_inherit',)


def findings(repo):
    models = repo / 'models'
    owner = {}
    for file in models.rglob('*.py'):
        for name in defined(file):
            owner[name] = file.parent.name
    found = []
    for file in sorted(models.rglob('*.py')):
        room = file.parent.name
        if room not in FLOORS:
            if room != 'models':
                found.append(f'{file.relative_to(repo)}: {room} is no room; rooms are {", ".join(FLOORS)}')
            continue
        for row, name in used(file):
            other = owner.get(name)
            if other in FLOORS and other != room and FLOORS[other] >= FLOORS[room]:
                found.append(f'{file.relative_to(repo)}:{row}: {room} (floor {FLOORS[room]}) uses {name} of {other} (floor {FLOORS[other]})')
    return found


def defined(file):
    """Return the model names that a file defines."""
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            if any(isinstance(target, ast.Name) and target.id == '_name' for target in node.targets):
                yield node.value.value


def used(file):
    """Return (line, name) of every string constant that is a model name of ours."""
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith('it.'):
            yield node.lineno, node.value
