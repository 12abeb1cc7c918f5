import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ...lib import local_time
from ..mixins import clock

_logger = logging.getLogger(__name__)

ESCALATED_DAYS = 7
# Machines answer machines otherwise, and out-of-office notes come back each morning.
HEADERS = {'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All'}
TEMPLATES = {'due': 'it_continuity.mail_template_reminder_due', 'missed': 'it_continuity.mail_template_reminder_missed'}


class ItReminder(models.Model):
    """Whom the software reminded of what, and when: one mail a person, a day and a kind, whatever the number of runs."""
    _name = 'it.reminder'
    _description = "Reminder"
    _order = 'date desc, id desc'

    user_id = fields.Many2one('res.users', required=True, readonly=True, index=True, ondelete='cascade')
    date = fields.Date(required=True, readonly=True, help="Local day of the company.")
    kind = fields.Selection([('due', "What is due today"), ('missed', "What was missed")], required=True, readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True)
    run_ids = fields.Many2many('it.task.run', string="Runs", readonly=True)

    _once_a_day = models.Constraint('UNIQUE(user_id, date, kind)', "This person was reminded today already.")

    # === CRON === #

    @api.model
    def _cron_remind(self):
        """Write each person's mail of the day where it is past the hour of the person's company; mails and their record are
        one transaction, so that nobody gets a second one. A company whose mails fail is tried again; the others get theirs.
        """
        companies = self.env['res.company'].search([]).filtered(self._is_time)  # every company  # pylint: disable=no-search-all
        failed = None
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    self._remind('due', company, self._due_by_person(company))
                    self._remind('missed', company, self._missed_by_person(company))
            except Exception as error:  # noqa: BLE001  whatever it is, the other companies' mails are due too
                self.env.invalidate_all()
                _logger.warning("No reminders for company %s: %s", company.id, error)
                failed = error
        self.env['ir.cron']._commit_progress(len(companies))
        if failed:
            raise failed

    # === BUSINESS METHODS === #

    @api.model
    def _is_time(self, company):
        now = clock.now(self.env)
        today = local_time.local_date(now, company.itc_tz)
        return now >= local_time.to_utc(today, company.itc_reminder_time, company.itc_tz)

    @api.model
    def _due_by_person(self, company):
        """Return {user: runs}: what the people whose company this is have to do today, wherever the run belongs."""
        today = clock.today(self.env, company)
        runs = self.env['it.task.run'].search([('state', '=', 'pending'), ('date', '<=', today)], order='due_at, id')
        return self._by_person(runs, company, lambda run: (run.responsible_id | run._who_answers()) or run.role_id.user_ids)

    @api.model
    def _missed_by_person(self, company):
        """Return {user: runs}: what was missed in the last days and was not told to that manager yet."""
        since = clock.now(self.env) - timedelta(days=ESCALATED_DAYS)
        runs = self.env['it.task.run'].search([('state', '=', 'missed'), ('closed_at', '>=', since)], order='deadline_at, id')
        managers = self.env['res.company']._itc_people()  # of all companies; each is told of those that they may enter
        told = {(user, run) for user, run in self._read_group(
            [('kind', '=', 'missed'), ('run_ids', 'in', runs.ids)], ['user_id', 'run_ids'])}
        by_person = self._by_person(runs, company, lambda run: run.role_id.manager_ids or managers)
        left = {user: its_runs.filtered(lambda run, user=user: (user, run) not in told) for user, its_runs in by_person.items()}
        return {user: its_runs for user, its_runs in left.items() if its_runs}

    @api.model
    def _by_person(self, runs, company, people):
        """Return {user: runs} for the people of one company; nobody is told of a company that they may not enter."""
        by_person = {}
        for run in runs:
            for user in people(run):
                if user.active and user.company_id == company and run.company_id in user.company_ids:
                    by_person.setdefault(user, []).append(run.id)
        return {user: runs.browse(ids) for user, ids in by_person.items()}

    @api.model
    def _remind(self, kind, company, by_person):
        """Send one mail to each of these people who had none of this kind today."""
        today = clock.today(self.env, company)
        had = self.search([('kind', '=', kind), ('date', '=', today)]).user_id
        reminders = self.create([
            {'user_id': user.id, 'date': today, 'kind': kind, 'company_id': company.id, 'run_ids': [Command.set(runs.ids)]}
            for user, runs in by_person.items() if user not in had and user.email])
        self.env.ref(TEMPLATES[kind]).send_mail_batch(reminders.ids, email_values={'headers': repr(HEADERS)})
