import re
from datetime import timedelta
from pathlib import Path

from odoo.tests import tagged

from .heartbeat_case import HeartbeatHttpCase

RID = '6c8e1e1a-2e1f-4b44-9c0c-2d6a6e1f0a11'
STRANGE = '00000000-0000-4000-8000-000000000000'


@tagged('post_install', '-at_install')
class TestHeartbeatPing(HeartbeatHttpCase):
    """The address as scripts open it, and as anybody may."""

    def assertTaken(self, response, **said):
        self.assertEqual((response.status_code, response.text), (200, "OK"))
        self.assertNotIn('Set-Cookie', response.headers)
        self.env.invalidate_all()
        newest = self.env['it.heartbeat.ping'].search([], order='id desc', limit=1)
        self.assertEqual({name: newest[name] for name in said}, said)
        return newest

    def assertUnknown(self, response):
        self.assertEqual((response.status_code, response.text), (404, "not found"))
        self.assertNotIn('Set-Cookie', response.headers)

    def test_what_healthchecks_takes(self):
        for parts, kind, code in (
            ((), 'success', False), (('',), 'success', False), (('start',), 'start', False), (('fail',), 'fail', False), (('log',), 'log', False), (('0',), 'success', '0'),
            (('3',), 'fail', '3'), (('255',), 'fail', '255')):
            with self.subTest(parts=parts):
                self.assertTaken(self.ping(self.token, *parts), kind=kind, exit_code=code, method='GET', heartbeat_id=self.beat)
        self.assertEqual(self.ping(method='HEAD').status_code, 200)
        self.assertTaken(self.ping(self.token.upper()), kind='success')
        self.assertTaken(self.ping(f'{self.token}?create=1&rid={RID}'), kind='success', rid=RID)

    def test_log_of_a_post(self):
        for data, headers in (
            (b'12 files, 0 errors\n', {}), (b'12 files, 0 errors\n', {'Content-Type': 'application/x-www-form-urlencoded'}),
            (b'12 files, 0 errors\n', {'Content-Type': 'application/json'}), (b'12 files, 0 errors\n', {'Content-Type': 'text/plain; charset=latin-1'}),
        ):
            with self.subTest(headers=headers):
                self.assertTaken(self.ping(data=data, headers=headers), log="12 files, 0 errors\n", log_bytes=19, method='POST')
        self.assertTaken(self.ping(data=b'a=b&heartbeat_id=1', headers={'Content-Type': 'application/x-www-form-urlencoded'}), log="a=b&heartbeat_id=1")
        newest = self.assertTaken(self.ping(data=b'x' * 150_000), log_bytes=150_000)
        self.assertEqual(len(newest.log), 100_000)

    def test_log_that_is_too_long_or_has_no_length_costs_no_ping(self):
        self.assertTaken(self.ping(data=iter([b'piece', b'by piece'])), log=False, log_bytes=0)
        self.assertEqual(self._pings(), 1)

    def test_hostile_bodies_are_text(self):
        for body in (
            b'\x00\x01\xff\xfe', b'<script>alert(1)</script>', b'=cmd|"/C calc"!A0', b'\xed\xa0\x80', b'{"a":' * 10_000, b'%00', b"'; DROP TABLE it_heartbeat; --",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', 'é'.encode() * 60_000,
        ):
            for kind in ('text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'multipart/form-data', 'é'):
                with self.subTest(body=body[:20], kind=kind):
                    response = self.ping(data=body, headers={'Content-Type': kind.encode()})
                    self.assertEqual(response.status_code, 200)
                    self.env.cr.execute("DELETE FROM it_heartbeat_ping")  # or there are more than a minute may hold
        self.assertTaken(self.ping(data=b'<script>alert(1)</script>'), log='<script>alert(1)</script>')

    def test_strange_headers_do_not_break_it(self):
        self.assertTaken(self.ping(headers={'User-Agent': 'x' * 5000}), program='x' * 200)
        self.assertTaken(self.ping(headers={'User-Agent': b'\xff\x01<b>'}))

    def test_unknown_addresses_hear_the_same_and_write_nothing(self):
        self.beat.copy()  # one that has no address
        archived = self._beat(self.manager, "Archived")
        old = archived.new_address()
        archived.active = False
        before = self._pings()
        for parts in (
            (STRANGE,), (STRANGE, 'start'), (STRANGE, '3'), (self.token, 'pause'), (self.token, 'start', 'x'), (self.token, '256'),
            (self.token, 'start', 'x', 'y', 'z'), (old,), ('x' * 22, self.beat.code), ('a' * 5000,), ('%00',), ('%F0%28',), (self.token[:-1],),
            (self.token, '', ''), (self.token, 'start', ''), ('False',), ('None',), ("' OR 1=1 --",), ('..%2F..%2Fetc',), (str(self.beat.id),), (self.beat.code,),
        ):
            for method in ('GET', 'POST'):
                with self.subTest(parts=parts, method=method):
                    self.assertUnknown(self.ping(*parts, method=method, data=b'x' * 1000 if method == 'POST' else None))
        self.assertEqual(self._pings(), before)

    def test_other_methods_are_refused(self):
        for method in ('PUT', 'DELETE', 'PATCH', 'OPTIONS'):
            self.assertIn(self.ping(method=method).status_code, (400, 404, 405))
        self.assertEqual(self._pings(), 0)

    def test_run_id_that_is_none_is_refused(self):
        response = self.ping(f'{self.token}?rid=nightly')
        self.assertEqual((response.status_code, response.text), (400, "rid is no UUID"))
        self.assertEqual(self._pings(), 0)

    def test_too_many_pings_a_minute_are_refused(self):
        self.env.cr.execute("""
            INSERT INTO it_heartbeat_ping (heartbeat_id, company_id, at, kind, is_taken) SELECT %s, %s, %s, 'start', true FROM generate_series(1, 60)
        """, [self.beat.id, self.beat.company_id.id, self.env.cr.now() - timedelta(seconds=30)])
        response = self.ping()
        self.assertEqual((response.status_code, response.headers['Retry-After']), (429, '60'))
        self.assertEqual(self._pings(), 60)
        other = self._beat(self.manager, "Other").new_address()
        self.assertEqual(self.ping(other).status_code, 200)

    def test_ping_key_and_short_name(self):
        key = self.env['it.heartbeat'].with_user(self.manager).new_ping_key(self.env.company.id)
        self.assertTaken(self.ping(key, self.beat.code), heartbeat_id=self.beat, kind='success')
        self.assertTaken(self.ping(key, self.beat.code, '7'), kind='fail', exit_code='7')
        self.assertUnknown(self.ping(key, 'other'))
        self.env['it.heartbeat'].with_user(self.manager).new_ping_key(self.env.company.id)
        self.assertUnknown(self.ping(key, self.beat.code))

    def test_new_address_replaces_the_one_before(self):
        new = self._rpc(self.technician, self.beat, 'new_address')
        self.assertUnknown(self.ping())
        self.assertTaken(self.ping(new))

    def test_the_judge_takes_it_from_there(self):
        self.ping(self.token, 'start', data=None)
        self.ping(self.token, '0', data=b'done')
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        self.assertEqual((self.check.hard_state, self.beat.effective_state), ('ok', 'ok'))
        self.assertTrue(self.env['ir.cron.trigger'].search_count([('cron_id', '=', self.env.ref('it_continuity.ir_cron_judge').id)]))

    # === COPIES === #

    def test_a_neutralized_copy_has_no_address(self):
        key = self.env['it.heartbeat'].new_ping_key(self.env.company.id)
        self.env.flush_all()
        self.env.cr.execute(Path(__file__).parents[2].joinpath('data/neutralize.sql').read_text(encoding='utf-8'))
        self.env.invalidate_all()
        self.registry.clear_cache()
        self.env.cr.execute("SELECT count(token_sha256) FROM it_heartbeat")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertUnknown(self.ping())
        self.assertUnknown(self.ping(key, self.beat.code))
        self.assertEqual(self.check.agent_id.state, 'active', "it is still this Odoo")

    def test_a_database_of_its_own_takes_no_pings_of_the_original(self):
        self.env['it.agent'].with_user(self.manager).action_renew_db_id()
        self.assertUnknown(self.ping())
        self.assertFalse(self.beat.address_made_at)
        self.assertEqual(self.check.agent_id.state, 'active')

    def test_the_kept_hash_fits_no_other_database(self):
        self.env['it.database']._renew_db_id()
        self.assertUnknown(self.ping())

    def test_a_copy_says_that_it_is_one(self):
        self.assertFalse(self.beat.is_copied)
        self.env['ir.config_parameter'].set_param('it_continuity.db_place', '1/elsewhere')
        self.env.invalidate_all()
        self.assertTrue(self.beat.is_copied)
        line = self.env['it.own.check']._look_at('place', self.env.company)
        self.assertEqual(line['state'], 'critical')
        self._rpc(self.manager, self.env['it.heartbeat'], 'action_settle')
        self.assertFalse(self.beat.is_copied)

    def test_the_address_is_no_part_of_what_the_page_of_a_ping_shows(self):
        self.assertTaken(self.ping(data=b'done'))
        shown = self.env['it.heartbeat.ping'].search([], limit=1).read()[0]
        self.assertFalse([name for name, value in shown.items() if re.search(self.token, str(value))])

