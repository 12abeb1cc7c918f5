import json

from odoo.tests import HttpCase

from ..common import ItcCase
from .listener import Listener


class OutboxCase(ItcCase, HttpCase):
    """Messages that really leave, to a listener on this machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Nothing is posted to this machine itself unless an administrator allows it.
        cls.env['ir.config_parameter'].set_param('it_continuity.outbox_loopback', '1')

    def setUp(self):
        super().setUp()
        self.listener = self._listener()

    def _listener(self):
        listener = Listener()
        self.addCleanup(listener.close)
        return listener

    def _channel(self, shape='ntfy', listener=None, **values):
        given = {'ntfy': {'topic': 'it_4711_secret'}, 'telegram': {'token': '123:ABC-secret', 'chat': '-1001'}}.get(shape, {})
        return self.env['it.notification.channel'].create({
            'name': f"To {shape}", 'kind': 'webhook', 'shape': shape, 'url': (listener or self.listener).url, **given, **values})

    def _queue(self, channels, key='alert:1', title="Disk full", text="srv-test: 90 %", **values):
        return self.env['it.notification']._queue(channels, key, title, text, **values)

    def _send(self):
        self.env.flush_all()
        self.env['it.outbox']._send_due()
        self.env.invalidate_all()

    def _later(self, messages, **values):
        """Let these messages be due now, whatever was agreed; a day cannot be lived through in a test."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_notification SET due_at = due_at - interval '1 year' WHERE id = ANY(%s)", [messages.ids])
        self.env.cr.execute("UPDATE it_notification_channel SET retry_at = NULL WHERE id = ANY(%s)", [messages.channel_id.ids])
        self.env.invalidate_all()
        self._send()

    def _bodies(self, listener=None):
        return [json.loads(arrival.body) for arrival in (listener or self.listener).arrived]
