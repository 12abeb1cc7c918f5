from datetime import date, datetime, time, timedelta, timezone
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .item_case import ITEMS
from .run_tour_case import RunTourCase


@tagged('post_install', '-at_install')
class TestTaskRunTour(RunTourCase):
    """A run done, failed, overridden and verified in the browser, each by the person concerned."""

    def test_do(self):
        self._at_both_widths(self._did)

    def _did(self, phone):
        run = self._run('do', item_ids=[Command.create({
            'name': "Battery", 'kind': 'number', 'unit': '%', 'has_minimum': True, 'minimum': 50})])
        self._form(run, 'it_run_do_tour', self.technician, phone)
        self.assertEqual((run.state, run.done_by_id, run.item_ids.number), ('done', self.technician, 80))
        self.assertFalse(run.override_reason)

    def test_what_is_due_at_midnight_is_due_at_the_end_of_its_day(self):
        run = self._run('midnight')
        midnight = datetime.combine(date(2027, 1, 2), time()).astimezone(timezone.utc).replace(tzinfo=None)  # by the browser's clock, which is this machine's
        self.env.cr.execute('UPDATE it_task_run SET due_at = %s, deadline_at = %s WHERE id = %s', [midnight, midnight + timedelta(hours=14, minutes=30), run.id])
        self.env.invalidate_all()
        self._form(run, 'it_run_due_tour', self.technician)

    def test_fail(self):
        self._at_both_widths(self._failed)

    def _failed(self, phone):
        run = self._run('fail')
        self._form(run, 'it_run_fail_tour', self.technician, phone)
        self.assertEqual((run.state, run.fail_reason, run.done_by_id), ('failed', "The dump has no bytes", self.technician))

    def test_override(self):
        self._at_both_widths(self._overridden)

    def _overridden(self, phone):
        host = self.env['it.asset'].create({
            'name': "srv-tour", 'kind': 'host', 'category_id': self.env.ref('it_continuity.asset_category_server').id})
        agent = self.env['it.agent'].create({'name': "srv-tour", 'asset_id': host.id})
        self.env['it.check.kind'].create({'agent_id': agent.id, 'kind': 'disk', 'title': "Disk room"})
        check = self.env['it.check'].create({'name': "Tour disk", 'agent_id': agent.id, 'kind': 'disk'})
        run = self._run('override', check_ids=[Command.set(check.ids)])
        with self.assertRaises(UserError):
            run.with_user(self.technician).action_done()
        self._form(run, 'it_run_override_tour', self.technician, phone)
        self.assertEqual((run.state, run.override_reason), ('done', "Looked at the disk myself"))
        self.assertTrue(run.snapshot, "what the check said then is frozen")

    def test_verify(self):
        self._at_both_widths(self._verified)

    def _verified(self, phone):
        doer = new_test_user(self.env, login='itc_tour_doer', name="Tour Doer", groups='it_continuity.it_continuity_group_manager')
        run = self._evidenced(doer)
        with self.assertRaises(AccessError):
            run.with_user(doer).action_verify()
        self._today('it_run_doer_tour', doer, phone)
        self.assertEqual(run.state, 'done')
        self._today('it_run_verify_tour', self.manager, phone)
        self.assertEqual((run.state, run.verified_by_id, run.done_by_id), ('verified', self.manager, doer))

    def test_send_back(self):
        doer = new_test_user(self.env, login='itc_tour_doer', name="Tour Doer", groups='it_continuity.it_continuity_group_technician')
        run = self._evidenced(doer)
        self._at_both_widths(lambda phone: self._sent_back(run, phone))

    def _sent_back(self, run, phone):
        self._today('it_run_send_back_tour', self.manager, phone)
        self.assertEqual((run.state, run.reject_reason), ('pending', "The picture is of another rack"))

    def test_verify_a_selection_of_the_list(self):
        doer = new_test_user(self.env, login='itc_tour_doer', name="Tour Doer", groups='it_continuity.it_continuity_group_technician')
        self.env['it.task.run'].sudo().search([('state', '=', 'done')]).write({'state': 'verified'})
        runs = self._evidenced(doer) | self._evidenced(doer, 'second')
        action = self.env['ir.actions.act_window'].create({
            'name': "Tour list", 'res_model': 'it.task.run', 'view_mode': 'list', 'path': 'it-tour-list',
            'domain': [('id', 'in', runs.ids)]})

        def story(phone):
            self._tour(f'/odoo/{action.path}', 'it_run_verify_list_tour', self.manager, phone)
            self.assertEqual(set(runs.mapped('state')), {'verified'})
        self._at_both_widths(story)

    def test_answers_are_kept_when_confirmed_and_only_then(self):
        self._at_both_widths(self._answered)

    def _answered(self, phone):
        ink = {**ITEMS['ink'], 'required': False}
        task = self._run('answers', instructions="<p>Read the app, then the printer.</p>", item_ids=[
            Command.create({**ITEMS['battery'], 'sequence': 1}), Command.create({**ink, 'sequence': 2})]).task_id
        earlier = task.run_ids
        earlier.item_ids[0].with_user(self.technician).action_fill(91)
        earlier.with_user(self.technician).action_done()
        self._age(earlier, 'done', open=50, due=40, deadline=30, done=41)
        run = task._start_run()
        self._today('it_run_answers_tour', self.technician, phone)
        self.assertEqual((run.state, run.item_ids.mapped('value_text')), ('done', ["80 %", "Half"]))

    def test_form_keeps_answers_by_save_and_drops_them_by_discard(self):
        self._at_both_widths(self._answered_in_form)

    def _answered_in_form(self, phone):
        run = self._run('form', item_ids=[Command.create(ITEMS['battery'])])
        self._form(run, 'it_run_form_answers_tour', self.technician, phone)
        self.assertEqual((run.state, run.item_ids.number), ('pending', 71))

    def test_photo_on_a_phone_takes_four_taps_at_most(self):
        run = self._run('photo', item_ids=[Command.create(ITEMS['photo'])])
        self._today('it_run_photo_tour', self.technician, phone=True)
        self.assertEqual((run.state, run.attachment_ids.name), ('done', "rack.png"))

    def test_undo_by_toast_by_row_and_in_the_form(self):
        self._at_both_widths(self._undone)

    def _undone(self, phone):
        run = self._run('undo')
        self._today('it_run_undo_tour', self.technician, phone)
        self.assertEqual((run.state, run.fail_reason), ('failed', "Wrong row"))
        self._form(run, 'it_run_undo_form_tour', self.technician, phone)
        self.assertEqual((run.state, run.done_by_id.id), ('pending', False))

    def test_undo_of_all_fine_takes_all_back(self):
        self.env['it.task'].search([('checklist_id', '!=', self.checklist.id)]).active = False
        self._at_both_widths(self._undone_in_bulk)

    def _undone_in_bulk(self, phone):
        runs = self._run('one') | self._run('two')
        self._today('it_run_undo_bulk_tour', self.technician, phone)
        self.assertEqual(runs.mapped('state'), ['pending', 'pending'])

    def test_undo_after_the_deadline_says_that_it_is_missed_then(self):
        self._at_both_widths(self._undone_late)

    def _undone_late(self, phone):
        run = self._run('undo')
        run.with_user(self.technician).action_done()
        self._age(run, 'done', open=3, due=10 / 60, deadline=2 / 60, done=4 / 60)
        self._today('it_run_undo_late_tour', self.technician, phone)
        self.assertEqual((run.state, run.done_by_id.id), ('missed', False))


@tagged('post_install', '-at_install')
class TestLateEntryTour(RunTourCase):
    """After a day without power, on the phone that scanned the code of the day sheet."""

    def test_late_entry_keeps_when_it_was_done_and_when_it_was_entered(self):
        self._at_both_widths(self._entered_late)

    def _entered_late(self, phone):
        run = self._run('late')
        now = fields.Datetime.now()
        self._age(run, 'missed', open=72, due=47, deadline=24, closed=24)
        sheet = self.env['it.day.sheet.print'].create({'run_ids': run.ids})
        [row] = self.env['report.it_continuity.day_sheet']._sheet(sheet)['checklists'][0][1][0][1]
        self._tour(urlsplit(row['url']).path, 'it_run_late_tour', self.technician, phone)
        self.assertEqual((run.state, run.done_by_id, run.is_late_entry), ('done', self.technician, True))
        self.assertLess(abs(run.done_at - (now - timedelta(days=2))), timedelta(minutes=5))
        self.assertLess(abs(run.entered_at - now), timedelta(minutes=5))
        self.assertEqual((run.late_reason, run.override_reason), ("No power, from the day sheet", False))
