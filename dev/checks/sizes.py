"""The wall of sizes: a function of 60 lines, a Python file of 400, a view file of 450. Aim for half of each."""
import ast

FUNCTION_LINES, FILE_LINES, VIEW_LINES = 60, 400, 450
SKIP = {'.dev', '.git', 'build', 'shots', '.hypothesis'}


def findings(repo):
    found = []
    for file in sorted(repo.rglob('*.py')):
        parts = file.relative_to(repo).parts
        if SKIP & set(parts) or any(part.endswith('.egg-info') for part in parts):
            continue
        text = file.read_text(encoding='utf-8')
        if len(text.splitlines()) > FILE_LINES and 'tests' not in parts:
            found.append(f'{file.relative_to(repo)}: {len(text.splitlines())} lines, the wall is {FILE_LINES}')
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= FUNCTION_LINES:
                found.append(f'{file.relative_to(repo)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines')
    for file in sorted((repo / 'views').rglob('*.xml')):
        lines = len(file.read_text(encoding='utf-8').splitlines())
        if lines > VIEW_LINES:
            found.append(f'{file.relative_to(repo)}: {lines} lines, the wall is {VIEW_LINES}')
    return found
