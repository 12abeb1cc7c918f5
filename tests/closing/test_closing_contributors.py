import base64

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SCRIPT, ClosingCase


@tagged('post_install', '-at_install')
class TestClosingContributors(ClosingCase):
    """Whose script, file or word a step rests on does not verify it, whoever marks it as done."""

    def assertVerifiedByAnotherOnly(self, step):
        self._do(step, self.technician)
        self.assertEqual((step.started_by_id | step.done_by_id), self.technician)
        mine = step.with_user(self.manager)
        self.assertFalse(mine.can_verify)
        self.assertFalse(mine.can_reject)
        self.assertFalse(mine.can_take_back)
        with self.assertRaisesRegex(AccessError, "your own work"):
            mine.action_verify()
        with self.assertRaisesRegex(AccessError, "your own work"):
            mine.sudo().action_verify()
        sections = self._rpc(self.manager, self.env['it.today'], 'get_board')['sections']
        self.assertNotIn(step.id, [row['id'] for part in sections if part['key'] == 'verify_steps' for row in part['rows']])
        self.assertTrue(step.with_user(self.manager_2).can_verify)
        step.with_user(self.manager_2).action_verify()

    def _scripts(self):
        step = self._step('testbed_scripts')
        for before in step.depends_on_ids:
            self._prove_step(before)
        return step

    def test_who_uploaded_the_script_does_not_verify(self):
        step = self._scripts()
        self._attach(step, SCRIPT, self.manager)
        self.assertVerifiedByAnotherOnly(step)

    def test_who_uploaded_a_script_that_another_replaced_does_not_verify(self):
        step = self._scripts()
        step.with_user(self.manager).write({'script_file': base64.b64encode(b"-- first"), 'script_name': "a.sql"})
        self._attach(step, SCRIPT)
        self.assertVerifiedByAnotherOnly(step)

    def test_who_gave_a_file_or_wrote_the_evidence_does_not_verify(self):
        for number, key in enumerate(('testbed_refresh', 'testbed_tools')):
            step = self._step(key)
            for before in step.depends_on_ids:
                if before.state != 'verified':
                    self._prove_step(before)
            if number:
                step.with_user(self.manager).evidence = "Seen by me"
            else:
                step.with_user(self.manager).attachment_ids = self.env['ir.attachment'].with_user(self.manager).create({
                    'name': "totals.txt", 'raw': b"1", 'res_model': step._name, 'res_id': step.id})
            with self.subTest(key=key):
                self.assertVerifiedByAnotherOnly(step)

    def test_who_changed_the_bytes_of_anothers_file_does_not_verify(self):
        step = self._scripts()
        self._attach(step, b"-- harmless")
        self._rpc(self.manager, step.script_id, 'write', {'datas': base64.b64encode(SCRIPT).decode()})
        self.assertEqual(step.script_id.create_uid, self.technician)
        self.assertVerifiedByAnotherOnly(step)

    def test_who_did_what_was_opened_again_does_not_verify_what_another_says_is_done(self):
        step = self._step('testbed_refresh')
        self._do(step, self.manager)
        step.with_user(self.manager_2).action_reopen("Once more")
        self.assertFalse(step.started_by_id | step.done_by_id)
        self.assertVerifiedByAnotherOnly(step)

    def test_who_only_gave_the_script_does_not_take_back_what_another_did(self):
        step = self._scripts()
        self._attach(step, SCRIPT, self.technician_2)
        self._do(step, self.technician)
        self.assertFalse(step.with_user(self.technician_2).can_take_back)
        with self.assertRaises(AccessError):
            step.with_user(self.technician_2).action_reopen("mine")

    def test_planning_is_no_work(self):
        step = self._step('testbed_refresh')
        step.with_user(self.manager).write({'responsible_id': self.technician.id, 'due_date': '2027-01-05'})
        self._do(step)
        self.assertEqual(step.contributor_ids, self.technician)
        step.with_user(self.manager).action_verify()
        self.assertEqual(step.contributor_ids, self.technician)
