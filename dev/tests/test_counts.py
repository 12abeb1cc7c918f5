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


def test_what_a_test_says_stands_after_however_much_the_server_says(tmp_path):
    """Who reads the end of a long output sees which test failed, and why."""
    server = "2026-11-29 12:10:16,1 1 ERROR itc_test odoo.sql_db: bad query\nDETAIL: is still referenced\n2026-11-29 12:10:16,1 1 INFO itc_test odoo: x\n"
    failure = (
        "2026-11-29 12:10:16,2 1 ERROR itc_test odoo.addons.it_continuity.tests.walk.test_walk: FAIL: TestWalk.test_phone\n"
        "Traceback (most recent call last):\nAssertionError: the reason\n")
    log = tmp_path / 'odoo.log'
    log.write_text(failure + server * 200 + LINE.format(1, 0, 12))
    notes = count_odoo(log, 1).notes
    assert "AssertionError: the reason" in notes[-3:]
    assert [note for note in notes if 'bad query' in note] and not [note for note in notes if note.endswith('odoo: x')]
