from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .checked_case import CheckedCase


@tagged('post_install', '-at_install')
class TestRunItemChecks(CheckedCase):

    def _measured_run(self, code, *others):
        """Return a run with one check item a check and, after them, these items that people fill."""
        items = [{'name': f"Measured {check.name}", 'kind': 'check', 'check_id': check.id} for check in self.checks]
        return self._run(code, start_date=self.start, item_ids=[Command.create(item) for item in (*items, *others)])

    def _item(self, run, name):
        return run.item_ids.filtered(lambda item: item.name == name)

    def test_fresh_ok_fills_the_items_and_verifies_the_run(self):
        run = self._measured_run('item_proof')
        self._report('00')
        self.assertRunState(run, 'auto_verified')
        root = self._item(run, "Measured Root")
        [snapshot] = root.snapshot
        self.assertEqual((root.state, root.filled_by_id.id, snapshot['name'], snapshot['host']), ('ok', False, "Root", "srv-test"))
        self.assertTrue(snapshot['measured_at'] and snapshot['values'])
        self.assertEqual(snapshot['definition']['every_s'], 60)
        self.assertEqual([one['state'] for one in run.item_values], ['ok', 'ok'])

    def test_frozen_value_stays_when_the_check_changes(self):
        run = self._measured_run('item_frozen')
        self._report('00')
        before = [item.snapshot for item in run.item_ids]
        self.checks[0].write({'name': "Renamed", 'every_s': 300})
        self._report('20', '20')
        self.assertEqual([item.snapshot for item in run.item_ids], before)

    def test_checks_alone_close_nothing_that_asks_a_person(self):
        run = self._measured_run('item_person', {'name': "Battery", 'kind': 'number', 'has_minimum': True, 'minimum': 50})
        self._report('00')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        battery = self._item(run, "Battery")
        self._rpc(self.technician, battery, 'action_fill', 10)
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self._rpc(self.technician, battery, 'action_fill', 60)
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'auto_verified')
        self.assertEqual({one['name']: one['state'] for one in run.item_values}, {
            "Measured Root": 'ok', "Measured Data": 'ok', "Battery": 'ok'})

    def test_red_item_refuses_done_without_a_reason_and_keeps_which_was_red(self):
        run = self._measured_run('item_red')
        self._report('20', '20')
        self.assertRunState(run, 'pending')
        self.assertEqual(run.health, 'critical')
        self.assertEqual(run.with_user(self.technician).action_do()['res_model'], 'it.task.run.wizard')
        for reason in (None, "", "   "):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "override"):
                self._rpc(self.technician, run, 'action_done', "looks fine", None, reason)
        self._rpc(self.technician, run, 'action_done', None, None, "disk is being replaced")
        self.assertEqual({item.name: item.state for item in run.item_ids}, {"Measured Root": 'bad', "Measured Data": 'ok'})
        line = self.env['it.compliance.report'].with_user(self.auditor).search([('run_id', '=', run.id), ('overridden', '=', 1)])
        self.assertEqual(line.reason, "disk is being replaced")

    def test_stale_item_refuses_done(self):
        self._report('00', ago_s=1800)
        run = self._measured_run('item_stale')
        with self.assertRaisesRegex(UserError, "override"):
            self._rpc(self.technician, run, 'action_done')
        self.assertRunState(run, 'pending')

    def test_nobody_types_what_a_check_measures(self):
        run = self._measured_run('item_typed')
        for value in (True, "ok", 1):
            with self.subTest(value=value), self.assertRaisesRegex(UserError, "nobody types it"):
                self._rpc(self.technician, run.item_ids[0], 'action_fill', value)

    def test_check_removed_since_is_no_proof(self):
        run = self._measured_run('item_removed')
        self.checks.active = False
        with self.assertRaisesRegex(UserError, "reason"):
            self._rpc(self.technician, run, 'action_done')
        self._rpc(self.technician, run, 'action_done', None, None, "the host is gone")
        self.assertEqual(set(run.item_ids.mapped('state')), {'bad'})

    def test_every_check_of_a_template_fills_the_item(self):
        template = self.env['it.check.template'].create({'name': "Room", 'code': 'item_room', 'kind': 'disk'})
        self.checks.template_id = template
        run = self._run('item_template', start_date=self.start, item_ids=[
            Command.create({'name': "Room", 'kind': 'check', 'check_template_id': template.id})])
        self._report('00')
        self.assertRunState(run, 'auto_verified')
        self.assertEqual({one['name'] for one in run.item_ids.snapshot}, {"Root", "Data"})

    def test_open_run_shows_what_is_measured_now_without_keeping_it(self):
        run = self._measured_run('item_live')
        self._report('20', '20')
        [drawn] = self._rpc(self.technician, run, 'get_items')
        self.assertEqual([item['state'] for item in drawn['items']], ['bad', 'ok'])
        self.assertIn("srv-test", drawn['items'][0]['value'])
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})
