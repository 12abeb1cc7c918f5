from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..tour_case import TourCase
from .item_case import ITEMS, PNG


class RunTourCase(TourCase):
    """A technician and a manager at a browser, and runs of a checklist that stands first on Today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = new_test_user(
            cls.env, login='itc_tour', name="Tour Technician", groups='it_continuity.it_continuity_group_technician')
        cls.manager = new_test_user(
            cls.env, login='itc_tour_manager', name="Tour Manager", groups='it_continuity.it_continuity_group_manager')
        cls.role = cls.env['it.role'].create({'name': "Tour role", 'code': 'tour_role', 'user_ids': [Command.set(cls.technician.ids)]})
        cls.checklist = cls.env['it.checklist'].create({'name': "Tour round", 'code': 'tour_round', 'sequence': 0})

    def _run(self, code, **values):
        """Return a run that is open now, at whatever hour the tests run."""
        return self._task(code, **values)._start_run()

    def _task(self, code, **values):
        return self.env['it.task'].create({
            'name': f"Tour {code}", 'code': f'tour_{code}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
            'schedule_kind': 'on_demand', 'start_date': date(2026, 1, 1), 'due_time': 24.0, **values})

    def _form(self, run, tour, user, phone=False):
        self._tour(f'/odoo/it-runs/{run.id}', tour, user, phone)

    def _today(self, tour, user, phone=False, **options):
        self._tour('/odoo/it-today', tour, user, phone, **options)

    def _tour(self, path, tour, user, phone=False, **options):
        return super()._tour(path, tour, user, phone, **{'timeout': 180, **options})

    def _evidenced(self, doer, code='verify'):
        """Return a run that ``doer`` did with a reading, a picture and a note, and that waits for a second person."""
        run = self._run(code, needs_verification=True, item_ids=[Command.create(ITEMS['battery']), Command.create(ITEMS['photo'])])
        battery, rack = run.with_user(doer).item_ids
        battery.action_fill(80)
        rack.action_fill(files=[{'name': "rack.png", 'data': PNG}])
        run.with_user(doer).action_done("both fans turn")
        return run

    def _age(self, run, state, **hours):
        """Let a run have had its times in the past, past the guards on purpose: days cannot be lived through in a test.

        :param hours: how long ago it opened, was due, missed its deadline, was done or closed: ``open=3, due=1.5``
        """
        if 'done' in hours:
            hours |= {'entered': hours['done'], 'closed': hours['done']}
        moments = SQL(', ').join(
            SQL("%s = clock_timestamp() AT TIME ZONE 'UTC' - make_interval(secs => %s)", SQL.identifier(f'{name}_at'), 3600 * ago)
            for name, ago in hours.items())
        self.env.flush_all()
        self.env.cr.execute(SQL("UPDATE it_task_run SET state = %s, %s WHERE id = %s", state, moments, run.id))
        self.env.invalidate_all()
