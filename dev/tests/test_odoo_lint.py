"""Odoo's own test_lint: a test that fails, does not run, or is not shown our files, is seen. Given Odoo's log as it writes it."""
import core_tests
import odoo_lint

STAMP = '2026-11-28 09:37:40,976 26612'
LOG = 'itc_test_lint odoo.addons.test_lint.tests'


def log(*rows, closing='Tests passed: 0 failed, 0 error(s) of 13 tests'):
    started = [f'{STAMP} INFO {LOG}.test_x: Starting {name}.test_it ... ' for name in odoo_lint.CLASSES]
    level = 'ERROR' if 'failed:' in closing else 'INFO'
    return '\n'.join([*started, *rows, f'{STAMP} {level} itc_test_lint odoo.tests.shell: {closing} '])


def test_a_sound_addon_passes():
    assert odoo_lint.judge(core_tests.read_log(log())) == ()


def test_a_field_without_an_index_and_a_changed_signature_are_named():
    tests = core_tests.read_log(log(
        f'{STAMP} ERROR {LOG}.test_index: FAIL: TestIndex.test_it',
        f"{STAMP} ERROR {LOG}.test_override_signatures: FAIL: Subtest TestLintOverrideSignatures.test_it (method='_write')",
        closing='Tests failed: 2 failed, 0 error(s) of 13 tests'))
    assert odoo_lint.judge(tests) == ('test_lint.TestIndex.test_it: failed', 'test_lint.TestLintOverrideSignatures.test_it: failed')


def test_a_class_that_does_not_run_is_named():
    tests = core_tests.read_log(log())
    del tests['test_lint.TestNaming.test_it']
    assert odoo_lint.judge(tests) == ('test_lint.TestNaming did not run',)


def test_tests_that_read_other_files_than_ours_are_seen():
    read = f'{STAMP} INFO {LOG}.test_jstranslate: 33 files tested '
    assert not list(odoo_lint.unread(log(read), 33))
    assert list(odoo_lint.unread(log(read), 34)) == ['test_lint read 33 scripts of ours, there are 34']
    assert list(odoo_lint.unread(log(), 34)) == ['test_lint read no scripts of ours, there are 34']
