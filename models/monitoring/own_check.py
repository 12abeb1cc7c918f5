import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...lib import own_state
from ..mixins import clock
from .sample_store import OwnCycle

_logger = logging.getLogger(__name__)

KIND = 'own'
EPOCH = 'a' * 32  # of the stream into which only the job of this model writes
CODES = {'ok': 0, 'warning': 1, 'critical': 2, 'unknown': 3}
READERS = ('it_continuity.it_continuity_group_technician', 'it_continuity.it_continuity_group_auditor')
# On these all watching stands; who asks from outside hears when one has stopped.
VITAL = ('it_continuity.ir_cron_judge', 'it_continuity.ir_cron_own_checks')
# When this Odoo was away, its jobs and its mail catch up in so many seconds.
CATCH_UP_S = 180
FAILED_MAIL_DAYS = 7
MAX_COUNTED = 1000


class ItOwnCheck(models.AbstractModel):
    """What this Odoo finds of itself: its jobs, its mail, its hosts, its tables, its log of evidence, its identity.

    The page looks when it is opened, so that it does not depend on a job that may be dead. A job looks each minute and stores results of
    checks of the host that is this Odoo, so that they have a history and can be acted on like any other's.
    """
    _name = 'it.own.check'
    _description = "Check of This Odoo Itself"

    # === FOR THE PAGE === #

    @api.model
    def get_page(self):
        """Look at this Odoo for the current company, now.

        :raises AccessError: the person is neither technician, manager nor auditor
        :return: dict with ``company`` and ``lines``, see ``_look``
        """
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(self.env._("Only technicians, managers and auditors see how this Odoo is."))
        return {'company': self.env.company.name, 'lines': [self._shown(line) for line in self._look(self.env.company)]}

    @api.model
    def _shown(self, line):
        return {name: line[name] for name in ('key', 'title', 'state', 'found', 'todo', 'why', 'button', 'action')}

    # === CRON === #

    @api.model
    def _cron_look(self):
        """Store what is found, for each company that has hosts or heartbeats: there is something there to be watched."""
        if self._is_catching_up():
            return
        agents = self.env['it.agent'].search([('company_id', '!=', False)])
        for company in agents.company_id:
            self._store(company)
            self.env['ir.cron']._commit_progress(1)

    @api.model
    def _is_catching_up(self):
        """Tell whether this Odoo, with this job, was away until a moment ago: what is late now may be what waited for it, and calls nobody."""
        silence = self.env['it.silence']
        now, since = clock.exact(self.env), silence._watching_since()
        return silence._was_away('it_continuity.ir_cron_own_checks') or bool(since) and since > now - timedelta(seconds=CATCH_UP_S)

    @api.model
    def _store(self, company):
        """Store one cycle of results, a check each, of what is found for a company."""
        lines, server = self._look(company), self.env['it.agent']._server(company)
        checks = {check.settings['look']: check for check in server.with_context(active_test=False).check_ids if check.kind == KIND}
        missing = [line for line in lines if line['key'] not in checks]
        if missing:
            server._offer_kind(KIND, self._kind_values())
            made = self.env['it.check'].create([{
                'agent_id': server.id, 'kind': KIND, 'name': line['title'], 'settings': {'look': line['key']}, 'every_s': 60,
                'max_attempts': 2} for line in missing])
            checks |= {check.settings['look']: check for check in made}
        watched = [line for line in lines if checks[line['key']].active]
        valued = [(place, '', *line['figure']) for place, line in enumerate(watched) if line['figure']]
        if watched:
            self.env['it.sample.store']._store_own(server.id, EPOCH, [OwnCycle(
                clock.exact(self.env), tuple(checks[line['key']].id for line in watched), tuple(CODES[line['state']] for line in watched),
                tuple(line['found'] for line in watched), tuple((place, item, metric, unit) for place, item, _value, metric, unit in valued),
                tuple(value for _place, _item, value, _metric, _unit in valued))])

    @api.model
    def _kind_values(self):
        return {
            'title': self.env._("This Odoo itself"), 'every_s': 60, 'metrics': [], 'limits': [],
            'help': self.env._("What this Odoo finds of itself; see Monitoring → This Odoo."),
            'settings': [{
                'name': 'look', 'type': 'str', 'default': None, 'required': True, 'help': self.env._("Short name of what is looked at.")}]}

    # === WHAT IS LOOKED AT === #

    @api.model
    def _get_own_checks(self):
        """Return the short names of what is looked at, in the order of the page. ``_own_<name>(company)`` looks.

        A room above that adds one extends this, adds the method, and returns there what ``_found`` makes. Whatever that method raises
        becomes “could not look”, which is unknown.
        """
        return ['jobs', 'mail', 'hosts', 'tables', 'log', 'place']

    @api.model
    def _look(self, company):
        """Look at everything and return a dict each: ``key, title, state, found, todo, why, figure, button, action``; never raises."""
        return [self._look_at(name, company) for name in self._get_own_checks()]

    @api.model
    def _look_at(self, name, company):
        try:
            with self.env.cr.savepoint():
                # Figures of the whole installation, and of the company in question: who asks was checked, and need not be able to read more.
                return {'key': name, **getattr(self.sudo(), f'_own_{name}')(company)}
        except psycopg2.OperationalError:
            raise  # another transaction's doing, not the look's: it is begun anew
        except Exception:
            self.env.invalidate_all()
            _logger.exception("Could not look at %s of this Odoo", name)
            return {'key': name, **self._found(
                self.env._("Look at “%(name)s”", name=name), 'unknown', self.env._("Could not look: the server's log says why."),
                todo=self.env._("Ask whoever runs this Odoo to read its log."))}

    @api.model
    def _found(self, title, state, found, todo='', why='', figure=None, button='', action=False):
        """Return what was found as the page shows it.

        :param found: a sentence with the figure; ``todo`` what to do about it, shown unless all is well
        :param figure: ``(value, metric, unit)`` for the history, None of none
        :param action: XML id of the action behind ``button``
        """
        return {
            'title': title, 'state': state, 'found': found, 'todo': todo if state != 'ok' else '', 'why': why, 'figure': figure,
            'button': button, 'action': action}

    @api.model
    def _own_jobs(self, company):
        """Each job of ours: late beyond three of its intervals, failing, or switched off."""
        jobs = self._jobs()
        bad = [job for job in jobs if job.is_late or job.failures or not job.is_active]
        words = [self._job_words(job) for job in bad]
        return self._found(
            self.env._("Jobs of IT Continuity"), own_state.jobs(jobs),
            " ".join(words) if words else self.env._("All %(count)s run on time.", count=len(jobs)) if jobs else self.env._("No job was found."),
            todo=self.env._("Settings → Technical → Scheduled Actions, as an administrator: switch it on, or read the server's log for why it "
                            "fails. If all are late, Odoo runs without its job processes: max_cron_threads has to be above 0."),
            why=self.env._("They judge results, plan runs, send reminders and seal evidence. When one stands still, nothing else says so."),
            figure=(len(bad), 'jobs_bad', ''))

    @api.model
    def _job_words(self, job):
        if not job.is_active:
            return self.env._("“%(name)s” is switched off.", name=job.name)
        if job.is_late:
            return self.env._("“%(name)s” has not run for %(age)s.", name=job.name, age=self._age(job.idle_s))
        if job.failures == 1:
            return self.env._("“%(name)s” failed when it ran last.", name=job.name)
        return self.env._("“%(name)s” failed %(count)s times in a row.", name=job.name, count=job.failures)

    @api.model
    def _jobs(self, xmlids=None):
        """Return our jobs, or those named, as :class:`lib.own_state.Job`."""
        if xmlids:
            crons = self.env['ir.cron'].browse([self.env['ir.model.data']._xmlid_to_res_id(one) for one in xmlids]).exists()
        else:
            ids = self.env['ir.model.data'].search([('module', '=', 'it_continuity'), ('model', '=', 'ir.cron')]).mapped('res_id')
            crons = self.env['ir.cron'].with_context(active_test=False).search([('id', 'in', ids)])
        now, found = clock.exact(self.env), []
        for cron in crons:
            interval = cron.interval_number * _interval(cron.interval_type)
            since = max(filter(None, (cron.lastcall, cron.nextcall - interval)))
            found.append(own_state.Job(
                cron.cron_name or cron.name, interval.total_seconds(), (now - since).total_seconds(), cron.failure_count, cron.active))
        return found

    @api.model
    def _get_vital_jobs(self):
        """Return the XML ids of the jobs on which all watching stands. A room above adds its own."""
        return VITAL

    @api.model
    def _count_stopped(self):
        """Return how many of the jobs on which all watching stands do not run; one that is not there does not run either."""
        vital = self._get_vital_jobs()
        found = self._jobs(vital)
        return len(vital) - len(found) + sum(1 for job in found if job.is_late or not job.is_active)

    @api.model
    def _own_mail(self, company):
        """The mail queue of the whole installation: what waits, and what failed of late."""
        now = clock.exact(self.env)
        [[waiting, oldest, failed]] = self.env.execute_query(SQL("""
            SELECT count(*) FILTER (WHERE state = 'outgoing'), min(create_date) FILTER (WHERE state = 'outgoing'),
                   count(*) FILTER (WHERE state = 'exception' AND create_date >= %s)
              FROM mail_mail WHERE state IN ('outgoing', 'exception') AND (scheduled_date IS NULL OR scheduled_date <= %s)
        """, now - timedelta(days=FAILED_MAIL_DAYS), now))
        oldest_s = (now - oldest).total_seconds() if oldest else 0
        found = self.env._("%(count)s wait, the oldest for %(age)s.", count=waiting, age=self._age(oldest_s)) if waiting else self.env._("None waits.")
        if failed:
            found += " " + self.env._("%(count)s could not be sent in the last %(most)s days.", count=failed, most=FAILED_MAIL_DAYS)
        return self._found(
            self.env._("Mail going out"), own_state.mail(oldest_s, failed), found,
            todo=self.env._("Settings → Technical → Emails, as an administrator: open one that failed and read why; try the outgoing mail server."),
            why=self.env._("Reminders and alarms go by mail: while it is stuck, people wait for words that do not come."),
            figure=(oldest_s, 'oldest_s', 's'))

    @api.model
    def _own_hosts(self, company):
        """The company's hosts that may report and are silent."""
        active = self.env['it.agent'].search([('state', '=', 'active'), ('is_server', '=', False), ('company_id', 'in', (False, company.id))])
        silent = active.filtered('is_silent')
        return self._found(
            self.env._("Hosts that report"), own_state.hosts(len(silent), len(active)),
            self.env._("Silent: %(names)s.", names=", ".join(silent.mapped('name'))) if silent
            else self.env._("%(count)s report, none is silent.", count=len(active)) if active else self.env._("No host may report yet."),
            todo=self.env._("Open the host: it says what to look at. If all are silent, look at the network and at this Odoo's address first."),
            why=self.env._("Nobody knows how a silent host is."), figure=(len(silent), 'hosts_silent', ''),
            button=self.env._("Open the hosts"), action='it_continuity.it_agent_action')

    @api.model
    def _own_tables(self, company):
        """Results that lie in no week's table: the job that makes the tables did not run, or results came when their week was gone."""
        [[count]] = self.env.execute_query(SQL(
            "SELECT count(*) FROM (SELECT FROM it_sample_cycle_default LIMIT %s) AS found", MAX_COUNTED + 1))
        return self._found(
            self.env._("Tables of results"), 'warning' if count else 'ok',
            self.env._("Nothing lies outside the weekly tables.") if not count
            else self.env._("More than %(count)s reports lie outside the weekly tables.", count=MAX_COUNTED) if count > MAX_COUNTED
            else self.env._("Outside the weekly tables lie %(count)s reports.", count=count),
            todo=self.env._("The job “make and drop the tables of samples” puts them in order each day: look whether it runs. If they come back, a "
                            "host sends what is very old, or its clock is wrong."),
            why=self.env._("What lies there is kept, but it makes reading slow."), figure=(count, 'reports_astray', ''))

    @api.model
    def _own_log(self, company):
        """Whether the company's log of evidence is sealed, and its newest seal was handed to a host that writes it down."""
        now = clock.exact(self.env)
        [[waiting_at]] = self.env.execute_query(SQL(
            "SELECT min(at) FROM it_seal_event WHERE company_id = %s AND hash IS NULL", company.id))
        [[seen_at, hosts]] = self.env.execute_query(SQL("""
            SELECT max(stream.last_seen), count(DISTINCT agent.id) FROM it_agent AS agent LEFT JOIN it_agent_stream AS stream ON stream.agent_id = agent.id
             WHERE agent.active AND agent.state = 'active' AND agent.is_server IS NOT TRUE AND COALESCE(agent.company_id, %s) = %s
        """, company.id, company.id))
        [[count, unseen_at]] = self.env.execute_query(SQL("""
            SELECT count(*), min(at) FROM (
                SELECT at FROM it_seal_event WHERE company_id = %s AND hash IS NOT NULL AND (%s::timestamp IS NULL OR at > %s) ORDER BY seq DESC LIMIT %s
            ) AS newest
        """, company.id, seen_at or None, seen_at or None, MAX_COUNTED))
        waiting_s = (now - waiting_at).total_seconds() if waiting_at else 0
        state = own_state.evidence(waiting_s, (now - unseen_at).total_seconds() if unseen_at else None, bool(hosts))
        return self._found(
            self.env._("Log of evidence"), state, self._log_words(state, waiting_s, count, seen_at, hosts),
            todo=self.env._("Let a host report: each report brings it the newest seal, which it writes to a file of its own. If events wait to be "
                            "sealed, look at the jobs above."),
            why=self.env._("A seal that only this Odoo knows proves nothing against who can rewrite its database."),
            figure=(count, 'events_unwitnessed', ''))

    @api.model
    def _log_words(self, state, waiting_s, count, seen_at, hosts):
        if waiting_s > own_state.SEAL_CRITICAL_S:
            return self.env._("Events have waited to be sealed for %(age)s.", age=self._age(waiting_s))
        if not count:
            return self.env._("Every seal was handed to a host.") if hosts else self.env._("Nothing was sealed yet.")
        if not hosts:
            return (self.env._("No host is there to witness one sealed event.") if count == 1
                    else self.env._("No host is there to witness %(count)s sealed events.", count=count))
        if not seen_at:
            return (self.env._("No host has reported yet, so nobody outside has seen one sealed event.") if count == 1
                    else self.env._("No host has reported yet, so nobody outside has seen %(count)s sealed events.", count=count))
        age = self._age((clock.exact(self.env) - seen_at).total_seconds())
        if count == 1:
            return self.env._("One sealed event was witnessed by no host: the last report came %(age)s ago.", age=age)
        return self.env._("%(count)s sealed events were witnessed by no host: the last report came %(age)s ago.", count=count, age=age)

    @api.model
    def _own_place(self, company):
        """Whether this database is where it belongs: a copy hears pings that are meant for the original when their address leads to it."""
        database = self.env['it.database']
        state = 'unknown' if not database._db_id() else 'critical' if database._is_moved() else 'ok'
        words = {
            'unknown': self.env._("This is a neutralized copy: it takes neither reports nor pings."),
            'critical': self.env._("This database was copied, restored or renamed, and nobody has said yet that it is the original."),
            'ok': self.env._("It is where it was set up."),
        }
        return self._found(
            self.env._("Place of this database"), state, words[state],
            todo=self.env._("If it takes the original's place, press “It is the original” on a heartbeat. If the original still runs, press “Make "
                            "this database its own” in the Action menu of Monitoring → Hosts: then no host and no job speaks to it any more."),
            why=self.env._("A copy that an address leads to by mistake takes the words that the original waits for."),
            button=self.env._("Open the heartbeats"), action='it_continuity.it_heartbeat_action')

    @api.model
    def _age(self, seconds):
        """Return an age in words."""
        minutes = round(max(seconds, 0) / 60)
        if minutes == 1:
            return self.env._("1 minute")
        if minutes < 120:
            return self.env._("%(count)s minutes", count=minutes)
        if minutes < 2880:
            return self.env._("%(count)s hours", count=minutes // 60)
        return self.env._("%(count)s days", count=minutes // 1440)


def _interval(kind):
    """Return one interval of a job as Odoo names it; a month as 31 days, for nothing is late that may still come."""
    return {'minutes': timedelta(minutes=1), 'hours': timedelta(hours=1), 'days': timedelta(days=1), 'weeks': timedelta(weeks=1)}.get(
        kind, timedelta(days=31))
