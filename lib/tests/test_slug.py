import string

import pytest
from hypothesis import given, strategies as st
from lib.slug import MAX_LENGTH, free, slug


@pytest.mark.parametrize(('name', 'code'), [
    ("UPS setup, morning", 'ups_setup_morning'),
    ("Primary UPS: status and battery in the app", 'primary_ups_status_and_battery_in_the_app'),
    ("  --ID card: generate & print--  ", 'id_card_generate_print'),
    ("Größe", 'groe'),
    ("Café №5", 'cafe_no5'),
    ("የኃይል ቁጥጥር", 'task'),
    ("ምትኬ Odoo", 'odoo'),
    ("!!!", 'task'),
    ("", 'task'),
    (None, 'task'),
    ("x" * 47 + " y", 'x' * 47),
    ("%_%", 'task'),
])
def test_name_becomes_code(name, code):
    assert slug(name, 'task') == code


@given(st.text(max_size=80))
def test_code_is_always_plain_and_short(name):
    code = slug(name, 'task')
    assert 0 < len(code) <= MAX_LENGTH
    assert set(code) <= set(string.ascii_lowercase + string.digits + '_')
    assert slug(code, 'task') == code


@given(st.lists(st.sampled_from(['disk', 'host', 'disk_2']), max_size=12))
def test_codes_made_one_after_another_differ(stems):
    taken = set()
    for stem in stems:
        code = free(stem, taken)
        assert code not in taken and code.startswith(stem)
        taken.add(code)
