from datetime import timedelta
from runpy import run_path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path

from ..checklists.common import ChecklistCase
from .backup_case import BACKUP, NOW, SHA, BackupCase, told


@tagged('post_install', '-at_install')
class TestBackupOffline(BackupCase, ChecklistCase):
    """While there is no internet the cloud does not count: the backup has to lie on two other machines, and a run says what to copy where."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third_host = cls.env['it.asset'].create({'name': "srv-third", 'kind': 'host', 'category_id': cls.category.id})
        cls.third_agent = cls._host("srv-third", cls.third_host)[1]
        cls.env['it.check.kind'].create({'agent_id': cls.third_agent.id, **BACKUP})
        cls.internet = cls.env.ref('it_continuity.asset_internet')
        cls.env['it.task'].search([('copies_offline', '=', True)]).active = False
        cls.env['it.backup.set'].search([('id', '!=', cls.set.id)]).active = False
        cls.third = cls._place(cls.third_agent, '/srv/third', 'copy')
        cls.cloud = cls._place(cls.agent, 'D:\\MEGA', 'mega')

    def setUp(self):
        super().setUp()
        self._clock(NOW)
        self.lines = {agent: self._check(agent, "Line", asset_id=self.internet.id) for agent in (self.agent, self.other_agent)}
        self.task = self._task('offline', schedule_kind='on_demand', due_time=24, grace_h=0, copies_offline=True, item_ids=[
            (0, 0, {'name': "First machine", 'kind': 'text'}), (0, 0, {'name': "Same", 'kind': 'choice', 'choices': "Yes\nNo", 'bad_choices': "No"})])

        self._tell(self.copied)
        self._tell(self.third)

    # === HELPERS === #

    def _line(self, *codes):
        """Let the hosts say twice how the line is, so that it is confirmed; None for one that says nothing."""
        checks = dict(zip(self.lines.values(), codes, strict=True))
        for _twice in range(2):
            self._measure({check: code for check, code in checks.items() if code is not None})

    def _at(self, **later):
        self.looks = 0
        self._clock(NOW + timedelta(**later))

    def _say(self, hours=4, user=None, note="No light on the router"):
        window = self.env['it.internet.say'].with_user(user or self.technician).create({'until': self.env.cr.now() + timedelta(hours=hours), 'note': note})
        return window.action_say()

    def _spells(self):
        return self.env['it.internet.spell'].search([])

    def _tell_cloud(self, word='same_size', **values):
        self._tell(self.cloud, told(content={'mega': word}), **values)

    # === WHAT IS ASKED === #

    def test_hosts_tell_and_what_lies_in_the_cloud_is_not_enough(self):
        self._tell(self.made, told())
        self._tell_cloud()
        self._line(0, 0)
        self.assertChain('good', 'good', 'good', 'good', "D:\\MEGA")
        self._line(2, 0)
        self.assertFalse(self._spells())  # a broken cable
        self._line(2, 3)
        self.assertFalse(self._spells())  # the other could not look
        self._line(2, 2)
        [spell] = self._spells()
        self.assertEqual((spell.source, spell.is_ongoing, spell.told_by_id.ids), ('agents', True, []))
        self.assertIn("srv-other, srv-test", spell.note)
        self.assertChain('waiting', 'good', 'good', 'waiting', "There is no internet since")
        self.assertIn("two other machines", self.set.reason)
        [run] = self.task.run_ids
        self.assertIn(run.display_name, self.set.next_step)
        self.assertTrue(run.is_extra)
        self.assertEqual((run.state, run.responsible_id or run.role_id), ('pending', run.responsible_id or self.role))
        self._line(2, 2)
        self.assertEqual(len(self.task.run_ids), 1)

    def test_a_line_that_comes_and_goes_is_one_outage_and_one_run(self):
        self._tell(self.made, told())
        self._line(2, 2)
        for _times in range(3):  # soon both checks flap: what they say then is nothing
            self._line(0, 0)
            self._line(2, 2)
            self.assertFalse(self._spells().back_at)
        self.assertEqual((len(self._spells()), len(self.task.run_ids)), (1, 1))

    def test_it_is_over_when_the_line_has_held(self):
        self._tell(self.made, told())
        self._line(2, 2)
        self._line(0, 0)
        self.assertEqual(self._spells().back_at, NOW)
        self._at(minutes=29)
        self._line(0, 0)
        self.assertTrue(self._spells().is_ongoing)
        self._at(minutes=31)
        self._line(0, 0)
        self.assertEqual((self._spells().is_ongoing, self._spells().end_at), (False, NOW + timedelta(minutes=31)))

    def test_a_host_that_falls_silent_is_not_back(self):
        self._tell(self.made, told())
        self._line(2, 2)
        self._at(hours=3)
        self._measure({})
        self.assertTrue(self._spells().is_ongoing)
        for check in self.lines.values():
            check.active = False
        self._measure({})
        self.assertFalse(self._spells().is_ongoing)  # nobody looks any more

    def test_what_no_manager_accepted_says_nothing(self):
        self._tell(self.made, told())
        for check in self.lines.values():
            check.sudo().settings_basis = 'none'
        self._line(2, 2)
        self.assertFalse(self._spells())

    def test_a_router_that_answers_is_no_internet(self):
        """It is natural to hang its check below the internet connection."""
        router = self._check(self.third_agent, "Router", asset_id=self.internet.id, kind='tcp', settings={'host': '192.168.1.1', 'port': 80})
        self._tell(self.made, told())
        self._measure({router: 0})
        self._line(2, 2)
        self.assertEqual(len(self._spells()), 1)
        self._measure({router: 0})
        self.assertFalse(self._spells().back_at)

    def test_no_technician_says_by_which_checks_the_internet_is_known(self):
        """Else one who is asked for copies lets a check that is always well tell of it, or takes those away that tell: nobody looks then, and it is over."""
        self._tell(self.made, told())
        self._line(2, 2)
        always_well = self._check(self.third_agent, "Root", asset_id=self.third_host.id)
        template = self.env['it.check.template'].create({'name': "Root", 'code': 'itc_root', 'kind': 'disk'})
        about = self.env['it.check.template'].create({'name': "Way", 'code': 'itc_way', 'kind': 'disk', 'asset_id': self.internet.id})
        way = {'name': "Way", 'agent_id': self.third_agent.id, 'kind': 'disk', 'asset_id': self.internet.id}
        checks = self.env['it.check'].with_user(self.technician)
        for refused in (
                lambda: self._rpc(self.technician, always_well, 'write', {'asset_id': self.internet.id}),
                lambda: self._rpc(self.technician, next(iter(self.lines.values())), 'write', {'asset_id': self.third_host.id}),
                lambda: checks.create({**way, 'template_id': template.id})):
            with self.assertRaisesRegex(AccessError, "whether there is internet"):
                refused()
        self._rpc(self.technician, always_well, 'write', {'asset_id': self.host.id})
        self.assertEqual(checks.create({**way, 'template_id': about.id}).settings_basis, 'template')
        self.assertEqual(checks.create(way).settings_basis, 'none')
        self._rpc(self.manager, always_well, 'write', {'asset_id': self.internet.id})
        self.assertTrue(self._spells().is_ongoing)

    def test_every_set_is_asked_unless_the_company_wants_it_of_those_in_the_cloud_alone(self):
        self.assertTrue(self.env.company.itc_offline_all and self.env['res.company'].create({'name': "New"}).itc_offline_all)
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self.env.company.itc_offline_all = False
        self._line(2, 2)
        self.assertChain('waiting', 'good', 'good', 'waiting', "There is no internet since")
        self.assertEqual(self.task.run_ids.get_items()[0]['copies'][0]['set'], "Tested")
        self.cloud.unlink()
        self.assertChain('good', 'good', 'good', 'good')
        self.env.company.itc_offline_all = True
        self.assertChain('waiting', 'good', 'good', 'waiting', "There is no internet since")

    def test_a_set_without_the_cloud_opens_the_run_too(self):
        self.cloud.unlink()
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self.assertChain('good', 'good', 'good', 'good')
        self._line(2, 2)
        self.assertChain('waiting', 'good', 'good', 'waiting', "There is no internet since")
        [copy] = self.task.run_ids.get_items()[0]['copies']
        self.assertEqual((copy['progress'], copy['targets'][:len("srv-third: /srv/third")]), ("1 of 2 machines", "srv-third: /srv/third"))
        self._tell(self.third, told())
        self.assertRunState(self.task.run_ids, 'auto_verified')

    def test_a_day_keeps_what_was_asked_of_it(self):
        """Its copies were due at 14:00 by the company's clock, two hours after noon; by then there was no internet."""
        self._tell(self.made, told())
        self._tell_cloud()
        self._line(2, 2)
        self._at(hours=2)  # 15:00 there
        self._line(0, 0)
        self._at(hours=2, minutes=40)
        self._line(0, 0)
        self.assertFalse(self._spells().is_ongoing)
        for place in (self.copied, self.third):
            self._tell(place, at=NOW + timedelta(hours=2, minutes=40))
        self._tell(self.made, told(), at=NOW + timedelta(hours=2, minutes=40))
        self._tell_cloud(at=NOW + timedelta(hours=2, minutes=40))
        self.assertIn("There was no internet when it had to be copied", self.set.reason)
        self.assertEqual(self.set.replicated_state, 'bad')
        self.assertEqual(self.task.run_ids.state, 'pending')  # nor is its run excused by the cloud

    # === THE RUN === #

    def test_a_day_without_internet_is_kept_as_it_was_asked_for(self):
        """What the report keeps of it is what the board said: the cloud counts for nothing, and the machines are counted without it."""
        self.env.cr.execute("UPDATE it_backup_place SET create_date = %s WHERE set_id = %s", [NOW - timedelta(days=3), self.set.id])
        self.env.invalidate_all()
        until = timedelta(hours=1)  # due at noon, copied within two hours
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self._tell_cloud()
        self._say(hours=3)
        self.assertChain('waiting', 'good', 'good', 'waiting', "two other machines")
        self._at(minutes=until.seconds // 60)
        self._look(self.made, self.copied, self.third, self.cloud)
        self.env['it.backup.day']._keep()
        [row] = self.env['it.backup.day'].search([('set_id', '=', self.set.id), ('day', '=', NOW.date())])
        self.assertEqual((row.state, row.link, row.code, row.machines), ('bad', 'replicated', 'no_copy', 2))
        self._at(days=1)
        self._tell_cloud(at=NOW + timedelta(days=1))
        self.env['it.backup.day']._keep()
        self.assertFalse(row.late_at, "the cloud is not what was asked for")
        self._tell(self.third, told(), at=NOW + timedelta(days=1))
        self.env['it.backup.day']._keep()
        self.env.invalidate_all()
        self.assertEqual(row.late_at, NOW + timedelta(days=1))

    def test_a_persons_word_opens_the_run_and_agents_close_it(self):
        self._tell(self.made, told())
        self._tell_cloud('missing')
        shown = self._say()
        run = self.task.run_ids
        self.assertEqual((shown['res_model'], shown['res_id'], run.state), ('it.task.run', run.id, 'pending'))
        [drawn] = run.with_user(self.technician).get_items()
        [copy] = drawn['copies']
        self.assertEqual((copy['set'], copy['file'], copy['progress'], copy['state']), ("Tested", 'prod_2026-11-27.zip', "0 of 2 machines", 'waiting'))
        self.assertIn(SHA[:12], copy['about'])
        self.assertEqual(copy['source'], "srv-test: D:\\Backups")
        self.assertIn("srv-other: /srv/copies", copy['targets'])
        self.assertIn("srv-third: /srv/third", copy['targets'])
        self._tell(self.copied, told())
        [copy] = run.get_items()[0]['copies']
        self.assertEqual((copy['progress'], "srv-other" in copy['targets'], run.state), ("1 of 2 machines", False, 'pending'))
        self._tell(self.third, told(medium='removable'))
        self.assertEqual((run.get_items()[0]['copies'][0]['progress'], run.state), ("1 of 2 machines", 'pending'))
        self._tell(self.third, told())
        self.assertRunState(run, 'auto_verified')
        said, proof = run.snapshot
        self.assertIn("Technician", said['summary'])
        self.assertIn("No light on the router", said['summary'])
        self.assertEqual((proof['backup']['sha256'], proof['definition']['settings']['machines']), (SHA, 3))
        self.assertLessEqual({'srv-test', 'srv-other', 'srv-third'}, {place['host'] for place in proof['backup']['places']})
        self._line(0, 0)
        self.assertEqual(len(self.task.run_ids), 1)  # nothing more to copy

    def test_what_would_not_count_is_no_place_to_copy_to(self):
        """Neither a thumb drive nor a share of the machine that makes it; two folders of one host are one machine, and SSDs stand first."""
        share = self._place(self.other_agent, '/mnt/back', 'copy', machine_id=self.host.id)
        named = self._place(self.other_agent, '/mnt/named', 'copy')
        self.third_agent.facts = {'hostname': "srv-third", 'addresses': []}
        more = self._place(self.third_agent, '/srv/third/more', 'copy')
        self.env.cr.execute("UPDATE it_backup_place SET medium = 'removable' WHERE id = %s", [self.copied.id])
        self.env.cr.execute("UPDATE it_backup_place SET medium = 'network', volume = '//srv-test/back' WHERE id = ANY(%s)", [(share | named).ids])
        self.env.cr.execute("UPDATE it_backup_place SET medium = 'ssd' WHERE id = %s", [more.id])
        self.env.invalidate_all()
        self._tell(self.made, told())
        self._say()
        [copy] = self.task.run_ids.get_items()[0]['copies']
        self.assertNotRegex(copy['targets'], "/srv/copies|/mnt/back|/mnt/named")
        self.assertRegex(copy['targets'], r"^srv-third: /srv/third/more \(SSD\); srv-third: /srv/third\. ")
        self.assertIn("no further place", copy['targets'])

    def test_the_next_backup_asks_again_and_a_file_asks_once(self):
        self._tell(self.made, told())
        self._say(hours=20)
        run = self.task.run_ids
        run.with_user(self.technician).action_fail(reason="No room anywhere")
        self._measure({})
        self.assertEqual(self.task.run_ids, run)
        self._at(hours=14)
        self._tell(self.made, told(), told('prod_2026-11-28.zip', NOW + timedelta(hours=13), sha256='b' * 64), at=NOW + timedelta(hours=14))
        [other] = self.task.run_ids - run
        self.assertEqual(other.get_items()[0]['copies'][0]['file'], 'prod_2026-11-28.zip')

    def test_a_run_that_midnight_ends_at_once_is_opened_again(self):
        """Late in the evening a run has minutes until its day is over; without internet somebody still has to copy."""
        self._at(hours=10, minutes=50)  # 23:50 there
        self._tell(self.made, told(), at=NOW + timedelta(hours=10, minutes=50))
        self._say(hours=20)
        run = self.task.run_ids
        self.assertLess(run.deadline_at - run.open_at, timedelta(minutes=11))
        self._at(hours=11, minutes=1)
        run._close_missed()
        self._tell(self.made, told(), at=NOW + timedelta(hours=11, minutes=1))
        [other] = self.task.run_ids - run
        self.assertEqual((run.state, other.state), ('missed', 'pending'))
        self._clock(other.deadline_at + timedelta(minutes=1))
        other._close_missed()
        self._measure({})
        self.assertEqual(self.task.run_ids, run | other, "the day was long enough")

    def _only_on_fridays(self):
        self.set.write({day: day == 'friday' for day in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')})
        self._tell(self.made, told())

    def _made_at(self, **later):
        self._at(**later)
        self._tell(self.made, told(), at=NOW + timedelta(**later))

    def test_what_nobody_copied_in_one_outage_is_asked_for_in_the_next(self):
        """Once in each: a line that comes and goes while a run is open opens no second one, and the same outage none after it."""
        self._only_on_fridays()
        self._say(hours=1)
        first = self.task.run_ids
        self._at(hours=2)
        self._say(hours=1)
        self.assertEqual(self.task.run_ids, first, "it is open")
        self._at(hours=12)
        first._close_missed()
        self._measure({})
        self.assertEqual((first.state, self.task.run_ids), ('missed', first), "the line is back")
        for hours in (24, 72):
            before = self.task.run_ids
            self._made_at(hours=hours)
            self._say(hours=20)
            [again] = self.task.run_ids - before
            self.assertEqual((again.state, again.get_items()[0]['copies'][0]['file']), ('pending', 'prod_2026-11-27.zip'))
            self._at(hours=hours + 12)
            again._close_missed()
            self._measure({})
            self.assertEqual((again.state, self.task.run_ids), ('missed', before | again), "nobody is asked twice in one outage")

    def test_one_outage_of_which_several_tell_asks_once(self):
        """A word is given again before it runs out; hosts tell of what a person told; each of them may end first."""
        self._only_on_fridays()
        self._say(hours=20)
        run = self.task.run_ids
        self._at(hours=12)
        run._close_missed()
        for hours in (19, 35):
            self._made_at(hours=hours)
            self._say(hours=20)
            self.assertEqual((run.state, self.task.run_ids), ('missed', run), "said again")
        self._at(hours=50)
        self._line(2, 2)
        self.assertEqual(len(self._spells().filtered('is_ongoing')), 2)
        self._made_at(hours=60)
        self._line(2, 2)
        self.assertEqual((len(self._spells().filtered('is_ongoing')), self.task.run_ids), (1, run), "the hosts go on telling")

    def test_a_run_whose_day_is_over_soon_after_the_line_went_again_is_opened_again(self):
        self._only_on_fridays()
        self._say(hours=1)
        run = self.task.run_ids
        self._at(hours=10, minutes=30)  # 23:30 there
        self._say(hours=20)
        self.assertEqual(self.task.run_ids, run, "it is open")
        self._at(hours=11, minutes=1)
        run._close_missed()
        self._made_at(hours=11, minutes=1)
        self.assertEqual((run.state, (self.task.run_ids - run).state), ('missed', 'pending'))

    def test_the_open_run_follows_the_newest_backup(self):
        self._at(hours=-4)
        self._tell(self.made, *self._earlier(1), at=NOW - timedelta(hours=4))
        self._say(hours=20)
        run = self.task.run_ids
        self.assertEqual(run.get_items()[0]['copies'][0]['file'], 'prod_2026-11-26.zip')
        self._tell(self.made, *self._earlier(1), told(), at=NOW - timedelta(hours=4))
        self.assertEqual((self.task.run_ids, run.get_items()[0]['copies'][0]['file']), (run, 'prod_2026-11-27.zip'))

    def test_a_run_that_a_person_started_is_taken(self):
        self._tell(self.made, told())
        run = self.task._start_run()
        self._say()
        self.assertEqual(self.task.run_ids, run)
        self.assertTrue(run.get_items()[0]['copies'])

    def test_without_an_outage_a_run_is_as_before(self):
        self._tell(self.made, told())
        run = self.task._start_run()
        self.assertEqual((run.get_items()[0]['copies'], run._proven()), ([], None))

    def test_a_person_does_it_by_hand_with_a_reason(self):
        self._tell(self.made, told())
        self._say()
        run = self.task.run_ids.with_user(self.technician)
        [objection] = self.env['it.task.run.wizard'].with_user(self.technician)._objections(run)
        self.assertIn("There is no internet since", objection)
        with self.assertRaisesRegex(UserError, "First machine"):
            run.action_done(override_reason="On two machines without an agent")
        run.write({'answers': {str(item.id): {'value': value} for item, value in zip(run.item_ids, ("nas, D:\\x", "Yes"), strict=True)}})
        run.action_done(override_reason="On two machines without an agent")
        self.assertRunState(run, 'done')
        self._measure({})
        self.assertEqual(self.task.run_ids, run)

    def test_a_bad_answer_of_a_person_is_overruled_by_no_agent(self):
        self._tell(self.made, told())
        self._say()
        run = self.task.run_ids
        run.item_ids[1].sudo().write({'text': "No", 'filled_by_id': self.technician.id})
        self._tell(self.copied, told())
        self._tell(self.third, told())
        self.assertRunState(run, 'pending')

    def test_it_is_closed_in_words_when_the_internet_comes_back_in_time(self):
        self._tell(self.made, told())
        self._tell_cloud('missing')
        self._say(hours=1)
        run, [spell] = self.task.run_ids, self._spells()
        self._rpc(self.technician, spell, 'action_end')
        self.assertEqual((spell.is_ongoing, spell.ended_by_id), (False, self.technician))
        self.assertRunState(run, 'pending')  # nothing is proven yet
        self._tell_cloud()
        self.assertRunState(run, 'not_applicable')
        self.assertIn("The internet came back before", run.na_reason)
        self.assertIn("prod_2026-11-27.zip", run.na_reason)
        self.assertFalse(run.needs_confirmation or run.done_by_id)
        self.assertEqual(run.snapshot[1]['backup']['sha256'], SHA)

    def test_a_word_runs_out_by_itself(self):
        self._tell(self.made, told())
        self._tell_cloud()
        self._say(hours=1)
        self.assertEqual(self.set.replicated_state, 'waiting')
        self._clock(NOW + timedelta(hours=1, minutes=1))
        self.env.invalidate_all()
        self.assertFalse(self._spells().is_ongoing)
        self._tell(self.made, told(), at=NOW + timedelta(hours=1))
        self.assertNotIn("internet", self.set.reason)

    def test_one_company_that_cannot_be_followed_does_not_keep_the_judge(self):
        self._tell(self.made, told())
        with patch.object(type(self.env['it.internet.watch']), '_follow_runs', side_effect=ValueError), self.assertLogs(level='ERROR'):
            self._line(2, 2)
        self._line(2, 2)
        self.assertEqual(len(self.task.run_ids), 1)

    def test_what_was_said_again_asks_for_no_file_twice(self):
        self._tell(self.made, told())
        self._say()
        run = self.task.run_ids
        run.with_user(self.technician).action_fail(reason="No room anywhere")
        self._rpc(self.technician, self._spells(), 'action_end')
        self._at(hours=1)
        self._say()
        self.assertEqual(self.task.run_ids, run)

    def test_what_was_copied_and_is_lost_again_is_asked_for_again(self):
        self._tell(self.made, told())
        self._say(hours=1)
        first = self.task.run_ids
        self._tell(self.copied, told())
        self._tell(self.third, told())
        self.assertRunState(first, 'auto_verified')
        for hours, is_new in ((0, False), (2, True)):  # in the same outage, and in another one
            self._clock(NOW + timedelta(hours=hours))
            if is_new:
                self._say(hours=20)
            before, at = self.task.run_ids, NOW + timedelta(hours=hours)
            for _twice in range(2):
                self._look(self.third, code=3)
            self.assertEqual(self.third.state, 'blind')
            self.assertEqual(self.task.run_ids, before, "who cannot look has not lost it")
            self._tell(self.made, told(), at=at)
            self._tell(self.copied, told(), at=at)
            self._tell(self.third, at=at)
            [again] = self.task.run_ids - before
            [copy] = again.get_items()[0]['copies']
            self.assertEqual((again.state, copy['file'], copy['progress']), ('pending', 'prod_2026-11-27.zip', "1 of 2 machines"))
            self._tell(self.third, told(), at=at)
            self.assertRunState(again, 'auto_verified')
            self.assertEqual(self.task.run_ids, before | again)
        self._tell(self.third, at=at)
        again = self.task.run_ids.sorted('id')[-1]
        self.assertRunState(again, 'pending')
        runs = self.task.run_ids
        again.with_user(self.technician).action_fail(reason="No room anywhere")
        self._measure({})
        self.assertEqual(self.task.run_ids, runs, "a person said so")

    def test_what_lay_elsewhere_already_is_asked_for_once_it_does_not(self):
        """A run names the backups of all sets; of what lacked nothing then nobody was asked for copies."""
        other = self.env['it.backup.set'].create({'name': "Whole", 'due_h': 12})
        there = []
        for agent, kind in ((self.agent, 'made'), (self.other_agent, 'copy'), (self.third_agent, 'copy')):
            place = self.env['it.backup.place'].create({'set_id': other.id, 'agent_id': agent.id, 'folder': f'/whole/{kind}', 'kind': kind})
            place.check_id.settings_accepted_at = NOW - timedelta(days=40)
            self._tell(place, told('whole_2026-11-27.zip', sha256='b' * 64))
            there.append(place)
        self._tell(self.made, told())
        self._say()
        run = self.task.run_ids
        self.assertEqual(self._spells().file_ids.mapped('name'), ['prod_2026-11-27.zip'])
        run.with_user(self.technician).action_fail(reason="No room anywhere")
        self._measure({})
        self.assertEqual(self.task.run_ids, run)
        self._tell(there[-1])
        [again] = self.task.run_ids - run
        self.assertRunState(again, 'pending')

    def test_many_sets_without_internet_are_judged_by_as_many_statements_as_one(self):
        self._tell(self.made, told())
        sets = self.set
        for number in range(3):
            sets |= self.env['it.backup.set'].create({'name': f"More {number}", 'due_h': 12})
            for agent, kind in ((self.agent, 'made'), (self.agent, 'mega'), (self.other_agent, 'copy')):
                place = self.env['it.backup.place'].create({'set_id': sets[-1:].id, 'agent_id': agent.id, 'folder': f'/more/{number}/{kind}', 'kind': kind})
                place.check_id.settings_accepted_at = NOW - timedelta(days=40)
                self._tell(place, *([told()] if kind != 'copy' else []))
        self._say()
        self.assertEqual(len(self.task.run_ids.get_items()[0]['copies']), 4)
        counts = []
        for some in (self.set, sets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual({one.replicated_state == 'good' for one in some}, {False})
            some.mapped('next_step')
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    # === WHO MAY === #

    def test_a_word_is_bounded_noted_and_named(self):
        for hours, note, words in ((25, "x", "within a day"), (-1, "x", "a moment to come"), (1, "  ", "Say what you saw")):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self._say(hours, note=note)
        self._say()
        self._say(hours=6, note="Still none")
        first, last = self._spells().sorted('id')
        self.assertEqual((first.end_at, last.since, last.told_by_id), (NOW, NOW, self.technician))

    def test_nobody_forges_a_spell(self):
        self._say()
        self._line(2, 2)
        by_person, by_agents = self._spells().sorted('source', reverse=True)
        for user in (self.technician, self.manager, self.auditor, self.user):
            for spell in (by_person, by_agents):
                for method, args in (('write', [{'end_at': NOW}]), ('unlink', []), ('create', [{'company_id': self.env.company.id, 'source': 'person'}])):
                    with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                        self._rpc(user, spell, method, *args)
        with self.assertRaises(UserError):
            self._rpc(self.manager, by_agents, 'action_end')  # what hosts saw, hosts end
        for user in (self.auditor, self.user):
            with self.assertRaises(AccessError):
                self._rpc(user, by_person, 'action_end')
            with self.assertRaises(AccessError):
                self._say(user=user)
        self.assertTrue(self._rpc(self.auditor, by_person, 'read', ['note']))
        with self.assertRaises(AccessError):
            self._rpc(self.user, by_person, 'read', ['note'])
        self._rpc(self.technician, by_person, 'action_end')
        with self.assertRaises(UserError):
            self._rpc(self.technician, by_person, 'action_end')

    def test_companies_are_apart(self):
        self._say()
        there = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.technician.copy({'login': 'itc_elsewhere', 'company_id': there.id, 'company_ids': [(6, 0, there.ids)]})
        self.assertFalse(self.env['it.internet.spell'].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self._rpc(stranger, self._spells(), 'action_end')
        self.assertEqual(there._internet_assets()[there], self.internet if not self.internet.company_id else self.env['it.asset'])

    def test_an_upgrade_asks_it_of_every_set_where_nobody_chose_otherwise(self):
        """Nothing stands in the database where nobody ever changed the setting: saving the settings writes what was changed alone."""
        untouched, without, all_sets = self.env['res.company'].create([{'name': name} for name in ("Untouched", "Without", "All")])
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_company SET itc_offline_all = NULL WHERE id IN %s", [tuple((untouched | without).ids)])
        self.env.invalidate_all()
        self.env['res.config.settings'].create({'company_id': untouched.id, 'itc_offline_all': False}).execute()
        for chosen in (True, False):
            self.env['res.config.settings'].create({'company_id': without.id, 'itc_offline_all': chosen}).execute()
        self.env.flush_all()
        for _twice in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-offline.py'))['migrate'](self.env.cr, '19.0.1.9.0')
            self.env.invalidate_all()
            self.assertEqual([one.itc_offline_all for one in (untouched, without, all_sets)], [True, False, True])

    def test_an_upgrade_lets_the_task_open_and_offers_the_template(self):
        task = self.env.ref('it_continuity.task_backup_copy_offline')
        task.copies_offline = False
        self.env.ref('it_continuity.check_template_internet').unlink()
        for _twice in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.8.0/post-offline.py'))['migrate'](self.env.cr, '19.0.1.7.0')
            self.env.invalidate_all()
        self.assertTrue(task.copies_offline)
        self.assertEqual(self.env.ref('it_continuity.check_template_internet').asset_id, self.internet)
