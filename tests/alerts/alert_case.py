from dataclasses import replace
from datetime import datetime, timedelta, timezone

from odoo.fields import Command

from ...models.monitoring.silence import WATCHING_PARAM
from ..monitoring.agent_case import AgentCase

TODAY = datetime.now(timezone.utc).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
# Ahead of us, where the tables of results reach and nobody's hours depend on when the tests run: 10:00 in Addis Ababa.
MONDAY = TODAY + timedelta(days=7 - TODAY.weekday(), hours=7)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class AlertCase(AgentCase):
    """Hosts whose results are stored and judged as in a running system, by a clock that the test moves; a technician is on call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rota = cls.env['it.rota'].create({
            'name': "On call", 'start_date': '2026-11-16', 'turn_length': 50, 'company_id': cls.env.company.id,
            'member_ids': [Command.create({'user_id': cls.technician.id})]})
        cls.env.company.itc_alert_rota_id = cls.rota
        cls.host.role_id = cls.other_host.role_id = cls.role
        cls.channels = cls.env['it.notification.channel']

    def setUp(self):
        super().setUp()
        self.seqs = {}
        self.agents = {self.fake: self.agent, self.other_fake: self.other_agent}
        self._watch(MONDAY - 5 * HOUR)
        self._at(MONDAY)

    # === THE WORLD === #

    def _caller(self, fake):
        """Let reports arrive by the moved clock."""
        return replace(super()._caller(fake), now=self.moment, known_since=self.moment - timedelta(days=100))

    def _at(self, moment):
        self.moment = moment
        self._clock(moment)

    def _later(self, pause):
        self._at(self.moment + pause)

    def _watch(self, since):
        self.env['ir.config_parameter'].set_param(WATCHING_PARAM, since.isoformat())

    def _new_host(self, name, checks=1, **values):
        """Return a host with checks that report to us."""
        asset = self.env['it.asset'].create({'name': name, 'kind': 'host', 'category_id': self.category.id, **values})
        fake, agent = self._host(name, asset)
        fake.clock = fake.true_clock = self.env.cr.now
        found = self.env['it.check'].union(*(self._check(agent, f"Check {number} of {name}") for number in range(checks)))
        fake.know(found)
        self.agents[fake] = agent
        return fake, found

    def _company_b(self):
        """Return another company, and a technician of it who has our role."""
        company = self.env['res.company'].create({'name': "Company B"})
        other = self._person('technician', 'technician_b')
        other.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.role.user_ids = [Command.link(other.id)]
        return company, other

    def _report(self, fake, *states, step_s=10, judge=True):
        """Store one cycle for each word of states, the last one of now, and judge."""
        records = []
        for number, one in enumerate(states):
            self.seqs[fake] = self.seqs.get(fake, 0) + 1
            records.append(fake.cycle(self.seqs[fake], one, ago_s=step_s * (len(states) - 1 - number)))
        self._store(fake, records)
        if judge:
            self._judge()

    def _judge(self):
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _tick(self, pause):
        """Let time pass and the minute's job run."""
        self._later(pause)
        self.env['it.alert.watch']._work()
        self.env.flush_all()
        self.env.invalidate_all()

    # === WHAT CAME OF IT === #

    def _alerts(self, **values):
        return self.env['it.alert'].search([(name, '=', value) for name, value in values.items()], order='id')

    def _opened(self):
        return self._alerts(is_open=True)

    def _messages(self):
        """Return the messages of alerts in the order in which they were queued."""
        return self.env['it.notification'].search([('key', 'like', 'alert:')], order='id')

    def _titles(self):
        return self._messages().mapped('title')
