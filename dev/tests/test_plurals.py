"""Who counts in a sentence says how it reads of one: no “1 days”."""
import ast
import re

import paths

NOUNS = 'days|hours|minutes|seconds|weeks|months|years|runs|tasks|checks|events|records|seals|lines|users|assets|tickets|steps|times|files|hosts'
COUNTED = re.compile(rf'(?:%s|%\((?!most\))\w+\)s) (?:{NOUNS})\b')   # the most that is allowed is more than one


def unguarded(source):
    """Return the sentences with a counted noun in whose function nothing is compared with one; what goes to the log is not read by people."""
    found = []
    for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
        if any(isinstance(node, ast.Compare) and is_one(node) for node in ast.walk(function)):
            continue
        logged = {id(part) for node in ast.walk(function) if is_logged(node) for part in ast.walk(node)}
        found += [
            node.value for node in ast.walk(function)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in logged and COUNTED.search(node.value)]
    return found


def is_one(comparison):
    return any(isinstance(side, ast.Constant) and side.value == 1 for side in comparison.comparators)


def is_logged(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith('_logger.')


def test_it_finds_what_it_is_there_for():
    assert unguarded('def a(self):\n    return self.env._("The requester has %(days)s days.", days=1)\n')
    assert not unguarded('def a(self):\n    return "One day." if self.days == 1 else self.env._("%(days)s days.", days=2)\n')
    assert not unguarded('def a(self):\n    _logger.info("%s tasks", 1)\n')


def test_every_sentence_that_counts_knows_one():
    sources = [file for folder in ('models', 'report', 'wizard', 'controllers') for file in sorted((paths.REPO / folder).rglob('*.py'))]
    assert len(sources) > 50
    assert not {file.name: found for file in sources if (found := unguarded(file.read_text(encoding='utf-8')))}
