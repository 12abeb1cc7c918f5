from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .backup_case import NOW, BackupCase, told


@tagged('post_install', '-at_install')
class TestBackupAccess(BackupCase):
    """Technicians add sets and places; what is promised, and what hosts tell, is not theirs to change."""

    def test_an_employee_sees_nothing(self):
        self._tell(self.made, told())
        for record in (self.set, self.made, self.set.file_ids, self.set.file_ids.copy_ids):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                self._rpc(self.user, record, 'read', ['display_name'])

    def test_an_auditor_reads_the_board(self):
        self._tell(self.made, told())
        [row] = self._rpc(self.auditor, self.set, 'read', ['state', 'reason', 'strip', 'made_state'])
        self.assertEqual(row['made_state'], 'good')
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, self.set, 'write', {'note': "x"})

    def test_what_a_technician_adds_proves_nothing_until_a_manager_accepts_it(self):
        self.copied.unlink()
        place = self._place(self.other_agent, '/srv/copies', 'copy', user=self.technician)
        self._tell(self.made, told())
        self._tell(place, told())
        self.assertChain('unknown', 'good', 'good', 'unknown', "no manager has accepted")
        with self.assertRaises(AccessError):
            self._rpc(self.technician, place, 'action_accept')
        self.assertFalse(place.told_at or self.set.file_ids.copy_ids.filtered(lambda copy: copy.place_id == place))
        self._rpc(self.manager, place, 'action_accept')
        self._tell(place, told(), at=NOW - timedelta(minutes=1))
        self.assertChain('unknown', 'good', 'good', 'unknown', "no host has told yet")  # told before somebody stood behind it
        self._tell(place, told())
        self.assertChain('good', 'good', 'good', 'good')

    def test_only_managers_change_what_is_promised_and_where_it_lies(self):
        for record, vals in (
            (self.set, {'machines': 1}), (self.set, {'due_h': 48}), (self.set, {'active': False}), (self.set, {'database': ''}),
            (self.made, {'machine_id': self.other_host.id}), (self.made, {'kind': 'mega'}), (self.made, {'folder': '/elsewhere'}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._rpc(self.technician, record, 'write', vals)
            self._rpc(self.manager, record, 'write', vals)
        self.assertEqual((self.made.folder, self.made.check_id.settings['folder']), ('/elsewhere', '/elsewhere'))
        self._rpc(self.technician, self.set, 'write', {'name': "Renamed"})

    def test_a_share_is_of_the_machine_whose_agent_tells_so_or_that_a_manager_names(self):
        third = self.env['it.asset'].create({'name': "nas", 'kind': 'host', 'category_id': self.category.id})
        self._tell(self.made, told())
        self._tell(self.copied, told(medium='network', volume='//nas/backups'))
        agent = self._host("nas", third)[1]
        agent.facts = {'hostname': "srv-third.branch.lan", 'addresses': []}
        self._rpc(self.technician, third, 'write', {'name': "NAS"})
        self.assertChain('unknown', 'good', 'good', 'unknown', "which machine holds the share")
        agent.facts = {'hostname': "nas", 'addresses': []}
        self.assertChain('good', 'good', 'good', 'good')
        self._rpc(self.manager, self.copied, 'write', {'machine_id': self.host.id})
        self.assertChain('bad', 'good', 'good', 'bad', "on one machine")
        self._rpc(self.manager, self.copied, 'write', {'machine_id': False})
        third.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertChain('unknown', 'good', 'good', 'unknown', "which machine holds the share")

    def test_a_copy_lies_on_its_own_share_whatever_the_newest_file_of_its_place_lies_on(self):
        """Below one folder a share of the machine that makes it is mounted back, and one of another machine."""
        nas = self.env['it.asset'].create({'name': "nas", 'kind': 'host', 'category_id': self.category.id})
        self._host("nas", nas)[1].facts = {'hostname': "nas", 'addresses': []}
        back = told('a/prod_2026-11-27.zip', medium='network', volume='//srv-test/backups')
        newer = told('b/other.zip', NOW - timedelta(hours=1), sha256='b' * 64, medium='network', volume='//nas/x')
        self._tell(self.made, told())
        for named in (False, nas):
            self.copied.machine_id = named
            self._tell(self.copied, back, newer)
            self.assertEqual(self.copied.volume, '//nas/x')
            self.assertChain('bad', 'good', 'good', 'bad', "on one machine")
            self._tell(self.copied, back._replace(name='b/prod_2026-11-27.zip', volume='//nas/x'), newer)
            self.assertChain('good', 'good', 'good', 'good')
        self._tell(self.copied, back._replace(volume='//alias/x'), newer)
        self.assertChain('good', 'good', 'good', 'good', "srv-other")  # of a name that no host bears the manager's word holds

    def test_nobody_writes_what_hosts_tell(self):
        self._tell(self.made, told())
        file = self.set.file_ids
        for record, vals in (
            (self.made, {'told_at': '2026-11-27 10:00:00'}), (self.made, {'medium': 'ssd'}), (self.made, {'check_id': self.copied.check_id.id}),
            (file, {'level': 'readable'}), (file, {'sha256': 'c' * 64}), (file.copy_ids, {'is_there': True}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._rpc(self.manager, record, 'write', vals)
        for record in (self.made, file.copy_ids):
            with self.assertRaises(AccessError):
                self._rpc(self.manager, record, 'create', [{'told_at': '2026-11-27 10:00:00', 'set_id': self.set.id, 'agent_id': self.agent.id}])

    def test_folder_and_pattern_are_changed_one_without_the_other(self):
        for vals, expected in (({'pattern': '*.zip'}, ('D:\\Backups', '*.zip')), ({'folder': '/other'}, ('/other', '*.zip')), ({'pattern': False}, ('/other', '*'))):
            self._rpc(self.manager, self.made, 'write', vals)
            self.env.invalidate_all()
            self.assertEqual((self.made.folder, self.made.pattern), expected)
        self.assertEqual(self.made.check_id.name, "Tested in /other", "its check is called by where it looks")
        self.made.check_id.name = "By hand"
        self._rpc(self.manager, self.made, 'write', {'folder': '/third'})
        self.assertEqual(self.made.check_id.name, "By hand")

    def test_a_place_stays_with_its_set_and_host(self):
        other = self.set.copy()
        for vals in ({'set_id': other.id}, {'agent_id': self.other_agent.id}):
            with self.assertRaises(AccessError):
                self._rpc(self.manager, self.made, 'write', vals)

    def test_a_place_says_what_is_missing(self):
        for vals, words in (({'folder': ' '}, "in which folder"), ({'agent_id': self._old_agent().id}, "bring it up to date")):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, words):
                self._rpc(self.technician, self.made, 'create', [{
                    'set_id': self.set.id, 'agent_id': self.agent.id, 'folder': '/x', 'kind': 'copy', **vals}])

    def _old_agent(self):
        host = self.env['it.asset'].create({'name': "srv-old", 'kind': 'host', 'category_id': self.category.id})
        return self._host("srv-old", host)[1]

    def test_a_place_that_goes_takes_its_check_along(self):
        check = self.copied.check_id
        self._rpc(self.manager, self.copied, 'unlink')
        self.assertFalse(check.active)
        self._rpc(self.manager, self.made, 'write', {'active': False})
        self.assertFalse(self.made.check_id.active)
