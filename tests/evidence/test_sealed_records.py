from odoo.exceptions import UserError
from odoo.tests import tagged

from ..closing.common import ClosingCase
from ..service_desk.common import TicketCase
from .seal_case import SealCase


@tagged('post_install', '-at_install')
class TestSealedRecords(TicketCase, ClosingCase, SealCase):
    """Closed tickets and verified or returned closing steps are sealed as runs are."""

    def _closed(self):
        ticket = self._resolved()
        ticket.with_user(self.user).action_confirm()
        self._commit()
        return ticket

    def _verified(self):
        step = self.closing.step_ids.filtered(lambda one: not one.is_locked and one.kind != 'sql_script')[:1]
        self._do(step)
        step.with_user(self.manager_2).action_verify()
        self._commit()
        return step

    def _words(self, record):
        events = self.events.with_user(self.auditor).search([('model', '=', record._name), ('res_id', '=', record.id)], order='id')
        return events.mapped('summary')

    def test_closed_ticket_is_sealed_with_what_was_done_and_told_in_words(self):
        ticket = self._closed()
        [event] = self._log_of(ticket)
        self.assertEqual((event['version'], event['title']), (2, "Printer says no"))
        self.assertEqual(event['steps'], [['resolved', 'closed', self.user.id]])
        self.assertEqual(event['record']['confirmation_kind'], 'requester')
        self.assertEqual([line['description'] for line in event['work']], ["Cleared the queue"])
        self.assertEqual(event['people'][str(self.technician.id)], 'itc_technician')
        self.assertEqual(self._words(ticket), ["User moved IT Ticket “Printer says no” from “Resolved” to “Closed”"])
        self.assertEqual(self._codes(), [])

    def test_reopened_ticket_is_an_event_and_what_is_done_then_is_none(self):
        ticket = self._resolved(days_ago=30)
        ticket.with_user(self.technician).action_close_silently("No answer")
        self._commit()
        ticket.with_user(self.user).action_reopen("Still broken")
        self._commit()
        self._work_on(ticket)
        self._commit()
        self.assertEqual([event['steps'][-1][:2] for event in self._log_of(ticket)], [['resolved', 'closed'], ['closed', 'in_progress']])
        self.assertEqual(self._codes(), [])

    def test_origin_is_sealed_and_seals_of_before_still_fit(self):
        sales, stock = self.env['hr.department'].create([{'name': "Sales"}, {'name': "Warehouse"}])
        self.env['hr.employee'].create({'name': "User", 'user_id': self.user.id, 'department_id': sales.id})
        ticket = self._resolved(asset_id=self.host.id)
        ticket.with_user(self.user).action_confirm()
        self._commit()
        [event] = self._log_of(ticket)
        self.assertEqual(
            {name: event['record'][name] for name in ('department_id', 'asset_id', 'channel', 'origin_link', 'requested_for_id')},
            {'department_id': sales.id, 'asset_id': self.host.id, 'channel': 'odoo', 'origin_link': None, 'requested_for_id': None})
        self.assertEqual(self._codes(), [])
        self._sql("UPDATE it_ticket SET department_id = %s WHERE id = %s", stock.id, ticket.id)
        self.assertEqual(self._codes(), [('changed', ticket.id)])
        old = {'record': {name: value for name, value in event['record'].items() if name != 'department_id'}}
        present = ticket._get_seal_contents()[ticket.id]
        self.assertEqual(ticket._details(old, {'record': present['record']}), [], "an event of before knew of no department")

    def test_ticket_and_its_work_edited_by_sql_are_found_and_named(self):
        ticket = self._closed()
        for query, label in (
            ("UPDATE it_ticket SET confirmation_kind = 'silent' WHERE id = %s", "Confirmation"),
            ("UPDATE it_ticket SET state = 'new' WHERE id = %s", "state"),
            ("UPDATE it_ticket_step SET description = 'Nothing' WHERE ticket_id = %s", "Nothing|Cleared the queue"),
            ("DELETE FROM it_ticket_step WHERE ticket_id = %s", "Cleared the queue"),
        ):
            with self.subTest(query=query):
                self.env.flush_all()
                with self.env.cr.savepoint() as savepoint:
                    self._sql(query, ticket.id)
                    [finding] = self._audit()['findings']
                    self.assertEqual((finding['code'], finding['model'], finding['res_id']), ('changed', 'it.ticket', ticket.id))
                    self.assertRegex(finding['text'].lower(), label.lower())
                    savepoint.rollback()

    def test_step_is_sealed_when_verified_and_when_sent_back(self):
        step = self._verified()
        step.with_user(self.manager).action_reopen("Wrong year")
        self._commit()
        self.assertEqual([event['steps'][-1][:2] for event in self._log_of(step)], [['done', 'verified'], ['verified', 'todo']])
        self._do(step)
        step.with_user(self.manager_2).action_reject("No figures")
        self._commit()
        self.assertEqual(self._log_of(step)[-1]['record']['return_reason'], "No figures")
        self.assertRegex(self._words(step)[-1], "^Manager_2 moved IT Closing Step “.*” from “Done, to verify” to “Rejected”$")
        self.assertEqual(self._codes(), [])
        with self.assertRaises(UserError):
            step.with_user(self.manager).unlink()

    def test_step_edited_by_sql_is_found(self):
        step = self._verified()
        self._sql("UPDATE it_closing_step SET verified_by_id = %s WHERE id = %s", self.manager.id, step.id)
        [finding] = self._audit()['findings']
        self.assertEqual((finding['code'], finding['model'], finding['res_id']), ('changed', 'it.closing.step', step.id))
        self.assertIn("Verified by", finding['text'])

    def test_step_that_came_back_is_not_deleted(self):
        step = self._verified()
        step.with_user(self.manager).action_reopen("Wrong year")
        with self.assertRaisesRegex(UserError, "stays as a record"):
            step.with_user(self.manager).unlink()

    def test_what_was_closed_before_the_log_kept_it_is_taken_over_once(self):
        ticket, step = self._closed(), self._verified()
        with self._as_owner() as cr:
            cr.execute("DELETE FROM it_seal_event WHERE (model, res_id) IN %s", [((ticket._name, ticket.id), (step._name, step.id))])
        self.assertEqual(
            {code for code in self._codes() if code[0] == 'unlogged'}, {('unlogged', ticket.id), ('unlogged', step.id)})
        for _again in range(2):
            ticket._take_over()
            step._take_over()
            self._commit()
        self.assertEqual(self._words(ticket), ["IT Ticket “Printer says no” was “Closed” when the log began to keep it"])
        self.assertEqual(len(self._log_of(step)), 1)
        self.assertNotIn('unlogged', {code for code, _record in self._codes()})

    def test_log_is_searched_by_the_name_of_any_record(self):
        ticket = self._closed()
        found = self.events.with_user(self.auditor).search([('task_name', 'ilike', "printer says")])
        self.assertEqual((found.model, found.res_id), (ticket._name, ticket.id))

    def test_sealed_record_is_read_by_its_readers_without_naming_fields(self):
        """As scripts do; what of it a person may not read is left out."""
        run = self._done('read')
        for record in (run, self._closed(), self._verified(), run.with_context(lang='en_US')):
            for person in (self.technician, self.manager, self.auditor):
                with self.subTest(model=record._name, person=person.login):
                    [values] = self._rpc(person, record, 'read')
                    self.assertEqual('seal_event_ids' in values, person != self.technician)
                    [values] = self._rpc(person, record, 'read', [], load=None)
                    self.assertIn('display_name', values)

    def test_technician_reads_whatever_may_be_read_without_naming_fields(self):
        for name in sorted(self.env.registry):
            model = self.env[name].with_user(self.technician)
            if name.startswith('it.') and name != 'it.sample' and not model._abstract and model.has_access('read'):
                record = model.search([], limit=1)
                with self.subTest(model=name):
                    self._rpc(self.technician, record, 'read')

    def test_reader_of_a_ticket_reads_nothing_of_its_events(self):
        ticket = self._closed()
        self.assertNotIn('seal_event_ids', self.env['it.ticket'].with_user(self.technician).fields_get())
        self.assertEqual(ticket.with_user(self.auditor).seal_event_ids, self.events.search(ticket.action_open_events()['domain']))
