from datetime import timedelta
from email import message_from_bytes
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import OutboxCase
from .listener import MailListener

SENDER = 'odoo.addons.it_continuity.models.outbox.sender'
HOSTILE = '<img src=x onerror=alert(1)>'


@tagged('post_install', '-at_install')
class TestOutboxPeople(OutboxCase):
    """Mail, activities and Discuss: ways that go through this Odoo itself, and what people say about a channel."""

    def _to(self, kind, **values):
        return self.env['it.notification.channel'].create({'name': f"By {kind}", 'kind': kind, **values})

    # === MAIL === #

    def _mail_server(self):
        server = MailListener()
        self.addCleanup(server.close)
        self.env['ir.mail_server'].search([]).active = False
        self.env['ir.mail_server'].create({'name': "Here", 'smtp_host': '127.0.0.1', 'smtp_port': server.port, 'smtp_encryption': 'none'})
        # Odoo sends no mail in tests unless told to; this one goes to the server above.
        self.startPatcher(patch.object(IrMail_Server, '_disable_send', lambda *_args: False))
        return server

    def _work_off_mails(self, message):
        self.env.flush_all()
        message.sudo().mail_mail_id.send()
        self.env.invalidate_all()

    def test_mail_goes_through_odoos_queue_with_a_message_id_that_stays(self):
        server = self._mail_server()
        message = self._queue(self._to('mail', user_ids=[Command.set(self.manager.ids)], email_to="phone@example.com"), text=HOSTILE)
        self._send()
        self.assertEqual((message.state, message.tries), ('sending', 1))
        self._work_off_mails(message)
        self.assertEqual(message.state, 'sent')
        self.assertFalse(message.sudo().mail_mail_id, "Odoo keeps no copy")
        [mail] = server.mails
        self.assertIn(f'Message-Id: <{message.idempotency_key}@'.encode().lower(), mail.lower())
        self.assertIn(b'manager@example.com', mail)
        self.assertIn(b'phone@example.com', mail)
        text, html = (part.get_payload(decode=True).decode() for part in message_from_bytes(mail).walk() if not part.is_multipart())
        self.assertIn(HOSTILE, text)
        self.assertNotIn('<img', html)
        self.assertIn('&lt;img', html)

    @mute_logger('odoo.addons.mail.models.mail_mail', SENDER)
    def test_mail_that_the_server_refuses_is_tried_again_with_the_same_id(self):
        server = self._mail_server()
        server.refusal = '451 later'
        message = self._queue(self._to('mail'), user=self.technician)
        self._send()
        self._work_off_mails(message)
        self.assertEqual((message.state, message.tries), ('waiting', 1))
        self.assertTrue(message.channel_id.is_red)
        mail = message.sudo().mail_mail_id
        self.assertEqual(mail.state, 'exception')
        server.refusal = ''
        self._later(message)
        self.assertEqual((message.state, message.tries, message.sudo().mail_mail_id), ('sending', 2, mail))
        self._work_off_mails(message)
        self.assertEqual(message.state, 'sent')
        self.assertIn(message.idempotency_key.encode(), server.mails[0])

    def test_mail_that_somebody_deletes_is_a_dead_letter(self):
        message = self._queue(self._to('mail'), user=self.technician)
        self._send()
        message.sudo().mail_mail_id.unlink()
        self._later(message)
        self.assertEqual(message.state, 'dead')

    def test_mail_that_the_queue_leaves_lying_is_a_dead_letter_after_a_day(self):
        message = self._queue(self._to('mail'), user=self.technician)
        self._send()
        self._later(message)
        self.assertEqual(message.state, 'sending')
        self.env.cr.execute("UPDATE it_notification SET queued_at = queued_at - interval '24 hours' WHERE id = %s", [message.id])
        self._later(message)
        self.assertEqual(message.state, 'dead')

    def test_who_has_no_address_or_left_is_told_of(self):
        self.technician.email = False
        messages = self._queue(self._to('mail'), user=self.technician)
        self.technician_2.active = False
        messages |= self._queue(self._to('activity'), user=self.technician_2)
        self._send()
        self.assertEqual(messages.mapped('state'), ['dead'] * 2)
        self.assertIn("mail address", messages[0].reason)
        self.assertIn("archived", messages[1].reason)

    def test_channel_without_people_tells_the_managers_and_never_nobody(self):
        left = new_test_user(self.env, login='itc_left', groups='it_continuity.it_continuity_group_technician')
        channel = self._to('activity', user_ids=[Command.set(left.ids)])
        left.active = False
        message = self._queue(channel)
        self._send()
        self.assertEqual(message.state, 'sent')
        told = self.env['mail.activity'].search([('summary', '=', message.title)]).user_id
        self.assertIn(self.manager, told)
        self.assertLessEqual(told, self.env.company._itc_people())

    # === INTO THIS DATABASE === #

    def test_activity_stands_on_the_record_for_who_may_read_it(self):
        message = self._queue(self._to('activity'), title=f"A {HOSTILE}", text=HOSTILE, record=self.host, user=self.technician)
        self._send()
        activity = self.host.activity_ids
        self.assertEqual((message.state, activity.user_id, activity.summary), ('sent', self.technician, f"A {HOSTILE}"))
        self.assertNotIn('<img', activity.note)

    def test_activity_without_a_record_stands_for_itself(self):
        for key, record in (('none', None), ('no activities', self.role), ('gone', self.host.copy())):
            if key == 'gone':
                self._queue(self._to('activity'), key=key, title=key, record=record, user=self.technician)
                record.unlink()
            else:
                self._queue(self._to('activity'), key=key, title=key, record=record, user=self.technician)
            self._send()
            activity = self.env['mail.activity'].search([('summary', '=', key)])
            self.assertEqual((activity.user_id, activity.res_model), (self.technician, False))

    def test_discuss_gets_text(self):
        room = self.env['discuss.channel']._create_channel("IT alerts", group_id=None)
        message = self._queue(self._to('discuss', discuss_channel_id=room.id), title=f"A {HOSTILE}", text=f"one\n{HOSTILE}", url='https://odoo.example.com/x')
        self._send()
        self.assertEqual(message.state, 'sent')
        body = room.message_ids[0].body
        self.assertNotIn('<img', body)
        self.assertIn('&lt;img', body)
        self.assertIn('one<br', body)

    def test_killed_while_it_writes_into_this_database_it_writes_once(self):
        message = self._queue(self._to('activity'), user=self.technician, title="Once")
        with patch.object(type(message), '_sent', side_effect=RuntimeError("killed")), mute_logger(SENDER):
            self._send()
        self.assertFalse(self.env['mail.activity'].search([('summary', '=', "Once")]))
        self._later(message)
        self.assertEqual((message.state, len(self.env['mail.activity'].search([('summary', '=', "Once")]))), ('sent', 1))

    def test_private_channel_of_others_is_not_written_into(self):
        room = self.env['discuss.channel'].create({'name': "Board", 'channel_type': 'group'})
        with self.assertRaises(AccessError):
            self.env['it.notification.channel'].with_user(self.manager).create({'name': "x", 'kind': 'discuss', 'discuss_channel_id': room.id})
        with self.assertRaises(ValidationError):
            self._to('discuss')

    # === TESTS === #

    def _tested(self, **values):
        channel = self._channel(**values)
        channel.with_user(self.manager).action_send_test()
        self._send()
        return channel

    def _aged(self, channel, days):
        self.env.flush_all()
        self.env.cr.execute("""
            UPDATE it_notification_channel SET confirmed_at = confirmed_at - make_interval(hours => %(hours)s),
                   waits_since = waits_since - make_interval(hours => %(hours)s) WHERE id = %(id)s""", {'hours': round(days * 24), 'id': channel.id})
        self.env.cr.execute("""
            UPDATE it_notification SET key = key || ' then', create_date = create_date - make_interval(hours => %(hours)s),
                   sent_at = sent_at - make_interval(hours => %(hours)s)""", {'hours': round(days * 24)})
        self.env.invalidate_all()

    def test_test_is_sent_with_a_link_and_confirmed_by_a_technician(self):
        channel = self._tested()
        self.assertEqual(channel.health, 'new')
        [body] = self._bodies()
        self.assertEqual(body['title'], "Test of the way out, please confirm")
        self.assertTrue(body['click'].endswith(f'/odoo/it-notifications/{channel.test_id.id}'))
        channel.test_id.with_user(self.technician).action_confirm()
        self.assertEqual((channel.health, channel.confirmed_by_id, channel.is_red), ('ok', self.technician, False))

    def test_link_in_the_message_changes_nothing_by_itself(self):
        channel = self._tested()
        path = self._bodies()[0]['click'].partition('/odoo/')[2]
        for login in (None, 'itc_user', 'itc_technician'):
            self.authenticate(login, login)
            self.url_open(f'/odoo/{path}')
            channel.invalidate_recordset()
            self.assertFalse(channel.confirmed_at)

    def test_who_may_not_confirm(self):
        channel = self._tested()
        elsewhere = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        stranger = new_test_user(self.env, login='itc_stranger', groups='it_continuity.it_continuity_group_manager',
                                 company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        for person in (self.user, self.auditor, stranger):
            with self.assertRaises(AccessError):
                channel.with_user(person).with_context(allowed_company_ids=person.company_ids.ids).action_confirm()
        for person in (self.user, self.auditor, self.technician, stranger):
            with self.assertRaises(AccessError):
                channel.with_user(person).with_context(allowed_company_ids=person.company_ids.ids).action_send_test()
        self.assertFalse(channel.confirmed_at)

    @mute_logger(SENDER)
    def test_what_never_went_out_is_not_confirmed(self):
        channel = self._channel()
        with self.assertRaises(UserError):
            channel.with_user(self.manager).action_confirm()
        self.listener.answers = [(404, {}, '')]
        channel.with_user(self.manager).action_send_test()
        self._send()
        with self.assertRaises(UserError):
            channel.with_user(self.manager).action_confirm()
        alert = self._queue(channel)
        self._send()
        with self.assertRaises(UserError):
            alert.with_user(self.manager).action_confirm()

    def test_channel_that_nobody_confirmed_for_35_days_is_red(self):
        channel = self._tested()
        channel.with_user(self.technician).action_confirm()
        self._aged(channel, 34)
        self.assertFalse(channel.is_red)
        self.assertNotIn(channel, channel._unconfirmed())
        self._aged(channel, 1.1)
        self.assertEqual((channel.is_red, channel.health), (True, 'unconfirmed'))
        self.assertIn("35 days", channel.problem)
        self.assertIn(channel, channel._unconfirmed())
        self.assertIn(channel, channel.search([('is_red', '=', True)]))
        self.assertNotIn(channel, channel.search([('is_red', '=', False)]))
        with self.assertRaises(UserError, msg="a test of long ago proves nothing"):
            channel.with_user(self.technician).action_confirm()
        channel.active = False
        self.assertNotIn(channel, channel._unconfirmed())

    def test_channel_that_nobody_ever_confirmed_is_red_after_35_days(self):
        channel = self._channel()
        self.assertEqual((channel.is_red, channel.health), (False, 'new'))
        self._aged(channel, 36)
        self.assertEqual((channel.is_red, channel.health), (True, 'unconfirmed'))

    def test_channel_that_goes_elsewhere_is_not_believed_for_where_it_went(self):
        for values in ({'topic': 'another_topic'}, {'url': 'https://ntfy.example.com'}, {'token': 'tk_1'}, {'kind': 'mail'}):
            channel = self._tested()
            channel.with_user(self.technician).action_confirm()
            channel.with_user(self.manager).write({'name': "New name", 'topic': channel.topic})
            self.assertEqual(channel.health, 'ok', "a name is no way")
            channel.with_user(self.manager).write(values)
            self.assertEqual((channel.health, channel.confirmed_at, channel.test_id.id), ('new', False, False))

    def test_moving_a_channel_that_nobody_confirmed_buys_no_time(self):
        channel = self._channel()
        self._aged(channel, 36)
        channel.with_user(self.manager).topic = 'another_topic'
        self.assertEqual(channel.health, 'unconfirmed')

    def test_moving_a_channel_buys_no_time_beyond_its_last_confirmation(self):
        moves = (
            lambda channel: channel.write({'topic': 'another_topic'}), lambda channel: channel.write({'user_ids': [Command.link(self.technician.id)]}),
            lambda channel: channel.write({'template': '{"a": "{{title}}"}'}), lambda channel: channel.action_use_here())
        for move in moves:
            for days, health in ((36, 'unconfirmed'), (34, 'new')):
                channel = self._tested()
                channel.with_user(self.technician).action_confirm()
                self._aged(channel, days)
                move(channel.with_user(self.manager))
                self.assertEqual((channel.health, channel.confirmed_at), (health, False))
                self._aged(channel, 1.1)
                move(channel.with_user(self.manager))
                self.assertEqual((channel.health, channel.is_red), ('unconfirmed', True), "nobody has confirmed for 35 days that a test arrived")
                self.assertIn(channel, channel._unconfirmed())
                self.assertEqual(channel.problem, "Nobody has confirmed yet that a test arrives where it goes now.")

    def test_each_week_a_test(self):
        self.startPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))
        channel = self._channel()
        archived = self._channel('slack', active=False)
        for days, count in ((0, 1), (0, 1), (6, 1), (1.1, 2)):
            self._aged(channel, days)  # 0: again on the same day
            self.env['it.notification.channel']._cron_test()
            self.assertEqual(self.env['it.notification'].search_count([('channel_id', '=', channel.id), ('is_test', '=', True)]), count)
        self.assertFalse(self.env['it.notification'].search([('channel_id', '=', archived.id)]))

    # === DEAD LETTERS === #

    def test_managers_try_dead_letters_again_or_give_them_up_with_a_reason(self):
        first, second = (self._queue(self._channel(), key=key) for key in ('a', 'b'))
        (first | second)._dead("x")
        for person in (self.user, self.technician, self.auditor):
            for step in (lambda letters: letters.action_retry(), lambda letters: letters.action_give_up("no")):
                with self.assertRaises(AccessError):
                    step((first | second).with_user(person))
        asked = first.with_user(self.manager).action_ask_give_up()
        window = self.env['it.notification.give.up'].with_user(self.manager).with_context(**asked['context']).create({'reason': "told by phone"})
        window.action_apply()
        self.assertEqual((first.state, first.reason, second.state), ('given_up', "told by phone", 'dead'))
        with self.assertRaises(UserError):
            second.with_user(self.manager).action_give_up("  ")
        (first | second).with_user(self.manager).action_retry()
        self._send()
        self.assertEqual((first | second).mapped('state'), ['sent'] * 2)
        with self.assertRaises(UserError):
            first.with_user(self.manager).action_retry()

    def test_copy_that_is_neutralized_tells_nobody_anything(self):
        self._channel()
        message = self._queue(self.env['it.notification.channel'].search([]))
        self.env.flush_all()
        with self.env.registry.cursor() as cr:
            for query in get_neutralization_queries(['it_continuity']):
                cr.execute(query)
        self.env.invalidate_all()
        self.registry.clear_all_caches()
        self._later(message)
        self.assertFalse(self.listener.arrived)
        self.assertEqual(set(message.mapped('state')), {'given_up'})
        channel = message.channel_id[:1]
        self.assertEqual((channel.url, channel.topic, channel.health), (False, False, 'foreign'))
        late = self._queue(channel, key='late')
        self._send()
        self.assertEqual((late.state, self.listener.arrived), ('dead', []))
        self.assertTrue(fields.Datetime.now() - late.create_date < timedelta(hours=1))

    def test_no_message_of_another_company(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        stranger = new_test_user(self.env, login='itc_stranger', groups='it_continuity.it_continuity_group_manager',
                                 company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        message = self._queue(self._channel())
        message._dead("x")
        theirs = message.with_user(stranger).with_context(allowed_company_ids=elsewhere.ids)
        self.assertFalse(theirs.search([('id', '=', message.id)]))
        for step in (lambda: theirs.action_retry(), lambda: theirs.action_give_up("x"), lambda: theirs.channel_id.read(['name'])):
            with self.assertRaises(AccessError):
                step()
        late = self._queue(self._to('mail'), key='x', user=stranger)
        self._send()
        self.assertEqual(late.state, 'dead', "who may not enter the company is told nothing of it")
