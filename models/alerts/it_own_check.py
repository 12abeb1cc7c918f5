from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import own_state
from ..mixins import clock

VITAL = ('it_continuity.ir_cron_alerts', 'it_continuity.it_notification_cron')


class ItOwnCheck(models.AbstractModel):
    """Whether alerts follow what is bad, people are told of them, and what tells them gets out."""
    _inherit = 'it.own.check'

    # === BUSINESS METHODS === #

    @api.model
    def _get_own_checks(self):
        return [*super()._get_own_checks(), 'alerts', 'outbox']

    @api.model
    def _get_vital_jobs(self):
        return (*super()._get_vital_jobs(), *VITAL)

    @api.model
    def _own_alerts(self, company):
        """What has been bad without an alert, and alerts whose next message, or news, are overdue."""
        now = clock.exact(self.env)
        missing = self._missing_alerts(company)
        overdue = Domain('state', '=', 'open') & Domain('next_call_at', '<', now) | Domain('news_at', '<', now)
        untold = self.env['it.alert'].search(overdue & Domain('is_covered', '=', False) & Domain('company_id', 'in', (False, company.id)))
        untold_s = max(((now - min(filter(None, (one.next_call_at, one.news_at)))).total_seconds() for one in untold), default=0)
        missing_s = max(((now - one).total_seconds() for one in missing), default=0)
        state = own_state.alerts(untold_s, missing_s)
        return self._found(
            self.env._("Alerts"), state, self._alert_words(state, len(untold), untold_s, len(missing), missing_s),
            todo=self.env._("Look at the jobs above: they open alerts and tell people. If they run, the server's log says which alert could not follow."),
            why=self.env._("A check that turns bad without an alert reaches nobody."), figure=(len(untold) + len(missing), 'alerts_behind', ''),
            button=self.env._("Open the alerts"), action='it_continuity.it_alert_action')

    @api.model
    def _missing_alerts(self, company):
        """Return since when things are bad for certain for which there is no alert, naive UTC each."""
        steps, facts, _alerts = self.env['it.alert.watch']._plan()
        problems = {one.key: one for one in facts.problems}
        causes = [problems[step.cause] for step in steps if step.kind in ('open', 'reopen')]
        assets = self.env['it.asset'].browse({one.asset for one in causes}).filtered(lambda asset: asset.company_id.id in (False, company.id))
        return [facts.detected.get(one.key) or one.began for one in causes if one.asset in assets.ids]

    @api.model
    def _alert_words(self, state, untold, untold_s, missing, missing_s):
        if state == 'ok':
            return self.env._("What is bad has its alert, and people were told.")
        words = []
        if missing_s > own_state.ALERTS_CRITICAL_S:
            words.append(self.env._("Bad without an alert: %(count)s, for %(age)s.", count=missing, age=self._age(missing_s)))
        if untold_s > own_state.ALERTS_CRITICAL_S:
            words.append(self.env._("Not told, though it is time: %(count)s, for %(age)s.", count=untold, age=self._age(untold_s)))
        return " ".join(words)

    @api.model
    def _own_outbox(self, company):
        """The company's messages that wait or were not delivered, and its channels of which nobody knows whether they work."""
        now = clock.exact(self.env)
        [[oldest, dead]] = self.env.execute_query(SQL("""
            SELECT min(due_at) FILTER (WHERE state IN ('waiting', 'sending')), count(*) FILTER (WHERE state = 'dead')
              FROM it_notification WHERE state IN ('waiting', 'sending', 'dead') AND company_id = %s
        """, company.id))
        oldest_s = max(0, (now - oldest).total_seconds()) if oldest else 0
        red = self.env['it.notification.channel']._unconfirmed().filtered(lambda channel: channel.company_id == company)
        words = []
        if dead:
            words.append(self.env._("Not delivered: %s.", dead))
        if oldest_s > own_state.OUTBOX_CRITICAL_S:
            words.append(self.env._("A message that could go has waited for %s.", self._age(oldest_s)))
        if red:
            words.append(self.env._("Nobody confirmed lately that a test arrived: %s.", ", ".join(red.mapped('name'))))
        return self._found(
            self.env._("Messages going out"), own_state.outbox(oldest_s, dead, len(red)), " ".join(words) or self.env._("None waits, none was lost."),
            todo=self.env._("Open the messages: each says why it was not delivered. Try it again, or say why not. Send each channel a test and confirm it."),
            why=self.env._("An alert that does not get out reaches nobody outside of Odoo."), figure=(oldest_s, 'oldest_s', 's'),
            button=self.env._("Open the messages"), action='it_continuity.it_notification_action')
