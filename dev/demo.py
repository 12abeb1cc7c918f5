"""The invented past, put into a database: `dev run --demo` and `dev shots` call it; `dev/past/` tells it."""
import json

import odoo_cli
import paths
import postgres
from say import Trouble, line, step

MADE = 'it_continuity.demo_past_made_on'


def has_past(env, name):
    return bool(postgres.query(env, name, f"SELECT 1 FROM ir_config_parameter WHERE key = '{MADE}'"))


def add(env, name):
    """Put two invented months into a database of the demo's people; one that has them stays as it is.

    :raises Trouble: people work there that are not the demo's
    """
    code = f"import sys\nsys.path.append({str(paths.REPO / 'dev')!r})\nimport past\npast.make(env)\n"
    with step('Two invented months to look at'):
        output = odoo_cli.script(name, code, env=env, log=paths.LOGS / 'demo.log', what='Inventing two months')
    answer = json.loads(output.strip().splitlines()[-1])
    if 'refused' in answer:
        raise Trouble(f"--demo is for a database of the demo alone, and {answer['refused']} in “{name}”: nothing was changed")
    if 'already' in answer:
        line(f"  (“{name}” has its invented past since {answer['already']})")
