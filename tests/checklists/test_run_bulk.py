from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .item_case import ITEMS, ItemCase


@tagged('post_install', '-at_install')
class TestRunBulk(ItemCase):

    def test_all_fine_does_what_asks_for_nothing_and_names_the_rest(self):
        plain, other = self._run('bulk_plain'), self._run('bulk_other')
        optional = self._run('bulk_optional', item_ids=[Command.create({**ITEMS['note'], 'required': False})])
        asks = self._item_run('bulk_asks', 'battery')
        filled = self._item_run('bulk_filled', 'battery')
        self._fill(filled, 'battery', 80)
        runs = plain | other | optional | asks | filled
        notice = self._rpc(self.technician, runs, 'action_all_fine')['params']
        self.assertEqual(set((plain | other | optional).mapped('state')), {'done'})
        self.assertEqual(set((asks | filled).mapped('state')), {'pending'})
        self.assertEqual((plain.done_by_id, notice['title']), (self.technician, "3 done"))
        self.assertIn("Task bulk_asks", notice['message'])
        self.assertNotIn("Task bulk_plain", notice['message'])

    def test_bad_missed_and_unopened_runs_are_left(self):
        bad = self._run('bulk_bad', item_ids=[Command.create({**ITEMS['battery'], 'required': False})])
        self._fill(bad, 'battery', 1)
        tomorrow = bad.task_id.run_ids.filtered(lambda run: not run.is_open)[:1]
        self._rpc(self.technician, bad | tomorrow, 'action_all_fine')
        self.assertEqual(set((bad | tomorrow).mapped('state')), {'pending'})

    def test_who_only_reads_does_nothing_in_bulk(self):
        run = self._run('bulk_reader')
        for person in (self.auditor, self.user):
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._rpc(person, run, 'action_all_fine')
        self.assertRunState(run, 'pending')
