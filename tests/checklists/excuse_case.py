from datetime import datetime, timedelta

from .common import ChecklistCase

HOUR = timedelta(hours=1)
# The run of Monday in every one of these tests: open from midnight in Addis Ababa, due at noon, missed twelve hours later.
OPEN_AT, DEADLINE_AT = datetime(2026, 11, 22, 21), datetime(2026, 11, 23, 21)
TUESDAY = datetime(2026, 11, 24, 6)


class ExcuseCase(ChecklistCase):
    """A run of Monday that nobody did, looked at on Tuesday morning."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._person('manager', 'manager_2')
        cls.ups = cls.env['it.asset'].create({'name': "ups-test", 'kind': 'ups', 'category_id': cls.category.id})
        cls.host.depends_on_ids = cls.ups

    def _missed(self, code, **values):
        run = self._run(code, **values)
        self._clock(TUESDAY)
        run._close_missed()
        return run

    def _outage(self, **values):
        return self.env['it.outage'].with_user(self.technician).create({
            'kind': 'power', 'start_at': OPEN_AT + 6 * HOUR, 'end_at': OPEN_AT + 12 * HOUR, **values})

    def _leave(self, user, **values):
        employee = self.env['hr.employee'].create({'name': user.name, 'user_id': user.id, 'company_id': self.env.company.id})
        return self.env['resource.calendar.leaves'].create({
            'name': "Operation on the knee", 'resource_id': employee.resource_id.id, 'date_from': OPEN_AT, 'date_to': DEADLINE_AT,
            **values})

    def _keys(self, run, user=None):
        return [offer['key'] for offer in self._rpc(user or self.technician, run, 'get_offered_facts')]

    def _asked(self, run, outage, user=None):
        self._rpc(user or self.technician, run, 'action_ask_excuse', f'outage:{outage.id}', "The whole street was dark")
        return run.excuse_ids.sorted('id')[-1:]

    def _granted(self, code, **values):
        """Return a missed run that is excused by a power cut, and its excuse."""
        run = self._missed(code, **values)
        excuse = self._asked(run, self._outage())
        self._rpc(self.manager, excuse, 'action_grant', "I was there")
        return run, excuse
