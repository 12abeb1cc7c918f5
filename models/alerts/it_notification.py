from odoo import fields, models

CALL = 'ticket:'  # so begins the key of a call about a ticket


class ItNotification(models.Model):
    """A call about a ticket is told in working hours alone, also when it could not be delivered before."""
    _inherit = 'it.notification'

    call_calendar_id = fields.Many2one(
        'resource.calendar', "In the hours of", readonly=True, ondelete='set null',
        help="Whose hours a call about a ticket waits for: those of its promise, if empty those of the company.")

    def _hours(self, start, end):
        if not self.key.startswith(CALL):
            return super()._hours(start, end)
        return self.env['it.calendar']._work_spans(self.company_id, start, end, self.call_calendar_id)
