import pytest

from verb_test import count_odoo

LINE = "2026-11-29 12:10:17,641 1 ERROR itc_test odoo.tests.result: {} failed, {} error(s) of {} tests when loading database 'itc_test'\n"


@pytest.mark.parametrize('failed, errors, tests, told', [
    (0, 0, 12, (12, 0)),
    (1, 1, 12, (10, 2)),
    (0, 4, 3, (0, 4)),      # four sub-tests of three tests
])
def test_counts_of_a_run_are_odoos_and_never_below_nothing(tmp_path, failed, errors, tests, told):
    log = tmp_path / 'odoo.log'
    log.write_text(LINE.format(failed, errors, tests))
    count = count_odoo(log, int(bool(failed + errors)))
    assert (count.passed, count.failed) == told
