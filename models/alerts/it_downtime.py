from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..mixins import clock
from ..mixins.groups import WORKERS

LOOK_BACK = timedelta(days=31)


class ItDowntime(models.Model):
    """What a planned downtime hid: when it is over, its chatter lists it."""
    _inherit = 'it.downtime'

    hidden_text = fields.Text("What it hid", compute='_compute_hidden_text', groups=WORKERS, help="In the last 31 days.")
    told_until = fields.Datetime(readonly=True, copy=False)  # the ends before it were listed in the chatter

    # === COMPUTE METHODS === #

    def _compute_hidden_text(self):
        now = clock.exact(self.env)
        for downtime in self:
            downtime.hidden_text = '\n'.join(downtime._hidden_between(now - LOOK_BACK, now)) or False

    # === BUSINESS METHODS === #

    @api.model
    def _is_guarded(self, name):
        return name == 'told_until' or super()._is_guarded(name)

    def _occurrences(self, start, end):
        """Return when this one downtime covered something between two naive UTC moments: ``{(start, end)}``."""
        spans = self._spans(self.sudo().asset_ids, start, end)
        return sorted({span[:2] for found in spans.values() for span in found if span[2] == self.id})

    def _hidden_between(self, start, end):
        """Return what happened to what this one downtime covers while it did, one sentence each."""
        assets = self.asset_ids | self.impact_ids
        checks = self.env['it.check'].search(Domain('asset_id', 'in', assets.ids) | Domain('host_id', 'in', assets.ids))
        checks, hosts = (self.env['it.alert']._sayable(records, self.company_id) for records in (checks, assets))
        return [
            line for first, last in self._occurrences(start, end)
            for line in self.env['it.alert']._hidden_since(first, min(last, end), checks, hosts)]

    @api.model
    def _tell_ends(self):
        """List in the chatter of each downtime what it hid, once it is over for this time.

        After Odoo was away that waits until hosts have had the time to hand in what they saw meanwhile.
        """
        if not self.env['it.alert.call']._has_watched_long():
            return
        now = clock.now(self.env)
        for downtime in self._untold(now):
            since = max(filter(None, (downtime.told_until, downtime.start_at)))
            ended = [span for span in downtime._occurrences(since - timedelta(seconds=1), now) if since < span[1] <= now]
            if ended:
                found = downtime._hidden_between(ended[0][0], ended[-1][1])
                downtime._message_log(body=self.env['it.alert']._list_words(self._end_words(found, ended[0][0]), found))
            if ended or downtime.last_at <= now:
                downtime._transition({'told_until': ended[-1][1] if ended else downtime.last_at})

    @api.model
    def _untold(self, now):
        """Return the downtimes of which an end may have to be told, however long Odoo was away."""
        self.flush_model(['start_at', 'last_at', 'told_until'])
        rows = self.env.execute_query(SQL(
            "SELECT id FROM it_downtime WHERE start_at <= %s AND (told_until IS NULL OR told_until < last_at) ORDER BY id", now))
        return self.browse(row[0] for row in rows)

    @api.model
    def _end_words(self, found, start_at):
        if found:
            return self.env._("It is over. Nobody was told meanwhile:")
        if self.env['it.alert']._has_watched_since(start_at):
            return self.env._("It is over. Nothing happened meanwhile.")
        return self.env._("It is over. Nothing is known to have happened meanwhile, but this Odoo was not always there to see it.")
