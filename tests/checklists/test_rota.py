from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MONDAY
from .duty_case import DutyCase


@tagged('post_install', '-at_install')
class TestRota(DutyCase):

    def test_each_run_is_the_one_s_whose_turn_its_day_is(self):
        task = self._task('turns', rota_id=self._rota(*self.people).id)
        self.assertEqual([self._run_of(task, day).responsible_id for day in range(3)], list(self.people))
        self.assertEqual(set(task.run_ids.mapped('responsible_basis')), {'plan'})
        self.assertEqual(task.run_ids.planned_responsible_id, self.people)

    def test_before_its_start_and_without_members_the_role_is_responsible(self):
        task = self._task('before', rota_id=self._rota(self.technician_2, start_date=MONDAY + timedelta(days=1)).id)
        self.assertDuty(self._run_of(task), self.technician, 'plan')
        self.assertDuty(self._run_of(task, 1), self.technician_2, 'plan')
        self.assertDuty(self._run_of(self._task('empty', rota_id=self._rota().id)), self.technician, 'plan')

    def test_form_shows_the_next_ten_turns_and_who_stands_in(self):
        self._leave(self.technician_2, 24 + 8, 24 + 17)
        form = Form(self.env['it.rota'].with_user(self.manager))
        form.name = "Day duty"
        form.start_date = MONDAY
        form.turn_unit = 'days'
        for user in (self.technician, self.technician_2):
            with form.member_ids.new() as member:
                member.user_id = user
        rota = form.save()
        lines = rota.next_turns.split('\n')
        self.assertEqual(len(lines), 10)
        self.assertEqual(lines[0], "Mon 23 Nov 2026: Technician")
        self.assertEqual(lines[1], "Tue 24 Nov 2026: Technician_2, on leave; Technician stands in")
        self.assertEqual((rota.on_duty_id, rota.stand_in_id.ids), (self.technician, []))
        self._leave(self.technician)
        rota.invalidate_recordset()
        self.assertEqual((rota.on_duty_id, rota.with_user(self.user).stand_in_id), (self.technician, self.technician_2))

    def test_week_turns_show_both_ends(self):
        rota = self._rota(*self.people, turn_unit='weeks', turn_length=2, start_date=date(2026, 11, 9))
        self.assertEqual(rota.on_duty_id, self.technician_2)
        self.assertTrue(rota.next_turns.startswith("Mon 23 Nov 2026 to Sun 6 Dec 2026: Technician_2\n"))

    def test_changed_rota_moves_only_what_has_not_opened_and_nobody_assigned(self):
        rota = self._rota(*self.people)
        task = self._task('changed', rota_id=rota.id)
        today, tomorrow, after = (self._run_of(task, day) for day in range(3))
        after.with_user(self.technician).responsible_id = self.technician
        rota.with_user(self.manager).member_ids = [Command.unlink(rota.member_ids[1].id)]
        self.assertDuty(today, self.technician, 'plan')
        self.assertDuty(tomorrow, self.technician_3, 'plan')
        self.assertDuty(after, self.technician, 'hand')

    def test_task_given_to_another_person_takes_its_coming_runs_along(self):
        task = self._task('given', user_id=self.technician.id)
        today, tomorrow = self._run_of(task), self._run_of(task, 1)
        task.with_user(self.manager).write({'user_id': False, 'rota_id': self._rota(self.technician_3).id})
        self.assertDuty(today, self.technician, 'plan')
        self.assertDuty(tomorrow, self.technician_3, 'plan')
        self.assertEqual(tomorrow.rota_id, task.rota_id)

    def test_person_and_rota_at_once_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "not both"):
            self._task('both', user_id=self.technician.id, rota_id=self._rota(self.technician).id)

    def test_rota_that_contradicts_itself_is_refused_in_words(self):
        rota = self._rota(self.technician)
        with self.assertRaisesRegex(ValidationError, "stands in a rota once"), self.env.cr.savepoint():
            rota.member_ids = [Command.create({'user_id': self.technician.id})]
        with self.assertRaisesRegex(ValidationError, "between 1 and 366 days"):
            rota.write({'turn_length': 60, 'turn_unit': 'weeks'})

    def test_people_of_other_companies_take_no_turns(self):
        other = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self._person('technician', 'stranger')
        stranger.write({'company_ids': [Command.set(other.ids)], 'company_id': other.id})
        with self.assertRaisesRegex(ValidationError, "cannot enter"):
            self._rota(stranger)
        with self.assertRaisesRegex(ValidationError, "cannot enter"):
            self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': stranger.id})
        with self.assertRaisesRegex(ValidationError, "stands in for themselves"):
            self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician.id})

    def test_manager_configures_and_everybody_reads(self):
        rota = self._rota(self.technician)
        deputy = self.env['it.deputy'].create({'user_id': self.technician.id, 'deputy_id': self.technician_2.id})
        self._rpc(self.manager, rota, 'write', {'turn_length': 3})
        self._rpc(self.manager, deputy, 'write', {'sequence': 3})
        for user in (self.user, self.technician, self.auditor):
            with self.subTest(user=user.name):
                self.assertEqual(
                    self._rpc(user, rota, 'read', ['next_turns', 'on_duty_id', 'stand_in_id', 'task_count', 'member_ids'])[0]['next_turns'],
                    rota.next_turns)
                self.assertTrue(self._rpc(user, deputy, 'read', ['deputy_id']))
                for record, values in (
                    (rota, {'turn_length': 5}), (rota.member_ids, {'user_id': user.id}), (deputy, {'deputy_id': user.id}),
                ):
                    for method, arguments in (('write', [values]), ('unlink', [])):
                        with self.assertRaises(AccessError), mute_logger('odoo.models', 'odoo.addons.base.models.ir_model'):
                            self._rpc(user, record, method, *arguments)

    def test_rota_of_another_company_is_out_of_sight(self):
        other = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self.env.user.company_ids = [Command.link(other.id)]
        rota = self.env['it.rota'].create({'name': "Theirs", 'company_id': other.id})
        with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
            self._rpc(self.manager, rota, 'read', ['name'])
