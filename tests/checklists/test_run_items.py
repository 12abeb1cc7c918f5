import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MONDAY
from .item_case import ITEMS, ItemCase


@tagged('post_install', '-at_install')
class TestRunItems(ItemCase):

    def test_run_keeps_the_question_as_it_was(self):
        run = self._item_run('pinned', 'battery', 'ink')
        battery, ink = run.task_id.item_ids
        battery.write({'name': "Charge", 'minimum': 10})
        ink.unlink()
        self.env.invalidate_all()
        self.assertEqual([(item.name, item.minimum) for item in run.item_ids], [("Battery", 50), ("Ink", 0)])
        self.assertEqual(run.item_ids[1].choices, "Full\nHalf\nLow")

    def test_required_items_block_done_for_every_door(self):
        run = self._item_run('required', 'battery', 'note')
        for person in (self.technician, self.manager):
            with self.subTest(person=person.name), self.assertRaisesRegex(UserError, "still needs: Battery, Seen"):
                self._rpc(person, run, 'action_done', "all fine", None, "trust me")
        self._fill(run, 'battery', 80)
        with self.assertRaisesRegex(UserError, "still needs: Seen"):
            self._rpc(self.technician, run, 'action_done')
        wizard = self.env['it.task.run.wizard'].with_user(self.technician).create({'step': 'done', 'run_ids': run.ids})
        with self.assertRaisesRegex(UserError, "still needs: Seen"):
            self._rpc(self.technician, wizard, 'action_apply')
        self._fill(run, 'note', "all calm")
        self._rpc(self.technician, run, 'action_done')
        self.assertRunState(run, 'done')
        self.assertFalse(run.override_reason)

    def test_optional_item_may_stay_empty_but_is_asked_for(self):
        run = self._item_run('optional', 'note')
        run.task_id.item_ids.required = False
        other = self._run('optional_2', item_ids=[Command.create({'name': "Remark", 'kind': 'text', 'required': False})])
        self.assertEqual(other.with_user(self.technician).action_do()['res_model'], 'it.task.run.wizard')
        self._rpc(self.technician, other, 'action_done')
        self.assertRunState(other, 'done')

    def test_number_outside_its_limits_needs_fail_or_a_reason(self):
        run = self._item_run('limits', 'battery')
        drawn = self._fill(run, 'battery', "30,5")
        self.assertEqual((drawn['state'], drawn['value'], drawn['limits']), ('bad', "30.5 %", "50 to 100 %"))
        for reason in (None, "", "  "):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "failed, or give a reason"):
                self._rpc(self.technician, run, 'action_done', "fine", None, reason)
        self.assertIn("Battery is not as it should be", self.env['it.task.run.wizard'].with_user(self.technician)._objections(run.with_user(self.technician))[0])
        self._rpc(self.technician, run, 'action_done', None, None, "charging since an hour")
        self.assertEqual((run.state, run.override_reason), ('done', "charging since an hour"))
        line = self.env['it.compliance.report'].search([('run_id', '=', run.id)])
        self.assertEqual((line.overridden, line.reason), (1, "charging since an hour"))

    def test_bad_item_may_be_told_as_failed_also_with_the_rest_empty(self):
        run = self._item_run('bad_fail', 'battery', 'note')
        self._fill(run, 'battery', 3)
        self._rpc(self.technician, run, 'action_fail', "battery is dying")
        self.assertRunState(run, 'failed')
        self.assertEqual([one['value'] for one in run.item_values], ["3 %", ""])

    def test_zero_is_a_number_and_nothing_is_none(self):
        run = self._item_run('zero', 'battery')
        self.assertEqual(self._fill(run, 'battery', 0)['state'], 'bad')
        self.assertEqual(self._fill(run, 'battery', "")['state'], 'empty')
        self.assertFalse(run.item_ids.filled_at)

    def test_answers_that_do_not_fit_are_refused(self):
        run = self._item_run('unfit', 'battery', 'ink', 'photo', 'file')
        text = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()
        for name, value, files in (
            ('battery', "much", None), ('battery', 'nan', None), ('battery', {'a': 1}, None), ('battery', '9' * 400, None),
            ('ink', "Empty", None), ('photo', None, self._file(data=text)), ('photo', None, [{'name': "x"}]),
            ('file', None, self._file(data="")), ('file', None, self._file(data="?")), ('file', None, ["x"]),
        ):
            with self.subTest(name=name, value=value, files=files), self.assertRaises(UserError):
                self._fill(run, name, value, files)
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})

    def test_choice_tick_text_and_files_are_kept_with_who_and_when(self):
        run = self._item_run('kinds', 'ink', 'tick', 'note', 'photo', 'file', 'sign')
        for name, value, files in (
            ('ink', "Half", None), ('tick', True, None), ('note', "calm", None), ('photo', None, self._file("one.png")),
            ('photo', None, self._file("two.png")), ('file', None, self._file("log.txt", base64.b64encode(b'x').decode())),
            ('sign', None, self._file("first.png")), ('sign', None, self._file("signature.png")),
        ):
            self.assertEqual(self._fill(run, name, value, files)['state'], 'ok', name)
        self.assertEqual(
            run.item_ids.mapped('value_text'), ["Half", "Yes", "calm", "one.png, two.png", "log.txt", "signature.png"])
        self.assertEqual(run.item_ids.filled_by_id, self.technician)
        self.assertEqual(set(run.attachment_ids.mapped('name')), {"one.png", "two.png", "log.txt", "signature.png"})
        self.assertEqual(set(run.attachment_ids.mapped('res_id')), {run.id})
        self._fill(run, 'photo', None, [])
        self.assertEqual(set(run.attachment_ids.mapped('name')), {"log.txt", "signature.png"})
        with self.assertRaisesRegex(UserError, "Rack"):
            self._rpc(self.technician, run, 'action_done')

    def test_deleted_file_no_longer_counts(self):
        run = self._item_run('deleted', 'photo')
        self._fill(run, 'photo', None, self._file())
        run.attachment_ids.sudo().unlink()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "still needs: Rack"):
            self._rpc(self.technician, run, 'action_done')

    def test_nobody_writes_makes_or_deletes_items_by_hand(self):
        run = self._item_run('by_hand', 'battery')
        item = run.item_ids
        for person in (self.technician, self.manager, self.auditor, self.user):
            for method, args in (
                ('write', [{'state': 'ok'}]), ('write', [{'required': False}]), ('write', [{'number': 99, 'has_number': True}]),
                ('unlink', []), ('create', [{'run_id': run.id, 'name': "x"}]),
            ):
                with self.subTest(person=person.name, method=method, args=args), self.assertRaises(AccessError):
                    self._rpc(person, item, method, *args)
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._rpc(person, run, 'write', {'item_ids': [Command.update(item.id, {'state': 'ok'})]})
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._rpc(person, run, 'write', {'item_values': []})
        with self.assertRaises(UserError):
            item.sudo().unlink()

    def test_a_persons_stored_defaults_do_not_fill_an_item(self):
        task = self._task('forged', schedule_kind='on_demand', item_ids=[
            Command.create(ITEMS['tick']), Command.create({'name': "Disk", 'kind': 'text', 'sequence': 20})])
        forged = {
            'state': 'ok', 'ticked': True, 'text': "fine", 'number': 7, 'has_number': True, 'filled_by_id': self.manager.id,
            'filled_at': '2026-11-23 05:00:00', 'snapshot': [{'name': "x"}]}
        for name, value in forged.items():
            self.env['ir.default'].with_user(self.technician).set('it.task.run.item', name, value, user_id=True)
        run = self.env['it.task.run'].browse(self._rpc(self.technician, task, 'action_start_run')['res_id'])
        self.assertEqual(run.item_ids.mapped('state'), ['empty', 'empty'])
        for name in forged.keys() - {'state'}:
            with self.subTest(field=name):
                self.assertFalse(any(run.item_ids.mapped(name)))

    def test_who_only_reads_fills_nothing(self):
        run = self._item_run('readers', 'battery')
        for person in (self.auditor, self.user):
            with self.subTest(person=person.name), self.assertRaises(AccessError):
                self._fill(run, 'battery', 80, user=person)
        [drawn] = self._rpc(self.auditor, run, 'get_items')
        self.assertFalse(drawn['can_fill'])
        with self.assertRaises(AccessError):
            self._rpc(self.user, run, 'get_items')

    def test_closed_run_keeps_its_answers_and_frozen_copy(self):
        run = self._item_run('closed', 'battery')
        self._fill(run, 'battery', 80)
        self._rpc(self.technician, run, 'action_done')
        with self.assertRaisesRegex(AccessError, "closed and stays"):
            self._fill(run, 'battery', 90)
        with self.assertRaisesRegex(AccessError, "closed and stays"):
            run.item_ids.sudo().write({'number': 90})
        self.assertEqual(
            [(one['name'], one['number'], one['unit'], one['state'], one['minimum']) for one in run.item_values],
            [("Battery", 80, '%', 'ok', 50)])
        self.assertEqual(run.item_values[0]['filled_by'], self.technician.id)

    def test_run_sent_back_may_be_filled_again(self):
        run = self._item_run('again', 'battery')
        self._fill(run, 'battery', 80)
        self._rpc(self.technician, run, 'action_done')
        self._rpc(self.manager, run, 'action_reject', "read it again")
        self.assertFalse(run.item_values)
        self._fill(run, 'battery', 70)
        self._rpc(self.technician, run, 'action_done')
        self._rpc(self.manager, run, 'action_verify')
        self.assertEqual((run.state, run.item_values[0]['number']), ('verified', 70))

    def test_run_of_tomorrow_is_not_filled_today(self):
        task = self._item_run('tomorrow_items', 'battery').task_id
        tomorrow = task.run_ids.filtered(lambda run: not run.is_open)[:1]
        with self.assertRaisesRegex(UserError, "not open yet"):
            self._fill(tomorrow, 'battery', 80)

    def test_definition_without_sense_is_refused(self):
        task = self._task('sense')
        for values in (
            {'kind': 'choice', 'choices': "One"}, {'kind': 'choice', 'choices': "A\nB", 'bad_choices': "C"}, {'kind': 'check'},
            {'kind': 'number', 'has_minimum': True, 'minimum': 2, 'has_maximum': True, 'maximum': 1},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.env['it.task.item'].with_user(self.manager).create({'task_id': task.id, 'name': "Odd", **values})
        with self.assertRaises(AccessError):
            self.env['it.task.item'].with_user(self.technician).create({'task_id': task.id, 'name': "Fine"})

    def test_other_company_reads_and_fills_nothing(self):
        run = self._item_run('elsewhere', 'battery')
        company = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self._person('technician', 'stranger')
        stranger.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        with self.assertRaises(AccessError):
            self._fill(run, 'battery', 80, user=stranger)
        self.assertFalse(self.env['it.task.run.item'].with_user(stranger).search_count([('run_id', '=', run.id)]))

    def test_items_of_300_runs_are_pinned_in_a_fixed_number_of_queries(self):
        self.env['it.task'].with_context(tracking_disable=True).search([]).active = False
        tasks = self.env['it.task'].with_context(tracking_disable=True).create([
            {'name': f"Task {n}", 'code': f'items_{n}', 'checklist_id': self.checklist.id, 'role_id': self.role.id,
             'user_id': self.technician.id, 'start_date': MONDAY,
             'item_ids': [Command.create(ITEMS['battery']), Command.create(ITEMS['note'])]} for n in range(100)])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=30):  # one fewer before midnight of the real clock there
            self.env['it.task']._cron_generate_runs()
            self.env.flush_all()
        self.assertEqual((len(tasks.run_ids), len(tasks.run_ids.item_ids)), (300, 600))

    def test_missed_run_is_filled_and_entered_late(self):
        run = self._item_run('late_items', 'battery')
        self._clock(run.deadline_at + timedelta(minutes=1))
        self._pass()
        self._fill(run, 'battery', 80)
        self._rpc(self.technician, run, 'action_done', "was on paper", '2026-11-23 08:00:00')
        self.assertEqual((run.state, run.is_late_entry), ('done', True))
