from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tour_case import TourCase
from .common import OutboxCase

SENDER = 'odoo.addons.it_continuity.models.outbox.sender'


@tagged('post_install', '-at_install')
class TestOutboxTour(OutboxCase, TourCase):
    """A manager at a desk and on a phone: a way out from the menu to the confirmed test, and a dead letter that is tried again."""

    def test_manager_makes_a_way_out_and_confirms_its_test(self):
        def story(phone):
            self.listener.arrived.clear()
            self._tour('/odoo/it-setup', 'it_channel_new_tour', self.manager, phone, cookies={'itc_listener': self.listener.url}, timeout=120)
            channel = self.env['it.notification.channel'].search([('name', '=', "Phones on duty")])
            self.assertEqual((channel.url, channel.topic, channel.health), (self.listener.url, 'it-duty-8f3k2m9x', 'new'))
            self._send()
            [body] = self._bodies()
            self.assertEqual(body['topic'], 'it-duty-8f3k2m9x')
            self._tour('/odoo/' + body['click'].partition('/odoo/')[2], 'it_channel_confirm_tour', self.manager, phone, timeout=120)
            self.assertEqual((channel.health, channel.confirmed_by_id), ('ok', self.manager))
        self._at_both_widths(story)

    @mute_logger(SENDER)
    def test_manager_tries_a_dead_letter_again_and_gives_one_up(self):
        def story(phone):
            self.listener.answers = [(404, {}, "no such topic")] * 2
            again, given_up = (self._queue(self._channel(), key=title, title=title) for title in ("Disk full", "Power gone"))
            self._send()
            self._tour('/odoo/it-setup', 'it_dead_letter_tour', self.manager, phone, timeout=120)
            self._send()
            self.assertEqual((again.state, given_up.state, given_up.reason), ('sent', 'given_up', "Told by phone"))
        self._at_both_widths(story)
