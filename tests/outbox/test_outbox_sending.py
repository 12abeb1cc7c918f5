import contextlib
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.outbox import http_post, sender
from .common import OutboxCase

SENDER = 'odoo.addons.it_continuity.models.outbox.sender'
HOSTILE = '<b>*x*</b> & {{title}} "quoted" <!channel> [a](http://evil.example) \\'


@tagged('post_install', '-at_install')
class TestOutboxSending(OutboxCase):
    """What leaves, what comes back, and what is done about it."""

    def test_each_service_gets_the_text_as_text_in_its_own_form(self):
        channels = [self._channel(shape, token='tk_secret' if shape == 'generic' else '') if shape != 'telegram' else self._channel(shape)
                    for shape in ('ntfy', 'slack', 'teams', 'telegram', 'generic')]
        messages = self._queue(self.env['it.notification.channel'].union(*channels), title=f"Title {HOSTILE}", text=f"line\n{HOSTILE}",
                               url='https://odoo.example.com/odoo/it-notifications/1')
        self._send()
        self.assertEqual(messages.mapped('state'), ['sent'] * 5)
        self.assertEqual({arrival.key for arrival in self.listener.arrived}, set(messages.mapped('idempotency_key')))
        by_key = {arrival.key: (arrival, body) for arrival, body in zip(self.listener.arrived, self._bodies(), strict=True)}
        ntfy, slack, teams, telegram, generic = (by_key[message.idempotency_key] for message in messages)
        self.assertEqual(ntfy[1]['topic'], 'it_4711_secret')
        self.assertEqual((ntfy[1]['title'], ntfy[1]['message'], ntfy[1]['priority']), (f"Title {HOSTILE}", f"line\n{HOSTILE}", 5))
        self.assertNotIn('<', slack[1]['text'])
        self.assertIn('&lt;!channel&gt;', slack[1]['text'])
        card = teams[1]['attachments'][0]['content']
        self.assertEqual({block['type'] for block in card['body']}, {'RichTextBlock'})
        self.assertEqual([block['inlines'][0]['text'] for block in card['body']], [f"Title {HOSTILE}", "line", HOSTILE])
        self.assertEqual(telegram[0].path, '/bot123:ABC-secret/sendMessage')
        self.assertNotIn('parse_mode', telegram[1])
        self.assertIn(HOSTILE, telegram[1]['text'])
        self.assertEqual(generic[0].headers['Authorization'], 'Bearer tk_secret')
        self.assertEqual((generic[1]['title'], generic[1]['text']), (f"Title {HOSTILE}", f"line\n{HOSTILE}"))

    def test_template_of_a_manager_is_filled_and_nothing_else(self):
        channel = self._channel('generic', template='{"alert": {"summary": "{{title}}: {{text}}"}, "tags": ["odoo", "{{severity}}"], "n": 1}')
        self._queue(channel, title="A", text='", "n": 2, "x": "{{key}}', severity='warning')
        self._send()
        self.assertEqual(self._bodies(), [{'alert': {'summary': 'A: ", "n": 2, "x": "{{key}}'}, 'tags': ["odoo", "warning"], 'n': 1}])

    @mute_logger(SENDER)
    def test_answers_that_are_worth_another_try(self):
        for number, status in enumerate((429, 500, 502, 503)):
            with self.subTest(status=status):
                listener = self._listener()
                listener.answers = [(status, {}, "not now")]
                message = self._queue(self._channel(listener=listener), key=f'again:{number}')
                self._send()
                self.assertEqual((message.state, message.tries, len(listener.arrived)), ('waiting', 1, 1))
                self.assertIn(str(status), message.reason)
                self.assertEqual(message.channel_id.health, 'failing')
                self._later(message)
                self.assertEqual((message.state, message.tries, message.reason), ('sent', 2, False))
                self.assertEqual(message.channel_id.health, 'new', "it works again")
                self.assertEqual(len({arrival.key for arrival in listener.arrived}), 1, "the second try has the key of the first")

    @mute_logger(SENDER)
    def test_answers_that_are_not(self):
        for number, status in enumerate((400, 401, 403, 404, 410, 422)):
            with self.subTest(status=status):
                self.listener.answers = [(status, {}, "no such topic")]
                message = self._queue(self._channel(), key=f'never:{number}')
                self._send()
                self.assertEqual((message.state, message.tries), ('dead', 1))
                self.assertIn("no such topic", message.reason)
                self.assertTrue(message.channel_id.is_red)

    def test_interim_answers_are_not_the_answer(self):
        for number, interim in enumerate((b'100 Continue', b'102 Processing', b'103 Early Hints')):
            with self.subTest(interim):
                self.listener.before = lambda _arrival, handler, interim=interim: handler.wfile.write(
                    2 * (b'HTTP/1.1 ' + interim + b'\r\nLink: </style.css>; rel=preload\r\n\r\n')) and None
                message = self._queue(self._channel(), key=f'interim:{number}')
                self._send()
                self.assertEqual((message.state, message.reason), ('sent', False))

    @mute_logger(SENDER)
    def test_redirect_is_not_followed(self):
        elsewhere = self._listener()
        for status in (301, 302, 303, 307, 308):
            self.listener.answers = [(status, {'Location': elsewhere.url}, '')]
            message = self._queue(self._channel(), key=f'redirect:{status}')
            self._send()
            self.assertEqual(message.state, 'dead')
            self.assertIn("redirect", message.reason)
        self.assertFalse(elsewhere.arrived)

    @mute_logger(SENDER)
    def test_patience_that_a_service_asks_for_is_kept(self):
        self.listener.answers = [(429, {'Retry-After': '120'}, '')]
        message = self._queue(self._channel())
        sent_at = datetime.now(UTC).replace(tzinfo=None)  # the sender's clock runs on, that of the test's transaction stands still
        self._send()
        for asked in (message.due_at, message.channel_id.retry_at):
            self.assertAlmostEqual((asked - sent_at).total_seconds(), 120, delta=20)

    @mute_logger(SENDER)
    def test_nobody_there_is_tried_again_and_at_last_a_dead_letter(self):
        gone = self._listener()
        gone.close()
        message = self._queue(self._channel(listener=gone))
        self._send()
        self.assertEqual((message.state, message.tries), ('waiting', 1))
        self.env.cr.execute("UPDATE it_notification SET queued_at = queued_at - interval '24 hours' WHERE id = %s", [message.id])
        self._later(message)
        self.assertEqual((message.state, message.tries), ('dead', 2))
        message.with_user(self.manager).action_retry()
        self.assertEqual((message.state, message.tries), ('waiting', 0))

    @mute_logger(SENDER)
    def test_channel_that_rests_holds_its_own_messages_and_no_others(self):
        self.listener.answers = [(503, {}, '')]
        first = self._queue(self._channel())
        self._send()
        second = self._queue(first.channel_id, key='alert:2')
        other = self._queue(self._channel('slack', self._listener()), key='alert:2')
        self._send()
        self.assertEqual((second.state, second.tries, other.state), ('waiting', 0, 'sent'))

    @mute_logger(SENDER)
    def test_message_that_always_fails_does_not_hold_up_its_channel(self):
        self.listener.before = lambda arrival, handler: self._answer_500(handler) if b'poison' in arrival.body else False
        poison = self._queue(self._channel(), key='p', title="poison")
        self._send()
        good = self._queue(poison.channel_id, key='g')
        self._later(poison | good)
        self._later(poison | good)
        self.assertEqual((poison.state, good.state), ('waiting', 'sent'))

    def _answer_500(self, handler):
        handler.send_response(500)
        handler.send_header('Content-Length', '0')
        handler.end_headers()
        return True

    @mute_logger(SENDER)
    def test_slow_channels_do_not_hold_up_a_quick_one(self):
        def slowly(_arrival, handler):
            """Send a byte now and then: no limit between two bytes ever ends this."""
            with contextlib.suppress(OSError):
                for _ in range(100):
                    handler.wfile.write(b'x')
                    handler.wfile.flush()
                    time.sleep(0.1)
            return True

        slow = [self._listener() for _ in range(3)]
        for listener in slow:
            listener.before = slowly
        quick = self._listener()
        with patch.object(http_post, 'IN_ALL_S', 2):
            held = self._queue(self.env['it.notification.channel'].union(*(self._channel(listener=listener) for listener in slow)), key='held')
            told = self._queue(self._channel(listener=quick), key='told')
            begun = time.monotonic()
            self._send()
            took = time.monotonic() - begun
        self.assertEqual(told.state, 'sent')
        self.assertLess(quick.arrived[0].at - begun, 1.5, "it did not wait for the slow ones")
        self.assertEqual(set(held.mapped('state')), {'waiting'})
        self.assertLess(took, 6, "each slow one was ended")

    @mute_logger(SENDER)
    def test_of_an_endless_answer_little_is_read(self):
        self.listener.answers = [(400, {}, 'x' * 5_000_000)]
        message = self._queue(self._channel())
        self._send()
        self.assertEqual(message.state, 'dead')
        self.assertLess(len(message.reason), 300)

    @mute_logger(SENDER)
    def test_secrets_stand_in_no_reason_and_no_log(self):
        for shape in ('ntfy', 'telegram', 'generic'):
            values = {'url': f'{self.listener.url}/hook/secret-path?sig=secret-sig', 'token': 'tk_secret'} if shape == 'generic' else {}
            channel = self._channel(shape, **values)
            told = ' '.join(filter(None, channel._secrets()))
            self.listener.answers = [(404, {}, f"not found: {told} /bot{channel.token}/sendMessage")]
            message = self._queue(channel, key=f'secret:{shape}')
            with self.assertLogs(SENDER, 'WARNING') as logs:
                self._send()
            for said in (message.reason, channel.last_error, channel.problem, channel.target, *logs.output):
                self.assertNotIn('secret', said)

    @mute_logger(SENDER)
    def test_this_machine_and_the_keys_of_clouds_are_out_of_reach(self):
        parameters = self.env['ir.config_parameter']
        parameters.set_param('it_continuity.outbox_loopback', False)
        port = self.listener.server_address[1]
        for number, address in enumerate((
                f'http://127.0.0.1:{port}', f'http://localhost:{port}', f'http://[::1]:{port}', f'http://[::ffff:127.0.0.1]:{port}',
                f'http://2130706433:{port}', f'http://0.0.0.0:{port}', 'http://169.254.169.254/latest', 'http://[fe80::1]/')):
            with self.subTest(address=address):
                message = self._queue(self._channel(url=address), key=f'ssrf:{number}')
                self._send()
                self.assertEqual(message.state, 'dead', message.reason)
        self.assertFalse(self.listener.arrived)

    def test_killed_between_sending_and_marking_it_is_sent_once_more_with_its_key_and_then_a_person_decides(self):
        message = self._queue(self._channel())
        for arrived, state in ((1, 'sending'), (2, 'sending'), (2, 'dead')):
            with patch.object(type(self.env['it.outbox']), '_mark', lambda *_args: None):
                self._send()
            self.assertEqual((len(self.listener.arrived), message.state), (arrived, state))
            self._send()
            self.assertEqual(len(self.listener.arrived), arrived, "as long as its sender may live, nobody else takes it")
            if state == 'sending':
                self.env.cr.execute("UPDATE it_notification SET due_at = due_at - interval '1 hour' WHERE id = %s", [message.id])
                self.env.invalidate_all()
        self.assertEqual({arrival.key for arrival in self.listener.arrived}, {message.idempotency_key})
        self.assertIn("cut off", message.reason)

    def test_late_word_of_a_sender_changes_nothing(self):
        message = self._queue(self._channel())
        taken = []
        with patch.object(type(self.env['it.outbox']), '_mark', lambda _self, *args: taken.append(args)):
            self._send()
        message._dead("decided otherwise")
        self.env.flush_all()
        self.env['it.outbox']._mark(*taken[0])
        self.assertEqual(message.state, 'dead')

    def test_nothing_is_sent_by_an_archived_channel_nor_by_a_copy(self):
        archived, foreign = self._queue(self._channel() | self._channel('slack'))
        archived.channel_id.active = False
        self.env['it.database']._renew_db_id()
        foreign.channel_id.invalidate_recordset()
        self.assertEqual((foreign.channel_id.health, foreign.channel_id.is_red), ('foreign', True))
        self.assertIn(foreign.channel_id, self.env['it.notification.channel'].search([('is_red', '=', True)]))
        self._send()
        self.assertEqual((archived + foreign).mapped('state'), ['dead'] * 2)
        self.assertFalse(self.listener.arrived)
        foreign.channel_id.with_user(self.manager).action_use_here()
        foreign.with_user(self.manager).action_retry()
        self._send()
        self.assertEqual((foreign.state, len(self.listener.arrived)), ('sent', 1))

    def test_one_message_that_cannot_be_handled_does_not_hold_up_the_others(self):
        bad, good = self._queue(self._channel() | self._channel('slack'))
        words = sender.ItOutbox._words

        def fails(outbox, message):
            if message == bad:
                raise KeyError('unforeseen')
            return words(outbox, message)

        with patch.object(sender.ItOutbox, '_words', fails), mute_logger(SENDER):
            self._send()
        self.assertEqual((bad.state, bad.tries, good.state), ('waiting', 1, 'sent'))

    def test_what_was_sent_long_ago_is_forgotten_and_a_dead_letter_never(self):
        sent, dead, given_up = (self._queue(self._channel(), key=key) for key in ('a', 'b', 'c'))
        self._send()
        dead._dead("x")
        given_up._dead("x")
        given_up.with_user(self.manager).action_give_up("it is over")
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_notification SET sent_at = sent_at - interval '91 days', write_date = write_date - interval '91 days'")
        self.env.invalidate_all()
        self.env['it.notification']._gc_done()
        self.assertEqual((sent | dead | given_up).exists(), dead | given_up)

    def test_next_try_wakes_the_job(self):
        cron = self.env.ref('it_continuity.it_notification_cron')
        before = self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)])
        message = self._queue(self._channel())
        self.assertEqual(self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)]), before + 1)
        self.listener.answers = [(503, {}, '')]
        with mute_logger(SENDER):
            self._send()
        self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id), ('call_at', '>=', message.due_at - timedelta(seconds=1))]))
