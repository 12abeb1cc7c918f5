"""An Odoo environment inside the measuring process: `with environment(database) as env`."""
import contextlib
import os

import odoo.init
import odoo.tools
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry


@contextlib.contextmanager
def environment(database):
    """Yield an environment of the superuser; what the block does is rolled back unless it commits."""
    odoo.tools.config.parse_config([
        '--database', database, '--addons-path', os.environ['ITC_ADDONS_PATH'], '--data-dir', os.environ['ITC_DATA_DIR'],
        '--no-http', '--log-level', 'error'], setup_logging=True)
    with Registry(database).cursor() as cr:
        yield Environment(cr, SUPERUSER_ID, {'lang': 'en_US'})
        cr.rollback()
