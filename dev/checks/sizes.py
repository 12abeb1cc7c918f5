"""The walls of sizes: a source file of 600 lines, a Python function of 60. Aim for half of a function's; a file is cut by idea."""
import ast

import tree

FUNCTION_LINES, FILE_LINES = 60, 600
FOLDERS = ('',)
SUFFIXES = ('.py', '.js', '.xml', '.scss', '.css', '.sql', '.sh')


def sources(repo):
    return tree.files(repo, *SUFFIXES)


def findings(repo):
    found = []
    for file in sources(repo):
        text = file.read_text(encoding='utf-8')
        lines = len(text.splitlines())
        if lines > FILE_LINES:
            found.append(f'{file.relative_to(repo)}: {lines} lines, the wall is {FILE_LINES}')
        if file.suffix == '.py':
            found += [f'{file.relative_to(repo)}:{text}' for text in long_functions(text)]
    return found


def long_functions(text):
    """Yield one sentence for each function that is too long."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f'{node.lineno}: {node.name} has {lines} lines, the wall is {FUNCTION_LINES}'
