from datetime import date, timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


class RunTourCase(HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = new_test_user(
            cls.env, login='itc_tour', name="Tour Technician", groups='it_continuity.it_continuity_group_technician')
        cls.manager = new_test_user(
            cls.env, login='itc_tour_manager', name="Tour Manager", groups='it_continuity.it_continuity_group_manager')
        cls.role = cls.env['it.role'].create({'name': "Tour role", 'code': 'tour_role', 'user_ids': [Command.set(cls.technician.ids)]})
        cls.checklist = cls.env['it.checklist'].create({'name': "Tour round", 'code': 'tour_round', 'sequence': 0})

    def _run(self, code, **values):
        """Return a run that is open now, at whatever hour the tests run."""
        return self.env['it.task'].create({
            'name': f"Tour {code}", 'code': f'tour_{code}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'schedule_kind': 'on_demand', 'start_date': date(2026, 1, 1), 'due_time': 24.0, **values})._start_run()

    def _tour(self, run, tour, user, path=None):
        self.start_tour(path or f'/odoo/it-runs/{run.id}', tour, login=user.login)
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestTaskRunTour(RunTourCase):
    """A run done, failed, overridden and verified in the browser, each by the person concerned."""

    def test_do(self):
        run = self._run('do', item_ids=[Command.create({
            'name': "Battery", 'kind': 'number', 'unit': '%', 'has_minimum': True, 'minimum': 50})])
        self._tour(run, 'it_run_do_tour', self.technician)
        self.assertEqual((run.state, run.done_by_id, run.item_ids.number), ('done', self.technician, 80))
        self.assertFalse(run.override_reason)

    def test_fail(self):
        run = self._run('fail')
        self._tour(run, 'it_run_fail_tour', self.technician)
        self.assertEqual((run.state, run.fail_reason, run.done_by_id), ('failed', "The dump has no bytes", self.technician))

    def test_override(self):
        host = self.env['it.asset'].create({
            'name': "srv-tour", 'kind': 'host', 'category_id': self.env.ref('it_continuity.asset_category_server').id})
        agent = self.env['it.agent'].create({'name': "srv-tour", 'asset_id': host.id})
        self.env['it.check.kind'].create({'agent_id': agent.id, 'kind': 'disk', 'title': "Disk room"})
        check = self.env['it.check'].create({'name': "Tour disk", 'agent_id': agent.id, 'kind': 'disk'})
        run = self._run('override', check_ids=[Command.set(check.ids)])
        with self.assertRaises(UserError):
            run.with_user(self.technician).action_done()
        self._tour(run, 'it_run_override_tour', self.technician)
        self.assertEqual((run.state, run.override_reason), ('done', "Looked at the disk myself"))
        self.assertTrue(run.snapshot, "what the check said then is frozen")

    def test_verify(self):
        doer = new_test_user(self.env, login='itc_tour_doer', name="Tour Doer", groups='it_continuity.it_continuity_group_manager')
        run = self._run('verify', needs_verification=True)
        run.with_user(doer).action_done()
        with self.assertRaises(AccessError):
            run.with_user(doer).action_verify()
        self._tour(run, 'it_run_doer_tour', doer, '/odoo/it-today')
        self.assertEqual(run.state, 'done')
        self._tour(run, 'it_run_verify_tour', self.manager, '/odoo/it-today')
        self.assertEqual((run.state, run.verified_by_id, run.done_by_id), ('verified', self.manager, doer))


@tagged('post_install', '-at_install')
class TestLateEntryTour(RunTourCase):
    """After a day without power, on the phone that scanned the code of the day sheet."""

    browser_size = '375x740'
    touch_enabled = True

    def test_late_entry_keeps_when_it_was_done_and_when_it_was_entered(self):
        run = self._run('late')
        now = fields.Datetime.now()
        self.env.flush_all()
        # past the guards on purpose: three days cannot be lived through in a test
        self.env.cr.execute("""
            UPDATE it_task_run SET state = 'missed', open_at = %(now)s - interval '3 days', due_at = %(now)s - interval '47 hours',
                   deadline_at = %(now)s - interval '1 day', closed_at = %(now)s - interval '1 day' WHERE id = %(id)s""", {'now': now, 'id': run.id})
        self.env.invalidate_all()
        sheet = self.env['it.day.sheet.print'].create({'run_ids': run.ids})
        [row] = self.env['report.it_continuity.day_sheet']._sheet(sheet)['checklists'][0][1][0][1]
        self._tour(run, 'it_run_late_tour', self.technician, urlsplit(row['url']).path)
        self.assertEqual((run.state, run.done_by_id, run.is_late_entry), ('done', self.technician, True))
        self.assertLess(abs(run.done_at - (now - timedelta(days=2))), timedelta(minutes=5))
        self.assertLess(abs(run.entered_at - now), timedelta(minutes=5))
        self.assertEqual((run.late_reason, run.override_reason), ("No power, from the day sheet", False))
