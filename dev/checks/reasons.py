"""Who silences a linter at a line says there, or in a comment on the line above, why it is right here."""
import io
import re
import tokenize

import tree

FOLDERS = ('',)
SUFFIXES = ('.py',)
SILENCED = re.compile(r'#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|pylint:\s*disable=[\w-]+(?:\s*,\s*[\w-]+)*)')


def sources(repo):
    return tree.files(repo, *SUFFIXES)


def findings(repo):
    return [f'{file.relative_to(repo)}:{line}: {text} says no reason' for file in sources(repo) for line, text in silenced(file.read_text(encoding='utf-8'))]


def silenced(text):
    """Yield (line, comment) of each comment that silences a linter and gives no reason."""
    reasons = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if re.search(r'\w', SILENCED.sub('', token.string)):
            reasons.add(line)
        elif SILENCED.search(token.string) and line - 1 not in reasons:
            yield line, token.string
