from odoo.fields import Command

from ..monitoring.agent_case import AgentCase
from .common import ChecklistCase


class CheckedCase(ChecklistCase, AgentCase):
    """Runs whose task is bound to a host's checks, with reports as the host would post them, on the real clock."""

    def setUp(self):
        super().setUp()
        self._clock(None)
        self.seq = 0
        self.start = self.env['it.task']._today(self.env.company)

    def _report(self, *states, ago_s=0):
        """Store one cycle a word of ``states``, the last one ``ago_s`` old, and judge."""
        records = []
        for number, one in enumerate(states):
            self.seq += 1
            records.append(self.fake.cycle(self.seq, one, ago_s=ago_s + 10 * (len(states) - 1 - number)))
        self._store(self.fake, records)
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _checked_run(self, code, **values):
        values.setdefault('check_ids', [Command.set(self.checks.ids)])
        return self._run(code, start_date=self.start, **values)
