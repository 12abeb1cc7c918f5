"""The archive that a company installs holds what the addon needs, and nothing that only its makers need."""
import ast
import re
import zipfile

import pytest

import verb_package
from say import Trouble

NEEDED = (
    '__manifest__.py', 'LICENSE', 'README.md', 'CHANGELOG.md', 'docs/protocol.md', 'i18n/it_continuity.pot', 'data/neutralize.sql',
    'static/description/icon.png', 'static/description/index.html', 'migrations/19.0.1.1.0/pre-rights_and_rules.py',
    'agent/LICENSE', 'agent/README.md', 'agent/pyproject.toml', 'agent/itc_agent/cli.py', 'agent/itc_agent/collectors/disk.py',
)
LEFT_OUT = re.compile(r'\.|(dev|benchmarks|tests|build|shots)/|(agent|lib|static)/tests/|.*\.pyc$|.*/__pycache__/')


@pytest.fixture(scope='module')
def archive(tmp_path_factory):
    try:
        file = verb_package.make(tmp_path_factory.mktemp('package'))
    except Trouble as trouble:
        pytest.skip(str(trouble))
    with zipfile.ZipFile(file) as opened:
        yield opened


@pytest.fixture(scope='module')
def names(archive):
    """The files in it, seen from the addon's folder."""
    found = [name for name in archive.namelist() if not name.endswith('/')]
    assert all(name.startswith('it_continuity/') for name in found)
    return {name.removeprefix('it_continuity/') for name in found}


@pytest.fixture(scope='module')
def manifest(archive):
    return ast.literal_eval(archive.read('it_continuity/__manifest__.py').decode())


def test_it_is_named_by_its_version(archive, manifest):
    assert archive.filename.endswith(f"/it_continuity-{manifest['version']}.zip")


def test_it_holds_what_the_addon_needs(names):
    assert [name for name in NEEDED if name not in names] == []


def test_it_holds_nothing_for_makers_only(names):
    assert [name for name in sorted(names) if LEFT_OUT.match(name)] == []


def test_it_holds_every_file_that_the_manifest_names(names, manifest):
    files = [*manifest['data'], *manifest['demo'], *manifest.get('images', ())]
    assert len(files) > 80
    assert [name for name in files if name not in names] == []
    bundles = [entry for bundle in manifest['assets'].values() for entry in bundle if isinstance(entry, str) and '/static/src/' in entry]
    for pattern in bundles:
        folder = pattern.removeprefix('it_continuity/').partition('*')[0]
        assert any(name.startswith(folder) for name in names), pattern


def test_its_python_imports_nothing_that_was_left_out(archive, names):
    """Every relative import of the addon finds its file in the archive."""
    missing = []
    for name in sorted(names):
        if not name.endswith('.py') or name.startswith('agent/'):
            continue
        for node in ast.walk(ast.parse(archive.read(f'it_continuity/{name}'))):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = [*name.split('/')[:-node.level], *(node.module or '').split('.')]
                missing += [f'{name}: {part}' for part in parts_of(folder, node) if not is_there(part, names)]
    assert missing == []


def parts_of(folder, node):
    """Return the paths, without suffix, of the modules that an import needs; what may be a name in a module is not looked for."""
    place = '/'.join(part for part in folder if part)
    return [place] if node.module else [f'{place}/{alias.name}'.lstrip('/') for alias in node.names]


def is_there(part, names):
    return f'{part}.py' in names or any(name.startswith(f'{part}/') for name in names)


def test_its_page_in_the_app_list_shows_only_what_is_in_it(archive, names):
    page = archive.read('it_continuity/static/description/index.html').decode()
    pictures = re.findall(r'src="([^"]+)"', page)
    assert len(pictures) >= 4
    for picture in pictures:
        name = f'static/description/{picture}'
        assert name in names, picture
        assert archive.getinfo(f'it_continuity/{name}').file_size < 150_000, picture
