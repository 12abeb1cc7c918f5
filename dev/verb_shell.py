"""`python3 dev shell`: an Odoo shell on the running database."""
import subprocess

import odoo_cli
import postgres
import setup
from verb_run import DATABASE


def main(arguments):
    setup.everything()
    with postgres.running() as env:
        return subprocess.run(
            odoo_cli.command(arguments[0] if arguments else DATABASE, '--no-http', sub=('shell',)), env=env, check=False).returncode
