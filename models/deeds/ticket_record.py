from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mixins import clock


class ItTicketRecord(models.Model):
    """A record of Odoo that was made or changed for a ticket. It stays listed whatever becomes of the ticket, or of the record itself.

    Only the software writes it. The record is named as it was called then: who may read the ticket's work need not be able to read it.
    """
    _name = 'it.ticket.record'
    _description = "Record Made for a Ticket"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _order = 'done_at desc, id desc'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'ticket_id', 'res_model', 'res_id', 'name', 'what', 'done_by_id', 'done_at'})
    _sealed_with = 'ticket_id'
    _seal_columns = ('res_model', 'res_id', 'name', 'what', 'done_by_id', 'done_at')

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record number", model_field='res_model', required=True, readonly=True)
    kind = fields.Char("Kind of record", compute='_compute_kind')
    name = fields.Char(required=True, readonly=True, help="As it was called when this was done.")
    what = fields.Selection(
        [('created', "Created"), ('changed', "Changed"), ('reset', "New password asked for"), ('archived', "Archived"), ('printed', "Made ready to print")],
        "What was done", required=True, readonly=True)
    done_by_id = fields.Many2one('res.users', string="Done by", required=True, readonly=True, ondelete='restrict')
    done_at = fields.Datetime("Done on", required=True, readonly=True)
    can_open = fields.Boolean(compute='_compute_can_open', help="The record is still there, and who looks may read it.")

    _record_idx = models.Index('(res_model, res_id)')

    # === COMPUTE METHODS === #

    @api.depends('res_model')
    @api.depends_context('lang')
    def _compute_kind(self):
        for record in self:
            model_sudo = self.env['ir.model'].sudo()._get(record.res_model)  # the name of a kind is no secret
            record.kind = model_sudo.name or record.res_model

    @api.depends('res_model', 'res_id')
    @api.depends_context('uid')
    def _compute_can_open(self):
        readable = set()
        for model, records in self.grouped('res_model').items():
            if model in self.env:
                targets = self.env['it.deed.plan']._readable(self.env[model].browse(records.mapped('res_id')))
                readable |= {(model, record_id) for record_id in targets.ids}
        for record in self:
            record.can_open = (record.res_model, record.res_id) in readable

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was done for a ticket stays listed."))

    # === ACTION METHODS === #

    def action_open(self):
        """Open the record.

        :raises UserError: it is gone, or the person may not read it
        """
        self.ensure_one()
        self.check_access('read')
        if not self.can_open:
            raise UserError(self.env._("“%(name)s” is no longer there, or you may not read it.", name=self.name))
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _keep(self, ticket, record, what):
        """Note that the current user made or changed a record for a ticket; the caller has done so."""
        records_sudo = self.sudo()  # nobody makes these by hand
        with records_sudo._past_guard():
            return records_sudo.create({
                'ticket_id': ticket.id, 'res_model': record._name, 'res_id': record.id, 'name': record.display_name or f'#{record.id}',
                'what': what, 'done_by_id': self.env.uid, 'done_at': clock.now(self.env)}).sudo(False)
