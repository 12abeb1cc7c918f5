import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...lib import protocol
from .agent_case import COLLECTORS, EPOCH, AgentHttpCase


@tagged('post_install', '-at_install')
class TestAgentReport(AgentHttpCase):

    def test_good_report_is_stored_and_acknowledged(self):
        answer = self.report(self.fake, [self.fake.cycle(1, '02', ago_s=60), self.fake.cycle(2, '00')])
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn('Set-Cookie', answer.headers)
        told = answer.json()
        self.assertRegex(told.pop('server_now'), r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$')
        self.assertEqual(told, {
            'proto': 1, 'db_id': self.db_id, 'ack': {EPOCH: 2}, 'rejected': [], 'resend_from': None, 'need_shapes': [],
            'next_in': 60, 'max_records': 500, 'config_rev': self.agent.config_rev, 'chain_heads': []})
        self.env.cr.execute("SELECT seq, values, states::text, texts FROM it_sample_cycle WHERE agent_id = %s ORDER BY seq", [self.agent.id])
        self.assertEqual(self.env.cr.fetchall(), [
            (1, [51.5, 51.5], '0010', {'1': "text 1"}), (2, [52.5, 52.5], '0000', None)])
        self.assertFalse(self.agent.is_silent)
        self.assertTrue(self.agent.last_seen_at)

    def test_report_tells_where_the_log_of_the_hosts_company_stands(self):
        other = self.env['res.company'].create({'name': "Other"})
        self.env['it.seal.event']._append('it.task.run', [(self.env.company.id, 1, '{}'), (other.id, 2, '{}')])
        for company in (self.env.company, other):
            self.env['it.seal.event']._seal_waiting(company.id)
        heads = {
            company.id: {'company': head.company, 'seq': head.seq, 'hash': head.hash}
            for company in (self.env.company, other) for head in [self.env['it.seal.event']._head(company.id)]}
        self.host.company_id = self.env.company
        self.assertEqual(self._store(self.fake, [self.fake.cycle(1, '00')])['chain_heads'], [heads[self.env.company.id]])
        self.host.company_id = other
        self.assertEqual(self._store(self.fake, [self.fake.cycle(2, '00')])['chain_heads'], [heads[other.id]])

    def test_same_records_many_times_and_overlapping_are_stored_once(self):
        records = [self.fake.cycle(seq, '00', ago_s=600 - seq) for seq in range(1, 21)]
        spans = [(0, 10), (0, 10), (0, 10), (5, 15), (0, 20), (10, 20), (0, 20), (0, 20), (0, 20), (0, 20), (0, 20)]
        for start, end in spans:
            answer = self.report(self.fake, records[start:end]).json()
        self.assertEqual(answer['ack'], {EPOCH: 20})
        self.assertEqual(answer['rejected'], [])
        self.assertEqual(self._cycles(self.agent), list(range(1, 21)))

    def test_present_comes_before_past_and_is_no_duplicate_later(self):
        records = [self.fake.cycle(seq, '00', ago_s=600 - seq) for seq in range(1, 7)]
        told = self.report(self.fake, records[:2], latest=records[5]).json()
        self.assertEqual(told['ack'], {EPOCH: 2})
        self.assertEqual(self._cycles(self.agent), [1, 2, 6])
        self.assertEqual(self.report(self.fake, records[2:]).json()['ack'], {EPOCH: 6})
        self.assertEqual(self._cycles(self.agent), [1, 2, 3, 4, 5, 6])

    def test_poison_is_rejected_alone(self):
        records = [self.fake.cycle(seq, '00') for seq in range(1, 6)]
        records[0]['values'] = [1.0]
        records[1]['states'] = '07'
        records[2]['values'] = [1e300, 1.0]
        records[3]['ts'] = "yesterday"
        told = self.report(self.fake, records).json()
        self.assertEqual(told['ack'], {EPOCH: 5})
        self.assertEqual(told['rejected'], [
            {'seq': 1, 'code': 'bad_values'}, {'seq': 2, 'code': 'bad_states'}, {'seq': 3, 'code': 'bad_values'}, {'seq': 4, 'code': 'bad_ts'}])
        self.assertEqual(self._cycles(self.agent), [5])

    def test_smallest_and_strangest_numbers_are_stored(self):
        told = self.report(self.fake, [self.fake.cycle(1, '00', values=[1e-300, None]), self.fake.cycle(2, '00', values=[-3.3e38, 0])]).json()
        self.assertEqual((told['ack'], told['rejected']), ({EPOCH: 2}, []))

    def test_other_content_in_a_taken_place_is_a_fork(self):
        self.report(self.fake, [self.fake.cycle(1, '00', ago_s=60), self.fake.cycle(2, '00')])
        told = self.report(self.fake, [self.fake.cycle(2, '22', ago_s=30), self.fake.cycle(3, '00')]).json()
        self.assertEqual(told['rejected'], [{'seq': 2, 'code': 'fork'}])
        self.assertEqual(told['ack'], {EPOCH: 3})
        self.assertEqual(self._cycles(self.agent), [1, 2, 3])

    def test_restored_database_asks_for_what_it_lost(self):
        self.report(self.fake, [self.fake.cycle(1, '00')])
        lost = [self.fake.cycle(seq, '00') for seq in range(2, 5)]
        told = self.report(self.fake, lost[2:], latest=self.fake.cycle(9, '00')).json()
        self.assertEqual((told['resend_from'], told['ack']), (2, {EPOCH: 1}))
        self.assertEqual(self._cycles(self.agent), [1, 9])
        self.assertEqual(self.report(self.fake, lost).json()['ack'], {EPOCH: 4})

    def test_what_the_spool_dropped_is_not_asked_for(self):
        self.report(self.fake, [self.fake.cycle(1, '00')])
        told = self.report(self.fake, [self.fake.cycle(50, '00')], oldest_seq=50).json()
        self.assertEqual((told['resend_from'], told['ack']), (None, {EPOCH: 50}))

    def test_unknown_shape_is_asked_for_and_known_one_is_not_needed_again(self):
        record = self.fake.cycle(1, '00')
        told = self.report(self.fake, [record], shapes=False).json()
        self.assertEqual((told['need_shapes'], told['ack']), ([self.fake.shape['id']], {EPOCH: 0}))
        self.assertEqual(self._cycles(self.agent), [])
        self.assertEqual(self.report(self.fake, [record]).json()['ack'], {EPOCH: 1})
        told = self.report(self.fake, [self.fake.cycle(2, '00')], shapes=False).json()
        self.assertEqual((told['need_shapes'], told['ack']), ([], {EPOCH: 2}))
        self.assertEqual(self._count_rows()['it_sample_shape'], 1)

    def test_shape_of_a_neighbour_is_not_known_here(self):
        self.report(self.other_fake, [self.other_fake.cycle(1, '0')])
        self.fake.shape = self.other_fake.shape
        told = self.report(self.fake, [self.fake.cycle(1, '2')], shapes=False).json()
        self.assertEqual(told['need_shapes'], [self.fake.shape['id']])
        self.assertEqual(self._cycles(self.agent), [])

    def test_deleted_check_ends_in_peace(self):
        record = self.fake.cycle(1, '20')
        self.checks[0].unlink()
        self.assertEqual(self.report(self.fake, [record]).json()['ack'], {EPOCH: 1})
        self.env['it.judge']._judge()
        self.assertEqual(self.checks[1].state, 'ok')

    def test_text_from_a_host_is_no_formula_and_no_markup(self):
        self.report(self.fake, [self.fake.cycle(1, '20', texts={'0': '=HYPERLINK("http://evil")<script>'})])
        self.env['it.judge']._judge()
        self.assertEqual(self.checks[0].summary, '\'=HYPERLINK("http://evil")<script>')

    def test_write_path_stays_at_two_statements(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self._store(self.fake, [self.fake.cycle(2, '00')])
        body = json.dumps(self.fake.report(self.db_id, [self.fake.cycle(3, '00')], shapes=False)).encode()
        credentials = protocol.parse_authorization(self.fake.headers['Authorization'])
        with self.assertQueryCount(2):
            caller = self.env['it.sample.store']._authenticate(credentials)
            self.env['it.sample.store']._store_report(caller, protocol.parse_report(body))
        full = json.dumps(self.fake.report(self.db_id, [self.fake.cycle(seq, '00') for seq in range(4, 504)], shapes=False)).encode()
        with self.assertQueryCount(2):
            caller = self.env['it.sample.store']._authenticate(credentials)
            self.env['it.sample.store']._store_report(caller, protocol.parse_report(full))

    def test_collectors_told_in_parts_replace_what_was_known(self):
        disk, tcp = COLLECTORS
        kinds = ['disk', 'process', 'tcp']
        told = [
            {'collectors': [{**disk, 'title': "Disks"}], 'kinds': kinds},
            {'collectors': [{**disk, 'kind': 'process', 'title': "Process"}], 'kinds': kinds},
        ]
        for seq, data in enumerate(told, 1):
            self.report(self.fake, [{
                'seq': seq, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'collectors', 'data': data}])
        known = self.agent.kind_ids.filtered(lambda kind: kind.kind == 'tcp')
        self.env['it.judge']._judge()
        self.assertEqual(
            {kind.kind: kind.title for kind in self.agent.kind_ids}, {'disk': "Disks", 'process': "Process", 'tcp': "TCP port"})
        self.assertIn(known, self.agent.kind_ids)
        self.agent._apply_event('collectors', None, {'collectors': [], 'kinds': ['disk', 'tcp']})
        self.assertEqual(set(self.agent.kind_ids.mapped('kind')), {'disk', 'tcp'})
        self.agent._apply_event('collectors', None, {'collectors': [tcp]})
        self.assertEqual(self.agent.kind_ids.mapped('kind'), ['tcp'])
        self.assertEqual(set(self.other_agent.kind_ids.mapped('kind')), {'disk', 'tcp'})

    def test_a_share_that_was_not_asked_is_shown_without_a_size(self):
        share = {'mount': "/srv/nas", 'device': "nas:/export", 'fstype': "nfs4", 'total_bytes': 0}
        root = {'mount': "/", 'device': "/dev/sda1", 'fstype': "ext4", 'total_bytes': 2**34}
        self.agent._apply_event('facts', None, {'volumes': [root, share]})
        self.assertEqual(self.agent.facts_text.splitlines()[-2:], ["volume /: ext4, 16.0 GiB", "volume /srv/nas: nfs4, nas:/export"])

    def test_event_is_kept_once_and_facts_are_applied(self):
        event = {'seq': 1, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'facts', 'data': {'hostname': "renamed"}}
        for _time in range(3):
            self.report(self.fake, [event])
        gap = {**event, 'seq': 2, 'kind': 'gap', 'data': {
            'from_seq': 3, 'to_seq': 9, 'count': 7, 'from_ts': self.fake.stamp(60), 'to_ts': self.fake.stamp(), 'reason': "<b>disk</b> full"}}
        self.assertEqual(self.report(self.fake, [gap]).json()['ack'], {EPOCH: 2})
        self.env['it.judge']._judge()
        self.env['it.judge']._judge()
        self.assertEqual(self.agent.hostname, "renamed")
        self.assertEqual(self.agent.facts['os'], "Debian")
        notes = self.agent.message_ids.filtered(lambda note: "7 records" in (note.body or ''))
        self.assertEqual(len(notes), 1)
        self.assertNotIn('<b>', notes.body)

    def test_report_of_a_change_wakes_the_judge_once(self):
        cron = self.env.ref('it_continuity.ir_cron_judge')
        cron.lastcall = False
        triggers = self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)])
        triggers.unlink()
        self.report(self.fake, [self.fake.cycle(1, '00')])
        self.assertFalse(self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)]))
        for seq in (2, 3, 4):
            self.report(self.fake, [self.fake.cycle(seq, '22')], wake=True)
        triggers = self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)])
        self.assertEqual(len(triggers), len(set(triggers.mapped('call_at'))), "one for the reports of a second")
        self.assertLessEqual(max(triggers.mapped('call_at')), fields.Datetime.now(), "one that is not due yet wakes nobody")

    def test_report_wakes_the_judge_that_is_running_or_has_just_run(self):
        """Until its job is done, the trigger that it runs for is still there for others, and the job read what there was before."""
        cron = self.env.ref('it_continuity.ir_cron_judge')
        triggers = self.env['ir.cron.trigger']
        triggers.search([('cron_id', '=', cron.id)]).unlink()
        before = self.env.cr.now().replace(microsecond=0) - timedelta(seconds=1)
        cron.lastcall = before
        taken = triggers.create({'cron_id': cron.id, 'call_at': before})
        self.report(self.fake, [self.fake.cycle(1, '22')], wake=True)
        new = triggers.search([('cron_id', '=', cron.id)]) - taken
        self.assertTrue(new)
        self.assertLessEqual(new[0].call_at, fields.Datetime.now())
