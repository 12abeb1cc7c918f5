from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestFlapping(AgentCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seq = 0

    def _report(self, states, ago_s=0, step_s=10):
        """Store one cycle a digit of ``states`` for the first check (the second is well), the last one ``ago_s`` old, and judge.

        :return: ``(check, is_flapping, is_late)`` of each flap that the pass told
        """
        seen = []
        original = type(self.env['it.judge'])._after_pass
        self.patch(self.registry['it.judge'], '_after_pass', lambda judge, judged: (seen.append(judged), original(judge, judged))[1])
        records = []
        for place, state in enumerate(states):
            self.seq += 1
            records.append(self.fake.cycle(self.seq, f'{state}0', ago_s=ago_s + step_s * (len(states) - 1 - place)))
        self._store(self.fake, records)
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        return [(self.env['it.check'].browse(one.check), one.is_flapping, one.is_late) for judged in seen for one in judged.flaps]

    def test_a_check_that_changes_again_and_again_is_told_once(self):
        root = self.checks[0]
        self.assertEqual(self._report('0202', ago_s=140), [])
        self.assertEqual(self._report('0', ago_s=130), [(root, True, False)])
        self.assertEqual(self._report('2020202', ago_s=60), [])
        self.assertEqual((root.is_flapping, root.hard_state, self.checks[1].is_flapping), (True, 'ok', False))
        self.assertEqual(self.env['it.check'].search([('is_flapping', '=', True), ('id', 'in', self.checks.ids)]), root)

    def test_it_is_over_once_it_has_been_steady(self):
        root = self.checks[0]
        self._report('020202', ago_s=200, step_s=5)
        self.assertEqual(self._report('2' * 30, ago_s=10, step_s=5), [(root, False, False)])
        self.assertEqual((root.is_flapping, root.hard_state), (False, 'critical'))

    def test_what_comes_with_a_backlog_is_late(self):
        root = self.checks[0]
        self.assertEqual(self._report('020202', ago_s=3600), [(root, True, True)])
        self.assertEqual(self._report('', ago_s=3600), [(root, False, False)], "silent since: an hour ago says nothing of now")
        self.assertEqual((root.is_flapping, root.hard_state), (False, 'unknown'))

    def test_what_ends_and_falls_silent_in_one_pass_ends_once(self):
        root = self.checks[0]
        self._report('020202', ago_s=100)
        self.env.cr.execute("UPDATE it_sample_latest SET measured_at = measured_at - interval '950 s'")
        self.assertEqual(self._report('0' * 30, ago_s=1000, step_s=1), [(root, False, True)])
        self.assertEqual(self._report(''), [])

    def test_a_well_check_is_not_written_again(self):
        self._report('00000')

        def version():
            self.env.cr.execute("SELECT ctid, flap_changes FROM it_check WHERE id = %s", [self.checks[0].id])
            return self.env.cr.fetchone()

        before = version()
        self.assertEqual(before[1], 0)
        self._report('00000')
        self.assertEqual(version(), before)

    def test_a_flapping_check_proves_nothing(self):
        opened_at = self.env.cr.now() - timedelta(hours=1)
        self._report('02020', ago_s=5)
        root = self.checks[0]
        self.assertEqual((root.effective_state, root._proof(opened_at).code, self.checks._proof(opened_at).check), ('ok', 'flapping', "Root"))
        self._report('0' * 25, step_s=0.1)
        self.assertTrue(root._proof(opened_at).verified)

    def test_nobody_says_that_a_check_flaps_or_does_not(self):
        self._report('02020', ago_s=5)
        for user in (self.technician, self.manager):
            for values in ({'is_flapping': False}, {'flap_changes': 0}):
                with self.subTest(user=user.name, values=values), self.assertRaises(AccessError):
                    self.checks[0].with_user(user).write(values)
        made = self.env['it.check'].with_user(self.manager).create(
            {'name': "Copy", 'agent_id': self.agent.id, 'kind': 'disk'})
        self.assertFalse(made.is_flapping)
