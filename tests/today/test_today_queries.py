from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..checklists.checked_case import CheckedCase

BATCH = 3


@contextmanager
def small_batches():
    """Let the ORM read and compute three records at a time and not a thousand: what grows with each thousand shows with few."""
    with ExitStack() as stack:
        for module in ('fields', 'fields_relational', 'models'):
            stack.enter_context(patch(f'odoo.orm.{module}.PREFETCH_MAX', BATCH))
        yield


@tagged('post_install', '-at_install')
class TestTodayQueries(CheckedCase):
    """What draws a whole day or month at once asks the database no more of three thousand runs than of three hundred."""

    def setUp(self):
        super().setUp()
        self.count = 0

    def _more(self, number):
        """Make so many tasks of each kind with today's run: open, found bad with a ticket and an alert, done and waiting for a manager."""
        runs = self.env['it.task.run']
        for index in range(self.count, self.count + 3 * number):
            check = self._check(self.agent, f"Volume {index}")
            template = self.env['it.check.template'].create({'name': f"Kind {index}", 'kind': 'disk'})
            role = self.env['it.role'].create({'name': f"Role {index}", 'code': f'many_{index}'})
            runs |= self._checked_run(
                f'many_{index}', user_id=self.technician.id, check_ids=[Command.set((check | self.checks[0]).ids)], role_id=role.id,
                check_template_ids=[Command.set(template.ids)], needs_verification=True,
                item_ids=[Command.create({'name': "Seen", 'kind': 'text'}), Command.create({'name': "Room", 'kind': 'check', 'check_id': check.id})])
        self.count += 3 * number
        self._age(runs.task_id.check_ids)
        self.env['it.judge']._judge()
        for index, run in enumerate(runs.with_user(self.technician)):
            if index % 3 == 1:
                run.action_fail("bad")
                self.env['it.ticket'].with_user(self.technician).create({
                    'subject': run.task_name, 'category_id': self.env.ref('it_continuity.ticket_category_other').id, 'run_id': run.id})
            elif index % 3 == 2:
                run.item_ids[0].action_fill("well")
                file = self.env['ir.attachment'].with_user(self.technician).create({'name': 'seen.txt', 'raw': b'seen'})
                run.action_done(override_reason="looked by hand", attachment_ids=file.ids)

    def _cost(self, user, work):
        """Return how many queries it costs a person to have ``work`` done for the second time, and its answer."""
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            env = self.env(user=user)
            before = self.env.cr.sql_log_count
            with small_batches():
                answer = work(env)
            cost = self.env.cr.sql_log_count - before
        return cost, answer

    def _board(self, env):
        return call_kw(env['it.today'], 'get_board', [], {})

    def _heatmap(self, env):
        return call_kw(env['it.compliance.report'], 'get_heatmap', [], {})

    def _sheet(self, env):
        sheet = env['it.day.sheet.print'].create({})
        env.flush_all()
        return env['ir.actions.report']._render_qweb_html('it_continuity.day_sheet_report', sheet.ids)[0]

    def _costs(self, runs):
        """Return ``{what: queries}`` of all that shows so many runs."""
        costs = {}
        for person in (self.manager, self.technician, self.auditor):
            costs[person.name], board = self._cost(person, self._board)
            self.assertEqual(len(board['runs']), runs)
        costs['heatmap'], heatmap = self._cost(self.manager, self._heatmap)
        self.assertEqual(sum(len(checklist['tasks']) for checklist in heatmap['checklists']), runs)
        costs['sheet'], html = self._cost(self.manager, self._sheet)
        self.assertEqual(str(html).count("Task many_"), runs)
        return costs

    def test_neither_board_nor_map_nor_sheet_asks_more_of_more_runs(self):
        self._more(2)
        few = self._costs(6)
        self._more(4)
        for what, cost in self._costs(18).items():
            with self.subTest(what):
                self.assertLessEqual(cost, few[what])
