import hashlib

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

# What makes a file what it is; the rest (an index, a token, a thumbnail's description) may go on changing.
CONTENT = frozenset({'raw', 'datas', 'db_datas', 'store_fname', 'checksum', 'file_size', 'name', 'mimetype', 'type', 'url', 'res_model', 'res_id'})


class IrAttachment(models.Model):
    """Files of closed runs are evidence: they neither change nor go, whoever asks."""
    _inherit = 'ir.attachment'

    def write(self, vals):
        """:raises AccessError: the content of a closed run's file would change"""
        if CONTENT & vals.keys():
            self._check_sealed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_sealed(self):
        self._check_sealed()

    def _check_sealed(self):
        """:raises AccessError: one of these files belongs to a closed run; asked by one look-up in the runs' own list of files"""
        if not self.ids or 'it.task.run' not in self.env:
            return
        rows = self.env.execute_query(SQL("""
            SELECT run.task_name FROM ir_attachment_it_task_run_rel AS file
              JOIN it_task_run AS run ON run.id = file.it_task_run_id
             WHERE file.ir_attachment_id = ANY(%s) AND run.state NOT IN ('pending', 'failed', 'missed') LIMIT 1
        """, self.ids))
        if rows:
            raise AccessError(self.env._("This file is evidence of “%(name)s”, which is closed: it stays as it is.", name=rows[0][0]))

    def _it_sealed_values(self):
        """Return what is sealed of these files, by id: name, size in bytes, and the SHA-256 of what can be read now."""
        values = {}
        for file in self.exists():
            content = file.raw or b''
            values[file.id] = {'id': file.id, 'name': file.name, 'size': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
            file.invalidate_recordset(['raw'], flush=False)  # a log of many files does not fit into memory
        return values
