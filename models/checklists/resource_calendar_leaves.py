from odoo import api, models

from ..people.resource_calendar_leaves import SPAN
from .fact_author import frozen_change


class ResourceCalendarLeaves(models.Model):
    """Leave hands runs over, and its withdrawal hands them back, in the transaction in which it is entered."""
    _inherit = 'resource.calendar.leaves'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._hand_runs_over(leaves._personal_spans())
        return leaves

    def write(self, vals):
        if SPAN.isdisjoint(vals):
            return super().write(vals)
        before = self._personal_spans()
        result = super().write(vals)
        self._hand_runs_over(before + self._personal_spans())
        return result

    def unlink(self):
        spans = self._personal_spans()
        result = super().unlink()
        self._hand_runs_over(spans)
        return result

    # === BUSINESS METHODS === #

    def _personal_spans(self):
        """Return ``[(user id, from, to)]`` of the leaves that are one person's; a public holiday is nobody's."""
        leaves_sudo = self.sudo()  # who enters leave need not see whose login the resource is
        return [
            (leave.resource_id.user_id.id, leave.date_from, leave.date_to) for leave in leaves_sudo if leave.resource_id.user_id]

    def _frozen(self):
        """Return who entered this one leave, as plain data that stands alone: what an excuse by it rests on."""
        return {
            'entered_by': self.create_uid.id, 'entered_by_login': self.create_uid.login,
            'entered_at': self.create_date.isoformat(timespec='seconds'),
            **frozen_change(self),
        }

    @api.model
    def _hand_runs_over(self, spans):
        if spans:
            users, starts, ends = zip(*spans, strict=True)
            # Who enters leave need not have anything to do with IT; what it moves is decided by the plan alone.
            self.env['it.run.handover'].sudo()._follow_absences(users, min(starts), max(ends))
