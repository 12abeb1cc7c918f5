from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import file_path, mute_logger

from ...lib import task_event
from .checked_case import CheckedCase
from .duty_case import DutyCase

BOOT = datetime(2026, 11, 23, 5, 30)


@tagged('post_install', '-at_install')
class TestEventTasks(DutyCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.task'].with_context(tracking_disable=True).search([]).active = False
        cls.other_host = cls.host.copy({'name': "srv-other"})
        cls.service = cls.env['it.asset'].create({
            'name': "Service", 'kind': 'service', 'category_id': cls.category.id, 'host_id': cls.host.id})
        cls.ups = cls.env['it.asset'].create({
            'name': "UPS", 'kind': 'ups', 'category_id': cls.category.id, 'dependent_ids': [Command.link(cls.host.id)]})
        cls.agent = cls.env['it.agent'].create({'asset_id': cls.host.id})

    def _event_task(self, code, **values):
        return self._task(code, **{'schedule_kind': 'event', 'due_time': 17, **values})

    def _boot(self, clean, at=BOOT):
        self.agent._apply_event('boot', at.isoformat(), {'boot_time': f'{at.isoformat()}+00:00', 'clean': clean})

    def test_unclean_start_makes_one_run_of_each_task_that_waits_for_the_host(self):
        tasks = {
            'host': self._event_task('host', after_unclean_restart=True, asset_ids=self.host.ids),
            'service': self._event_task('service', after_unclean_restart=True, asset_ids=self.service.ids),
            'any': self._event_task('any', after_unclean_restart=True),
            'ups': self._event_task('ups', after_unclean_restart=True, asset_ids=self.ups.ids),
            'every': self._event_task('every', after_restart=True),
            'other': self._event_task('other', after_unclean_restart=True, asset_ids=self.other_host.ids),
            'outage': self._event_task('outage', after_power_outage=True),
            'asleep': self._event_task('asleep', after_unclean_restart=True, active=False),
        }
        self._boot(clean=False)
        self._boot(clean=False)
        made = {name for name, task in tasks.items() if len(task.run_ids) == 1}
        self.assertEqual(made, {'host', 'service', 'any', 'ups', 'every'})
        self.assertFalse(any(len(task.run_ids) > 1 for task in tasks.values()))
        run = tasks['host'].run_ids
        self.assertEqual((run.event_kind, run.event_asset_id, run.event_at), ('unclean_restart', self.host, BOOT))
        self.assertEqual(run.occurrence, f'2026-11-23T05:30:00Z unclean_restart {self.host.id}')
        self.assertEqual((run.open_at, run.due_at), (self.env.cr.now(), datetime(2026, 11, 23, 14, 0)))
        self.assertTrue(run.is_open)

    def test_next_start_is_another_event(self):
        task = self._event_task('twice', after_unclean_restart=True)
        self._boot(clean=False)
        self._boot(clean=False, at=BOOT + timedelta(minutes=20))
        self.assertEqual(len(task.run_ids), 2)

    def test_clean_start_asks_only_for_what_follows_every_restart_and_an_unknown_one_for_nothing(self):
        every = self._event_task('every', after_restart=True)
        unclean = self._event_task('unclean', after_unclean_restart=True)
        self._boot(clean=None)
        self.assertFalse(every.run_ids)
        self._boot(clean=True)
        self.assertEqual(every.run_ids.event_kind, 'restart')
        self.assertFalse(unclean.run_ids)

    def test_start_told_late_opens_when_it_is_known(self):
        task = self._event_task('late', after_unclean_restart=True)
        self._clock(datetime(2026, 11, 25, 15, 0))
        self._boot(clean=False)
        self.assertEqual((task.run_ids.event_at, task.run_ids.open_at), (BOOT, datetime(2026, 11, 25, 15, 0)))
        self.assertEqual(task.run_ids.due_at, datetime(2026, 11, 26, 14, 0))

    def test_power_outage_concerns_all_that_stops_with_the_asset(self):
        hit = self._event_task('hit', after_power_outage=True, asset_ids=self.service.ids)
        spared = self._event_task('spared', after_power_outage=True, asset_ids=self.other_host.ids)
        self.env['it.task'].sudo()._fire_event('power_outage', self.ups, BOOT)
        self.assertEqual((len(hit.run_ids), len(spared.run_ids)), (1, 0))
        self.env['it.task'].sudo()._fire_event('power_outage', self.env['it.asset'], BOOT)
        self.assertEqual((len(hit.run_ids), len(spared.run_ids)), (2, 1))

    def _outage(self, **values):
        return self.env['it.outage'].with_user(self.technician).create({'kind': 'power', 'start_at': BOOT, **values})

    def test_outage_that_is_entered_asks_for_the_tasks_that_follow_it(self):
        hit = self._event_task('hit', after_power_outage=True, asset_ids=self.service.ids)
        spared = self._event_task('spared', after_power_outage=True, asset_ids=self.other_host.ids)
        outage = self._outage(asset_id=self.ups.id)
        self.assertEqual(
            (hit.run_ids.event_kind, hit.run_ids.event_asset_id, hit.run_ids.event_at), ('power_outage', self.ups, BOOT))
        self.assertFalse(spared.run_ids)
        outage.write({'cause': "The street was dark", 'end_at': BOOT + timedelta(minutes=10)})
        self.assertEqual(len(hit.run_ids), 1)

    def test_outage_of_another_kind_asks_once_it_turns_out_to_be_a_power_outage(self):
        task = self._event_task('turns_out', after_power_outage=True)
        outage = self._outage(kind='other')
        self.assertFalse(task.run_ids)
        outage.kind = 'power'
        self.assertEqual(len(task.run_ids), 1)

    def test_outage_of_long_ago_asks_for_nothing(self):
        task = self._event_task('history', after_power_outage=True)
        self._outage(start_at=BOOT - timedelta(days=30), end_at=BOOT - timedelta(days=29))
        self.assertFalse(task.run_ids)

    def test_outages_that_one_person_invents_lift_no_percentage_of_the_plan(self):
        planned, after = self._task('planned'), self._event_task('after', after_power_outage=True)
        planned._generate_runs()
        self.assertTrue(planned.run_ids)
        for number in range(20):
            self._rpc(self.technician, self.env['it.outage'], 'create', {
                'kind': 'power' if number % 2 else 'network', 'start_at': str(BOOT - timedelta(seconds=number)), 'end_at': str(BOOT + timedelta(seconds=1))})
        self.env['it.outage'].with_user(self.technician).search([('kind', '=', 'network'), ('source', '=', 'person')]).kind = 'power'
        self.assertEqual(len(after.run_ids), 20)
        self._rpc(self.technician, after.run_ids, 'action_done')
        self.env.flush_all()
        lines = self.env['it.compliance.report'].search([('task_id', '=', after.id)])
        self.assertEqual((set(lines.mapped('bucket')), sum(lines.mapped('due')), sum(lines.mapped('on_time'))), ({'extra'}, 0, 0))

    def _stop(self, start, end, is_said):
        """Let the host fall silent for a time, and say of its own accord that it was not shut down, or not."""
        self.env['it.outage']._record(self.agent, {'kind': 'unclean_stop' if is_said else 'agent_silent', 'start_at': start, 'end_at': end})
        if is_said:
            self._say_unclean(end)

    def _say_unclean(self, booted_at, doubt_s=None):
        """Let the host say by its start that it was not shut down."""
        self.env.cr.execute("""
            INSERT INTO it_agent_stream (agent_id, epoch, acked_seq, latest_seq, last_report_no, last_seen, skew_s, reports_left, bytes_left, boot_session)
            VALUES (%s, gen_random_uuid(), 1, 1, 1, %s, 0, 0, 0, '')
        """, [self.agent.id, booted_at])
        self.env.cr.execute("""
            INSERT INTO it_agent_event (seq, ts, received_at, digest, agent_id, stream_id, is_handled, kind, data, happened_at, doubt_s)
            SELECT 1, %(at)s, %(at)s, 1, agent_id, id, TRUE, 'boot', '{"clean": false}', %(at)s, %(doubt_s)s
              FROM it_agent_stream WHERE agent_id = %(agent)s
        """, {'at': booted_at + timedelta(minutes=1), 'agent': self.agent.id, 'doubt_s': doubt_s})

    def test_one_power_outage_that_a_host_bears_out_is_part_of_the_plan(self):
        after = self._event_task('after', after_power_outage=True)
        self._stop(BOOT, BOOT + timedelta(minutes=20), is_said=True)
        for number, asset in enumerate((self.other_host, self.ups, self.ups, self.host, self.env['it.asset'])):
            self._outage(asset_id=asset.id, start_at=BOOT + timedelta(minutes=number), end_at=BOOT + timedelta(minutes=20))
        self._outage(start_at=BOOT - timedelta(hours=1), end_at=BOOT + timedelta(minutes=20))
        self.env['it.outage'].search([('kind', '=', 'unclean_stop')]).with_user(self.technician).kind = 'power'
        runs = after.run_ids.sorted('id')
        self.assertEqual(runs.mapped('is_extra'), [True, False, True, True, True, True, True])

    def test_open_runs_of_a_logged_outage_become_part_of_the_plan_when_a_host_bears_it_out(self):
        """Who logs the power cut while the hosts are still off takes no miss out of the percentages by that."""
        after = self._event_task('after', after_power_outage=True)
        first, invented = self._outage(end_at=None), self._outage(start_at=BOOT + timedelta(minutes=2))
        called = self.env['it.outage']._record(self.agent, {'kind': 'agent_silent', 'start_at': BOOT + timedelta(minutes=1)})
        called.with_user(self.technician).kind = 'power'
        late = self._outage(start_at=BOOT - timedelta(minutes=5))
        self.assertEqual(after.run_ids.mapped('is_extra'), [True] * 4)
        done = after.run_ids.filtered(lambda run: run.event_at == first.start_at)
        self._rpc(self.technician, done, 'action_done')
        self._say_unclean(BOOT + timedelta(minutes=20))
        self.assertEqual(set(after.run_ids.mapped('is_extra')), {True}, "nobody knows yet when the host came back")
        called._tell({'end_at': BOOT + timedelta(minutes=20)})
        extra = {run.event_at: run.is_extra for run in after.run_ids}
        self.assertEqual(extra, {first.start_at: True, invented.start_at: False, called.start_at: True, late.start_at: True},
                         "one stop, one outage; what is closed stays")

    def test_stop_that_is_told_after_the_outage_was_logged_bears_it_out(self):
        after = self._event_task('after', after_power_outage=True)
        other = self._event_task('other', after_power_outage=True, asset_ids=self.other_host.ids)
        self._outage(asset_id=self.ups.id, end_at=BOOT + timedelta(minutes=30))
        self._outage(asset_id=self.other_host.id, end_at=BOOT + timedelta(minutes=30))
        self._say_unclean(BOOT + timedelta(minutes=20))
        self.env['it.outage']._record(self.agent, {'kind': 'unclean_stop', 'start_at': BOOT, 'end_at': BOOT + timedelta(minutes=20)})
        self._boot(clean=False, at=BOOT + timedelta(minutes=20))
        self.assertEqual([(run.event_asset_id, run.is_extra) for run in after.run_ids.sorted('id')], [(self.ups, False), (self.other_host, True)])
        self.assertEqual(other.run_ids.mapped('is_extra'), [True], "its own host said nothing")

    def test_silence_that_a_person_calls_a_power_outage_is_one_persons_word(self):
        after = self._event_task('after', after_power_outage=True)
        self._stop(BOOT, BOOT + timedelta(minutes=20), is_said=False)
        for kind in ('unclean_stop', 'power'):
            self.env['it.outage'].search([('agent_id', '=', self.agent.id)]).with_user(self.technician).kind = kind
        self.assertEqual(after.run_ids.mapped('is_extra'), [True])

    def test_boot_that_nobody_can_date_bears_out_nothing(self):
        after = self._event_task('after', after_power_outage=True)
        self._stop(BOOT, BOOT + timedelta(minutes=20), is_said=False)
        self._say_unclean(BOOT + timedelta(minutes=20), doubt_s=10**9)
        self._outage(asset_id=self.ups.id, start_at=BOOT + timedelta(minutes=1))
        self.assertEqual(after.run_ids.mapped('is_extra'), [True])
        self.env.cr.execute("UPDATE it_agent_event SET doubt_s = 60 WHERE agent_id = %s", [self.agent.id])
        self.env['it.outage']._bear_out()
        self.assertEqual(after.run_ids.mapped('is_extra'), [False])

    def test_other_company_s_tasks_are_left_alone(self):
        other = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        self.env.user.company_ids = [Command.link(other.id)]
        theirs = self._event_task('theirs', after_restart=True, company_id=other.id, role_id=False)
        self._boot(clean=False)
        self.assertFalse(theirs.run_ids)
        (self.host + self.service + self.ups).company_id = False
        self._boot(clean=False, at=BOOT + timedelta(minutes=1))
        self.assertEqual(len(theirs.run_ids), 1)

    def test_run_goes_to_who_is_there(self):
        self._leave(self.technician, 8, 24 + 17)
        task = self._event_task('stood_in', after_restart=True, rota_id=self._rota(*self.people).id)
        self._boot(clean=False)
        self.assertDuty(task.run_ids, self.technician_2, 'rota')

    def test_people_cannot_fire_events(self):
        self._event_task('forged', after_restart=True)
        for user in (self.technician, self.manager):
            with self.assertRaises(AccessError):
                self.env['it.task'].with_user(user)._fire_event('restart', self.host, BOOT)
            with self.assertRaises(AccessError), mute_logger('odoo.http'):
                self._rpc(user, self.env['it.task'], '_fire_event', 'restart', self.host.id, BOOT)

    def test_bad_task_is_flagged_and_the_others_go_on(self):
        bad, good = (self._event_task(code, after_restart=True) for code in ('bad', 'good'))
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_task SET due_time = 99 WHERE id = %s", [bad.id])
        self.env.invalidate_all()
        with mute_logger('odoo.addons.it_continuity.models.checklists.task'):
            self._boot(clean=False)
        self.assertEqual(bad.generation_error, "Due at must be between 00:01 and 24:00.")
        self.assertEqual(len(good.run_ids), 1)
        bad.with_user(self.manager).due_time = 12
        self._boot(clean=False, at=BOOT + timedelta(minutes=1))
        self.assertEqual((len(bad.run_ids), bad.generation_error), (1, False))

    def test_planned_generation_leaves_event_tasks_alone(self):
        task = self._event_task('waits', after_restart=True)
        self._pass()
        self.assertFalse(task.run_ids)

    def test_form_says_what_it_waits_for_and_refuses_to_wait_for_nothing(self):
        form = Form(self._task('form'))
        form.schedule_kind = 'event'
        self.assertEqual(form.schedule_text, "After an event: choose at least one event.")
        form.after_unclean_restart = True
        form.after_power_outage = True
        self.assertEqual(
            form.schedule_text, "After each unclean restart of a host and each power outage, until the next 12:00\u202fPM.")
        self.assertFalse(form.next_dates)
        form.save()
        with self.assertRaisesRegex(ValidationError, "at least one event"):
            self._event_task('nothing')

    def test_a_kind_of_event_is_declared_in_one_place(self):
        switches = {task_event.switch(kind.code): kind for kind in task_event.KINDS.values()}
        fields = self.env['it.task'].fields_get(switches, ['string', 'help'])
        self.assertEqual(
            {name: (field['string'], field['help']) for name, field in fields.items()},
            {name: (kind.label, kind.help) for name, kind in switches.items()})
        form = etree.fromstring(self.env['it.task'].get_view(view_type='form')['arch'])
        lines = form.findall(".//div[@id='event_switches']/div")[:-1]  # below them stands what they mean
        self.assertEqual([line.find('field').get('name') for line in lines], list(switches))
        self.assertEqual([line.get('invisible') for line in lines], [None, 'after_restart', None])
        root = Path(file_path('it_continuity/__init__.py')).parent
        self.assertEqual([
            (file.name, name) for folder in ('models', 'views', 'wizard', 'report') for suffix in ('py', 'xml')
            for file in sorted((root / folder).rglob(f'*.{suffix}')) for name in switches if name in file.read_text(encoding='utf-8')], [])

    def test_handbook_s_tasks_after_outages_wait_for_them(self):
        for name in ('ups_power_cuts', 'tailscale_after_outage', 'so_engine_after_outage'):
            task = self.env.ref(f'it_continuity.task_{name}')
            self.assertEqual((task.schedule_kind, task.after_power_outage), ('event', True), name)


@tagged('post_install', '-at_install')
class TestEventReport(CheckedCase):

    def test_boot_told_in_a_report_twice_makes_one_run(self):
        task = self._task('reported', schedule_kind='event', after_unclean_restart=True, asset_ids=self.host.ids)
        boot = {'seq': 1, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'boot',
                'data': {'boot_time': self.fake.stamp(ago_s=90), 'clean': False}}
        self._store(self.fake, [boot])
        self._store(self.fake, [boot])
        self._store(self.fake, [boot], epoch='cd' * 16, report_no=1)  # the same record from a spool that was set aside
        self.env['it.judge']._judge()
        self.assertEqual(task.run_ids.mapped('event_asset_id'), self.host)
        self.assertEqual(len(task.run_ids), 1)
        self.assertEqual(self.env['it.task.run'].search_count([('task_id', '=', task.id)]), 1)
