from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..evidence.seal_case import SealCase
from .item_case import ItemCase


@tagged('post_install', '-at_install')
class TestRunAnswers(ItemCase):
    """What the screen hands over is kept with the step or with Save, or not at all."""

    def _answers(self, run, **values):
        names = {item.name.lower(): item for item in run.item_ids}
        return {str(names[name].id): answer for name, answer in values.items()}

    def _wizard(self, run, user=None, **values):
        return self.env['it.task.run.wizard'].with_user(user or self.technician).create({'step': 'done', 'run_ids': run.ids, **values})

    def test_answers_are_kept_with_the_step(self):
        run = self._item_run('dialog', 'battery', 'ink', 'photo')
        wizard = self._wizard(run, answers=self._answers(
            run, battery={'value': "80,5"}, ink={'value': "Half"}, rack={'files': self._file()}))
        self.assertFalse(wizard.answers, "a photo is not sent back to the screen that has it")
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})
        self._rpc(self.technician, wizard, 'action_apply')
        self.assertEqual((run.state, run.item_ids.mapped('value_text')), ('done', ["80.5 %", "Half", "a.png"]))
        self.assertEqual(run.item_ids.filled_by_id, self.technician)
        self.assertFalse(wizard.kept_answers)

    def test_step_that_is_refused_keeps_nothing_and_can_be_confirmed_again(self):
        run = self._item_run('refused', 'battery', 'note')
        wizard = self._wizard(run, answers=self._answers(run, battery={'value': 80}))
        with self.assertRaisesRegex(UserError, "still needs: Seen"), self.env.cr.savepoint():
            self._rpc(self.technician, wizard, 'action_apply')
        self.env.invalidate_all()
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})
        wizard.answers = self._answers(run, battery={'value': 80}, seen={'value': "calm"})
        self._rpc(self.technician, wizard, 'action_apply')
        self.assertRunState(run, 'done')

    def test_confirming_twice_because_the_answer_was_lost_does_it_once(self):
        run = self._run('twice')
        wizard = self._wizard(run)
        self._rpc(self.technician, wizard, 'action_apply')
        self._clock(datetime(2026, 11, 23, 6, 1))
        notice = self._rpc(self.technician, wizard, 'action_apply')
        self.assertEqual((run.state, run.entered_at, notice['params']['undo_ids']), ('done', datetime(2026, 11, 23, 6, 0), run.ids))

    def test_form_keeps_answers_with_save(self):
        run = self._item_run('form', 'battery', 'note')
        self._rpc(self.technician, run, 'write', {
            'note': "on the way", 'answers': self._answers(run, battery={'value': 70}, seen={'value': "calm"})})
        self.assertEqual((run.state, run.note, run.item_ids.mapped('value_text')), ('pending', "on the way", ["70 %", "calm"]))
        self.assertFalse(self._rpc(self.technician, run, 'read', ['answers'])[0]['answers'])
        with self.assertRaisesRegex(UserError, "cannot be"), self.env.cr.savepoint():
            self._rpc(self.technician, run, 'write', {'note': "nonsense", 'answers': self._answers(run, battery={'value': 308282})})
        self.env.invalidate_all()
        self.assertEqual((run.note, run.item_ids[0].number), ("on the way", 70))

    def test_answers_by_the_form_obey_the_rules_of_filling(self):
        run, other = self._item_run('rules', 'battery'), self._item_run('other', 'battery')
        mine = self._answers(run, battery={'value': 70})
        for person in (self.auditor, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, run, 'write', {'answers': mine})
        for wrong in (self._answers(other, battery={'value': 70}), {'x': {'value': 1}}, [1], "80", {str(run.item_ids.id): 70}):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self._rpc(self.technician, run, 'write', {'answers': wrong})
        self._rpc(self.technician, run, 'action_fail', "x")
        self._rpc(self.manager, run, 'action_verify')
        with self.assertRaisesRegex(AccessError, "closed and stays"):
            self._rpc(self.technician, run, 'write', {'answers': mine})
        tomorrow = run.task_id.run_ids.filtered(lambda one: one.open_at > datetime(2026, 11, 23, 6))[:1]
        with self.assertRaisesRegex(UserError, "not open yet"):
            self._rpc(self.technician, tomorrow, 'write', {'answers': self._answers(tomorrow, battery={'value': 70})})

    def test_judging_keeps_nothing(self):
        run = self._item_run('judge', 'battery', 'ink', 'note', 'tick', 'photo')
        battery, ink, seen, tick, photo = run.item_ids
        for item, value, state in (
            (battery, "80", 'ok'), (battery, "30", 'bad'), (battery, "", 'empty'), (battery, "308282", 'refused'), (battery, "much", 'refused'),
            (ink, "Half", 'ok'), (ink, "Low", 'bad'), (ink, "None", 'refused'), (seen, " ", 'empty'), (seen, "x", 'ok'),
            (seen, "x" * 10_001, 'refused'), (tick, True, 'ok'), (tick, False, 'empty'), (photo, None, 'empty'),
        ):
            with self.subTest(item=item.name, value=str(value)[:20]):
                told = self._rpc(self.technician, item, 'judge_answer', value)
                self.assertEqual((told['state'], bool(told['refusal'])), (state, state == 'refused'))
        self.assertEqual(set(run.item_ids.mapped('state')), {'empty'})
        for person in (self.auditor, self.user):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, battery, 'judge_answer', 80)

    def test_number_that_cannot_be_is_refused_with_the_range(self):
        run = self._item_run('possible', 'battery')
        for value in (308282, 100.001, -0.001, "-5"):
            with self.subTest(value=value), self.assertRaisesRegex(UserError, "“Battery” cannot be .* %. Possible is 0 to 100 %."):
                self._fill(run, 'battery', value)
        self.assertEqual(run.item_ids.state, 'empty')
        for value, state in ((0, 'bad'), (100, 'ok'), (49.999, 'bad'), (50, 'ok')):
            with self.subTest(value=value):
                self.assertEqual(self._fill(run, 'battery', value)['state'], state)

    def test_items_own_range_and_numbers_without_a_unit(self):
        run = self._run('own_range', item_ids=[
            Command.create({'name': "Load", 'kind': 'number', 'unit': '%', 'has_possible_maximum': True, 'possible_maximum': 800}),
            Command.create({'name': "Count", 'kind': 'number'}),
            Command.create({'name': "Took", 'kind': 'number', 'unit': 'minutes'})])
        load, count, took = run.item_ids
        self.assertEqual(load.task_item_id.possible_text, "0 to 800 %")
        for item, value, words in (
            (load, 801, "Possible is 0 to 800 %"), (load, -1, "Possible is 0 to 800 %"), (took, -1, "Possible is at least 0 minutes"),
            (count, 1e13, "Possible is at most 1000000000000"), (count, -1e13, "Possible is at least -1000000000000"),
            (took, 1e13, "Possible is 0 to 1000000000000 minutes"),
        ):
            with self.subTest(item=item.name, value=value), self.assertRaisesRegex(UserError, words):
                self._rpc(self.technician, item, 'action_fill', value)
        for item, value in ((load, 800), (load, 0), (count, -1e12), (count, 1e12), (took, 0)):
            with self.subTest(item=item.name, value=value):
                self.assertEqual(self._rpc(self.technician, item, 'action_fill', value)['state'], 'ok')

    def test_range_is_pinned_with_the_run(self):
        run = self._item_run('pinned_range', 'battery')
        run.task_id.item_ids.write({'has_possible_maximum': True, 'possible_maximum': 500})
        with self.assertRaisesRegex(UserError, "0 to 100 %"):
            self._fill(run, 'battery', 200)

    def test_good_limit_outside_what_is_possible_is_no_definition(self):
        task = self._task('impossible')
        for values, words in (
            ({'unit': '%', 'has_maximum': True, 'maximum': 120}, "0 to 100 %"),
            ({'has_possible_minimum': True, 'possible_minimum': 2, 'has_possible_maximum': True, 'possible_maximum': 1}, "above the largest"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, words):
                self.env['it.task.item'].with_user(self.manager).create({'task_id': task.id, 'name': "Odd", 'kind': 'number', **values})

    def test_handbooks_numbers_have_a_range(self):
        items = self.env['it.task.item'].search([('kind', '=', 'number')]).filtered(lambda item: item.get_external_id()[item.id])
        self.assertTrue(items)
        for item in items:
            with self.subTest(item=item.name):
                self.assertRegex(item.possible_text, r"\d to \d")

    def test_text_of_a_novel_or_of_blanks_is_no_answer(self):
        run = self._item_run('texts', 'note')
        self.assertEqual(self._fill(run, 'note', "x" * 10_000)['state'], 'ok')
        with self.assertRaisesRegex(UserError, "at most 10000 characters"):
            self._fill(run, 'note', "x" * 10_001)
        self.assertEqual(self._fill(run, 'note', " \n ")['state'], 'empty')
        with self.assertRaisesRegex(UserError, "did not arrive whole"):
            self._rpc(self.technician, self._item_run('odd_file', 'file').item_ids, 'action_fill', None, "x")

    def test_draft_decides_whether_a_reason_is_asked(self):
        run = self._item_run('reason', 'battery')
        self.assertFalse(self._wizard(run).needs_reason)
        bad = self._wizard(run, bad_items={str(run.id): ["Battery"]})
        self.assertTrue(bad.needs_reason)
        self.assertIn("Battery is not as it should be", bad.reason_why)
        self._fill(run, 'battery', 10)
        self.assertTrue(self._wizard(run).needs_reason)
        self.assertFalse(self._wizard(run, bad_items={str(run.id): []}).needs_reason, "mended on the screen")
        forged = self._wizard(run, bad_items={str(run.id): []})
        with self.assertRaisesRegex(UserError, "failed, or give a reason"):
            self._rpc(self.technician, forged, 'action_apply')

    def test_last_answers_of_the_same_items_are_told(self):
        task = self._item_run('last', 'battery', 'ink').task_id
        monday = task.run_ids.filtered('is_open')
        self._fill(monday, 'battery', 88)
        self._rpc(self.technician, monday.item_ids[1], 'action_fill', "Full")
        self._rpc(self.technician, monday, 'action_done')
        self._clock(datetime(2026, 11, 24, 6, 0))
        tuesday = task.run_ids.filtered('is_open')
        [drawn] = self._rpc(self.technician, tuesday, 'get_items')
        self.assertEqual([item['last'] for item in drawn['items']], ["88 %", "Full"])
        self.assertIn("11/23/26", drawn['items'][0]['last_at'])
        [drawn] = self._rpc(self.technician, monday, 'get_items')
        self.assertEqual([item['last'] for item in drawn['items']], ["", ""], "what came later is not the last time before")

    def test_items_of_many_runs_are_drawn_in_a_fixed_number_of_queries(self):
        def count(runs):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            runs.with_user(self.manager).get_items()
            return self.env.cr.sql_log_count - before

        runs = self.env['it.task.run'].concat(*(self._item_run(f'many_{n}', 'battery', 'note') for n in range(12)))
        for run in runs:
            self._fill(run, 'battery', 80)
            self._rpc(self.technician, run.item_ids[1], 'action_fill', "x")
        runs.with_user(self.technician).action_done()
        count(runs[:2])
        self.assertLessEqual(count(runs), count(runs[:2]) + 2)

    def test_reader_is_shown_what_was_said(self):
        run = self._item_run('said', 'photo', user_id=self.technician_2.id)
        self._fill(run, 'photo', files=self._file())
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "log.txt", 'raw': b'seen'})
        self._rpc(self.technician, run, 'action_done', "looked <b>twice</b>", None, None, file.ids)
        for person in (self.manager, self.auditor):
            [drawn] = self._rpc(person, run, 'get_items')
            with self.subTest(person=person.login):
                self.assertIn("Technician", [fact['text'] for fact in drawn['facts']])
                self.assertIn("looked <b>twice</b>", [fact['text'] for fact in drawn['facts']])
                self.assertEqual([one['name'] for one in drawn['files']], ["log.txt"])
                self.assertEqual([one['name'] for one in drawn['items'][0]['files']], ["a.png"])


@tagged('post_install', '-at_install')
class TestRunAnswersLog(SealCase, ItemCase):

    def test_own_range_is_sealed_with_the_run(self):
        run = self._item_run('sealed_range', 'battery')
        self._fill(run, 'battery', 80)
        self._rpc(self.technician, run, 'action_done')
        self._commit()
        self.assertEqual(self._codes(), [])
        with self._as_owner():
            self._sql("UPDATE it_task_run_item SET possible_maximum = 900 WHERE run_id = %s", run.id)
        self.assertEqual(self._codes(), [('changed', run.id)])
