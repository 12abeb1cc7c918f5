import hashlib

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

# What makes a file what it is, where it lies and who sees it; the rest (an index, a thumbnail's description) may go on changing.
CONTENT = frozenset({
    'raw', 'datas', 'db_datas', 'store_fname', 'checksum', 'file_size', 'name', 'mimetype', 'type', 'url', 'res_model', 'res_id',
    'res_field', 'public', 'description', 'access_token'})
PLACE = frozenset({'res_model', 'res_id'})
NEW = 'it_continuity.new_files'  # ids of the files that this transaction made


class IrAttachment(models.Model):
    """Files of closed records are evidence: they neither change nor go, whoever asks. Nor do those that the log tells of as part of a record
    that may still be worked on, a failed run: that record's own write takes one out, and the log tells of it.
    """
    _inherit = 'ir.attachment'

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        self.env.cr.precommit.data.setdefault(NEW, set()).update(files.ids)
        return files

    def write(self, vals):
        """:raises AccessError: the content of a file that is evidence would change"""
        changed, keepers = CONTENT & vals.keys(), {}
        if changed == {'access_token'}:  # a picture in a new message gets its own before the message is there
            self.filtered(lambda file: file.access_token or file.id not in self.env.cr.precommit.data.get(NEW, ()))._check_sealed()
        elif changed:
            keepers = self._check_sealed()
            if not (self.env.su and changed <= PLACE):  # a file is tied to the record that names it
                self._check_told_of()
        result = super().write(vals)
        if not self.env.su:
            for name, ids in keepers.items():
                self.env[name].browse(ids)._note_file_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_sealed(self):
        self._check_sealed()
        self._check_told_of()

    def _check_sealed(self):
        """Return the keepers of these files, as ``_evidence_keepers`` does.

        :raises AccessError: one of them is closed, or a file belongs to what was said of a closed record
        """
        keepers = self._evidence_keepers()
        for name, ids in keepers.items():
            # who may not see the record still may not touch its files
            closed = self.env[name].sudo().browse(ids).exists()._closed_records()
            if closed:
                raise AccessError(self.env._(
                    "This file is evidence of “%(name)s”, which is closed: it stays as it is.", name=closed[:1].display_name))
        said_sudo = self.env['mail.message'].sudo()
        said_sudo.search([('model', 'in', said_sudo._get_evidence_models()), ('attachment_ids', 'in', self.ids)])._check_kept()
        return keepers

    def _check_told_of(self):
        """:raises AccessError: a record that the log tells of names one of these files; what happens to the file alone, no event would tell"""
        for name, ids in self._evidence_keepers(is_named=True).items():
            told = self.env[name].sudo().browse(ids).exists()._told_records()  # as above
            if told:
                raise AccessError(self.env._(
                    "This file is evidence of “%(name)s” and sealed with it: take it out there, so that the log tells of it.",
                    name=told[:1].display_name))

    def _evidence_keepers(self, is_named=False):
        """Return ``{model: ids}`` of the keepers of evidence on which one of these files lies, or that name it; one look-up for all.

        :param is_named: of those alone that name it
        """
        if not self.ids:
            return {}
        models = self.env.registry.descendants(['it.evidence.mixin'], '_inherit') - {'it.evidence.mixin'}
        models = [name for name in sorted(models) if not self.env[name]._abstract]
        places = SQL("SELECT res_model, res_id, id FROM ir_attachment WHERE res_model = ANY(%s)", models)
        links = SQL(" UNION ALL ").join([*([] if is_named else [places]), *(link for name in models for link in self.env[name]._file_links())])
        self.flush_recordset(['res_model', 'res_id'])
        keepers = {}
        for name, res_id in self.env.execute_query(SQL(
                "SELECT DISTINCT res_model, res_id FROM (%s) AS file (res_model, res_id, file_id) WHERE file_id = ANY(%s)", links, self.ids)):
            keepers.setdefault(name, []).append(res_id)
        return keepers

    def _get_sealed_values(self):
        """Return what is sealed of these files, by id: name, size in bytes, and the SHA-256 of what can be read now."""
        values = {}
        for file in self.exists():
            content = file.raw or b''
            values[file.id] = {'id': file.id, 'name': file.name, 'size': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
            file.invalidate_recordset(['raw'], flush=False)  # a log of many files does not fit into memory
        return values
