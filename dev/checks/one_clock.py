"""There is one clock: nobody but `models/mixins/clock.py` asks what time it is."""
import ast

import tree

FOLDERS = ('models', 'report', 'wizard', 'controllers')
SUFFIXES = ('.py',)
CLOCK = 'models/mixins/clock.py'
# (the last name before the dot, the method), as `fields.Datetime.now` or `env.cr.now`.
OTHERS = {
    ('cr', 'now'), ('Datetime', 'now'), ('Datetime', 'today'), ('Date', 'today'), ('Date', 'context_today'),
    ('datetime', 'now'), ('datetime', 'utcnow'), ('datetime', 'today'), ('date', 'today'), ('time', 'time'),
}


def sources(repo):
    return tree.files(repo, *SUFFIXES, under=FOLDERS)


def findings(repo):
    return [
        f'{name}:{node.lineno}: {ast.unparse(node)} asks another clock; {CLOCK} is the one'
        for file in sources(repo) if (name := file.relative_to(repo).as_posix()) != CLOCK
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8')))
        if isinstance(node, ast.Attribute) and (ending(node.value), node.attr) in OTHERS]


def ending(node):
    """Return the last name of an expression: ``cr`` of ``self.env.cr``."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, 'id', '')
