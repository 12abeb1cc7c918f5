"""The Odoo command line, as this project uses it."""
import subprocess

import paths
from say import Trouble, reason
from setup import odoo_home

DEPENDENCIES = ('account', 'mail', 'hr', 'resource', 'maintenance', 'purchase_stock', 'digest', 'web_tour', 'rpc')


def command(database, *options, sub=(), addons=paths.ADDONS):
    """Return the argument list that runs Odoo on ``database``.

    :param sub: an Odoo sub-command and its own arguments, e.g. ``('shell', '--no-http')``
    :param addons: the folder in which Odoo finds us
    """
    home = odoo_home()
    own = home / 'odoo' / 'addons'
    beside = home / 'addons'            # a source checkout keeps most addons beside the package
    folders = [folder for folder in (own, beside, addons) if folder.is_dir()]
    return [
        str(paths.PYTHON), '-m', 'odoo', *sub, '--database', database, '--addons-path', ','.join(map(str, folders)),
        '--data-dir', str(paths.DATA_DIR), *options,
    ]


def call(database, *options, env, log, what, sub=()):
    """Run Odoo to its end; a failure shows the telling line of its log."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    with open(log, 'wb') as sink:
        code = subprocess.run(
            command(database, *options, sub=sub), env=env, stdout=sink, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise Trouble(f'{what} failed: {reason(log)} (output: {log})')


def script(database, code, *, env, log, what):
    """Run Python code in an Odoo shell; it must commit itself. Its standard output is returned.

    :raises Trouble: the code raised
    """
    answer = subprocess.run(
        command(database, '--no-http', '--log-level', 'warn', sub=('shell',)), env=env, input=code, text=True,
        capture_output=True, check=False)
    log.write_text(answer.stdout + answer.stderr)
    if answer.returncode or 'Traceback (most recent call last)' in answer.stderr:
        raise Trouble(f'{what} failed: {reason(log)} (output: {log})')
    return answer.stdout
