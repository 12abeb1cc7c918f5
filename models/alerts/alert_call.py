import hashlib
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import alert_call
from ..mixins import clock
from ..monitoring.agent import SILENT_AFTER_S
from ..monitoring.silence import LONGEST_PAUSE_S

# By which channel a person hears of each step of the ladder, and of the news beside it: that it got worse, flaps, stops something of another company, is over.
KINDS = {
    'first': 'activity', 'mail': 'mail', 'manager': 'mail', 'nag': 'mail', 'worse': 'activity', 'flapping': 'activity', 'joined': 'activity', 'over': 'mail'}
AGAIN = timedelta(minutes=1)
WINDOW = timedelta(minutes=10)


class Receiver(NamedTuple):
    """One person by one channel, or a channel that many read: then the user is 0."""
    channel: int
    user: int

    @property
    def name(self):
        return f'u{self.user}' if self.user else f'c{self.channel}'


class ItAlertCall(models.AbstractModel):
    """Tells people of alerts: a ladder of steps until somebody has it, each with a key of its own, so that nothing is told twice.

    The steps of the ladder and the news beside them all go through ``_tell``, and none before ``_heard_at``. What is told stands in the
    outbox with the alert's own transaction; whether it arrives is the outbox's business.
    """
    _name = 'it.alert.call'
    _description = "Calls about Alerts"

    # === BUSINESS METHODS === #

    @api.model
    def _call_due(self):
        """Tell whoever has to hear of an alert now, and let the job come back when the next step is due."""
        now = clock.now(self.env)
        alerts = self.env['it.alert'].search(
            Domain('is_covered', '=', False) & (Domain('news_at', '<=', now) | Domain('state', '=', 'open') & Domain('next_call_at', '<=', now)))
        news = alerts.filtered(lambda alert: alert.news_at and alert.news_at <= now)
        over = news.filtered(lambda alert: alert.state == 'resolved')
        self._tell_news(news - over, now)
        due = alerts.filtered(lambda alert: alert.state == 'open' and alert.next_call_at and alert.next_call_at <= now)
        for company, mine in due.grouped(lambda alert: alert._settings()).items():
            self._call(company, mine, now)
        self._tell_news(over, now)  # last: it takes the place of nothing that is still open from who hears much

    @api.model
    def _heard_at(self, alert, now):
        """Return when people may hear of an alert: now, or of a warning after the quiet hours of the company by whose settings they do."""
        if alert.severity != 'warning':
            return now
        company = alert._settings()
        return alert_call.quiet_until(now, company.itc_tz, company.itc_alert_quiet_from, company.itc_alert_quiet_until)

    # === THE LADDER === #

    @api.model
    def _call(self, company, alerts, now):
        """Take the step that is due with each of these alerts of one company."""
        ladder, by_step = company._itc_alert_ladder(), {}
        uncertain = self._uncertain(alerts, now)
        for alert in alerts:
            heard_at = self._heard_at(alert, now)
            if heard_at > now:
                # the ladder stands still meanwhile: nobody skips a step because nobody was to be told
                alert._transition({'next_call_at': heard_at, 'ladder_from': alert.ladder_from + (heard_at - now)})
                continue
            step = self._due_step(ladder, alert, now)
            if step and alert in uncertain:
                # Odoo was away: is it still so? The ladder of what nobody was told of yet begins when they are
                alert._transition({'next_call_at': now + AGAIN, **({} if alert.climbed else {'ladder_from': now + AGAIN})})
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
        return self._certain_at(clock.now(self.env)) <= clock.now(self.env)

    @api.model
    def _certain_at(self, now):
        """Return when every host will have had the time to be heard again since Odoo was away; now, if nobody knows of that."""
        since = self.env['it.alert.watch']._watching_since()
        return since + timedelta(seconds=SILENT_AFTER_S + LONGEST_PAUSE_S) if since else now

    @api.model
    def _uncertain(self, alerts, now):
        """Return those of these alerts that may have ended while Odoo was away: hosts may still hand in what they saw.

        Of one that nobody was told of yet it is certain when it opened since then, or its check was measured since.
        """
        if self._has_watched_long():
            return alerts.browse()
        since = self.env['it.alert.watch']._watching_since()
        seen = self.env['it.alert.facts']._measured_since(alerts.check_id, since)
        return alerts.filtered(lambda alert: alert.climbed or alert.opened_at < since and alert.check_id not in seen)

    @api.model
    def _take(self, company, ladder, alerts, step, now):
        """Tell these alerts' people of them, and of what companies share also the people of the others of which something stopped.

        The ladder is that of the first company. While nobody there could be told of an alert, since they had many just before, it waits.
        """
        told, held = self._tell(step, {alert: {company: []} for alert in alerts}, now)
        others = {alert: dict.fromkeys(alert._companies() - company, []) for alert in told if not alert.company_id}
        others_told, others_held = self._tell(step, others, now, told)
        for alert in alerts:
            if alert not in told:
                alert._transition({'next_call_at': now + AGAIN})
                continue
            users = told[alert] | others_told.get(alert, told[alert].browse())
            climbed = alert.climbed if step == 'nag' else alert_call.STEPS.index(step) + 1
            alert._transition({
                'climbed': max(climbed, alert.climbed), 'last_call_at': now, 'nag_count': alert.nag_count + (step == 'nag'),
                'told_ids': [(4, user.id) for user in users], 'told_keys': self._told_keys(alert)})
            self._log_told(alert, step, users)
            if step != 'nag':  # the next reminder comes anyway
                self._hold(alert, step, held.get(alert, {}) | others_held.get(alert, {}), users, now)
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

    # === NEWS BESIDE THE LADDER === #

    @api.model
    def _note_news(self, alert, step, companies=()):
        """Note that people have to hear something new of an alert, as soon as they may.

        :param step: ``worse``, ``flapping``, ``joined`` or ``over``
        :param companies: whose people, by default those of all that hear of it
        """
        news = alert.news or {}
        theirs = {**news.get(step, {}), **{str(company.id): [] for company in companies}} if companies else {}
        alert._transition({'news': {**news, step: theirs}, 'news_at': clock.now(self.env)})

    @api.model
    def _tell_news(self, alerts, now):
        """Tell what is new of these alerts, unless it is not so any more; of a warning it waits for the end of the quiet hours."""
        by_step, later, open_causes = {}, set(), self._open_causes(alerts)
        since, certain_at = self.env['it.alert.watch']._watching_since(), self._certain_at(now)
        for alert in alerts:
            was_away = since and alert.news_at < since  # is it still so?
            heard_at = max(self._heard_at(alert, now), certain_at if was_away else now)
            if heard_at > now:
                alert._transition({'news_at': heard_at})
                later.add(heard_at)
                continue
            for step, companies in self._true_news(alert, open_causes).items():
                by_step.setdefault(step, {})[alert] = companies
            alert._transition({'news': False, 'news_at': False})
        for heard_at in later:
            self.env['it.alert.watch']._wake(heard_at)
        for step, group in by_step.items():
            told, held = self._tell(step, group, now)
            for alert, users in told.items():
                self._note_told(alert, step, users, now)
            for alert, companies in held.items():
                self._hold(alert, step, companies, told.get(alert), now)

    @api.model
    def _open_causes(self, alerts):
        """Return the causes of which there is an alert, among those of which these alerts are over."""
        over = alerts.filtered(lambda alert: alert.state == 'resolved')
        return set(over.search([('cause_key', 'in', over.mapped('cause_key')), ('is_open', '=', True)]).mapped('cause_key')) if over else set()

    @api.model
    def _true_news(self, alert, open_causes):
        """Return what people still have to hear of an alert beside its ladder: ``{step: {res.company: whom it told already}}``."""
        companies, news, found = alert._companies(), alert.news or {}, {}
        is_so = {
            'worse': alert.is_open and alert.severity == 'critical', 'over': alert.state == 'resolved' and alert.cause_key not in open_causes,
            'flapping': alert.state == 'open' and alert.is_flapping and 'worse' not in news}  # that says so, too
        for step, told in news.items():
            wanted = {company: told.get(str(company.id), []) for company in companies if not told or str(company.id) in told}
            if wanted and is_so.get(step, alert.state == 'open'):
                found[step] = wanted
        return found

    @api.model
    def _hold(self, alert, step, companies, users, now):
        """Keep for a minute what some people could not be told of an alert.

        :param companies: ``{res.company: whom it told already}``
        :param users: who was told, by any company: who works for two hears once
        """
        if companies:
            names = self._names(users)
            news = {step: {str(company.id): [*told, *(name for name in names if name not in told)] for company, told in companies.items()}}
            alert._transition({'news': (alert.news or {}) | news, 'news_at': now + AGAIN})

    @api.model
    def _note_told(self, alert, step, users, now):
        if step == 'over':
            return
        values = {'told_ids': [(4, user.id) for user in users]}
        if step in ('worse', 'flapping'):
            values |= {'told_keys': self._told_keys(alert), 'last_call_at': now}
        alert._transition(values)
        if users or step in ('worse', 'flapping'):
            self._log_told(alert, step, users)

    # === MESSAGES === #

    @api.model
    def _tell(self, step, companies, now, known=None):
        """Tell companies' people of alerts, the one door for whatever is told: one message each, or one in all to whom there would be too many.

        :param companies: ``{it.alert: {res.company: names of the receivers that had it already}}``
        :param known: ``{it.alert: res.users}`` who heard of it just now
        :return: ``{it.alert: res.users}`` of those of which somebody was told, or nobody had to be; and of those of which some could not
            be told, since they had many messages just before, what ``companies`` should say the next time
        """
        told, held, by_company = {}, {}, {}
        for alert, wanted in companies.items():
            for company, done in wanted.items():
                by_company.setdefault(company, {})[alert] = [*done, *self._names((known or {}).get(alert))]
        for company, wanted in by_company.items():
            done = {alert: [*names, *self._names(told.get(alert))] for alert, names in wanted.items()}
            due = {}
            for alert, receivers in self._receivers(company, self.env['it.alert'].union(*wanted), step).items():
                new = [receiver for receiver in receivers if receiver.name not in done[alert]]
                for receiver in new:
                    due.setdefault(receiver, []).append(alert.id)
                if not new:
                    told.setdefault(alert, self.env['res.users'])
            for letter in alert_call.letters(due, self._recent(due, now), company.itc_alert_burst):
                alerts = self.env['it.alert'].browse(letter.alerts)
                if letter.kind != 'later':
                    self._queue_letter(letter.receiver, alerts, step)
                for alert in alerts:
                    if letter.kind == 'later':
                        held.setdefault(alert, {})[company] = done[alert]
                    else:
                        told[alert] = told.get(alert, self.env['res.users']) | self.env['res.users'].browse(letter.receiver.user or [])
                        done[alert].append(letter.receiver.name)
        return told, held

    @api.model
    def _names(self, users):
        return [Receiver(0, user.id).name for user in users or ()]

    @api.model
    def _receivers(self, company, alerts, step):
        """Return ``{it.alert: [Receiver]}``: who of a company hears of it, and by which channel."""
        users = dict.fromkeys(alerts, self.env['res.users'])
        if step == 'over':
            users = {alert: alert.told_ids.filtered(lambda user: user.active and company in user.company_ids) for alert in alerts}
        elif step != 'ways':
            users = self.env['it.alert.duty']._audiences(alerts, step, company)
        if step == 'joined':
            users = {alert: found - alert.told_ids for alert, found in users.items()}
        channel = company._itc_alert_person_channel(KINDS[step]) if any(users.values()) else self.env['it.notification.channel']
        ways = company._itc_alert_ways() if step in ('ways', 'over') else channel.browse()
        return {
            alert: [Receiver(channel.id, user.id) for user in users[alert]]
            + [Receiver(way.id, 0) for way in ways if step == 'ways' or alert.climbed == len(alert_call.STEPS)]
            for alert in alerts}

    @api.model
    def _queue_letter(self, receiver, alerts, step):
        """Queue one message to one person or way out, of one alert or of several."""
        channel, user = self.env['it.notification.channel'].sudo().browse(receiver.channel), self.env['res.users'].browse(receiver.user or [])
        company = channel.company_id
        theirs = alerts.with_context(lang=user.lang or company._get_itc_lang(), tz=user.tz if user else company.itc_tz)
        keys, tail = [self._key(alert, step) for alert in alerts], f':u{user.id}' if user else ''
        if len(alerts) == 1:
            title, text, key = theirs._title(step), theirs._text(step, user.company_ids or company), f'{keys[0]}{tail}'
        else:
            title, text = theirs._digest_title(step), theirs._digest_text(step)
            key = f'alert:digest:{hashlib.sha256(" ".join(keys).encode()).hexdigest()[:16]}{tail}'
        severity = 'ok' if step == 'over' else 'critical' if 'critical' in alerts.mapped('severity') else 'warning'
        record = alerts[0] if user or len(alerts) == 1 else None
        self.env['it.notification']._queue(channel, key, title, text, severity, self._url(alerts), record, user or None)

    @api.model
    def _recent(self, receivers, now):
        """Return ``{Receiver: how many messages of alerts it got lately}``."""
        rows = self.env.execute_query(SQL("""
            SELECT channel_id, COALESCE(user_id, 0), count(*) FROM it_notification
             WHERE channel_id = ANY(%s) AND queued_at > %s AND key LIKE 'alert:%%' GROUP BY 1, 2
        """, list({receiver.channel for receiver in receivers}), now - WINDOW))
        return {Receiver(channel, user): count for channel, user, count in rows}

    @api.model
    def _key(self, alert, step):
        number = {'nag': alert.nag_count, 'over': f':{alert.reopen_count}'}.get(step, '')
        return f'alert:{alert.id}:{alert.round_no}:{step}{number}'

    @api.model
    def _url(self, alerts):
        base = alerts[0].get_base_url()
        return f'{base}/odoo/it-alerts/{alerts.id}' if len(alerts) == 1 else f'{base}/odoo/it-alerts'

    @api.model
    def _log_told(self, alert, step, users):
        words = {
            'manager': self.env._("Told as managers: %s"), 'nag': self.env._("Told again: %s"),
            'worse': self.env._("Told that it got worse: %s"), 'flapping': self.env._("Told that it flaps: %s"),
        }
        if step == 'ways':
            alert._say(self.env._("Told by every channel."))
        else:
            alert._say((words.get(step) or self._told_by(alert, step, users)) % (", ".join(users.mapped('name')) or "–"))

    @api.model
    def _told_by(self, alert, step, users):
        """Return in words by which kind of channel people were told: a company that archived one uses the other."""
        companies = alert._companies().filtered(lambda company: company in users.company_ids)
        kinds = {company._itc_alert_person_channel(KINDS[step]).kind for company in companies}
        words = {'activity': self.env._("Told by an activity: %s"), 'mail': self.env._("Told by mail: %s")}
        return words[kinds.pop()] if len(kinds) == 1 else self.env._("Told: %s")
