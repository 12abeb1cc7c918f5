import json

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import protocol
from ..concurrent_case import ConcurrentCase
from ..monitoring.agent_case import FakeHost


@tagged('post_install', '-at_install')
class TestAlertConcurrent(ConcurrentCase):
    """Two workers with transactions of their own, as two jobs have; what they commit is removed at the end."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.had_db_id = env['it.database']._db_id()
            if not self.had_db_id:
                env['it.database']._renew_db_id()
            self.asset_id = env['it.asset'].create({
                'name': "srv-race", 'kind': 'host', 'category_id': env.ref('it_continuity.asset_category_server').id}).id
            agent = env['it.agent'].create({'asset_id': self.asset_id})
            fake = FakeHost("srv-race", lambda: env.cr.now())
            env['it.agent']._enrol(protocol.parse_enrol(json.dumps(fake.enrolment(agent.issue_code())).encode()))
            agent.state = 'active'
            check = env['it.check'].create({'name': "Race", 'agent_id': agent.id, 'kind': 'disk', 'max_attempts': 1})
            self.agent_id, self.check_id = agent.id, check.id
            env.flush_all()
            fake.know(check)
            body = json.dumps(fake.report(env['it.database']._db_id(), [fake.cycle(1, '2')])).encode()
            caller = env['it.sample.store']._authenticate(protocol.parse_authorization(fake.headers['Authorization']))
            env['it.sample.store']._store_report(caller, protocol.parse_report(body))
            env['it.alert.watch'].pool['it.alert.watch']._follow = _nothing
            try:
                env['it.judge']._judge()
            finally:
                del env['it.alert.watch'].pool['it.alert.watch']._follow

    def _remove(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM it_alert WHERE check_id = %s", [self.check_id])
            ids = [row[0] for row in cr.fetchall()]
            for table, column in (('mail_activity', 'res_model'), ('mail_message', 'model'), ('mail_followers', 'res_model')):
                cr.execute(f"DELETE FROM {table} WHERE {column} = 'it.alert' AND res_id = ANY(%s)", [ids])  # names of our own  # pylint: disable=sql-injection
            cr.execute("DELETE FROM it_notification WHERE res_model = 'it.alert' AND res_id = ANY(%s)", [ids])
            cr.execute("DELETE FROM it_alert WHERE id = ANY(%s)", [ids])
            cr.execute("DELETE FROM it_check_transition WHERE check_id = %s", [self.check_id])
            for table in ('it_sample_latest', 'it_sample_cycle', 'it_agent_event', 'it_sample_judged', 'it_agent_stream'):
                by = 'stream_id IN (SELECT id FROM it_agent_stream WHERE agent_id = %s)' if table == 'it_sample_judged' else 'agent_id = %s'
                cr.execute(f"DELETE FROM {table} WHERE {by}", [self.agent_id])  # names of our own  # pylint: disable=sql-injection
            cr.execute("DELETE FROM it_agent WHERE id = %s", [self.agent_id])
            cr.execute("DELETE FROM it_asset WHERE id = %s", [self.asset_id])
            cr.execute("DELETE FROM it_notification_channel WHERE NOT EXISTS (SELECT FROM it_notification WHERE channel_id = it_notification_channel.id)")

    def _found(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM it_alert WHERE cause_key = %s", [f'check:{self.check_id}'])
            return cr.fetchone()[0]

    @mute_logger('odoo.sql_db')
    def test_two_jobs_at_once_open_one_alert(self):
        self._both_at_once(lambda env: env['it.alert.watch']._follow())
        self.assertEqual(self._found(), 1)

    @mute_logger('odoo.sql_db')
    def test_job_with_an_older_snapshot_opens_none(self):
        """It does not see what the other committed meanwhile, and has the lock to itself."""
        with self.registry.cursor() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(env['it.alert'].search_count([('check_id', '=', self.check_id)]), 0)
            with self.registry.cursor() as cr:
                other = api.Environment(cr, SUPERUSER_ID, {})
                other['it.alert.watch']._follow()
                other.flush_all()
                cr.connection.commit()
            env['it.alert.watch']._follow()
            env.flush_all()
            late.connection.commit()
        self.assertEqual(self._found(), 1)


def _nothing(self, is_behind=False):
    """Leave the alert to the test's workers."""
