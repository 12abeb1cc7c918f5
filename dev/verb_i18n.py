"""`python3 dev i18n`: write the template for translators anew."""
import database
import odoo_cli
import paths
import postgres
import setup
from say import step


def main(_arguments):
    setup.everything()
    with postgres.running() as env, step('i18n/it_continuity.pot'):
        database.ensure_template(env)
        database.clone(env, database.TEMPLATE, 'itc_i18n')
        odoo_cli.call('itc_i18n', '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0',
                  '--without-demo', env=env, log=paths.LOGS / 'i18n.log', what='Installing the addon')
        target = paths.REPO / 'i18n' / 'it_continuity.pot'
        odoo_cli.script('itc_i18n', EXPORT % {'target': str(target)}, env=env, log=paths.LOGS / 'i18n.log', what='Exporting the terms')
        database.drop(env, 'itc_i18n')


EXPORT = """
from odoo.tools.translate import trans_export
with open(%(target)r, 'wb') as target:
    trans_export(None, ['it_continuity'], target, 'po', env)
"""
