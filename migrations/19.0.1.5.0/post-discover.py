from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give every host's configuration another number, so that the agents fetch it and learn that what they find is wanted from now on."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    agents = env['it.agent'].with_context(active_test=False).search([])  # all there are  # pylint: disable=no-search-all
    env.add_to_compute(agents._fields['config_rev'], agents)
    agents.flush_recordset(['config_rev'])
