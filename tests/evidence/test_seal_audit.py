import base64
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ...lib import sealing
from ...wizard.seal_verify import LOCK_CLASS
from .seal_case import SealCase


class AuditCase(SealCase):

    def setUp(self):
        super().setUp()
        self.env['it.database']._renew_db_id()
        self.runs = [self._done(f'run_{number}') for number in range(4)]
        self.company_id = self.env.company.id

    def _events(self):
        return [self.events.search([('res_id', '=', run.id), ('model', '=', run._name)]) for run in self.runs]

    def _witness(self):
        """Return what an agent that was told the head now has in its file."""
        head = self.events._head(self.company_id)
        return json.dumps({
            'db_id': self.env['it.database']._db_id(), 'company': head.company, 'seq': head.seq, 'hash': head.hash,
            'server_now': '2026-11-23T06:00:00.000+00:00'}) + '\n'

    def _rehash(self):
        """Make the whole log fit again, head and all, as somebody who owns the database can."""
        with self._as_owner() as cr:
            cr.execute("SELECT id, model, res_id, content FROM it_seal_event WHERE company_id = %s ORDER BY seq", [self.company_id])
            rows = cr.fetchall()
            links = sealing.extend(sealing.Head(self.company_id, 0, sealing.GENESIS), [row[1:] for row in rows])
            cr.execute("UPDATE it_seal_event SET seq = -id WHERE company_id = %s", [self.company_id])
            for row, link in zip(rows, links, strict=True):
                cr.execute("UPDATE it_seal_event SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s", [link.seq, link.prev, link.hash, row[0]])
            cr.execute("UPDATE it_seal_head SET seq = %s, hash = %s WHERE company_id = %s", [links[-1].seq, links[-1].hash, self.company_id])


@tagged('post_install', '-at_install')
class TestSealAudit(AuditCase):
    """What is done to the database by SQL is found and named."""

    def test_untouched_log_is_sound(self):
        self.assertEqual(self._codes(self._witness()), [])

    def test_edited_run_is_found_and_named(self):
        run = self.runs[1]
        for column, value, label in (
            ('note', "all was well", "Note"), ('done_at', '2026-11-23 05:00:00', "Done at"), ('done_by_id', self.user.id, "Done by"),
            ('task_name', "Other", "Task name"), ('snapshot', '[]', "Snapshot"), ('state', 'verified', "Status"), ('state', 'pending', "Status"),
        ):
            with self.subTest(column=column, value=value):
                self.env.flush_all()
                with self.env.cr.savepoint() as savepoint:
                    self._sql(f'UPDATE it_task_run SET {column} = %s WHERE id = %s', value, run.id)
                    [finding] = self._audit()['findings']
                    self.assertEqual((finding['code'], finding['res_id']), ('changed', run.id))
                    self.assertIn(label, finding['text'])
                    self.assertIn(str(run.id), finding['text'])
                    savepoint.rollback()

    def test_seals_of_version_1_are_still_compared(self):
        """Then, events had no version, no title and named only the run's own people; what is compared was the same."""
        with self._as_owner() as cr:
            for event in self._events():
                content = json.loads(event.content)
                del content['version'], content['title']
                cr.execute("UPDATE it_seal_event SET content = %s WHERE id = %s", [sealing.canonical(content), event.id])
        self._rehash()
        self.assertEqual(self._codes(), [])
        self.assertEqual(self._events()[0].summary, "Technician did “Task run_0” of 23 Nov 2026")
        self._sql("UPDATE it_task_run SET note = 'x' WHERE id = %s", self.runs[0].id)
        self.assertEqual(self._codes(), [('changed', self.runs[0].id)])

    def test_deleted_run_is_found_and_named(self):
        run = self.runs[2]
        self._sql("DELETE FROM it_task_run WHERE id = %s", run.id)
        [finding] = self._audit()['findings']
        self.assertEqual(finding['code'], 'deleted')
        self.assertIn("Task run_2", finding['text'])

    def test_inserted_run_is_found(self):
        fake = self._run('fake')
        self._sql("UPDATE it_task_run SET state = 'done', done_by_id = %s WHERE id = %s", self.technician.id, fake.id)
        self.assertEqual(self._codes(), [('unlogged', fake.id)])

    def test_changed_exchanged_and_removed_files_are_found(self):
        run = self._run('file')
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "proof.txt", 'raw': b'seen'})
        run.with_user(self.technician).action_done(attachment_ids=file.ids)
        self._commit()
        self.assertEqual(self._codes(), [])
        for query in (
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = 'other' WHERE id = %s",
            "DELETE FROM ir_attachment WHERE id = %s", "DELETE FROM ir_attachment_it_task_run_rel WHERE ir_attachment_id = %s",
        ):
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self._sql(query, file.id)
                [finding] = self._audit()['findings']
                self.assertEqual((finding['code'], finding['res_id']), ('changed', run.id))
                self.assertIn("proof.txt", finding['text'])
                savepoint.rollback()

    def test_edited_answer_is_found_and_named(self):
        task = self._task('answer', item_ids=[Command.create({'name': "Ink", 'kind': 'number', 'unit': '%', 'required': True})])
        task._generate_runs()
        run = task.run_ids.filtered('is_open')
        run.item_ids.with_user(self.technician).action_fill(42)
        run.with_user(self.technician).action_done()
        self._commit()
        self.assertEqual(self._codes(), [])
        self._sql("UPDATE it_task_run_item SET number = 43 WHERE run_id = %s", run.id)
        [finding] = self._audit()['findings']
        self.assertEqual((finding['code'], finding['res_id']), ('changed', run.id))
        self.assertIn("Ink", finding['text'])

    def test_file_of_a_failed_or_missed_run_goes_by_the_runs_own_write_alone(self):
        failed, missed = self._run('failed'), self._run('missed')
        for run in (failed, missed):
            files = self.env['ir.attachment'].with_user(self.technician).create([
                {'name': f"{name}.txt", 'raw': name.encode(), 'res_model': run._name, 'res_id': run.id} for name in ("a", "b")])
            self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.set(files.ids)]})
        failed.with_user(self.technician).action_fail("0 bytes")
        missed.sudo().write({'state': 'missed', 'closed_at': missed.deadline_at})
        self._commit()
        for run in (failed, missed):
            kept, taken = run.attachment_ids.sorted('name')
            told = len(self._log_of(run))
            for person in (self.technician, self.manager):
                for values in ({'name': "c.txt"}, {'raw': b'c'}, {'res_id': False}, {'description': "c"}):
                    with self.subTest(state=run.state, person=person.login, values=list(values)), self.assertRaisesRegex(AccessError, "sealed with it"):
                        self._rpc(person, taken, 'write', values)
                with self.subTest(state=run.state, person=person.login), self.assertRaisesRegex(AccessError, "sealed with it"):
                    self._rpc(person, taken, 'unlink')
            with self.assertRaisesRegex(AccessError, "sealed with it"):
                self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.delete(taken.id)]})
            self.assertEqual(self._codes(), [])
            loose = self.env['ir.attachment'].with_user(self.technician).create({'name': "d.txt", 'raw': b'd'})
            self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.unlink(taken.id), Command.link(loose.id)]})
            self._rpc(self.technician, taken, 'unlink')  # nothing names it any more, and the log says so
            self._commit()
            self.assertEqual((run.attachment_ids, loose.res_id), (kept | loose, run.id))
            self.assertEqual([sorted(file['name'] for file in event['files']) for event in self._log_of(run)[told - 1:]], [["a.txt", "b.txt"], ["a.txt", "d.txt"]])
            self.assertEqual(self._codes(), [])

    def test_answer_added_to_a_failed_run_is_no_tampering(self):
        task = self._task('added', item_ids=[Command.create({'name': "Ink", 'kind': 'number', 'required': False})])
        task._generate_runs()
        run = task.run_ids.filtered('is_open')
        run.with_user(self.technician).action_fail("no ink at all")
        self._commit()
        run.item_ids.with_user(self.technician).action_fill(0)
        self._commit()
        self.assertEqual([event['items'][0]['has_number'] for event in self._log_of(run)], [False, True])
        self.assertEqual(self._codes(), [])

    def test_edited_event_is_found_and_named(self):
        event = self._events()[1]
        with self._as_owner() as cr:
            cr.execute("UPDATE it_seal_event SET content = replace(content, 'note of', 'nope of') WHERE id = %s", [event.id])
        run = self.runs[1]
        self.assertEqual(self._codes(), [('edited', run.id), ('changed', run.id)])

    def test_event_of_garbage_is_found_and_stops_nothing(self):
        events = self._events()
        with self._as_owner() as cr:
            cr.execute("UPDATE it_seal_event SET content = 'no json' WHERE id = %s", [events[0].id])
            cr.execute("UPDATE it_seal_event SET content = '{}' WHERE id = %s", [events[1].id])
            cr.execute("""UPDATE it_seal_event SET content = '{"record": {}, "files": [7]}' WHERE id = %s""", [events[2].id])
        self.assertEqual([code for code, _run in self._codes()], ['edited'] * 3 + ['changed'] * 3)

    def test_deleted_event_is_found(self):
        event = self._events()[1]
        seq = event.seq
        with self._as_owner() as cr:
            cr.execute("DELETE FROM it_seal_event WHERE id = %s", [event.id])
        findings = self._audit()['findings']
        self.assertEqual([(one['code'], one['seq']) for one in findings], [('missing', seq), ('unlogged', 0)])

    def test_swapped_events_are_found(self):
        first, second = self._events()[1:3]
        numbers = (first.seq, second.seq)
        with self._as_owner() as cr:
            for event_id, seq in ((first.id, -1), (second.id, numbers[0]), (first.id, numbers[1])):
                cr.execute("UPDATE it_seal_event SET seq = %s WHERE id = %s", [seq, event_id])
        self.assertGreaterEqual({one['seq'] for one in self._audit()['findings']}, set(numbers))

    def test_cut_tail_is_found_by_the_note_and_by_the_witness(self):
        witness = self._witness()
        last = self._events()[-1]
        seq = last.seq
        with self._as_owner() as cr:
            cr.execute("DELETE FROM it_seal_event WHERE id = %s", [last.id])
        self._sql("DELETE FROM it_task_run WHERE id = %s", self.runs[-1].id)
        self.assertEqual(self._codes(), [('cut', 0)])
        before = self.events.search([('company_id', '=', self.company_id), ('seq', '=', seq - 1)])
        self._sql("UPDATE it_seal_head SET seq = %s, hash = %s WHERE company_id = %s", before.seq, before.hash, self.company_id)
        self.assertEqual(self._codes(), [])
        [finding] = self._audit(witness)['findings']
        self.assertEqual((finding['code'], finding['seq']), ('cut', seq))

    def test_rewritten_log_is_found_by_the_witness_alone(self):
        witness = self._witness()
        with self._as_owner() as cr:
            cr.execute("UPDATE it_seal_event SET content = replace(content, 'note of', 'nope of') WHERE id = %s", [self._events()[1].id])
        self._sql("UPDATE it_task_run SET note = replace(note, 'note of', 'nope of') WHERE id = %s", self.runs[1].id)
        self._rehash()
        self.assertEqual(self._codes(), [])
        self.assertEqual([code for code, _run in self._codes(witness)], ['rewritten'])

    def test_auditor_verifies_with_a_witness_and_sees_what_is_wrong(self):
        wizard = self.env['it.seal.verify'].with_user(self.auditor).create({'witness_file': base64.b64encode(self._witness().encode())})
        self._sql("UPDATE it_task_run SET note = 'x' WHERE id = %s", self.runs[0].id)
        wizard.action_verify()
        self.assertEqual(wizard.state, 'broken')
        self.assertIn(f"Task Run {self.runs[0].id} “Task run_0” was changed", '\n'.join(wizard.line_ids.mapped('text')))
        self.assertIn("One seal of this log stands in the witness file", wizard.summary)
        seq = self.events._head(self.company_id).seq
        self.assertIn(f"They are of events {seq} to {seq}.", wizard.summary)

    def test_witness_file_that_shows_nothing_is_no_sound_log(self):
        line = self._witness()
        for text, codes in (
            ('\n', {'unwitnessed'}),
            (line.replace(f'"company": {self.company_id}', f'"company": {self.company_id + 1}'), {'unwitnessed'}),
            (line + json.dumps({**json.loads(line), 'db_id': 'e' * 32, 'hash': 'f' * 64}), {'foreign'}),
            (json.dumps({**json.loads(line), 'db_id': 'e' * 32, 'hash': 'f' * 64}), {'foreign', 'unwitnessed'}),
        ):
            with self.subTest(text=text):
                wizard = self.env['it.seal.verify'].with_user(self.auditor).create({'witness_file': base64.b64encode(text.encode())})
                wizard.action_verify()
                self.assertEqual((wizard.state, set(wizard.line_ids.mapped('code'))), ('broken', codes))

    def test_empty_witness_file_is_one_that_shows_nothing(self):
        wizard = self.env['it.seal.verify'].with_user(self.auditor).create({'witness_name': "w.jsonl", 'witness_file': False})
        wizard.action_verify()
        self.assertEqual((wizard.state, wizard.line_ids.mapped('code')), ('broken', ['unwitnessed']))
        self.assertNotIn("No witness was asked", wizard.summary)

    def test_witness_of_the_database_of_which_this_one_is_a_copy_counts(self):
        line = self._witness()
        self.env['it.database']._renew_db_id()
        audit = self._audit(line)
        seq = self.events._head(self.company_id).seq
        self.assertEqual((audit['findings'], audit['witnessed'], audit['witnessed_range']), ([], 1, (seq, seq)))

    def test_one_person_at_a_time_verifies_a_log(self):
        wizard = self.env['it.seal.verify'].with_user(self.auditor).create({})
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.env.company.id])
            with self.assertRaisesRegex(UserError, "Somebody else"):
                wizard.action_verify()
        wizard.action_verify()
        self.assertNotEqual(wizard.state, 'asked')

    def test_missing_witness_is_said(self):
        wizard = self.env['it.seal.verify'].with_user(self.manager).create({})
        wizard.action_verify()
        self.assertIn("No witness was asked", wizard.summary)

    def test_witness_file_that_is_no_text_is_refused(self):
        wizard = self.env['it.seal.verify'].with_user(self.manager).create({'witness_file': base64.b64encode(b'\xff\xfe\x00')})
        with self.assertRaisesRegex(UserError, "no text"):
            wizard.action_verify()

    def test_technician_and_employee_verify_nothing_and_companies_are_apart(self):
        for person in (self.technician, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.env['it.seal.verify'].with_user(person).create({})
        company = self.env['res.company'].create({'name': "Elsewhere"})
        with self.assertRaises(AccessError):
            self.env['it.seal.verify'].with_user(self.manager).create({'company_id': company.id})


@tagged('post_install', '-at_install')
class TestEvidencePack(AuditCase, HttpCase):

    def _unpacked(self, pack, folder):
        content = base64.b64decode(pack.content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
        return Path(folder)

    def _verify(self, folder, *more):
        done = subprocess.run(
            [sys.executable, '-I', folder / 'verify.py', *map(str, more)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def _make(self, month=11):
        return self.env['it.evidence.pack'].with_context(force_report_rendering=True)._make(self.env.company, date(2026, month, 1))

    def test_pack_is_verified_without_odoo_and_one_byte_fails_it(self):
        pack = self._make()
        with tempfile.TemporaryDirectory() as where:
            folder = self._unpacked(pack, where)
            self.assertEqual((folder / 'compliance.pdf').read_bytes()[:5], b'%PDF-')
            witness = folder.parent / f'{folder.name}.jsonl'
            witness.write_text(self._witness())
            self.addCleanup(witness.unlink)
            code, text = self._verify(folder, folder, witness)
            self.assertEqual(code, 0, text)
            self.assertIn("as they were sealed", text)
            chain = folder / 'chain.json'
            whole = chain.read_bytes()
            chain.write_bytes(whole.replace(b'note of run_2', b'note of run_9'))
            code, text = self._verify(folder)
            self.assertEqual(code, 1)
            self.assertIn(f'it.task.run {self.runs[2].id}', text)

    def test_rewritten_log_makes_a_pack_that_the_witness_refuses(self):
        witness_text = self._witness()
        with self._as_owner() as cr:
            cr.execute("UPDATE it_seal_event SET content = replace(content, 'note of', 'nope of') WHERE id = %s", [self._events()[1].id])
        self._rehash()
        with tempfile.TemporaryDirectory() as where:
            folder = self._unpacked(self._make(), where)
            self.assertEqual(self._verify(folder)[0], 0)
            witness = folder / 'w.jsonl'
            witness.write_text(witness_text)
            self.assertEqual(self._verify(folder, folder, witness)[0], 1)

    def test_month_begins_where_the_companys_calendar_says(self):
        self._clock(datetime(2026, 11, 30, 21, 30))
        with patch.object(type(self.env['it.evidence.pack']), '_pdf', lambda *_args: b'%PDF-'):
            for month, events in ((11, 4), (12, 0)):
                chain = self.env['it.evidence.pack']._chain(self.env.company, date(2026, month, 1))
                ids = {event[2] for event in chain['events']}
                self.assertEqual(len(ids & {run.id for run in self.runs}), events)

    def test_cron_makes_last_months_pack_once(self):
        self._clock(datetime(2026, 12, 1, 3, 0))
        packs = self.env['it.evidence.pack']
        with patch.object(type(packs), '_pdf', lambda *_args: b'%PDF-'):
            packs._cron_make()
            packs._cron_make()
        made = packs.search([('company_id', '=', self.company_id)])
        self.assertEqual((len(made), made.first_day, made.filename), (1, date(2026, 11, 1), f'evidence-{self.company_id}-2026-11.zip'))

    def test_pack_made_before_the_month_ended_does_not_stand_for_it(self):
        packs = self.env['it.evidence.pack']
        with patch.object(type(packs), '_pdf', lambda *_args: b'%PDF-'):
            self._clock(datetime(2026, 11, 30, 20, 30))
            self._make()
            self._clock(datetime(2026, 12, 1, 3, 0))
            packs._cron_make()
            packs._cron_make()
        made = packs.search([('company_id', '=', self.company_id), ('first_day', '=', date(2026, 11, 1))])
        self.assertEqual(len(made), 2)

    def test_report_in_a_pack_is_of_all_checklists_whatever_its_maker_presets(self):
        preset = [Command.set(self.checklist.ids)]
        self.env['ir.default'].with_user(self.auditor).set('it.compliance.print', 'checklist_ids', preset, user_id=True)
        wizard = self.env['it.compliance.print'].with_user(self.auditor).create({'month': '11', 'year': 2026, 'checklist_ids': False})
        printed = []
        with patch.object(type(self.env['ir.actions.report']), '_render_qweb_pdf',
                          lambda _self, _name, ids: (printed.append(ids), (b'%PDF-', 'pdf'))[1]):
            self._rpc(self.auditor, wizard, 'action_make_pack', context={'default_checklist_ids': preset})
        self.assertFalse(self.env['it.compliance.print'].browse(printed[0]).checklist_ids)

    def test_auditor_makes_and_reads_packs_and_nobody_changes_them(self):
        wizard = self.env['it.compliance.print'].with_user(self.auditor).create({'month': '11', 'year': 2026})
        with patch.object(type(self.env['it.evidence.pack']), '_pdf', lambda *_args: b'%PDF-'):
            action = wizard.action_make_pack()
        pack = self.env['it.evidence.pack'].search([], limit=1)
        self.assertIn(f'/{pack.id}/', action['url'])
        self.authenticate('itc_auditor', 'itc_auditor')
        answer = self.url_open(action['url'])
        self.assertEqual((answer.status_code, answer.content[:2]), (200, b'PK'))
        for person in (self.auditor, self.manager):
            for method, arguments in (('write', [{'sha256': "x"}]), ('unlink', []), ('create', [{}])):
                with self.subTest(person=person.login, method=method), self.assertRaises(UserError):
                    self._rpc(person, pack if method != 'create' else pack.browse(), method, *arguments)
        with self.assertRaises(AccessError):
            self._rpc(self.technician, pack, 'read', ['content'])
