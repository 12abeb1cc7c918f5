import base64
import hashlib

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import SCRIPT, ClosingCase

OTHER = SCRIPT.replace(b"\n", b"\r\n")  # the same to the eye, not byte for byte


@tagged('post_install', '-at_install')
class TestClosingScript(ClosingCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls._step('testbed_scripts')
        cls.production = cls._step('production_scripts')

    def _unlock_production(self):
        self._prove('production_backup')
        self._attach(self.production)

    def test_testbed_script_is_asked_for_and_pinned(self):
        self._prove('testbed_refresh')
        self.twin.with_user(self.technician).evidence = "done"
        with self.assertRaisesRegex(UserError, "script"):
            self.twin.with_user(self.technician).action_done()
        self._attach(self.twin)
        self._do(self.twin)
        self.twin.with_user(self.manager).action_verify()
        self.assertEqual(self.twin.verified_sha256, hashlib.sha256(SCRIPT).hexdigest())

    def test_production_before_its_twin_is_refused(self):
        self._attach(self.production)
        self.assertLocked(self.production, "not verified yet")
        self._prove('testbed_refresh')
        self._attach(self.twin)
        self._do(self.twin)
        self.assertLocked(self.production, "not verified yet")
        with self.assertRaises(AccessError):
            self.production.with_user(self.technician).state = 'in_progress'

    def test_identical_script_opens_production(self):
        self._unlock_production()
        self.assertFalse(self.production.is_locked, self.production.lock_reason)
        self.production.with_user(self.technician).action_start()
        self._do(self.production)
        self.production.with_user(self.manager).action_verify()
        self.assertEqual(self.production.verified_sha256, self.twin.verified_sha256)

    def test_missing_or_different_script_keeps_production_locked(self):
        self._prove('production_backup')
        self.assertLocked(self.production, "script is missing")
        self._attach(self.production, OTHER)
        self.assertLocked(self.production, "not byte for byte")

    def test_rewritten_bytes_lock_production_again(self):
        self._unlock_production()
        attachment = self.production.script_id.with_user(self.technician)
        for values in ({'raw': OTHER}, {'datas': base64.b64encode(OTHER)}):
            with self.subTest(values=list(values)):
                attachment.write(values)
                self.assertLocked(self.production, "byte for byte")
                attachment.write({'raw': SCRIPT})
                self.assertFalse(self.production.is_locked)

    def test_bytes_rewritten_below_the_orm_lock_again(self):
        self._unlock_production()
        self._rewrite(self.production.script_id, OTHER)
        self.assertLocked(self.production, "not byte for byte")
        self._rewrite(self.production.script_id, SCRIPT)
        self.assertFalse(self.production.is_locked)
        self._rewrite(self.twin.script_id, OTHER)
        self.assertLocked(self.production, "changed after it was verified")

    def test_replaced_or_deleted_attachment_locks_again(self):
        self._unlock_production()
        self._attach(self.production, OTHER)
        self.assertLocked(self.production, "not byte for byte")
        self._attach(self.production)
        self.assertFalse(self.production.is_locked)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM ir_attachment WHERE id = %s", [self.twin.script_id.id])
        self.env.invalidate_all()
        self.assertEqual(self.twin.status, 'changed')
        self.assertLocked(self.production, "changed after it was verified")

    def test_script_of_a_verified_twin_cannot_be_exchanged_by_write(self):
        self._unlock_production()
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(UserError):
                self._attach(self.twin, OTHER, person)
            with self.subTest(person=person.login), self.assertRaises(UserError):
                self.twin.with_user(person).script_file = base64.b64encode(OTHER)

    def test_script_changed_between_doing_and_verifying_is_refused(self):
        self._prove('testbed_refresh')
        self._attach(self.twin)
        self._do(self.twin)
        self._rewrite(self.twin.script_id, OTHER)
        self.assertEqual(self.twin.status, 'changed')
        with self.assertRaisesRegex(UserError, "changed after it was done"):
            self.twin.with_user(self.manager).action_verify()

    def test_changed_script_after_everything_stops_the_closing(self):
        for step in self.closing.step_ids.sorted('sequence'):
            if step.state != 'verified':
                self._prove_step(step)
        self._rewrite(self.production.script_id, OTHER)
        self.assertEqual(self.production.status, 'changed')
        with self.assertRaisesRegex(UserError, "changed since"):
            self.closing.action_done()

    def test_reopened_twin_locks_production_until_proven_again(self):
        self._unlock_production()
        self.twin.with_user(self.manager).action_reopen("one more statement")
        self.assertLocked(self.production, "not verified yet")
        self._attach(self.twin, OTHER)
        self._do(self.twin)
        self.twin.with_user(self.manager).action_verify()
        self.assertLocked(self.production, "not byte for byte")
        self.production.with_user(self.technician).action_take_twin_script()
        self.assertEqual(self.production.script_sha256, hashlib.sha256(OTHER).hexdigest())
        self.assertFalse(self.production.is_locked)

    def test_twin_that_its_own_doer_verified_opens_nothing(self):
        """The actions and the database refuse it; whoever gets past both by SQL still opens no production."""
        self._unlock_production()
        self.assertFalse(self.production.is_locked)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_closing_step SET started_by_id = verified_by_id WHERE id = %s", [self.twin.id])
        self.env.invalidate_all()
        self.assertLocked(self.production, "verified by the one who did it")

    def test_upload_on_the_form_becomes_the_steps_own_attachment(self):
        step = self.twin.with_user(self.technician)
        step.write({'script_file': base64.b64encode(SCRIPT), 'script_name': "closing_2026.sql"})
        self.env.invalidate_all()
        self.assertEqual((step.script_id.name, step.script_id.res_id, step.script_id.raw), ("closing_2026.sql", step.id, SCRIPT))
        self.assertEqual(base64.b64decode(step.script_file), SCRIPT)
        first = step.script_id
        step.write({'script_file': base64.b64encode(OTHER), 'script_name': "closing_2026.sql"})
        self.assertNotEqual(step.script_id, first)
        self.assertEqual(first.raw, SCRIPT)

    def test_a_file_that_lies_elsewhere_is_no_script(self):
        private = self.env['ir.attachment'].with_user(self.manager).create({'name': "private", 'raw': b"salaries"})
        for attachment in (private, self.env['ir.attachment'].create({
                'name': "url", 'type': 'url', 'url': "https://example.com", 'res_model': 'it.closing.step', 'res_id': self.twin.id})):
            with self.subTest(name=attachment.name), self.assertRaises(ValidationError):
                self.twin.with_user(self.technician).script_id = attachment.id

    def test_take_twin_script_waits_for_the_proof(self):
        self._attach(self.twin)
        with self.assertRaises(UserError):
            self.production.with_user(self.technician).action_take_twin_script()
