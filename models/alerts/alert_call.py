import hashlib
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import alert_call
from ..mixins import clock
from ..monitoring.agent import SILENT_AFTER_S
from ..monitoring.silence import LONGEST_PAUSE_S

KINDS = {'first': 'activity', 'mail': 'mail', 'manager': 'mail', 'nag': 'mail', 'worse': 'activity', 'flapping': 'activity', 'over': 'mail'}
AGAIN = timedelta(minutes=1)
WINDOW = timedelta(minutes=10)


class ItAlertCall(models.AbstractModel):
    """Tells people of alerts: a ladder of steps until somebody has it, each with a key of its own, so that nothing is told twice.

    What is told stands in the outbox with the alert's own transaction; whether it arrives is the outbox's business.
    """
    _name = 'it.alert.call'
    _description = "Calls about Alerts"

    # === BUSINESS METHODS === #

    @api.model
    def _call_due(self):
        """Tell whoever has to hear of an alert now, and let the job come back when the next step is due."""
        now = clock.now(self.env)
        alerts = self.env['it.alert'].search(
            Domain('state', '=', 'open') & Domain('next_call_at', '<=', now) & Domain('is_covered', '=', False)
            | Domain('state', '=', 'resolved') & Domain('end_call_at', '<=', now))
        due = alerts.filtered(lambda alert: alert.state == 'open')
        for company, mine in due.grouped(lambda alert: alert._settings()).items():
            self._call(company, mine, now)
        for alert in alerts - due:
            self._tell_over(alert)

    @api.model
    def _call(self, company, alerts, now):
        """Take the step that is due with each of these alerts of one company."""
        ladder, by_step = company._itc_alert_ladder(), {}
        is_back = self._has_watched_long()
        for alert in alerts:
            heard_at = alert_call.quiet_until(now, company.itc_tz, company.itc_alert_quiet_from, company.itc_alert_quiet_until)
            if alert.severity == 'warning' and heard_at > now:
                # the ladder stands still meanwhile: nobody skips a step because nobody was to be told
                alert._transition({'next_call_at': heard_at, 'ladder_from': alert.ladder_from + (heard_at - now)})
                continue
            step = self._due_step(ladder, alert, now)
            if step and alert.climbed and not is_back:
                alert._transition({'next_call_at': now + AGAIN})  # Odoo was away: is it still so?
            elif step:
                by_step[step] = by_step.get(step, alerts.browse()) | alert
            else:
                self._plan_next(ladder, alert, now)
        for step, group in by_step.items():
            self._take(company, ladder, group, step, now)
        soonest = min((alert.next_call_at for alert in alerts if alert.next_call_at), default=None)
        if soonest:
            self.env['it.alert.watch']._wake(soonest)

    @api.model
    def _due_step(self, ladder, alert, now):
        if alert.is_flapping and alert.climbed:  # one message, and reminders: no step makes it steadier
            ladder, climbed = alert_call.Ladder((0,), ladder.nag_min), 1
        else:
            climbed = alert.climbed
        return alert_call.due_step(ladder, climbed, alert.ladder_from, alert.last_call_at or None, now)

    @api.model
    def _has_watched_long(self):
        """Tell whether results have been judged long enough for every host to have been heard again since Odoo was away."""
        since = self.env['it.silence']._watching_since()
        pause = timedelta(seconds=SILENT_AFTER_S + LONGEST_PAUSE_S)
        return not since or since + pause <= clock.now(self.env)

    @api.model
    def _take(self, company, ladder, alerts, step, now):
        """Tell these alerts' people of them: one step, one message each, or one in all to whom there would be too many."""
        if step == 'ways':
            self._tell_ways(company, alerts)
            told = dict.fromkeys(alerts, self.env['res.users'])
        else:
            told = self._tell_people(company, self.env['it.alert.duty']._audiences(alerts, step), step, now)
        self._tell_others(company, alerts, step, now, told)
        for alert in alerts:
            if alert not in told:
                alert._transition({'next_call_at': now + AGAIN})
                continue
            climbed = alert.climbed if step == 'nag' else alert_call.STEPS.index(step) + 1
            alert._transition({
                'climbed': max(climbed, alert.climbed), 'last_call_at': now, 'nag_count': alert.nag_count + (step == 'nag'),
                'told_ids': [(4, user.id) for user in told[alert]], 'told_keys': self._told_keys(alert)})
            self._log_told(alert, step, told[alert])
            self._plan_next(ladder, alert, now)

    @api.model
    def _told_keys(self, alert):
        keys = {*(alert.told_keys or ()), alert.cause_key}
        if alert.cause_kind == 'presumed':
            keys |= set(alert.line_ids.filtered(lambda line: not line.until and line.state == 'silent').mapped('key'))
        return sorted(keys)

    @api.model
    def _plan_next(self, ladder, alert, now):
        """Note when the next step of an alert may be due."""
        times = [alert.ladder_from + timedelta(minutes=delay) for delay in ladder.delays[alert.climbed:] if delay is not None]
        if (not times or alert.is_flapping) and ladder.nag_min:
            times = [(alert.last_call_at or now) + timedelta(minutes=ladder.nag_min)]
        at = min(times, default=None)
        alert._transition({'next_call_at': max(at, now + AGAIN) if at else False})

    # === SHARED BY COMPANIES === #

    @api.model
    def _tell_others(self, company, alerts, step, now, told):
        """Tell of what companies share also the people of the others of which something stopped; ``told`` then names them too.

        Each has one message of a step, whatever they heard just before: the ladder is that of the first company, and does not wait for others.
        """
        shared = alerts.filtered(lambda alert: not alert.company_id)
        by_company = {}
        for alert in shared:
            for other in alert._companies() - company:
                by_company[other] = by_company.get(other, alerts.browse()) | alert
        for other, theirs in by_company.items():
            if step == 'ways':
                self._tell_ways(other, theirs)
                continue
            found = self.env['it.alert.duty']._audiences(theirs, step, other)
            new = {alert: users - told.get(alert, users.browse()) for alert, users in found.items()}
            for alert, users in self._tell_people(other, {alert: users for alert, users in new.items() if users}, step, now, {}).items():
                if alert in told:
                    told[alert] |= users

    @api.model
    def _tell_joined(self, alert, companies):
        """Tell the people of companies of which something belongs to one alert only now, when others have heard of it already."""
        if not companies or not alert.climbed or alert.state != 'open' or alert.is_covered:
            return
        for company in companies:
            users = self.env['it.alert.duty']._audiences(alert, 'first', company)[alert] - alert.told_ids
            channel = company._itc_alert_person_channel(KINDS['first'])
            for user in users:
                self._queue_letter(channel, alert, 'first', user)
            alert._transition({'told_ids': [(4, user.id) for user in users]})
            self._log_told(alert, 'first', users)

    # === MESSAGES === #

    @api.model
    def _tell_people(self, company, audiences, step, now, recent=None):
        """Queue the messages of one step.

        :param audiences: ``{it.alert: res.users}``
        :param recent: how many each has had lately, by default what the outbox knows
        :return: ``{it.alert: res.users}`` of those of which somebody was told, or is told with others; the rest waits a minute
        """
        channel = company._itc_alert_person_channel(KINDS[step])
        due = {}
        for alert, users in audiences.items():
            for user in users:
                due.setdefault(user.id, []).append(alert.id)
        recent = self._recent(channel, due, now) if recent is None else recent
        told = {alert: self.env['res.users'] for alert, users in audiences.items() if not users}  # nobody works here
        for letter in alert_call.letters(due, recent, company.itc_alert_burst):
            user, alerts = self.env['res.users'].browse(letter.person), self.env['it.alert'].browse(letter.alerts)
            if letter.kind == 'later':
                continue
            self._queue_letter(channel, alerts, step, user)
            for alert in alerts:
                told[alert] = told.get(alert, user.browse()) | user
        return told

    @api.model
    def _queue_letter(self, channel, alerts, step, user):
        """Queue one message to one person: of one alert, or of several."""
        theirs = alerts.with_context(lang=user.lang, tz=user.tz)
        keys = [self._key(alert, step) for alert in alerts]
        severity = 'critical' if 'critical' in alerts.mapped('severity') else 'warning'
        if len(alerts) == 1:
            title, text, key = theirs._title(step), theirs._text(step, user.company_ids), f'{keys[0]}:u{user.id}'
        else:
            title, text = theirs.env._("%s alerts", len(alerts)), theirs._digest_text()
            key = f'alert:digest:{hashlib.sha256(" ".join(keys).encode()).hexdigest()[:16]}:u{user.id}'
        return self.env['it.notification']._queue(channel, key, title, text, severity, self._url(alerts), alerts[0], user)

    @api.model
    def _recent(self, channel, user_ids, now):
        """Return ``{user id: how many messages of alerts they got lately}`` by one channel."""
        rows = self.env.execute_query(SQL("""
            SELECT user_id, count(*) FROM it_notification
             WHERE channel_id = ANY(%s) AND user_id = ANY(%s) AND queued_at > %s AND key LIKE 'alert:%%' GROUP BY user_id
        """, channel.ids, list(user_ids), now - WINDOW))
        return dict(rows)

    @api.model
    def _key(self, alert, step):
        return f'alert:{alert.id}:{alert.round_no}:{step}{alert.nag_count if step == "nag" else ""}'

    @api.model
    def _url(self, alerts):
        base = alerts[0].get_base_url()
        return f'{base}/odoo/it-alerts/{alerts.id}' if len(alerts) == 1 else f'{base}/odoo/it-alerts'

    @api.model
    def _tell_ways(self, company, alerts):
        """Queue these alerts for the channels of the last step, many of them as one."""
        channels = company._itc_alert_ways()
        lang = company._get_itc_lang()
        theirs = alerts.with_context(lang=lang, tz=company.itc_tz)
        queue = self.env['it.notification']._queue
        if len(alerts) <= company.itc_alert_burst:
            for alert in theirs:
                queue(channels, self._key(alert, 'ways'), alert._title('ways'), alert._text('ways', company), alert.severity, self._url(alert), alert)
        else:
            key = hashlib.sha256(" ".join(self._key(alert, 'ways') for alert in alerts).encode()).hexdigest()[:16]
            queue(channels, f'alert:digest:{key}', theirs.env._("%s alerts", len(alerts)), theirs._digest_text(), 'critical', self._url(alerts))

    @api.model
    def _tell_now(self, alert, step):
        """Tell of something new about one alert at once, whoever silenced it: who has it, and who is on duty."""
        users = self.env['res.users']
        for company in alert._companies():
            channel = company._itc_alert_person_channel(KINDS[step])
            new = self.env['it.alert.duty']._audiences(alert, step, company)[alert] - users
            for user in new:
                self._queue_letter(channel, alert, step, user)
            users |= new
        alert._transition({'told_ids': [(4, user.id) for user in users], 'told_keys': self._told_keys(alert), 'last_call_at': clock.now(self.env)})
        self._log_told(alert, step, users)

    @api.model
    def _tell_over(self, alert):
        """Tell those who got mail or more of one alert that it is over and has not come back."""
        queue, companies = self.env['it.notification']._queue, alert._companies()
        for user in alert.told_ids.filtered('active'):
            theirs, company = alert.with_context(lang=user.lang, tz=user.tz), (companies & user.company_ids)[:1]
            if company:  # a channel tells only who may enter its company
                queue(company._itc_alert_person_channel('mail'), f'{self._key(alert, "over")}:{alert.reopen_count}:u{user.id}', theirs._title('over'),
                      theirs._text('over', user.company_ids), 'ok', self._url(alert), alert, user)
        for other in companies if alert.climbed == len(alert_call.STEPS) else ():
            theirs = alert.with_context(lang=other._get_itc_lang(), tz=other.itc_tz)
            queue(other._itc_alert_ways(), f'{self._key(alert, "over")}:{alert.reopen_count}', theirs._title('over'), theirs._text('over', other), 'ok',
                  self._url(alert), alert)
        alert._transition({'end_call_at': False})

    @api.model
    def _log_told(self, alert, step, users):
        words = {
            'first': self.env._("Told by an activity: %s"), 'mail': self.env._("Told by mail: %s"), 'manager': self.env._("Told as managers: %s"),
            'nag': self.env._("Told again: %s"), 'worse': self.env._("Told that it got worse: %s"), 'flapping': self.env._("Told that it flaps: %s"),
        }
        if step == 'ways':
            alert._say(self.env._("Told by every channel."))
        else:
            alert._say(words[step] % (", ".join(users.mapped('name')) or "–"))
