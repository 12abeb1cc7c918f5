"""Settings and limits as lines: what somebody reads there is what the host is told."""

import pytest
from lib.check_text import fit_limit, fit_words, read_limits, read_settings, write_limits, write_settings

SIGNS = ['=1+1', '@snap', '{x}', '+x', '-x', "'@snap", 'x on y', 'ü / 5 on z', 'C:\\', '/srv/[old]']


def limit(item):
    return {'metric': 'free_pct', 'item': item, 'op': '<', 'warning': 15, 'critical': 5}


@pytest.mark.parametrize('item', SIGNS)
def test_an_item_with_a_dangerous_sign_is_the_same_as_a_line(item):
    assert fit_limit(limit(item))
    assert read_limits(write_limits([limit(item)])) == [limit(item)]
    assert read_settings(write_settings({'include': [item]}), {'include': 'list'}) == {'include': [item]}


@pytest.mark.parametrize('item', [
    '\tx', '\rx', ' x', 'x ', 'a\nb', 'x\nfree_pct < 99 / 98', 'a\u2028b', 'a\x0bb', 'a\x85b', '\xa0x', 'x' * 121])
def test_what_would_read_otherwise_as_a_line_is_refused(item):
    assert not fit_limit(limit(item))


@pytest.mark.parametrize('value', ['/tmp\nexclude = /srv', ['/tmp', '/\nrequired = /srv'], ' /tmp', '/tmp\t'])
def test_settings_that_would_read_otherwise_as_lines_do_not_fit(value):
    assert not fit_words(value)
