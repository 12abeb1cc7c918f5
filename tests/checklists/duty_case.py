from datetime import datetime, timedelta

from odoo.fields import Command

from .common import MONDAY, ChecklistCase


class DutyCase(ChecklistCase):
    """Three technicians with employees, whose leave is entered in the company's hours, three ahead of UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician_3 = cls._person('technician', 'technician_3')
        cls.people = cls.technician + cls.technician_2 + cls.technician_3
        cls.company = cls.env.company
        cls.employees = cls.env['hr.employee'].create(
            [{'name': user.name, 'user_id': user.id, 'company_id': cls.company.id} for user in cls.people])
        cls.employees.resource_id.tz = 'Africa/Addis_Ababa'

    def _rota(self, *users, **values):
        return self.env['it.rota'].create({
            'name': "Day duty", 'start_date': MONDAY, 'turn_length': 1, 'turn_unit': 'days',
            'member_ids': [Command.create({'user_id': user.id, 'sequence': place}) for place, user in enumerate(users)], **values})

    def _leave_values(self, user, first=8, last=17, **values):
        """Return a leave of a person; hours are local and counted from Monday's midnight."""
        midnight = datetime.combine(MONDAY, datetime.min.time()) - timedelta(hours=3)
        return {
            'name': "Leave", 'resource_id': self.employees.filtered(lambda one: one.user_id == user).resource_id.id,
            'date_from': midnight + timedelta(hours=first), 'date_to': midnight + timedelta(hours=last), **values}

    def _leave(self, user, first=8, last=17, **values):
        return self.env['resource.calendar.leaves'].create(self._leave_values(user, first, last, **values))

    def _run_of(self, task, day=0):
        """Return the run of a task on Monday or some days later, made by the generator if need be."""
        task._generate_runs()
        return task.run_ids.filtered(lambda run: run.date == MONDAY + timedelta(days=day))

    def _chatter(self, run):
        return [str(body) for body in run.message_ids.sorted('id').mapped('body')]

    def assertDuty(self, run, responsible, basis):
        self.assertEqual((run.responsible_id, run.responsible_basis), (responsible or self.env['res.users'], basis))
