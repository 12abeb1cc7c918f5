"""Databases: one template with every dependency installed, cloned in a fraction of a second with its filestore."""
import hashlib
import shutil
import threading

import odoo_cli
import paths
import postgres
from say import step

TEMPLATE = 'itc_template'
COPYING = threading.Lock()        # a database that somebody copies cannot be copied by another


def exists(env, name):
    return bool(postgres.query(env, 'postgres', f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def drop(env, name):
    """Drop a database, its connections and its filestore."""
    # WITH (FORCE) fails when an autovacuum worker happens to be in there; a plain DROP ends such workers by itself.
    postgres.query(
        env, 'postgres',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename = current_user")
    postgres.query(env, 'postgres', f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(filestore(name), ignore_errors=True)


def filestore(name):
    return paths.DATA_DIR / 'filestore' / name


def clone(env, source, target):
    """Copy a database with its filestore: without the files every asset would answer 500."""
    drop(env, target)
    with COPYING:
        postgres.query(env, 'postgres', f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    shutil.copytree(filestore(source), filestore(target))


def ensure_template(env):
    """Make the template if there is none, if its files are gone, or if Odoo or the list of dependencies changed."""
    stamp = paths.STAMPS / 'template'
    made_from = hashlib.sha256(f'{odoo_cli.DEPENDENCIES}{odoo_cli.odoo_home()}'.encode()).hexdigest()
    if exists(env, TEMPLATE) and filestore(TEMPLATE).is_dir() and stamp.exists() and stamp.read_text() == made_from:
        return
    drop(env, TEMPLATE)
    with step('Database template with the dependencies (once, about a minute)'):
        odoo_cli.call(
            TEMPLATE, '-i', ','.join(odoo_cli.DEPENDENCIES), '--stop-after-init', '--no-http', '--max-cron-threads=0',
            '--without-demo', env=env, log=paths.LOGS / 'template.log', what='Installing the dependencies')
    stamp.write_text(made_from)
