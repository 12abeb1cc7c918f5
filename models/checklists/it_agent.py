from odoo import models


class ItAgent(models.Model):
    """A host that says that it was started asks for the tasks that follow a restart, and bears out a power outage that somebody logged."""
    _inherit = 'it.agent'

    # === BUSINESS METHODS === #

    def _apply_event(self, kind, ts, data, happened_at=None, doubt_s=0.0):
        """Tell the tasks of a start. A host that cannot say how it went down (its first word ever) asks for nothing."""
        result = super()._apply_event(kind, ts, data, happened_at, doubt_s)
        if kind == 'boot' and data['clean'] is not None:
            tasks_sudo = self.env['it.task'].sudo()  # the host has no rights; it reports what happened to it
            tasks_sudo._fire_event('restart' if data['clean'] else 'unclean_restart', self.asset_id, self.booted_at)
            if not data['clean']:
                self.env['it.outage']._bear_out()
        return result
