import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .item_case import PNG, ItemCase

SCRIPT = b'<script>alert(1)</script>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@tagged('post_install', '-at_install')
class TestRunEvidence(ItemCase):
    """Ways around the evidence of a run that were open once."""

    def test_item_file_taken_from_the_runs_list_is_sealed_all_the_same(self):
        for close in ('action_done', 'action_not_applicable'):
            run = self._item_run(f'taken_{close}', 'photo')
            self._fill(run, 'photo', files=self._file())
            photo = run.item_ids.attachment_ids
            self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.clear()]})
            self._rpc(self.technician, run, close, *(["no power"] if close == 'action_not_applicable' else []))
            self.assertEqual(run.attachment_ids, photo)
            for person in (self.technician, self.manager):
                for values in ({'raw': b'other'}, {'name': "other.png"}, {'res_id': False}):
                    with self.subTest(close=close, person=person.name, values=list(values)), self.assertRaises(AccessError):
                        photo.with_user(person).write(values)
                with self.subTest(close=close, person=person.name), self.assertRaises(AccessError):
                    photo.with_user(person).unlink()

    def test_foreign_file_is_no_evidence(self):
        """Closed, the run would fix a file for whoever it belongs to: a page's script, a colleague's letter."""
        foreign = self.env['ir.attachment'].create({'name': "page.js", 'raw': b'x', 'res_model': 'ir.ui.view', 'res_id': 1})
        loose = self.env['ir.attachment'].create({'name': "another's", 'raw': b'x'})
        public = foreign.copy({'name': "public.js", 'public': True})
        for number, file in enumerate((foreign, loose, public)):
            run = self._run(f'foreign_{number}')
            with self.subTest(name=file.name), self.assertRaises(AccessError):
                self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.link(file.id)]})
            with self.subTest(name=file.name), self.assertRaises(AccessError):
                self._rpc(self.technician, run, 'action_done', None, None, None, file.ids)
            self.assertFalse(run.attachment_ids)

    def test_file_of_the_dialog_shows_several_runs(self):
        runs = self._run('dialog_1') + self._run('dialog_2')
        wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({'step': 'done', 'run_ids': runs.ids})
        for res_id in (0, wizard.id):
            file = self.env['ir.attachment'].with_user(self.technician).create({
                'name': "both.png", 'raw': b'x', 'res_model': wizard._name, 'res_id': res_id})
            wizard.attachment_ids += file
        self._rpc(self.technician, wizard, 'action_apply')
        self.assertEqual(runs.mapped('state'), ['done', 'done'])
        self.assertEqual(set(runs.attachment_ids.mapped('res_model')), {'it.task.run'})
        self.assertEqual(len(runs[1].attachment_ids), 2)

    def test_defaults_put_no_file_into_a_new_run(self):
        """``ir.default`` and the context count when the software makes a run, with its rights."""
        task = self._task('preset', schedule_kind='on_demand', item_ids=[Command.create({'name': "Rack", 'kind': 'photo'})])
        file = self.env['ir.attachment'].create({'name': "old.png", 'raw': b'x'})
        preset = [Command.link(file.id)]
        for model in ('it.task.run', 'it.task.run.item'):
            self.env['ir.default'].with_user(self.technician).set(model, 'attachment_ids', preset, user_id=True)
        action = self._rpc(self.technician, task, 'action_start_run', context={'default_attachment_ids': preset, 'default_note': "forged"})
        run = self.env['it.task.run'].browse(action['res_id'])
        self.assertFalse(run.attachment_ids | run.item_ids.attachment_ids)
        self.assertFalse(run.note)
        with self.assertRaisesRegex(UserError, "still needs: Rack"):
            self._rpc(self.technician, run, 'action_done')

    def test_picture_is_served_as_one_whatever_its_name(self):
        # a picture that opens, and a script to whoever takes it for one
        polyglot = base64.b64encode(b'GIF89a/*\x01\x00\x00\x00\x00,\x00\x00\x00\x00/*\x01\x00\x00\x02\x02D\x01\x00;*/' + SCRIPT).decode()
        run = self._item_run('polyglot', 'photo', 'sign')
        admin = self.env.ref('base.user_admin')
        for name in ('photo', 'sign'):
            for content in (SCRIPT, SVG, b'<html>' + SCRIPT, b'%PDF-1.7', b'PK\x03\x04'):
                with self.subTest(name=name, content=content), self.assertRaisesRegex(UserError, "needs a picture"):
                    self._fill(run, name, files=self._file("a.png", base64.b64encode(content).decode()))
            for title, data, mimetype in (("x.html", polyglot, 'image/gif'), ("x.svg", PNG, 'image/png'), ("x.js", PNG, 'image/png')):
                for person in (self.technician, admin):
                    with self.subTest(name=name, title=title, person=person.login):
                        drawn = self._fill(run, name, files=self._file(title, data), user=person)
                        file = self.env['ir.attachment'].browse(drawn['files'][-1]['id'])
                        self.assertEqual((file.mimetype, file.public, drawn['files'][-1]['is_image']), (mimetype, False, True))

    def test_picture_that_cannot_be_opened_is_refused(self):
        run = self._item_run('broken', 'photo', 'sign')
        whole = base64.b64decode(PNG)
        for name in ('photo', 'sign'):
            for content in (whole[:8], whole[:-20], b'GIF89a', b'\xff\xd8\xff\xe0', b'RIFF\x00\x00\x00\x00WEBP'):
                with self.subTest(name=name, content=content), self.assertRaises(UserError):
                    self._fill(run, name, files=self._file("a.png", base64.b64encode(content).decode()))
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})
        self.assertFalse(run.attachment_ids)

    def test_page_uploaded_as_a_file_is_served_as_text(self):
        run = self._item_run('page', 'file')
        for title, content in (("x.html", SCRIPT), ("x.svg", SVG), ("x.xhtml", SCRIPT)):
            with self.subTest(title=title):
                drawn = self._fill(run, 'file', files=self._file(title, base64.b64encode(content).decode()))
                self.assertEqual(self.env['ir.attachment'].browse(drawn['files'][-1]['id']).mimetype, 'text/plain')

    def test_link_to_elsewhere_is_no_evidence(self):
        """What a link shows is kept elsewhere and may change there each day."""
        link = {'type': 'url', 'url': 'https://example.com/rack.png'}
        run = self._item_run('link', 'photo')
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "rack.png", **link})
        with self.assertRaisesRegex(UserError, "link"):
            self._rpc(self.technician, run, 'write', {'attachment_ids': [Command.link(file.id)]})
        forged = {**{f'default_{name}': value for name, value in link.items()}, 'default_public': True}
        self._rpc(self.technician, run.item_ids, 'action_fill', None, self._file(), context=forged)
        photo = run.item_ids.attachment_ids
        self.assertEqual((photo.type, photo.url, photo.public), ('binary', False, False))

    def test_who_answered_an_item_does_not_verify_the_run(self):
        run = self._item_run('four_eyes', 'note', needs_verification=True)
        self._fill(run, 'note', "all calm", user=self.manager)
        self._rpc(self.technician, run, 'action_done')
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(self.manager, run, 'action_verify')
        self._rpc(self._person('manager', 'manager_2'), run, 'action_verify')
        self.assertRunState(run, 'verified')

    def test_who_gave_the_evidence_does_not_verify_the_run(self):
        run = self._item_run('given', 'photo', needs_verification=True)
        self._fill(run, 'photo', files=self._file("first.png"), user=self.manager)
        self._fill(run, 'photo', files=self._file("second.png"), user=self.technician)
        self._rpc(self.technician, run, 'action_done')
        with self.assertRaisesRegex(AccessError, "your own work"):
            self._rpc(self.manager, run, 'action_verify')
        self._rpc(self._person('manager', 'manager_2'), run, 'action_verify')
        self.assertRunState(run, 'verified')

    def test_nobody_says_up_to_when_runs_exist(self):
        task = self._task('until')
        with self.assertRaises(AccessError):
            self._rpc(self.manager, task, 'write', {'generated_until': '2099-01-01'})
        with self.assertRaises(AccessError):
            self._rpc(self.manager, task, 'create', {
                'name': "x", 'code': 'until_2', 'checklist_id': self.checklist.id, 'generated_until': '2099-01-01'})
        new = self._rpc(self.manager, task.browse(), 'create', {
            'name': "x", 'code': 'until_3', 'checklist_id': self.checklist.id}, context={'default_generated_until': '2099-01-01'})
        self.assertFalse(task.browse(new).generated_until)

    def test_copy_of_a_task_keeps_what_is_given(self):
        task = self._task('original')
        self.assertEqual(task.copy({'code': 'mine', 'name': "Mine"}).mapped(lambda copy: (copy.code, copy.name)), [('mine', "Mine")])
        self.assertEqual([task.copy().code, task.copy().code, task.copy().name], ['task_original_copy', 'task_original_copy_2', "Task original (copy)"])

    def test_reply_by_mail_changes_nothing_of_a_closed_run(self):
        run = self._run('gateway')
        self._rpc(self.technician, run, 'action_done', "all fine")
        told = run.message_post(body="done", subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        before = run.read(sorted(run._get_sealed_fields()))
        self.env['mail.thread'].message_process('it.task.run', (
            f"From: technician@example.com\nTo: catchall@example.com\nMessage-Id: <reply@example.com>\nIn-Reply-To: {told.message_id}\n"
            f"References: {told.message_id}\nSubject: Re: state: verified\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nstate=verified\n'
            '--b\nContent-Type: text/html; name="x.html"\nContent-Disposition: attachment; filename="x.html"\n\n<script/>\n--b--\n'))
        self.env.invalidate_all()
        self.assertTrue(run.message_ids.filtered(lambda message: message.message_id == '<reply@example.com>'))
        self.assertEqual(run.read(sorted(run._get_sealed_fields())), before)
        self.assertFalse(run.attachment_ids)
