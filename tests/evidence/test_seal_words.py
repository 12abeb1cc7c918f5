from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .seal_case import SealCase


@tagged('post_install', '-at_install')
class TestSealWords(SealCase):
    """Each event says what happened, to what and by whom; what the software did not write is said to be so."""

    def _events(self, run, user=None):
        return self.events.with_user(user or self.auditor).search([('model', '=', run._name), ('res_id', '=', run.id)], order='id')

    def test_event_says_what_happened_to_what_and_by_whom(self):
        run = self._done('backup', needs_verification=True)
        run.with_user(self.manager).action_verify()
        self._commit()
        self.assertEqual(self._events(run).mapped('summary'), [
            "Technician did “Task backup” of 23 Nov 2026",
            "Manager verified “Task backup” of 23 Nov 2026, done by Technician"])
        self.assertTrue(all(self._events(run).mapped('is_sound')))

    def test_bad_ends_and_their_reasons_are_told(self):
        failed, none = self._run('failed'), self._run('none')
        failed.with_user(self.technician).action_fail("0 bytes")
        none.with_user(self.technician).action_not_applicable("closed")
        self._commit()
        failed.with_user(self.technician_2).action_reject("look again")
        self._commit()
        self.assertEqual(self._events(failed).mapped('summary'), [
            "Technician said that “Task failed” of 23 Nov 2026 failed – 0 bytes",
            "Technician_2 sent “Task failed” of 23 Nov 2026 back – look again"])
        self.assertEqual(self._events(none).mapped('summary'), ["Technician said that “Task none” of 23 Nov 2026 did not apply – closed"])

    def test_confirmed_waiver_is_told_in_words(self):
        run = self._run('waived')
        run.with_user(self.technician).action_not_applicable("closed")
        self._commit()
        self._clock(run.open_at.replace(hour=7))
        run.with_user(self.manager).action_verify()
        self._commit()
        self.assertEqual(self._events(run).mapped('summary'), [
            "Technician said that “Task waived” of 23 Nov 2026 did not apply – closed",
            "Manager confirmed that “Task waived” of 23 Nov 2026 did not apply, as Technician said"])

    def test_excuse_is_told_in_words(self):
        run = self._run('missed')
        self._clock(run.deadline_at.replace(hour=23))
        self.env['it.task.run']._cron_close_missed()
        self._commit()
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': run.open_at, 'end_at': run.deadline_at})
        run.with_user(self.technician).action_ask_excuse(f'outage:{outage.id}')
        self._commit()
        self._clock(run.deadline_at.replace(hour=23, minute=5))
        run.excuse_ids.with_user(self.manager).action_grant("was there")
        self._commit()
        missed, asked, granted = self._events(run).mapped('summary')
        self.assertEqual(missed, "“Task missed” of 23 Nov 2026 was missed")
        self.assertRegex(asked, "^Technician asked to excuse “Task missed” of 23 Nov 2026 by: Power, whole site")
        self.assertRegex(granted, "^Manager granted the excuse of “Task missed” of 23 Nov 2026 by: Power.* – was there$")

    def test_words_warn_of_a_content_that_is_not_as_it_was_sealed(self):
        run, other = self._done('edited'), self._done('garbled')
        event, garbled = self._events(run), self._events(other)
        with self._as_owner() as cr:
            cr.execute("UPDATE it_seal_event SET content = replace(content, 'Task edited', 'Task forged') WHERE id = %s", [event.id])
            cr.execute("UPDATE it_seal_event SET content = '{\"steps\": 7}' WHERE id = %s", [garbled.id])
        self.assertEqual(event.summary, "Not as it was sealed: Technician did “Task forged” of 23 Nov 2026")
        self.assertRegex(garbled.summary, "^Not as it was sealed: This cannot be put into words")

    def test_person_is_named_by_the_sealed_login_where_the_user_has_another_now(self):
        run = self._done('renamed')
        self.technician.name = "Dawit Alemu"
        self.assertEqual(self._events(run).summary, "Dawit Alemu did “Task renamed” of 23 Nov 2026")
        self.technician.login = 'somebody_else'
        self.env.invalidate_all()
        self.assertEqual(self._events(run).summary, "itc_technician did “Task renamed” of 23 Nov 2026")

    def test_words_of_a_log_are_read_in_a_number_of_queries_that_does_not_grow(self):
        runs = [self._done(f'many_{number}') for number in range(6)]
        events = self.events.with_user(self.auditor).search([('res_id', 'in', [run.id for run in runs]), ('model', '=', 'it.task.run')])
        self.assertEqual(len(events), 6)
        for some in (events[:1], events):
            self.env.invalidate_all()
            with self.subTest(events=len(some)), self.assertQueryCount(8):
                some.mapped('summary')

    def test_search_by_task_and_by_person(self):
        mine, theirs = self._done('mine "50% [x]"', needs_verification=True), self._run('theirs')
        theirs.with_user(self.technician_2).action_done()
        self._commit()
        mine.with_user(self.manager).action_verify()
        self._commit()
        events = self.events.with_user(self.auditor)
        own = [('res_id', 'in', (mine | theirs).ids), ('model', '=', 'it.task.run')]

        def found(name, words):
            return events.search([*own, (name, 'ilike', words)]).mapped('res_id')

        self.assertEqual(set(found('task_name', 'MINE "50% [x]')), {mine.id})
        self.assertEqual(set(found('task_name', "task")), {mine.id, theirs.id})
        self.assertFalse(found('task_name', "note of"))
        self.assertEqual(found('person_name', "itc_manager"), [mine.id])
        self.assertEqual(found('person_name', "Technician_2"), [theirs.id])
        self.assertFalse(found('person_name', "Auditor"))

    def test_run_leads_to_its_events_and_an_event_to_its_run(self):
        run = self._done('ways')
        action = run.with_user(self.auditor).action_open_events()
        event = self.events.with_user(self.auditor).search(action['domain'])
        self.assertEqual((event.res_id, event.model), (run.id, 'it.task.run'))
        back = event.action_open_record()
        self.assertEqual((back['res_model'], back['res_id']), ('it.task.run', run.id))
        with self.assertRaises(AccessError):
            self.events.with_user(self.technician).browse(event.id).read(['summary'])
        self._sql("DELETE FROM it_task_run WHERE id = %s", run.id)
        with self.assertRaisesRegex(UserError, "not there any more"):
            event.action_open_record()
