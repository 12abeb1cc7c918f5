"""Everything that reads the code without running it.

Each linter says what it found and how much it read. Who reads much less than there is has failed, whatever it found: pylint once
read twelve statements of eleven thousand, behind a folder of links, and called everything clean.
"""
import os
import re
import subprocess
from dataclasses import dataclass

import paths
import setup
import tree
from checks import class_order, one_clock, reasons, rooms, sizes, stories, xml_ids

ENOUGH = 0.9                    # of what is there; pylint counts no docstrings
CHECKS = (rooms, stories, one_clock, class_order, reasons, xml_ids, sizes)
ROW = re.compile(r'^[^\s:|]+:\d+:')

AGAINST_THE_HOUSE = (
    'manifest-required-author',             # asks for the OCA as an author
    'consider-merging-classes-inherited',   # a room adds to a lower room's model in a file of its own
)
BESIDE_THE_ADDON = ('print-used', 'missing-readme')     # programs speak by printing; the addon in benchmarks/ is told of in their README
ODOO_RULES = ('sql-injection', 'missing-gettext', 'gettext-variable', 'gettext-placeholders', 'gettext-repr', 'raise-unlink-override')


@dataclass
class Reading:
    """What one linter found, and how much it read of how much there is."""
    name: str
    findings: list
    read: int
    there_are: int
    unit: str

    @property
    def failures(self):
        if self.read and self.read >= ENOUGH * self.there_are:
            return self.findings
        return [f'read {self.read} of {self.there_are} {self.unit}: it cannot have seen what is wrong', *self.findings]

    def __str__(self):
        return f'{self.name}: {self.read} of {self.there_are} {self.unit} read'


def run_all():
    """Yield a :class:`Reading` of each linter, the quick ones first."""
    for check in CHECKS:
        yield own(check, paths.REPO)
    yield ruff(paths.REPO)
    yield odoo_addon(paths.REPO)
    yield plain_python(paths.REPO)


def own(check, repo):
    """Run one of our own checks."""
    there_are = tree.files(repo, *check.SUFFIXES, under=check.FOLDERS)
    return Reading(check.__name__.rpartition('.')[2], check.findings(repo), len(check.sources(repo)), len(there_are), 'files')


def ruff(repo):
    """Read all Python by ruff."""
    command = [paths.PYTHON, '-m', 'ruff', 'check', '--no-cache']
    shown = subprocess.run([*command, '--show-files', '.'], cwd=repo, capture_output=True, text=True, check=False).stdout
    answer = subprocess.run([*command, '--output-format', 'concise', '.'], cwd=repo, capture_output=True, text=True, check=False)
    read = sum(row.endswith('.py') for row in shown.splitlines())
    return Reading('ruff', told(answer), read, len(tree.files(repo, '.py')), 'files')


def odoo_addon(repo):
    """Read the addon by pylint-odoo. Given file by file: of a folder pylint reads what it can import, and follows no links."""
    return pylint('pylint-odoo', addon_folder(repo), addon_files(repo), ('odoolint',), AGAINST_THE_HOUSE)


def plain_python(repo):
    """Read by pylint-odoo what is Python but no addon."""
    sources = [file for file in python_files(repo) if file.parts[0] in setup.NOT_THE_ADDON]
    return pylint('pylint-odoo beside the addon', repo, sources, ('odoolint',), AGAINST_THE_HOUSE + BESIDE_THE_ADDON)


def odoo_rules(repo):
    """Read the addon by the rules that Odoo's test_lint adds to pylint; they are slow and for `dev test`."""
    lint_tests = setup.odoo_home() / 'odoo' / 'addons' / 'test_lint' / 'tests'
    plugins = [f'_odoo_checker_{name}' for name in ('sql_injection', 'gettext', 'unlink_override')]
    # The comments in our code name rules of pylint-odoo's, which is not loaded here.
    return pylint(
        "Odoo's rules for pylint", addon_folder(repo), addon_files(repo), ODOO_RULES, ('unknown-option-value',), plugins, lint_tests)


def addon_files(repo):
    return [file for file in python_files(repo) if file.parts[0] not in setup.NOT_THE_ADDON]


def python_files(repo):
    return [file.relative_to(repo) for file in tree.files(repo, '.py')]


def pylint(name, folder, sources, rules, disabled, plugins=('pylint_odoo',), plugin_folder=''):
    """Run pylint over ``sources``, paths within ``folder``."""
    answer = subprocess.run(
        [paths.PYTHON, '-m', 'pylint', '--rcfile=/dev/null', f'--load-plugins={",".join(plugins)}', '--disable=all',
         f'--enable={",".join(rules)}', f'--disable={",".join(disabled)}', '--score=n', '--reports=y',
         '--msg-template={path}:{line}: {symbol} {msg}', *map(str, sources)],
        cwd=folder, env={**os.environ, 'PYTHONPATH': str(plugin_folder)}, capture_output=True, text=True, check=False)
    read = re.search(r'^(\d+) statements analysed', answer.stdout, re.MULTILINE)
    return Reading(name, told(answer), int(read[1]) if read else 0, tree.statements(folder / file for file in sources), 'statements')


def addon_folder(repo):
    """Return a folder called it_continuity that holds the tree: pylint-odoo takes an addon's name from there.

    Our own checkout is seen through its folder of links; also because pylint-odoo looks for the manifest below the folder that has
    a `.git`, and not in it.
    """
    return paths.ADDONS / 'it_continuity' if repo == paths.REPO else repo


def told(answer):
    """Return the lines that name a place, of a linter that ended unhappy."""
    if not answer.returncode:
        return []
    rows = [row for row in answer.stdout.splitlines() if ROW.match(row)]
    return rows or [(answer.stderr.strip() or answer.stdout.strip() or 'ended without a word').splitlines()[-1]]
