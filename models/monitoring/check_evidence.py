from odoo import models

from ...lib import check_state


class ItCheck(models.Model):
    _inherit = 'it.check'

    # === BUSINESS METHODS === #

    def _snapshot(self):
        """Return these checks as frozen evidence: JSON-able dicts that stand alone, whatever changes later."""
        newest = self.env['it.sample.store']._newest(self.ids)
        return [check._snapshot_one(newest.get(check.id)) for check in self]

    def _snapshot_one(self, newest):
        return {
            'check_id': self.id,
            'name': self.name,
            'host': self.host_id.name,
            'asset': self.asset_id.name,
            'kind': self.kind,
            'state': self.state,
            'hard_state': self.hard_state,
            'summary': newest.text if newest else '',
            'measured_at': f'{newest.measured_at.isoformat()}+00:00' if newest else None,
            'stale': self.is_stale or self.effective_state == 'waiting',
            'values': newest.values if newest else [],
            'definition': {'settings': self.settings or {}, 'limits': self.limits or [], 'every_s': self.every_s},
        }

    def _proof(self, opened_at):
        """Say whether these checks alone prove that a run opened at ``opened_at`` (naive UTC) is done.

        :return: :class:`lib.check_state.Verdict`
        """
        newest = self.env['it.sample.store']._newest(self.ids)
        results = [
            check_state.CheckResult(
                name=check.name,
                state='unknown' if check.agent_id.state != 'active' else check.state,
                is_hard=check.is_hard,
                measured_at=newest[check.id].measured_at if check.id in newest else None,
                every_s=check.every_s,
            ) for check in self]
        return check_state.proof(results, opened_at, self.env.cr.now())
