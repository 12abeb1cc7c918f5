from datetime import datetime
from runpy import run_path
from unittest.mock import patch

from psycopg2.extras import Json

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from .test_compliance_pdf import MonthCase


@tagged('post_install', '-at_install')
class TestComplianceMail(MonthCase):
    """November is over: one run on time, one late, one missed, one failed, one not applicable, one overridden."""

    def setUp(self):
        super().setUp()
        self.mails = self.env['it.compliance.mail']
        self.group = self.env.ref('it_continuity.it_continuity_group_manager')
        (self.group.all_user_ids - self.manager).partner_id.email = False
        self.env['it.task.run'].search([('task_id', '!=', self.runs.task_id.id)]).sudo().filtered(
            lambda run: run.state == 'pending').write({'state': 'not_applicable'})
        self.env.company.itc_reminder_time = 8
        self._clock(datetime(2026, 12, 2, 5, 0))    # 08:00 at the company

    def _mails(self):
        """Return the mails that one pass adds."""
        known = self.env['mail.mail'].search([])
        self.mails._cron_send()
        self.env.flush_all()
        return self.env['mail.mail'].search([]) - known

    def _record(self, company=None):
        return self.mails.search([('company_id', '=', (company or self.env.company).id)])

    def _company_with_runs(self):
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'Africa/Addis_Ababa'})
        checklist = self.env['it.checklist'].create({'name': "Elsewhere", 'code': 'elsewhere', 'company_id': company.id})
        task = self.env['it.task'].with_company(company).create({
            'name': "Theirs", 'code': 'theirs', 'checklist_id': checklist.id, 'company_id': company.id, 'schedule_kind': 'on_demand'})
        self.env['it.task.run'].sudo().create({
            'task_id': task.id, 'checklist_id': checklist.id, 'company_id': company.id, 'task_name': task.name, 'occurrence': 'x',
            'date': '2026-11-10', 'open_at': '2026-11-10 04:00', 'due_at': '2026-11-10 09:00', 'deadline_at': '2026-11-10 21:00'})
        return company

    def test_manager_gets_last_month_with_its_figures_and_the_pdf(self):
        [mail] = self._mails()
        self.assertEqual(mail.recipient_ids, self.manager.partner_id)
        figures = self._record().figures
        wizard = self._wizard(checklist_ids=[])
        total = self.env['report.it_continuity.compliance_monthly'].with_env(wizard.env)._get_report_values(wizard.ids)['months'][0]['total']
        self.assertEqual(
            [figures[name] for name in ('due', 'done_pct', 'on_time', 'late', 'missed', 'failed', 'overridden')],
            [total['shares'].due, total['shares'].done_pct, *(total[name] for name in ('on_time', 'late', 'missed', 'failed', 'overridden'))])
        self.assertEqual((figures['missed'], figures['failed'], figures['overridden']), (2, 1, 1))
        self.assertIn(f"{figures['done_pct']} %", mail.body_html)
        for words in ("entered late, not confirmed", "not applicable, not confirmed", f"{figures['planned_pct']} %", "Started by hand"):
            self.assertIn(words, mail.body_html)
        self.assertIn("November 2026", mail.subject)
        self.assertIn("/odoo/it-compliance", mail.body_html)
        self.assertIn("auto-generated", mail.headers)
        self.assertEqual(mail.attachment_ids.mapped('name'), ["Compliance November 2026.pdf"])
        self.assertTrue(mail.attachment_ids.raw)

    def test_month_is_never_mailed_twice(self):
        self.assertEqual(len(self._mails()), 1)
        for moment in (datetime(2026, 12, 2, 6), datetime(2026, 12, 3, 6), datetime(2026, 12, 31, 20)):
            self._clock(moment)
            self.assertFalse(self._mails(), moment)
        self.assertEqual(self._record().state, 'sent')

    def test_nothing_goes_out_before_the_second_day_at_the_companys_hour(self):
        for moment in (datetime(2026, 12, 1, 12), datetime(2026, 12, 2, 4, 59)):
            self._clock(moment)
            self.assertFalse(self._mails(), moment)

    def test_server_that_was_off_until_the_twentieth_sends_then(self):
        self._clock(datetime(2026, 12, 20, 12))
        self.assertEqual(len(self._mails()), 1)

    def test_month_without_runs_is_no_mail(self):
        self._clock(datetime(2027, 3, 2, 5))
        self.assertFalse(self._mails())
        self.assertFalse(self.mails.search([('first_day', '=', '2027-02-01')]))

    def _besides(self):
        """Yield, of a February without runs, what makes it worth a mail, and what the mail says of it."""
        ticket = self.env['it.ticket'].with_user(self.user).create({
            'subject': "Stripes", 'category_id': self.env['it.ticket.category'].search([], limit=1).id})
        yield ticket, 'requested_at', "Tickets"
        yield self.env['it.outage'].create({'start_at': '2027-01-31 08:00', 'end_at': '2027-02-02 08:00'}), '', "Outages"
        alerts = self.env['it.alert'].sudo()
        with alerts._past_guard():
            moments = dict.fromkeys(('began_at', 'detected_at', 'opened_at'), '2027-02-10 08:00')
            alert = alerts.create({'number': "A-1", 'name': "Disk full", 'cause_key': 'x', 'cause_kind': 'check', 'company_id': self.env.company.id, **moments})
        yield alert, '', "Alerts"
        yield self.env['it.improvement'].with_user(self.manager).create({'name': "Bigger disk"}), 'suggested_at', "Improvements"
        backup_set = self.env['it.backup.set'].create({'name': "ERP"})
        yield self.env['it.backup.file'].sudo().create({
            'set_id': backup_set.id, 'name': "erp.zip", 'day': '2027-02-28', 'at': '2027-02-28 02:00'}), '', "Backups that were made"

    def test_month_without_runs_is_mailed_for_whatever_else_there_was(self):
        self._clock(datetime(2027, 3, 2, 5))
        self.assertFalse(self._mails())
        for record, moment, words in self._besides():
            with self.subTest(words=words):
                self.env.flush_all()
                if moment:
                    self.env.cr.execute(f'UPDATE {record._table} SET {moment} = %s WHERE id = %s', ['2027-02-10 08:00', record.id])
                    self.env.invalidate_all()
                with self.env.cr.savepoint() as savepoint:
                    [mail] = self._mails()
                    self.assertIn("Compliance February 2027: no run was due", mail.subject)
                    self.assertIn(words, mail.body_html)
                    self.assertNotIn("–", mail.body_html)
                    savepoint.rollback()
                self.env.invalidate_all()
                if words != "Tickets":  # who asked for something cannot be told to have asked for nothing
                    self.env.cr.execute(f'DELETE FROM {record._table} WHERE id = %s', [record.id])
                else:
                    self.env.cr.execute("UPDATE it_ticket SET requested_at = '2027-03-01 08:00' WHERE id = %s", [record.id])
                self.env.invalidate_all()
                self.assertFalse(self._mails(), "and not for a month that holds nothing")

    def test_upgrade_brings_the_new_text_unless_somebody_has_changed_it(self):
        template = self.env.ref('it_continuity.mail_template_compliance_monthly')
        for person, words in ((self.env.ref('base.user_root'), "Besides, there was this"), (self.manager, "Our own words")):
            self.env.cr.execute(
                "UPDATE mail_template SET body_html = %s, write_uid = %s WHERE id = %s", [Json({'en_US': "<p>Our own words</p>"}), person.id, template.id])
            self.env.invalidate_all()
            run_path(file_path('it_continuity/migrations/19.0.1.8.0/post-monthly_mail.py'))['migrate'](self.env.cr, '19.0.1.7.0')
            self.env.invalidate_all()
            self.assertIn(words, template.body_html)

    def test_each_manager_reads_it_in_the_own_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        second = self._person('manager', 'manager_2')
        second.lang = 'fr_FR'
        template = self.env.ref('it_continuity.mail_template_compliance_monthly')
        template.with_context(lang='fr_FR').subject = "Conformité {{ format_date(object.first_day, date_format='LLLL yyyy') }}"
        mails = self._mails().sorted(lambda mail: mail.recipient_ids.id)
        self.assertEqual(mails.recipient_ids, (self.manager | second).partner_id)
        self.assertEqual([len(mail.recipient_ids) for mail in mails], [1, 1])
        french = mails.filtered(lambda mail: mail.recipient_ids == second.partner_id)
        self.assertEqual(french.subject, "Conformité novembre 2026")
        self.assertIn("novembre", french.attachment_ids.raw.decode('utf-8', 'ignore'))  # in tests a PDF is its page
        self.assertNotIn("novembre", (mails - french).attachment_ids.raw.decode('utf-8', 'ignore'))

    def test_nobody_with_a_mail_address_is_noted_and_tried_again(self):
        self.manager.partner_id.email = False
        with self.assertLogs('odoo.addons.it_continuity.models.checklists.compliance_mail', 'WARNING') as logs:
            self.assertFalse(self._mails())
            self.assertFalse(self._mails())
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(self._record().state, 'nobody')
        self.assertIn("has an e-mail address", self._record().note)
        self.manager.partner_id.email = 'manager@example.com'
        self.assertEqual(len(self._mails()), 1)
        self.assertEqual((self._record().state, self._record().note, self._record().user_ids), ('sent', False, self.manager))

    def test_company_that_fails_leaves_the_others_and_is_tried_again(self):
        company = self._company_with_runs()
        self.manager.company_ids |= company
        pdf = self.env['it.evidence.pack'].__class__._pdf

        def broken(pack, its_company, first_day):
            if its_company == self.env.company:
                raise OSError("no printer of PDFs")
            return pdf(pack, its_company, first_day)

        with patch.object(self.env['it.evidence.pack'].__class__, '_pdf', broken), \
                self.assertLogs('odoo.addons.it_continuity.models.checklists.compliance_mail', 'WARNING'):
            mails = self._mails()
        self.assertEqual(len(mails), 1)
        self.assertIn("Elsewhere", mails.body_html)
        self.assertEqual((self._record().state, self._record(company).state), ('failed', 'sent'))
        self.assertIn("no printer", self._record().note)
        self.assertEqual(len(self._mails()), 1, "the one that failed, and only that one")
        self.assertEqual(self._record().state, 'sent')

    def test_manager_of_another_company_hears_nothing(self):
        company = self._company_with_runs()
        stranger = self._person('manager', 'stranger')
        stranger.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        mails = self._mails()
        self.assertEqual({(mail.recipient_ids.name, "Elsewhere" in mail.body_html) for mail in mails}, {("Manager", False), ("Stranger", True)})
        self.assertEqual(self._record(company).user_ids, stranger)

    def test_people_read_their_companys_mails_and_write_none(self):
        self._mails()
        record = self._record()
        self.assertEqual(record.with_user(self.auditor).user_ids, self.manager)
        values = {'company_id': self.env.company.id, 'first_day': '2026-10-01', 'state': 'sent'}
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.name):
                with self.assertRaises(AccessError):
                    self._rpc(person, record, 'create', [values])
                with self.assertRaises(AccessError):
                    self._rpc(person, record, 'write', {'state': 'failed'})
                with self.assertRaises(AccessError):
                    self._rpc(person, record, 'unlink')
        for person in (self.technician, self.user):
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._rpc(person, record, 'read', ['figures'])
        stranger = self._person('manager', 'stranger')
        company = self._company_with_runs()
        stranger.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        with self.assertRaises(AccessError):
            self._rpc(stranger, record, 'read', ['figures'])
