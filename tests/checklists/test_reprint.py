from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common import ChecklistCase
from .test_compliance_pdf import MonthCase

FRENCH = 'fr_FR'


class ReprintCase(ChecklistCase):
    """Closed runs that name a checklist, an asset, people, a role and a department, all of which are called otherwise afterwards."""

    def setUp(self):
        super().setUp()
        self.asset = self.env['it.asset'].create({
            'name': "Old Server", 'category_id': self.env['it.asset.category'].search([], limit=1).id})
        self.department = self.env['hr.department'].create({'name': "Old Department", 'company_id': self.env.company.id})
        self.env['hr.employee'].create({'name': "x", 'user_id': self.technician.id, 'department_id': self.department.id})
        self.technician.name, self.manager.name, self.technician_2.name = "Old Doer", "Old Boss", "Old Zoe"
        self.checklist.name, self.role.name = "Old Round", "Old Role"
        names = {'asset_ids': [Command.set(self.asset.ids)], 'needs_verification': True}
        self.done = self._run('done', user_id=self.technician.id, **names)
        self.other = self._run('other', user_id=self.technician_2.id, **names)
        self.role.user_ids = self.technician | self.technician_2  # so that the next one is nobody's
        self.missed = self._run('missed', **names)
        self.done.with_user(self.technician).action_done(note="seen")
        self.other.with_user(self.technician_2).action_fail("Smoke")
        self.done.with_user(self.manager).action_verify()
        self.env['it.task.run'].search([('checklist_id', '=', self.checklist.id), ('date', '!=', self.done.date)]).unlink()
        self._commit()

    def _commit(self):
        """What a commit does before it commits; names are kept there, with the seal."""
        self.env.cr.flush()

    def _miss(self):
        self._clock(self.missed.deadline_at.replace(hour=23))
        self.env['it.task.run']._cron_close_missed()
        self.assertRunState(self.missed, 'missed')
        self._commit()

    def _rename(self):
        """Call everything otherwise, so that it would also stand in another order."""
        self.env.flush_all()
        for record, name in (
            (self.asset, "New Asset"), (self.department, "New Department"), (self.technician, "Zora Newdoer"), (self.manager, "New Boss"),
            (self.technician_2, "Anton New"), (self.checklist, "New Round"), (self.role, "New Role"), (self.env.company, "New Company"),
            (self.done.task_id, "New Task"),
        ):
            record.name = name
        self.env.flush_all()
        self.env.invalidate_all()

    def _month(self):
        wizard = self.env['it.compliance.print'].with_user(self.auditor).create({
            'month': '11', 'year': 2026, 'checklist_ids': self.checklist.ids})
        return self._html('it_continuity.compliance_monthly', wizard)

    def _day(self):
        wizard = self.env['it.day.sheet.print'].with_user(self.auditor).create({'date': date(2026, 11, 23), 'checklist_ids': self.checklist.ids})
        return self._html('it_continuity.day_sheet', wizard)

    def _html(self, name, wizard):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env['ir.actions.report'].with_env(wizard.env)._render_qweb_html(name, wizard.ids)[0].decode()


@tagged('post_install', '-at_install')
class TestReprint(ReprintCase):
    """What is printed of a closed time says the same words whenever it is printed."""

    def test_month_is_printed_with_the_names_of_then(self):
        self._miss()
        before = self._month()
        for name in ("Old Server", "Old Department", "Old Doer", "Old Boss", "Old Zoe", "Old Round", "Old Role"):
            self.assertIn(name, before)
        self._rename()
        self.assertEqual(self._month(), before)

    def test_day_sheet_is_printed_with_the_names_of_then(self):
        self._miss()
        before = self._day()
        for name in ("Old Doer", "Old Zoe", "Old Round", "Old Role"):
            self.assertIn(name, before)
        self._rename()
        self.assertEqual(self._day(), before)

    def test_lines_of_the_report_name_people_as_they_were_called(self):
        lines = self.env['it.compliance.report'].with_user(self.auditor).search([('run_id', 'in', (self.done | self.other).ids)], order='id')
        before = lines.mapped(lambda line: (line.responsible_name, line.done_name, line.verified_name))
        self._rename()
        self.assertEqual(lines.mapped(lambda line: (line.responsible_name, line.done_name, line.verified_name)), before)
        self.assertEqual(before[0], ("Old Doer", "Old Doer", "Old Boss"))

    def test_open_run_is_called_as_things_are_called_now(self):
        before = self.missed._namer()(self.role)
        self._rename()
        self.assertEqual((before, self.missed._namer()(self.role), self.missed.frozen_names), ("Old Role", "New Role", False))

    def test_what_is_confirmed_later_keeps_the_names_of_its_closing_and_adds_that_of_who_confirms(self):
        run = self._run('later', user_id=self.technician.id)
        run.with_user(self.technician).action_done(note="seen")
        self._commit()
        self._rename()
        run.with_user(self.manager).action_verify()
        self._commit()
        name_of = run._namer()
        self.assertEqual(
            [name_of(one) for one in (run.done_by_id, run.verified_by_id, run.checklist_id)], ["Old Doer", "New Boss", "Old Round"])

    def test_run_that_was_sent_back_is_closed_with_the_names_of_its_second_closing(self):
        run = self._run('again', user_id=self.technician.id)
        run.with_user(self.technician).action_done(note="seen")
        self._commit()
        self._rename()
        run.with_user(self.manager).action_reject("Look again")
        self._commit()
        self.assertFalse(run.frozen_names)
        run.with_user(self.technician).action_done(note="seen again")
        self._commit()
        self.assertEqual(run._namer()(run.checklist_id), "New Round")

    def test_names_are_kept_in_every_language(self):
        self.env['res.lang']._activate_lang(FRENCH)
        self.checklist.with_context(lang=FRENCH).name = "Ancienne tournée"
        run = self._run('french')
        run.with_user(self.technician).action_done(note="vu")
        self._commit()
        self.checklist.with_context(lang=FRENCH).name = "Nouvelle tournée"
        self._rename()
        self.assertEqual(
            [run._namer()(self.checklist.with_context(lang=lang)) for lang in (FRENCH, 'en_US')], ["Ancienne tournée", "Old Round"])

    def test_nobody_writes_the_names_and_they_are_sealed(self):
        self.env['it.seal.event']._cron_seal()
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaisesRegex(Exception, "Nobody writes|closed"):
                self._rpc(person, self.done, 'write', {'frozen_names': {}})
        self.env.cr.execute("UPDATE it_task_run SET frozen_names = '{}' WHERE id = %s", [self.done.id])
        self.env.invalidate_all()
        found = {(one['code'], one['res_id']) for one in self.env['it.seal.audit']._audit(self.env.company)['findings']}
        self.assertIn(('changed', self.done.id), found)


@tagged('post_install', '-at_install')
class TestReprintOfOldRuns(MonthCase):
    """Runs that were closed before names were kept."""

    def test_migration_keeps_the_names_of_today_and_old_seals_still_fit(self):
        self.env.cr.flush()
        self.env['it.seal.event']._cron_seal()
        before = {(one['code'], one['res_id']) for one in self.env['it.seal.audit']._audit(self.env.company)['findings']}
        self.env.cr.execute("UPDATE it_task_run SET frozen_names = NULL WHERE id = ANY(%s)", [self.runs.ids])
        self.env.invalidate_all()
        self.runs._freeze_names()
        self.checklist.name = "Renamed"
        self.assertEqual({run._namer()(self.checklist) for run in self.runs}, {"Test round"})
        self.env.flush_all()
        self.assertEqual({(one['code'], one['res_id']) for one in self.env['it.seal.audit']._audit(self.env.company)['findings']}, before)
