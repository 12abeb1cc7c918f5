"""Settings and limits as lines: what somebody reads there is what the host is told."""

import pytest
from lib.check_text import LINE_FAULTS, LineError, fit_words, limit_fault, read_limits, read_settings, write_limits, write_settings

SIGNS = ['=1+1', '@snap', '{x}', '+x', '-x', "'@snap", 'x on y', 'ü / 5 on z', 'C:\\', '/srv/[old]']


def limit(item):
    return {'metric': 'free_pct', 'item': item, 'op': '<', 'warning': 15, 'critical': 5}


@pytest.mark.parametrize('item', SIGNS)
def test_an_item_with_a_dangerous_sign_is_the_same_as_a_line(item):
    assert not limit_fault(limit(item))
    assert read_limits(write_limits([limit(item)])) == [limit(item)]
    assert read_settings(write_settings({'include': [item]}), {'include': 'list'}) == {'include': [item]}


@pytest.mark.parametrize('item', [
    '\tx', '\rx', ' x', 'x ', 'a\nb', 'x\nfree_pct < 99 / 98', 'a\u2028b', 'a\x0bb', 'a\x85b', '\xa0x', 'x' * 121])
def test_what_would_read_otherwise_as_a_line_is_refused(item):
    assert limit_fault(limit(item))


@pytest.mark.parametrize('value', ['/tmp\nexclude = /srv', ['/tmp', '/\nrequired = /srv'], ' /tmp', '/tmp\t'])
def test_settings_that_would_read_otherwise_as_lines_do_not_fit(value):
    assert not fit_words(value)


@pytest.mark.parametrize('line', [
    'free_pct < 15 / 5 recover 20 / 10', 'free_pct < 15 / 5 recover 20 / - on /srv*', 'used_pct > - / 97 recover - / 90',
    'free_pct < 15 / 5 on recover 20 / 10',   # a folder may have any name
])
def test_recovery_levels_are_the_same_as_a_line(line):
    limits = read_limits(line)
    assert not any(map(limit_fault, limits)) and write_limits(limits) == line
    assert ('recover_warning' in limits[0]) is (' recover ' in line.partition(' on ')[0])


@pytest.mark.parametrize('line', [
    'free_pct < 15 / 5 recover 14 / -', 'free_pct < 15 / - recover 20 / 10', 'used_pct > 90 / 97 recover 91 / -', 'free_pct < 15 / 5 recover 20',
    'free_pct < 15 / 5 recover much / -', 'free_pct < 15 / 5 recover 20 / nan',
])
def test_a_recovery_level_on_the_wrong_side_is_refused(line):
    with pytest.raises(LineError) as refused:
        read_limits(line)
    assert refused.value.line == line


TYPES = {'deep': 'bool', 'port': 'int', 'age_s': 'float', 'folder': 'str'}


@pytest.mark.parametrize(('read', 'line', 'code'), [
    (read_settings, 'folder', 'setting'), (read_settings, 'Folder = /', 'setting'), (read_settings, 'folder = /\nfolder = /srv', 'twice'),
    (read_settings, 'deep = 7', 'bool'), (read_settings, 'port = 7.5', 'int'), (read_settings, 'age_s = old', 'float'),
    (read_limits, 'free_pct = 7', 'limit'), (read_limits, 'free_pct < much / 5', 'bound'), (read_limits, 'free_pct < 15 / 5 recover 14 / -', 'recovery'),
])
def test_what_is_wrong_with_a_line_is_a_code(read, line, code):
    with pytest.raises(LineError) as refused:
        read(line, TYPES) if read is read_settings else read(line)
    assert (refused.value.code, refused.value.line) == (code, line.splitlines()[-1])
    assert code in LINE_FAULTS


def test_no_recovery_level_is_none():
    assert read_limits('free_pct < 15 / 5 recover - / -') == read_limits('free_pct < 15 / 5')
    assert limit_fault({'metric': 'free_pct', 'op': '<', 'warning': 15, 'recover_warning': 10})


@pytest.mark.parametrize(('change', 'fault'), [
    ({}, ''), ({'warning': "15 %"}, 'warning'), ({'critical': True}, 'critical'), ({'warning': 2.0**60}, 'warning'), ({'op': '='}, 'op'),
    ({'op': None}, 'op'), ({'metric': 7}, 'metric'), ({'item': ' x'}, 'item'), ({'item': None}, 'item'), ({'recover_warning': "much"}, 'recover_warning'),
    ({'recover_warning': 14}, 'recovery'), ({'colour': "red"}, 'limit'),
])
def test_what_is_wrong_with_a_limit_is_named(change, fault):
    assert limit_fault(limit('/srv') | change) == fault


@pytest.mark.parametrize('value', [7, None, [], "free_pct < 15 / 5", {'metric': 'free_pct'}])
def test_what_is_no_limit_at_all_is_named_so(value):
    assert limit_fault(value) == 'limit'
