from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ...models.backups import backup_copy
from .backup_case import MADE_AT, NOW, SHA, BackupCase, told


@tagged('post_install', '-at_install')
class TestBackupChain(BackupCase):
    """What hosts tell becomes a chain: made, readable, replicated; each fault stops it with its own words."""

    def test_the_same_bytes_on_two_machines_are_proven(self):
        self._tell(self.made, told())
        self._tell(self.copied, told('sub/prod_2026-11-27.zip'))
        self.assertChain('good', 'good', 'good', 'good', "srv-other: /srv/copies")
        self.assertEqual((self.set.day, self.set.file_id.name, self.set.next_step), (date(2026, 11, 27), 'prod_2026-11-27.zip', False))
        self.assertEqual(self.set.file_id.sha256, SHA)
        self.assertEqual(self.set.file_id.copy_ids.mapped('path'), ['prod_2026-11-27.zip', 'sub/prod_2026-11-27.zip'])
        self.assertIn('data-day="2026-11-27" data-state="good"', self.set.strip)
        self.assertIn('data-day="2026-11-26" data-state="none"', self.set.strip, "its places are younger: nobody was asked")
        self.set.restore_days = 30
        self.assertEqual(self.set.state, 'unknown', "none was ever restored")
        self.assertIn('data-day="2026-11-27" data-state="good"', self.set.strip, "of a day its strip says how that day's backup stands")

    def test_each_fault_has_its_own_words(self):
        whole = told()
        for files, copies, chain, words in (
            ([], [], ('bad', 'bad', 'none', 'none'), "is missing"),
            ([], [whole], ('bad', 'bad', 'none', 'none'), "not where backups are made"),
            ([told(size=0, sha256=None, level='seen', reason='empty')], [], ('bad', 'bad', 'none', 'none'), "is empty"),
            ([told(sha256=None, level='seen', reason='growing')], [], ('bad', 'bad', 'none', 'none'), "still being written"),
            ([told(level='settled', reason='cut')], [], ('bad', 'good', 'bad', 'none'), "is cut off"),
            ([told(level='settled', reason='crc')], [], ('bad', 'good', 'bad', 'none'), "a checksum in it is wrong"),
            ([told(level='settled', reason='encrypted')], [], ('bad', 'good', 'bad', 'none'), "protected by a password"),
            ([told(level='settled', reason='something_new')], [], ('bad', 'good', 'bad', 'none'), "something_new"),
            ([*self._earlier(), told(size=500)], [], ('bad', 'bad', 'none', 'none'), "much smaller than usual (500 B)"),
            ([*self._earlier(), told(size=500)], [whole], ('bad', 'bad', 'none', 'none'), "much smaller than usual (500 B)"),
            ([*self._earlier(), told(size=5000)], [], ('bad', 'bad', 'none', 'none'), "much larger than usual (4.9 KiB)"),
            ([told(level='settled', reason='too_large')], [], ('unknown', 'good', 'unknown', 'none'), "too much memory to read"),
            ([told(sha256=None, level='settled', reason='no_permission')], [], ('unknown', 'unknown', 'none', 'none'), "may not be read"),
            ([*self._earlier(), told(sha256='1' * 64)], [], ('bad', 'bad', 'none', 'none'), "same bytes as prod_2026-11-26.zip"),
            ([told(at=MADE_AT - timedelta(days=5))], [], ('bad', 'bad', 'none', 'none'), "not that of its content"),
            ([told(at=NOW + timedelta(hours=1))], [], ('bad', 'bad', 'none', 'none'), "from the future"),
            ([whole], [told(medium='removable')], ('bad', 'good', 'good', 'bad'), "removable medium"),
            ([whole], [told(sha256='b' * 64)], ('bad', 'good', 'good', 'bad'), "other bytes"),
            ([whole], [told(medium='network', volume='nas/backup')], ('unknown', 'good', 'good', 'unknown'), "which machine holds the share"),
            ([whole], [told(medium='network', volume=r'\\srv-test\backup')], ('bad', 'good', 'good', 'bad'), "on one machine"),
            ([whole], [told(medium='network', volume='//192.0.2.7/backup')], ('bad', 'good', 'good', 'bad'), "on one machine"),
            ([told(volume='0a1b:c2')], [told(volume='0a1b:d3')], ('bad', 'good', 'good', 'bad'), "on one machine"),
            ([whole], [told(sha256=None, level='settled', reason='reading')], ('waiting', 'good', 'good', 'waiting'), "being hashed"),
            ([whole], [], ('waiting', 'good', 'good', 'waiting'), "does not lie at: srv-other"),
        ):
            with self.subTest(words=words), self.env.cr.savepoint() as savepoint:
                self._tell(self.made, *files)
                self._tell(self.copied, *copies)
                self.assertChain(*chain, words)
                self.assertTrue(self.set.next_step)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_yesterdays_bytes_are_known_although_only_another_host_told_of_them(self):
        """The host that makes it was silent on the day before, and its file has gone."""
        yesterday = told('prod_2026-11-26.zip', MADE_AT - timedelta(days=1), sha256=SHA)
        for is_known, change in ((True, None), (True, yesterday._replace(sha256=None, level='settled', reason='changed')), (False, None)):
            with self.subTest(is_known=is_known, change=change), self.env.cr.savepoint() as savepoint:
                self._clock(NOW - timedelta(days=1) if is_known else NOW)
                self._tell(self.copied, yesterday, at=NOW - timedelta(days=1))  # told late it may have been taken from today's
                self._clock(NOW)
                if change:
                    self._tell(self.copied, change)
                    self._tell(self.copied, yesterday)
                self._tell(self.made, told())
                self._tell(self.copied, yesterday, told())
                if is_known:
                    self.assertChain('bad', 'bad', 'none', 'none', "prod_2026-11-27.zip holds the very same bytes as prod_2026-11-26.zip")
                    self._tell(self.made, told(at=NOW - timedelta(hours=1), sha256='b' * 64))
                    self._tell(self.copied, yesterday, told(sha256='b' * 64))
                self.assertChain('good', 'good', 'good', 'good')  # what was no backup is made again under its name
                savepoint.rollback()
            self.env.invalidate_all()

    def test_only_what_a_format_can_show_is_called_proven(self):
        for told_as, content, of_set, words in (
                ('bak', {}, 'auto', "What its pages hold no host can judge"), ('windows_image', {}, 'auto', "What its disks hold no host can judge"),
                ('pg_plain', {}, 'auto', "It is not packed"), ('pg_custom', {'packed': 'no'}, 'auto', "It is not packed"), ('pg_custom', {'packed': 'gzip'}, 'auto', ''),
                ('zip', {}, 'auto', ''), ('', {}, 'bak', "What its pages hold"), ('zip', {}, 'bak', '')):
            with self.subTest(told_as=told_as, content=content), self.env.cr.savepoint() as savepoint:
                self.set.format = of_set
                file = told(format=told_as, content=content)
                self._tell(self.made, file)
                self._tell(self.copied, file)
                self.assertChain('good', 'good', 'good', 'good', words)
                self.assertEqual((self.set.file_id.unseen or '')[:len(words) or None], words)
                self.assertEqual(("no host can judge" in self.set.reason, "not packed" in self.set.reason), ("no host" in words or "pages" in words, "not packed" in words))
                self._tell(self.made, file._replace(level='settled', reason='cut'))
                self.assertFalse(self.set.file_id.unseen, "of what is broken it is not said")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_a_dump_of_another_database_is_told_by_its_own_word(self):
        self.set.database = 'prod'
        for database, chain in (('prod', ('good', 'good', 'good', 'good')), ('test', ('bad', 'good', 'bad', 'none'))):
            self._tell(self.made, told(content={'database': database, 'taken_at': '2026-11-27T02:00:00+03:00'}))
            self._tell(self.copied, told())
            self.assertChain(*chain)
        self.assertIn("of another database", self.set.reason)

    def test_a_folder_that_nobody_can_read_is_unknown_and_never_missing(self):
        self.assertChain('unknown', 'unknown', 'none', 'none', "no host has told yet")
        self._tell(self.made, *self._earlier(), at=NOW - timedelta(days=1))
        self._look(self.made, code=3)
        self.assertChain('unknown', 'unknown', 'none', 'none', "cannot be read")
        self._look(self.made)
        self.assertChain('unknown', 'unknown', 'none', 'none', "cannot be read")  # the check is fine, and nobody has told what lies there
        self._tell(self.made, *self._earlier())
        self.assertChain('bad', 'bad', 'none', 'none', "is missing")
        self._clock(NOW + timedelta(days=2))
        self.assertChain('unknown', 'unknown', 'none', 'none', "is silent")

    def test_a_host_that_is_unsure_of_its_newest_backup_has_looked(self):
        self._tell(self.made, told(level='settled', reason='encrypted'))
        self._look(self.made, code=3)
        self.assertChain('bad', 'good', 'bad', 'none', "protected by a password")
        self.assertEqual(self.made.state, 'seen')
        self._clock(NOW + timedelta(hours=3))
        self._look(self.made, code=3)
        self.assertEqual(self.made.state, 'blind')

    def test_a_place_whose_disk_is_not_mounted_is_red_and_what_lay_there_has_not_gone(self):
        words, step = "the volume that it lay on is not there: its disk or share is not mounted, %s.", "Mount its disk or share on the host: %s."
        for minute, place in enumerate((self.made, self.copied)):
            at = NOW + timedelta(minutes=minute)
            self._clock(at)
            self._tell(self.made, told(), at=at)
            self._tell(self.copied, told(), at=at)
            self._unmount(place, at + timedelta(seconds=1))
            self.assertEqual((place.state, place.count, place.told_at), ('unmounted', 1, at))
            self.assertChain('bad', 'good', 'good', 'bad', words % place._words())
            self.assertEqual(self.set.next_step, step % place._words())
            self.assertIn('data-day="2026-11-27" data-state="good"', self.set.strip)
            self._clock(at + timedelta(seconds=2))
            self._tell(place, told(), at=at + timedelta(seconds=2))
            self.assertChain('good', 'good', 'good', 'good')
            self.assertEqual(place.state, 'seen')
        self._clock(NOW + timedelta(days=1))  # the next day's backup is due, and nobody can look for it
        self._tell(self.copied, told(), at=NOW + timedelta(days=1))
        self._unmount(self.made, NOW + timedelta(days=1))
        self.assertChain('bad', 'bad', 'none', 'none', words % self.made._words())
        self.assertEqual(self.set.day, date(2026, 11, 28))
        self._unmount(self.made, NOW + timedelta(days=1, hours=1, minutes=30))
        self.env['it.backup.day']._keep(back=10)
        kept = self.env['it.backup.day'].search([('set_id', '=', self.set.id), ('day', '=', date(2026, 11, 28))])
        self.assertEqual((kept.state, kept.link, kept.code), ('bad', 'made', 'unmounted'))
        self._clock(NOW + timedelta(days=1, hours=4))
        self._look(self.made, code=3)
        self.assertEqual(self.made.state, 'blind', "it told nothing for hours although it looked")

    def _unmount(self, place, at):
        """Let the host of a place say that what it is is not mounted."""
        data = {'check': place.check_id.id, 'count': 0, 'files': [], 'unmounted': True}
        (self.other_agent if place == self.made else self.agent)._apply_event('backup_files', at, data)  # of another's it has no word
        self.assertNotEqual(place.unmounted_at, at)
        self._clock(at)
        place.agent_id._apply_event('backup_files', at, data)
        self._look(place, code=3)

    def test_megas_folder_counts_by_megas_own_word(self):
        self.copied.kind = 'mega'
        self.assertTrue(self.copied.check_id.settings['mega'])
        self._tell(self.made, told())
        for word, why, state, words, step in (
            ('', '', 'unknown', "MEGA does not tell", "See on the host why MEGAcmd does not tell"),
            ('unknown', "MEGAcmd runs as loj", 'unknown', "MEGA does not tell, srv-other: /srv/copies. The host says: MEGAcmd runs as loj", "See on the host"),
            ('not_installed', "only MEGAsync is here", 'unknown', "MEGAcmd is not installed", "Install MEGAcmd"),
            ('missing', '', 'waiting', "not in the cloud yet: srv-other: /srv/copies", ''),
            ('missing', "b/2 is not up there yet", 'waiting', "not in the cloud yet: srv-other: /srv/copies. The host says: b/2 is not", "See why MEGA"),
            ('not_synced', "the sync is suspended", 'waiting', "The host says: the sync is suspended", "See why MEGA"),
            ('other_size', "up there it has 5 bytes", 'bad', "another size in the cloud: srv-other: /srv/copies. The host says: up there", "again"),
            ('same_size', "as large", 'good', "lies at", ''),
        ):
            self._tell(self.copied, told(content={'mega': word, 'mega_why': why}))
            self.assertEqual((self.set.replicated_state, self.set.file_id.copy_ids.filtered('cloud').cloud_why or ''), (state, why if word else ''))
            self.assertIn(words, self.set.reason)
            self.assertIn(step, self.set.next_step or '')
            self.assertEqual(bool(step), bool(self.set.next_step))
            self.assertEqual("Install MEGAcmd" in (self.set.next_step or ''), word == 'not_installed')
            self.assertNotIn("as large", self.set.reason)

    def test_what_was_changed_after_it_was_proven_stays_red_until_a_newer_one_is_made(self):
        whole, other = told(), told(sha256='b' * 64, modified_at=NOW - timedelta(hours=1))
        self._tell(self.made, whole)
        self._tell(self.copied, whole)
        self._tell(self.made, other._replace(sha256=None, level='settled', reason='changed', content={'changed_from': SHA}))
        self.assertChain('bad', 'unknown', 'bad', 'none', "was changed after it was hashed")  # of when these bytes are nobody knows
        self._tell(self.made, other)
        self._tell(self.copied, other)
        self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven, seen on")
        self.assertIn("make a new backup", self.set.next_step)
        copy = self.set.file_id.copy_ids.filtered(lambda one: one.place_id == self.made)
        self.assertEqual((copy.sha256, copy.proven_sha256, copy.changed_at), ('b' * 64, SHA, NOW))
        self.assertEqual(self.set.age_text, False, "no backup is left that was proven")
        self._tell(self.made, other._replace(name='renamed_2026-11-27.zip'))
        self.assertChain('bad', 'bad', 'none', 'none', "renamed_2026-11-27.zip was changed after it was proven, seen on")
        later, day = NOW + timedelta(hours=9), ('bad', 'bad', 'none', 'none')
        self._clock(later)
        self._tell(self.made, other, at=later)
        self.assertChain(*day, "was changed after it was proven")
        newer = told('prod_2026-11-27_2200.zip', NOW + timedelta(hours=8), sha256='c' * 64)
        self._tell(self.made, newer, other, at=later)
        self._tell(self.copied, newer, other, at=later)
        self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.made, whole, at=later)  # the bytes of before are what they were
        self.assertFalse(copy.changed_at)

    def test_what_is_made_again_or_anew_under_its_name_is_not_changed(self):
        self._tell(self.made, told(level='settled', reason='cut', sha256='b' * 64))
        self._tell(self.made, told())
        self.assertEqual((self.set.made_state, self.set.readable_state), ('good', 'good'))
        plain = told('prod.zip', MADE_AT)
        self._tell(self.made, told(), plain._replace(sha256='c' * 64))
        self._tell(self.made, told(), plain._replace(sha256='d' * 64, modified_at=NOW - timedelta(hours=1)))
        self.assertFalse(self.set.file_ids.copy_ids.filtered('changed_at'), "nobody can say of a name without a date that its file is the same backup")
        self._tell(self.made, told(), plain._replace(sha256='e' * 64))
        self.assertEqual(self.set.file_ids.copy_ids.filtered('changed_at').path, 'prod.zip')

    def test_a_backup_that_is_made_again_under_its_name_is_another_one_and_an_older_one_is_not(self):
        first, later = told(content={'taken_at': '2026-11-27T02:00:00+03:00'}), NOW - timedelta(hours=1)
        again = told(at=later, sha256='b' * 64, content={'taken_at': '2026-11-27T11:55:00+03:00'})
        for place in (self.made, self.copied):
            self._tell(place, first)
        for sequel, is_good in ((again, True), (again._replace(content={}), False), (again._replace(content=first.content), False),
                                (again._replace(content={'taken_at': '2026-11-27T01:00:00+03:00'}), False)):
            with self.subTest(sequel=sequel), self.env.cr.savepoint() as savepoint:
                for place in (self.made, self.copied):
                    self._tell(place, sequel._replace(sha256=None, level='settled', reason='changed', content={'changed_from': SHA}))
                for place in (self.made, self.copied):
                    self._tell(place, sequel)
                if is_good:
                    self.assertChain('good', 'good', 'good', 'good')
                    self._tell(self.made, sequel._replace(sha256='c' * 64))
                self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_what_says_no_clock_is_not_made_later_when_only_its_bytes_are_others(self):
        """Which clock a time is by follows from when a file was changed last; who changes the bytes changes that too."""
        first = told(at=datetime(2026, 11, 26, 22, 1), content={'taken_at': '2026-11-27T01:00:00'})
        for place in (self.made, self.copied):
            self._tell(place, first)
        self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.made, first._replace(modified_at=NOW - timedelta(hours=1), sha256='b' * 64))
        self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven")
        self._tell(self.made, first._replace(content={'taken_at': '2026-11-27T01:00:00+00:00'}))  # a newer agent knows the clock
        self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.made, first._replace(sha256='b' * 64, content={'taken_at': '2026-11-27T01:00:00+00:00'}))
        self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven")

    def test_another_file_of_its_name_in_another_folder_changes_nothing(self):
        first, other = told('a/prod_2026-11-27.zip'), told('b/prod_2026-11-27.zip', NOW - timedelta(hours=1), sha256='b' * 64)
        self._tell(self.made, first)
        self._tell(self.copied, first)
        for beside in (other._replace(sha256=None, level='settled', reason='unread'), other, other._replace(level='settled', reason='crc')):
            self._tell(self.made, first, beside)
            self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.made, first._replace(sha256='c' * 64), other)
        self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven")

    def test_what_was_read_whole_and_is_no_backup_is_made_again_under_its_name(self):
        for no_backup in (told(sha256='1' * 64), told(at=MADE_AT - timedelta(days=5)), told(size=500)):
            with self.subTest(no_backup=no_backup), self.env.cr.savepoint() as savepoint:
                for _again in range(2):
                    self._tell(self.made, *self._earlier(), no_backup)
                self.assertEqual((self.set.made_state, self.set.file_id.copy_ids.proven_sha256), ('bad', False))
                whole = told(at=NOW - timedelta(hours=1), sha256='c' * 64)
                self._tell(self.made, *self._earlier(), whole._replace(sha256=None, level='settled', reason='changed'))
                self._tell(self.made, *self._earlier(), whole)
                self._tell(self.copied, whole)
                self.assertChain('good', 'good', 'good', 'good')
                self._tell(self.made, *self._earlier(), whole._replace(sha256='d' * 64))
                self.assertChain('bad', 'bad', 'none', 'none', "was changed after it was proven")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_clock_of_a_dumps_time_is_the_one_that_fits_its_last_change(self):
        for taken_at, words in (('2026-11-26T22:30:00', ''), ('2026-11-26T23:00:00', ''), ('2026-11-26T18:00:00', "not that of its content")):
            self._tell(self.made, told(content={'taken_at': taken_at}))
            self.assertEqual((self.set.made_state, words in self.set.reason), ('bad' if words else 'good', True), taken_at)
        self._tell(self.made, told(at=datetime(2026, 11, 26, 19, 35), content={'taken_at': '2026-11-26T22:30:00'}))
        self.assertChain('bad', 'bad', 'none', 'none', "not that of its content")

    def test_a_backup_that_bears_tomorrows_date_is_called_that(self):
        self._tell(self.made, told('prod_2026-11-28.zip'))
        self.assertChain('bad', 'bad', 'none', 'none', "prod_2026-11-28.zip bears the date of a day to come, and nothing of this day")
        self.assertIn("rename the file", self.set.next_step)

    def test_what_left_its_place_counts_no_more(self):
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self._tell(self.copied, told('other.zip', MADE_AT + timedelta(hours=1)), count=2)
        self.assertChain('good', 'good', 'good', 'good')  # the newest were told, which says nothing of what is older
        self._tell(self.copied)
        self.assertChain('waiting', 'good', 'good', 'waiting', "does not lie at")
        later = NOW + timedelta(hours=2)
        self._clock(later)
        self._tell(self.made, told(), at=later)
        self._tell(self.copied, at=later)
        self.assertEqual(self.set.state, 'bad')

    def test_the_only_copy_is_asked_for_as_any_other(self):
        self.set.machines = 1
        for told_now, chain, words in (
            ([], ('bad', 'bad', 'none', 'none'), "nobody sees it anywhere now"),
            ([told(medium='removable')], ('bad', 'bad', 'none', 'none'), "removable medium"),
            ([told()], ('good', 'good', 'good', 'good'), "srv-test"),
        ):
            self._tell(self.made, told())
            self._tell(self.made, *told_now)
            self.assertChain(*chain, words)
        self._clock(NOW + timedelta(hours=12))
        self.assertChain('unknown', 'unknown', 'none', 'none', "is silent")

    def test_a_copy_whose_time_was_set_anew_is_still_that_days_backup(self):
        self.set.name_layout = '%d.%m.%y'
        self._tell(self.made, told('prod.zip'))
        self._tell(self.copied, told('prod.zip', NOW - timedelta(minutes=5)))
        self.assertChain('good', 'good', 'good', 'good')
        self.assertEqual(len(self.set.file_ids), 1)

    def test_what_was_told_under_other_settings_is_forgotten(self):
        settings = self.copied.check_id.settings
        for change in (
            lambda: self.copied.write({'folder': '/elsewhere'}), lambda: self.copied.write({'pattern': '*.7z'}), lambda: self.copied.write({'kind': 'made'}),
            lambda: self.set.write({'format': 'zip'}), lambda: self.set.write({'database': 'prod'}),
            lambda: self.copied.check_id.write({'settings': {**settings, 'folder': '/by/the/check'}}),
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as savepoint:
                self._tell(self.made, told(), *self._earlier(1))
                self._tell(self.copied, told(), told('only_2026-11-27.zip'))
                change()
                self.env.invalidate_all()
                self.assertEqual((self.copied.told_at, self.copied.volume, self.copied.medium), (False, False, False))
                self.assertNotIn(self.copied, self.set.file_ids.copy_ids.place_id)
                self.assertNotIn('only_2026-11-27.zip', self.set.file_ids.mapped('name'))
                self.assertEqual(self.set.state, 'unknown')
                savepoint.rollback()
            self.env.invalidate_all()

    def test_how_many_are_told_is_no_other_place(self):
        self._tell(self.copied, told())
        self.copied.check_id.settings = {**self.copied.check_id.settings, 'keep': 10}
        self.copied.write({'kind': 'copy'})
        self.assertTrue(self.copied.told_at and self.set.file_ids.copy_ids)

    def test_what_was_drawn_to_be_restored_stays_known(self):
        self._tell(self.made, told())
        self.env['it.restore.drill'].with_user(self.technician).action_draw()
        self.made.folder = '/elsewhere'
        self.env.invalidate_all()
        self.assertEqual((self.set.file_ids.name, self.set.made_state), ('prod_2026-11-27.zip', 'unknown'))
        self.assertFalse(self.set.file_ids.copy_ids)

    def test_a_name_that_was_told_of_yesterday_and_never_read_is_no_backup_of_then(self):
        ghost = told('prod.zip', MADE_AT, sha256=None, level='settled', reason='unread')
        self._tell(self.made, ghost, at=NOW - timedelta(hours=2))
        self._tell(self.made, ghost._replace(modified_at=NOW - timedelta(days=1)))
        self.assertChain('bad', 'bad', 'none', 'none', "is missing")

    def test_where_it_is_made_is_who_says_what_it_is(self):
        self.set.database = 'prod'
        other = told(content={'database': 'other', 'taken_at': '2026-12-24T02:00:00+00:00'})
        file = told(content={'database': 'prod', 'taken_at': '2026-11-27T02:00:00+03:00'})
        self._tell(self.copied, other)
        self._tell(self.made, told())  # says nothing of itself, and is not what the other one says
        self._tell(self.copied, other)
        self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.made, file)
        self._tell(self.copied, other)
        self.assertEqual((self.set.file_ids.content_database, self.set.file_ids.content_at, self.set.file_ids.content), ('prod', MADE_AT, file.content))

    def test_one_odd_file_does_not_keep_the_others_back(self):
        odd = [
            told('first.zip', datetime(1, 1, 1)), told('last.zip', datetime(9999, 12, 31, 23)),
            told('says.zip', content={'taken_at': '9999-12-31T23:59:59-12:00'}), told('00010101.zip'), told('1970-01-01.zip')]
        self._tell(self.made, told(), *odd)
        self._tell(self.copied, told(), *odd)
        self.assertEqual(len(self.set.file_ids), 6)
        self.assertEqual((self.made.told_at, self.set.state), (NOW, 'good'))

    def test_two_copies_of_one_backup_are_told_as_one(self):
        self._tell(self.made, told('prod.zip'))
        days = [NOW - timedelta(days=3), NOW - timedelta(days=2)]
        self._tell(self.copied, *(told(f'{number}/prod.zip', at) for number, at in enumerate(days)))
        self.assertEqual((len(self.set.file_ids), self.set.file_ids.copy_ids.mapped('path')), (1, ['prod.zip', '1/prod.zip']))

    def test_an_older_word_changes_nothing(self):
        self._tell(self.made, told())
        self._tell(self.made, at=NOW - timedelta(hours=1))
        self.assertEqual((self.set.made_state, self.made.told_at), ('good', NOW))

    def test_a_thing_older_than_its_rpo_is_told(self):
        self.set.rpo_h = 6
        self._tell(self.made, told())
        self._tell(self.copied, told())
        self.assertTrue(self.set.is_past_rpo)
        self.assertEqual((self.set.state, self.set.replicated_state), ('bad', 'good'))
        made, make = "The newest proven backup is 11 h old; at most 6 h may be lost. ", "Make a backup now, or look why the next one is not there yet."
        self.assertTrue(self.set.reason.startswith(f"{made}The backup of "), self.set.reason)
        self.assertEqual(self.set.next_step, make)
        self.set.copy_h = 3
        self._tell(self.copied)
        self.assertChain('bad', 'good', 'good', 'waiting', f"{made}Backup of ")
        self.assertEqual(self.set.next_step, make)
        self._tell(self.made, told(sha256=None, level='settled', reason='reading'))
        self.assertChain('bad', 'waiting', 'none', 'none', "No backup is proven yet; at most 6 h may be lost. Backup of ")
        self._tell(self.copied, told())
        self._tell(self.made, told())
        self.set.rpo_h = 24
        self.assertFalse(self.set.is_past_rpo)
        self.assertChain('good', 'good', 'good', 'good')
        self.assertTrue(self.set.reason.startswith("The backup of "))
        self.assertFalse(self.set.next_step)

    def test_the_date_in_names_is_read_as_the_set_says(self):
        with self.assertRaises(ValidationError):
            self.set.name_layout = '%d'
        self._tell(self.made, told('112526.ptb'))
        self.assertEqual(self.set.file_ids.day, date(2026, 11, 27))
        self.set.name_layout = '%m%d%y'
        self.assertEqual(self.set.file_ids.day, date(2026, 11, 25))

    def test_a_name_by_utcs_clock_is_of_the_day_that_it_was_here(self):
        odoo = told('prod_2026-11-26_22-30-00.zip', datetime(2026, 11, 26, 22, 31), content={'taken_at': '2026-11-26T22:30:20+00:00'})
        for place in (self.made, self.copied):
            self._tell(place, odoo)
        self.assertChain('bad', 'bad', 'none', 'none', "is missing")
        self.assertEqual((self.set.file_ids.day, self.set.file_ids.at), (date(2026, 11, 26), datetime(2026, 11, 26, 19, 30)))
        with self.assertRaises(AccessError):
            self.set.with_user(self.technician).name_utc = True
        self.set.name_utc = True
        self.assertEqual((self.set.file_ids.day, self.set.file_ids.at), (date(2026, 11, 27), datetime(2026, 11, 26, 22, 30)))
        self.assertChain('good', 'good', 'good', 'good')
        for place in (self.made, self.copied):
            self._tell(place, odoo)
        self.assertChain('good', 'good', 'good', 'good')
        self.assertEqual(len(self.set.file_ids), 1)

    def test_many_sets_are_judged_by_as_many_statements_as_one(self):
        files = self._earlier(5)
        self._tell(self.made, *files)
        self._tell(self.copied, *files)
        self.set.copy_h = 3
        sets = self.set
        for number in range(4):
            sets |= self._more(number, files)
        self.env.invalidate_all()
        one = self._statements(self.set)
        self.assertLessEqual(self._statements(sets), one + 2)
        self.assertEqual(len({backup_set.state for backup_set in sets}), 1)

    def _more(self, number, files):
        backup_set = self.env['it.backup.set'].create({'name': f"More {number}", 'due_h': 12})
        for agent, kind in ((self.agent, 'made'), (self.other_agent, 'copy')):
            place = self.env['it.backup.place'].create(
                {'set_id': backup_set.id, 'agent_id': agent.id, 'folder': f'/more/{number}', 'kind': kind})
            self._tell(place, *files)
        return backup_set

    def _statements(self, sets):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        sets.mapped('state')
        return self.env.cr.sql_log_count - before

    def test_a_long_list_is_taken_by_as_few_statements_as_a_short_one(self):
        counts = []
        for size in (2, 150):
            files = [told(f'{size}_{number}.zip', MADE_AT - timedelta(minutes=number), sha256=f'{number:064x}') for number in range(size)]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._tell(self.made, *files, look=False)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_a_host_speaks_of_its_own_places_only(self):
        data = {'check': self.made.check_id.id, 'count': 1, 'files': [
            {**told()._asdict(), 'modified_at': '2026-11-26T23:00:00+00:00'}]}
        self.other_agent._apply_event('backup_files', NOW, data)
        self.assertFalse(self.set.file_ids)
        self.agent._apply_event('backup_files', NOW, data)
        self.assertEqual(self.set.file_ids.mapped('name'), ['prod_2026-11-27.zip'])

    def test_what_a_report_carries_is_taken_by_the_judge(self):
        self._clock(None)
        data = {'check': self.made.check_id.id, 'count': 1, 'files': [{**told()._asdict(), 'modified_at': '2026-11-26T23:00:00+00:00'}]}
        self._store(self.fake, [{
            'seq': 1, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'backup_files', 'data': data}])
        self.env['it.judge']._judge()
        self.assertEqual((self.set.file_ids.name, self.made.medium, self.made.count), ('prod_2026-11-27.zip', 'ssd', 1))

    def test_how_far_a_hash_is_is_seen_while_it_goes_on(self):
        self._clock(None)
        for seq, (hashed, sha256, percent) in enumerate([(0, None, "0 %"), (412, None, "41 %"), (999, None, "99 %"), (1000, SHA, "100 %")], start=1):
            one = told(hashed=hashed, sha256=sha256, **{} if sha256 else {'level': 'settled', 'reason': 'reading'})
            data = {'check': self.made.check_id.id, 'count': 1, 'files': [{**one._asdict(), 'modified_at': '2026-11-26T23:00:00+00:00'}]}
            self._store(self.fake, [{
                'seq': seq, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'backup_files', 'data': data}])
            self.env['it.judge']._judge()
            self.env.invalidate_all()
            [shown] = self.set.file_ids.with_user(self.technician).copy_ids.read(['progress', 'size_text'])
            self.assertEqual((shown['progress'], shown['size_text']), (percent, "1000 B"))

    def test_a_host_fills_no_database_with_names(self):
        files = [told(f'{number}.zip', MADE_AT - timedelta(minutes=number), sha256=f'{number:064x}') for number in range(5)]
        with patch.object(backup_copy, 'MOST_NEW', 3):
            with self.assertLogs(backup_copy.__name__, 'WARNING') as logs:
                self._tell(self.made, *files)
            self.assertIn("2 new files are left out", logs.output[0])
            self.assertEqual(self.set.file_ids.mapped('name'), ['0.zip', '1.zip', '2.zip'])
            with self.assertLogs(backup_copy.__name__, 'WARNING'):
                self._tell(self.made, files[0]._replace(size=7), *files[3:])
            self.assertEqual(len(self.set.file_ids), 3)
            self.assertEqual(self.set.file_ids[:1].size, 7)  # what is known is told of as ever
            self._tell(self.made, *files, at=NOW + timedelta(days=2))
            self.assertEqual(len(self.set.file_ids), 5)

    def test_a_list_from_the_future_is_of_now(self):
        data = {'check': self.made.check_id.id, 'count': 1, 'files': [{**told()._asdict(), 'modified_at': '2026-11-26T23:00:00+00:00'}]}
        self.agent._apply_event('backup_files', NOW + timedelta(days=9), data)
        self.assertEqual(self.made.told_at, NOW)

    def test_what_left_long_ago_is_deleted_unless_it_was_drawn(self):
        stays, drawn, gone = told('stays.zip'), told('drawn.zip', sha256='b' * 64), told('gone.zip', sha256='c' * 64, level='settled', reason='crc')
        self._tell(self.made, drawn)
        self.env['it.restore.drill'].with_user(self.technician).action_draw()
        self._tell(self.made, stays, drawn, gone)
        self._tell(self.made, stays)
        self._tell(self.copied, told('elsewhere.zip'))
        self.copied.unlink()
        for days, names in ((74 + 365, {'stays.zip', 'drawn.zip', 'gone.zip'}), (77 + 365, {'stays.zip', 'drawn.zip'})):
            self._clock(NOW + timedelta(days=days))
            self.env['it.backup.copy']._gc_told()
            self.assertEqual(set(self.set.file_ids.mapped('name')), names)
        self.assertEqual(self.set.file_ids.copy_ids.mapped('path'), ['stays.zip'])

    def test_a_list_that_was_taken_is_deleted_a_day_later(self):
        self._clock(None)
        data = {'check': self.made.check_id.id, 'count': 0, 'files': []}
        self._store(self.fake, [{
            'seq': 1, 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'backup_files', 'data': data}])
        at, later = self.env.cr.now(), timedelta(days=1, minutes=1)
        for is_judged, moment, left in ((False, at + later, 1), (True, at, 1), (True, at + later, 0)):
            if is_judged:
                self.env['it.judge']._judge()
            self._clock(moment)
            self.env['it.backup.copy']._gc_told()
            self.env.cr.execute("SELECT count(*) FROM it_agent_event WHERE kind = 'backup_files'")
            self.assertEqual(self.env.cr.fetchone()[0], left)
