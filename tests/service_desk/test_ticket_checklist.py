import json
from runpy import run_path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.base.models.ir_cron import IrCron

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketChecklist(TicketCase):
    """What a kind of request wants done before it is solved, and the seal over it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A cron commits after each batch; a test is rolled back at its end instead.
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))
        cls.kind = cls.env['it.ticket.category'].create({
            'name': "Checked", 'request_fields': [{'name': 'login', 'string': "Login", 'type': 'char'}],
            'checklist_ids': [Command.create(values) for values in (
                {'name': "Looked at the matrix", 'is_required': True, 'sequence': 1}, {'name': "Told the boss", 'is_required': True, 'sequence': 2},
                {'name': "Tea", 'sequence': 3})]})

    def _checked(self, **values):
        return self._log(category_id=self.kind.id, **values)

    def _items(self, ticket, person=None):
        return ticket.sudo().item_ids.with_user(person or self.technician)

    def test_ticket_gets_its_own_copy_when_it_is_logged(self):
        ticket = self._checked()
        self.assertEqual(
            [(item.name, item.is_required, item.is_done) for item in self._items(ticket)],
            [("Looked at the matrix", True, False), ("Told the boss", True, False), ("Tea", False, False)])
        self.kind.checklist_ids.unlink()
        self.assertEqual(len(self._items(ticket)), 3)
        self.assertFalse(self._checked().sudo().item_ids)

    def test_required_lines_are_ticked_before_it_is_resolved(self):
        ticket = self._checked()
        self._work_on(ticket)
        work = ticket.with_user(self.technician)
        self.assertEqual((work.can_resolve, work.open_items), (True, "Looked at the matrix, Told the boss"))
        with self.assertRaisesRegex(UserError, f"{ticket.name} cannot be resolved before these are ticked .* Looked at the matrix; Told the boss"):
            work.action_resolve()
        matrix, boss, _tea = self._items(ticket)
        matrix.action_tick()
        with self.assertRaisesRegex(UserError, "before this is ticked .* Told the boss"):
            work.action_resolve()
        boss.with_user(self.technician_2).action_tick()
        boss.action_tick()
        self.assertEqual((boss.done_by_id, bool(boss.done_at), work.open_items), (self.technician_2, True, ""))
        work.action_resolve()
        self.assertEqual(ticket.state, 'resolved')

    def test_first_tick_starts_the_work_and_a_tick_is_taken_away(self):
        ticket = self._checked()
        item = self._items(ticket)[0]
        item.action_tick()
        self.assertEqual((ticket.state, ticket.assignee_id, item.is_done), ('in_progress', self.technician, True))
        item.with_user(self.technician_2).action_untick()
        self.assertEqual((item.is_done, item.done_by_id.id, item.done_at), (False, False, False))

    def test_nothing_is_ticked_once_it_is_resolved_and_a_reopened_one_keeps_its_ticks(self):
        ticket = self._checked()
        items = self._items(ticket)
        self._work_on(ticket)
        self._tick_required(ticket)
        ticket.with_user(self.technician).action_resolve()
        for act in (items.action_tick, items.action_untick):
            with self.assertRaisesRegex(UserError, "Reopen the ticket"):
                act()
        self.assertFalse(any(items.mapped('can_tick')))
        ticket.with_user(self.user).action_reopen("It is back")
        self.assertEqual(items.mapped('is_done'), [True, True, False])
        items[0].action_untick()
        self._work_on(ticket)
        with self.assertRaises(UserError):
            ticket.with_user(self.technician).action_resolve()

    def test_other_kind_brings_its_own_lines_and_what_was_done_stays(self):
        ticket = self._checked()
        ticket.with_user(self.user).category_id = self.category_remote
        self.assertEqual(self._items(ticket).mapped('name'), self.category_remote.checklist_ids.mapped('name'))
        ticket.with_user(self.user).category_id = self.kind
        self._items(ticket)[1].action_tick()
        ticket.with_user(self.technician).category_id = self.category_remote
        self.assertEqual(set(self._items(ticket).mapped('name')), {"Told the boss", *self.category_remote.checklist_ids.mapped('name')})
        ticket.with_user(self.technician).category_id = self.kind
        self.assertEqual(sorted(self._items(ticket).mapped('name')), ["Looked at the matrix", "Tea", "Told the boss"])

    def test_nobody_writes_a_checklist_but_by_its_buttons(self):
        ticket = self._checked()
        item = self._items(ticket)[0]
        forged = {'is_done': True, 'done_by_id': self.technician_2.id, 'done_at': '2026-01-01 00:00:00'}
        for person in (self.user, self.technician, self.manager, self.auditor):
            doors = [
                (item, 'write', {'is_done': True}), (item, 'write', {'name': "x"}), (item, 'write', {'is_required': False}), (item, 'unlink'),
                (item, 'create', [{'ticket_id': ticket.id, 'name': "x", **forged}]), (ticket, 'write', {'item_ids': [Command.clear()]}),
                (ticket, 'write', {'item_ids': [Command.update(item.id, {'is_done': True})]}),
                (self.env['it.ticket'], 'create', [{'subject': "x", 'category_id': self.kind.id, 'item_ids': [Command.create({'name': "x", **forged})]}])]
            if person in (self.user, self.auditor):
                doors += [(item, 'action_tick'), (item, 'action_untick')]
            for record, method, *arguments in doors:
                with self.subTest(person=person.login, method=method, arguments=arguments), self.assertRaises(UserError), self.cr.savepoint():
                    self._rpc(person, record, method, *arguments)
        for values in (forged, {'name': "x"}):
            with self.assertRaises(AccessError):
                item.sudo().write(values)
        self.assertFalse(item.is_done)
        self.assertEqual(item.with_user(self.auditor).name, "Looked at the matrix")
        for record, name in ((ticket, 'item_ids'), (self.kind, 'checklist_ids')):
            with self.assertRaises(AccessError):
                self._rpc(self.user, record, 'read', [name])
        self.assertNotIn('item_ids', self.env['it.ticket'].with_user(self.user).fields_get())
        with self.assertRaises(AccessError):
            self._rpc(self.technician, self.kind, 'write', {'checklist_ids': [Command.clear()]})
        self._rpc(self.manager, self.kind, 'write', {'checklist_ids': [Command.create({'name': "One more"})]})

    # === EVIDENCE === #

    def _commit(self):
        self.env.cr.flush()
        self.env['it.seal.event']._cron_seal()

    def _findings(self, ticket):
        found = self.env['it.seal.audit']._audit(self.env.company)['findings']
        return [(one['code'], one.get('details')) for one in found if (one['model'], one['res_id']) == (ticket._name, ticket.id)]

    def test_answers_and_ticks_are_sealed_and_what_was_sealed_before_still_verifies(self):
        ticket = self._checked(request_values={'login': "selam"})
        self._work_on(ticket)
        self._tick_required(ticket)
        ticket.with_user(self.technician).action_resolve()
        ticket.with_user(self.user).action_confirm()
        self._commit()
        event = self.env['it.seal.event'].search([('model', '=', 'it.ticket'), ('res_id', '=', ticket.id)], order='id desc', limit=1)
        content = json.loads(event.content)
        self.assertEqual((content['record']['request_values'], content['record']['request_text']), ({'login': "selam"}, "Login: selam"))
        self.assertEqual([(one['name'], one['is_done']) for one in content['checklist']], [("Looked at the matrix", True), ("Told the boss", True), ("Tea", False)])
        self.kind.with_user(self.manager).write({'request_fields': [{'name': 'other', 'string': "Other", 'type': 'char'}]})
        self.assertFalse(self._findings(ticket), "what the kind asks from now on changes no ticket")
        for query in (
                "UPDATE it_ticket SET request_text = 'forged' WHERE id = %s", "UPDATE it_ticket SET request_values = '{}' WHERE id = %s",
                "UPDATE it_ticket_item SET is_done = TRUE, done_by_id = 1, done_at = now() WHERE ticket_id = %s", "DELETE FROM it_ticket_item WHERE ticket_id = %s"):
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self.env.flush_all()
                self.env.cr.execute(query, [ticket.id])
                self.env.invalidate_all()
                self.assertEqual([code for code, _details in self._findings(ticket)], ['changed'])
                savepoint.rollback()
                self.env.invalidate_all()
        for key in ('request_values', 'request_text'):
            del content['record'][key]
        del content['checklist']
        details = self.env['it.ticket']._details(
            self.env['it.ticket']._parse_event(json.dumps(content)), ticket._get_seal_contents()[ticket.id])
        self.assertFalse(details, "an event of before these were sealed")

    def test_requests_of_before_the_upgrade_get_what_their_kind_wants_done(self):
        waiting, begun, ticked, closed, plain = (self._checked(subject=name) for name in ("waiting", "begun", "ticked", "closed", "plain"))
        self._items(ticked).filtered(lambda item: item.name == "Tea").action_tick()
        ticked.sudo()._transition({'state': 'new'})
        (waiting | begun | closed | plain).sudo().item_ids.unlink()
        begun.with_user(self.technician).action_start()
        closed.with_user(self.user).action_cancel("x")
        plain.with_user(self.technician).category_id = self.category_remote.create({'name': "Plain"})
        idea = self.env.ref('it_continuity.ticket_category_improvement_idea')
        for icon in ('fa-question-circle', 'fa-star'):
            idea.icon = icon
            run_path(file_path('it_continuity/migrations/19.0.1.7.0/post-rest.py'))['migrate'](self.env.cr, '19.0.1.6.0')
            self.assertEqual(idea.icon, 'fa-star' if icon == 'fa-star' else 'fa-lightbulb-o')
            self.env.invalidate_all()
            self.assertEqual([len(self._items(ticket)) for ticket in (waiting, begun, ticked, closed, plain)], [3, 0, 3, 0, 0])
