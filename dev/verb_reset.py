"""`python3 dev reset [--all]`: forget the database, or everything that was set up."""
import shutil

import database
import host
import paths
import postgres
from say import Trouble, line
from verb_run import DATABASE


def main(arguments):
    if arguments not in ([], ['--all']):
        raise Trouble('reset takes nothing, or --all')
    if arguments:
        postgres.stop()
        shutil.rmtree(paths.HOME, ignore_errors=True)
        line(f'  {paths.HOME} is gone.')
        return
    if not paths.PYTHON.exists():
        raise Trouble('nothing is set up yet: `python3 dev run` does it')
    with postgres.running() as env:
        database.drop(env, DATABASE)
    (paths.STAMPS / f'code-{DATABASE}').unlink(missing_ok=True)
    host.forget_agent()
    shutil.rmtree(paths.BACKUPS, ignore_errors=True)
    line('  The database and the agent are forgotten; `python3 dev run` makes new ones.')
