from odoo import fields, models
from odoo.tools import SQL

from ..lib import backup_day, compliance
from ..models.backups.backup_day import CODES, LINKS, STATES

OUTCOMES = [('good', "Proven in time"), ('late', "Proven late"), ('unknown', "Nobody knows"), ('bad', "Broken")]


class ItBackupReport(models.Model):
    """One line a set and day that was judged, with columns of 0 and 1 to add up; as what it counts is decided in ``lib.backup_day``."""
    _name = 'it.backup.report'
    _description = "Backups in Figures"
    _auto = False
    _order = 'date desc, set_id'
    _rec_name = 'set_id'
    _depends = {
        'it.backup.day': [
            'set_id', 'company_id', 'day', 'state', 'link', 'code', 'level', 'file_name', 'file_size', 'age_h', 'rpo_h', 'machines', 'is_afterwards',
            'judged_at', 'late_at'],
        'it.backup.set': ['asset_id'],
    }

    set_id = fields.Many2one('it.backup.set', string="Backup set", readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    asset_id = fields.Many2one('it.asset', string="About", readonly=True)
    date = fields.Date("Backup of", readonly=True, help="The day whose backup was judged.")
    outcome = fields.Selection(OUTCOMES, readonly=True, help="As what the day counts. What was made late, or proven later than asked, stays late.")
    state = fields.Selection(STATES, "As judged", readonly=True, help="How it stood when the day's time was over.")
    link = fields.Selection(LINKS, "Weakest link", readonly=True, help="Of a day that was proven: none.")
    code = fields.Selection(CODES, "Why", readonly=True)
    level = fields.Selection(LINKS[:-1], "Reached", readonly=True, help="The last link that held when the day was judged.")
    file_name = fields.Char("File", readonly=True)
    file_gib = fields.Float("File, GiB", readonly=True, digits=(16, 3), aggregator='avg')
    machines = fields.Float(readonly=True, digits=(16, 1), aggregator='avg', help="On so many different machines it counted as lying.")
    judged_at = fields.Datetime("Judged on", readonly=True)
    late_at = fields.Datetime("Proven later on", readonly=True)
    days = fields.Integer(readonly=True, help="Days of which a backup was due.")
    good = fields.Integer("Proven in time", readonly=True)
    late = fields.Integer("Proven late", readonly=True)
    unknown = fields.Integer("Nobody knows", readonly=True)
    bad = fields.Integer("Broken", readonly=True)
    good_pct = fields.Float("Proven in time %", readonly=True, aggregator='avg', digits=(5, 1), help="Of all days of which a backup was due.")
    afterwards = fields.Integer("Judged afterwards", readonly=True, help="More than a day after their time, by what was known then.")
    age_h = fields.Float("Age, hours", readonly=True, digits=(16, 1), aggregator='avg', help="Of the newest proven backup, when the day was judged.")
    rpo_h = fields.Float("RPO, hours", readonly=True, digits=(16, 1), aggregator='avg', help="As it was asked for then.")
    rpo_share = fields.Float(
        "Age ÷ RPO", readonly=True, digits=(16, 2), aggregator='avg', help="Above 1, more would have been lost than may be. Of days with a proven backup and an RPO.")
    rpo_worst = fields.Float("Age ÷ RPO, worst", readonly=True, digits=(16, 2), aggregator='max')
    past_rpo = fields.Integer("Past the RPO", readonly=True, help="The newest proven backup was older than the RPO, or there was none.")
    unproven = fields.Integer("Without a proven backup", readonly=True, help="Not even an older one was known to be good when the day was judged.")

    # === ACTION METHODS === #

    def action_open_set(self):
        """Open the set behind this line."""
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': 'it.backup.set', 'res_id': self.set_id.id, 'views': [(False, 'form')]}

    # === BUSINESS METHODS === #

    def _read_group_select(self, aggregate_spec, query):
        """Return a group's share as lib counts and rounds it, whatever lines it has."""
        if aggregate_spec != 'good_pct:avg':
            return super()._read_group_select(aggregate_spec, query)
        good, days = (super(ItBackupReport, self)._read_group_select(f'{one}:sum', query) for one in ('good', 'days'))
        return _share(good, days)

    @property
    def _table_query(self):
        counted = SQL(", ").join(
            SQL("(line.outcome = %s)::int AS %s", outcome, SQL.identifier(outcome)) for outcome in backup_day.OUTCOMES)
        return SQL(
            """
            SELECT line.id, line.set_id, line.company_id, kept.asset_id, line.day AS date, line.outcome, line.state,
                   CASE WHEN line.state <> 'good' THEN line.link END AS link, line.code, line.level, line.file_name,
                   line.file_size::float8 / 1073741824 AS file_gib, line.machines::float8 AS machines, line.judged_at, line.late_at,
                   1 AS days, %(counted)s, %(share)s AS good_pct, line.is_afterwards::int AS afterwards, line.age_h, line.rpo_h,
                   line.rpo_share, line.rpo_share AS rpo_worst,
                   (line.rpo_h > 0 AND is_asked AND COALESCE(line.age_h > line.rpo_h, TRUE))::int AS past_rpo,
                   (line.age_h IS NULL AND is_asked)::int AS unproven
              FROM (SELECT day.*, %(outcome)s AS outcome, day.age_h / NULLIF(day.rpo_h, 0) AS rpo_share,
                           COALESCE(day.code, '') NOT IN ('no_place', 'not_judged', 'not_watched') AS is_asked
                      FROM it_backup_day AS day) AS line
              JOIN it_backup_set AS kept ON kept.id = line.set_id
            """,
            counted=counted, share=_share(SQL("(line.outcome = 'good')::int"), SQL("1")), outcome=SQL(backup_day.outcome_sql()))


def _share(part, whole):
    """Return a percentage as an SQL expression over two of whole numbers."""
    return SQL(compliance.percent_sql('(%(part)s)', '(%(whole)s)'), part=part, whole=whole)
