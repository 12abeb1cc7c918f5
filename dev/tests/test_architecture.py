"""docs/architecture.md names files and methods; who renames one finds it here."""
import ast
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
TEXT = (REPO / 'docs' / 'architecture.md').read_text(encoding='utf-8')
NAMED = sorted(set(re.findall(r'`((?:models|lib|wizard|report|controllers|dev|agent)/[\w./]*)(?::(\w+))?`', TEXT)))


def test_the_page_names_enough_to_be_worth_looking_at():
    assert len(NAMED) > 30


@pytest.mark.parametrize(('path', 'name'), NAMED, ids=[':'.join(one) for one in NAMED])
def test_what_is_named_exists(path, name):
    place = REPO / path
    assert place.exists(), f"{path} is not there"
    if name:
        functions = {node.name for node in ast.walk(ast.parse(place.read_text(encoding='utf-8'))) if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{path} has no {name}"


def test_no_method_is_named_without_its_file():
    """Such a name would be looked for nowhere. These two are no functions: they declare fields."""
    assert set(re.findall(r'`((?:_|action_)\w+)`', TEXT)) == {'_beside_fields', '_guarded_fields'}


def test_each_room_stands_in_the_table():
    rooms = {folder.name for folder in (REPO / 'models').iterdir() if folder.is_dir() and not folder.name.startswith('_')}
    assert rooms <= set(re.findall(r'\| \d \| `models/(\w+)`', TEXT))
