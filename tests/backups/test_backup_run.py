from datetime import timedelta
from runpy import run_path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from ..checklists.common import ChecklistCase
from .backup_case import NOW, SHA, BackupCase, told


@tagged('post_install', '-at_install')
class TestBackupRun(BackupCase, ChecklistCase):
    """A task of the handbook verifies itself only when the backup that is due by then has come far enough."""

    def setUp(self):
        super().setUp()
        self._clock(NOW)
        self.task = self._task('backup', backup_set_ids=[Command.link(self.set.id)], due_time=13, grace_h=11)
        self.task._generate_runs()
        self.run_today = self.task.run_ids.filtered(lambda run: run.date == self.task._today(self.task.company_id))

    def test_the_chain_verifies_the_run_and_is_frozen_with_it(self):
        self._tell(self.copied)
        self._tell(self.made, told())
        self.assertRunState(self.run_today, 'pending')
        self.assertEqual(self.task.health, 'waiting')
        self._tell(self.copied, told())
        self.assertRunState(self.run_today, 'auto_verified')
        [evidence] = self.run_today.snapshot
        self.assertEqual(evidence['backup']['sha256'], SHA)
        self.assertEqual([place['host'] for place in evidence['backup']['places']], ['srv-test', 'srv-other'])
        self.assertIn('prod_2026-11-27.zip', evidence['summary'])
        self.assertIn('prod_2026-11-27.zip', self.run_today.check_evidence)
        self.assertEqual(self.task.health, 'ok')

    def test_a_restore_that_nobody_made_is_not_told_for_what_a_task_asks(self):
        self.set.restore_days = 30
        self._tell(self.copied)
        self._tell(self.made, told())
        [(known, chain)] = self.task._backup_chains(self.run_today.due_at)[self.task]
        self.assertEqual((self.task.health, chain.weakest.name), ('waiting', 'restored'))
        self.assertIn("does not lie at", self.task.health_reason)
        self._tell(self.copied, told())
        self.assertRunState(self.run_today, 'auto_verified')
        summary = self.run_today.snapshot[0]['summary']
        self.assertIn("was read from end to end and lies at", summary)
        self.assertNotIn("ever restored", summary)

    def test_the_task_says_how_far_it_has_to_come(self):
        self.task.backup_level = 'readable'
        self._tell(self.made, told(level='settled', reason='crc'))
        self.assertRunState(self.run_today, 'pending')
        self._tell(self.made, told())
        self.assertRunState(self.run_today, 'auto_verified')

    def test_what_nobody_could_read_proves_not_even_that_it_was_made(self):
        """It may be yesterday's, renamed, and readable by root only."""
        self.task.backup_level = 'made'
        for reason, words in (('no_permission', "may not be read"), ('io_error', "cannot be read"), ('too_slow', "takes too long")):
            self._tell(self.made, told(sha256=None, level='settled', reason=reason))
            self.assertRunState(self.run_today, 'pending')
            self.assertEqual(self.task.health, 'unknown')
            self.assertChain('unknown', 'unknown', 'none', 'none', words)
        self._tell(self.made, told(level='settled', reason='io_error'))  # hashed, and then its disk failed
        self.assertRunState(self.run_today, 'auto_verified')

    def test_the_evidence_names_the_backup_that_was_judged_and_no_other_of_its_name(self):
        """The job that was cut off on one host was done again on another."""
        self.task.backup_level = 'readable'
        again = self._place(self.other_agent, '/srv/again', 'made')
        whole = told(sha256='b' * 64, size=2000)
        self._tell(self.made, told(sha256='c' * 64, size=3000, level='settled', reason='cut'))
        self._tell(again, whole)
        self.assertRunState(self.run_today, 'auto_verified')
        [evidence] = self.run_today.snapshot
        self.assertEqual([evidence['backup'][name] for name in ('file', 'size', 'sha256')], ['prod_2026-11-27.zip', 2000, 'b' * 64])
        self.assertIn(f"2.0 KiB, SHA-256 {'b' * 64}", evidence['summary'])
        self.assertNotIn('c' * 64, evidence['summary'])

    def test_what_proves_a_run_says_what_nothing_shows(self):
        file = told(format='bak')
        self.task.backup_level = 'readable'
        self._tell(self.made, file)
        self.assertRunState(self.run_today, 'auto_verified')
        self.assertEqual(self.run_today.snapshot[0]['summary'].count("What its pages hold no host can judge"), 1)
        self._tell(self.copied, file)
        [(known, chain)] = self.task._backup_chains(self.run_today.due_at)[self.task]
        self.assertEqual(self.env['it.task.run']._frozen_chain(known, chain, 'replicated')['summary'].count("What its pages hold no host can judge"), 1)

    def test_the_only_copy_that_was_deleted_proves_nothing(self):
        self.set.machines = 1
        self._tell(self.made, told(level='settled', reason='unread'))
        self._tell(self.made)
        self.assertRunState(self.run_today, 'pending')
        self.assertEqual(self.task.health, 'critical')
        at = self.env['it.run.closing']._measured_at([{'measured_at': None}, {'measured_at': '2026-11-27T09:00:00+00:00'}])
        self.assertEqual((at, self.env['it.run.closing']._measured_at([{'measured_at': None}])), (NOW - timedelta(hours=1), NOW))

    def test_yesterdays_backup_proves_nothing_today(self):
        self._tell(self.made, *self._earlier(1))
        self._tell(self.copied, *self._earlier(1))
        self.assertRunState(self.run_today, 'pending')
        self.assertEqual(self.task.health, 'critical')
        self.assertIn("is missing", self.task.health_reason)

    def test_checks_and_backups_are_asked_both(self):
        self.task.check_ids = self.checks[0]
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self.assertRunState(self.run_today, 'pending')
        self._measure({self.checks[0]: 0})
        self.assertRunState(self.run_today, 'auto_verified')
        self.assertEqual([one['kind'] for one in self.run_today.snapshot], ['disk', 'backup_chain'])

    def test_without_places_checks_alone_are_no_proof_and_a_person_says_so(self):
        (self.made | self.copied).unlink()
        self.assertEqual(self.task.health, 'none')
        self.task.check_ids = self.checks[0]
        self._measure({self.checks[0]: 0})
        self.assertRunState(self.run_today, 'pending')
        [_check, line] = self.env['it.task.run.screen']._checks(self.run_today)
        self.assertEqual((line['state'], "nobody has said yet where" in line['text']), ('unknown', True))
        self.run_today.with_user(self.technician).action_done()
        self.assertRunState(self.run_today, 'done')
        self.assertFalse(self.run_today.override_reason)

    def test_beside_a_set_without_places_no_other_proof_is_enough(self):
        spare = self.env['it.backup.set'].create({'name': "Spare"})
        self.task.backup_set_ids += spare
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self.assertRunState(self.run_today, 'pending')
        item = {'name': "A new file is there", 'kind': 'check', 'check_id': self.checks[0].id}
        by_item, by_check_alone = (
            self._run(code, item_ids=[Command.create(item)], backup_set_ids=[Command.set(sets.ids)], start_date=NOW.date(), due_time=13, grace_h=11)
            for code, sets in (('spare', spare), ('none', spare.browse())))
        self._measure({self.checks[0]: 0})
        self.assertRunState(by_item, 'pending')
        self.assertRunState(by_check_alone, 'auto_verified')

    def test_who_says_so_all_the_same_says_why(self):
        self._tell(self.made, told(level='settled', reason='cut'))
        run = self.run_today.with_user(self.technician)
        with self.assertRaises(UserError):
            run.action_done()
        [objection] = self.env['it.task.run.wizard'].with_user(self.technician)._objections(run)
        self.assertIn("is cut off", objection)
        run.action_done(override_reason="Restored it by hand")
        self.assertRunState(run, 'done')
        self.assertEqual(run.snapshot[0]['hard_state'], 'critical')
        [line] = [one for one in self.env['it.task.run.screen']._evidence(run)['measured']]
        self.assertTrue(line['is_bad'])

    def test_a_run_shows_how_far_the_backup_is(self):
        self._tell(self.copied)
        self._tell(self.made, told())
        [drawn] = self.env['it.task.run'].with_user(self.technician).browse(self.run_today.id).get_items()
        self.assertEqual([one['state'] for one in drawn['checks']], ['waiting'])
        self.assertIn("does not lie at", drawn['checks'][0]['text'])

    def test_the_job_finds_what_the_pass_missed(self):
        self._tell(self.made, told(), look=False)
        self._tell(self.copied, told(), look=False)
        with patch.object(type(self.env['it.run.closing']), '_verify_by_checks', lambda *_args: None):
            self._look(self.made, self.copied)
        self.assertRunState(self.run_today, 'pending')
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(self.run_today, 'auto_verified')

    def test_the_handbooks_tasks_look_at_their_sets(self):
        for code in ('odoo', 'cnet', 'peachtree', 'windowsimage'):
            task, backup_set = (self.env.ref(f'it_continuity.{kind}_{code}') for kind in ('task_backup', 'backup_set'))
            self.assertEqual((task.backup_set_ids, task.backup_level), (backup_set, 'replicated'))
        self.assertEqual(self.set._window(NOW), (NOW - timedelta(days=75)).date())

    def test_an_upgrade_gives_a_set_to_the_company_of_its_asset_or_of_its_task(self):
        sets = {name: f'it_continuity.backup_set_{name}' for name in ('odoo', 'cnet', 'peachtree')}
        self.env['it.backup.set'].union(*map(self.env.ref, sets.values())).unlink()
        here, there = self.env.company, self.env['res.company'].create({'name': "Branch"})
        asset, task = self.env.ref('it_continuity.asset_backup_odoo'), self.env.ref('it_continuity.task_backup_cnet')
        self.env.flush_all()
        # As such a database may be: past what the forms of today let through.
        self.env.cr.execute("UPDATE it_asset SET company_id = %s WHERE id = %s", [there.id, asset.id])
        self.env.cr.execute("UPDATE it_task SET company_id = %s WHERE id = %s", [there.id, task.id])
        self.env.cr.execute("DELETE FROM ir_model_data WHERE module = 'it_continuity' AND name = 'asset_backup_cnet'")
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        run_path(file_path('it_continuity/migrations/19.0.1.7.0/post-backups.py'))['migrate'](self.env.cr, '19.0.1.6.0')
        self.env.invalidate_all()
        found = {name: self.env.ref(xmlid) for name, xmlid in sets.items()}
        self.assertEqual([found[name].company_id for name in sets], [there, there, here])
        self.assertEqual((found['odoo'].asset_id, found['cnet'].asset_id, found['cnet']), (asset, self.env['it.asset'], task.backup_set_ids))

    def test_an_upgrade_lets_the_monthly_restore_name_its_button_but_leaves_changed_words(self):
        task, script = self.env.ref('it_continuity.task_restore_check'), run_path(file_path('it_continuity/migrations/19.0.1.9.0/post-restore.py'))
        words = str(task.instructions)
        self.assertIn(script['NEW'], words)
        for before, after in ((words.replace(script['NEW'], script['OLD']), words), ("<p>Our own way</p>", "<p>Our own way</p>")):
            task.instructions = before
            waits, done = (self.env['it.task.run'].browse(task.with_user(self.technician).action_start_run()['res_id']) for _number in range(2))
            self.env.flush_all()
            self.env.cr.execute("UPDATE it_task_run SET state = 'missed' WHERE id = %s", [done.id])
            script['migrate'](self.env.cr, '19.0.1.8.0')
            self.env.invalidate_all()
            self.assertEqual([str(one.instructions) for one in (task, waits, done)], [after, after, before])

    def test_an_upgrade_adds_the_sets_and_lets_the_tasks_look_at_them(self):
        names = ('odoo', 'cnet', 'peachtree', 'windowsimage')
        self.env['it.backup.set'].union(*(self.env.ref(f'it_continuity.backup_set_{name}') for name in names)).unlink()
        self.env.ref('it_continuity.task_restore_check').draws_restore = False
        script = run_path(file_path('it_continuity/migrations/19.0.1.7.0/post-backups.py'))
        for _twice in range(2):
            script['migrate'](self.env.cr, '19.0.1.6.0')
            self.env.invalidate_all()
            tasks = [self.env.ref(f'it_continuity.task_backup_{name}') for name in names]
            self.assertEqual([task.backup_set_ids.name for task in tasks], ["Odoo", "CNET", "Peachtree", "WindowsImage"])
        self.assertEqual(self.env.ref('it_continuity.backup_set_cnet').asset_id, self.env.ref('it_continuity.asset_backup_cnet'))
        self.assertEqual(self.env.ref('it_continuity.backup_set_peachtree').name_layout, '%m%d%y')
        self.assertTrue(self.env.ref('it_continuity.task_restore_check').draws_restore)
