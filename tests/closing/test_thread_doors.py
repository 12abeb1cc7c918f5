from odoo import http
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import ClosingCase

THREADS = (
    'it.asset', 'it.agent', 'it.check', 'it.outage', 'it.task', 'it.task.run', 'it.ticket', 'it.closing', 'it.closing.step',
    'it.improvement', 'it.heartbeat', 'it.downtime', 'it.alert', 'it.backup.set')


@tagged('post_install', '-at_install')
class TestThreadDoors(ClosingCase, HttpCase):
    """Chatter, followers, activities and files are doors of their own; who only reads a record writes nothing by them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.env['it.agent'].create({'asset_id': cls.host.id, 'state': 'active'})
        cls.env['it.check.kind'].create({'agent_id': cls.agent.id, 'kind': 'disk', 'title': "Disk"})
        task = cls.env['it.task'].create({
            'name': "Look", 'code': 'look', 'checklist_id': cls.env.ref('it_continuity.checklist_health').id, 'schedule_kind': 'on_demand'})
        cls.records = [
            cls.host, cls.agent, cls.env['it.check'].create({'name': "Disk", 'agent_id': cls.agent.id, 'kind': 'disk'}),
            cls.env['it.outage'].create({'asset_id': cls.host.id, 'start_at': '2026-11-01 06:00'}), task,
            task._start_run(), cls.env['it.ticket'].with_user(cls.user).create({
                'subject': "Printer", 'category_id': cls.env.ref('it_continuity.ticket_category_remote_help').id}),
            cls.closing, cls.closing.step_ids[0], cls.env['it.improvement'].with_user(cls.user).create({'name': "A second screen"}),
            cls.env['it.heartbeat'].create({'name': "Backup", 'asset_id': cls.host.id}),
            cls.env['it.downtime'].create({'reason': "New firmware", 'asset_ids': [Command.set(cls.host.ids)]}), cls._make_alert(),
            cls.env['it.backup.set'].create({'name': "Odoo"}),
        ]
        cls.told = {record._name: record.sudo().message_post(body="seen", subtype_xmlid='mail.mt_comment') for record in cls.records}  # a test's own words  # pylint: disable=translation-required

    @classmethod
    def _make_alert(cls):
        alerts, now = cls.env['it.alert'], cls.env.cr.now()
        with alerts._past_guard():
            return alerts.create({
                'number': "ALT/1", 'name': "srv is silent", 'company_id': cls.env.company.id, 'cause_key': f'host:{cls.host.id}', 'cause_kind': 'host',
                'asset_id': cls.host.id, 'began_at': now, 'detected_at': now, 'opened_at': now})

    def _doors(self, record, person):
        """Yield (name, call) of every way to write beside the record, as this person."""
        env, partner = self.env(user=person), person.partner_id.ids
        own = record.with_user(person)
        place = {'res_model': record._name, 'res_id': record.id}
        todo = {'res_model_id': env['ir.model']._get_id(record._name), 'res_id': record.id, 'summary': "x",
                'activity_type_id': self.env.ref('mail.mail_activity_data_todo').id}
        told = self.told[record._name]
        yield 'subscribe', lambda: own.message_subscribe(partner)
        yield 'subscribe others', lambda: own.message_subscribe(self.technician.partner_id.ids)
        yield 'unsubscribe others', lambda: own.message_unsubscribe(self.manager.partner_id.ids)
        yield 'follower', lambda: env['mail.followers'].create({**place, 'partner_id': partner[0]})
        yield 'post', lambda: own.message_post(body="x")  # a test's own words  # pylint: disable=translation-required
        yield 'message', lambda: env['mail.message'].create({'model': record._name, 'res_id': record.id, 'body': "x"})
        yield 'reply', lambda: env['mail.message'].create({'model': record._name, 'res_id': record.id, 'body': "x", 'parent_id': told.id})
        yield 'edit', lambda: told.with_user(person).write({'body': "x"})
        yield 'delete', lambda: told.with_user(person).unlink()
        yield 'later', lambda: env['mail.scheduled.message'].create({
            'model': record._name, 'res_id': record.id, 'body': "x", 'author_id': partner[0], 'scheduled_date': '2099-01-01'})
        yield 'file', lambda: env['ir.attachment'].create({'name': "x", 'raw': b"x", **place})
        if 'activity_ids' in record:
            yield 'activity', lambda: env['mail.activity'].create(todo)
            yield 'own activity', lambda: env['mail.activity'].create({**todo, 'user_id': person.id})

    def _assert_closed(self, record, person):
        for name, call in self._doors(record, person):
            with self.subTest(person=person.login, model=record._name, door=name), self.assertRaises(AccessError), self.env.cr.savepoint():
                call()
                self.env.flush_all()
        self.assertNotIn(person.partner_id, record.sudo().message_partner_ids)

    def test_every_thread_is_looked_at(self):
        threads = {
            name for name in self.env.registry
            if name.startswith('it.') and not self.env[name]._abstract and 'message_ids' in self.env[name]._fields}
        self.assertEqual(threads, set(THREADS))
        self.assertEqual([record._name for record in self.records], list(THREADS))

    def test_auditor_writes_beside_no_record(self):
        for record in self.records:
            record.with_user(self.auditor).read(['display_name'])
            self._assert_closed(record, self.auditor)

    def test_employee_writes_beside_no_asset(self):
        self.host.with_user(self.user).read(['display_name'])
        self._assert_closed(self.host, self.user)

    def test_technician_follows_what_he_works_with_and_posts_where_he_may_write(self):
        technician = self.technician_2
        for record in self.records:
            record.with_user(technician).message_subscribe(technician.partner_id.ids)
            self.assertIn(technician.partner_id, record.message_partner_ids)
        for record in (self.host, self.records[5], self.records[6], self.closing.step_ids[0]):
            self.assertTrue(record.with_user(technician).message_post(body="looking"))  # a test's own words  # pylint: disable=translation-required
            self.assertTrue(record.with_user(technician).activity_schedule('mail.mail_activity_data_todo', user_id=technician.id))

    def test_colleague_follows_and_posts_on_the_own_ticket(self):
        ticket = self.records[6]
        ticket.with_user(self.user).message_subscribe(self.user.partner_id.ids)
        self.assertTrue(ticket.with_user(self.user).message_post(body="still broken"))  # a test's own words  # pylint: disable=translation-required

    def test_nobody_switches_the_history_off(self):
        """Odoo's import does so unless it is told otherwise, and whoever calls the server can."""
        history = self.env.registry['it.thread.mixin']
        self.assertEqual([name for name in THREADS if not issubclass(self.env.registry[name], history)], [])
        asset, check, ticket, step = (self.records[number] for number in (0, 2, 6, 8))
        changes = [
            (asset, self.manager, 'name', "srv-2"), (check, self.manager, 'asset_id', self.env.ref('it_continuity.asset_odoo').id),
            (ticket, self.technician, 'category_id', self.env.ref('it_continuity.ticket_category_other').id),
            (ticket, self.technician, 'impact', 'high'), (step, self.manager, 'due_date', '2031-01-01')]
        followed = {'impact': 'priority'}  # what is computed of it is listed
        self._track()
        for hush in ('tracking_disable', 'mail_notrack'):
            for record, person, name, value in changes:
                with self.subTest(model=record._name, hush=hush), self.env.cr.savepoint() as savepoint:
                    before = record.message_ids
                    record.with_user(person).with_context(**{hush: True}).write({name: value})
                    self._track()
                    self.assertIn(followed.get(name, name), (record.message_ids - before).sudo().tracking_value_ids.field_id.mapped('name'))
                    savepoint.rollback()
        before = ticket.message_ids
        result = ticket.with_user(self.technician).with_context(tracking_disable=True, import_file=True).load(
            ['.id', 'category_id/id'], [[str(ticket.id), 'it_continuity.ticket_category_other']])
        self.assertEqual(result['ids'], ticket.ids, result['messages'])
        self._track()
        told = ticket.message_ids - before
        self.assertEqual(told.sudo().tracking_value_ids.mapped('new_value_char'), [ticket.category_id.name])
        self.assertEqual(told.author_id, self.technician.partner_id)
        task, run = self.records[4], self.records[5]
        notifications = self.env['mail.notification'].search_count([])
        task.with_user(self.manager).with_context(tracking_disable=True).user_id = self.technician_2
        run.with_user(self.technician).with_context(tracking_disable=True, it_hush='x').action_done()  # which writes with elevated rights
        self._track()
        for record, name in ((task, 'user_id'), (run, 'state')):
            self.assertIn(name, record.message_ids.sudo().tracking_value_ids.field_id.mapped('name'))
        self.assertEqual(self.env['mail.notification'].search_count([]), notifications, "who asks for no history wants nobody told")
        self.assertNotIn(self.technician_2.partner_id, task.message_partner_ids)

    def _track(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    @mute_logger('odoo.http')
    def test_routes_are_closed_to_the_auditor(self):
        self.authenticate(self.auditor.login, self.auditor.login)
        for record in self.records:
            counts = self._beside(record)
            place = {'thread_model': record._name, 'thread_id': record.id}
            message = self.told[record._name].id
            for route, values in (
                ('/mail/message/post', {**place, 'post_data': {'body': "x", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}}),
                ('/mail/message/reaction', {'message_id': message, 'content': "👍", 'action': 'add'}),
                ('/mail/message/update_content', {'message_id': message, 'update_data': {'body': "x", 'attachment_ids': []}}),
                ('/mail/thread/unsubscribe', {'res_model': record._name, 'res_id': record.id, 'partner_ids': self.manager.partner_id.ids}),
            ):
                with self.subTest(model=record._name, route=route), self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request(route, values)
            answer = self.url_open('/mail/attachment/upload', data={
                **place, 'csrf_token': http.Request.csrf_token(self)}, files={'ufile': ('x.txt', b"x", 'text/plain')})
            self.assertEqual(answer.status_code, 404, record._name)
            self.env.invalidate_all()
            self.assertEqual(self._beside(record), counts)

    def _beside(self, record):
        place = [('res_model', '=', record._name), ('res_id', '=', record.id)]
        return (
            len(record.sudo().message_ids), len(record.sudo().message_ids.reaction_ids), record.sudo().message_partner_ids.ids,
            self.env['ir.attachment'].search_count(place))
