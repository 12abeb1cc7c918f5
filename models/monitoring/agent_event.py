from datetime import datetime, timezone

from odoo import models

# Kinds that a person has to know of: data was lost, or the identity of the host is in doubt.
ALARMING = ('gap', 'spool_damaged', 'fork')


class ItAgent(models.Model):
    """What a host says about itself between two enrolments."""
    _inherit = 'it.agent'

    # === BUSINESS METHODS === #

    def _apply_event(self, kind, ts, data):
        """Apply one event of this host; called by the judging job. Rooms above may extend it for kinds of their own."""
        self.ensure_one()
        if kind == 'facts':
            self.facts = {**(self.facts or {}), **data}
        elif kind == 'collectors':
            self._publish_kinds(data['collectors'], data.get('kinds', ()))
        elif kind == 'boot':
            self.booted_at = datetime.fromisoformat(data['boot_time']).astimezone(timezone.utc).replace(tzinfo=None)
        elif kind in ALARMING:
            self.message_post(body=self._event_text(kind, ts, data))

    def _event_text(self, kind, ts, data):
        if kind == 'gap':
            return self.env._(
                "%(count)s records from %(from)s to %(to)s were lost on the host: %(reason)s",
                count=data['count'], reason=data['reason'], **{'from': data['from_ts'], 'to': data['to_ts']})
        if kind == 'spool_damaged':
            return self.env._("The agent's spool was damaged and set aside as %(file)s.", file=data['file'])
        return self.env._(
            "Since %(at)s this agent works in a new epoch: its image was restored, or its key is used on two machines. Find out which.", at=ts)
