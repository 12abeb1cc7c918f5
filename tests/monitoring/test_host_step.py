from datetime import timedelta

from odoo.tests import tagged

from .agent_case import AgentCase


@tagged('post_install', '-at_install')
class TestHostStep(AgentCase):
    """The form of a host says what comes next, to who may do it."""

    def assertStep(self, step, words):
        self.env.invalidate_all()
        self.assertEqual(self.agent.step, step)
        self.assertIn(words, self.agent.with_user(self.manager).step_text or '')
        is_theirs = step not in ('wait', 'silent', 'fine')
        self.assertEqual("A manager of IT Continuity" in (self.agent.with_user(self.technician).step_text or ''), is_theirs)

    def test_each_state_leads_to_the_next(self):
        self.agent.action_revoke()
        self.agent.state = 'draft'
        self.assertStep('issue_code', "Enrolment code")
        self.agent.with_user(self.manager).issue_code()
        self.assertStep('use_code', "run the command")
        self.agent.code_expires_at = self.env.cr.now() - timedelta(minutes=1)
        self.assertStep('code_expired', "expired")
        self.agent.state = 'pending'
        self.assertStep('confirm', "compare the key")
        self.agent.with_user(self.manager).action_confirm()
        self.assertStep('wait', "first report")
        self._store(self.other_fake, [])
        self.agent.confirmed_at = self.env.cr.now() - timedelta(hours=1)
        self.assertStep('silent', "Nothing was heard")
        self.agent.with_user(self.manager).action_revoke()
        self.assertStep('enrol_again', "revoked")

    def test_host_that_reports_needs_nothing(self):
        self._store(self.fake, [self.fake.cycle(1, '00')])
        self.assertStep('fine', '')
        self.assertFalse(self.agent.step_text)
