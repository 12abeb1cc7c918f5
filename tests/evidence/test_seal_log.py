import hashlib
from datetime import datetime
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import sealing
from ...models.evidence.seal_event import LOCK_CLASS
from .seal_case import SealCase


@tagged('post_install', '-at_install')
class TestSealLog(SealCase):
    """Each step leaves one event; a closed run and its files stay as they are, whoever asks."""

    def test_each_step_appends_an_event_with_all_that_matters(self):
        run = self._run('steps')
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "a.txt", 'raw': b'seen'})
        run.with_user(self.technician).action_done(note="fine", attachment_ids=file.ids)
        self._commit()
        run.with_user(self.manager).action_verify()
        self._commit()
        done, verified = self._log_of(run)
        self.assertEqual(done['steps'], [['pending', 'done', self.technician.id]])
        self.assertEqual(verified['steps'], [['done', 'verified', self.manager.id]])
        self.assertEqual(
            {name: done['record'][name] for name in ('state', 'task_name', 'note', 'done_by_id', 'done_at', 'occurrence')},
            {'state': 'done', 'task_name': "Task steps", 'note': "fine", 'done_by_id': self.technician.id,
             'done_at': '2026-11-23T06:00:00Z', 'occurrence': '2026-11-23'})
        self.assertTrue({'instructions', 'expected_evidence', 'line_text', 'snapshot', 'override_reason'} <= done['record'].keys())
        self.assertEqual(done['people'][str(self.technician.id)], 'itc_technician')
        self.assertEqual(done['files'], [{
            'id': file.id, 'name': "a.txt", 'size': 4, 'sha256': hashlib.sha256(b'seen').hexdigest()}])
        self.assertEqual(self._codes(), [])

    def test_events_form_one_chain_a_company(self):
        for code in ('one', 'two', 'three'):
            self._done(code)
        other = self.env['res.company'].create({'name': "Other", 'itc_tz': 'Europe/Berlin'})
        self.technician.company_ids += other
        run = self._run('other', company_id=other.id)
        run.with_user(self.technician).with_context(allowed_company_ids=other.ids).action_done()
        self._commit()
        links = list(self.events._links(other.id))
        self.assertEqual([(link.seq, link.prev, link.res_id) for link in links], [(1, sealing.GENESIS, run.id)])
        walk = sealing.Walk(self.env.company.id)
        for link in self.events._links(self.env.company.id):
            walk.show(link)
        self.assertEqual(walk.findings(), [])
        self.assertEqual(walk.last, self.events._head(self.env.company.id))

    def test_missed_failed_rejected_and_late_entry_are_logged(self):
        late, failed, none = self._run('late'), self._run('failed'), self._run('none')
        failed.with_user(self.technician).action_fail("broken")
        none.with_user(self.technician).action_not_applicable("closed day")
        self._commit()
        none.with_user(self.manager).action_reject("it was open")
        self._commit()
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        self._commit()
        late.with_user(self.technician).action_done(done_at='2026-11-23 08:00:00', note="on paper")
        self._commit()
        steps = {run.id: [step[:2] for event in self._log_of(run) for step in event['steps']] for run in (late, failed, none)}
        self.assertEqual(steps[late.id], [['pending', 'missed'], ['missed', 'missed'], ['missed', 'done']])
        self.assertEqual(steps[failed.id], [['pending', 'failed']])
        self.assertEqual(steps[none.id], [['pending', 'not_applicable'], ['not_applicable', 'pending'], ['pending', 'missed']])
        self.assertEqual(self._codes(), [])

    def test_seal_from_before_a_field_was_added_still_fits_its_run(self):
        run = self._done('older')
        with self._as_owner() as cr:
            for name in ('needs_confirmation', 'is_extra', 'is_unaccepted', 'answering_id', 'given_by_id', 'responsible_since'):
                cr.execute(
                    "UPDATE it_seal_event SET content = (content::jsonb #- ARRAY['record', %s])::text WHERE model = 'it.task.run' AND res_id = %s",
                    [name, run.id])
        self.assertNotIn('needs_confirmation', self._log_of(run)[-1]['record'])
        self.assertEqual(list(run._compare_with_log()), [])
        self._sql("UPDATE it_task_run SET note = 'other' WHERE id = %s", run.id)
        self.assertEqual([code for _id, _name, code, _details in run._compare_with_log()], ['changed'])

    def test_who_confirmed_and_for_whom_it_counts_are_sealed(self):
        run = self._run('waived')
        run.with_user(self.technician).action_not_applicable("closed")
        self._commit()
        self._clock(datetime(2026, 11, 23, 7, 0))
        run.with_user(self.manager).action_verify()
        self._commit()
        self.assertEqual([event['record']['verified_by_id'] for event in self._log_of(run)], [None, self.manager.id])
        self.assertEqual(self._codes(), [])
        self._sql("UPDATE it_task_run SET needs_confirmation = FALSE WHERE id = %s", run.id)
        self.assertEqual(self._codes(), [('changed', run.id)])

    def test_word_added_to_a_missed_run_is_logged_too(self):
        run = self._run('word')
        self._clock(datetime(2026, 11, 24, 6, 0))
        self._pass()
        self._commit()
        self._rpc(self.technician, run, 'write', {'note': "no power"})
        self._commit()
        self.assertEqual([event['record']['note'] for event in self._log_of(run)], [None, "no power"])
        self.assertEqual(self._codes(), [])

    def test_step_that_was_rolled_back_is_not_logged_and_those_before_it_are(self):
        kept, lost = self._run('kept'), self._run('lost')
        kept.with_user(self.technician).action_done()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            lost.with_user(self.technician).action_done()
            1 / 0  # noqa: B018  it has to go wrong
        self._commit()
        self.assertEqual((len(self._log_of(kept)), self._log_of(lost)), (1, []))
        self.assertEqual(self._codes(), [])

    def test_closed_run_is_closed_to_the_superuser_too(self):
        root = self.env.ref('base.user_root')
        for state in ('done', 'verified', 'auto_verified', 'not_applicable'):
            run = self._run(state)
            self._sql("UPDATE it_task_run SET state = %s WHERE id = %s", state, run.id)
            for values in (
                {'note': "x"}, {'responsible_id': self.user.id}, {'done_by_id': self.user.id}, {'snapshot': []}, {'task_name': "x"},
                {'attachment_ids': [Command.clear()]}, {'done_at': '2026-11-23 05:00:00'}, {'state': state, 'note': "x"},
            ):
                with self.subTest(state=state, values=values), self.assertRaisesRegex(AccessError, "stays as it is"):
                    self._rpc(root, run, 'write', values)
            with self.subTest(state=state), self.assertRaises(UserError):
                self._rpc(root, run, 'unlink')

    def test_confirming_changes_nothing_but_who_and_when(self):
        run = self._done('confirm')
        for values in ({'done_by_id': self.user.id}, {'note': "x"}, {'snapshot': []}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                run.sudo().write({'state': 'verified', 'verified_by_id': self.manager.id, **values})
        run.with_user(self.manager).action_verify()
        self.assertRunState(run, 'verified')

    def test_chatter_of_a_closed_run_takes_more_words_and_keeps_those_it_has(self):
        run = self._done('chatter')
        note = run.with_user(self.technician).message_post(body=run.task_name, attachments=[('later.txt', b'x')])
        self.assertEqual(note.attachment_ids.res_id, run.id)
        with self.assertRaises(AccessError):
            note.attachment_ids.sudo().unlink()
        self.assertEqual(self._codes(), [])

    def test_files_of_a_closed_run_neither_change_nor_go(self):
        run = self._run('files')
        file, free = self.env['ir.attachment'].with_user(self.technician).create([{'name': "a", 'raw': b'a'}, {'name': "b", 'raw': b'b'}])
        run.with_user(self.technician).write({'attachment_ids': [Command.link(file.id)]})
        file.name = "still open"
        run.with_user(self.technician).action_done()
        self._commit()
        for user in (self.technician, self.env.ref('base.user_root')):
            for values in ({'raw': b'x'}, {'datas': b'eA=='}, {'name': "x"}, {'res_id': False}, {'res_model': 'res.partner'}, {'mimetype': 'x/y'},
                           {'description': "x"}, {'access_token': 'x'}):
                with self.subTest(user=user.login, values=values), self.assertRaisesRegex(AccessError, "is evidence of"):
                    self._rpc(user, file, 'write', values)
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "is evidence of"):
                self._rpc(user, file, 'unlink')
        file.sudo().write({'index_content': "what it says"})
        free.unlink()

    def test_people_named_in_a_run_cannot_be_deleted(self):
        self._done('person')
        self.env.flush_all()
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM res_users WHERE id = %s", [self.technician.id])

    def test_log_is_written_by_nobody(self):
        event = self.events.search([('res_id', '=', self._done('wall').id)])
        for person in (self.manager, self.auditor, self.env.ref('base.user_root')):
            with self.subTest(person=person.login):
                self.assertTrue(self._rpc(person, event, 'read', ['content']))
                for method, arguments in (('write', [{'content': "x"}]), ('unlink', []), ('create', [{'content': "x"}])):
                    with self.assertRaises(UserError):
                        self._rpc(person, event if method != 'create' else event.browse(), method, *arguments)
        for person in (self.technician, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, event, 'read', ['content'])

    def test_trigger_refuses_what_slips_past_the_software(self):
        run = self._done('trigger')
        for query in (
            "UPDATE it_seal_event SET content = '{}' WHERE res_id = %s", "UPDATE it_seal_event SET hash = NULL WHERE res_id = %s",
            "UPDATE it_seal_event SET hash = repeat('0', 64) WHERE res_id = %s", "UPDATE it_seal_event SET seq = seq + 1000 WHERE res_id = %s",
            "UPDATE it_seal_event SET prev_hash = repeat('0', 64) WHERE res_id = %s", "UPDATE it_seal_event SET at = now() WHERE res_id = %s",
            "DELETE FROM it_seal_event WHERE res_id = %s", "TRUNCATE it_seal_event",
        ):
            with self.subTest(query=query), mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.RaiseException), self.env.cr.savepoint():
                self.env.cr.execute(query, [run.id] if '%s' in query else None)

    def test_sealing_job_waits_for_nobody(self):
        company = self.env['res.company'].create({'name': "Waiting"})
        self.events._append('it.task.run', [(company.id, 1, '{}')])
        with self.registry.cursor() as other:
            other.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, company.id])
            self.assertTrue(other.fetchone()[0])
            self.assertEqual(self.events._seal_waiting(company.id), 0)
        self.assertEqual(self.events._seal_waiting(company.id), 1)

    def test_step_wakes_the_sealing_job_once_a_transaction(self):
        runs = self._run('wake_1') + self._run('wake_2')
        with patch.object(type(self.env['ir.cron']), '_trigger', autospec=True) as trigger:
            runs.with_user(self.technician).action_done()
            self.env.cr.flush()
        woken = [call.args[0] for call in trigger.call_args_list]
        self.assertEqual(woken.count(self.env.ref('it_continuity.it_seal_cron')), 1)

    def test_closing_300_runs_costs_a_fixed_number_of_statements(self):
        counts = {}
        for size in (2, 3, 300):  # the first one fills the caches
            task = self._task(f'bulk_{size}', schedule_kind='on_demand')
            runs = self.env['it.task.run'].sudo().create([{
                'task_id': task.id, 'checklist_id': self.checklist.id, 'company_id': self.env.company.id, 'task_name': task.name,
                'occurrence': f'bulk {number}', 'date': '2026-11-10', 'open_at': '2026-11-10 04:00', 'due_at': '2026-11-10 09:00',
                'deadline_at': '2026-11-10 21:00', 'responsible_id': self.technician.id} for number in range(size)])
            self.env.cr.flush()
            self.env.invalidate_all()
            runs._close_missed()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env.cr.flush()
            self.events._seal_waiting(self.env.company.id)
            counts[size] = self.env.cr.sql_log_count - before
            self.assertEqual(self.events.search_count([('res_id', 'in', runs.ids), ('hash', '!=', False)]), size)
        self.assertEqual(counts[300], counts[3])
        self.assertLessEqual(counts[300], 18)  # one of them asks who worked on the runs, one keeps the names
