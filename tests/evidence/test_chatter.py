from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ..closing.common import ClosingCase
from ..service_desk.common import TicketCase
from .seal_case import SealCase

RATTLES, FORGED = "It rattles", "Forged"


@tagged('post_install', '-at_install')
class TestChatter(TicketCase, ClosingCase, SealCase, HttpCase):
    """What was said of a closed record stays as it was said, and everybody says it in the own name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.technician | cls.manager | cls.user).write({'email': False})
        for person in cls.technician | cls.manager | cls.user:
            person.email = f'{person.login}@example.com'

    def setUp(self):
        super().setUp()
        self.open_run = self._run('open')
        run, ticket, step = self._run('closed'), self._resolved(), self.closing.step_ids.filtered(
            lambda one: not one.is_locked and one.kind != 'sql_script')[:1]
        self.missed = self._run('missed')
        self.records = [run, ticket, step, self.missed]
        self.said = {record: self._say(record) for record in [*self.records, self.open_run]}
        run.with_user(self.technician).action_done(note="seen")
        ticket.with_user(self.user).action_confirm()
        self._do(step)
        step.with_user(self.manager_2).action_verify()
        self.missed.sudo().write({'state': 'missed', 'closed_at': self.missed.deadline_at})
        self.env.cr.precommit.run()
        self.assertEqual([record.state for record in self.records], ['done', 'closed', 'verified', 'missed'])

    def _say(self, record):
        """Return a comment with a file, as the technician's own browser posts it."""
        file = self.env['ir.attachment'].with_user(self.technician).create(
            {'name': "seen.txt", 'raw': b"seen", 'res_model': 'mail.compose.message', 'res_id': 0})
        return record.with_user(self.technician).message_post(
            body=RATTLES, attachment_ids=file.ids, message_type='comment', subtype_xmlid='mail.mt_comment')

    def _assert_refused(self, call, error=AccessError):
        with self.assertRaises(error), self.env.cr.savepoint():
            call()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_nobody_changes_or_deletes_what_was_said_of_a_closed_record(self):
        for record in self.records:
            message = self.said[record]
            noted = self.env['mail.message'].sudo().search(
                [('model', '=', record._name), ('res_id', '=', record.id), ('message_type', '=', 'notification')], limit=1)
            for person in (self.technician, self.manager, self.env.ref('base.user_admin'), self.env.user):
                own, thread = message.with_user(person), record.with_user(person)
                for name, call in {
                    'body': lambda own=own: own.write({'body': "It purrs"}),
                    'author': lambda own=own: own.write({'author_id': self.manager.partner_id.id}),
                    'date': lambda own=own: own.write({'date': '2026-01-01 00:00:00'}),
                    'files': lambda own=own: own.write({'attachment_ids': [Command.clear()]}),
                    'deleted': lambda own=own: own.unlink(),
                    'of the software': lambda noted=noted, person=person: noted.with_user(person).unlink(),
                    'moved': lambda own=own: own.write({'res_id': self.open_run.id}),
                    'by a template': lambda thread=thread, own=own: self.env['mail.mail'].sudo().create({
                        'mail_message_id': own.id, 'subject': "It purrs", 'body_html': "x"}),
                    'as a person does': lambda thread=thread, own=own: thread._message_update_content(own.sudo(), body="It purrs"),
                    'emptied': lambda thread=thread, own=own: thread._message_update_content(own.sudo(), body="", attachment_ids=[]),
                }.items():
                    if name == 'of the software' and not noted:
                        continue
                    with self.subTest(model=record._name, person=person.login, way=name):
                        self._assert_refused(call, UserError)  # which an AccessError is too
            self.assertEqual((message.body, message.attachment_ids.mapped('name')), ("<p>It rattles</p>", ["seen.txt"]))

    def test_software_may_note_how_its_mails_fare_and_people_may_star_and_react(self):
        for record in self.records:
            message = self.said[record].with_user(self.technician)
            message.sudo().write({'message_id': '<a@b>'})
            message.toggle_message_starred()
            message.sudo()._message_reaction("👍", 'add', self.technician.partner_id, self.env['mail.guest'])
            self.assertTrue(message.starred and message.sudo().reaction_ids)
            self.assertTrue(record.with_user(self.technician).message_post(body=RATTLES))
            self.assertTrue(record.with_user(self.technician).message_post(
                body=RATTLES, attachments=[("later.txt", b"later")]).attachment_ids)

    def test_picture_is_said_of_a_closed_record(self):
        """Odoo gives a picture in a message an access token when it makes the file."""
        dot = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
        message = self.env['mail.message'].with_user(self.technician).create({
            'model': 'it.task.run', 'res_id': self.records[0].id, 'body': f'<p><img src="data:image/gif;base64,{dot}"/></p>'})
        self.assertTrue(message.sudo().attachment_ids.access_token)

    def test_files_of_a_closed_chatter_stay_with_name_description_and_token(self):
        for record in self.records:
            file = self.said[record].attachment_ids
            for person in (self.technician, self.manager, self.env.user):
                own = file.with_user(person)
                for name, call in {
                    'name': lambda own=own: own.write({'name': "nothing.txt"}),
                    'description': lambda own=own: own.write({'description': "nothing"}),
                    'token': lambda own=own: own.write({'access_token': 'x'}),
                    'given a token': lambda own=own: own.generate_access_token(),
                    'content': lambda own=own: own.write({'raw': b"nothing"}),
                    'deleted': lambda own=own: own.unlink(),
                }.items():
                    with self.subTest(model=record._name, person=person.login, way=name):
                        self._assert_refused(call)
        self.said[self.open_run].attachment_ids.with_user(self.technician).write({'description': "open"})

    def test_evidence_files_keep_description_and_token(self):
        run = self._run('photo')
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "rack.png", 'raw': b"x", 'description': "Rack 1"})
        run.with_user(self.technician).action_done(note="seen", attachment_ids=file.ids)
        self.env.cr.precommit.run()
        for values in ({'description': "Rack 2"}, {'access_token': 'x'}):
            with self.subTest(values=values):
                self._assert_refused(lambda values=values: file.write(values))

    def test_while_a_record_is_open_people_change_their_own_comments_only(self):
        message = self.said[self.open_run]
        message.with_user(self.technician).write({'body': "It rattles loudly"})
        colleague = self.technician_2
        for person, one in ((colleague, message), (self.manager, message)):
            for call in (
                lambda one=one, person=person: one.with_user(person).write({'body': "It purrs"}),
                lambda one=one, person=person: one.with_user(person).unlink(),
                lambda one=one, person=person: self.open_run.with_user(person)._message_update_content(one.sudo(), body="x"),
            ):
                self._assert_refused(call)
        self.open_run.with_user(self.technician).action_done(note="seen")
        self.open_run.with_user(self.technician).action_undo()
        taken_back = self.open_run.message_ids.filtered(lambda one: "Taken back" in (one.body or ''))
        self.assertEqual(taken_back.author_id, self.technician.partner_id)
        self._assert_refused(taken_back.with_user(self.technician).unlink)
        message.with_user(self.technician).unlink()

    def test_nobody_writes_in_another_name(self):
        boss = self.manager.partner_id
        env, before = self.env(user=self.technician), self._count()
        guest = self.env['mail.guest'].create({'name': "Boss"})
        template = self.env['mail.template'].sudo().create({
            'name': "x", 'model_id': self.env['ir.model']._get_id('it.task.run'), 'subject': "x", 'body_html': "x", 'email_from': boss.email,
            'email_to': 'x@example.com'})
        for record in (*self.records, self.open_run):
            own, place = record.with_user(self.technician), {'model': record._name, 'res_id': record.id}
            composer = {'res_ids': repr(record.ids), 'model': record._name, 'body': "Forged", 'subject': "x"}
            for name, call in {
                'author': lambda own=own: own.message_post(body=FORGED, author_id=boss.id),
                'address': lambda own=own: own.message_post(body=FORGED, email_from=boss.email),
                'own name, other address': lambda own=own: own.message_post(
                    body=FORGED, author_id=env.user.partner_id.id, email_from="Boss <boss@example.com>"),
                'nobody': lambda own=own: own.message_post(body=FORGED, author_id=False, email_from="Boss"),
                'guest': lambda place=place: env['mail.message'].create({**place, 'body': "Forged", 'author_guest_id': guest.id}),
                'long ago': lambda own=own: own.message_post(body=FORGED, date='2026-01-01 00:00:00'),
                'change': lambda own=own: own.message_post(body=FORGED, tracking_value_ids=[(0, 0, {'old_value_char': "a"})]),
                'notice': lambda own=own: own.message_notify(body=FORGED, author_id=boss.id, partner_ids=env.user.partner_id.ids),
                'message': lambda place=place: env['mail.message'].create({**place, 'body': "Forged", 'author_id': boss.id}),
                'message from': lambda place=place: env['mail.message'].create({**place, 'body': "Forged", 'email_from': boss.email}),
                'default': lambda place=place: env['mail.message'].with_context(default_author_id=boss.id).create({**place, 'body': "Forged"}),
                'default place': lambda record=record: env['mail.message'].with_context(
                    default_model=record._name, default_res_id=record.id, default_author_id=boss.id).create({'body': "Forged"}),
                'later': lambda place=place: env['mail.scheduled.message'].create({
                    **place, 'body': "Forged", 'author_id': boss.id, 'scheduled_date': '2099-01-01'}),
                'composer': lambda composer=composer: env['mail.compose.message'].create({
                    **composer, 'composition_mode': 'comment', 'author_id': boss.id, 'email_from': boss.email})._action_send_mail(),
                'many': lambda composer=composer: env['mail.compose.message'].create({
                    **composer, 'composition_mode': 'mass_mail', 'author_id': boss.id, 'email_from': boss.email})._action_send_mail(),
                **({'template': lambda record=record: template.with_env(env).send_mail(record.id)} if record._name == 'it.task.run' else {}),
                'mail': lambda record=record: env['mail.thread'].message_process(record._name, (
                    f'From: {boss.email}\nTo: it@example.com\nSubject: Forged\nMessage-Id: <{record._name}-{record.id}@x>\n\nForged\n'),
                    thread_id=record.id),
            }.items():
                with self.subTest(model=record._name, way=name), mute_logger('odoo.addons.mail.models.mail_thread'):
                    self._assert_refused(call)
        self.assertEqual(self._count(), before)

    def _count(self):
        return self.env['mail.message'].search_count([('author_id', '=', self.manager.partner_id.id), ('body', 'ilike', "Forged")])

    def test_own_comment_is_not_signed_over_to_another(self):
        message = self.said[self.open_run].with_user(self.technician)
        for values in ({'author_id': self.manager.partner_id.id}, {'email_from': "boss@example.com"}, {'date': '2026-01-01 00:00:00'}):
            with self.subTest(values=values):
                self._assert_refused(lambda values=values: message.write(values))

    def test_mail_that_came_in_is_taken(self):
        """The gateway signs with the name of who wrote the mail."""
        run = self.open_run
        thread_id = self.env['mail.thread'].message_process('it.task.run', (
            f'From: {self.manager.email}\nTo: it@example.com\nSubject: Re\nMessage-Id: <1@x>\n\nThank you\n'), thread_id=run.id)
        self.assertEqual((thread_id, run.message_ids[:1].author_id), (run.id, self.manager.partner_id))

    def test_who_is_away_answers(self):
        self.manager.write({'out_of_office_from': '2026-11-20 00:00:00', 'out_of_office_to': '2099-11-30 00:00:00', 'out_of_office_message': "Away"})
        self.open_run.with_user(self.technician).message_post(
            body=RATTLES, partner_ids=self.manager.partner_id.ids, message_type='comment', subtype_xmlid='mail.mt_comment')
        if self.manager.is_out_of_office:
            self.assertIn('out_of_office', self.open_run.message_ids.mapped('message_type'))

    @mute_logger('odoo.http')
    def test_routes_are_closed_too(self):
        self.authenticate(self.technician.login, self.technician.login)
        for record in self.records:
            message = self.said[record]
            for route, values in (
                ('/mail/message/update_content', {'message_id': message.id, 'update_data': {'body': "It purrs", 'attachment_ids': message.attachment_ids.ids}}),
                ('/mail/message/update_content', {'message_id': message.id, 'update_data': {'body': "", 'attachment_ids': []}}),
                ('/mail/attachment/delete', {'attachment_id': message.attachment_ids.id}),
            ):
                with self.subTest(model=record._name, route=route), self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request(route, values)
            self.env.invalidate_all()
            self.assertEqual((message.body, message.attachment_ids.raw), ("<p>It rattles</p>", b"seen"))
            answer = self.make_jsonrpc_request('/mail/message/post', {
                'thread_model': record._name, 'thread_id': record.id, 'post_data': {
                    'body': "Forged", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment', 'author_id': self.manager.partner_id.id,
                    'email_from': self.manager.email, 'date': '2026-01-01 00:00:00'}})
            posted = self.env['mail.message'].browse(answer['message_id'])
            self.assertEqual((posted.author_id, posted.email_from), (self.technician.partner_id, self.technician.email_formatted))
            self.assertNotEqual(posted.date.isoformat(), '2026-01-01T00:00:00')
