from odoo import models

from ...lib import check_state
from ...lib.wire_backup import parse_backup_files
from ..mixins import clock


class ItAgent(models.Model):
    """A host tells what backups lie at the places into which its checks look."""
    _inherit = 'it.agent'

    # === BUSINESS METHODS === #

    def _apply_event(self, kind, ts, data, happened_at=None, doubt_s=0.0):
        """Keep what it says of its own places; of another host's it has no word.

        What nobody can date is no news of a place, as a result that nobody can date is none of a check: an agent lists its places anew when
        it starts, and each hour.
        """
        result = super()._apply_event(kind, ts, data, happened_at, doubt_s)
        if kind == 'backup_files':
            check_sudo = self.env['it.check'].sudo().search([('id', '=', data['check']), ('agent_id', '=', self.id)], limit=1)
            if check_sudo and check_state.is_dated_as_proof(doubt_s, check_sudo.every_s, check_sudo.grace_s):
                places, told_at = self.env['it.backup.place'], min((happened_at or ts).replace(microsecond=0), clock.now(self.env))
                if data.get('unmounted'):
                    places._take_unmounted(check_sudo, told_at, doubt_s)
                else:
                    places._take_backup_files(check_sudo, parse_backup_files(data['files']), told_at, data['count'], doubt_s)
        return result
