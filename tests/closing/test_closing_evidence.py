from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ClosingCase

CHANGES = ({'raw': b"other"}, {'name': "other"}, {'public': True}, {'res_id': False}, {'res_field': 'note'}, {'type': 'url', 'url': "http://x.example"})


@tagged('post_install', '-at_install')
class TestClosingEvidence(ClosingCase):
    """What shows that a step was done stays as it was shown, by the files' own doors too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.step = cls._step('testbed_refresh')
        for before in cls.step.depends_on_ids:
            cls._prove_step(before)

    def _file(self, record, person=None, **values):
        return self.env['ir.attachment'].with_user(person or self.technician).create({
            'name': "totals.csv", 'raw': b"12 rows", 'res_model': record._name, 'res_id': record.id, **values})

    def _assert_kept(self, file, people):
        for person in people:
            theirs = file.with_user(person).sudo() if person == self.env.ref('base.user_root') else file.with_user(person)
            for values in CHANGES:
                with self.subTest(person=person.login, values=list(values)), self.assertRaises(AccessError):
                    theirs.write(values)
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                theirs.unlink()
        self.assertEqual((file.name, file.raw), ("totals.csv", b"12 rows"))

    def test_files_of_a_done_step_stay_until_it_comes_back(self):
        everybody = (self.technician, self.manager, self.env.ref('base.user_admin'), self.env.ref('base.user_root'))
        file = self._file(self.step)
        beside = self._file(self.step)
        self.step.with_user(self.technician).attachment_ids = file
        file.with_user(self.technician).name = "totals.csv"
        self._do(self.step)
        self._assert_kept(file, everybody)
        self._assert_kept(beside, everybody)
        self.step.with_user(self.manager).action_verify()
        self._assert_kept(file, everybody)
        self.step.with_user(self.manager).action_reopen("one file too many")
        beside.with_user(self.technician).unlink()
        file.with_user(self.technician).raw = b"13 rows"
        self.assertEqual(file.raw, b"13 rows")

    def test_script_of_a_verified_step_stays(self):
        twin = self._prove('testbed_scripts')
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                twin.script_id.with_user(person).raw = b"DROP TABLE account_move;"
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                twin.script_id.with_user(person).unlink()

    def test_files_and_note_of_a_finished_closing_stay(self):
        note = self._file(self.closing, self.manager)
        for step in self.closing.step_ids.sorted('sequence'):
            if step.state != 'verified':
                self._prove_step(step)
        self.closing.action_done()
        self._assert_kept(note, (self.manager,))
        with self.assertRaises(UserError):
            self.closing.with_user(self.manager).note = "<p>All was well.</p>"

    def test_foreign_file_is_no_evidence(self):
        """Done, the step would fix the file of whoever it belongs to."""
        foreign = self.env['ir.attachment'].create({'name': "asset.js", 'raw': b"x", 'res_model': 'ir.ui.view', 'res_id': 1})
        loose = self.env['ir.attachment'].create({'name': "another's", 'raw': b"x"})
        public = foreign.copy({'name': "public.js", 'public': True})
        for file in (foreign, loose, public):
            with self.subTest(name=file.name), self.assertRaises(AccessError):
                self.step.with_user(self.technician).attachment_ids = [Command.link(file.id)]
        own = self.env['ir.attachment'].with_user(self.technician).create({'name': "own", 'raw': b"x"})
        self.step.with_user(self.technician).attachment_ids = [Command.link(own.id)]
        self.assertEqual((own.res_model, own.res_id), (self.step._name, self.step.id))

    def test_nobody_moves_a_step_to_another_company(self):
        other = self.env['res.company'].create({'name': "Other"})
        self.manager.company_ids += other
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.step.with_user(person).write({'company_id': other.id})
        with self.assertRaises(AccessError):
            self.step.with_user(self.manager).create({
                'closing_id': self.closing.id, 'name': "x", 'kind': 'validation', 'company_id': other.id})
        self.env['ir.default'].with_user(self.manager).set(self.step._name, 'company_id', other.id, user_id=True)
        step = self.step.with_user(self.manager).with_context(default_company_id=other.id).create({
            'closing_id': self.closing.id, 'name': "x", 'kind': 'validation'})
        self.assertEqual(step.company_id, self.closing.company_id)
