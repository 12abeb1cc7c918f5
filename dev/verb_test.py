"""`python3 dev test [part …]`: every test of the project, or some of them.

Parts: agent, windows (the agent's tests that a Windows Python under Wine can carry), lib, dev, odoo (with the browser tours), walk (two
browsers open, fill in and press everything, as each role), lint, odoo_lint (Odoo's own test_lint on our addon), bench (each benchmark
once, tiny: does it still work?), demo (the invented months are told, sealed and plausible),
hosts (two agents as two hosts tell a running Odoo of real backups, whole and with each fault; then this machine is proposed its checks, as by
`dev run`, and tasks turn green or red), core (Odoo's own tests beside us: without a
part the quick ones, `dev test core` all); or the name of an Odoo test module, e.g. `test_asset_dependencies`.
The closing line sums what each runner itself counted.
"""
import collections
import re
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import client
import core_tests
import database
import demo_check
import hosts_check
import linters
import odoo_cli
import odoo_lint
import paths
import postgres
import setup
import verb_bench
import wine
from say import Trouble, line

DATABASE = 'itc_test'
WALK = 'itc_walk'         # the tag of the walk's tests, which take a database of their own beside the others
# The walk's tests in two halves of about the same length; what the first does not name is in the second.
WALK_HALVES = {
    'walk_doers': '/it_continuity:TestWalkDoers,/it_continuity:TestWalkEmpty',
    'walk': f'{WALK}/it_continuity,-/it_continuity:TestWalkDoers,-/it_continuity:TestWalkEmpty',
}
PARTS = ('agent', 'windows', 'lib', 'dev', 'odoo', 'walk', 'lint', 'odoo_lint', 'bench', 'demo', 'hosts', 'core')


@dataclass
class Count:
    """What one runner reported; ``notes`` are the lines to show for its failures."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: tuple = ()


def main(arguments):
    modules = [name for name in arguments if name not in PARTS]
    parts = [name for name in PARTS if name in arguments or not arguments or (name == 'odoo' and modules)]
    for name in modules:
        if not list((paths.REPO / 'tests').rglob(f'{name}.py')):
            raise Trouble(f"no part and no test module is called {name!r}; parts: {', '.join(PARTS)}")
    setup.everything(for_tests=True)
    with postgres.running() as env:
        database.ensure_template(env)
        work = {
            'lib': lambda: pytest('lib'),
            'agent': lambda: pytest('agent'),
            'windows': windows,
            'dev': lambda: pytest('dev'),
            'odoo': lambda: odoo_tests(env, tags_of(modules)),
            'walk': lambda: walk(env),
            'lint': lint,
            'odoo_lint': lambda: lint_by_odoo(env),
            'bench': lambda: bench(env),
            'demo': lambda: demo(env),
            'hosts': lambda: hosts(env),
            'core': lambda: core(env, is_quick=not arguments),
        }
        counts = run_side_by_side({part: work[part] for part in parts})
    return report(counts)


def run_side_by_side(work):
    """Run the Odoo tests beside the others: two cores, two lanes, and a lane that is done takes the next part that nobody has begun.

    :return: {part: Count}
    """
    counts, waiting = {}, collections.deque(sorted(work, key=lambda part: part != 'odoo'))

    def lane():
        while True:
            try:
                part = waiting.popleft()
            except IndexError:
                return
            start = time.monotonic()
            try:
                counts[part] = work[part]()
            except Exception as error:  # noqa: BLE001 - a runner that breaks is a failure with a name, not the end of the others
                counts[part] = Count(failed=1, notes=(f'{part} did not run: {error}',))
            count = counts[part]
            line(f'  {"✗" if count.failed else "✓"} {part}: {count.passed} passed, {count.failed} failed, '
                 f'{count.skipped} skipped ({time.monotonic() - start:.0f} s)')

    lanes = [threading.Thread(target=lane) for _lane in range(2)]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    return counts


def report(counts):
    for count in counts.values():
        for note in count.notes:
            line(note)
    passed, failed, skipped = (sum(getattr(count, name) for count in counts.values()) for name in ('passed', 'failed', 'skipped'))
    if not passed + failed:
        line('no test ran')
        failed = 1
    line(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 1 if failed else 0


def pytest(folder):
    """Run one folder's pytest and count from its own JUnit file."""
    result = paths.LOGS / f'pytest-{folder}.xml'
    result.unlink(missing_ok=True)
    log = paths.LOGS / f'pytest-{folder}.log'
    with open(log, 'wb') as sink:
        code = subprocess.run(
            [paths.PYTHON, '-m', 'pytest', '-q', folder, f'--junitxml={result}'], cwd=paths.REPO, stdout=sink,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False).returncode
    return count_junit(result, log, code)


def windows():
    """Run under Wine what of the agent's tests it can carry; skipped as one where there can be no Wine."""
    obstacle = wine.obstacle()
    if obstacle:
        line(f'  – windows is skipped: {obstacle}')
        return Count(skipped=1)
    wine.make()
    for name in wine.untried():
        line(f'  – windows leaves out {name}: nobody has tried it under Wine yet (see dev/wine.py)')
    result, log = paths.LOGS / 'pytest-windows.xml', paths.LOGS / 'pytest-windows.log'
    result.unlink(missing_ok=True)
    count = count_junit(result, log, wine.run_tests(result, log))
    count.skipped += len(wine.untried())
    return count


def count_junit(result, log, code):
    """Count from pytest's own JUnit file; none is a failure."""
    if not result.exists():
        return Count(failed=1, notes=tuple(tail(log)))
    suite = ElementTree.parse(result).getroot().find('testsuite')
    total, failures, errors, skipped = (int(suite.get(name)) for name in ('tests', 'failures', 'errors', 'skipped'))
    failed = failures + errors
    if code and not failed:
        failed = 1
    return Count(total - failures - errors - skipped, failed, skipped, tuple(tail(log)) if failed else ())


def tags_of(modules):
    """Return Odoo's test tags for the named modules, or for all but the walk."""
    return ','.join(f'/it_continuity:{name}' for name in test_classes(modules)) or f'/it_continuity,-{WALK}'


def odoo_tests(env, tags, name='odoo', installed=None):
    """Run tests of the addon on a fresh clone of the template, its tours in a real browser.

    :param installed: a database with the addon in it to clone instead
    """
    own_database = DATABASE if name == 'odoo' else f'{DATABASE}_{name}'
    database.clone(env, installed or database.TEMPLATE, own_database)
    options = () if installed else ('-i', 'it_continuity', '--without-demo')
    log = paths.LOGS / f'{name}-tests.log'
    with open(log, 'wb') as sink:
        code = subprocess.run(
            odoo_cli.command(
                own_database, *options, '--test-tags', tags, '--stop-after-init', '--http-interface', '127.0.0.1',
                '--http-port', str(client.free_port()), '--max-cron-threads=0', '--screenshots', str(paths.LOGS / 'screenshots')),
            env={**env, 'ITC_AXE_CORE': str(paths.AXE_CORE)}, cwd=paths.REPO, stdout=sink, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False).returncode
    database.drop(env, own_database)
    return count_odoo(log, code)


def walk(env):
    """Let two browsers walk side by side, each half in a database of its own; the addon is installed once for both."""
    installed = f'{DATABASE}_walk_installed'
    database.clone(env, database.TEMPLATE, installed)
    log = paths.LOGS / 'walk-install.log'
    odoo_cli.call(
        installed, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
        env=env, log=log, what='Installing the addon')
    odoo_cli.script(
        installed, "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n", env=env, log=log, what='Making the scripts and styles')
    with ThreadPoolExecutor() as pool:
        halves = list(pool.map(lambda name: odoo_tests(env, WALK_HALVES[name], name, installed), WALK_HALVES))
    database.drop(env, installed)
    return Count(
        *(sum(getattr(half, name) for half in halves) for name in ('passed', 'failed', 'skipped')),
        notes=tuple(note for half in halves for note in half.notes))


def test_classes(modules):
    """Return the names of the test classes in the named modules."""
    return [
        name
        for module in modules
        for file in (paths.REPO / 'tests').rglob(f'{module}.py')
        for name in re.findall(r'^class (Test\w+)', file.read_text(encoding='utf-8'), re.MULTILINE)
    ]


def count_odoo(log, code):
    """Count from Odoo's own result line, `N failed, N error(s) of N tests when loading database`.

    A log with errors but a green result line (a module that did not load, a view that warned) is a failure too.
    """
    text = log.read_text(encoding='utf-8', errors='replace')
    found = re.search(r'odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests', text)
    if not found:
        return Count(failed=1, notes=tuple(tail(log)))
    failed = int(found[1]) + int(found[2])
    passed = max(0, int(found[3]) - failed)     # each failed sub-test counts, of one test there may be several
    skipped = len(re.findall(r'odoo\.addons\.it_continuity\.tests\S*: skipped ', text))
    if code and not failed:
        failed = 1
    notes = failing_blocks(text) if failed else ()
    return Count(passed - skipped, failed, skipped, notes)


def failing_blocks(text, limit=120):
    """Return the lines of a log from each ERROR on, at most ``limit`` of what the server says and then as many of what the tests themselves say."""
    rows, keep = {True: [], False: []}, None
    for row in text.splitlines():
        if re.match(r'\d{4}-\d\d-\d\d ', row):
            is_test = bool(re.search(r' odoo\.(addons\.\S+\.tests\.|tests\.)\S*: ', row))
            keep = rows[is_test] if ' ERROR ' in row or ' CRITICAL ' in row else None
        if keep is not None:
            keep.append(row)
    return (*rows[False][:limit], *rows[True][:limit])


def lint():
    """Run each linter; one that is content passed, else each finding failed."""
    return judged(linters.run_all())


def lint_by_odoo(env):
    """Run Odoo's own test_lint on the addon, with its rules for pylint."""
    passed, others = odoo_lint.run(env)
    count = judged([linters.odoo_rules(paths.REPO)])
    blocks = failing_blocks(odoo_lint.LOG.read_text(encoding='utf-8', errors='replace')) if others else ()
    return Count(passed + count.passed, len(others) + count.failed, notes=(*others, *blocks, *count.notes))


def judged(readings):
    """Count linters: one that is content passed, else each of its failures failed."""
    count = Count()
    for reading in readings:
        count.failed += len(reading.failures)
        count.passed += not reading.failures
        count.notes += tuple(f'{reading.name}: {failure}' for failure in reading.failures[:40])
    return count


def bench(env):
    """Run each benchmark once with tiny sizes; a ratio is never judged here."""
    log = paths.LOGS / 'bench-tiny.log'
    count = Count()
    for name in verb_bench.BENCHMARKS:
        with open(log, 'wb') as sink:
            if verb_bench.measure(env, [name], 2, True, paths.LOGS, sink):
                count.failed += 1
                count.notes += tuple(tail(log, 15))
            else:
                count.passed += 1
    return count


def demo(env):
    """Tell the demo's past in a database of its own and look at it; each thing that is as it should be passed."""
    passed, failures = demo_check.run(env)
    return Count(passed, len(failures), notes=failures)


def hosts(env):
    """Let two agents report real backups to a running Odoo; each thing that is as it should be passed."""
    passed, failures = hosts_check.run(env)
    return Count(passed, len(failures), notes=failures)


def core(env, is_quick):
    """Compare Odoo's own tests with and without us; each test that fares alike passed."""
    alike, others = core_tests.run(env, is_quick)
    return Count(alike, len(others), notes=others)


def tail(log: Path, rows=40):
    return log.read_text(encoding='utf-8', errors='replace').splitlines()[-rows:]
