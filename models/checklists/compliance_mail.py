import logging
from dataclasses import asdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date

from ...lib import local_time
from ..mixins import clock
from .reminder import HEADERS

_logger = logging.getLogger(__name__)

# Not on the first day: what was due on the last evening of the month may still be in its grace.
FIRST_SEND_DAY = 2


class ItComplianceMail(models.Model):
    """The report of one month of one company, as its managers got it: once, whatever is restarted and however often it is asked."""
    _name = 'it.compliance.mail'
    _description = "Mailed Compliance Report"
    _order = 'first_day desc, id desc'
    _allow_sudo_commands = False

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='cascade')
    first_day = fields.Date("Month", required=True, readonly=True)
    state = fields.Selection(
        [('sent', "Sent"), ('nobody', "Nobody to send to"), ('failed', "Failed")], string="Status", required=True, readonly=True)
    sent_at = fields.Datetime("Sent at", readonly=True)
    user_ids = fields.Many2many('res.users', string="Sent to", readonly=True)
    note = fields.Char(readonly=True, help="Why it could not be sent; it is tried again each hour.")
    figures = fields.Json(
        readonly=True, help="What the mail said: runs by outcome and shares in percent, as lib.compliance counts them, and what there was besides runs.")

    _once_a_month = models.Constraint('UNIQUE(company_id, first_day)', "This month was mailed already.")

    # === COMPUTE METHODS === #

    @api.depends('first_day', 'company_id')
    def _compute_display_name(self):
        for mail in self:
            mail.display_name = f"{mail._month_text()} · {mail.company_id.name}"

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Mail last month's report of each company that did not have it yet.

        A company whose report fails is noted with its reason and tried again; the others get theirs.
        """
        companies = self.env['res.company'].search([], order='id').filtered(self._is_time)  # every company  # pylint: disable=no-search-all
        for number, company in enumerate(companies, start=1):
            first_day = self._last_month(company)
            try:
                with self.env.cr.savepoint():
                    self._send_month(company, first_day)
            except Exception as error:  # noqa: BLE001  whatever it is, the other companies' mails are due too
                self._note(company, first_day, 'failed', str(error) or type(error).__name__)
            if not self.env['ir.cron']._commit_progress(1, remaining=len(companies) - number):
                break

    # === BUSINESS METHODS === #

    @api.model
    def _is_time(self, company):
        now = clock.now(self.env)
        today = local_time.local_date(now, company.itc_tz)
        return now >= local_time.to_utc(today.replace(day=FIRST_SEND_DAY), company.itc_reminder_time, company.itc_tz)

    @api.model
    def _last_month(self, company):
        return clock.today(self.env, company).replace(day=1) - relativedelta(months=1)

    @api.model
    def _send_month(self, company, first_day):
        """Queue the mails of one month and record that, in one transaction; a month that was sent or held nothing at all sends nothing."""
        if self.search_count([('company_id', '=', company.id), ('first_day', '=', first_day), ('state', '=', 'sent')], limit=1):
            return
        figures = self._figures(company, first_day)
        if not figures:
            return
        managers = self._managers(company)
        if not managers:
            self._note(company, first_day, 'nobody', self.env._("No manager who may enter %(company)s has an e-mail address.", company=company.name))
            return
        record = self._record(company, first_day, {
            'state': 'sent', 'sent_at': clock.now(self.env), 'user_ids': [Command.set(managers.ids)], 'note': False, 'figures': figures})
        for lang, users in managers.grouped('lang').items():
            record._send_to(users, lang)

    @api.model
    def _figures(self, company, first_day):
        """Return the month's counts and shares by name, and what there was besides runs; None when there is nothing to tell."""
        report = self.env['report.it_continuity.compliance_monthly'].with_company(company)
        total = report._figures(company, first_day)['total']
        counts = {name: count for name, count in total.items() if name not in ('key', 'shares')} | report._besides(company, first_day)
        return {**counts, **asdict(total['shares'])} if any(counts.values()) else None

    @api.model
    def _managers(self, company):
        """Return who gets a company's report: managers of IT Continuity who may enter it and can be written to."""
        return company._itc_people().filtered('email').sorted('id')

    def _send_to(self, users, lang):
        """Queue one mail to each of these readers of one language, the report in it attached."""
        self.ensure_one()
        localized = self.with_context(lang=lang)
        pdf = self.env['it.evidence.pack'].with_context(lang=lang)._pdf(self.company_id, self.first_day)
        attachment = self.env['ir.attachment'].create({
            'name': self.env._("Compliance %(month)s.pdf", month=localized._month_text()), 'raw': pdf, 'mimetype': 'application/pdf',
            'res_model': self._name, 'res_id': self.id})
        template = self.env.ref('it_continuity.mail_template_compliance_monthly')
        for user in users:
            template.with_context(itc_lang=lang, itc_name=user.name).send_mail(self.id, email_values={
                'recipient_ids': [Command.set(user.partner_id.ids)], 'attachment_ids': [Command.set(attachment.ids)],
                'headers': repr(HEADERS)})

    def _month_text(self):
        return format_date(self.env, self.first_day, date_format='LLLL yyyy')

    @api.model
    def _note(self, company, first_day, state, text):
        """Record why a month was not sent; the log hears of it once, not with each try."""
        known = self.search([('company_id', '=', company.id), ('first_day', '=', first_day)])
        if (known.state, known.note) != (state, text):
            _logger.warning("No compliance mail of %s for company %s: %s", first_day, company.id, text)
        self._record(company, first_day, {'state': state, 'note': text})

    @api.model
    def _record(self, company, first_day, values):
        """Return the record of a month with these values, a new one if there is none."""
        record = self.search([('company_id', '=', company.id), ('first_day', '=', first_day)])
        if record:
            record.write(values)
            return record
        return self.create({'company_id': company.id, 'first_day': first_day, **values})
