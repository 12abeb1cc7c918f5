from odoo import fields, models


class ItDatabaseOwn(models.TransientModel):
    """Tells what happens to the hosts before a copy of a database gets an identity of its own."""
    _name = 'it.database.own'
    _description = "Make This Database Its Own"
    _inherit = ['it.asking.mixin']

    db_id = fields.Char("Identity", compute='_compute_facts', help="By which hosts and their witness files know this database.")
    host_count = fields.Integer("Hosts that are trusted here", compute='_compute_facts')

    # === COMPUTE METHODS === #

    def _compute_facts(self):
        # of all companies, whose identity it is
        count = self.env['it.agent'].sudo().search_count([('is_server', '=', False), ('state', 'in', ('pending', 'active'))])
        for wizard in self:
            wizard.db_id = wizard.env['it.database']._db_id()
            wizard.host_count = count

    # === ACTION METHODS === #

    def action_apply(self):
        """Give this database a new identity. :raises AccessError: see ``ItAgent.action_renew_db_id``"""
        self.ensure_one()
        return self.env['it.agent'].action_renew_db_id()
