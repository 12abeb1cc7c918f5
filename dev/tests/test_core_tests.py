"""The comparison of Odoo's own tests sees what it is there to see: given two logs as Odoo writes them."""
import pytest

import core_tests
from say import Trouble

STAMP = '2026-11-28 06:31:29,641 19391'
MAINTENANCE = 'itc_core odoo.addons.maintenance.tests.test_maintenance'


def log(*rows, closing='Tests passed: 0 failed, 0 error(s) of 2 tests'):
    level = 'ERROR' if 'failed:' in closing else 'INFO'
    return '\n'.join([*rows, f'{STAMP} {level} itc_core odoo.tests.shell: {closing} '])


def starting(*names):
    return tuple(f'{STAMP} INFO {MAINTENANCE}: Starting {name} ... ' for name in names)


TWO = starting('TestEquipment.test_open', 'TestEquipment.test_save')
BROKEN = (
    TWO[0], f'{STAMP} INFO {MAINTENANCE}: {"=" * 70} ', f'{STAMP} ERROR {MAINTENANCE}: ERROR: TestEquipment.test_open', 'Traceback …',
    "odoo.exceptions.AccessError: You are not allowed to access 'IT Asset' (it.asset) records.", TWO[1])


def test_two_logs_alike():
    green = core_tests.read_log(log(*TWO))
    assert green == {'maintenance.TestEquipment.test_open': 'passed', 'maintenance.TestEquipment.test_save': 'passed'}
    assert core_tests.differences(green, core_tests.read_log(log(*TWO))) == {}


def test_a_planted_failure_is_named():
    with_us = core_tests.read_log(log(*BROKEN, closing='Tests failed: 0 failed, 1 error(s) of 2 tests'))
    assert core_tests.differences(core_tests.read_log(log(*TWO)), with_us) == {
        'maintenance.TestEquipment.test_open': 'maintenance.TestEquipment.test_open: passed without us, failed with us'}


def test_what_fails_on_both_sides_is_no_difference():
    red = core_tests.read_log(log(*BROKEN, closing='Tests failed: 1 failed, 0 error(s) of 2 tests'))
    assert core_tests.differences(red, dict(red)) == {}


def test_a_test_that_no_longer_runs_or_is_skipped_is_a_difference():
    without = core_tests.read_log(log(*TWO))
    fewer = core_tests.read_log(log(TWO[0], closing='Tests passed: 0 failed, 0 error(s) of 1 tests'))
    skipped = core_tests.read_log(log(*TWO, f'{STAMP} INFO {MAINTENANCE}: skipped TestEquipment.test_save : no browser '))
    assert list(core_tests.differences(without, fewer)) == ['maintenance.TestEquipment.test_save']
    assert 'skipped with us' in core_tests.differences(without, skipped)['maintenance.TestEquipment.test_save']


def test_a_class_whose_set_up_breaks_and_a_subtest():
    found = core_tests.read_log(log(
        TWO[0], f'{STAMP} ERROR {MAINTENANCE}: FAIL: Subtest TestEquipment.test_open (user=<employee>)',
        f'{STAMP} ERROR itc_core odoo.addons.hr.tests.test_x: ERROR: setUpClass (odoo.addons.hr.tests.test_x.TestHr)',
        closing='Tests failed: 1 failed, 1 error(s) of 1 tests'))
    assert found == {'maintenance.TestEquipment.test_open': 'failed', 'hr.TestHr.setUpClass': 'failed'}


@pytest.mark.parametrize('text', [
    '\n'.join(TWO),                                                             # Odoo ended before its closing line
    log(*TWO, closing='Tests failed: 1 failed, 0 error(s) of 2 tests'),        # a failure that no line names
    log(*BROKEN),                                                               # a failure that the closing line does not count
    log(TWO[0]),                                                                # fewer tests than counted
])
def test_a_log_that_does_not_add_up_is_trouble(text):
    with pytest.raises(Trouble):
        core_tests.read_log(text)


def test_tags():
    assert core_tests.tag_of('hr.TestHr.test_a') == '/hr:TestHr.test_a'
    assert core_tests.tag_of('hr.TestHr.setUpClass') == '/hr:TestHr'


def test_the_quick_part_of_all():
    assert core_tests.quick_part({'maintenance.TestA.test_a': 'passed', 'hr.TestB.test_b': 'failed'}) == {'maintenance.TestA.test_a': 'passed'}
    assert set(core_tests.QUICK) < set(core_tests.ALL)
