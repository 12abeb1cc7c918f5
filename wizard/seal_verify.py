import base64

from odoo import fields, models
from odoo.exceptions import UserError

LOCK_CLASS = 0x17C5  # our first key of two for PostgreSQL's advisory locks; those near it are others'
MAX_WITNESS_BYTES = 64 * 2**20


class ItSealVerify(models.TransientModel):
    """Walks the log of evidence and names whatever is not as it was sealed."""
    _name = 'it.seal.verify'
    _description = "Verify the Log"
    _inherit = ['it.asking.mixin']

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    witness_file = fields.Binary("Witness file",
        attachment=False,
        help="What “itc-agent witness” printed on a host. Without it a log that was rewritten as a whole cannot be told from a true one.")
    witness_name = fields.Char("Name of the witness file")
    state = fields.Selection(selection=[('asked', "Asked"), ('sound', "Sound"), ('broken', "Broken")], default='asked', readonly=True)
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many('it.seal.verify.line', 'verify_id', readonly=True)

    def action_verify(self):
        """Walk the chain, compare the runs and their files with it, and show what was found."""
        self.ensure_one()
        self.company_id.check_access('read')
        self._take_turn()
        # An auditor reads everything and writes nothing; sealing what still waits is the software's own work.
        audit = self.env['it.seal.audit'].sudo()._audit(self.company_id, self._witness_text())
        self.write({
            'state': 'broken' if audit['findings'] else 'sound',
            'summary': '\n'.join(self._summary(audit)),
            'line_ids': [fields.Command.clear(), *(fields.Command.create(finding) for finding in audit['findings'])],
        })
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Verify the Log"), 'res_model': self._name, 'res_id': self.id,
            'view_mode': 'form', 'target': 'new',
        }

    def _take_turn(self):
        """Let one person at a time walk a company's log: it reads all of it, and every file. :raises UserError: somebody is at it"""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.company_id.id])
        if not self.env.cr.fetchone()[0]:
            raise UserError(self.env._("Somebody else verifies this log at the moment. Try again in some minutes."))

    def _witness_text(self):
        """Return the uploaded file's text. :raises UserError: it is no text, or far too long to be one of ours"""
        content = base64.b64decode(self.with_context(bin_size=False).witness_file or b'')
        if len(content) > MAX_WITNESS_BYTES:
            raise UserError(self.env._("The witness file is longer than any of ours."))
        try:
            # An empty file, which the client hands over as none, was given too and shows nothing.
            return content.decode('utf-8') or ('\n' if self.witness_name else '')
        except UnicodeDecodeError as error:
            raise UserError(self.env._("The witness file is no text. Upload what “itc-agent witness” printed.")) from error

    def _summary(self, audit):
        """Yield the sentences above the list."""
        head = audit['head']
        if not head.seq:
            yield self.env._("Nothing was sealed yet.")
        elif head.seq == 1:
            yield self.env._("One event, its seal is %(hash)s.", hash=head.hash)
        else:
            yield self.env._("%(count)s events, the last seal is %(hash)s.", count=head.seq, hash=head.hash)
        if self.witness_file or self.witness_name:
            yield self.env._("One seal of this log stands in the witness file.") if audit['witnessed'] == 1 else self.env._(
                "%(count)s seals of this log stand in the witness file.", count=audit['witnessed'])
            if audit['witnessed_range']:
                first, last = audit['witnessed_range']
                yield self.env._("They are of events %(first)s to %(last)s.", first=first, last=last)
            if audit['unreadable'] == 1:
                yield self.env._("One of its lines could not be read.")
            elif audit['unreadable']:
                yield self.env._("%(count)s of its lines could not be read.", count=audit['unreadable'])
        else:
            yield self.env._("No witness was asked: somebody who rewrote the whole log would not be found.")


class ItSealVerifyLine(models.TransientModel):
    """One thing that is not as it was sealed."""
    _name = 'it.seal.verify.line'
    _description = "Finding in the Log"
    _inherit = ['it.asking.mixin']

    verify_id = fields.Many2one('it.seal.verify', required=True, readonly=True, ondelete='cascade', index=True)
    seq = fields.Integer("Event", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field='model', readonly=True)
    code = fields.Char(readonly=True)
    text = fields.Char("Finding", readonly=True)

    def action_open_record(self):
        """Open what the finding is about, if it is still there."""
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': self.model, 'res_id': self.res_id, 'view_mode': 'form'}
