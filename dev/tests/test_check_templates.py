"""The check templates that the addon brings: the agent understands each, and what of the handbook they look at."""
import ast
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from itc_agent import registry
from itc_agent.errors import SettingsError

DATA = Path(__file__).parents[2] / 'data'
TEMPLATES = {
    record.get('id').removeprefix('check_template_'): {field.get('name'): field for field in record}
    for record in ElementTree.parse(DATA / 'it_check_template_data.xml').getroot()}
TASKS = {
    record.get('id').removeprefix('task_'): {field.get('name') for field in record}
    for file in sorted((DATA / 'handbook').glob('[0-9]_*.xml')) for record in ElementTree.parse(file).getroot() if record.get('model') == 'it.task'}
# What no machine can look at: hands, eyes, judgement, or what only a person starts.
PEOPLE = {
    'emergency_shutdown', 'clear_up_backups', 'backup_copy_offline', 'restore_check', 'help_from_afar', 'payment_request_support', 'toner_stock',
    'it_inventory', 'office_improvements', 'inspect_computers', 'inspect_printers', 'inspect_pos', 'inspect_network'}


def value(template, name, default):
    field = TEMPLATES[template].get(name)
    return default if field is None else ast.literal_eval(field.get('eval')) if field.get('eval') else field.text


@pytest.mark.parametrize('code', sorted(TEMPLATES))
def test_the_agent_understands_the_template(code):
    assert value(code, 'code', '') == code
    declared = registry.load(value(code, 'kind', ''))
    try:
        registry.parse_settings(declared, value(code, 'settings', {}))
    except SettingsError as error:
        # What only the site knows is left to it; everything else has to fit.
        assert "is required" in str(error) or "absolute path" in str(error)  # a path of Windows is none here
        assert value(code, 'note', ''), "says nowhere what has to be filled in"
    assert {limit['metric'] for limit in value(code, 'limits', [])} <= set(declared.units)
    assert int(value(code, 'timeout_s', declared.timeout_s)) >= declared.timeout_s, "gives the collector less time than it says it needs"


def test_everything_that_a_machine_can_look_at_is_bound_to_a_template():
    assert {task for task, names in TASKS.items() if 'check_template_ids' not in names} == PEOPLE


def test_every_system_without_a_task_of_its_own_has_a_template_to_confirm_on_site():
    for code in ('kashear', 'machine_software', 'mayet', 'ms_tools', 'pgadmin', 'ms_tools_licence'):
        assert TEMPLATES[code]['asset_id'].get('ref') == f"asset_{code.removesuffix('_licence')}"
        assert value(code, 'note', '').startswith("Confirm on site")
    assert value('ms_tools_licence', 'kind', '') == 'licence'
