from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..mixins import clock
from ..monitoring.agent import SILENT_AFTER_S
from .fact_author import frozen_change

# What went out longer ago is history that somebody enters; it asks nobody for a look at it today.
RECENT = timedelta(days=7)
# A person's clock and a host's word of the same power cut differ: its last word comes before the cut, its boot event after the boot.
BEFORE, AFTER = timedelta(minutes=15), timedelta(hours=1)


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
        """Open the tasks that follow these power outages. What one person says alone opens them too, and counts beside the plan."""
        since = clock.now(self.env) - RECENT
        for outage in self:
            if outage.kind == 'power' and outage.start_at >= since:
                tasks_sudo = self.env['it.task'].sudo()  # technicians log what happened; runs are made by the software
                tasks_sudo.with_company(outage.company_id)._fire_event(
                    'power_outage', outage.asset_id, outage.start_at, is_extra=not outage._is_borne_out())

    def _tell(self, values):  # returns nothing  # pylint: disable=missing-return
        super()._tell(values)
        self._bear_out()

    @api.model
    def _bear_out(self):
        """Let open runs be part of the plan after all that follow a power outage which a host bears out only now.

        Whoever logs a power cut is quicker than the hosts that it struck: what is missed after it would else count nowhere.
        """
        runs_sudo = self.env['it.task.run'].sudo().search([
            ('event_kind', '=', 'power_outage'), ('is_extra', '=', True), ('state', '=', 'pending')])
        told = runs_sudo.grouped(lambda run: (run.company_id, run.event_asset_id, run.event_at))
        if not told:
            return
        outages_sudo = self.sudo().search([
            ('kind', '=', 'power'), ('start_at', 'in', sorted({at for _company, _asset, at in told}))], order='id')
        for outage in outages_sudo:  # who told first is borne out first
            companies = outage.company_id or runs_sudo.company_id
            followers = runs_sudo.browse().union(*(told.get((company, outage.asset_id, outage.start_at), ()) for company in companies))
            if followers and outage._is_borne_out():
                followers.write({'is_extra': False})

    def _is_borne_out(self):
        """Tell whether a host said of its own accord that it went down, not shut down, when this one outage began.

        A host says so by its boot, if anybody can tell when that was. What people make of its record afterwards is theirs, so its record alone is not asked; and one stop of
        a host bears out one power outage.
        """
        struck = self.asset_id | self.asset_id.sudo().impact_ids
        self.env.flush_all()
        spans = self.env.execute_query(SQL("""
            SELECT stop.start_at, stop.end_at
              FROM it_outage AS stop JOIN it_agent AS agent ON agent.id = stop.agent_id
             WHERE stop.source = 'agent' AND %(at)s BETWEEN stop.start_at - %(before)s AND stop.end_at AND %(concerned)s
               AND EXISTS (
                   SELECT FROM it_agent_event WHERE agent_id = stop.agent_id AND kind = 'boot' AND data ->> 'clean' = 'false'
                      AND COALESCE(doubt_s, 0) <= %(silent_s)s AND happened_at BETWEEN stop.start_at AND stop.end_at + %(after)s)
        """, at=self.start_at, before=BEFORE, after=AFTER, silent_s=SILENT_AFTER_S, concerned=(
            SQL("agent.asset_id = ANY(%s)", struck.ids) if struck
            else SQL("COALESCE(agent.company_id, %(own)s) = %(own)s", own=self.company_id.id))))
        if not spans:
            return False
        runs_sudo = self.env['it.task.run'].sudo().search([
            ('event_kind', '=', 'power_outage'), ('is_extra', '=', False), ('event_at', '>=', min(begin for begin, _end in spans) - BEFORE),
            *([('company_id', '=', self.company_id.id)] if self.company_id else [])])
        told = set(runs_sudo.mapped('event_at'))
        return any(not any(begin - BEFORE <= at <= end for at in told) for begin, end in spans)

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
