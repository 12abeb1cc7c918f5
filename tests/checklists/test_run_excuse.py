from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..evidence.seal_case import SealCase
from .excuse_case import DEADLINE_AT, HOUR, OPEN_AT, TUESDAY, ExcuseCase

# Contexts that code elsewhere trusts: a client can send any of them.
FORGED = {'tracking_disable': True, 'install_mode': True, 'import_file': True, 'default_state': 'granted'}


@tagged('post_install', '-at_install')
class TestOfferedFacts(ExcuseCase):
    """What is offered for a missed run, and what is not."""

    def test_outage_of_the_site_its_assets_and_what_they_depend_on(self):
        run = self._missed('assets', asset_ids=[Command.set(self.host.ids)])
        other = self.env['it.asset'].create({'name': "elsewhere", 'kind': 'host', 'category_id': self.category.id})
        site, own, needed = self._outage(), self._outage(asset_id=self.host.id), self._outage(asset_id=self.ups.id)
        self._outage(asset_id=other.id)
        self.assertEqual(set(self._keys(run)), {f'outage:{outage.id}' for outage in site + own + needed})
        self.assertEqual(self._keys(self._missed_again('plain')), [f'outage:{site.id}'])

    def _missed_again(self, code):
        self._clock(datetime(2026, 11, 23, 6))
        return self._missed(code)

    def test_outage_of_another_time_or_company_is_not_offered(self):
        run = self._missed('when')
        company = self.env['res.company'].create({'name': "Elsewhere"})
        before = self._outage(start_at=OPEN_AT - 2 * HOUR, end_at=OPEN_AT)
        after = self._outage(start_at=DEADLINE_AT, end_at=False)
        foreign = self.env['it.outage'].create({'kind': 'power', 'start_at': OPEN_AT, 'end_at': DEADLINE_AT, 'company_id': company.id})
        self.assertEqual(self._keys(run), [])
        for outage in before + after + foreign:
            with self.subTest(outage=outage.id), self.assertRaises(UserError):
                self._rpc(self.technician, run, 'action_ask_excuse', f'outage:{outage.id}')
        self.assertFalse(run.excuse_ids)

    def test_outage_that_goes_on_is_offered_and_told_as_it_stands(self):
        run = self._missed('going_on')
        self._outage(start_at=OPEN_AT + 18 * HOUR, end_at=False, asset_id=False)
        [offer] = self._rpc(self.technician, run, 'get_offered_facts')
        self.assertEqual(offer['covered_pct'], 25)
        self.assertIn("until now", offer['text'])
        self.assertIn("logged by Technician on 11/24/26, 9:00", offer['text'].replace(' ', ' '))

    def test_leave_of_the_responsible_and_of_nobody_else(self):
        run = self._missed('leave', user_id=self.technician_2.id)
        self._leave(self.technician)
        self.assertEqual(self._keys(run), [])
        leave = self._leave(self.technician_2)
        [offer] = self._rpc(self.technician, run, 'get_offered_facts')
        self.assertEqual((offer['key'], offer['covered_pct']), (f'leave:{leave.id}', 100))
        self.assertNotIn("knee", offer['text'])
        self.assertIn("Technician_2", offer['text'])

    def test_leave_says_who_entered_it_and_when(self):
        """Employees enter leave in their own calendar themselves: what somebody enters after a miss is worth less."""
        run = self._missed('own_leave')
        leave = self._leave(self.technician)
        leave.unlink()
        employee = self.technician.employee_ids[:1]
        self._rpc(self.technician, self.env['resource.calendar.leaves'], 'create', {
            'name': "Ill", 'resource_id': employee.resource_id.id, 'date_from': OPEN_AT, 'date_to': DEADLINE_AT})
        [offer] = self._rpc(self.manager, run, 'get_offered_facts')
        self.assertIn("entered by Technician on 11/24/26", offer['text'])
        self._rpc(self.technician, run, 'action_ask_excuse', offer['key'])
        self.assertEqual(run.excuse_ids.fact['entered_by'], self.technician.id)

    def test_outage_says_who_changed_it(self):
        """Logged by one person and stretched by another over a miss, it would stand there as the first one's word."""
        run = self._missed('stretched')
        outage = self._outage(end_at=OPEN_AT + 7 * HOUR)
        [offer] = self._rpc(self.manager, run, 'get_offered_facts')
        self.assertNotIn("changed by", offer['text'])
        self._clock(TUESDAY + HOUR)
        self._rpc(self.technician_2, outage, 'write', {'start_at': OPEN_AT, 'end_at': DEADLINE_AT})
        [offer] = self._rpc(self.manager, run, 'get_offered_facts')
        self.assertIn("logged by Technician on", offer['text'])
        self.assertIn("changed by Technician_2 on 11/24/26", offer['text'])

    def test_leave_of_who_is_employed_in_another_company_counts_as_it_does_for_handing_over(self):
        company = self.env['res.company'].create({'name': "Mother", 'itc_tz': 'Africa/Addis_Ababa'})
        self.technician.company_ids |= company
        run = self._missed('lent')
        leave = self._leave(self.technician)
        leave.unlink()
        employee = self.technician.employee_ids
        employee.company_id = company
        leave = self.env['resource.calendar.leaves'].create({
            'name': "Ill", 'resource_id': employee.resource_id.id, 'date_from': OPEN_AT, 'date_to': DEADLINE_AT})
        self.assertEqual(self._keys(run), [f'leave:{leave.id}'])

    def test_other_absences_and_other_times_are_no_leave(self):
        run = self._missed('no_leave')
        self._leave(self.technician, time_type='other')
        self._leave(self.technician_2, date_from=DEADLINE_AT + HOUR, date_to=DEADLINE_AT + 9 * HOUR)
        self.assertEqual(self._keys(run), [])

    def test_public_holiday_closes_the_day(self):
        run = self._missed('holiday')
        self.assertEqual(self._keys(run), [])
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'resource_id': False, 'company_id': self.env.company.id, 'calendar_id': False,
            'date_from': OPEN_AT, 'date_to': OPEN_AT + 24 * HOUR})
        [offer] = self._rpc(self.technician, run, 'get_offered_facts')
        self.assertEqual((offer['key'], offer['covered_pct']), ('closed:2026-11-23', 100))
        self.assertIn("until 11/23/26, end of the day", offer['text'])

    def test_sunday_of_a_week_excuses_nothing(self):
        self._clock(datetime(2026, 11, 23, 6))
        task = self._task('weekly', schedule_kind='weekly_quota', quota=1, due_time=24, grace_h=0)
        task._generate_runs()
        run = task.run_ids.filtered(lambda run: run.date <= date(2026, 11, 29))
        self._clock(datetime(2026, 11, 30, 6))
        run._close_missed()
        self.assertRunState(run, 'missed')
        self.assertEqual(self._keys(run), [])

    def test_nothing_is_offered_for_what_was_not_missed(self):
        run = self._run('pending')
        self._clock(datetime(2026, 11, 23, 20))
        self._outage()
        self.assertEqual(self._keys(run), [])
        with self.assertRaisesRegex(UserError, "is not missed"):
            self._rpc(self.technician, run, 'action_ask_excuse')

    def test_who_may_not_work_on_runs_is_told_nothing(self):
        run = self._missed('rights')
        outage = self._outage()
        for person in (self.user, self.auditor):
            with self.subTest(person=person.login):
                with self.assertRaises(AccessError):
                    self._keys(run, person)
                with self.assertRaises(AccessError):
                    self._asked(run, outage, person)

    def test_without_any_fact_there_is_no_excuse(self):
        run = self._missed('nothing')
        with self.assertRaisesRegex(UserError, "log the outage first"):
            self._rpc(self.technician, run, 'action_ask_excuse')
        for key in ('', 'outage:0', 'outage:999999', 'leave:1', 'closed:2026-11-23', 'because', 7, ['outage:1']):
            with self.subTest(key=key), self.assertRaises(UserError):
                self._rpc(self.technician, run, 'action_ask_excuse', key, "The dog ate it")

    def test_window_offers_the_facts_and_asks(self):
        run = self._missed('window')
        short, long = self._outage(), self._outage(kind='network', start_at=OPEN_AT, end_at=DEADLINE_AT)
        action = self._rpc(self.technician, run, 'action_ask_excuse')
        ask = self.env['it.run.excuse.ask'].browse(action['res_id'])
        self.assertEqual(ask.offer_ids.mapped('key'), [f'outage:{long.id}', f'outage:{short.id}'])
        self.assertIn("100 %", ask.fact_id.display_name)
        form = Form(ask.with_user(self.technician))
        form.fact_id = ask.offer_ids[1]
        form.note = "Only until noon"
        form.save().action_apply()
        self.assertEqual((run.excuse_ids.outage_id, run.excuse_ids.note), (short, "Only until noon"))
        with self.assertRaises(AccessError):
            self._rpc(self.technician_2, ask, 'read', ['note'])

    def test_key_forged_in_the_window_is_looked_up_anew(self):
        run = self._missed('forged')
        self._outage()
        action = self._rpc(self.technician, run, 'action_ask_excuse')
        fact = self.env['it.run.excuse.ask.fact'].with_user(self.technician).create({
            'ask_id': action['res_id'], 'key': 'outage:999999', 'text': "Trust me", 'covered_pct': 100})
        ask = self.env['it.run.excuse.ask'].with_user(self.technician).browse(action['res_id'])
        ask.fact_id = fact
        with self.assertRaisesRegex(UserError, "does not fit"):
            ask.action_apply()


@tagged('post_install', '-at_install')
class TestRunExcuse(ExcuseCase):
    """Asking and deciding, each as the person concerned."""

    def test_one_person_asks_and_a_manager_grants(self):
        run = self._missed('granted')
        outage = self._outage(cause="Transformer")
        excuse = self._asked(run, outage)
        self.assertEqual((excuse.state, excuse.asked_by_id, excuse.outage_id, excuse.covered_pct), ('asked', self.technician, outage, 25))
        self.assertEqual(excuse.fact['outage']['cause'], "Transformer")
        self.assertFalse(run.excuse_id)
        self._rpc(self.manager, excuse, 'action_grant', "I was there")
        self.assertEqual((excuse.state, excuse.decided_by_id, excuse.decision_reason), ('granted', self.manager, "I was there"))
        self.assertEqual((run.state, run.excuse_id), ('missed', excuse))
        self.assertIn("granted", run.message_ids[0].body)

    def test_who_asked_or_missed_it_or_is_no_manager_decides_nothing(self):
        run = self._missed('two', user_id=self.manager_2.id)
        excuse = self._asked(run, self._outage(), self.manager)
        for person in (self.manager, self.manager_2, self.technician, self.technician_2, self.auditor, self.user):
            for method, reason in (('action_grant', "fine"), ('action_refuse', "no")):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError):
                    self._rpc(person, excuse, method, reason, context=FORGED)
        self.assertEqual(excuse.state, 'asked')

    def test_responsible_cannot_be_changed_to_open_a_door(self):
        run = self._missed('swap', user_id=self.manager.id)
        self._leave(self.technician)
        for person in (self.manager, self.technician):
            with self.subTest(person=person.login), self.assertRaisesRegex(AccessError, "whose run it was"):
                self._rpc(person, run, 'write', {'responsible_id': self.technician.id})
        self.assertEqual(self._keys(run), [])

    def test_refusing_and_withdrawing_need_a_reason(self):
        run = self._missed('refused')
        excuse = self._asked(run, self._outage())
        for reason in (None, "", "  "):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "Give a reason"):
                self._rpc(self.manager, excuse, 'action_refuse', reason)
        self._rpc(self.manager, excuse, 'action_refuse', "The UPS held all day")
        self.assertEqual((excuse.state, run.excuse_id.id), ('refused', False))
        again = self._asked(run, self._outage())
        self._rpc(self.manager, again, 'action_grant')
        with self.assertRaisesRegex(UserError, "Give a reason"):
            self._rpc(self.manager_2, again, 'action_withdraw', "")
        with self.assertRaises(AccessError):
            self._rpc(self.technician, again, 'action_withdraw', "mistake")
        self._rpc(self.manager_2, again, 'action_withdraw', "It was another building")
        self.assertEqual((again.state, again.withdrawn_by_id, run.excuse_id.id), ('withdrawn', self.manager_2, False))
        self.assertIn("another building", run.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "decided already"):
            self._rpc(self.manager, again, 'action_grant')

    def test_one_excuse_at_a_time(self):
        run = self._missed('once')
        outage = self._outage()
        self._asked(run, outage)
        with self.assertRaisesRegex(UserError, "has an excuse already"):
            self._asked(run, outage)

    def test_fact_that_changed_since_is_not_granted(self):
        run = self._missed('changed')
        outage = self._outage()
        excuse = self._asked(run, outage)
        outage.with_user(self.technician).end_at = DEADLINE_AT - HOUR
        with self.assertRaisesRegex(UserError, "not as it was"):
            self._rpc(self.manager, excuse, 'action_grant')
        outage.with_user(self.technician).end_at = OPEN_AT + 12 * HOUR
        self._rpc(self.manager, excuse, 'action_grant')

    def test_deleted_leave_is_no_fact_any_more(self):
        run = self._missed('gone')
        leave = self._leave(self.technician)
        self._rpc(self.technician, run, 'action_ask_excuse', f'leave:{leave.id}')
        leave.unlink()
        with self.assertRaisesRegex(UserError, "not as it was"):
            self._rpc(self.manager, run.excuse_ids, 'action_grant')

    def test_outage_behind_a_granted_excuse_stays_until_it_is_withdrawn(self):
        run, excuse = self._granted('settled')
        outage = excuse.outage_id
        self.assertTrue(outage.is_settled)
        for values in ({'cause': "x"}, {'end_at': DEADLINE_AT}, {'end_at': False}, {'kind': 'network'}, {'asset_id': self.host.id}):
            for person in (self.technician, self.manager):
                with self.subTest(values=values, person=person.login), self.assertRaisesRegex(AccessError, "accepted as an excuse"):
                    self._rpc(person, outage, 'write', values)
            with self.subTest(values=values, su=True), self.assertRaises(AccessError):
                outage.sudo().write(values)
        with self.assertRaises(UserError):
            self._rpc(self.manager, outage, 'unlink')
        self._rpc(self.manager, excuse, 'action_withdraw', "wrong day")
        self._rpc(self.technician, outage, 'write', {'cause': "Fuse"})
        self.assertEqual(outage.cause, "Fuse")

    def test_outage_that_goes_on_may_still_end(self):
        run = self._missed('open_end')
        outage = self._outage(end_at=False)
        self._rpc(self.manager, self._asked(run, outage), 'action_grant')
        with self.assertRaises(AccessError):
            self._rpc(self.technician, outage, 'write', {'end_at': TUESDAY, 'cause': "x"})
        self._rpc(self.technician, outage, 'action_end')
        self.assertEqual(outage.end_at, TUESDAY)
        with self.assertRaises(AccessError):
            self._rpc(self.technician, outage, 'write', {'end_at': False})

    def test_outage_that_goes_on_does_not_end_before_what_it_excuses(self):
        run = self._missed('cut_short')
        outage = self._outage(end_at=False)
        self._rpc(self.manager, self._asked(run, outage), 'action_grant')
        for person in (self.technician, self.manager):
            with self.subTest(person=person.login), self.assertRaisesRegex(AccessError, "accepted as an excuse"):
                self._rpc(person, outage, 'write', {'end_at': outage.start_at + HOUR})
        self._rpc(self.technician, outage, 'write', {'end_at': DEADLINE_AT})
        self.assertEqual(outage.end_at, DEADLINE_AT)

    def test_nobody_makes_writes_copies_or_deletes_an_excuse_by_hand(self):
        run, excuse = self._granted('doors')
        values = {'run_id': run.id, 'company_id': run.company_id.id, 'state': 'granted', 'kind': 'outage', 'fact': {}, 'fact_text': "x",
                  'asked_by_id': self.technician.id, 'asked_at': TUESDAY}
        for person in (self.technician, self.manager, self.auditor, self.env.user):
            with self.subTest(person=person.login):
                with self.assertRaises(AccessError):
                    self._rpc(person, excuse.browse(), 'create', values, context=FORGED)
                with self.assertRaises(AccessError):
                    self._rpc(person, excuse, 'write', {'state': 'refused', 'fact_text': "y"}, context=FORGED)
                with self.assertRaises(UserError):
                    self._rpc(person, excuse, 'unlink')
                with self.assertRaises(UserError):
                    self._rpc(person, excuse, 'copy')
        try:
            self.assertFalse(excuse.with_user(self.manager).load(['.id', 'state'], [[str(excuse.id), 'withdrawn']])['ids'])
        except AccessError:
            self.env.invalidate_all()
        for method in ('_ask', '_decide', '_transition'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(self.manager, excuse, method)
        self.assertEqual((excuse.state, run.excuse_id), ('granted', excuse))

    def test_run_is_excused_by_its_granted_excuse_only(self):
        run, excuse = self._granted('own')
        other = self._missed_beside()
        asked = self._asked(other, self._outage())
        for writer in (other.with_user(self.manager), other.sudo()):
            for excuse_id in (excuse.id, asked.id):
                with self.subTest(su=writer.env.su, excuse=excuse_id), self.assertRaises(AccessError):
                    writer.write({'excuse_id': excuse_id})
        with self.assertRaises(AccessError):
            run.sudo().write({'excuse_id': False})
        with self.assertRaises(AccessError):
            self._rpc(self.manager, run.task_id, 'write', {'run_ids': [Command.update(other.id, {'excuse_id': excuse.id})]})

    def _missed_beside(self):
        self._clock(datetime(2026, 11, 23, 6))
        return self._missed('beside')

    def test_companies_are_apart(self):
        company = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'Africa/Addis_Ababa'})
        run = self._missed('apart', company_id=company.id)
        outage = self.env['it.outage'].create({'kind': 'power', 'start_at': OPEN_AT, 'end_at': DEADLINE_AT, 'company_id': company.id})
        with self.assertRaises(AccessError):
            self._asked(run, outage)
        self.technician.company_ids |= company
        self._rpc(self.technician, run, 'action_ask_excuse', f'outage:{outage.id}', context={'allowed_company_ids': company.ids})
        for door in ('read', 'action_grant'):
            with self.subTest(door=door), self.assertRaises(AccessError):
                self._rpc(self.manager, run.excuse_ids, door, ['state'])

    def test_window_tells_nothing_of_another_companys_excuse(self):
        _run, excuse = self._granted('elsewhere')
        other = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        manager = self._person('manager', 'manager_elsewhere')
        manager.write({'company_id': other.id, 'company_ids': [Command.set(other.ids)]})
        decide = self.env['it.run.excuse.decide']
        with self.assertRaises(AccessError):
            self._rpc(manager, decide, 'create', {'excuse_id': excuse.id, 'step': 'refused'})
        for name in ('fact_text', 'note', 'covered_pct'):
            self.env.invalidate_all()
            with self.subTest(name=name), self.assertRaises(AccessError):
                self._rpc(manager, decide, 'onchange', {'excuse_id': excuse.id, 'step': 'refused'}, ['excuse_id'], {'excuse_id': {}, name: {}})
        with self.assertRaises(AccessError):
            self._rpc(manager, self.env['it.run.excuse.ask'], 'create', {'run_id': excuse.run_id.id})

    def test_excused_run_may_still_be_entered_late(self):
        run, excuse = self._granted('entered')
        self._rpc(self.technician, run, 'action_done', "done by candle light", '2026-11-23 08:00:00', None, None, "was on paper")
        self.assertEqual((run.state, run.excuse_id, run.late_reason, run.override_reason), ('done', excuse, "was on paper", False))
        self._rpc(self.manager, excuse, 'action_withdraw', "not needed")
        self.assertFalse(run.excuse_id)
        self.assertRunState(run, 'done')

    def test_excuse_asked_before_the_late_entry_is_not_granted_after_it(self):
        run = self._missed('overtaken')
        excuse = self._asked(run, self._outage())
        self._rpc(self.technician, run, 'action_done', "done", '2026-11-23 08:00:00')
        self.assertEqual(excuse.state, 'lapsed')
        for method in ('action_grant', 'action_refuse', 'action_withdraw'):
            with self.subTest(method=method), self.assertRaisesRegex(UserError, "decided already"):
                self._rpc(self.manager, excuse, method, "it was done")
        self.assertFalse(run.excuse_id)

    def test_manager_decides_in_the_window(self):
        run = self._missed('decide')
        excuse = self._asked(run, self._outage())
        for method, state in (('action_ask_refuse', 'refused'),):
            action = self._rpc(self.manager, excuse, method)
            form = Form(self.env[action['res_model']].with_user(self.manager).with_context(**action['context']))
            with self.assertRaises(AssertionError):
                form.save()
            form.reason = "It was five minutes"
            form.save().action_apply()
            self.assertEqual(excuse.state, state)
        with self.assertRaises(AccessError):
            self.env['it.run.excuse.decide'].with_user(self.technician).create({'excuse_id': excuse.id, 'step': 'granted'})


@tagged('post_install', '-at_install')
class TestSealedExcuse(ExcuseCase, SealCase):
    """What decides compliance is in the log of evidence, each step of it."""

    def test_asking_granting_and_withdrawing_are_logged(self):
        run = self._missed('logged', asset_ids=[Command.set(self.host.ids)])
        self._commit()
        excuse = self._asked(run, self._outage())
        self._commit()
        self._rpc(self.manager, excuse, 'action_grant', "I was there")
        self._commit()
        self._rpc(self.manager_2, excuse, 'action_withdraw', "wrong day")
        self._commit()
        log = self._log_of(run)
        self.assertEqual([event['record']['excuse_id'] for event in log], [None, None, excuse.id, None])
        self.assertEqual([[one['state'] for one in event['excuses']] for event in log], [[], ['asked'], ['granted'], ['withdrawn']])
        self.assertEqual(log[2]['excuses'][0]['fact']['outage']['kind'], 'power')
        self.assertEqual(log[2]['people'][str(self.manager.id)], 'itc_manager')
        self.assertEqual([one['id'] for one in log[0]['assets']], self.host.ids)
        self.assertEqual(self._codes(), [])

    def test_withdrawing_after_a_late_entry_is_logged_too(self):
        run, excuse = self._granted('late_logged')
        self._rpc(self.technician, run, 'action_done', "done", '2026-11-23 08:00:00')
        self._commit()
        self._rpc(self.manager, excuse, 'action_withdraw', "not needed")
        self._commit()
        self.assertEqual(self._log_of(run)[-1]['excuses'][0]['withdraw_reason'], "not needed")
        self.assertEqual(self._codes(), [])

    def test_excuse_forged_or_changed_by_sql_is_found_and_named(self):
        run, excuse = self._granted('tampered', asset_ids=[Command.set(self.host.ids)])
        self._commit()
        self.assertEqual(self._codes(), [])
        for query, label in (
            ("UPDATE it_task_run SET excuse_id = NULL WHERE id = %s", "Excused by"),
            ("UPDATE it_run_excuse SET decided_by_id = 1 WHERE run_id = %s", "Power"),
            ("UPDATE it_run_excuse SET fact_text = 'Earthquake' WHERE run_id = %s", "Power"),
            ("DELETE FROM it_task_run_it_asset_rel WHERE run_id = %s", "asset"),
            ("UPDATE it_task_run SET department_id = (SELECT min(id) FROM hr_department) WHERE id = %s", "Department"),
        ):
            self.env['hr.department'].create({'name': "Any"})
            with self.subTest(query=query), self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                self._sql(query, run.id)
                [finding] = self._audit()['findings']
                self.assertEqual((finding['code'], finding['res_id']), ('changed', run.id))
                self.assertIn(label, finding['text'])
                1 / 0  # noqa: B018  it has to go wrong

    def test_asset_renamed_later_is_no_tampering(self):
        self._granted('renamed', asset_ids=[Command.set(self.host.ids)])
        self._commit()
        self.host.name = "srv-renamed"
        self.assertEqual(self._codes(), [])
