"""Odoo's own `test_lint` on our addon: what it asks of every addon of Odoo, it asks of us.

Its tests read all addons they can find; here they are shown ours alone, as a copy, because they follow no links. Those that look at the
loaded models see the ones that we extend too. Left out: what tests Odoo's linters themselves, what needs eslint, and what is for one
country's addons.
"""
import re
import shutil
import subprocess

import client
import core_tests
import database
import odoo_cli
import paths
import tree
from say import Trouble
from setup import odoo_home

DATABASE = 'itc_test_lint'
LOG = paths.LOGS / 'odoo-lint.log'
CLASSES = (
    'ManifestLinter', 'PotLinter', 'RoutesLinter', 'TestConflictMarkers', 'TestDocstring', 'TestDunderinit', 'TestI18n', 'TestIndex',
    'TestJsTranslations', 'TestLintOverrideSignatures', 'TestNaming', 'TestOnchangeDomains', 'TestTestHoles',
)
OCA_KEYS = ('development_status', 'maintainers')    # the OCA's manifests have them, Odoo's own have not
SCRIPT = """
from unittest.mock import patch
from odoo.modules import Manifest
from odoo.tests.shell import run_tests
from odoo.addons.test_lint.tests.test_manifests import MANIFEST_KEYS
MANIFEST_KEYS.update({oca_keys!r})
ours = [Manifest.for_addon('it_continuity')]
with patch.object(Manifest, 'all_addon_manifests', lambda: ours):
    run_tests(env, {tags!r}, ['test_lint'])
"""


def run(env):
    """Return ``(how many tests passed, sentences of what is wrong)``. :raises Trouble: they did not come to their end"""
    if not (odoo_home() / 'odoo' / 'addons' / 'test_lint').is_dir():
        raise Trouble("this Odoo has no test_lint; Debian's package and the source have it")
    shutil.rmtree(paths.ADDONS_COPY, ignore_errors=True)
    shutil.copytree(paths.ADDONS, paths.ADDONS_COPY, ignore=shutil.ignore_patterns('__pycache__'))
    log = shell(env)
    tests = core_tests.read_log(log)
    others = (*judge(tests), *unread(log, len(tree.files(paths.REPO, '.js', under=('static',)))))
    return sum(fate == 'passed' for fate in tests.values()), others


def shell(env):
    """Run the tests on a database of their own; return Odoo's log."""
    database.clone(env, database.TEMPLATE, DATABASE)
    odoo_cli.call(DATABASE, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
              env=env, log=paths.LOGS / 'odoo-lint-install.log', what='Installing the addon')
    script = SCRIPT.format(tags=','.join(f'/test_lint:{name}' for name in CLASSES), oca_keys=OCA_KEYS)
    with open(LOG, 'wb') as sink:
        subprocess.run(
            odoo_cli.command(DATABASE, '--http-interface', '127.0.0.1', '--http-port', str(client.free_port()), '--max-cron-threads=0',
                         '--log-level', 'info', sub=('shell',), addons=paths.ADDONS_COPY),
            env=env, input=script.encode(), stdout=sink, stderr=subprocess.STDOUT, check=False)
    database.drop(env, DATABASE)
    return LOG.read_text(encoding='utf-8', errors='replace')


def judge(tests):
    """Return a sentence for each test that did not pass, and for each class of which none ran."""
    ran = {test.split('.')[1] for test in tests}
    return (
        *(f'{test}: {fate}' for test, fate in sorted(tests.items()) if fate != 'passed'),
        *(f'test_lint.{name} did not run' for name in CLASSES if name not in ran))


def unread(log, there_are):
    """Yield a sentence if the files that the tests were shown are not ours: of scripts they say how many they read."""
    read = re.search(r' odoo\.addons\.test_lint\.tests\.test_jstranslate: (\d+) files tested', log)
    if not read or int(read[1]) != there_are:
        yield f'test_lint read {read[1] if read else "no"} scripts of ours, there are {there_are}'
