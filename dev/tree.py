"""Which files the project consists of, and how much stands in them: what a linter read is held against that."""
import ast
import os

NOT_OURS = {'build', 'shots', 'node_modules', '__pycache__'}


def files(repo, *suffixes, under=('',)):
    """Return the files of the tree, sorted; nothing hidden and nothing that was built.

    :param suffixes: ``.py``, ``.js``, …
    :param under: top folders; ``''`` stands for all of the tree
    """
    found = []
    for folder in under:
        for place, folders, names in os.walk(repo / folder):
            folders[:] = [name for name in folders if not is_foreign(name)]
            found += [repo.joinpath(place, name) for name in names if name.endswith(suffixes) and not name.startswith('.')]
    return sorted(found)


def is_foreign(name):
    return name in NOT_OURS or name.startswith('.') or name.endswith('.egg-info')


def statements(sources):
    """Return how many statements Python files hold, docstrings too, which pylint does not count."""
    return sum(isinstance(node, ast.stmt) for file in sources for node in ast.walk(ast.parse(file.read_bytes())))
