from odoo import api, fields, models
from odoo.tools import SQL

# What a run names: the model, and the ids that one run names of it.
NAMED = {
    'res.company': SQL("SELECT run.company_id"),
    'it.checklist': SQL("SELECT run.checklist_id"),
    'it.role': SQL("SELECT run.role_id"),
    'hr.department': SQL("SELECT run.department_id"),
    'it.asset': SQL("SELECT asset_id FROM it_task_run_it_asset_rel WHERE run_id = run.id"),
    'res.users': SQL("""
        SELECT person_id FROM unnest(ARRAY[
            run.responsible_id, run.answering_id, run.given_by_id, run.done_by_id, run.verified_by_id]) AS person_id
         UNION SELECT decided_by_id FROM it_run_excuse WHERE id = run.excuse_id
    """),
}


class ItRunPinsMixin(models.AbstractModel):
    """What reports group a run by, and what they call it: as it was when the run was made and closed. No later edit moves a past figure
    or changes the words of a report that is printed again.
    """
    _name = 'it.run.pins.mixin'
    _description = "What a Run Is Counted For"
    _inherit = ['it.sealed.mixin']  # whose contents it adds to, so that it has to stand before it

    line_id = fields.Many2one('it.handbook.line', string="Line of the handbook", readonly=True, index='btree_not_null', ondelete='restrict')
    asset_ids = fields.Many2many(
        'it.asset', 'it_task_run_it_asset_rel', 'run_id', 'asset_id', string="Assets", readonly=True, copy=False, ondelete='restrict',
        context={'active_test': False}, help="The task's assets when this run was made.")
    department_id = fields.Many2one(
        'hr.department', readonly=True, ondelete='restrict',
        help="Department of the responsible when this run was made, or was given to them; "
             "where nobody was, of who closed it, at that time.")
    frozen_names = fields.Json(
        readonly=True, copy=False, help="What checklist, assets, people and so on were called when this run was closed, by model and id.")

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_pinned(self, vals_list):
        """Return the values of new runs with the department that each counts for."""
        departments = self.env['it.duty']._departments({vals.get('responsible_id') for vals in vals_list})
        return [{**vals, 'department_id': departments.get((vals.get('responsible_id'), vals.get('company_id')), False)} for vals in vals_list]

    def _pin_assets(self):
        """Copy the assets of the tasks to these new runs by one statement."""
        self.env.cr.execute("""
            INSERT INTO it_task_run_it_asset_rel (run_id, asset_id)
            SELECT run.id, link.it_asset_id
              FROM it_task_run run JOIN it_asset_it_task_rel link ON link.it_task_id = run.task_id
             WHERE run.id = ANY(%s) ON CONFLICT DO NOTHING
        """, [self.ids])
        self.invalidate_recordset(['asset_ids'])

    def _freeze_names(self):
        """Keep what those of these runs that are closed name, as it is called now, by one statement; an open one keeps nothing.

        What was kept before stays: a run that is verified next year still names its checklist as it was called when it was done.
        Translated names are kept in all languages.
        """
        if not self:
            return
        self.env.flush_all()
        names = SQL(", ").join(
            SQL("%(model)s, COALESCE((%(now)s), '{}') || COALESCE(run.frozen_names -> %(model)s, '{}')", model=model, now=self._names_sql(model, ids))
            for model, ids in NAMED.items())
        self.env.cr.execute(SQL("""
            UPDATE it_task_run AS run SET frozen_names = CASE WHEN run.state != 'pending' THEN jsonb_build_object(%s) END WHERE id = ANY(%s)
        """, names, self.ids))
        self.invalidate_recordset(['frozen_names'], flush=False)

    @api.model
    def _append_events(self, steps):
        """Keep the names first, of all runs that closed or changed while closed: they are sealed with the run."""
        self.browse(steps)._freeze_names()
        return super()._append_events(steps)

    @api.model
    def _names_sql(self, model, ids):
        """Return the query of one run's names of a model as one JSON object by id; translated ones are objects by language."""
        if model == 'res.users':  # whose name is the partner's
            named = SQL("SELECT res_users.id, res_partner.name FROM res_users JOIN res_partner ON res_partner.id = partner_id")
        else:
            named = SQL("SELECT id, name FROM %s", SQL.identifier(self.env[model]._table))
        return SQL("SELECT jsonb_object_agg(named.id, to_jsonb(named.name)) FROM (%s) AS named WHERE named.id IN (%s)", named, ids)

    def _namer(self, kept=None):
        """Return a function that tells what a record was called when these runs closed, by the newest of them that names it.

        What none of them named yet is called as it was kept, or is now; no record is called nothing.

        :param kept: names by model and id, as in ``frozen_names``, of what these runs do not name
        """
        names = {model: dict(named) for model, named in (kept or {}).items()}
        for run in self.sudo().sorted(lambda run: (run.due_at, run.id)):
            for model, named in (run.frozen_names or {}).items():
                names.setdefault(model, {}).update(named)

        def name_of(record):
            name = names.get(record._name, {}).get(str(record.id))
            if isinstance(name, dict):
                name = name.get(record.env.lang or 'en_US') or name.get('en_US')
            return name or record.sudo().name or ''  # who left, or works for another company, belongs to the run too

        return name_of

    def _get_seal_contents(self):
        """Seal the assets too, which are no lines."""
        contents = super()._get_seal_contents()
        pairs = self.env.execute_query(SQL(
            "SELECT run_id, asset_id FROM it_task_run_it_asset_rel WHERE run_id = ANY(%s) ORDER BY run_id, asset_id", self.ids))
        for content in contents.values():
            content['assets'] = []
        for run_id, asset_id in pairs:
            # Not its name of today: an asset that is renamed is no tampering.
            contents[run_id]['assets'].append({'id': asset_id, 'name': f'asset {asset_id}'})
        return contents
