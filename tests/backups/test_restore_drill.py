import json
from runpy import run_path

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from ...lib import backup_pick
from ..checklists.common import ChecklistCase
from .backup_case import NOW, BackupCase, told


@tagged('post_install', '-at_install')
class TestRestoreDrill(BackupCase, ChecklistCase):
    """What is restored is picked at random and sealed before anybody sees it; what a person says of it stays."""

    def setUp(self):
        super().setUp()
        self._clock(NOW)
        self._tell(self.made, told(), *self._earlier(3), told('broken.zip', level='settled', reason='crc'))

    def _draw(self, user=None, **values):
        action = self._rpc(user or self.technician, self.env['it.restore.drill'], 'action_draw', **values)
        return self.env['it.restore.drill'].browse(action['res_id'])

    def _say(self, drill, **values):
        self._rpc(self.technician, drill, 'write', {'where_to': "srv-test", 'minutes': 30, 'found': "Ten invoices agree", **values})

    def _assert_only_the_manager_verifies(self, run, bosses):
        for boss in bosses:
            with self.subTest(boss=boss.login), self.assertRaisesRegex(AccessError, "your own work"):
                self._rpc(boss, run, 'action_verify')
            self.assertFalse(run.with_user(boss).can_verify)
        self._rpc(self.manager, run, 'action_verify')
        self.assertRunState(run, 'verified')

    def test_the_pick_can_be_checked_and_is_sealed_as_it_was_drawn(self):
        drill = self._draw()
        words = json.loads(drill.candidates)
        self.assertEqual(len(words), 4)
        self.assertEqual(backup_pick.commitment(drill.seed, words), drill.commitment)
        self.assertEqual(words[backup_pick.pick(drill.seed, words)], drill.picked)
        self.env.cr.flush()
        event = self.env['it.seal.event'].search([('model', '=', 'it.restore.drill'), ('res_id', '=', drill.id)])
        self.assertIn(drill.seed, event.content)
        self.assertEqual(self._draw(self.technician_2), drill, "one that is drawn is not drawn anew")

    def test_a_person_tells_and_it_stays_so(self):
        self.set.asset_id = self.host
        self.host.rto_h = 0.4
        self.set.restore_days = 35
        self.assertEqual((self.set.restored_state, self.set.restored_at), ('unknown', False))
        drill = self._draw()
        with self.assertRaisesRegex(UserError, "what was compared"):
            self._rpc(self.technician, drill, 'action_done')
        self._say(drill)
        self._rpc(self.technician, drill, 'action_done')
        self.assertEqual((drill.state, drill.is_otherwise, drill.is_within_rto, drill.done_by_id), ('done', False, False, self.technician))
        self.assertEqual((self.set.restored_state, self.set.restored_at), ('good', NOW))
        for vals in ({'minutes': 5}, {'found': "x"}, {'state': 'drawn'}):
            with self.assertRaises(AccessError):
                self._rpc(self.manager, drill, 'write', vals)
        with self.assertRaises(UserError):
            self._rpc(self.technician, drill, 'action_give_up')
        self.assertNotEqual(self._draw(), drill)

    def test_one_that_was_changed_is_not_drawn(self):
        changed = self.set.file_ids.filtered(lambda one: one.level == 'readable')[1:]
        self.env.cr.execute("UPDATE it_backup_copy SET changed_at = %s WHERE file_id = ANY(%s)", [NOW, changed.ids])
        self.env.invalidate_all()
        self.assertEqual(len(json.loads(self._draw().candidates)), 1)

    def test_without_an_rto_nothing_is_within_it(self):
        drill = self._draw()
        self._say(drill)
        self._rpc(self.technician, drill, 'action_done')
        self.assertEqual((drill.state, drill.rto_h, drill.is_within_rto), ('done', 0, False))

    def test_one_chosen_otherwise_is_marked_so(self):
        drill = self._draw()
        self._say(drill, restored_id=(self.set.file_ids - drill.file_id)[0].id)
        with self.assertRaisesRegex(UserError, "why another backup"):
            self._rpc(self.technician, drill, 'action_done')
        self._say(drill, otherwise_reason="The disk was full")
        self._rpc(self.technician, drill, 'action_fail')
        self.assertEqual((drill.state, drill.is_otherwise), ('failed', True))
        self.assertFalse(self.set.restored_at)

    def test_nobody_chooses_makes_or_forges_one(self):
        drill = self._draw()
        for vals in ({'file_id': self.set.file_ids[0].id}, {'seed': '00'}, {'state': 'done'}, {'done_at': NOW}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._rpc(self.manager, drill, 'write', vals)
        with self.assertRaises(AccessError):
            self._rpc(self.manager, drill, 'create', [{'name': "x"}])
        for person in (self.auditor, self.user):
            with self.assertRaises(AccessError):
                self._draw(person)
        self.set.active = False
        self._say(drill)
        self._rpc(self.technician, drill, 'action_give_up')
        with self.assertRaisesRegex(UserError, "none to pick from"):
            self._draw()

    def test_the_monthly_run_offers_one_and_keeps_what_was_told(self):
        run = self._run('restore', draws_restore=True, start_date=NOW.date())
        [drill] = self.env['it.restore.drill'].browse(self._rpc(self.technician, run, 'action_draw_restore')['res_id'])
        self.assertEqual(drill.run_id, run)
        with self.assertRaises(UserError):
            self._rpc(self.technician, run, 'action_done')
        self._say(drill)
        self._rpc(self.technician, drill, 'action_done')
        [drawn] = run.with_user(self.technician).get_items()
        self.assertEqual(drawn['restore']['button'], "Open")
        self.assertEqual(self._rpc(self.technician, run, 'action_draw_restore')['res_id'], drill.id, "what was restored is shown, and no other drawn")
        self.env['it.task.run']._cron_auto_verify()
        self.assertRunState(run, 'pending')
        self._rpc(self.technician, run, 'action_done')
        self.assertRunState(run, 'done')
        self.assertEqual(run.snapshot[0]['drill']['commitment'], drill.commitment)
        self.assertIn("Ten invoices agree", run.check_evidence)

    def test_who_told_of_the_restore_or_wrote_of_it_does_not_verify_the_run(self):
        """Also where another told of it in the end."""
        bosses = [self._person('manager', f'boss_{number}') for number in range(2)]
        drill, run = self._draw(), self._run('restore', draws_restore=True, start_date=NOW.date(), needs_verification=True)
        self._rpc(self.technician, run, 'action_draw_restore')
        self._rpc(bosses[0], drill, 'write', {'where_to': "srv-test"})
        self._say(drill)
        self._rpc(bosses[1], drill, 'action_done')
        self._rpc(self.technician, run, 'action_done')
        self.assertRunState(run, 'done')
        self._assert_only_the_manager_verifies(run, bosses)

    def test_nor_does_who_wrote_of_it_before_a_run_took_it(self):
        """Nor whose file it names, also when the task restores no backup any more."""
        bosses = [self._person('manager', f'boss_{number}') for number in range(3)]
        drill = self._draw()
        self._rpc(bosses[0], drill, 'write', {'where_to': "srv-test"})
        file = self.env['ir.attachment'].with_user(bosses[1]).create({
            'name': "picture.png", 'raw': b"x", 'res_model': drill._name, 'res_id': drill.id})
        self._say(drill, attachment_ids=[Command.link(file.id)])
        run = self._run('restore', draws_restore=True, start_date=NOW.date(), needs_verification=True)
        self._rpc(self.technician, run, 'action_draw_restore')
        self._rpc(bosses[2], drill, 'action_done')
        self.assertEqual(drill.writer_ids, self.technician.union(*bosses))
        self._rpc(self.technician, run, 'action_done')
        run.task_id.draws_restore = False
        self._assert_only_the_manager_verifies(run, bosses)

    def test_upgrade_names_who_told_of_earlier_ones_also_for_a_run_that_was_missed(self):
        boss = self._person('manager', 'boss')
        drill, run = self._draw(), self._run('restore', draws_restore=True, start_date=NOW.date(), needs_verification=True)
        self._rpc(self.technician, run, 'action_draw_restore')
        self._say(drill)
        self._rpc(boss, drill, 'action_done')
        run._transition({'contributor_ids': [Command.clear()], 'state': 'missed'})
        drill._transition({'writer_ids': [Command.clear()]})
        for _time in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-restores.py'))['migrate'](self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()
        self.assertEqual((drill.writer_ids, run.contributor_ids), (boss, boss))

    def test_without_a_draw_the_monthly_run_is_marked(self):
        run = self._run('restore', draws_restore=True, start_date=NOW.date()).with_user(self.technician)
        with self.assertRaises(UserError):
            self._rpc(self.technician, run, 'action_done')
        [objection] = self.env['it.task.run.wizard'].with_user(self.technician)._objections(run)
        self.assertIn("No backup was drawn", objection)
        self._rpc(self.technician, run, 'action_done', override_reason="The auditor asked for the newest one")
        self.assertRunState(run, 'done')
        self.assertEqual(run.override_reason, "The auditor asked for the newest one")
        self.assertIn("No backup was drawn for this run.", run.check_evidence, "who verifies it reads that, and not the doer's reason alone")

    def test_after_one_that_could_not_be_restored_the_run_draws_another(self):
        run = self._run('restore', draws_restore=True, start_date=NOW.date()).with_user(self.technician)
        drill = self.env['it.restore.drill'].browse(self._rpc(self.technician, run, 'action_draw_restore')['res_id'])
        self._say(drill)
        self._rpc(self.technician, drill, 'action_fail')
        [drawn] = run.get_items()
        self.assertEqual(drawn['restore']['button'], "Draw a backup")
        self.assertNotEqual(self._rpc(self.technician, run, 'action_draw_restore')['res_id'], drill.id)

    def test_a_run_takes_what_was_drawn_before_it_and_is_no_open_runs(self):
        drill, run = self._draw(), self._run('restore', draws_restore=True, start_date=NOW.date())
        self._rpc(self.technician, run, 'action_draw_restore')
        self.assertEqual(drill.run_id, run)
        other = self._run('other', draws_restore=True, start_date=NOW.date())
        self._rpc(self.technician, other, 'action_draw_restore')
        self.assertEqual(drill.run_id, run, "it is an open run's already")
        self._rpc(self.technician, run, 'action_not_applicable', reason="Nobody was there")
        self._rpc(self.technician, other, 'action_draw_restore')
        self.assertEqual(drill.run_id, other)

    def test_a_run_draws_among_the_backups_of_its_own_company(self):
        run = self._run('restore', draws_restore=True, start_date=NOW.date())
        branch = self.env['res.company'].create({'name': "Branch"})
        self.technician.company_ids += branch
        action = run.with_user(self.technician).with_context(allowed_company_ids=[branch.id, self.env.company.id]).action_draw_restore()
        self.assertEqual(self.env['it.restore.drill'].browse(action['res_id']).company_id, self.env.company)

    def test_its_files_are_evidence(self):
        drill = self._draw()
        file = self.env['ir.attachment'].with_user(self.technician).create({'name': "picture.png", 'raw': b"x"})
        self._say(drill, attachment_ids=[Command.link(file.id)])
        self._rpc(self.technician, drill, 'action_done')
        with self.assertRaises(AccessError):
            self._rpc(self.technician, file, 'unlink')
