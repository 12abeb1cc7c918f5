from odoo import fields, models
from odoo.tools import SQL

STATES = ('drawn', 'done', 'failed', 'given_up')


class ItRestoreReport(models.Model):
    """One line a backup that was drawn to be restored, with columns of 0 and 1 to add up and minutes to average."""
    _name = 'it.restore.report'
    _description = "Restores in Figures"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'drill_id'
    _depends = {
        'it.restore.drill': [
            'name', 'company_id', 'set_id', 'state', 'file_id', 'restored_id', 'is_otherwise', 'minutes', 'rto_h', 'is_within_rto', 'drawn_by_id', 'drawn_at',
            'done_by_id', 'done_at', 'where_to'],
        'it.backup.file': ['name'],
        'it.backup.set': ['asset_id'],
        'res.company': ['itc_tz'],
    }

    drill_id = fields.Many2one('it.restore.drill', string="Restore", readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    set_id = fields.Many2one('it.backup.set', string="Backup set", readonly=True)
    asset_id = fields.Many2one('it.asset', string="About", readonly=True)
    date = fields.Date("Told on", readonly=True, help="By the company's clock; while nothing was told, the day on which it was drawn.")
    state = fields.Selection(lambda self: self.env['it.restore.drill']._fields['state'].selection, "Status", readonly=True)
    chosen = fields.Selection(
        [('picked', "As picked at random"), ('otherwise', "Chosen otherwise")], "How chosen", readonly=True, help="Of what somebody tried to restore.")
    file_name = fields.Char("File", readonly=True, help="What was restored, or else what was picked.")
    where_to = fields.Char("Restored where", readonly=True)
    done_by_id = fields.Many2one('res.users', string="Told by", readonly=True)
    restores = fields.Integer("Drawn", readonly=True)
    drawn = fields.Integer("To restore", readonly=True)
    done = fields.Integer("Restored", readonly=True)
    failed = fields.Integer("Could not be restored", readonly=True)
    given_up = fields.Integer("Given up", readonly=True)
    otherwise = fields.Integer("Chosen otherwise", readonly=True)
    minutes = fields.Float("Minutes taken", readonly=True, digits=(16, 0), aggregator='avg', help="Of what was restored.")
    minutes_most = fields.Float("Minutes, most", readonly=True, digits=(16, 0), aggregator='max')
    rto_h = fields.Float("RTO, hours", readonly=True, digits=(16, 1), aggregator='avg', help="As it was asked of the system then.")
    rto_share = fields.Float("Time ÷ RTO", readonly=True, digits=(16, 2), aggregator='avg', help="Above 1, it took longer than the system may be away.")
    within_rto = fields.Integer("Within the RTO", readonly=True, help="Of those restored of a system that has one.")
    past_rto = fields.Integer("Past the RTO", readonly=True, help="Restored, but it took longer than the system may be away.")

    # === ACTION METHODS === #

    def action_open_drill(self):
        """Open the restore behind this line."""
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': 'it.restore.drill', 'res_id': self.drill_id.id, 'views': [(False, 'form')]}

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        counted = SQL(", ").join(SQL("(drill.state = %s)::int AS %s", state, SQL.identifier(state)) for state in STATES)
        return SQL(
            """
            SELECT drill.id, drill.id AS drill_id, drill.company_id, drill.set_id, kept.asset_id,
                   (COALESCE(drill.done_at, drill.drawn_at) AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(company.itc_tz, 'UTC'))::date AS date, drill.state,
                   CASE WHEN drill.state IN ('done', 'failed') THEN CASE WHEN drill.is_otherwise THEN 'otherwise' ELSE 'picked' END END AS chosen,
                   COALESCE(file.name, drill.name) AS file_name, drill.where_to, drill.done_by_id, 1 AS restores, %(counted)s,
                   (drill.is_otherwise AND drill.state IN ('done', 'failed'))::int AS otherwise,
                   CASE WHEN drill.state = 'done' THEN drill.minutes END AS minutes,
                   CASE WHEN drill.state = 'done' THEN drill.minutes END AS minutes_most,
                   NULLIF(drill.rto_h, 0) AS rto_h, CASE WHEN drill.state = 'done' THEN drill.minutes / 60 / NULLIF(drill.rto_h, 0)::numeric END AS rto_share,
                   (drill.state = 'done' AND drill.rto_h > 0 AND drill.is_within_rto)::int AS within_rto,
                   (drill.state = 'done' AND drill.rto_h > 0 AND NOT drill.is_within_rto)::int AS past_rto
              FROM it_restore_drill AS drill
              LEFT JOIN it_backup_set AS kept ON kept.id = drill.set_id
              LEFT JOIN it_backup_file AS file ON file.id = COALESCE(CASE WHEN drill.state IN ('done', 'failed') THEN drill.restored_id END, drill.file_id)
              JOIN res_company AS company ON company.id = drill.company_id
            """, counted=counted)
