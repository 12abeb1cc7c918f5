from odoo import api, fields, models
from odoo.tools import SQL

from .task_item_mixin import PINNED

# What points at things that may be deleted later is not sealed; the text and the frozen results say what it was.
SEALED_ITEM_FIELDS = (
    *(name for name in PINNED if name not in ('check_id', 'check_template_id')),
    'number', 'has_number', 'text', 'ticked', 'snapshot', 'filled_by_id', 'filled_at', 'state')


class ItTaskRunItem(models.Model):
    _inherit = 'it.task.run.item'

    filled_by_id = fields.Many2one(ondelete='restrict')

    def write(self, vals):
        """An answer that is added to a failed or missed run is a step of that run."""
        result = super().write(vals)
        self.run_id._note_for_seal({run.id: run.state for run in self.run_id})
        return result


class ItTaskRun(models.Model):
    """What was asked for and answered is sealed with the run."""
    _inherit = 'it.task.run'

    def _seal_contents(self):
        contents = super()._seal_contents()
        items = self._sealed_items()
        for run_id, content in contents.items():
            content['items'] = items.get(run_id, [])
        return contents

    @api.model
    def _sealed_items(self):
        """Return the runs' items with their answers and files' ids as ``{run id: [values]}``."""
        names = SQL(', ').join(SQL("item.%s", SQL.identifier(name)) for name in SEALED_ITEM_FIELDS)
        rows = self.env.execute_query_dict(SQL("""
            SELECT item.id, item.run_id, %s,
                   ARRAY(SELECT ir_attachment_id FROM ir_attachment_it_task_run_item_rel
                          WHERE it_task_run_item_id = item.id ORDER BY ir_attachment_id) AS file_ids
              FROM it_task_run_item AS item WHERE item.run_id = ANY(%s) ORDER BY item.id
        """, names, self.ids))
        items = {}
        for row in rows:
            items.setdefault(row.pop('run_id'), []).append(row)
        return items
