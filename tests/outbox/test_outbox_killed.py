import collections
import os
import signal
import subprocess
import sys
import threading

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import config

from ..concurrent_case import ConcurrentCase
from . import sender_process
from .listener import Listener, MailListener

KILLS = int(os.environ.get('ITC_SENDER_KILLS', '200'))
LOOPBACK = 'it_continuity.outbox_loopback'


class CommittedOutboxCase(ConcurrentCase):
    """Messages that are committed, as other processes see them; what is committed, the test itself removes."""

    def setUp(self):
        super().setUp()
        self.listener = Listener()
        self.addCleanup(self.listener.close)
        self.addCleanup(self._remove)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env['ir.config_parameter'].set_param(LOOPBACK, '1')
            self.channel_ids = env['it.notification.channel'].create([
                {'name': f"Race {number}", 'kind': 'webhook', 'shape': 'slack', 'url': self.listener.url} for number in range(3)]).ids

    def _start_nursery(self):
        """Start the process whose forks are the senders."""
        options = [f'--{option}={config[option]}' for option in ('db_host', 'db_port', 'db_user', 'db_password') if config[option]]
        self.nursery = subprocess.Popen(
            [sys.executable, sender_process.__file__, f'--database={self.env.cr.dbname}', f'--addons-path={",".join(config["addons_path"])}',
             f'--data-dir={config["data_dir"]}', *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
        self.addCleanup(self._end_nursery)
        self.assertEqual(self.nursery.stdout.readline().strip(), 'ready')

    def _end_nursery(self):
        self.nursery.stdin.close()
        self.nursery.wait(timeout=30)
        self.nursery.stdout.close()

    def _fork(self, count=1):
        """Let so many senders begin; return their process ids. `_ends` waits until they have ended."""
        self.nursery.stdin.write(' '.join(map(str, [count, *self.channel_ids])) + '\n')
        self.nursery.stdin.flush()
        return [int(pid) for pid in self.nursery.stdout.readline().split()]

    def _ends(self):
        return self.nursery.stdout.readline().split()

    def _remove(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})['ir.config_parameter'].set_param(LOOPBACK, False)
            cr.execute("DELETE FROM it_notification WHERE channel_id = ANY(%s)", [self.channel_ids])
            cr.execute("DELETE FROM it_notification_channel WHERE id = ANY(%s)", [self.channel_ids])
            cr.execute("DELETE FROM ir_cron_trigger WHERE cron_id IN (SELECT res_id FROM ir_model_data WHERE name = 'it_notification_cron')")

    def _queue(self, count, channels=1):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for number in range(count):
                env['it.notification']._queue(env['it.notification.channel'].browse(self.channel_ids[:channels]), f'race:{number}', "Race", str(number))

    def _states(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT state || coalesce(': ' || reason, ''), count(*) FROM it_notification WHERE channel_id = ANY(%s) GROUP BY 1", [self.channel_ids])
            return dict(cr.fetchall())

    def _keys(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT idempotency_key FROM it_notification WHERE channel_id = ANY(%s)", [self.channel_ids])
            return {row[0] for row in cr.fetchall()}


@tagged('post_install', '-at_install')
class TestOutboxKilled(CommittedOutboxCase):
    """A sender that is a process of its own, killed between sending and marking: nothing is lost, at most one repeat, with the same key."""

    def setUp(self):
        super().setUp()
        self.sender_pid, self.pid_known, self.killed_for = None, threading.Event(), set()
        self.listener.before = self._kill
        self._start_nursery()

    def _kill(self, arrival, handler):
        """Kill the sender at the first arrival of a message, in turn before and right after it gets its answer."""
        if len(self.killed_for) == KILLS or arrival.key in self.killed_for:
            return False
        self.killed_for.add(arrival.key)
        self.pid_known.wait(30)
        if len(self.killed_for) % 2:
            os.kill(self.sender_pid, signal.SIGKILL)
            return True
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        handler.wfile.flush()
        os.kill(self.sender_pid, signal.SIGKILL)
        return True

    def _run_sender(self):
        """Let one sender work until it ends or is killed; return which."""
        self.pid_known.clear()
        [self.sender_pid] = self._fork()
        self.pid_known.set()
        [end] = self._ends()
        with self.registry.cursor() as cr:  # its lease is over; two minutes a kill cannot be waited for
            cr.execute("UPDATE it_notification SET due_at = due_at - interval '1 hour' WHERE state = 'sending' AND channel_id = ANY(%s)", [self.channel_ids])
        return end

    def test_nothing_is_lost_and_nothing_comes_three_times(self):
        self._queue(KILLS)
        ends = collections.Counter()
        while True:
            end = self._run_sender()
            ends[end] += 1
            if end != 'killed':
                break
        self.assertEqual(ends, {'killed': KILLS, 'ended:0': 1})
        self.assertEqual(self._states(), {'sent': KILLS}, "nothing is lost")
        arrivals = collections.Counter(arrival.key for arrival in self.listener.arrived)
        self.assertEqual(set(arrivals), self._keys(), "each arrived, and each try of one message had its one key")
        self.assertLessEqual(max(arrivals.values()), 2, "at most one repeat")
        self.assertGreaterEqual(len(self.listener.arrived), KILLS * 3 // 2, "who was killed before its answer did send again")

    def _mail_server(self, env, server):
        return env['ir.mail_server'].create(
            {'name': "Here", 'smtp_host': '127.0.0.1', 'smtp_port': server.port, 'smtp_encryption': 'none', 'sequence': -1})

    def _mail_to(self, server):
        """Queue a message that goes by mail, to a server on this machine."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            host = self._mail_server(env, server)
            channel = env['it.notification.channel'].create({'name': "Race by mail", 'kind': 'mail', 'email_to': 'phone@example.com'})
            env['it.notification']._queue(channel, 'race:mail', "Race", "By mail")
        self.channel_ids.append(channel.id)
        self.addCleanup(self._remove_mails, host.id)

    def _remove_mails(self, host_id, mail_id=False):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env['it.notification'].search([('channel_id', 'in', self.channel_ids)]).mail_mail_id.unlink()
            env['mail.mail'].browse(mail_id or []).exists().unlink()
            env['ir.mail_server'].browse(host_id).unlink()

    def _arrived_by_mail(self, kills, runs):
        """Let senders send a mail, the first so many killed while the server takes it; return how they ended, how often it arrived, what it is."""
        server, left = MailListener(), [None] * kills
        self.addCleanup(server.close)

        def kill():
            if left:
                left.pop()
                self.pid_known.wait(30)
                os.kill(self.sender_pid, signal.SIGKILL)

        server.before = kill
        self._mail_to(server)
        ends = [self._run_sender() for _run in range(runs)]
        return ends, len(server.mails), [state.partition(':')[0] for state in self._states()]

    def test_sender_of_a_test_leaves_mails_of_others_alone(self):
        server = MailListener()
        self.addCleanup(server.close)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            host = self._mail_server(env, server)
            mail = env['mail.mail'].create({'subject': "Of others", 'body_html': "x", 'email_from': 'a@example.com', 'email_to': 'b@example.com'})
        self.addCleanup(self._remove_mails, host.id, mail.id)
        self.assertEqual((self._run_sender(), server.mails), ('ended:0', []))

    def test_mail_of_which_the_sender_is_killed_once_is_sent_again(self):
        self.assertEqual(self._arrived_by_mail(1, 3), (['killed', 'ended:0', 'ended:0'], 2, ['sent']))

    def test_mail_of_which_each_sender_is_killed_is_repeated_once_and_then_a_person_decides(self):
        self.assertEqual(self._arrived_by_mail(9, 4), (['killed', 'killed', 'ended:0', 'ended:0'], 2, ['dead']))


@tagged('post_install', '-at_install')
class TestOutboxConcurrent(CommittedOutboxCase):
    """Two senders and two who queue, each in transactions of their own."""

    def test_two_senders_at_once_send_each_message_once(self):
        self._queue(20, channels=3)
        self._start_nursery()
        self._fork(2)
        self.assertEqual(self._ends(), ['ended:0'] * 2)
        self.assertEqual(self._states(), {'sent': 60})
        self.assertEqual(collections.Counter(arrival.key for arrival in self.listener.arrived), dict.fromkeys(self._keys(), 1))

    def test_two_who_queue_the_same_key_at_once_queue_one(self):
        def work(env):
            env['it.notification']._queue(env['it.notification.channel'].browse(self.channel_ids), 'same', "Race", "x")

        self._both_at_once(work)
        self.assertEqual(self._states(), {'waiting': 3})

    def test_nothing_is_sent_that_was_not_committed(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env['it.notification']._queue(env['it.notification.channel'].browse(self.channel_ids), 'never', "Race", "x")
            self.env['it.outbox']._send_due()
            cr.rollback()
        self.assertFalse(self.listener.arrived)
        self.assertEqual(self._states(), {})
