from dateutil.relativedelta import relativedelta
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import local_time
from ..models.mixins import clock

MONTHS = 25  # as long as a month's figures can be counted


class ItMonthNames(models.Model):
    """What everything was called when a month of a company ended, so that its report says the same words whenever it is printed again.

    What a closed run names is kept with the run, and told by that. This is for what no run names: who asked for a ticket, what was watched.
    """
    _name = 'it.month.names'
    _description = "Names of a Month"
    _inherit = ['it.kept.mixin']
    _order = 'day desc, id desc'
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='cascade')
    day = fields.Date("Month", required=True, readonly=True)
    kept_at = fields.Datetime(required=True, readonly=True)
    names = fields.Json(readonly=True, help="Names by model and id; translated ones by language.")

    _month_uniq = models.UniqueIndex('(company_id, day)', "A month's names are kept once.")

    # === BUSINESS METHODS === #

    @api.model
    def _kept_words(self):
        return self.env._("What things were called in a month is written by the software, and stays so: nobody makes, changes or deletes it.")

    @api.autovacuum
    def _gc_old(self):  # kept as long as the runs of its month: a report of any month can be printed again
        return None

    @api.model
    def _of(self, company, first_day):
        """Return ``{model: {id: name}}`` of a company's month; what is over is kept with the first look, what runs has no names of its own yet.

        The names by id are as in ``frozen_names`` of runs.
        """
        if not self._is_over(company, first_day):
            return {}
        self._keep(company, [first_day])
        month_sudo = self.sudo().search([('company_id', '=', company.id), ('day', '=', first_day)])  # the report's reader may read its names
        return month_sudo.names or {}

    @api.model
    def _keep_past(self):
        """Keep the names of each company's months that are over and not kept yet; those from before this was kept get the names of today."""
        for company in self.env['res.company'].sudo().search([], order='id'):  # every company  # pylint: disable=no-search-all
            today = clock.today(self.env, company)
            made_on = local_time.local_date(company.create_date or clock.exact(self.env), company.itc_tz or 'UTC')
            months = (today.replace(day=1) - relativedelta(months=back) for back in range(1, MONTHS + 1))
            self._keep(company, [month for month in months if month + relativedelta(months=1) > made_on])

    @api.model
    def _keep(self, company, months):
        """Keep the names of today for those of a company's months that have none yet."""
        kept = {month for [month] in self.env.execute_query(SQL(
            "SELECT day FROM it_month_names WHERE company_id = %s AND day = ANY(%s::date[])", company.id, list(months)))}
        missing = [month for month in months if month not in kept]
        if not missing:
            return
        self.env.flush_all()
        [[names]] = self.env.execute_query(SQL("SELECT jsonb_build_object(%s)", SQL(", ").join(
            SQL("%s, COALESCE((SELECT jsonb_object_agg(id, to_jsonb(name)) FROM (%s) AS named), '{}')", model, query)
            for model, query in self._queries(company).items())))
        self.env.cr.execute("""
            INSERT INTO it_month_names (company_id, day, kept_at, names) SELECT %s, month, %s, %s FROM unnest(%s::date[]) AS month
            ON CONFLICT DO NOTHING
        """, [company.id, clock.now(self.env), Json(names), missing])
        self.invalidate_model()

    @api.model
    def _queries(self, company):
        """Return one query of ids and names for each model."""
        queries = {
            'res.company': SQL("SELECT id, name FROM res_company WHERE id = %s", company.id),
            'res.users': SQL(
                "SELECT person.id, partner.name FROM res_users AS person JOIN res_partner AS partner ON partner.id = person.partner_id"
                " WHERE person.share IS NOT TRUE"),
        }
        for model in self.env['report.it_continuity.compliance_monthly']._named_models():
            table = SQL.identifier(self.env[model]._table)
            own = SQL(" WHERE company_id = %s OR company_id IS NULL", company.id) if 'company_id' in self.env[model]._fields else SQL("")
            queries[model] = SQL("SELECT id, name FROM %s%s", table, own)
        return queries

    @api.model
    def _is_over(self, company, first_day):
        return first_day + relativedelta(months=1) <= clock.today(self.env, company)
