import pytest
from lib.check_text import example_limits, example_settings, read_limits, read_settings


@pytest.mark.parametrize(('declared', 'line'), [
    ({'type': 'str', 'default': None, 'help': "Folder."}, 'x = …'),
    ({'type': 'list', 'default': None, 'help': "Names, `odoo*` for instance."}, 'x = odoo*'),
    ({'type': 'list', 'default': ['200', '204'], 'help': ""}, 'x = 200'),
    ({'type': 'bool', 'default': False, 'help': "`yes`"}, 'x = false'),
    ({'type': 'float', 'default': 5.0, 'help': ""}, 'x = 5'),
    ({'type': 'float', 'default': None, 'help': ""}, 'x = 1.5'),
    ({'type': 'int', 'default': None, 'help': "`many`"}, 'x = 1'),
    ({'type': 'bool', 'default': None, 'help': None}, 'x = true'),
])
def test_example_of_one_setting(declared, line):
    assert example_settings([{'name': 'x', 'required': True, **declared}]) == [line]
    assert read_settings(line, {'x': declared['type']})


def test_required_settings_are_the_example_and_come_first():
    declared = [
        {'name': name, 'type': 'int', 'default': None if required else 7, 'required': required, 'help': ""}
        for name, required in (('a', False), ('b', True), ('c', True))]
    assert example_settings(declared) == ['b = 1', 'c = 1']
    assert example_settings(declared, every=True) == ['b = 1', 'c = 1', 'a = 7']
    assert example_settings(declared[:1]) == ['a = 7']
    assert example_settings([]) == []


def test_limits_are_those_of_the_kind():
    limits = [{'metric': 'free_pct', 'op': '<', 'warning': 15, 'critical': 5}]
    assert example_limits([{'name': 'used_pct'}], limits) == "free_pct < 15 / 5"
    assert read_limits(example_limits([{'name': 'used_pct'}], [])) == [{'metric': 'used_pct', 'item': '*', 'op': '>', 'warning': 10, 'critical': 20}]
