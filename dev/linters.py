"""Everything that reads the code without running it; each linter answers a list of findings."""
import subprocess

import paths
from checks import class_order, rooms, sizes, xml_ids


def run_all():
    """Yield (name, findings) of each linter, the quick ones first."""
    for module in (rooms, class_order, xml_ids, sizes):
        yield module.__name__.rpartition('.')[2], module.findings(paths.REPO)
    yield 'ruff', findings_of([paths.PYTHON, '-m', 'ruff', 'check', '--output-format', 'concise', '.'])
    yield 'pylint-odoo', findings_of([
        paths.PYTHON, '-m', 'pylint', '--load-plugins=pylint_odoo', '--disable=all', '--enable=odoolint', '--score=n',
        '--disable=manifest-required-author,missing-readme', '--msg-template={path}:{line}: {symbol} {msg}',
        '--output-format=text', '--rcfile=/dev/null', 'it_continuity'], cwd=paths.ADDONS)


def findings_of(command, cwd=paths.REPO):
    """Return the lines that name a place, of a linter that ended unhappy."""
    answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if not answer.returncode:
        return []
    rows = [row for row in answer.stdout.splitlines() if ':' in row and not row.startswith(('*', 'Found'))]
    return rows or [(answer.stderr.strip() or answer.stdout.strip() or 'ended without a word').splitlines()[-1]]
