from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .checked_case import CheckedCase


@tagged('post_install', '-at_install')
class TestAnsweredItems(CheckedCase):
    """What a check says, no person is asked; where none says it, one is."""

    def setUp(self):
        super().setUp()
        self.template, self.other = self.env['it.check.template'].create([
            {'name': f"UPS {name}", 'code': f'ups_{name}', 'kind': 'disk', 'settings': {'include': ['/']}, 'max_attempts': 1} for name in ('first', 'second')])

    def _ups_run(self, code, answered_by, bound=None):
        """Return today's run of a task that asks two things, the first of them only without these templates' checks."""
        bound = answered_by if bound is None else bound
        return self._run(code, start_date=self.start, check_template_ids=[Command.set(bound.ids)], item_ids=[
            Command.create({'name': "On mains", 'kind': 'tick', 'answered_by_ids': [Command.set(answered_by.ids)]}),
            Command.create({'name': "No heat", 'kind': 'tick', 'sequence': 20})])

    def _asked(self, run):
        return run.item_ids.mapped('name')

    def _look(self, template, user=None, states='0', settings=None):
        """Return a check of this template that somebody made, looked at once."""
        check = self.env['it.check'].browse(self._rpc(user or self.manager, template, 'create_check', self.agent.id, settings))
        self.fake.know(check)
        if states:
            self._report(states)
        return check

    def test_without_a_check_a_person_is_asked(self):
        self.assertEqual(self._asked(self._ups_run('ups_none', self.template)), ["On mains", "No heat"])

    def test_with_a_check_only_the_rest_is_asked_from_the_next_run_on(self):
        before = self._ups_run('ups_before', self.template)
        self._look(self.template)
        self.assertEqual(self._asked(self._ups_run('ups_with', self.template)), ["No heat"])
        self.assertEqual(self._asked(before), ["On mains", "No heat"])

    def test_every_template_has_to_be_looked_at(self):
        both = self.template | self.other
        first = self._look(self.template)
        self.assertEqual(self._asked(self._ups_run('ups_one', both)), ["On mains", "No heat"])
        second = self._look(self.other, states='')
        self.fake.know(first | second)
        self._report('00')
        self.assertEqual(self._asked(self._ups_run('ups_both', both)), ["No heat"])

    def test_a_check_nobody_answers_for_spares_nobody_the_question(self):
        check = self._look(self.template, self.technician, settings={'include': ['/tmp']})
        self.assertEqual(self._asked(self._ups_run('ups_unaccepted', self.template)), ["On mains", "No heat"])
        self._rpc(self.manager, check, 'action_accept_settings')
        self.assertEqual(self._asked(self._ups_run('ups_accepted', self.template)), ["No heat"])

    def test_a_technicians_check_as_the_template_says_spares_the_technician_nothing(self):
        self.assertEqual(self._look(self.template, self.technician).settings_basis, 'template')
        self.assertEqual(self._asked(self._ups_run('ups_own', self.template)), ["On mains", "No heat"])

    def test_a_check_that_cannot_look_spares_nobody_the_question(self):
        self._look(self.template, states='')
        self.assertEqual(self._asked(self._ups_run('ups_new', self.template)), ["On mains", "No heat"])
        self._report('3', '3')
        self.assertEqual(self._asked(self._ups_run('ups_unknown', self.template)), ["On mains", "No heat"])

    def test_a_red_check_answers_too(self):
        self._look(self.template, states='2')
        self._report('2')
        self.assertEqual(self._asked(self._ups_run('ups_red', self.template)), ["No heat"])

    def test_a_revoked_host_spares_nobody_the_question(self):
        self._look(self.template)
        self.agent.with_user(self.manager).action_revoke()
        self.assertEqual(self._asked(self._ups_run('ups_revoked', self.template)), ["On mains", "No heat"])

    def test_an_archived_template_makes_the_item_asked_and_none_can_be_deleted(self):
        both = self.template | self.other
        self._look(self.template)
        task = self._ups_run('ups_fewer', both).task_id
        self.other.active = False
        self.env.invalidate_all()
        self.assertEqual(len(task.item_ids._asked()), 2)
        with self.assertRaisesRegex(UserError, "On mains"):
            self.other.unlink()

    def test_an_archived_check_spares_nobody_the_question(self):
        self._look(self.template).active = False
        self.assertEqual(self._asked(self._ups_run('ups_archived', self.template)), ["On mains", "No heat"])

    def test_a_check_that_proves_nothing_of_the_task_spares_nobody_the_question(self):
        self._look(self.template)
        self.assertEqual(self._asked(self._ups_run('ups_unbound', self.template, self.other)), ["On mains", "No heat"])

    def test_a_check_of_another_company_spares_nobody_the_question(self):
        company = self.env['res.company'].create({'name': "Elsewhere"})
        check = self._look(self.template)
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_check SET company_id = %s WHERE id = %s", [company.id, check.id])
        self.env.invalidate_all()
        self.assertEqual(self._asked(self._ups_run('ups_elsewhere', self.template)), ["On mains", "No heat"])

    def test_the_machine_closes_the_run_when_the_person_said_the_rest(self):
        self._look(self.template)
        run = self._ups_run('ups_closed', self.template)
        self._report('0')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self._rpc(self.technician, run.item_ids, 'action_fill', True)
        self._report('0')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'auto_verified')
        self.assertEqual([one['name'] for one in run.item_values], ["No heat"])

    def test_a_question_that_was_spared_and_that_nothing_answers_any_more_keeps_the_run_open(self):
        """Another check of the task may be well: it does not say what the one that went would have said."""
        check = self._look(self.template, states='')
        self._report('0', ago_s=30)  # a check that was switched off waits for a newer result than its last one
        rest = self._look(self.other)
        run = self._ups_run('ups_gone', self.template, self.template | self.other)
        self._rpc(self.technician, run.item_ids, 'action_fill', True)
        check.active = False
        self.fake.know(rest)
        self._report('0')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        check.active = True
        self.fake.know(check | rest)
        self._report('00')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'auto_verified')
