from datetime import timedelta

from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL

from ..mixins.time_words import moment_text
from ..monitoring.agent import SILENT_AFTER_S

MOST_HIDDEN = 20
MOST_PARTS = 8


class ItAlertWords(models.AbstractModel):
    """What is said of an alert: its name, its messages, and the lines in its chatter. Words of hosts stay text everywhere."""
    _name = 'it.alert.words'
    _description = "Words about Alerts"

    # === NAMES === #

    @api.model
    def _cause_name(self, cause, check, asset):
        """Return what is wrong, in a few words.

        :param cause: :class:`lib.alert.Problem`
        """
        if cause.is_presumed:
            return self.env._("%(asset)s: the hosts behind it are silent", asset=asset.name)
        if not check:
            return self.env._("%(host)s is silent", host=asset.name)
        if asset == check.host_id:
            return self.env._("%(check)s on %(host)s", check=check.name, host=asset.name)
        return self.env._("%(check)s of %(asset)s", check=check.name, asset=asset.name)

    def _state_word(self, selection, name):
        return dict(self._fields[selection]._description_selection(self.env))[name]

    # === MESSAGES === #

    def _title(self, step):
        """Return one line for the messages of this one alert. :param step: a step of the ladder, ``worse``, ``flapping`` or ``over``"""
        if self.is_flapping and step in ('first', 'joined'):
            step = 'flapping'
        words = {
            'worse': self.env._("Worse: %(name)s", name=self.name),
            'flapping': self.env._("Flapping: %(name)s", name=self.name),
            'over': self.env._("Over: %(name)s", name=self.name),
            'nag': self.env._("Still open: %(name)s", name=self.name),
        }
        return words.get(step) or f"{self._state_word('severity', self.severity)}: {self.name}"

    def _text(self, step, companies):
        """Return the message of this one alert as plain text, in the language and time zone of the environment.

        :param companies: those of the reader; of other companies nothing is named
        """
        lines = [self.env._("Alert %(number)s, since %(at)s.", number=self.number, at=self._at(self.began_at))]
        if step == 'over':
            lines.append(self.env._("It is over since %(at)s.", at=self._at(self.resolved_at)))
            return '\n'.join(lines)
        if self.is_flapping:
            lines.append(self.env._("It comes and goes. You hear of it again when it stays bad or well."))
        if self.summary:
            lines.append(self.env._("What the check said last: %(summary)s", summary=self.summary))
        parts = self.sudo().line_ids.filtered(  # sudo: the reader's companies are asked for here; a check may be of a host of another one
            lambda line: not line.until and line.part != 'cause' and not (line.company_id | line.check_id.company_id) - companies)
        if parts:
            lines.append(self.env._("Belongs to it: %(parts)s", parts=self._few(parts, self._part_name)))
        affected = self.sudo().affected_ids.filtered(lambda asset: not asset.company_id - companies)
        if affected:
            lines.append(self.env._("Stops with it: %(assets)s", assets=self._few(affected, lambda asset: asset.name)))
        if self.hidden_text:
            lines += [self.env._("What the downtime hid:"), self.hidden_text]
        if step in ('manager', 'ways', 'nag'):
            lines.append(self.env._("%(name)s has it, and has not acknowledged it.", name=self.owner_id.name) if self.owner_id
                         else self.env._("Nobody has taken it yet."))
        if self.runbook:
            lines += [self.env._("What to do:"), self.runbook]
        return '\n'.join(lines)

    def _digest_title(self, step):
        return self.env._("%s alerts are over", len(self)) if step == 'over' else self.env._("%s alerts", len(self))

    def _digest_text(self, step):
        """Return these alerts as plain text, one a line."""
        step = step if step in ('worse', 'flapping', 'over') else 'first'
        return '\n'.join(f"{alert.number} {alert._title(step)}" for alert in self)

    def _part_name(self, line):
        """Return in a few words what is bad because of this one alert's cause."""
        return self._check_name(line.check_id) if line.check_id else line.asset_id.name

    def _check_name(self, check):
        """Return the name of a check, with its host unless that is what this one alert is about."""
        if check.host_id == self.asset_id:
            return check.name
        return self.env._("%(check)s on %(host)s", check=check.name, host=check.host_id.name)

    def _few(self, records, name_of):
        """Return the names of records, those that are too many as a number."""
        names = [name_of(record) for record in records[:MOST_PARTS]]
        return ", ".join([*names, self.env._("%s more", len(records) - MOST_PARTS)] if len(records) > MOST_PARTS else names)

    def _at(self, moment):
        return moment_text(self.env, moment, self.company_id.itc_tz)

    # === CHATTER === #

    @api.model
    def _sayable(self, records, company):
        """Return of some records those whose names whoever reads what belongs to a company may know.

        :param company: `res.company`; empty for what every company shares: then nothing of a single one is named, unless it is the only one
        """
        if not records.company_id - company or self.env['res.company'].sudo().search_count([], limit=2) == 1:
            return records
        return records.filtered(lambda record: not record.company_id - company)

    def _say(self, text, lines=()):
        """Note one sentence in the chatter of these alerts, with a list below it; all of it is text."""
        for alert in self:
            alert._message_log(body=self._list_words(text, lines))

    @api.model
    def _list_words(self, text, lines=()):
        """Return a sentence and a list below it as HTML; all of it is text."""
        items = Markup('').join(Markup('<li>%s</li>') % line for line in lines)
        return Markup('<p>%s</p>') % text + (Markup('<ul>%s</ul>') % items if items else Markup(''))

    def _opening_words(self):
        return self.env._("Opened: %(name)s. It has been so since %(at)s.", name=self.name, at=self._at(self.began_at))

    def _resolved_words(self):
        agents = self.check_id.agent_id if self.check_id else self.asset_id.agent_ids
        if self.check_id and not self.check_id.active or agents and not agents.filtered(lambda agent: agent.active and agent.state == 'active'):
            return self.env._("Closed: nobody looks at it any more.")
        return self.env._("Over: it is well again.")

    @api.model
    def _downtime_words(self, until):
        return self.env._("Until %(at)s a planned downtime hid it.", at=self._at(until))

    def _log_silence(self, state, reason, until):
        words = self.env._("Acknowledged until %(at)s: %(reason)s") if state == 'acknowledged' else self.env._("Put off until %(at)s: %(reason)s")
        self._say(words % {'at': self._at(until), 'reason': reason})

    def _log_silence_end(self, user, hidden, why=None):
        """Note that a silence is over, by whom or why, and what nobody was told meanwhile."""
        if why:
            text = why
        elif user:
            text = self.env._("%(name)s ended the silence that was to last until %(at)s.", name=user.name, at=self._at(self.silenced_until))
        else:
            text = self.env._("The silence is over: %(reason)s", reason=self.silence_reason)
        if hidden and not self.is_open:
            tail = self.env._("What changed meanwhile:")  # that it was over may have been told
        elif hidden:
            tail = self.env._("Nobody was told meanwhile:")
        elif self._has_watched_since(self.silenced_at):
            tail = self.env._("Nothing changed meanwhile.")
        else:
            tail = self.env._("Nothing is known to have changed meanwhile, but this Odoo was not always there to see it.")
        self._say(f"{text} {tail}", hidden)

    @api.model
    def _has_watched_since(self, start):
        """Tell whether results have been judged without a break since a moment."""
        since = self.env['it.alert.watch']._watching_since()
        return not since or since <= start

    def _hidden_since(self, start, end, checks=None, hosts=None):
        """Return what happened to the checks and hosts of this one alert between two moments, one sentence each, at most so many.

        :param checks: `it.check`, those of the alert by default
        :param hosts: `it.asset`, likewise
        """
        if checks is None:
            # sudo: who ends a silence may be of another company than the host of a check; of those nothing is named
            lines_sudo = self.sudo().line_ids
            checks = self._sayable(lines_sudo.check_id, self.company_id)
            hosts = self._sayable(lines_sudo.filtered(lambda line: not line.check_id).asset_id, self.company_id)
        if not start or not (checks or hosts):
            return []
        rows = self._changes_between(start, end, checks, hosts)
        states = dict(checks._fields['hard_state']._description_selection(self.env))
        found = []
        for kind, record, at, before, after, _count in reversed(rows):
            if kind == 'check':
                found.append(self.env._(
                    "%(at)s %(check)s: from %(before)s to %(after)s", at=self._at(at), check=self._check_name(checks.browse(record)),
                    before=states[before], after=states[after]))
            else:
                host = hosts.browse(record).name
                found.append(
                    self.env._("%(at)s %(host)s: it fell silent", at=self._at(at), host=host) if after == 'silent'
                    else self.env._("%(at)s %(host)s: it was heard again", at=self._at(at), host=host))
        if rows and rows[0][-1] > len(rows):
            found.insert(0, self.env._("%s changes before these", rows[0][-1] - len(rows)))
        return found

    @api.model
    def _changes_between(self, start, end, checks, hosts):
        """Return (``check`` or ``host``, its id, when, before, after, how many there are in all), the last ones first.

        A host falls silent when that is noticed, and is shown with its last word.
        """
        self.env['it.outage'].flush_model()
        noticed = timedelta(seconds=SILENT_AFTER_S)
        return self.env.execute_query(SQL("""
            WITH silence AS (
                SELECT outage.id, agent.asset_id, outage.start_at, outage.end_at
                  FROM it_outage AS outage JOIN it_agent AS agent ON agent.id = outage.agent_id
                 WHERE agent.asset_id = ANY(%(hosts)s) AND outage.source = 'agent' AND outage.kind != 'unclean_stop'
            ), happened AS (
                SELECT 'check' AS kind, check_id AS record, id, at, before, after
                  FROM it_check_transition WHERE check_id = ANY(%(checks)s) AND at > %(start)s AND at <= %(end)s
                UNION ALL
                SELECT 'host', asset_id, id, start_at, NULL, 'silent' FROM silence WHERE start_at > %(start)s - %(noticed)s AND start_at <= %(end)s - %(noticed)s
                UNION ALL
                SELECT 'host', asset_id, id, end_at, 'silent', NULL FROM silence WHERE end_at > %(start)s AND end_at <= %(end)s
            )
            SELECT kind, record, at, before, after, count(*) OVER () FROM happened ORDER BY at DESC, kind, id DESC LIMIT %(most)s
        """, checks=checks.ids, hosts=hosts.ids if hosts else [], start=start, end=end, noticed=noticed, most=MOST_HIDDEN))

    # === TICKETS === #

    def _ticket_description(self, company):
        # nothing that a host says becomes a link
        return Markup('<p>%s</p>') % Markup('<br/>').join(self._text('first', company).split('\n'))

    def _ticket_words(self, ticket, joins):
        text = self.env._("Joined the open ticket %s.") if joins else self.env._("Made the ticket %s.")
        return Markup('<p>%s</p>') % (text % ticket.name)

    def _standing_words(self):
        """Return in a sentence what this one alert is to its ticket now, for those who may read the alert."""
        into_sudo = self.sudo().merged_into_id  # sudo: only the numbers of it and of its ticket; they may be another company's
        if into_sudo and into_sudo.ticket_id and into_sudo.ticket_id.id != self.ticket_id.id:
            return self.env._(
                "%(number)s is part of %(into)s now, which belongs to the ticket %(ticket)s.",
                number=self.number, into=into_sudo.number, ticket=into_sudo.ticket_id.name)
        if into_sudo:
            return self.env._("%(number)s is part of %(into)s now.", number=self.number, into=into_sudo.number)
        if self.state == 'resolved':
            return self.env._(
                "%(number)s is over since %(at)s: %(name)s. The ticket stays open until it is solved.",
                number=self.number, name=self.name, at=self._at(self.resolved_at))
        return self.env._("%(number)s is there since %(at)s: %(name)s.", number=self.number, name=self.name, at=self._at(self.began_at))
