from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class ItEvidenceMixin(models.AbstractModel):
    """Records whose files are evidence once they are closed, those that lie on it and those that its fields name: ``ir.attachment`` asks
    them before it lets a file change or go, ``mail.message`` before it lets what was said of them.
    """
    _name = 'it.evidence.mixin'
    _description = "Keeper of Evidence"

    def _closed_records(self):
        """Return those of these records whose files stay as they are."""
        return self.browse()

    def _told_records(self):
        """Return those of these records of which the log tells, with the files that they name: closed, or to be worked on again."""
        return self._closed_records()

    def _closed_chatters(self):
        """Return those of these records of which what was said stays as it was said."""
        return self._closed_records()

    def _note_file_change(self):
        """Hook, called when a person changes what is in a file of these records, or where it lies. Extended by who keeps whose work it is."""

    def _tie_files(self):
        """Tie freshly uploaded files to their record, so that who reads the record reads its evidence; called when files were named.

        :raises AccessError: a person named a file that lies elsewhere; closing the record would fix it there, whoever it belongs to
        :raises UserError: a person named a link; what it shows is kept elsewhere, and may change after the record is closed
        """
        for record in self:
            files_sudo = record._named_files()  # where a file lies decides who may read it
            if not self.env.su and 'url' in files_sudo.mapped('type'):
                raise UserError(self.env._("A link is no evidence: what it shows may change. Upload the file itself."))
            loose = files_sudo.filtered(lambda file: record._is_loose(file))  # noqa: B023  called at once
            loose.write({'res_model': self._name, 'res_id': record.id})
            if not self.env.su and any(file.res_model != self._name or not file.res_id for file in files_sudo):
                raise AccessError(self.env._("Evidence is uploaded to its record; a file that lies elsewhere cannot be named."))

    def _named_files(self):
        """Return the files that these records name, in superuser mode and as the database has them.

        A command to update in a ``default_…`` key changes what Odoo has in memory of a file, and no right is asked for that.
        """
        files_sudo = self.attachment_ids.sudo()
        files_sudo.invalidate_recordset()
        return files_sudo

    def _is_loose(self, file):
        """Tell whether a file was just uploaded by this person, and lies nowhere yet or on a dialog."""
        is_placed = file.res_id and not (file.res_model in self.env and self.env[file.res_model]._transient)
        return not is_placed and file.create_uid == self.env.user and not file.public

    def _file_links(self):
        """Return one query for each many2many field of files; its rows are this model's name, a record's id and a file's id."""
        return [
            SQL("SELECT %s AS model, %s AS res_id, %s AS file_id FROM %s", self._name, SQL.identifier(field.column1),
                SQL.identifier(field.column2), SQL.identifier(field.relation))
            for field in self._fields.values()
            if field.type == 'many2many' and field.store and field.comodel_name == 'ir.attachment']
