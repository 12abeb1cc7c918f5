from odoo import api, fields, models
from odoo.tools import SQL


class ItRunPinsMixin(models.AbstractModel):
    """What reports group a run by, as it was when the run was made: editing the task later moves no past figure."""
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

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        departments = self.env['it.duty']._departments({vals.get('responsible_id') for vals in vals_list})
        runs = super().create([
            {**vals, 'department_id': departments.get((vals.get('responsible_id'), vals.get('company_id')), False)} for vals in vals_list])
        runs._pin_assets()
        return runs

    # === BUSINESS METHODS === #

    def _pin_assets(self):
        """Copy the assets of the tasks to these new runs by one statement."""
        self.env.cr.execute("""
            INSERT INTO it_task_run_it_asset_rel (run_id, asset_id)
            SELECT run.id, link.it_asset_id
              FROM it_task_run run JOIN it_asset_it_task_rel link ON link.it_task_id = run.task_id
             WHERE run.id = ANY(%s) ON CONFLICT DO NOTHING
        """, [self.ids])
        self.invalidate_recordset(['asset_ids'])

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
