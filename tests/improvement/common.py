from datetime import date, timedelta
from runpy import run_path
from unittest.mock import patch

from odoo.fields import Command
from odoo.tools import file_path

from odoo.addons.base.models.ir_cron import IrCron

from ...lib import local_time
from ..service_desk.common import TicketCase

DAY = timedelta(days=1)


class ImprovementCase(TicketCase):
    """People, tickets and runs that went wrong, and the finder to look at them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A cron commits after each batch; a test is rolled back at its end instead.
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))
        cls.manager_2 = cls._person('manager', 'manager_2')
        cls.company = cls.env.company
        cls.printing = cls.env.ref('it_continuity.ticket_category_printer_problem')
        cls.wish = cls.env.ref('it_continuity.ticket_category_contact')
        cls.printer = cls.env['it.asset'].create({'name': "Printer at the counter", 'kind': 'printer', 'category_id': cls.category.id})
        cls.checklist = cls.env['it.checklist'].create({'name': "Improvement round"})
        cls.improvements = cls.env['it.improvement']

    @classmethod
    def _jam(cls, days_ago=0, **values):
        """Log a ticket like the others."""
        ticket = cls._log(**{'subject': "Paper is stuck", 'category_id': cls.printing.id, 'asset_id': cls.printer.id, **values})
        if days_ago:
            ticket.sudo().write({'requested_at': cls.env.cr.now() - days_ago * DAY})
        return ticket

    @classmethod
    def _find(cls):
        cls.env['it.improvement.finder'].sudo()._cron_find()
        cls.env.invalidate_all()

    @classmethod
    def _found(cls, pattern):
        return cls.improvements.sudo().search([('pattern', '=', pattern), ('company_id', '=', cls.env.company.id)])

    @classmethod
    def _task(cls, code, **values):
        return cls.env['it.task'].create({
            'name': f"Task {code}", 'code': f'imp_{code}', 'checklist_id': cls.checklist.id, 'role_id': cls.role.id,
            'schedule_kind': 'on_demand', 'start_date': date(2026, 1, 1), 'due_time': 24.0, **values})

    def _runs_of(self, task, days_ago, state='pending', **values):
        """Make runs of a plan that fell due some days ago, past the guards: they cannot be lived through in a test."""
        runs = self.env['it.task.run']
        for ago in days_ago:
            run = task._start_run()
            day = self._day(self.env.cr.now() - ago * DAY)
            columns = {
                'date': day, 'open_at': self.env.cr.now() - ago * DAY - timedelta(hours=4), 'due_at': self.env.cr.now() - ago * DAY - timedelta(hours=2),
                'deadline_at': self.env.cr.now() - ago * DAY - timedelta(hours=1), 'is_extra': False, 'state': state, **values}
            self.env.flush_all()
            sets = ', '.join(f'{name} = %s' for name in columns)
            self.env.cr.execute(f"UPDATE it_task_run SET {sets} WHERE id = %s", [*columns.values(), run.id])  # names of our own  # pylint: disable=sql-injection
            self.env.invalidate_all()
            runs |= run
        return runs

    def _planned(self, name="Replace the feed rollers", days=7, **values):
        """Return an improvement about stuck paper that is ready to begin, in the name of the technician."""
        improvement = self.improvements.with_user(self.technician).create({
            'name': name, 'category_id': self.printing.id, 'asset_id': self.printer.id, 'root_cause': "Worn rollers",
            'expected_gain': "No jams", 'measure': 'tickets', 'target': 1, 'measure_days': days, 'date_deadline': self.today + 3 * DAY,
            'measure_on': self.today + (days + 5) * DAY, **values})
        improvement.action_take_up()
        return improvement

    def _upgrade(self):
        """Upgrade from a database that had none of what the upgrade fills in."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.cr.execute("UPDATE it_ticket SET is_withdrawn = NULL")
        self.env.cr.execute("UPDATE it_improvement_measurement SET costed = NULL, is_gain_known = NULL")
        run_path(file_path('it_continuity/migrations/19.0.1.9.0/post-improvement.py'))['migrate'](self.env.cr, '19.0.1.8.0')
        self.env.invalidate_all()

    @property
    def today(self):
        """Today by the company's clock, by which everything here is counted."""
        return self._day(self.env.cr.now())

    def _day(self, moment):
        return local_time.local_date(moment, self.company.itc_tz)

    def _later(self, days):
        self._clock(self.env.cr.now() + days * DAY)

    @classmethod
    def _elsewhere(cls):
        company = cls.env['res.company'].create({'name': "Elsewhere"})
        person = cls._person('technician', 'elsewhere')
        person.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        return company, person
