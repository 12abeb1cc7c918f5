import json

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .deed_case import DeedCase

MANAGER = 'it_continuity.it_continuity_group_manager'


@tagged('post_install', '-at_install')
class TestAccessChange(DeedCase):
    """A change of somebody's groups: shown with all that comes along, approved by another person, carried out exactly so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = new_test_user(cls.env, login='itc_chief', name="Chief", groups=f'{MANAGER},base.group_erp_manager')
        cls.manager_2 = cls._person('manager', 'manager_2')
        groups = cls.env['res.groups'].create([{'name': name} for name in ("Walk reader", "Walk writer", "Walk head", "Walk apart")])
        cls.reader, cls.writer, cls.head, cls.apart = groups
        cls.writer.implied_ids = [Command.set(cls.reader.ids)]
        cls.head.implied_ids = [Command.set(cls.writer.ids)]

    def _propose(self, user=None, add=(), remove=(), person=None, ticket=None):
        ticket = ticket or self._ask('account_access', what='access_right', employee=self.employee.id)
        return self.env['it.access.change'].with_user(person or self.technician).create({
            'ticket_id': ticket.id, 'user_id': (user or self.other).id, 'add_ids': [Command.set([group.id for group in add])],
            'remove_ids': [Command.set([group.id for group in remove])]})

    def _refused(self, record, method, *args, person, error=AccessError, text=''):
        before = {user.id: sorted(user.group_ids.ids) for user in self.other | self.technician | self.manager | self.worker | self.chief}
        with self.subTest(method=method, person=person.login), self.assertRaisesRegex(error, text), self.env.cr.savepoint():
            self._rpc(person, record, method, *args)
        self.assertEqual({number: sorted(self.env['res.users'].browse(number).group_ids.ids) for number in before}, before)

    def test_form_shows_what_comes_along_before_anything_is_saved(self):
        self.other.group_ids += self.apart
        self.employee.user_id = self.other
        self.technician_2.group_ids += self.head
        ticket = self._ask('account_access', what='access_right', employee=self.employee.id, like_user=self.technician_2.id)
        action = ticket.with_user(self.technician).action_open_deed()
        self.assertEqual(action['res_model'], 'it.access.change')
        changes = self.env['it.access.change'].with_user(self.technician)
        form = Form(changes.with_context(**action['context']), view=action['views'][0][0])
        self.assertEqual((form.user_id, form.ticket_id), (self.other, ticket))
        self.assertIn(self.head, form.add_ids[:])
        form.remove_ids.add(self.apart)
        self.assertRegex(form.change_html, r'(?s)Walk head.*given')
        self.assertRegex(form.change_html, r'(?s)Walk apart.*taken away')
        self.assertRegex(form.change_html, r'(?s)Walk reader.*comes along with Walk head')
        self.assertNotIn(self.head, self.other.group_ids)
        change = form.save()
        self.assertEqual((change.state, change.proposed_by_id), ('proposed', self.technician))
        self.assertIn("+ Walk writer: comes along with Walk head", change.words)
        self.assertNotIn(self.head, self.other.group_ids, "a proposal changes nothing")
        self.assertEqual(ticket.state, 'in_progress')
        calls = ticket.activity_ids.filtered(lambda one: one.activity_type_id == self.env.ref('it_continuity.mail_activity_type_access_approve'))
        self.assertLessEqual(self.manager | self.manager_2 | self.chief, calls.user_id)

    def test_what_another_group_brings_is_not_taken_by_taking_it(self):
        self.other.group_ids += self.head + self.writer
        change = self._propose(remove=[self.writer])
        self.assertIn("= Walk writer: stays: Walk head brings it", change.words)
        change.with_user(self.chief).action_approve()
        self.assertIn(self.writer, self.other.all_group_ids)
        with self.assertRaisesRegex(UserError, "Nothing would change"), self.env.cr.savepoint():
            self._propose(remove=[self.reader])
        gone = self._propose(remove=[self.head])
        self.assertIn("− Walk reader: goes along with Walk head", gone.words)
        self.assertNotIn(self.employee.name, gone.words)

    def test_nonsense_is_refused_in_words(self):
        for add, remove, error in (
            ((), (), ValidationError), ((self.head,), (self.head,), ValidationError), ((), (self.apart,), UserError), (self.other.group_ids, (), UserError),
            ((self.env.ref('base.group_portal'),), (), None),
        ):
            if error:
                with self.subTest(add=add, remove=remove), self.assertRaises(error), self.env.cr.savepoint():
                    self._propose(add=add, remove=remove)
        portal = self._propose(add=[self.env.ref('base.group_portal')])
        self._refused(portal, 'action_approve', person=self.chief, error=UserError)
        archived = self._person('user', 'archived')
        archived.active = False
        with self.assertRaisesRegex(UserError, "no account"), self.env.cr.savepoint():
            self._propose(archived, [self.head])

    def test_who_approves_with_the_right_applies_at_once_and_nobody_gains_by_it(self):
        change = self._propose(add=[self.head])
        for person in (self.user, self.other, self.technician, self.technician_2, self.worker, self.auditor):
            self._refused(change, 'action_approve', person=person)
            self._refused(change, 'action_refuse', "No", person=person)
        self._refused(change, 'action_apply', person=self.worker, error=UserError, text="Waits for approval")
        self.assertTrue(change.with_user(self.chief).can_verify)
        before = self.other.group_ids
        self._rpc(self.chief, change, 'action_approve')
        self.assertEqual((change.state, change.decided_by_id, change.applied_by_id), ('applied', self.chief, self.chief))
        self.assertEqual(self.other.group_ids, before | self.head)
        self.assertEqual(self.other.write_uid, self.chief, "written with the approver's own rights, not by the software")
        step = change.ticket_id.step_ids
        self.assertEqual(step.done_by_id, self.chief)
        self.assertRegex(step.description, r'(?s)Other changed, proposed by Technician, approved by Chief:.*\+ Walk head: given.*Walk reader')
        self.assertEqual(change.ticket_id.record_ids.res_id, self.other.id)
        self.assertFalse(self.technician.has_group('base.group_erp_manager'))
        self.assertFalse(self.env['res.users'].with_user(self.technician).has_access('write'))
        self.assertFalse(change.ticket_id.activity_ids.filtered(lambda one: one.activity_type_id.res_model == 'it.ticket' and one.user_id == self.manager_2))

    def test_who_asked_and_proposed_has_the_last_word_and_who_carried_it_out_too_has_none(self):
        """To say which groups are asked for is to ask: another person decides, and does it."""
        for applies in (self.chief, self.worker):
            with self.subTest(applies=applies.login):
                ticket = self._log(self.worker, category_id=self.env.ref('it_continuity.ticket_category_account_access').id)
                change = self._propose(add=[self.head], person=self.worker, ticket=ticket)
                if applies == self.chief:
                    change.with_user(self.chief).action_approve()
                else:
                    change.with_user(self.manager).action_approve()
                    change.with_user(applies).action_apply()
                self.other.group_ids -= self.head
                self.assertEqual((ticket.requester_id, change.proposed_by_id, change.applied_by_id), (self.worker, self.worker, applies))
                self._tick_required(ticket, self.technician)
                ticket.with_user(self.technician).action_resolve()
                if applies == self.chief:
                    self._rpc(self.worker, ticket, 'action_confirm')
                else:
                    self._refused(ticket, 'action_confirm', person=self.worker, text="own work")

    def test_who_approves_without_the_right_leaves_it_to_somebody_who_has_it(self):
        change = self._propose(add=[self.head])
        self._rpc(self.manager, change, 'action_approve')
        self.assertEqual((change.state, change.decided_by_id), ('approved', self.manager))
        self.assertNotIn(self.head, self.other.group_ids)
        for person in (self.technician, self.manager, self.manager_2):
            self._refused(change, 'action_apply', person=person, text="Who may: ")
            self.assertFalse(change.with_user(person).can_apply)
        for person in (self.user, self.auditor):
            self._refused(change, 'action_apply', person=person)
        self.assertTrue(change.with_user(self.worker).can_apply)
        self._rpc(self.worker, change, 'action_apply')
        self.assertEqual((change.state, change.applied_by_id, self.other.write_uid), ('applied', self.worker, self.worker))
        self._refused(change, 'action_apply', person=self.worker, error=UserError, text="Applied")

    def test_nobody_approves_their_own(self):
        own_rights = self._propose(self.manager, [self.head])
        self._refused(own_rights, 'action_approve', person=self.manager, text="your own access")
        self.assertFalse(own_rights.with_user(self.manager).can_verify)
        self.assertIn("your own access", own_rights.with_user(self.manager).blocked_text)
        own_proposal = self._propose(add=[self.head], person=self.manager)
        self._refused(own_proposal, 'action_approve', person=self.manager, text="proposed it yourself")
        self._refused(own_proposal, 'action_refuse', "x", person=self.manager)
        self.assertFalse(own_proposal.with_user(self.manager).can_verify)
        chiefs = self._propose(self.chief, [self.head])
        self._refused(chiefs, 'action_approve', person=self.chief)
        workers = self._propose(self.worker, [self.head])
        self._rpc(self.manager, workers, 'action_approve')
        self._refused(workers, 'action_apply', person=self.worker, text="their own access")
        with self.assertRaises(CheckViolation), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE it_access_change SET state = 'applied', decided_by_id = user_id, decided_at = now() WHERE id = %s", [chiefs.id])

    def test_only_who_administers_odoo_gives_or_takes_administration(self):
        system, access = self.env.ref('base.group_system'), self.env.ref('base.group_erp_manager')
        over = self.env['res.groups'].create({'name': "Walk over", 'implied_ids': [Command.set(system.ids)]})
        for group in (system, over):
            change = self._propose(add=[group])
            self.assertIn(group.display_name, change.admin_text)
            self.assertIn("Administration of Odoo", change.change_html)
            self._refused(change, 'action_approve', person=self.chief, text="which you do not have yourself")
            self._refused(change, 'action_approve', person=self.manager, text="which you do not have yourself")
            self.assertEqual((change.with_user(self.manager).can_verify, change.with_user(self.manager).can_refuse), (False, True))
            change.with_user(self.manager).action_refuse("Nobody gets that")
        change = self._propose(add=[access])
        self._refused(change, 'action_approve', person=self.manager)
        self._rpc(self.chief, change, 'action_approve')
        self.assertTrue(self.other.has_group('base.group_erp_manager'))
        taken = self._propose(remove=[access])
        self._refused(taken, 'action_approve', person=self.manager)
        self.assertFalse(self._propose(add=[self.head]).admin_text)

    def test_administration_that_another_group_brings_is_administration_too(self):
        system, access = self.env.ref('base.group_system'), self.env.ref('base.group_erp_manager')
        self.other.group_ids += system
        for words, groups in (("given as their own", {'add': [access]}), ("stays: ", {'remove': [access]})):
            change = self._propose(**groups)
            self.assertIn(words, change.words)
            self.assertEqual(change.admin_text, access.display_name)
            self.assertIn("Administration of Odoo", change.change_html)
            self._refused(change, 'action_approve', person=self.manager, text="which you do not have yourself")
            self.assertTrue(change.with_user(self.chief).can_verify)
            self.other.group_ids += access

    def test_administration_by_access_rights_alone(self):
        """A group of an app, or of the company's own, that writes what decides on rights administers, whatever it is called."""
        def group(name, model, implied=(), active=True, **perms):
            made = self.env['res.groups'].create({'name': name, 'implied_ids': [Command.set([one.id for one in implied])]})
            self.env['ir.model.access'].create({
                'name': name, 'model_id': self.env['ir.model']._get_id(model), 'group_id': made.id, 'perm_read': True, 'active': active,
                **{f'perm_{mode}': True for mode in perms}})
            return made
        designer = group("Walk designer", 'ir.ui.view', write=1)
        web = group("Walk web", 'res.partner', [designer], write=1)
        clerk = group("Walk clerk", 'res.users', create=1)
        for given, is_held in ((designer, False), (web, False), (group("Walk jobs", 'ir.cron', unlink=1), False), (clerk, True)):
            with self.subTest(given=given.name):
                change = self._propose(add=[given])
                self.assertIn(given.name, change.admin_text)
                self._refused(change, 'action_approve', person=self.manager, text="which you do not have yourself")
                self.assertEqual(change.with_user(self.chief).can_verify, is_held, "who writes users may let others do it")
                if not is_held:
                    self._refused(change, 'action_approve', person=self.chief, text="Walk (designer|jobs)")
        for given in (group("Walk views", 'ir.ui.view'), group("Walk asleep", 'ir.rule', active=False, write=1), group("Walk people", 'res.partner', write=1)):
            self.assertFalse(self._propose(add=[given]).admin_text)
        self._refused(self._propose(add=[web]), 'action_approve', person=self.chief)
        self.chief.group_ids += designer
        self._rpc(self.chief, self._propose(add=[web]), 'action_approve')
        self.assertIn(designer, self.other.all_group_ids)

    def test_what_was_approved_is_exactly_what_is_applied(self):
        for change_it in (
            lambda: self.other.write({'group_ids': [Command.link(self.apart.id)]}),
            lambda: self.head.write({'implied_ids': [Command.link(self.apart.id)]}),
        ):
            for approved in (False, True):
                with self.subTest(approved=approved), self.env.cr.savepoint() as savepoint:
                    change = self._propose(add=[self.head])
                    if approved:
                        change.with_user(self.manager).action_approve()
                    change_it()
                    self.env.invalidate_all()
                    self.assertTrue(change.is_outdated)
                    self.assertFalse(change.with_user(self.chief).can_verify or change.with_user(self.worker).can_apply)
                    self._refused(change, 'action_apply' if approved else 'action_approve', person=self.worker if approved else self.chief,
                                  error=UserError, text="changed since this was proposed")
                    action = self._rpc(self.technician, change, 'action_renew')
                    self.assertEqual(change.state, 'withdrawn')
                    renewed = Form(self.env['it.access.change'].with_user(self.technician).with_context(**action['context']), view=action['views'][0][0]).save()
                    renewed.with_user(self.chief).action_approve()
                    self.assertEqual(sorted(self.other.all_group_ids.ids), json.loads(renewed.exact)['after'])
                    savepoint.rollback()
                    self.env.invalidate_all()
                    self.env.registry.clear_cache('groups')

    def test_nobody_writes_what_was_proposed(self):
        change = self._propose(add=[self.head])
        for person in (self.technician, self.chief, self.manager, self.auditor, self.user):
            for vals in (
                {'state': 'approved'}, {'exact': '{}'}, {'words': "x"}, {'proposed_by_id': self.manager_2.id}, {'decided_by_id': self.manager.id},
                {'user_id': self.technician.id}, {'add_ids': [Command.link(self.apart.id)]}, {'remove_ids': [Command.clear()]},
                {'ticket_id': self._log().id},
            ):
                with self.subTest(person=person.login, vals=vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                    self._rpc(person, change, 'write', vals)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._rpc(person, change, 'unlink')
        ticket = change.ticket_id
        for vals in ({'state': 'approved'}, {'proposed_by_id': self.manager_2.id}, {'exact': '{}'}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.env['it.access.change'].with_user(self.technician).create({
                    'ticket_id': ticket.id, 'user_id': self.other.id, 'add_ids': [Command.set(self.head.ids)], **vals})
        for person in (self.user, self.auditor):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._propose(add=[self.head], person=person, ticket=ticket)
        with self.assertRaises(AccessError):
            self.env['it.access.change'].with_user(self.user).search_count([])

    def test_refused_with_a_reason(self):
        change = self._propose(add=[self.head])
        ask = self.env['it.access.refuse'].with_user(self.manager).create({'change_id': change.id, 'reason': " Reading is enough "})
        ask.action_apply()
        self.assertEqual((change.state, change.refuse_reason, change.decided_by_id), ('refused', "Reading is enough", self.manager))
        self.assertIn("Reading is enough", change.ticket_id.message_ids[0].body)
        self._refused(change, 'action_approve', person=self.chief, error=UserError, text="Refused")
        self._refused(self._propose(add=[self.head]), 'action_refuse', " ", person=self.manager, error=UserError)

    def test_who_proposed_it_and_managers_withdraw_it_and_nobody_their_own(self):
        change = self._propose(add=[self.head])
        for method in ('action_withdraw', 'action_renew'):
            self._refused(change, method, person=self.technician_2, text="Only who proposed it and the managers")
            for person in (self.user, self.other, self.auditor):
                self._refused(change, method, person=person)
            for person in (self.technician, self.technician_2, self.manager):  # also of one's own proposal
                own = self._propose(person, [self.head], person=self.technician)
                self._refused(own, method, person=person, text="your own access rights")
                self.assertFalse(own.with_user(person).can_withdraw)
        self.assertEqual([change.with_user(person).can_withdraw for person in (self.technician, self.technician_2, self.manager)], [True, False, True])
        self._rpc(self.manager, change, 'action_withdraw')
        self.assertEqual(change.state, 'withdrawn')
        self.assertIn("Manager withdrew the change of access rights “Access of Other”", "".join(change.ticket_id.message_ids.mapped('body')))
        change = self._propose(add=[self.head])
        change.with_user(self.manager).action_approve()
        self._rpc(self.technician, change, 'action_withdraw')
        self.assertEqual(change.state, 'withdrawn')

    def test_ticket_is_not_resolved_while_a_change_waits(self):
        change = self._propose(add=[self.head])
        ticket = change.ticket_id
        self._work_on(ticket)
        self._tick_required(ticket)
        for approve in (True, False):
            self.assertEqual(ticket.with_user(self.technician).open_changes, "Access of Other")
            self._refused(ticket, 'action_resolve', person=self.technician, error=UserError, text="waits to be approved or applied: Access of Other")
            if approve:
                change.with_user(self.manager).action_approve()
        self._rpc(self.worker, change, 'action_apply')
        self.assertFalse(ticket.with_user(self.technician).open_changes)
        self._rpc(self.technician, ticket, 'action_resolve')
        self.assertEqual(ticket.state, 'resolved')

    def test_reopened_ticket_calls_the_managers_again(self):
        def called():
            kind = self.env.ref('it_continuity.mail_activity_type_access_approve')
            return ticket.activity_ids.filtered(lambda one: one.activity_type_id == kind).user_id

        ticket = self._propose(add=[self.head]).ticket_id
        self._work_on(ticket)
        self.assertIn(self.manager, called())
        ticket.sudo()._transition({'state': 'resolved', 'resolved_at': fields.Datetime.now()})  # as it could be once
        self.assertFalse(called())
        self._rpc(self.user, ticket, 'action_reopen', "It was not done")
        self.assertIn(self.manager, called())

    def test_who_has_no_account_here_any_more_gets_nothing(self):
        second = self.env['res.company'].create({'name': "Second"})
        for lose in ({'active': False}, {'company_ids': [Command.set(second.ids)], 'company_id': second.id}):
            for approved in (False, True):
                with self.subTest(lose=lose, approved=approved), self.env.cr.savepoint() as savepoint:
                    change = self._propose(add=[self.head])
                    if approved:
                        change.with_user(self.manager).action_approve()
                    self.assertTrue(change.with_user(self.worker).can_apply if approved else change.with_user(self.chief).can_verify)
                    self.other.write(lose)
                    self.env.invalidate_all()
                    self._refused(change, 'action_apply' if approved else 'action_approve', person=self.worker if approved else self.chief,
                                  error=UserError, text="has no account of a colleague")
                    self.assertFalse(change.with_user(self.chief).can_verify or change.with_user(self.worker).can_apply)
                    self.assertEqual("has no account" in (change.with_user(self.chief).blocked_text or ''), not approved)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_ticket_with_changes_stays_in_its_company(self):
        second = self.env['res.company'].create({'name': "Second"})
        self.technician.company_ids += second
        change = self._propose(add=[self.head])
        for state in ('proposed', 'withdrawn'):
            self.assertEqual(change.state, state)
            self._refused(change.ticket_id, 'write', {'company_id': second.id}, person=self.technician, error=UserError, text="stays in its company")
            self._rpc(self.technician, change.ticket_id, 'write', {'company_id': self.env.company.id})
            if state == 'proposed':
                change.with_user(self.technician).action_withdraw()
        free = self._log()
        self._rpc(self.technician, free, 'write', {'company_id': second.id})
        self.assertEqual(free.sudo().company_id, second)

    def test_closed_ticket_carries_nothing_out(self):
        change = self._propose(add=[self.head])
        ticket = change.ticket_id
        ticket.with_user(self.technician).action_cancel("Not needed")
        self._refused(change, 'action_approve', person=self.chief, error=UserError)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._propose(add=[self.head], ticket=ticket)

    def test_every_step_is_sealed(self):
        change = self._propose(add=[self.head])
        self.env.cr.flush()
        self.env.cr.precommit.run()
        change.with_user(self.manager).action_approve()
        change.with_user(self.worker).action_apply()
        self.env.cr.flush()
        self.env.cr.precommit.run()
        events = [json.loads(event.content) for event in self.env['it.seal.event'].sudo().search(
            [('model', '=', 'it.access.change'), ('res_id', '=', change.id)], order='id')]
        self.assertEqual([step[:2] for event in events for step in event['steps'] if step[0] != step[1]], [
            [None, 'proposed'], ['proposed', 'approved'], ['approved', 'applied']])
        self.assertEqual((events[-1]['record']['ticket_id'], events[-1]['record']['exact']), (change.ticket_id.id, change.exact))
        self.assertFalse(list(change.sudo()._compare_with_log()))
        self.env.cr.execute("UPDATE it_access_change SET words = 'Nothing' WHERE id = %s", [change.id])
        self.env.invalidate_all()
        self.assertEqual([finding[2:] for finding in change.sudo()._compare_with_log()], [('changed', ['words'])])
