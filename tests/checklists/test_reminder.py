from contextlib import suppress
from datetime import datetime
from runpy import run_path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from .common import ChecklistCase


@tagged('post_install', '-at_install')
class TestReminder(ChecklistCase):

    def setUp(self):
        super().setUp()
        self.env['it.task'].with_context(tracking_disable=True).search([]).active = False
        self.env['it.task.run'].search([('state', '=', 'pending')]).sudo().write({'state': 'missed'})
        self.env['it.reminder'].search([]).unlink()
        self.env.company.itc_reminder_time = 8

    def _mails(self):
        """Return the mails that one pass adds, whatever they are about."""
        known = self.env['mail.mail'].search([])
        self.env['it.reminder']._cron_remind()
        self.env.flush_all()
        return self.env['mail.mail'].search([]) - known

    def _thirty_each(self):
        for person in (self.technician, self.technician_2):
            for number in range(30):
                self._run(f'mail_{person.id}_{number}', user_id=person.id)

    def test_two_people_with_thirty_runs_get_two_mails_a_day(self):
        self._thirty_each()
        mails = self._mails()
        self.assertEqual(len(mails), 2)
        self.assertEqual(mails.recipient_ids, (self.technician | self.technician_2).partner_id)
        self.assertEqual([len(mail.recipient_ids) for mail in mails], [1, 1])
        for mail in mails:
            self.assertEqual(mail.body_html.count('<li>'), 30)
            self.assertIn('auto-generated', mail.headers)
            self.assertIn('30', mail.subject)
            self.assertIn('/odoo/it-today', mail.body_html)
            self.assertEqual(mail.body_html.count('/odoo/it-runs/'), 30)
        self._clock(datetime(2026, 11, 23, 12, 0))
        self.assertFalse(self._mails())
        self._clock(datetime(2026, 11, 24, 6, 0))
        self.assertEqual(len(self._mails()), 2)

    def test_times_stand_as_the_reader_s_language_writes_them_also_by_a_template_of_before(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.technician.lang = 'fr_FR'
        for name in ('due', 'missed'):
            template = self.env.ref(f'it_continuity.mail_template_reminder_{name}')
            now = template.body_html
            moment = 'due_at' if name == 'due' else 'deadline_at'
            before = f"format_datetime(run.{moment}, tz=object.company_id.itc_tz, dt_format='EEE d MMM, HH:mm')"
            template.body_html = now.replace(
                f"run._moment_text(run.{moment}, 'EEE d MMM', ends_day=True)", before)
            self.assertIn(before, template.body_html)
            self.env.flush_all()
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-times.py'))['migrate'](self.env.cr, '19.0.1.9.0')
            self.assertEqual(template.body_html, now)
        for person in (self.technician, self.technician_2):
            self._run(f'mail_{person.id}', user_id=person.id, due_time=14.5)
        self.assertEqual(
            {mail.recipient_ids: words in mail.body_html for mail in self._mails()
             for words in ('lun. 23 nov., 14:30' if mail.recipient_ids == self.technician.partner_id else 'Mon 23 Nov, 2:30\u202fPM',)},
            {self.technician.partner_id: True, self.technician_2.partner_id: True})

    def test_nobody_is_reminded_before_the_companys_hour(self):
        self._run('mail_early')
        self._clock(datetime(2026, 11, 23, 4, 59))
        self.assertFalse(self._mails())
        self._clock(datetime(2026, 11, 23, 5, 0))
        self.assertEqual(len(self._mails()), 1)

    def test_role_s_manager_hears_once_of_what_was_missed(self):
        self.role.manager_ids = self.manager
        self._thirty_each()
        self._mails()
        self.env['it.task'].search([]).active = False
        self._clock(datetime(2026, 11, 24, 6, 0))
        self.env['it.task.run']._cron_close_missed()
        [mail] = self._mails()
        self.assertEqual((mail.recipient_ids, mail.body_html.count('<li>')), (self.manager.partner_id, 60))
        self.assertIn('auto-generated', mail.headers)
        self.assertIn('/odoo/it-today', mail.body_html)
        self.assertEqual(mail.body_html.count('/odoo/it-runs/'), 60)
        self.assertIn('Mon 23 Nov, end of the day', mail.body_html, 'the deadline, by the clock of the company')
        self._clock(datetime(2026, 11, 25, 6, 0))
        self.assertFalse(self._mails())

    def test_nobody_hears_of_a_company_that_he_may_not_enter(self):
        self._run('mail_moved', user_id=self.technician.id)
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'Africa/Addis_Ababa'})
        self.technician.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.assertFalse(self._mails())

    def test_company_whose_mails_fail_leaves_the_others_theirs(self):
        """For example because somebody broke the template in that company's language."""
        company = self.env['res.company'].create({'name': "A first one", 'itc_tz': 'Africa/Addis_Ababa'})
        self._run('mail_other')
        reminders, due = self.env['it.reminder'], type(self.env['it.reminder'])._due_by_person
        with patch.object(type(reminders), '_due_by_person', autospec=True) as broken:
            broken.side_effect = lambda model, one: due(model, one) if one != company else {}[one]
            known = self.env['mail.mail'].search([])
            with suppress(KeyError):  # Odoo's assertRaises would undo what the job committed before
                reminders._cron_remind()
                self.fail("The job counts as failed, so that somebody looks.")
        self.assertEqual((self.env['mail.mail'].search([]) - known).recipient_ids, self.technician.partner_id)

    def test_nobody_makes_reminders_by_hand(self):
        for person in (self.technician, self.manager, self.auditor):
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._rpc(person, self.env['it.reminder'], 'create', [{'user_id': person.id}])
