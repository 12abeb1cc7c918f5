import base64
import json

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..evidence.seal_case import SealCase
from .excuse_case import DEADLINE_AT, HOUR, OPEN_AT, TUESDAY, ExcuseCase
from .item_case import ItemCase


@tagged('post_install', '-at_install')
class TestContributors(ItemCase, SealCase):
    """Whoever put a hand to a run does not verify it, whatever became of that work since."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._person('manager', 'manager_2')

    def _finished(self, run):
        self._rpc(self.technician, run, 'action_done')
        return run

    def assertVerifiedByAnotherOnly(self, run, person):
        self.assertRunState(run, 'done')
        self.assertFalse(run.with_user(person).can_verify)
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(person, run, 'action_verify')
        with self.assertRaisesRegex(AccessError, "your own work"):
            run.with_user(person).sudo().action_verify()
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(person, run, 'action_ask_verify')
        self.assertTrue(run.with_user(self.manager_2).can_verify)
        self._rpc(self.manager_2, run, 'action_verify')

    def test_who_answered_what_another_answered_again_does_not_verify(self):
        run = self._item_run('again', 'battery', needs_verification=True)
        self._fill(run, 'battery', 80, user=self.manager)
        self._fill(run, 'battery', 81)
        self.assertEqual(run.item_ids.filled_by_id, self.technician)
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_answered_and_took_it_back_does_not_verify(self):
        run = self._item_run('taken', 'ink', 'file', needs_verification=True)
        self._fill(run, 'file', files=self._file(), user=self.manager)
        self._fill(run, 'file', files=[])
        self._fill(run, 'file', files=self._file("b.png"))
        self._fill(run, 'ink', "Full")
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_wrote_the_note_does_not_verify_what_another_wrote_over(self):
        run = self._run('note', needs_verification=True)
        with Form(run.with_user(self.manager)) as form:
            form.note = "All lamps are green"
        self._rpc(self.technician, run, 'write', {'note': "All lamps are green, seen twice"})
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_fills_in_by_the_window_or_saves_answers_does_not_verify(self):
        for name in ('window', 'answers'):
            run = self._item_run(name, 'battery', needs_verification=True)
            answers = {str(run.item_ids.id): {'value': 60}}
            if name == 'answers':
                self._rpc(self.manager, run, 'write', {'answers': answers})
            else:
                self._rpc(self.manager, run, 'action_fail', "Not yet charged")
                self._rpc(self.technician, run, 'action_reject', "Charged now")
            self._fill(run, 'battery', 90)
            with self.subTest(name=name):
                self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_gave_a_file_or_changed_one_does_not_verify(self):
        run = self._run('files', needs_verification=True)
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "log.txt", 'raw': b"12 errors"})
        self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.link(file.id)]})
        self._rpc(self.manager, file, 'write', {'datas': base64.b64encode(b"0 errors").decode()})
        self.assertEqual(file.create_uid, self.technician)
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_posted_the_file_that_another_names_as_evidence_does_not_verify(self):
        run = self._run('posted', needs_verification=True)
        file = run.with_user(self.manager).message_post(body=self.env._("See"), attachments=[("seen.txt", b"all well")]).attachment_ids
        self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.link(file.id)]})
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_did_what_was_sent_back_does_not_verify_it_done_again(self):
        run = self._run('sent_back', needs_verification=True)
        self._rpc(self.manager, run, 'action_done', "By hand")
        self._rpc(self.manager_2, run, 'action_reject', "By the script, please")
        self.assertVerifiedByAnotherOnly(self._finished(run), self.manager)

    def test_who_looks_assigns_sends_back_or_talks_has_no_hand_in_it(self):
        run = self._run('no_hand', needs_verification=True)
        self._rpc(self.manager, run, 'write', {'responsible_id': self.technician.id})
        self._rpc(self.manager, run, 'message_post', body="Please today")
        self._rpc(self.technician, run, 'action_done', "Done")
        self._rpc(self.manager, run, 'action_reject', "Which one?")
        self._rpc(self.technician, run, 'action_done', "Done on the second one")
        self._rpc(self.manager, run, 'write', {'activity_ids': []})
        self.assertEqual(run.contributor_ids, self.technician)
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual(run.contributor_ids, self.technician)

    def test_software_is_nobody(self):
        run = self._item_run('software', 'battery', needs_verification=True)
        run.note = "Copied from the gauge"
        run.item_ids.action_fill(70)
        run.with_user(self.manager).sudo().attachment_ids = self.env['ir.attachment'].create({'name': "a", 'raw': b"1"})
        self.assertFalse(run.contributor_ids)
        run.invalidate_recordset()
        self._finished(run)
        self.assertEqual(run.contributor_ids, self.technician)
        self.assertTrue(run.with_user(self.manager).can_verify)

    def test_nobody_writes_who_worked_on_it(self):
        run = self._run('guard')
        self._rpc(self.manager, run, 'write', {'note': "x"})
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, run, 'write', {'contributor_ids': [Command.clear()]})
        self.assertEqual(run.contributor_ids, self.manager)

    def test_people_are_sealed_and_their_going_is_found(self):
        run = self._run('sealed')
        self._rpc(self.manager, run, 'write', {'note': "x"})
        self._finished(run)
        self._commit()
        self.assertEqual(self._codes(), [])
        content = run._get_seal_contents()[run.id]
        self.assertEqual([one['id'] for one in content['contributors']], sorted([self.manager.id, self.technician.id]))
        self.assertEqual(content['people'][str(self.manager.id)], self.manager.login)
        self._sql("DELETE FROM it_task_run_res_users_rel WHERE it_task_run_id = %s AND res_users_id = %s", run.id, self.manager.id)
        [finding] = self._audit()['findings']
        self.assertEqual((finding['code'], finding['res_id']), ('changed', run.id))
        self.assertIn(f'user {self.manager.id}', str(finding))

    def test_what_was_sealed_before_people_were_kept_still_verifies(self):
        run = self._done('before')
        with self._as_owner() as cr:
            cr.execute("SELECT id, content FROM it_seal_event WHERE model = 'it.task.run' AND res_id = %s ORDER BY id DESC LIMIT 1", [run.id])
            event_id, content = cr.fetchone()
            content = json.loads(content)
            del content['contributors']
            cr.execute("UPDATE it_seal_event SET content = %s WHERE id = %s", [json.dumps(content), event_id])
        self.assertNotIn(('changed', run.id), self._codes())


@tagged('post_install', '-at_install')
class TestExcuseAuthors(ExcuseCase):
    """Whose word the fact is, and whose work is in the run, does not decide what it excuses."""

    def assertDecidedByAnotherOnly(self, excuse, person, other=None):
        self.assertTrue(excuse.with_user(person).is_own)
        self.assertFalse(excuse.with_user(person).can_verify)
        for step in ('action_grant', 'action_refuse'):
            with self.subTest(step=step), self.assertRaisesRegex(AccessError, "your own work"):
                self._rpc(person, excuse, step, "I know")
        section = self._rpc(person, self.env['it.today'], 'get_board')
        self.assertNotIn(excuse.id, [row['id'] for part in section['sections'] if part['key'] == 'excuses' for row in part['rows']])
        self._rpc(other or self.manager_2, excuse, 'action_grant', "I was there")
        self.assertEqual(excuse.state, 'granted')

    def test_who_logged_the_outage_does_not_grant(self):
        run = self._missed('logged')
        outage = self._rpc(self.manager, self.env['it.outage'], 'create', {
            'kind': 'power', 'start_at': OPEN_AT, 'end_at': DEADLINE_AT})
        self.assertDecidedByAnotherOnly(self._asked(run, self.env['it.outage'].browse(outage)), self.manager)

    def test_who_stretched_the_outage_before_another_did_does_not_grant(self):
        run = self._missed('stretched')
        outage = self._outage(end_at=OPEN_AT + 7 * HOUR)
        self._rpc(self.manager, outage, 'write', {'end_at': DEADLINE_AT})
        self._rpc(self.technician_2, outage, 'write', {'cause': "The transformer"})
        self.assertEqual(outage.author_ids, self.technician | self.manager | self.technician_2)
        self.assertDecidedByAnotherOnly(self._asked(run, outage), self.manager)

    def test_who_worked_on_the_missed_run_does_not_grant(self):
        run = self._run('half_done')
        self._rpc(self.manager, run, 'write', {'note': "Half of it"})
        self._clock(DEADLINE_AT + 9 * HOUR)
        run._close_missed()
        self.assertDecidedByAnotherOnly(self._asked(run, self._outage()), self.manager)

    def test_who_entered_the_public_holiday_or_accepted_it_does_not_grant(self):
        run = self._missed('holiday')
        leave = self.env['resource.calendar.leaves'].with_user(self.manager).sudo().create({
            'name': "Holiday", 'resource_id': False, 'company_id': self.env.company.id, 'calendar_id': False,
            'date_from': OPEN_AT, 'date_to': OPEN_AT + 24 * HOUR})
        self._rpc(self.technician, run, 'action_ask_excuse', 'closed:2026-11-23')
        self.assertEqual(leave.itc_author_ids, self.manager)
        self.assertDecidedByAnotherOnly(run.excuse_ids, self.manager)

    def test_who_changed_the_working_schedule_since_does_not_grant_and_who_set_it_up_may(self):
        run = self._missed('schedule')
        offers = self.env['it.excuse.facts']
        self.env.company.resource_calendar_id.attendance_ids.filtered(lambda line: line.dayofweek == '0').unlink()
        self.env.flush_all()
        for moment, authors in ((OPEN_AT - 9 * HOUR, []), (DEADLINE_AT + HOUR, self.manager.ids)):
            self.env.cr.execute(
                "UPDATE resource_calendar SET write_uid = %s, write_date = %s WHERE id = %s",
                [self.manager.id, moment, self.env.company.resource_calendar_id.id])
            self.env.cr.execute("UPDATE resource_calendar_attendance SET write_date = %s", [OPEN_AT - 9 * HOUR])
            self.env.invalidate_all()
            with self.subTest(moment=moment):
                [offer] = offers._offers(run)
                self.assertEqual((offer['kind'], offer['fact']['authors']), ('closed', authors))

    def test_who_entered_the_leave_of_another_does_not_grant(self):
        run = self._missed('leave')
        leave = self._leave(self.technician)
        leave.with_user(self.manager).sudo().write({'date_to': DEADLINE_AT + HOUR})
        leave.with_user(self.technician).write({'date_to': DEADLINE_AT})
        self._rpc(self.technician, run, 'action_ask_excuse', f'leave:{leave.id}')
        self.assertDecidedByAnotherOnly(run.excuse_ids, self.manager)

    def test_what_an_agent_measured_is_nobodys_word_and_a_cause_is_a_remark(self):
        run = self._missed('measured')
        agent = self.env['it.agent'].create({'asset_id': self.host.id})
        outage = self.env['it.outage']._record(agent, {'kind': 'unclean_stop', 'start_at': OPEN_AT + HOUR, 'end_at': OPEN_AT + 2 * HOUR})
        self._rpc(self.manager, outage, 'write', {'cause': "The fuse"})
        self.assertFalse(outage.author_ids)
        run.task_id.asset_ids = self.host
        self._rpc(self.manager_2, outage, 'write', {'kind': 'power'})
        self.assertEqual(outage.author_ids, self.manager_2)

    def test_nobody_writes_whose_word_an_outage_is(self):
        self._clock(TUESDAY)
        outage = self._outage()
        for values in ({'author_ids': [Command.clear()]}, {'reported_by_id': self.manager.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self._rpc(self.manager, outage, 'write', values)
        made = self.env['it.outage'].with_user(self.technician).with_context(default_author_ids=[Command.set(self.manager.ids)]).create({
            'kind': 'power', 'start_at': OPEN_AT, 'end_at': DEADLINE_AT})
        self.assertEqual(made.author_ids, self.technician)

    def test_excuse_that_was_asked_for_before_authors_were_kept_is_decided_all_the_same(self):
        run = self._missed('earlier')
        excuse = self._asked(run, self._outage())
        fact = {name: value for name, value in excuse.fact.items() if name != 'authors'}
        excuse.sudo()._transition({'fact': fact})
        self.assertTrue(excuse.with_user(self.technician).is_own)
        self._rpc(self.manager, excuse, 'action_grant', "I was there")
        self.assertEqual(excuse.state, 'granted')
