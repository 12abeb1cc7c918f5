"""A database without its files looks whole and is not: every picture in it is missing."""
import shutil

import pytest

import database
import odoo_cli
import paths
import postgres

NAME = 'itc_template_of_a_test'


@pytest.fixture
def env(monkeypatch, tmp_path):
    """A running PostgreSQL, and a template of its own that costs nothing to install."""
    made = []

    def install(name, *_options, env, **_what):
        postgres.query(env, 'postgres', f'CREATE DATABASE "{name}"')
        database.filestore(name).mkdir(parents=True)
        (database.filestore(name) / 'picture').write_text("picture")
        made.append(name)

    monkeypatch.setattr(database, 'TEMPLATE', NAME)
    monkeypatch.setattr(odoo_cli, 'call', install)
    monkeypatch.setattr(paths, 'DATA_DIR', tmp_path)
    monkeypatch.setattr(paths, 'STAMPS', tmp_path)
    with postgres.running() as env:
        yield {**env, 'made': made}
        for name in (NAME, f'{NAME}_copy'):
            database.drop(env, name)


def test_template_is_made_anew_when_its_files_are_gone(env):
    made = env.pop('made')
    database.ensure_template(env)
    database.ensure_template(env)
    assert made == [NAME]
    shutil.rmtree(database.filestore(NAME))
    database.ensure_template(env)
    assert made == [NAME, NAME]
    assert (database.filestore(NAME) / 'picture').exists()


def test_database_is_copied_with_its_files_or_not_at_all(env):
    env.pop('made')
    database.ensure_template(env)
    database.clone(env, NAME, f'{NAME}_copy')
    assert (database.filestore(f'{NAME}_copy') / 'picture').exists()
    shutil.rmtree(database.filestore(NAME))
    with pytest.raises(FileNotFoundError):
        database.clone(env, NAME, f'{NAME}_copy')
