from odoo import api, fields, models
from odoo.tools import format_datetime

from ...lib import host_step


class ItAgent(models.Model):
    """What to do next, said where somebody looks for it."""
    _inherit = 'it.agent'

    step = fields.Selection(
        selection=[
            ('issue_code', "Make a code"),
            ('use_code', "Use the code on the host"),
            ('code_expired', "The code has expired"),
            ('confirm', "Compare and confirm"),
            ('wait', "Wait for the first report"),
            ('silent', "Look why it is silent"),
            ('enrol_again', "Enrol again"),
            ('fine', "Nothing to do"),
        ],
        string="Next step", compute='_compute_step')
    step_text = fields.Text("What to do next", compute='_compute_step')

    # === COMPUTE METHODS === #

    @api.depends('state', 'code_expires_at', 'code_used_at', 'confirmed_at')
    @api.depends_context('uid', 'lang', 'tz')
    def _compute_step(self):
        now = self.env.cr.now()
        for agent in self:
            agent.step = host_step.next_step(
                agent.state, agent.contact, agent.code_expires_at or None, bool(agent.code_used_at), now)
            agent.step_text = agent._step_words()

    # === BUSINESS METHODS === #

    def _step_words(self):
        """Return the next step of this one host as a sentence or two for who may do it, False when there is none."""
        words = {
            'issue_code': lambda: self.env._(
                "Next: press “Enrolment code”. It shows the command to run on the host."),
            'use_code': lambda: self.env._(
                "Next: run the command that came with the code on the host, until %(until)s. When it has enrolled, reload this page and "
                "confirm it. Lost the code? Make a new one.", until=format_datetime(self.env, self.code_expires_at, dt_format='short')),
            'code_expired': lambda: self.env._(
                "The enrolment code expired on %(until)s. Next: press “Enrolment code” for a new one.",
                until=format_datetime(self.env, self.code_expires_at, dt_format='short')),
            'confirm': lambda: self.env._(
                "Next: compare the key below with the one that the agent printed on the host, then press “Confirm this host”. "
                "Until then nothing it says is taken."),
            'wait': lambda: self.env._(
                "Confirmed. The first report comes within a minute or two; the checks that every host gets are made already."),
            'silent': lambda: self.env._(
                "Nothing was heard from this host for three minutes or more. Is it on and connected, and does the agent's service run there? "
                "“itc-agent doctor” on the host tells what is wrong."),
            'enrol_again': lambda: self.env._(
                "Its key was revoked: it can report nothing. To let it in again, press “Enrolment code”."),
        }.get(self.step)
        if not words:
            return False
        is_managers = self.step not in ('wait', 'silent', 'fine')
        if is_managers and not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            return self.env._("A manager of IT Continuity does this: %(step)s", step=words())
        return words()
