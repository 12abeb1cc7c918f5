from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged, users

from ..common import ItcCase


@tagged('post_install', '-at_install')
class TestOutboxQueue(ItcCase):
    """Who queues a message gets one a channel and key, and may be sure that nothing is sent before the commit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channels = cls.env['it.notification.channel'].create([
            {'name': "Phones", 'kind': 'webhook', 'shape': 'ntfy', 'url': 'https://ntfy.example.com', 'topic': 'it_4711_secret'},
            {'name': "Managers", 'kind': 'mail', 'user_ids': [Command.set(cls.manager.ids)]}])
        cls.queue = cls.env['it.notification']._queue

    def test_one_message_a_channel_and_key(self):
        first = self.queue(self.channels, 'alert:1:opened', "Disk full", "90 %", 'critical', record=self.host, user=self.technician)
        self.assertEqual(first.channel_id, self.channels)
        self.assertEqual(first.mapped('state'), ['waiting'] * 2)
        self.assertEqual((first[0].res_model, first[0].res_id, first[0].user_id), ('it.asset', self.host.id, self.technician))
        self.assertEqual(first.company_id, self.env.company)
        self.assertEqual(len(set(first.mapped('idempotency_key'))), 2)
        self.assertFalse(self.queue(self.channels, 'alert:1:opened', "Disk full", "91 %"))
        self.assertEqual(len(self.queue(self.channels, 'alert:1:closed', "Disk", "well again", 'ok')), 2)

    def test_archived_channel_gets_nothing(self):
        self.channels[0].active = False
        self.assertEqual(self.queue(self.channels, 'alert:2', "x", "y").channel_id, self.channels[1])

    def test_text_of_hosts_stays_text_and_a_title_one_line(self):
        told = self.queue(self.channels[0], 'alert:3', "disk\r\nBcc: all@example.com", "90\x00 %\x1b[31m <b>\r\nfull")
        self.assertEqual((told.title, told.text), ("disk Bcc: all@example.com", "90 %[31m <b>\nfull"))

    def test_a_severity_that_is_none_is_a_fault(self):
        with self.assertRaises(ValueError):
            self.queue(self.channels, 'alert:4', "x", "y", 'disaster')
        with self.assertRaises(ValueError):
            self.queue(self.channels, '', "x", "y")

    def test_nobody_writes_a_message_by_hand(self):
        told = self.queue(self.channels[0], 'alert:5', "x", "y")
        for person in (self.technician, self.manager):
            for values in ({'text': "z"}, {'state': 'sent'}):
                with self.assertRaises(AccessError):
                    told.with_user(person).write(values)
            with self.assertRaises(AccessError):
                told.with_user(person).unlink()
            with self.assertRaises(AccessError):
                self.env['it.notification'].with_user(person).create({'channel_id': self.channels[0].id, 'title': "x", 'key': "z"})

    @users('itc_technician', 'itc_auditor')
    def test_secrets_are_for_managers(self):
        channel = self.channels[0].with_user(self.env.user)
        self.assertEqual(channel.target, 'https://ntfy.example.com/…')
        for name in ('url', 'token', 'topic', 'chat', 'template'):
            with self.assertRaises(AccessError):
                channel.read([name])
        self.assertNotIn('topic', channel.read()[0])
        with self.assertRaises(AccessError):
            channel.search([('topic', '=like', 'it_4%')])
        with self.assertRaises(UserError):
            channel.export_data(['topic'])

    @users('itc_user')
    def test_employees_see_nothing(self):
        for model in ('it.notification', 'it.notification.channel'):
            with self.assertRaises(AccessError):
                self.env[model].search([])

    def test_what_a_confirmation_is_worth_nobody_writes(self):
        for name, value in (('confirmed_at', '2026-11-28 10:00:00'), ('waits_since', '2036-11-28 10:00:00'), ('failures', 0), ('db_id', 'x')):
            with self.assertRaises(AccessError):
                self.channels[0].with_user(self.manager).write({name: value})

    def test_webhook_that_cannot_work_is_refused(self):
        values = {'name': "x", 'kind': 'webhook', 'shape': 'ntfy', 'url': 'https://ntfy.example.com', 'topic': 'it'}
        for wrong in ({'url': 'file:///etc/passwd'}, {'url': 'http://me:secret@ntfy.example.com'}, {'url': False}, {'topic': 'a b'},
                      {'shape': False}, {'shape': 'generic', 'template': '{"a": "{{name}}"}'}, {'shape': 'telegram', 'token': '1:a', 'chat': ''}):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.env['it.notification.channel'].with_user(self.manager).create({**values, **wrong})

    def test_people_of_another_company_are_refused(self):
        other = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self.env.user.company_ids = [Command.link(other.id)]
        with self.assertRaises(ValidationError):
            self.env['it.notification.channel'].create(
                {'name': "x", 'kind': 'mail', 'company_id': other.id, 'user_ids': [Command.set(self.technician.ids)]})
