"""The documents tell of everything there is, and the generated one is what it would be generated as."""
import argparse
import dataclasses
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from itc_agent import cli, cli_text, registry
from itc_agent import config as settings
from itc_agent.cli_text import UNTRIED, _texts, markdown

AGENT = Path(__file__).parents[1]
README = (AGENT / 'README.md').read_text(encoding='utf-8')
REFERENCE = AGENT.parent / 'docs' / 'collectors.md'


def verbs():
    parser = cli.make_parser()
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices


@pytest.mark.parametrize('verb', sorted(verbs()))
def test_every_verb_and_option_is_in_the_readme(verb):
    assert f'`itc-agent {verb}' in README
    for action in verbs()[verb]._actions:
        assert action.help
        for option in action.option_strings:
            if option.startswith('--') and option not in ('--help', '--config'):
                assert option in README, f"{verb} {option}"


@pytest.mark.parametrize(('section', 'key'), [(section, one.name) for section, kind in settings.SECTIONS.items() for one in dataclasses.fields(kind)])
def test_every_setting_is_in_the_readme_with_its_meaning(section, key):
    one = settings.SECTIONS[section].__dataclass_fields__[key]
    assert f'| `{section}.{key}` |' in README
    assert one.metadata['help'] in README


@pytest.mark.skipif(not REFERENCE.exists(), reason="the agent stands alone here")
@pytest.mark.skipif(registry.PLATFORM != 'linux', reason="the reference is made on Linux")
def test_the_collector_reference_is_up_to_date():
    assert REFERENCE.read_text(encoding='utf-8') == markdown(registry.load_all()), "run: itc-agent collectors --markdown > docs/collectors.md"


def test_every_collector_file_is_a_kind_with_a_manual():
    for platform in registry.PLATFORMS:
        for module in registry.kinds(platform).values():
            text = (Path(registry.FOLDER) / f'{module}.py').read_text(encoding='utf-8')
            assert text.startswith('"""') and len(text.split('"""')[1]) > 100


def test_importing_the_command_imports_no_collector_and_nothing_dear():
    code = "import sys, itc_agent.cli; print([name for name in ('requests', 'psutil', 'asyncio', 'itc_agent.collectors.disk') if name in sys.modules])"
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == '[]'


def test_telling_what_a_newer_agent_can_look_at_keeps_none_of_it_in_memory():
    code = ("import json, sys; from itc_agent.agent import Agent; told = Agent._collectors_events(Agent.__new__(Agent)); "
            "kinds = sorted({one['kind'] for entry in told for one in json.loads(entry.body)['data']['collectors']}); "
            "print(kinds, [name for name in sys.modules if name.startswith('itc_agent.collectors.')])")
    done = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f'{sorted(registry.kinds())} []'


@pytest.mark.parametrize('kind', sorted({*registry.kinds('linux'), *registry.kinds('windows')}))
def test_every_manual_says_on_what_it_was_tried(kind):
    for text in _texts(kind).values():
        words = ' '.join(text.split())
        assert "Tried on: " in words or UNTRIED in words
        assert len(re.findall('(?i)not tried|untried', words)) == words.count(UNTRIED) <= 1, "said in other words, or twice: it would miss in the list"


def test_what_was_not_tried_for_real_stands_in_one_list():
    listed = REFERENCE.read_text(encoding='utf-8').partition('## Not tried on the real thing')[2]
    rows = [row for row in listed.splitlines() if row.startswith('| `')]
    kinds = sorted({*registry.kinds('linux'), *registry.kinds('windows')})
    said = [kind for kind in kinds for text in _texts(kind).values() if UNTRIED in ' '.join(text.split())]
    assert sorted(row.split('`')[1] for row in rows) == said and len(said) > 20
    assert {'agent', 'postgresql'} <= set(said), "one of which the line breaks within the words"
    assert all(row.endswith('. |') for row in rows), "a sentence was cut"


def test_what_was_not_tried_is_found_wherever_the_lines_of_a_manual_break():
    assert doctest.testmod(cli_text).failed == 0
