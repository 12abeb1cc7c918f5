from odoo import api, fields, models

from ...lib import backup_name, backup_proof
from ...lib.reading_text import quantity

LEVELS = [('seen', "Seen"), ('settled', "Settled"), ('readable', "Readable")]


class ItBackupFile(models.Model):
    """One backup of a set, a file or a folder, wherever it lies. Hosts tell of it, and nobody else writes it."""
    _name = 'it.backup.file'
    _description = "Backup File"
    _order = 'day desc, at desc, id desc'
    _allow_sudo_commands = False

    set_id = fields.Many2one('it.backup.set', string="Backup set", required=True, readonly=True, index=True, ondelete='cascade')
    name = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help="Whose backup it is: by its name, else by its content, else by the time of its last change.")
    at = fields.Datetime("Made at", required=True, readonly=True)
    modified_at = fields.Datetime("Changed", readonly=True)
    content_at = fields.Datetime("By its content", readonly=True, help="When its content says that it was made.")
    content_database = fields.Char("Database", readonly=True, help="The database that it names.")
    format = fields.Char("Read as", readonly=True, help="As which format its host read it.")
    content = fields.Json("What it says of itself, as JSON", readonly=True)
    size = fields.Float(digits=(20, 0), readonly=True, help="In bytes.")
    size_text = fields.Char("Size as read", compute='_compute_size_text')
    sha256 = fields.Char("SHA-256", readonly=True)
    level = fields.Selection(LEVELS, readonly=True, help="Settled: not being written any more. Readable: read from end to end, and what its format has to tell damage by agrees.")
    unseen = fields.Char("What that does not show", compute='_compute_unseen')
    reason = fields.Char("Reason code", readonly=True)
    detail = fields.Char("Why", readonly=True)
    copy_ids = fields.One2many('it.backup.copy', 'file_id', string="Copies", readonly=True)
    there_count = fields.Integer("Places", compute='_compute_there_count', help="At so many places it lies now.")
    first_seen_at = fields.Datetime("First seen", readonly=True)

    _name_day_uniq = models.UniqueIndex('(set_id, md5(name), day)', "A backup of this name and day is known.")
    _set_day_idx = models.Index('(set_id, day)')

    # === COMPUTE METHODS === #

    @api.depends('size')
    def _compute_size_text(self):
        for file in self:
            file.size_text = quantity(file.size, 'B')

    @api.depends('format', 'content', 'level', 'set_id.format')
    @api.depends_context('lang')
    def _compute_unseen(self):
        words = self.env['it.backup.words']
        for file in self:
            code = backup_proof.unseen(file.format or file.set_id.sudo().format, file.content or {})
            file.unseen = words._unseen(code) if file.level == 'readable' else False

    @api.depends('copy_ids.is_there')
    def _compute_there_count(self):
        counts = dict(self.env['it.backup.copy']._read_group(
            [('file_id', 'in', self.ids), ('is_there', '=', True)], ['file_id'], ['__count']))
        for file in self:
            file.there_count = counts.get(file._origin, 0)

    # === BUSINESS METHODS === #

    @api.model
    def _date_anew(self, sets):
        """Read the days of the sets' files again, now that their names are read otherwise. One that would meet another of its name stays."""
        files_sudo = self.sudo().search([('set_id', 'in', sets.ids)])
        taken = {(file.set_id.id, file.name, file.day) for file in files_sudo}
        for file in files_sudo:
            at, day = self._own_time(file.set_id, file.name, file.content_at, file.modified_at or file.at)
            if day != file.day and (file.set_id.id, file.name, day) in taken:
                continue
            file.write({'at': at, 'day': day})

    @api.model
    def _drop_forgotten(self, file_ids=None):
        """Delete those of these files, or of all, that lie at no place that is known, and that were never drawn or restored."""
        self.env.cr.execute("""
            DELETE FROM it_backup_file AS file
             WHERE (%s OR id = ANY(%s)) AND NOT EXISTS (SELECT FROM it_backup_copy WHERE file_id = file.id)
               AND NOT EXISTS (SELECT FROM it_restore_drill AS drill WHERE file.id IN (drill.file_id, drill.restored_id))
        """, [file_ids is None, file_ids or []])

    @api.model
    def _own_time(self, backup_set, name, content_at, modified_at):
        tz = backup_set.company_id.sudo().itc_tz or 'UTC'
        return backup_name.own_time(backup_set._name_date(name), content_at or None, modified_at, tz)

    def _pick_words(self):
        """Return this one file as it is named among the candidates of a pick."""
        return f"{self.set_id.name}: {self.name} ({self.day}), SHA-256 {self.sha256}"
