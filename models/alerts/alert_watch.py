import logging
from datetime import timedelta

import psycopg2
import psycopg2.errors

from odoo import SUPERUSER_ID, api, models

from ...lib import alert
from ..mixins import clock
from ..outbox.sender import TODO
from .alert import OPEN_STATES

_logger = logging.getLogger(__name__)

# Our second key of two for PostgreSQL's advisory locks; the first is that of all our locks in this room.
ALERT_LOCK = (0x17CC, 0)
CRON = 'it_continuity.ir_cron_alerts'
WATCHING_PARAM = 'it_continuity.alerts_watching_since'
LONGEST_SETTLE = timedelta(days=7)


class ItAlertWatch(models.AbstractModel):
    """Keeps one open alert for each root cause, and none else: lib.alert says what is to be done, this does it.

    It looks at what is bad now, not at what was told of it, so that a pass that was lost, doubled or late changes nothing.
    """
    _name = 'it.alert.watch'
    _description = "Watch over Alerts"

    # === CRON === #

    @api.model
    def _cron_watch(self):
        self.env['it.silence']._note_watching(CRON, WATCHING_PARAM)
        self._work()
        self.env['ir.cron']._commit_progress(1)

    @api.model
    def _wake(self, at=None):
        """Let the job run when this transaction is committed, or at a moment; it runs each minute anyway."""
        cron_sudo = self.env.ref(CRON, raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger(at)

    # === BUSINESS METHODS === #

    @api.model
    def _watching_since(self):
        """Return since when (naive UTC) results have been judged and this job has run, both without a break; None when nobody has noted it yet.

        After Odoo was away this job may be the first to run: what the judge has noted then is of before.
        """
        silence = self.env['it.silence']
        return max(filter(None, (silence._watching_since(), silence._watching_since(WATCHING_PARAM))), default=None)

    @api.model
    def _work(self):
        """Follow what is bad, end the silences that are over, and tell who has to hear of it now."""
        self._end_silences()
        self._follow()
        self._drop_stale_activities()
        self.env['it.downtime']._tell_ends()

    @api.model
    def _follow(self, is_behind=False):
        """Open, join, move, close and open again what has to be, then tell who has to hear of it now.

        :param is_behind: results wait to be judged
        """
        # Two jobs do not decide at once; that there is one open alert a cause is kept by the table itself.
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", ALERT_LOCK)
        self._apply(*self._plan(is_behind))
        self.env['it.alert.call']._call_due()

    @api.model
    def _plan(self, is_behind=False):
        """Look at what is bad, and say what has to be done about it.

        :return: the steps of ``lib.alert.plan``, what is bad (``it.alert.facts``), and the alerts that the steps speak of
        """
        facts = self.env['it.alert.facts']._gather(is_behind)
        alerts = self._known_alerts(bool(facts.problems))
        known = [self._as_known(one) for one in alerts]
        return alert.plan(facts.problems, facts.needs, known, LONGEST_SETTLE, clock.now(self.env), facts.undecided), facts, alerts

    @api.model
    def _known_alerts(self, is_bad):
        """Return all open alerts and, while anything is bad, those that would open again if their cause came back now."""
        alerts, now = self.env['it.alert'], clock.now(self.env)
        opened = alerts.search([('state', 'in', OPEN_STATES)])
        if not is_bad:
            return opened
        longest = self.env['res.company'].sudo().search([], order='itc_alert_settle_min desc', limit=1).itc_alert_settle_min
        lately = alerts.search([('state', '=', 'resolved'), ('resolved_at', '>=', now - timedelta(minutes=longest))])
        return opened | lately.filtered(lambda one: one.resolved_at >= now - timedelta(minutes=one._settings().itc_alert_settle_min))

    @api.model
    def _as_known(self, one):
        return alert.Known(one.id, one.cause_key, frozenset(one.told_keys or ()), one.opened_at, one.resolved_at or None)

    @api.model
    def _apply(self, steps, facts, alerts):
        """Do the steps, each by itself: one that fails keeps no other from being done."""
        problems = {one.key: one for one in facts.problems}
        lines = alerts.line_ids.filtered(lambda line: not line.until).grouped('alert_id')
        for step in steps:
            one = alerts.browse(step.alert or []).with_prefetch(alerts.ids)
            its_lines = lines.get(one, self.env['it.alert.line'])
            if step.kind == 'keep' and not self._changes(one, step, problems, facts, its_lines):
                continue
            try:
                with self.env.cr.savepoint():
                    self._do(step, one, problems, facts, its_lines)
            except psycopg2.errors.UniqueViolation:
                self.env.invalidate_all()  # another job opened it in this moment
                _logger.info("The alert for %s is open already", step.cause)
            except psycopg2.OperationalError:
                raise
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Alert %s (%s) could not follow what was judged", step.alert or '', step.cause)

    @api.model
    def _do(self, step, one, problems, facts, lines):
        if step.kind == 'resolve':
            one._resolve(lines)
        elif step.kind == 'merge':
            into = one.browse(step.into)
            if into.cause_key != step.cause:  # it did not move there: see _hand_over
                into = one.search([('cause_key', '=', step.cause), ('state', 'in', OPEN_STATES)], limit=1)
            if into:
                one._merge(into, lines)
        elif step.cause not in problems:
            return  # nobody can tell now
        elif step.kind == 'open':
            one = self._open(step, problems, facts)
            self._keep(one, step, problems, facts, lines)
        else:
            if step.kind == 'move':
                values = self._cause_values(problems[step.cause], facts)
                if not one._is_alike(one.company_id.browse(values['company_id'])):
                    return self._hand_over(one, step, problems, facts, lines)
                one._move(values, step.is_left)
            elif step.kind == 'reopen':
                one._reopen()
            self._keep(one, step, problems, facts, lines)

    @api.model
    def _changes(self, one, step, problems, facts, lines):
        """Tell whether an alert that stays would say something else now; most do not, and cost nothing."""
        if step.cause not in problems:
            return False
        wanted = {key: (self._part(step, problems[key]), problems[key].state) for key in step.members if key in problems}
        return wanted != {line.key: (line.part, line.state) for line in lines} or bool(self._changed_values(one, step, problems, facts))

    # === ONE ALERT === #

    @api.model
    def _cause_values(self, cause, facts):
        """Return what an alert says of its cause, names in the company's language."""
        check = self.env['it.check'].browse(facts.checks.get(cause.key, []))
        asset = self.env['it.asset'].browse(cause.asset)
        lang = asset.company_id._get_itc_lang()
        kind = 'presumed' if cause.is_presumed else 'check' if check else 'host'
        return {
            'cause_key': cause.key, 'cause_kind': kind, 'check_id': check.id, 'asset_id': asset.id, 'company_id': asset.company_id.id,
            'name': self.env['it.alert'].with_context(lang=lang)._cause_name(cause, check.with_context(lang=lang), asset),
        }

    @api.model
    def _open(self, step, problems, facts):
        cause, now = problems[step.cause], clock.now(self.env)
        alerts = self.env['it.alert']
        detected = min(facts.detected.get(cause.key) or now, now)
        values = {
            **self._cause_values(cause, facts),
            'number': self.env['ir.sequence'].sudo().next_by_code('it.alert'),
            'state': 'open', 'severity': self._severity(step, problems), 'is_flapping': step.cause in facts.flapping, 'has_flapped': step.cause in facts.flapping,
            'began_at': min(cause.began, now), 'detected_at': max(detected, cause.began), 'opened_at': now, 'ladder_from': now, 'next_call_at': now,
            'told_keys': [], 'hidden_text': self._hidden(cause, facts),
        }
        with alerts._past_guard():
            one = alerts.browse(alerts.with_context(mail_create_nolog=True, tracking_disable=True).create(values).id)
            one.flush_recordset()  # what another job opened in this moment is found out here
        one._say(one._opening_words())
        return one

    @api.model
    def _hand_over(self, one, step, problems, facts, lines):
        """Let another alert be for a cause that is of another company than that for which one was opened: who reads the one must not read the other.

        One whose own cause is over ends; else it is part of the other, which is the one of before if that ended only lately.
        """
        if one.cause_key in facts.undecided:
            return
        other = one.search([('cause_key', '=', step.cause), ('state', '=', 'resolved')], order='resolved_at desc', limit=1)
        if other and other.resolved_at + timedelta(minutes=other._settings().itc_alert_settle_min) >= clock.now(self.env):
            other._reopen()
        else:
            other = self._open(step, problems, facts)
        self._keep(other, step, problems, facts, lines.browse())
        if one.cause_key in problems:
            one._merge(other, lines)
        else:
            one._resolve(lines)

    @api.model
    def _hidden(self, cause, facts):
        """Return what the last planned downtime hid of an alert that opens after it, False for nothing."""
        asset, now = self.env['it.asset'].browse(cause.asset), clock.exact(self.env)
        spans = self.env['it.downtime']._spans(asset, cause.began, now).get(asset.id, ())
        if not spans:
            return False
        start = min(begin for begin, _end, _downtime in spans)
        ended = max(end for _begin, end, _downtime in spans)
        key_checks = self.env['it.check'].browse([facts.checks[cause.key]]) if cause.key in facts.checks else self.env['it.check'].search(
            [('host_id', '=', asset.id)])
        key_checks = self.env['it.alert']._sayable(key_checks, asset.company_id)
        hosts = asset.browse() if cause.key in facts.checks else self.env['it.alert']._sayable(
            asset | asset.impact_ids if cause.is_presumed else asset, asset.company_id)
        found = self.env['it.alert']._hidden_since(min(start, cause.began) - timedelta(seconds=1), min(ended, now), key_checks, hosts)
        return '\n'.join([self.env['it.alert']._downtime_words(min(ended, now)), *found])

    @api.model
    def _severity(self, step, problems):
        return alert.severity(problems[key].state for key in step.members if key in problems)

    @api.model
    def _keep(self, one, step, problems, facts, lines):
        """Let an alert say what is bad because of its cause now, how severe that is, and whether it flaps."""
        self._keep_lines(one, step, problems, facts, lines)
        values = self._changed_values(one, step, problems, facts)
        if not values:
            return
        if values.get('is_covered') is False and one.state == 'open':
            # the ladder stood still meanwhile: nobody skips a step because nobody was to be told
            values['next_call_at'] = values['ladder_from'] = clock.now(self.env)
        one._transition(values | ({'has_flapped': True} if values.get('is_flapping') else {}))
        if values.get('severity') == 'critical':
            one._note_worse()
        if values.get('is_flapping'):
            one._note_flapping()

    @api.model
    def _changed_values(self, one, step, problems, facts):
        """Return what is another now of how bad an alert is, by field."""
        severity, is_flapping = self._severity(step, problems), bool(set(step.members) & facts.flapping)
        if is_flapping and one.severity == 'critical':
            severity = 'critical'  # it is ok every other minute
        values = {'severity': severity, 'is_flapping': is_flapping, 'is_covered': problems[step.cause].is_covered}
        return {name: value for name, value in values.items() if one[name] != value}

    @api.model
    def _part(self, step, problem):
        return 'cause' if problem.key == step.cause else 'suppressed' if problem.is_covered else 'joined'

    @api.model
    def _keep_lines(self, one, step, problems, facts, lines):
        now, known = clock.now(self.env), {line.key: line for line in lines}
        members = {key: problems[key] for key in step.members if key in problems}
        gone = lines.filtered(lambda line: line.key not in members)
        if gone:
            gone._transition({'until': now})
        new = []
        for key, problem in members.items():
            part = self._part(step, problem)
            if key not in known:
                asset = self.env['it.asset'].browse(problem.asset)
                new.append({
                    'alert_id': one.id, 'key': key, 'check_id': facts.checks.get(key, False), 'asset_id': problem.asset,
                    'company_id': asset.company_id.id, 'part': part, 'state': problem.state, 'since': min(problem.began, now)})
            elif (known[key].part, known[key].state) != (part, problem.state):
                known[key]._transition({'part': part, 'state': problem.state})
        if new:
            line_model, before = self.env['it.alert.line'], one._companies()
            with line_model._past_guard():
                line_model.create(new)
            one.invalidate_recordset(['line_ids', 'open_line_count'])
            one._note_joined(one._companies() - before)

    # === THE CLOCK === #

    @api.model
    def _end_silences(self):
        """End every acknowledgement and snooze whose time is over: people are told again, with what it hid.

        One whose alert has ended lists it, too. After Odoo was away that waits until hosts have had the time to hand in what they saw.
        """
        over = self.env['it.alert'].search([('silenced_at', '!=', False), ('silenced_until', '<=', clock.now(self.env))])
        silent = over.filtered('is_open')
        if silent:
            silent._end_silence()
        if over - silent and self.env['it.alert.call']._has_watched_long():
            (over - silent)._list_silence()

    @api.model
    def _drop_stale_activities(self):
        """Take away the calls that were planned in the moment in which their alert ended or was silenced.

        What people planned stays, and so does what was told in the silence: that it got worse.
        """
        self.env.cr.execute("""
            SELECT activity.id FROM mail_activity AS activity JOIN it_alert AS alert ON alert.id = activity.res_id
             WHERE activity.res_model = 'it.alert' AND activity.active
               AND (alert.state IN ('resolved', 'merged') OR alert.state != 'open' AND COALESCE(alert.last_call_at <= alert.silenced_at, TRUE))
               AND activity.activity_type_id = %s AND activity.create_uid = %s
        """, [self.env.ref(TODO).id, SUPERUSER_ID])
        self.env['mail.activity'].sudo().browse([row[0] for row in self.env.cr.fetchall()]).unlink()
