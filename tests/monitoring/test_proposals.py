from datetime import timedelta
from runpy import run_path

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_path

from ...lib import wire_discovered
from .agent_case import EPOCH
from .proposal_case import BACKUPS, HTTP, ODOO, RDP, WEB, ProposalCase, finding


@tagged('post_install', '-at_install')
class TestProposals(ProposalCase):
    """What a host finds is proposed, ticked when it is sure, and made a check by who adds checks today."""

    # === WHAT IS PROPOSED === #

    def test_what_a_host_finds_is_proposed(self):
        answer = self._tell(WEB, BACKUPS)
        self.assertEqual((answer['ack'], answer['rejected']), ({EPOCH: 1}, []))
        web, backups = self._proposals().sorted('key', reverse=True)
        self.assertEqual((web.name, web.state, web.is_sure, web.offer, web.is_open), ("Odoo answers", 'new', True, 'open', True))
        self.assertEqual(web.template_id, self.env.ref('it_continuity.check_template_odoo_http'))
        self.assertEqual((web.seen_from, web.seen_to, web.why), (self.env.cr.now().replace(microsecond=0), False, "An Odoo server answers on port 8069."))
        self.assertEqual((backups.is_sure, backups.is_open), (False, True))
        self.assertEqual((self.agent.proposal_count, self.agent.has_proposals, self.agent.discovered_rev), (2, True, 0))
        self.assertIn(self.agent, self.env['it.agent'].search([('has_proposals', '=', True)]))
        self.assertNotIn(self.other_agent, self.env['it.agent'].search([('has_proposals', '=', True)]))
        self.assertFalse(self.agent.check_ids - self.checks, "nothing is checked before somebody says so")

    def test_the_same_again_changes_nothing(self):
        self._tell(WEB)
        before = self._proposals().read()
        self._tell(WEB)
        self.assertEqual(self._proposals().read(), before)

    def test_what_is_watched_already_is_not_proposed(self):
        template = self.env.ref('it_continuity.check_template_odoo_http')
        check = self.env['it.check'].browse(template.create_check(self.agent.id, {'url': ODOO.replace('127.0.0.1', 'localhost')}))
        self._tell(WEB)
        self.assertEqual((self._open(), self._proposals().offer), ([], 'watched'))
        check.active = False
        self.env.invalidate_all()
        self.assertEqual(self._open(), [], "an archived check was somebody's decision")
        check.active = True
        check.settings = {**check.settings, 'url': 'http://127.0.0.1:8070/'}
        self.env.invalidate_all()
        self.assertEqual(self._open(), ['odoo:11'])

    def test_a_check_of_another_host_does_not_count(self):
        self._offer(self.other_agent, HTTP)
        self.env.ref('it_continuity.check_template_odoo_http').create_check(self.other_agent.id, {'url': ODOO})
        self._tell(WEB)
        self.assertEqual(self._open(), ['odoo:11'])

    def test_what_nothing_here_can_look_at_is_kept_and_not_shown(self):
        """A template or kind that this server or host does not have yet, settings that it would refuse."""
        self._tell(
            finding('teapot:1', 'teapot', 'teapot'), finding('ups:1', 'odoo_http', 'ups_nut'), finding('odoo:2', 'odoo_http', 'http', {'port': 8069}),
            finding('odoo:3', 'odoo_http', 'http', {'url': True}), finding('service:1', 'tailscale_service', 'service'))
        self.assertEqual((self._open(), len(self._proposals()), set(self._proposals().mapped('offer'))), ([], 5, {'unknown'}))
        self.assertFalse(self.env['it.check.proposal'].search([('is_shown', '=', True)]))
        self.assertFalse(self.agent.proposal_count)
        self._offer(self.agent, {**HTTP, 'kind': 'teapot', 'settings': []})
        self.env['it.check.template'].create({'name': "Tea", 'code': 'teapot', 'kind': 'teapot'})
        self.env.invalidate_all()
        self.assertEqual(self._open(), ['teapot:1'], "as soon as there is one")

    def test_a_template_of_another_name_is_taken_when_it_is_the_only_one_of_its_kind(self):
        self._offer(self.agent, {**HTTP, 'kind': 'vpn', 'settings': []})
        own = self.env['it.check.template'].create({'name': "Our VPN", 'code': 'our_vpn', 'kind': 'vpn'})
        self._tell(finding('vpn:1', 'tailscale_new', 'vpn'), finding('web:1', 'web_of_nobody', 'http', {'url': 'http://127.0.0.1/'}))
        self.assertEqual(self._open(), ['vpn:1'], "“Odoo answers” is of kind http too, and no other web server")
        self.assertEqual(self._proposals().filtered('is_open').template_id, own)
        self.env['it.check.template'].create({'name': "Another VPN", 'code': 'other_vpn', 'kind': 'vpn'})
        self.env.invalidate_all()
        self.assertEqual(self._open(), [])

    def test_a_share_is_proposed_beside_the_disks_and_its_check_looks_at_it(self):
        """Not ticked; its check names the volume, and neither stands for the other."""
        nas = finding('shares:1', 'share_room', 'disk', {'include': ['/srv/nas']}, sure=False, why="nas:/export is mounted in /srv/nas.")
        drive = finding('shares:2', 'share_room', 'disk', {'include': ['Z:\\']}, sure=False, why="\\\\nas\\office is mounted in Z:\\.")
        self._tell(nas, drive, finding('system:1', 'disk', 'disk'))
        self.assertEqual(self._open(), ['shares:1', 'shares:2', 'system:1'])
        window = self._window(self.technician)
        line = window.line_ids.filtered(lambda one: one.proposal_id.key == 'shares:1')
        self.assertEqual((line.is_ticked, line.name, line.settings_text, line.why),
                         (False, "Share has room", "include = /srv/nas", "nas:/export is mounted in /srv/nas."))
        for one in window.line_ids:
            one.is_ticked = one.proposal_id.key != 'system:1'
        self._rpc(self.technician, window, 'action_add')
        checks = self.agent.check_ids - self.checks
        self.assertEqual(sorted((check.name, check.kind, check.settings['include'][0]) for check in checks),
                         [("Share has room", 'disk', '/srv/nas'), ("Share has room: Z:\\", 'disk', 'Z:\\')])
        told = [one['settings'] for one in self.agent._config()['checks'] if one['kind'] == 'disk' and one['id'] in checks.ids]
        self.assertEqual(told, [{'include': ['/srv/nas']}, {'include': ['Z:\\']}], "so the host is asked to look there")
        self.assertEqual(self._open(), ['system:1'], "a check of a share is none of the disks")
        checks.unlink()
        self._rpc(self.manager, self._proposals(), 'action_propose_again')
        self.env['it.check'].create({'name': "By hand", 'agent_id': self.agent.id, 'kind': 'disk', 'settings': {'include': ['/srv/*']}})
        self.env.invalidate_all()
        self.assertEqual(self._open(), ['shares:2', 'system:1'], "somebody looks at it already by a check of their own")

    def test_an_upgrade_offers_the_template_of_shares_once_and_none_stands_for_the_disks(self):
        self.env.ref('it_continuity.check_template_share_room').unlink()
        self.env.ref('it_continuity.check_template_ms_tools_licence').unlink()
        nas = finding('shares:1', 'share_room', 'disk', {'include': ['/srv/nas']}, sure=False)
        self._tell(nas, finding('system:1', 'disk', 'disk'))
        self.assertEqual(self._open(), ['system:1'])
        for _twice in range(2):
            run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-shares.py'))['migrate'](self.env.cr, '19.0.1.9.0')
            self.env.invalidate_all()
        self.assertEqual((self.env.ref('it_continuity.check_template_share_room').kind, self._open()), ('disk', ['shares:1', 'system:1']))
        licence = self.env.ref('it_continuity.check_template_ms_tools_licence')
        self.assertEqual((licence.kind, licence.asset_id), ('licence', self.env.ref('it_continuity.asset_ms_tools')))
        self.env.ref('it_continuity.check_template_disk').unlink()
        self.env.invalidate_all()
        self.assertEqual(self._open(), ['shares:1'], "the template of shares is none of the disks")

    def test_a_template_of_another_company_is_not_taken(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        asset = self.env['it.asset'].create({'name': "Tea house", 'category_id': self.category.id, 'company_id': elsewhere.id})
        self._offer(self.agent, {**HTTP, 'kind': 'teapot', 'settings': []})
        self.env['it.check.template'].create({'name': "Tea", 'code': 'teapot', 'kind': 'teapot', 'asset_id': asset.id})
        self._tell(finding('teapot:1', 'teapot', 'teapot'))
        self.assertEqual(self._open(), [])

    # === LOOKING AGAIN === #

    def test_a_later_look_proposes_what_is_new_and_says_what_vanished(self):
        now = self.env.cr.now().replace(microsecond=0)
        self._tell(WEB, BACKUPS, ago_s=86400)
        self._tell(BACKUPS, RDP)
        self.assertEqual((self._state('odoo:11'), self._state('backups:22'), self._state('rdp:33')), ('vanished', 'new', 'new'))
        gone = self._proposals().filtered(lambda one: one.key == 'odoo:11')
        self.assertEqual((gone.seen_from, gone.seen_to, gone.is_open), (now - timedelta(days=1), now, False))
        self._tell(WEB, BACKUPS, RDP)
        self.assertEqual((self._state('odoo:11'), gone.seen_to), ('new', False))

    def test_what_could_not_be_looked_at_has_not_vanished(self):
        self._tell(WEB, BACKUPS, RDP)
        self._tell(RDP, blind={'backups': "the disk is not there"})
        self.assertEqual((self._state('odoo:11'), self._state('backups:22'), self._state('rdp:33')), ('vanished', 'new', 'new'))
        self.assertEqual(self.agent.discover_text, "backups: the disk is not there")
        self._tell(blind={'*': "no answer within 40 s"})
        self.assertEqual((self._state('backups:22'), self._state('rdp:33')), ('new', 'new'))
        self._tell(WEB, BACKUPS, RDP)
        self.assertFalse(self.agent.discover_text)

    def test_parts_stand_each_alone(self):
        keys = ['odoo:11', 'backups:22', 'rdp:33']
        self._tell(WEB, keys=keys)
        self._tell(BACKUPS, RDP, keys=keys)
        self.assertEqual(self._open(), sorted(keys))
        self._tell(BACKUPS, keys=keys[:2])
        self.assertEqual(self._open(), sorted(keys[:2]))
        self.assertEqual(self._state('rdp:33'), 'vanished')

    def test_what_is_said_of_a_known_thing_changes_the_proposal_until_somebody_decides(self):
        self._tell(WEB)
        self._tell({**WEB, 'settings': {'url': 'http://127.0.0.1:9999/'}, 'sure': False})
        self.assertEqual((self._proposals().settings, self._proposals().is_sure), ({'url': 'http://127.0.0.1:9999/'}, False))
        self._rpc(self.technician, self._proposals(), 'action_dismiss')
        self._tell(WEB)
        self.assertEqual((self._proposals().settings, self._state('odoo:11')), ({'url': 'http://127.0.0.1:9999/'}, 'dismissed'))

    def test_what_vanished_under_a_check_is_written_on_the_host(self):
        self._tell(WEB)
        self._window(self.manager).action_add()
        check = self._proposals().check_id
        before = self.agent.message_ids
        self._tell()
        self.assertEqual(self._state('odoo:11'), 'vanished')
        self.assertTrue(check.exists().active, "a thing that is gone is the check's to say")
        self.assertIn("Not found on this host any more, though a check looks at it: Odoo answers", (self.agent.message_ids - before).body)
        self._tell()
        self.assertEqual(len(self.agent.message_ids - before), 1, "said once")
        self._tell(WEB)
        self.assertIn("Found on this host again: Odoo answers", (self.agent.message_ids - before)[:1].body)
        self.assertEqual(self._state('odoo:11'), 'accepted')

    def test_what_nobody_decided_on_vanishes_without_a_word(self):
        self._tell(WEB)
        before = self.agent.message_ids
        self._tell()
        self.assertEqual(self.agent.message_ids, before)

    # === DECIDING === #

    def test_a_manager_adds_what_is_ticked(self):
        self._tell(WEB, BACKUPS, RDP)
        window = self._window(self.manager)
        ticks = {line.proposal_id.key: line.is_ticked for line in window.line_ids}
        self.assertEqual(ticks, {'odoo:11': True, 'backups:22': False, 'rdp:33': True})
        self.assertEqual(window.line_ids.filtered(lambda line: line.proposal_id.key == 'odoo:11').settings_text.splitlines(),
                         [f'url = {ODOO}', 'content = "db_server_status": true'], "all that the check would look at, the template's words too")
        window.line_ids.filtered(lambda line: line.proposal_id.key == 'rdp:33').is_ticked = False
        action = self._rpc(self.manager, window, 'action_add')
        self.assertEqual((action['res_model'], action['domain']), ('it.check', [('agent_id', '=', self.agent.id)]))
        check = self.agent.check_ids - self.checks
        template = self.env.ref('it_continuity.check_template_odoo_http')
        self.assertEqual((check.name, check.agent_id, check.template_id, check.kind), ("Odoo answers", self.agent, template, 'http'))
        self.assertEqual(check.settings, {**template.settings, 'url': ODOO})
        self.assertIn(check.settings_basis, ('manager', 'template'))
        self.assertEqual((self._state('odoo:11'), self._open()), ('accepted', ['backups:22', 'rdp:33']))
        web = self._proposals().filtered(lambda one: one.key == 'odoo:11')
        self.assertEqual((web.check_id, web.decided_by_id), (check, self.manager))
        self.assertIn("Checks added of what the host found: Odoo answers", self.agent.message_ids[:1].body)

    def test_a_technicians_check_proves_nothing_before_a_manager_accepts_it(self):
        """As with any check of a technician's: its own folder is not the template's word."""
        self._tell({**BACKUPS, 'sure': True})
        self._rpc(self.technician, self._window(self.technician), 'action_add')
        check = self._proposals().check_id
        self.assertEqual((check.settings_basis, check.settings['folder']), ('none', '/srv/backups'))
        self.assertEqual(check.create_uid, self.technician)

    def test_what_was_dismissed_stays_dismissed(self):
        self._tell(WEB, RDP)
        window = self._window(self.technician)
        window.line_ids.filtered(lambda line: line.proposal_id.key == 'odoo:11').is_ticked = False
        self._rpc(self.technician, window, 'action_dismiss')
        self._tell(WEB)
        self._tell(WEB, RDP)
        self.assertEqual((self._state('rdp:33'), self._open()), ('dismissed', ['odoo:11']))
        rdp = self._proposals().filtered(lambda one: one.key == 'rdp:33')
        self.assertEqual((rdp.decided_by_id, bool(rdp.decided_at)), (self.technician, True))
        self._rpc(self.technician, rdp, 'action_propose_again')
        self.assertEqual((self._open(), rdp.decided_by_id), (['odoo:11', 'rdp:33'], self.env['res.users']))

    def test_what_was_accepted_is_not_dismissed_and_comes_again_when_its_check_is_gone(self):
        self._tell(WEB)
        self._window(self.manager).action_add()
        web = self._proposals()
        self._rpc(self.manager, web, 'action_dismiss')
        self._rpc(self.manager, web, 'action_propose_again')
        self.assertEqual(web.state, 'accepted')
        web.check_id.unlink()
        self._tell(WEB)
        self.assertEqual((web.state, self._open()), ('accepted', []), "who deletes a check has decided")
        self._rpc(self.manager, web, 'action_propose_again')
        self.assertEqual(self._open(), ['odoo:11'])

    def test_what_changed_since_it_was_shown_is_not_added(self):
        """A host cannot show one thing and have another looked at."""
        self._tell(WEB)
        window = self._window(self.manager)
        self._tell({**WEB, 'settings': {'url': 'http://198.51.100.7/'}})
        with self.assertRaisesRegex(UserError, "says something else by now"):
            self._rpc(self.manager, window, 'action_add')
        window = self._window(self.manager)
        self.env.ref('it_continuity.check_template_odoo_http').settings = {'content': "anything"}
        with self.assertRaisesRegex(UserError, "says something else by now"):
            self._rpc(self.manager, window, 'action_add')
        self.assertFalse(self.agent.check_ids - self.checks)

    def test_what_somebody_decided_meanwhile_is_not_added_twice(self):
        self._tell(WEB)
        first, second = self._window(self.manager), self._window(self.technician)
        self._rpc(self.manager, first, 'action_add')
        with self.assertRaises(UserError):
            self._rpc(self.technician, second, 'action_add')
        self.assertEqual(len(self.agent.check_ids - self.checks), 1)

    def test_several_of_a_kind_are_told_apart_by_their_names(self):
        series = [finding(f'backups:{name}', 'odoo_backup_fresh', 'newest_file', {'folder': '/srv/b', 'pattern': f'{name}_*.dump'}) for name in ('prod', 'test')]
        self._tell(*series)
        self._rpc(self.technician, self._window(self.technician), 'action_add')
        self.assertEqual(
            sorted((self.agent.check_ids - self.checks).mapped('name')), ["Odoo backup is fresh", "Odoo backup is fresh: /srv/b, test_*.dump"])

    def test_nothing_ticked_is_said(self):
        self._tell(BACKUPS)
        for method in ('action_add', 'action_dismiss'):
            with self.assertRaisesRegex(UserError, "Tick at least one"):
                self._rpc(self.manager, self._window(self.manager), method)

    # === WHO MAY, AND WHAT A HOST CANNOT === #

    def test_employees_and_auditors_decide_nothing(self):
        self._tell(WEB)
        web = self._proposals()
        for person in (self.user, self.auditor):
            for method in ('action_dismiss', 'action_propose_again'):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError):
                    self._rpc(person, web, method)
            with self.assertRaises(AccessError):
                self._rpc(person, self.agent, 'action_discover')
            with self.assertRaises(AccessError):
                self._rpc(person, self.env['it.proposal.accept'], 'create', [{'agent_id': self.agent.id}])
        with self.assertRaises(AccessError):
            web.with_user(self.user).read(['settings'])
        self.assertEqual(web.with_user(self.auditor).settings_text.splitlines()[0], f'url = {ODOO}')
        self.assertEqual(self._rpc(self.auditor, self.agent, 'action_open_proposals')['res_model'], 'it.check.proposal')

    def test_nobody_writes_a_proposal(self):
        self._tell(WEB)
        for person in (self.technician, self.manager):
            for values in ({'settings': {'url': 'x'}}, {'decision': 'accepted'}, {'agent_id': self.other_agent.id}):
                with self.assertRaises(AccessError):
                    self._rpc(person, self._proposals(), 'write', values)
            with self.assertRaises(AccessError):
                self._rpc(person, self.env['it.check.proposal'], 'create', [{
                    'agent_id': self.agent.id, 'key': 'a:1', 'code': 'odoo_http', 'kind': 'http', 'seen_from': '2026-11-23'}])
            with self.assertRaises(AccessError):
                self._rpc(person, self._proposals(), 'unlink')
            with self.assertRaises(AccessError):
                self._rpc(person, self.agent, 'write', {'discover_rev': 7})

    def test_a_host_speaks_for_itself_alone(self):
        """Two hosts with the same keys have their own proposals, and a check is made on the one that proposes it."""
        self._offer(self.other_agent, HTTP)
        self._tell(WEB)
        self._tell({**WEB, 'settings': {'url': 'http://198.51.100.7/'}}, fake=self.other_fake)
        self.assertEqual((self._proposals().settings['url'], self._proposals(self.other_agent).settings['url']), (ODOO, 'http://198.51.100.7/'))
        self._rpc(self.manager, self._window(self.manager, self.other_agent), 'action_add')
        self.assertFalse(self.agent.check_ids - self.checks)
        self.assertEqual((self.other_agent.check_ids - self.other_check).settings['url'], 'http://198.51.100.7/')
        self._tell(fake=self.other_fake)
        self.assertEqual(self._state('odoo:11'), 'new')

    def test_a_window_of_one_host_adds_nothing_to_another(self):
        self._tell(WEB)
        window = self.env['it.proposal.accept'].with_user(self.manager).create({'agent_id': self.other_agent.id, 'line_ids': [(0, 0, {
            'proposal_id': self._proposals().id, 'is_ticked': True, 'seen': self._proposals()._print()})]})
        with self.assertRaises(UserError):
            self._rpc(self.manager, window, 'action_add')

    def test_another_companys_people_decide_nothing(self):
        self.host.company_id = self.env.company
        self._tell(WEB)
        elsewhere = self.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        stranger = new_test_user(self.env, login='itc_stranger', groups='it_continuity.it_continuity_group_manager',
                                 company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        for record, method in ((self._proposals(), 'action_dismiss'), (self.agent, 'action_open_proposals'), (self.agent, 'action_discover')):
            with self.assertRaises(AccessError):
                self._rpc(stranger, record, method)
        self.assertEqual(self._open(), ['odoo:11'])

    def test_hostile_words_are_text(self):
        self._tell({**WEB, 'why': "=HYPERLINK(\"http://evil\")", 'settings': {'url': "http://x/<script>alert(1)</script>"}})
        self.assertEqual(self._proposals().why, "'=HYPERLINK(\"http://evil\")")
        self._window(self.manager).action_add()
        self._tell()
        self.assertNotIn('<script>', self.agent.message_ids[:1].body)

    def test_a_host_that_names_others_each_day_does_not_fill_the_database(self):
        for day in range(4):
            self._tell(*(finding(f'odoo:{day}x{number}', 'odoo_http', 'http', {'port': number}) for number in range(25)))
        with self.env.cr.savepoint():
            self.env['it.check.proposal']._take(self.agent, {'rev': 0, 'blind': [], 'findings': [
                finding(f'web:{number}', 'web_server', 'http') for number in range(wire_discovered.MAX_FINDINGS)]}, self.env.cr.now())
            self.env['it.check.proposal']._take(self.agent, {'rev': 0, 'blind': [{'family': '*', 'why': ""}], 'findings': [
                finding(f'x:{number}', 'web_server', 'http') for number in range(wire_discovered.MAX_FINDINGS)]}, self.env.cr.now())
        self.assertEqual(len(self._proposals()), 200)
        self.assertEqual(len(self._proposals().filtered(lambda one: one.state == 'vanished')), 0, "the vanished ones gave way first")

    # === ASKING THE HOST === #

    def test_asking_the_host_changes_its_configuration_and_its_answer_is_known(self):
        self._tell(WEB)
        before = self.agent.config_rev
        self._rpc(self.technician, self.agent, 'action_discover')
        self.assertNotEqual(self.agent.config_rev, before)
        self.assertEqual(self.agent._config()['discover_rev'], 1)
        self.assertIn("Asked to look again", self.agent.discover_text)
        self._tell(WEB, rev=1)
        self.assertFalse(self.agent.discover_text)
        self.agent.state = 'revoked'
        with self.assertRaises(UserError):
            self._rpc(self.manager, self.agent, 'action_discover')

    def test_this_odoo_itself_is_not_asked(self):
        with self.assertRaises(UserError):
            self._rpc(self.manager, self.env['it.agent']._server(self.env.company), 'action_discover')

    def test_an_upgrade_lets_the_agents_fetch_their_configuration(self):
        """An agent learns by it that what it finds is wanted; see the script of the upgrade."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_agent SET config_rev = 'ffffffffffff' WHERE id = %s", [self.agent.id])
        self.env.invalidate_all()
        self.env.add_to_compute(self.agent._fields['config_rev'], self.agent)
        self.agent.flush_recordset(['config_rev'])
        self.env.cr.execute("SELECT config_rev FROM it_agent WHERE id = %s", [self.agent.id])
        self.assertNotEqual(self.env.cr.fetchone()[0], 'ffffffffffff')

    # === WHERE IT IS HEARD OF === #

    def test_set_up_tells_of_proposals(self):
        def line():
            return next(one for one in self.env['it.setup'].with_user(self.manager).get_setup()['lines'] if one['key'] == 'proposals')
        self.assertEqual((line()['state'], line()['found'][:29]), ('open', "No host has told yet what is "))
        self._tell(WEB, RDP)
        self.assertEqual((line()['state'], line()['found']), ('open', "srv-test (2)"))
        self._rpc(self.manager, self._window(self.manager), 'action_dismiss')
        self.assertEqual(line()['state'], 'done')

    def test_today_tells_of_proposals(self):
        def section(person):
            return next((one for one in self._rpc(person, self.env['it.today'], 'get_board')['sections'] if one['key'] == 'proposals'), None)
        self.assertIsNone(section(self.technician))
        self._tell(WEB, RDP)
        found = section(self.technician)
        self.assertEqual((found['model'], found['count'], found['rows'][0]['id'], found['rows'][0]['name']), ('it.agent', 1, self.agent.id, "srv-test"))
        self.assertIn("2", found['rows'][0]['detail'])
        self.assertIsNone(section(self.auditor))
