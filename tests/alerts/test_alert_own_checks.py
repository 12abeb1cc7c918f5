from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .alert_case import MINUTE, AlertCase

WATCH = 'odoo.addons.it_continuity.models.alerts.alert_watch'


@tagged('post_install', '-at_install')
class TestAlertOwnChecks(AlertCase):
    """The watcher's page sees that alerts do not follow, that nobody is told, and that nothing gets out."""

    def _look(self, name):
        self.env.flush_all()
        return self.env['it.own.check']._look_at(name, self.env.company)

    def test_all_is_well(self):
        self.assertEqual((self._look('alerts')['state'], self._look('outbox')['state']), ('ok', 'ok'))

    def test_bad_without_an_alert(self):
        with patch.object(type(self.env['it.alert.watch']), '_follow', lambda watch, is_behind=False: 1 / 0), \
                mute_logger('odoo.addons.it_continuity.models.alerts.it_judge'):
            self._report(self.fake, '20', '20', '20')
            for minute in range(11):
                self._later(MINUTE)
                self._report(self.fake, '20')
                if minute == 4:
                    self.assertEqual(self._look('alerts')['state'], 'ok', "a few minutes are no trouble yet")
        self.assertFalse(self._opened())
        line = self._look('alerts')
        self.assertEqual(line['state'], 'critical')
        self.assertIn("Bad without an alert: 1, for 11 minutes.", line['found'])
        self._judge()
        self.assertTrue(self._opened())
        self.assertEqual(self._look('alerts')['state'], 'ok')

    def test_nobody_was_told(self):
        with patch.object(type(self.env['it.alert.call']), '_call_due', lambda call: None):
            self._report(self.fake, '20', '20', '20')
            self._later(11 * MINUTE)
            self._report(self.fake, '20')
            line = self._look('alerts')
            self.assertEqual(line['state'], 'critical')
            self.assertIn("Not told, though it is time: 1", line['found'])

    def test_nobody_was_told_that_it_is_over(self):
        self._report(self.fake, '20', '20', '20')
        self._tick(16 * MINUTE)
        self._report(self.fake, '00')
        with patch.object(type(self.env['it.alert.call']), '_call_due', lambda call: None):
            for minutes, state in ((16, 'ok'), (10, 'critical')):
                self._later(minutes * MINUTE)
                self._report(self.fake, '00')
                self.assertEqual(self._look('alerts')['state'], state)

    def test_message_that_waits_and_one_that_died(self):
        self._report(self.fake, '20', '20', '20')
        waiting = self._messages()
        self.assertTrue(waiting)
        self.assertEqual(self._look('outbox')['state'], 'ok')
        self._later(timedelta(minutes=11))
        line = self._look('outbox')
        self.assertEqual((line['state'], "waited for 11 minutes" in line['found']), ('critical', True))
        for message in waiting:
            message._dead("It answered 404")
        line = self._look('outbox')
        self.assertEqual(line['state'], 'critical')
        self.assertIn(f"Not delivered: {len(waiting)}.", line['found'])

    def test_jobs_of_alerts_and_messages_are_vital(self):
        self.assertLessEqual({'it_continuity.ir_cron_alerts', 'it_continuity.it_notification_cron'}, set(self.env['it.own.check']._get_vital_jobs()))
        for xmlid in self.env['it.own.check']._get_vital_jobs():
            self.assertTrue(self.env.ref(xmlid))
