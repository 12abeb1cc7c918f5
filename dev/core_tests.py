"""`python3 dev test core`: Odoo's own tests give with us installed what they give without us.

Each set runs on two databases that differ in our addon only, all modules loaded, and is compared test by test. A test that
fails on both sides says nothing about us; one that fails, is skipped or is missing on one side only is a failure of ours.
A difference is tried once more, alone, before it is believed: some of these tests are tours, and a busy machine is slow.
Then we are uninstalled again: nothing of ours may stay, and the quick ones fare as if we had never been there.
"""
import re
import subprocess
import threading

import client
import database
import odoo_cli
import paths
import postgres
from say import Trouble, reason

ALL = ('digest', 'hr', 'hr_holidays', 'maintenance', 'resource')
QUICK = ('digest', 'maintenance', 'resource')      # what `dev test` without a part has time for
SIDES = {False: 'itc_core_without', True: 'itc_core_with'}

# What a database would still hold of us, by its kind.
OURS = {
    'relation': r"SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ '^itc?_' AND relkind IN ('r', 'p', 'v', 'm', 'S')",
    'function': r"SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname ~ '^itc?_'",
    'column': r"SELECT table_name || '.' || column_name FROM information_schema.columns "
              r"WHERE table_schema = 'public' AND column_name ~ '^(itc?_|kpi_itc_)'",
    'setting': r"SELECT key FROM ir_config_parameter WHERE key LIKE 'it\_continuity.%'",
    'XML id': "SELECT model || ' ' || name FROM ir_model_data WHERE module = 'it_continuity' AND model NOT LIKE 'ir.module.%'",
}

STARTING = re.compile(r' odoo\.addons\.(?P<module>\w+)\.tests\.\S+: Starting (?P<test>\S+) \.\.\.')
SKIPPED = re.compile(r' odoo\.addons\.(?P<module>\w+)\.tests\.\S+: skipped (?P<test>\S+) : ')
BROKEN = re.compile(r' ERROR \S+ (?P<logger>\S+): (?:FAIL|ERROR): (?:Subtest )?(?P<test>.+)$')
HOLDER = re.compile(r'^(?P<what>\w+) \(odoo\.addons\.(?P<module>\w+)\.tests\.(?:\w+\.)*(?P<name>\w+)\)')
CLOSING = re.compile(r' odoo\.tests\.shell: Tests (?:passed|failed): (\d+) failed, (\d+) error\(s\) of (\d+) tests')


def read_log(text):
    """Return what Odoo's own lines tell: ``{test: 'passed' | 'failed' | 'skipped'}``, a test named ``module.Class.method``.

    A class whose set-up fails stands there as ``module.Class.setUpClass``; a subtest counts for its test.

    :raises Trouble: the closing line is missing, or counts what no line names
    """
    tests = {}
    broken = started = 0
    for row in text.splitlines():
        if found := STARTING.search(row):
            started += 1
            tests.setdefault('{module}.{test}'.format(**found.groupdict()), 'passed')
        elif found := SKIPPED.search(row):
            tests['{module}.{test}'.format(**found.groupdict())] = 'skipped'
        elif found := BROKEN.search(row):
            broken += 1
            tests[broken_name(found)] = 'failed'
    closing = CLOSING.search(text)
    if not closing:
        raise Trouble("Odoo's tests did not come to their closing line")
    failed, errors, total = map(int, closing.groups())
    if bool(failed + errors) != bool(broken):
        raise Trouble(f"Odoo counted {failed + errors} failures, its log names {broken}")
    if started != total:
        raise Trouble(f'Odoo counted {total} tests, its log names {started}')
    return tests


def broken_name(found):
    """Return the name of the test that a FAIL or ERROR line is about."""
    holder = HOLDER.match(found['test'])
    if holder:
        return '{module}.{name}.{what}'.format(**holder.groupdict())
    module = re.match(r'odoo\.addons\.(\w+)\.', found['logger'])
    return f"{module[1] if module else '?'}.{found['test'].split(' ')[0]}"


def differences(without, with_us):
    """Return ``{test: sentence}`` of what the two sides do not have alike."""
    return {
        test: f'{test}: {without.get(test, "not run")} without us, {with_us.get(test, "not run")} with us'
        for test in sorted(without.keys() | with_us.keys())
        if without.get(test) != with_us.get(test)
    }


def run(env, is_quick):
    """Run the tests on both sides, of all modules or of those that are quick.

    :return: (number of tests alike, sentences about the others)
    """
    modules = QUICK if is_quick else ALL
    both = on_both_sides(lambda ours: prepare_and_test(env, ours, modules))
    found = differences(both[False], both[True])
    if found:
        tags = [tag_of(test) for test in found]
        again = on_both_sides(lambda ours: test_side(env, ours, modules, tags, '-again'))
        still = differences(again[False], again[True])
        found = {test: sentence for test, sentence in found.items() if test in still or test not in again[True]}
    alike, others = len(both[True].keys() - found.keys()), tuple(found.values())
    if not is_quick:
        left = leftovers(env) or tuple(differences(quick_part(both[False]), uninstalled(env)).values())
        alike, others = alike + (not left), others + tuple(f'uninstalled again: {sentence}' for sentence in left)
    for name in SIDES.values():
        database.drop(env, name)
    return alike, others


def quick_part(tests):
    return {test: fate for test, fate in tests.items() if test.split('.')[0] in QUICK}


def leftovers(env):
    """Uninstall us on the side that has us, and return a sentence for each thing of ours that stays in the database."""
    name = SIDES[True]
    odoo_cli.script(name, "env['ir.module.module'].search([('name', '=', 'it_continuity')]).button_immediate_uninstall()\n",
                env=env, log=paths.LOGS / f'{name}-uninstall.log', what='Uninstalling the addon')
    return tuple(f'{kind} {thing} stayed' for kind, statement in OURS.items() for [thing] in postgres.query(env, name, statement))


def uninstalled(env):
    """Return how the quick tests fare where we were uninstalled."""
    check_installed(env, SIDES[True], False, QUICK)
    return test_side(env, True, QUICK, [f'/{module}' for module in QUICK], '-uninstalled')


def on_both_sides(work):
    """Return ``{with us: work(with us)}``, done side by side: two databases, two processes.

    :raises Trouble: one side did not come to its end
    """
    results, errors = {}, []

    def one(ours):
        try:
            results[ours] = work(ours)
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread
            errors.append(error)

    threads = [threading.Thread(target=one, args=(ours,)) for ours in SIDES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def prepare_and_test(env, ours, modules):
    """Make one side's database, each module installed alike, and run the tests there."""
    name = SIDES[ours]
    database.ensure_template(env)
    database.clone(env, database.TEMPLATE, name)
    install = [module for module in modules if module not in odoo_cli.DEPENDENCIES] + ['it_continuity'] * ours
    if install:
        odoo_cli.call(name, '-i', ','.join(install), '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
                  env=env, log=paths.LOGS / f'{name}-install.log', what=f"Installing {', '.join(install)}")
    check_installed(env, name, ours, modules)
    return test_side(env, ours, modules, [f'/{module}' for module in modules])


def check_installed(env, name, ours, modules):
    """:raises Trouble: the two sides would not differ in our addon, or not in it alone"""
    rows = postgres.query(env, name, "SELECT name FROM ir_module_module WHERE state = 'installed'")
    installed = {row[0] for row in rows}
    if not installed.issuperset(modules) or ('it_continuity' in installed) != ours:
        raise Trouble(f'{name} does not hold the modules it should')


def test_side(env, ours, modules, tags, suffix=''):
    """Run tests on one side in an Odoo shell, which has every module loaded before the first test starts."""
    name = SIDES[ours]
    log = paths.LOGS / f'core-{"with" if ours else "without"}{suffix}.log'
    # The bundles first: a tour that has to wait for them loses its patience.
    code = (
        "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"
        f'from odoo.tests.shell import run_tests\nrun_tests(env, {",".join(tags)!r}, {list(modules)!r})\n')
    with open(log, 'wb') as sink:
        subprocess.run(
            odoo_cli.command(name, '--http-interface', '127.0.0.1', '--http-port', str(client.free_port()), '--max-cron-threads=0',
                         '--log-level', 'info', sub=('shell',)),
            env=env, input=code.encode(), stdout=sink, stderr=subprocess.STDOUT, check=False)
    try:
        return read_log(log.read_text(encoding='utf-8', errors='replace'))
    except Trouble as trouble:
        raise Trouble(f'{name}: {trouble}: {reason(log)} (output: {log})') from None


def tag_of(test):
    """Return the test tag that selects one test: ``/module:Class.method``, or the class when its set-up broke."""
    module, name, method = (test.split('.') + ['', ''])[:3]
    return f'/{module}:{name}' if not method or method.startswith(('setUp', 'tearDown')) else f'/{module}:{name}.{method}'
