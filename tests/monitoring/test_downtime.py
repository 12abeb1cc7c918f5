from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ...lib import local_time
from ..common import ItcCase


@tagged('post_install', '-at_install')
class TestDowntime(ItcCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make = cls.env['it.asset'].create
        common = {'category_id': cls.category.id, 'company_id': cls.env.company.id}
        cls.switch = make({'name': "Switch", 'kind': 'network', **common})
        cls.server = make({'name': "Server", 'kind': 'host', 'depends_on_ids': [Command.link(cls.switch.id)], **common})
        cls.erp = make({'name': "ERP", 'kind': 'application', 'host_id': cls.server.id, **common})
        cls.printer = make({'name': "Printer", 'kind': 'printer', **common})
        cls.now = cls.env.cr.now().replace(microsecond=0)

    def _plan(self, user=None, assets=None, **values):
        start_at = values.pop('start_at', self.now + timedelta(hours=1))
        return self.env['it.downtime'].with_user(user or self.technician).create({
            'reason': "New firmware", 'asset_ids': [Command.set((assets or self.switch).ids)],
            'start_at': start_at, 'end_at': start_at + timedelta(hours=2), **values})

    def _begin(self, downtime, hours=1):
        """Let a downtime have begun ``hours`` ago: that cannot be waited for in a test."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE it_downtime SET start_at = start_at - %(by)s, end_at = end_at - %(by)s, last_at = last_at - %(by)s WHERE id = %(id)s",
            {'by': downtime.start_at - (self.now - timedelta(hours=hours)), 'id': downtime.id})
        self.env.invalidate_all()

    def test_technician_plans_and_is_named(self):
        downtime = self._plan()
        self.assertEqual((downtime.state, downtime.author_ids, downtime.impact_ids), ('planned', self.technician, self.server | self.erp))
        self.env.cr.precommit.run()
        downtime.with_user(self.manager).reason = "New firmware, both switches"
        self.assertEqual(downtime.author_ids, self.technician | self.manager)
        self.env.cr.precommit.run()
        self.assertIn("New firmware, both switches", downtime.sudo().message_ids.tracking_value_ids.mapped('new_value_char'))

    def test_reason_end_and_assets_are_required(self):
        with self.assertRaises(ValidationError):
            self._plan(asset_ids=[])
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._plan(repeats='weekly')
        for reason in (" ", "\n\t"):
            with self.subTest(reason=reason), self.assertRaisesRegex(ValidationError, "Reason"), self.env.cr.savepoint():
                self._plan(reason=reason)
        with self.assertRaises(AssertionError), Form(self.env['it.downtime'].with_user(self.technician)) as form:
            form.asset_ids.add(self.switch)

    def test_it_says_nothing_about_the_past(self):
        for ago in (timedelta(minutes=16), timedelta(hours=5), timedelta(days=40)):
            for user in (self.technician, self.manager):
                with self.subTest(ago=ago, user=user.name), self.assertRaisesRegex(ValidationError, "beforehand"):
                    self._plan(user, start_at=self.now - ago)
        downtime = self._plan(start_at=self.now - timedelta(minutes=10))
        self.assertGreaterEqual(downtime.start_at, self.now, "what was filled in for a while begins at its saving")
        later = self._plan()
        with self.assertRaisesRegex(ValidationError, "beforehand"):
            later.start_at = self.now - timedelta(hours=1)

    def test_a_begun_one_keeps_its_beginning(self):
        downtime = self._plan()
        self._begin(downtime)
        self.assertEqual((downtime.state, downtime.has_begun), ('running', True))
        for user in (self.technician, self.manager):
            for values in (
                {'start_at': self.now + timedelta(hours=1)}, {'start_at': self.now - timedelta(hours=3)},
                {'asset_ids': [Command.link(self.printer.id)]}, {'repeats': 'daily', 'until': self.now.date() + timedelta(days=3)},
                {'end_at': self.now - timedelta(minutes=30)}, {'company_id': self.env['res.company'].create({'name': f"C {user.name}"}).id},
            ):
                with self.subTest(user=user.name, values=values), self.assertRaises(AccessError):
                    downtime.with_user(user).write(values)
        both = downtime | self._plan()
        with self.assertRaises(ValidationError):
            both.with_user(self.manager).write({'start_at': downtime.start_at})
        downtime.with_user(self.technician).end_at = self.now + timedelta(hours=5)
        self.assertEqual(downtime.last_at, self.now + timedelta(hours=5))

    def test_it_is_ended_early_and_what_is_over_stays(self):
        downtime = self._plan()
        self._begin(downtime)
        downtime.with_user(self.technician).action_end()
        self.assertEqual(downtime.state, 'over')
        self.assertFalse(self.env['it.downtime']._covering(self.switch, self.env.cr.now() + timedelta(minutes=1)))
        self.assertTrue(self.env['it.downtime']._covering(self.switch, self.now - timedelta(minutes=30)), "what was covered stays so")
        for values in ({'reason': "x"}, {'end_at': self.now + timedelta(days=1)}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "over"):
                downtime.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            downtime.with_user(self.manager).ended_at = False
        with self.assertRaises(UserError):
            downtime.with_user(self.manager).unlink()
        ahead = self._plan()
        with self.assertRaises(AccessError):
            ahead.with_user(self.technician).unlink()
        ahead.with_user(self.manager).unlink()

    def test_a_recurring_one_goes_on_by_the_wall_clock(self):
        self.env.company.itc_tz = 'Europe/Berlin'
        noon = self.now.replace(hour=12, minute=0) + timedelta(days=1)  # an hour that no clock skips, whenever this test runs
        downtime = self._plan(repeats='weekly', start_at=noon, until=self.now.date() + timedelta(days=200))
        tz = downtime._tz()
        spans = self.env['it.downtime']._spans(self.erp, self.now, self.now + timedelta(days=201))[self.erp.id]
        self.assertGreaterEqual(len(spans), 28)
        walls = {local_time.wall_clock(begin, tz)[1] for begin, _until, _downtime in spans}
        self.assertEqual(len(walls), 1)
        self.assertEqual({downtime.id}, {span[2] for span in spans})
        self._begin(downtime)
        with self.assertRaisesRegex(AccessError, "has begun"):
            downtime.with_user(self.technician).every = 2
        downtime.with_user(self.technician).until = self.now.date() + timedelta(days=20)
        with self.assertRaises(AccessError):
            downtime.with_user(self.technician).until = self.now.date() - timedelta(days=3)
        downtime.with_user(self.technician).action_end()
        self.assertEqual(downtime.state, 'over')

    def test_nonsense_is_refused(self):
        for values, words in (
            ({'repeats': 'daily', 'end_at': self.now + timedelta(hours=27), 'until': self.now.date() + timedelta(days=9)}, "before this one has ended"),
            ({'end_at': self.now + timedelta(days=40)}, "at most"),
            ({'repeats': 'daily', 'until': self.now.date() - timedelta(days=1)}, "before the first day"),
            ({'repeats': 'daily', 'until': self.now.date() + timedelta(days=2000)}, "three years"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self._plan(**values)

    def test_what_depends_on_it_is_covered_too(self):
        downtime, everything = self._plan(), self.switch | self.server | self.erp | self.printer
        covering = self.env['it.downtime']._covering(everything, self.now + timedelta(hours=2))
        self.assertEqual(covering, {asset.id: downtime for asset in self.switch | self.server | self.erp})
        for at in (downtime.start_at - timedelta(seconds=1), downtime.end_at, downtime.end_at + timedelta(hours=9)):
            self.assertFalse(self.env['it.downtime']._covering(everything, at), at)
        spans = self.env['it.downtime']._spans(self.erp, self.now, self.now + timedelta(days=1))
        self.assertEqual(spans, {self.erp.id: [(downtime.start_at, downtime.end_at, downtime.id)]})
        self.assertEqual(self.env['it.downtime']._spans(self.env['it.asset'], self.now, self.now + timedelta(days=1)), {})

    def test_queries_do_not_grow_with_assets_or_plans(self):
        self._plan()

        def count(assets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.downtime']._covering(assets, self.now + timedelta(hours=2))
            return self.env.cr.sql_log_count - before

        few = count(self.switch)
        for _number in range(5):
            self._plan(assets=self.printer | self.erp)
        self.assertLessEqual(count(self.env['it.asset'].search([])), few + 1)

    def test_other_companies_see_and_cover_nothing(self):
        other = self.env['res.company'].create({'name': "Other"})
        stranger = new_test_user(self.env, 'stranger', groups='it_continuity.it_continuity_group_technician', company_id=other.id, company_ids=other.ids)
        shared = self.env['it.asset'].create({'name': "Line", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        self.server.depends_on_ids = [Command.link(shared.id)]
        downtime = self._plan(stranger, shared, company_id=other.id)
        at = self.now + timedelta(hours=2)
        self.assertEqual(self.env['it.downtime']._covering(shared | self.server | self.erp, at), {shared.id: downtime})
        with self.assertRaises(AccessError):
            self._plan().with_user(stranger).read(['reason'])
        with self.assertRaises(UserError):
            self._plan(stranger, self.switch, company_id=other.id)

    def test_employees_see_nothing_and_auditors_change_nothing(self):
        downtime = self._plan()
        employee = new_test_user(self.env, 'itc_downtime_employee', groups='it_continuity.it_continuity_group_user')
        auditor = new_test_user(self.env, 'itc_downtime_auditor', groups='it_continuity.it_continuity_group_auditor')
        with self.assertRaises(AccessError):
            downtime.with_user(employee).read(['reason'])
        with self.assertRaises(AccessError):
            self._plan(employee)
        self.assertTrue(downtime.with_user(auditor).read(['reason']))
        for act in (lambda: downtime.with_user(auditor).action_end(), lambda: downtime.with_user(auditor).write({'reason': "x"})):
            with self.assertRaises(AccessError):
                act()

    def test_lists_find_what_runs_and_what_is_over(self):
        planned, running, over = self._plan(), self._plan(), self._plan()
        self._begin(running)
        self._begin(over, hours=9)
        mine = [('id', 'in', (planned | running | over).ids)]
        for state, expected in (('planned', planned), ('running', running), ('over', over)):
            self.assertEqual(self.env['it.downtime'].search([*mine, ('state', '=', state)]), expected)
            self.assertEqual(self.env['it.downtime'].search([*mine, ('state', '!=', state)]), (planned | running | over) - expected)
