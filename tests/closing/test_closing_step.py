from runpy import run_path

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from .common import ClosingCase


@tagged('post_install', '-at_install')
class TestClosingStep(ClosingCase):

    def _forgeries(self):
        now = fields.Datetime.now()
        return {
            'state': 'verified', 'started_by_id': self.technician.id, 'started_at': now, 'done_by_id': self.technician.id, 'done_at': now,
            'done_sha256': "0" * 64, 'verified_by_id': self.manager.id, 'verified_at': now, 'verified_sha256': "0" * 64,
            'return_reason': "x", 'contributor_ids': [Command.clear()], 'planned_name': "x", 'planned_date': '2030-01-01',
            'date_moved_by_id': self.technician.id,
        }

    def test_doer_and_verifier_are_two_people(self):
        step = self._step('testbed_refresh')
        self._do(step, self.manager)
        with self.assertRaisesRegex(AccessError, "your own work"):
            step.with_user(self.manager).action_verify()
        with self.assertRaisesRegex(AccessError, "your own work"):
            step.with_user(self.manager).sudo().action_verify()
        step.with_user(self.manager_2).action_verify()
        self.assertEqual((step.state, step.done_by_id, step.verified_by_id), ('verified', self.manager, self.manager_2))

    def test_who_began_it_does_not_verify_what_another_finished(self):
        step = self._step('testbed_refresh')
        step.with_user(self.manager).action_start()
        self._do(step, self.technician)
        with self.assertRaisesRegex(AccessError, "your own work"):
            step.with_user(self.manager).action_verify()

    def test_technician_does_not_verify_or_reject(self):
        step = self._step('testbed_refresh')
        self._do(step)
        for person in (self.technician, self.technician_2):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                step.with_user(person).action_verify()
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                step.with_user(person).action_reject("x")

    def test_evidence_is_asked_for(self):
        step = self._step('testbed_refresh').with_user(self.technician)
        for evidence in (False, "", "  \n"):
            step.evidence = evidence
            with self.subTest(evidence=evidence), self.assertRaisesRegex(UserError, "evidence"):
                step.action_done()
        step.attachment_ids = self.env['ir.attachment'].with_user(self.technician).create({
            'name': "totals.txt", 'raw': b"1", 'res_model': step._name, 'res_id': step.id})
        step.action_done()
        self.assertEqual((step.state, step.done_by_id), ('done', self.technician))

    def test_order_is_kept(self):
        scripts = self._step('testbed_scripts')
        self.assertLocked(scripts, "has to be done first")
        self._do(self._step('testbed_refresh'))
        self.assertFalse(scripts.is_locked)
        self.assertEqual(scripts.status, 'ready')

    def test_before_production_done_is_not_enough(self):
        self._prove_step(self._step('testbed_reconcile'))
        self._prove_step(self._step('testbed_tools'))
        validation = self._step('testbed_validation')
        self._do(validation)
        self.assertLocked(self._step('production_backup'), "has to be verified first")
        validation.with_user(self.manager).action_verify()
        self.assertFalse(self._step('production_backup').is_locked)

    def test_steps_wait_for_the_closing(self):
        draft = self.closing.copy({'date_end': fields.Date.to_date('2027-12-31')})
        draft._make_steps()
        self.assertLocked(draft.step_ids[:1], "not running")

    def test_guarded_fields_are_refused_by_every_door(self):
        step = self._step('testbed_refresh')
        self.assertEqual(set(self._forgeries()), set(step._guarded_fields))
        for person in (self.technician, self.manager, self.env.ref('base.user_admin')):
            for name, value in self._forgeries().items():
                with self.subTest(person=person.login, field=name), self.assertRaises(AccessError):
                    step.with_user(person).write({name: value})
        with self.assertRaises(AccessError):
            step.sudo().write({'state': 'verified'})
        values = {'closing_id': self.closing.id, 'name': "x", 'kind': 'archive'}
        steps = self.env['it.closing.step'].with_user(self.manager)
        for name, value in self._forgeries().items():
            with self.subTest(created=name), self.assertRaises(AccessError):
                steps.create({**values, name: value})
        forged = steps.with_context(**{f'default_{name}': value for name, value in self._forgeries().items()}).create(values)
        self.assertEqual((forged.state, forged.verified_by_id.id, forged.done_sha256), ('todo', False, False))
        loaded = steps.load(['.id', 'state'], [[str(step.id), "verified"]])
        self.assertFalse(loaded['ids'])
        loaded = steps.load(['closing_id/.id', 'name', 'kind', 'state'], [[str(self.closing.id), "x", "archive", "done"]])
        self.assertFalse(loaded['ids'])
        self.assertEqual(step.state, 'todo')

    def test_done_work_stays_until_it_comes_back(self):
        step = self._step('testbed_refresh')
        self._do(step)
        for person, values in (
                (self.technician, {'evidence': "better"}), (self.manager, {'evidence': "better"}), (self.manager, {'kind': 'archive'}),
                (self.manager, {'name': "x"}), (self.technician, {'attachment_ids': [(5,)]})):
            with self.subTest(person=person.login, values=values), self.assertRaises(UserError):
                step.with_user(person).write(values)
        with self.assertRaises(UserError):
            step.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            step.with_user(self.manager).action_reject(" ")
        step.with_user(self.manager).action_reject("wrong database")
        self.assertEqual((step.state, step.return_reason), ('rejected', "wrong database"))
        self._do(step, self.technician_2)
        step.with_user(self.manager).action_verify()
        self.assertEqual(step.done_by_id, self.technician_2)

    def test_date_that_one_manager_moves_counts_when_another_confirms_it(self):
        step = self._step('testbed_refresh')
        first, later = step.due_date, fields.Date.add(step.due_date, days=40)
        self.assertEqual((step.planned_date, step.planned_name), (first, step.name))
        mine, theirs = step.with_user(self.manager), step.with_user(self.manager_2)
        with self.assertRaisesRegex(UserError, "by which it is judged"):
            theirs.action_confirm_date()
        mine.write({'due_date': later, 'name': "Refresh, once more"})
        self.assertEqual((step.planned_date, step.planned_name != step.name), (first, True))
        self.assertEqual([mine.can_confirm_date, theirs.can_confirm_date, step.with_user(self.technician).can_confirm_date], [False, True, False])
        for person, words in ((self.manager, "You moved the date"), (self.technician, "Only managers"), (self.auditor, "Only managers")):
            with self.subTest(person=person.login), self.assertRaisesRegex(AccessError, words):
                step.with_user(person).action_confirm_date()
        mine.with_context(default_planned_date=later).due_date = False
        self.assertEqual(step.planned_date, first, "a date that is taken away is moved too")
        mine.due_date = later
        theirs.evidence = "Seen by me"
        with self.assertRaisesRegex(AccessError, "had a hand in the step"):
            theirs.action_confirm_date()
        with self.assertRaisesRegex(UserError, "stays as a record"):
            self._step('archive').with_user(self.manager).unlink()  # and be added again with another date
        step = self._step('archive')
        step.with_user(self.manager_2).due_date = fields.Date.add(step.due_date, days=1)
        step.with_user(self.manager).action_confirm_date()
        self.assertEqual(step.planned_date, step.due_date)
        added = step.with_user(self.manager).create({'closing_id': self.closing.id, 'name': "Added", 'kind': 'archive'})
        self.assertEqual((added.planned_name, added.planned_date), ("Added", False))
        added.due_date = '2020-01-01'
        self.assertEqual(added.planned_date, fields.Date.to_date('2020-01-01'), "its first date")
        with self.assertRaisesRegex(UserError, "stays as a record"):
            added.unlink()
        step.with_user(self.manager).create({'closing_id': self.closing.id, 'name': "By mistake", 'kind': 'archive'}).unlink()
        self.assertIn("Taken out of the plan: “By mistake”", self.closing.message_ids[0].body)
        self.assertEqual(self.closing.message_ids[0].author_id, self.manager.partner_id)

    def test_upgrade_judges_steps_by_the_date_that_stood_first(self):
        upgrade = run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-closing.py'))['migrate']
        step, other = self._step('testbed_refresh').with_user(self.manager).with_context(tracking_disable=False), self._step('archive')
        first = step.due_date
        self.env.cr.precommit.run()
        for days in (10, 20):
            step.due_date = fields.Date.add(first, days=days)
            self.env.flush_all()
            self.env.cr.precommit.run()
        self.env.cr.execute("UPDATE it_closing_step SET planned_name = NULL, planned_date = NULL, date_moved_by_id = NULL")
        for _again in range(2):
            upgrade(self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertEqual((step.planned_date, step.date_moved_by_id, step.planned_name), (first, self.manager, step.name))
        self.assertEqual((other.planned_date, other.date_moved_by_id.id), (other.due_date, False))

    def test_reopening(self):
        step = self._step('testbed_refresh')
        self._do(step)
        with self.assertRaises(AccessError):
            step.with_user(self.technician_2).action_reopen("I know better")
        step.with_user(self.technician).action_reopen("forgot the check")
        self.assertEqual((step.state, step.done_by_id.id), ('todo', False))
        self._prove_step(step)
        with self.assertRaises(AccessError):
            step.with_user(self.technician).action_reopen("again")
        step.with_user(self.manager).action_reopen("restore was incomplete")
        self.assertEqual((step.state, step.verified_by_id.id), ('todo', False))

    def test_reason_that_somebody_types_is_nobody_elses(self):
        step = self.closing.step_ids[:1]
        window = self.env['it.closing.reason'].with_user(self.manager).create({'step_id': step.id, 'kind': 'reject', 'reason': "Not proven"})
        theirs = window.with_user(self.technician)
        for door in (lambda: theirs.read(['reason']), lambda: theirs.write({'reason': "x"}), theirs.unlink):
            window.invalidate_recordset()
            with self.assertRaises(AccessError):
                door()

    def test_reason_dialog_does_what_it_says(self):
        step = self._step('testbed_refresh')
        self._do(step)
        dialog = {'step_id': step.id, 'kind': 'reject', 'reason': "no date"}
        with self.assertRaises(AccessError):
            self.env['it.closing.reason'].with_user(self.technician).create(dialog).action_apply()
        self.env['it.closing.reason'].with_user(self.manager).create(dialog).action_apply()
        self.assertEqual(step.state, 'rejected')

    def test_what_is_offered_is_allowed_and_nothing_else(self):
        step = self._step('testbed_refresh')
        people = {'technician': self.technician, 'technician_2': self.technician_2, 'manager': self.manager, 'manager_2': self.manager_2}

        def offered():
            names = ('can_work', 'can_verify', 'can_reject', 'can_take_back', 'can_reopen')
            return {login: [name for name in names if step.with_user(person)[name]] for login, person in people.items()}

        self.assertEqual(offered(), dict.fromkeys(people, ['can_work']))
        self._do(step, self.manager)
        self.assertEqual(offered(), {
            'technician': [], 'technician_2': [], 'manager': ['can_take_back'], 'manager_2': ['can_verify', 'can_reject', 'can_reopen']})
        step.with_user(self.manager_2).action_verify()
        self.assertEqual(offered(), {
            'technician': [], 'technician_2': [], 'manager': ['can_reopen'], 'manager_2': ['can_reopen']})
        self.closing.with_user(self.manager).action_cancel()
        self.assertEqual(offered(), dict.fromkeys(people, []))

    def test_step_of_a_cancelled_closing_is_not_sent_back(self):
        step = self._step('testbed_refresh')
        self._do(step)
        self.closing.with_user(self.manager).action_cancel()
        with self.assertRaisesRegex(UserError, "finished closing"):
            step.with_user(self.manager).action_reject("x")
        self.assertEqual(step.state, 'done')

    def test_script_of_the_testbed_is_offered_once_it_is_proven_and_not_here(self):
        step = self._step('production_scripts').with_user(self.technician)
        self.assertFalse(step.can_take_script)
        self._prove('testbed_scripts')
        self.assertTrue(step.can_take_script)
        step.action_take_twin_script()
        self.assertFalse(step.can_take_script)

    def test_closing_is_declared_done_only_when_nothing_waits(self):
        self.assertFalse(self.closing.can_finish)
        self.assertEqual(self.closing.waiting_count, len(self.closing.step_ids))
        draft = self.env['it.closing'].with_user(self.manager).create({'date_end': fields.Date.to_date('2027-12-31'), 'template_id': False})
        self.assertFalse(draft.can_start)
        draft.template_id = self.closing.template_id
        self.assertTrue(draft.can_start)
        for step in self.closing.step_ids:
            if step.state != 'verified':
                self._prove_step(step)
        self.closing.invalidate_recordset()
        self.assertTrue(self.closing.can_finish)
        self.closing.with_user(self.manager).action_done()
        self.assertFalse(self.closing.can_finish)
