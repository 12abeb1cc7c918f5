from datetime import timedelta

from odoo import api, models

from ..mixins import clock
from .fact_author import frozen_change

# What went out longer ago is history that somebody enters; it asks nobody for a look at it today.
RECENT = timedelta(days=7)


class ItOutage(models.Model):
    """What rests on an outage: excuses of runs, and the tasks that follow when the power was out."""
    _inherit = 'it.outage'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Ask for the tasks that follow a power outage."""
        outages = super().create(vals_list)
        outages._tell_tasks()
        return outages

    def write(self, vals):
        """Ask for the tasks that follow a power outage once it turns out to be one."""
        others = self.filtered(lambda outage: outage.kind != 'power')
        result = super().write(vals)
        others._tell_tasks()
        return result

    # === BUSINESS METHODS === #

    def _tell_tasks(self):
        since = clock.now(self.env) - RECENT
        for outage in self:
            if outage.kind == 'power' and outage.start_at >= since:
                tasks_sudo = self.env['it.task'].sudo()  # technicians log what happened; runs are made by the software
                tasks_sudo.with_company(outage.company_id)._fire_event('power_outage', outage.asset_id, outage.start_at)

    def _settled(self):
        excuses_sudo = self.env['it.run.excuse'].sudo()  # what is accepted is settled for everyone who sees the outage
        rows = excuses_sudo._read_group([('outage_id', 'in', self.ids), ('state', '=', 'granted')], ['outage_id'])
        return super()._settled() | self.browse(outage.id for [outage] in rows)

    def _settled_until(self):
        """Return the last deadline among the runs that this one outage excuses."""
        excuses_sudo = self.env['it.run.excuse'].sudo().search([('outage_id', '=', self.id), ('state', '=', 'granted')])
        return max(excuses_sudo.run_id.mapped('deadline_at'), default=super()._settled_until())

    def _frozen(self):
        """Return this one outage as plain data that stands alone, whatever changes later: what an excuse by it rests on."""
        return {
            'kind': self.kind, 'cause': self.cause or '', 'asset': self.asset_id.id or None, 'asset_name': self.asset_id.name or '',
            'source': self.source, 'reported_by': self.reported_by_id.id or None, 'reported_by_login': self.reported_by_id.login or '',
            'logged_at': self.create_date.isoformat(timespec='seconds'),
            **frozen_change(self),
        }
