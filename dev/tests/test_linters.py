"""Every gate of `dev lint` can fail: one fault of each kind, planted in a small addon, is reported."""
import shutil
import subprocess

import pytest

import linters
import paths
import tree
from checks import class_order, one_clock, reasons, rooms, sizes, stories, xml_ids

MODEL = """from odoo import fields, models


class {name}(models.Model):
    _name = '{model}'
    _description = "Something"

    name = fields.Char(required=True)
"""
SOUND = {
    '__init__.py': 'from . import models\n',
    '__manifest__.py': "{'name': 'IT Continuity', 'version': '19.0.1.0.0', 'license': 'LGPL-3', 'depends': ['base']}\n",
    'README.md': '# IT Continuity\n',
    'models/__init__.py': 'from . import assets, checklists\n',
    'models/assets/__init__.py': 'from . import asset\n',
    'models/assets/asset.py': MODEL.format(name='ItAsset', model='it.asset'),
    'models/checklists/__init__.py': 'from . import run\n',
    'models/checklists/run.py': MODEL.format(name='ItRun', model='it.run'),
    'report/run_report.py': MODEL.format(name='ItReport', model='it.run.report') + "    run_id = fields.Many2one('it.run')\n",
    'wizard/run_close.py': MODEL.format(name='ItClose', model='it.run.close') + "    run_id = fields.Many2one('it.run')\n",
    'controllers/board.py': "from odoo import http\n\n\nclass Board(http.Controller):\n    def board(self):\n        return 'it.run'\n",
    'views/run_views.xml': '<odoo/>\n',
}
METHODS = """
    def _note(self, word):
        {body}
"""
WRITE = """
    def write(self, vals):
        return bool(vals)
"""


@pytest.fixture
def addon(tmp_path_factory):
    """A small addon in which no linter finds anything; some rules ask less of what has `test_` in its path."""
    folder = tmp_path_factory.mktemp('planted') / 'it_continuity'
    for name, text in SOUND.items():
        plant(folder, name, text)
    shutil.copy(paths.REPO / 'pyproject.toml', folder)
    return folder


def plant(addon, name, text, more=False):
    """Write a file, or add to it."""
    file = addon / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if more else '') + text)


def found(reading, *words):
    """Return whether one of a linter's failures holds all the words."""
    return any(all(word in failure for word in words) for failure in reading.failures)


def test_a_sound_addon_is_clean(addon):
    plant(addon, 'dev/tool.py', 'VERBS = ()\n')
    for reading in (*(linters.own(check, addon) for check in linters.CHECKS), linters.ruff(addon), linters.plain_python(addon)):
        assert (reading.failures, bool(reading.read)) == ([], True), reading


def test_pylint_sees_a_commit_sql_by_string_and_a_write_without_super(addon):
    plant(addon, 'models/assets/asset.py', METHODS.format(body='self.env.cr.commit()'), more=True)
    plant(addon, 'models/checklists/run.py', METHODS.format(body='self.env.cr.execute("SELECT id FROM it_run WHERE name = \'%s\'" % word)'), more=True)
    plant(addon, 'wizard/run_close.py', WRITE, more=True)
    plant(addon, 'lib/words.py', 'from odoo.addons.it_continuity.models.assets import asset\n')
    reading = linters.odoo_addon(addon)
    assert found(reading, 'models/assets/asset.py:11', 'invalid-commit')
    assert found(reading, 'models/checklists/run.py:11', 'sql-injection')
    assert found(reading, 'wizard/run_close.py', 'method-required-super')
    assert found(reading, 'lib/words.py:1', 'odoo-addons-relative-import')
    assert len(reading.failures) == 4, "and nothing but the planted faults"


def test_pylint_reads_what_is_no_addon(addon):
    plant(addon, 'dev/tool.py', "def tool(cr):\n    try:\n        cr.execute('x')\n    except OSError:\n        pass\n")
    assert found(linters.plain_python(addon), 'dev/tool.py:4', 'except-pass')


def test_odoos_rules_see_a_refusal_that_nobody_can_translate(addon):
    plant(addon, 'models/assets/asset.py', METHODS.format(body='raise UserError("No.")'), more=True)
    assert found(linters.odoo_rules(addon), 'models/assets/asset.py:11', 'missing-gettext')


def test_our_own_checkout_is_given_to_pylint_file_by_file():
    sources = linters.addon_files(paths.REPO)
    assert len(sources) > 300
    assert all((linters.addon_folder(paths.REPO) / file).is_file() for file in sources)


def test_ruff_sees_an_unused_import(addon):
    plant(addon, 'lib/words.py', 'import os\n')
    assert found(linters.ruff(addon), 'lib/words.py:1', 'F401')


@pytest.mark.parametrize(('name', 'text', 'words'), [
    ('models/assets/asset.py', "    run_ids = fields.One2many('it.run', 'asset_id')\n", ('models/assets/asset.py:9', 'uses it.run of checklists')),
    ('models/assets/asset.py', 'from ..checklists.run import ItRun\n', ('models/assets/asset.py:9', 'uses run of checklists')),
    ('models/assets/asset.py', "REPORT = 'it.run.report'\n", ('it.run.report of report/run_report.py, which stands on checklists',)),
    ('models/assets/asset.py', "CLOSE = 'it.run.close'\n", ('it.run.close of wizard/run_close.py, which stands on checklists',)),
    ('models/assets/asset.py', 'from ...controllers.board import Board\n', ('uses board of controllers/board.py, which stands on checklists',)),
    ('models/attic/box.py', '', ('attic is no room',)),
])
def test_rooms_see_a_room_that_looks_up(addon, name, text, words):
    plant(addon, name, text, more=(addon / name).exists())
    assert found(linters.own(rooms, addon), *words)


def test_rooms_let_a_room_look_down(addon):
    plant(addon, 'models/checklists/run.py', "    asset_id = fields.Many2one('it.asset')\n    report_id = fields.Many2one('it.run.report')\n", more=True)
    assert not linters.own(rooms, addon).failures


EXTENSIONS = (
    "class ItAsset(Base):\n    _inherit = 'it.asset'\n",
    "class ItAsset(Base):\n    _inherit = ['it.asset']\n",
    "class ItAsset(Base):\n    _name = 'it.asset'\n    _inherit = ['it.asset', 'it.flag.mixin']\n",
)


@pytest.mark.parametrize('text', EXTENSIONS)
def test_stories_see_a_model_that_is_extended_inside_its_own_room(addon, text):
    plant(addon, 'models/assets/asset_more.py', text)
    assert found(linters.own(stories, addon), 'models/assets/asset_more.py:1', 'it.asset is extended inside its own room')


@pytest.mark.parametrize('text', EXTENSIONS)
def test_stories_let_a_room_above_extend_a_model(addon, text):
    plant(addon, 'models/checklists/it_asset.py', text)
    assert not linters.own(stories, addon).failures
    assert not [failure for failure in linters.own(rooms, addon).failures if 'uses it.asset' in failure]


def plant_pieces(addon, count):
    """Cut the run into its own file and so many mixins, the last of which it inherits only through the first."""
    names = [f'it.piece.{number}' for number in range(count)]
    inherited = {'it.piece.0': names[-1:]} if count > 1 else {}
    for name in names:
        text = MODEL.format(name='ItPiece', model=name) + f'    _inherit = {inherited.get(name, [])!r}\n'
        plant(addon, f'models/checklists/{name.replace(".", "_")}.py', text)
    plant(addon, 'models/checklists/run.py', MODEL.format(name='ItRun', model='it.run') + f'    _inherit = {names[:-1]!r}\n')


def test_stories_see_a_model_that_is_told_in_too_many_files(addon):
    plant_pieces(addon, stories.STORY_FILES - 1)
    assert not linters.own(stories, addon).failures
    plant_pieces(addon, stories.STORY_FILES)
    assert found(linters.own(stories, addon), 'models/checklists/run.py: it.run is told in 6 files of its room, the wall is 5')


def test_stories_see_a_step_that_two_files_tell(addon):
    plant_pieces(addon, 2)
    plant(addon, 'models/checklists/run.py', WRITE, more=True)
    plant(addon, 'models/assets/it_run.py', "from odoo import models\n\n\nclass ItRun(models.Model):\n    _inherit = 'it.run'\n" + WRITE)
    assert not linters.own(stories, addon).failures
    plant(addon, 'models/checklists/it_piece_1.py', WRITE, more=True)
    assert found(linters.own(stories, addon), 'models/checklists/run.py: it.run.write is told in it_piece_1.py and in run.py')


def test_stories_do_not_count_what_several_models_share(addon):
    plant_pieces(addon, stories.STORY_FILES)
    plant(addon, 'models/checklists/other.py', MODEL.format(name='ItOther', model='it.other') + "    _inherit = ['it.piece.1']\n")
    assert not linters.own(stories, addon).failures


@pytest.mark.parametrize('moment', [
    'self.env.cr.now()', 'fields.Datetime.now()', 'fields.Date.today()', 'fields.Date.context_today(self)', 'datetime.now()',
    'datetime.utcnow()', 'date.today()', 'time.time()'])
def test_one_clock_sees_a_second_clock(addon, moment):
    plant(addon, 'models/assets/asset.py', METHODS.format(body=f'return {moment}'), more=True)
    assert found(linters.own(one_clock, addon), 'models/assets/asset.py:11', 'asks another clock')


def test_one_clock_sees_a_default_that_is_a_clock(addon):
    plant(addon, 'models/assets/asset.py', "    at = fields.Datetime(default=fields.Datetime.now)\n", more=True)
    assert found(linters.own(one_clock, addon), 'models/assets/asset.py:9', 'asks another clock')


@pytest.mark.parametrize('folder', ['models/assets', 'tests', 'dev', 'agent/itc_agent'])
@pytest.mark.parametrize('comment', ['# noqa', '# noqa: E501', '# noqa: E501, B018', '# pylint: disable=sql-injection', '#pylint:disable=bad-name , too-many'])
def test_reasons_see_a_linter_that_is_silenced_without_one(addon, folder, comment):
    plant(addon, f'{folder}/quiet.py', f'ONE = 1  {comment}\nTWO = 2  {comment}  it has to be\n# It has to be.\nTHREE = 3  {comment}\nFOUR = 4  # so it is  {comment}\n')
    assert [row for row in linters.own(reasons, addon).failures if 'quiet' in row] == [f'{folder}/quiet.py:1: {comment} says no reason']


@pytest.mark.parametrize('folder', ['models/assets', 'report', 'wizard', 'controllers'])
def test_class_order_sees_a_field_below_a_method(addon, folder):
    plant(addon, f'{folder}/late.py', 'class Late(Base):\n    def action_go(self):\n        pass\n\n    name = fields.Char()\n')
    assert found(linters.own(class_order, addon), f'{folder}/late.py:5', 'Late.name (fields) stands after action_go')


@pytest.mark.parametrize(('name', 'row'), [
    ('models/assets/long.py', 'ONE = 1\n'), ('tests/test_long.py', 'ONE = 1\n'), ('dev/long.py', 'ONE = 1\n'), ('static/src/long.js', 'x();\n'),
    ('static/src/long.scss', '\n'), ('report/long.xml', '<!-- -->\n')])
def test_sizes_see_a_file_of_a_thousand_lines(addon, name, row):
    plant(addon, name, row * 1000)
    assert found(linters.own(sizes, addon), name, '1000 lines, the wall is 600')


def test_sizes_see_a_long_function(addon):
    plant(addon, 'lib/long.py', 'def long():\n' + '    print()\n' * 60)
    assert found(linters.own(sizes, addon), 'lib/long.py:1', 'long has 61 lines')


def test_sizes_are_those_of_the_guide():
    guide = (paths.REPO / 'CONTRIBUTING.md').read_text()
    assert f'has at most {sizes.FILE_LINES} lines' in guide
    assert f'A Python function has at most {sizes.FUNCTION_LINES} lines' in guide
    assert f'at most {stories.STORY_FILES} files in its room' in guide


def test_xml_ids_see_an_action_without_a_path(addon):
    plant(addon, 'wizard/views.xml', '<odoo><record id="a" model="ir.actions.act_window"><field name="help">x</field></record></odoo>')
    assert found(linters.own(xml_ids, addon), 'wizard/views.xml', 'action a has no path')


def test_xml_ids_see_a_rule_that_an_update_would_undo(addon):
    plant(addon, 'security/rules.xml', '<odoo><record id="r" model="ir.rule"/></odoo>')
    assert found(linters.own(xml_ids, addon), 'security/rules.xml', 'rule r', 'not noupdate="1"')


def test_xml_ids_see_a_right_with_an_id_of_its_own(addon):
    plant(addon, 'security/ir.model.access.csv', 'id,model_id:id,group_id:id\nit_run_user,model_it_run,it_continuity_group_user\n')
    assert found(linters.own(xml_ids, addon), 'right it_run_user: expected access_it_run_user')


@pytest.mark.parametrize(('read', 'there_are', 'is_content'), [(12, 11398, False), (0, 0, False), (10900, 11398, True)])
def test_a_linter_that_reads_nearly_nothing_has_failed(read, there_are, is_content):
    reading = linters.Reading('pylint', [], read, there_are, 'statements')
    assert (not reading.failures) == is_content
    assert is_content or found(reading, f'read {read} of {there_are} statements')


def test_a_linter_that_breaks_has_failed():
    assert linters.told(subprocess.CompletedProcess([], 32, '', 'usage: pylint\nno such option')) == ['no such option']
    assert linters.told(subprocess.CompletedProcess([], 1, '', '')) == ['ended without a word']


def test_the_tree_is_what_git_knows():
    answer = subprocess.run(
        ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.py', '*.xml', '*.js'], cwd=paths.REPO,
        capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip('this is no checkout')
    known = {name for name in answer.stdout.splitlines() if (paths.REPO / name).exists()}
    assert {str(file.relative_to(paths.REPO)) for file in tree.files(paths.REPO, '.py', '.xml', '.js')} == known
