from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, tagged

from .alert_case import HOUR, MINUTE, AlertCase


@tagged('post_install', '-at_install')
class TestAlertAccess(AlertCase):
    """Employees see no alert, technicians of another company none of ours; many cost as much as few."""

    def _bad(self):
        self._report(self.fake, '20', '20')
        return self._opened()

    def test_employee_sees_no_alert(self):
        alert = self._bad()
        for record in (alert, alert.line_ids):
            for method, args in (('read', (['display_name'],)), ('search_read', ([],)), ('web_search_read', ([], {}))):
                with self.subTest(model=record._name, method=method), self.assertRaises(AccessError):
                    if method == 'read':
                        self._rpc(self.user, record, method, *args)
                    else:
                        call_kw(record.env(user=self.user)[record._name], method, list(args), {})
        with self.assertRaises(AccessError):
            self._rpc(self.user, self.host, 'action_open_alerts')

    def test_technician_of_company_a_sees_none_of_company_b(self):
        company, other = self._company_b()
        alert = self._bad()
        self.assertEqual(alert.company_id, self.env.company)
        for record in (alert, alert.line_ids):
            self.assertFalse(call_kw(record.env(user=other)[record._name], 'search_read', [[], ['display_name']], {}))
            with self.assertRaises(AccessError):
                self._rpc(other, record, 'read', ['display_name'])
        for method, args in (('action_take', ()), ('action_make_ticket', ())):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self._rpc(other, alert, method, *args)
        with self.assertRaises(AccessError):
            call_kw(self.env(user=other)['it.alert.silence'], 'create', [{'alert_ids': [Command.set(alert.ids)], 'kind': 'snooze'}], {})
        self.assertNotIn(other, self._messages().user_id)

    def test_alert_of_what_companies_share_goes_to_the_people_of_each_and_names_nothing_of_another(self):
        company, other = self._company_b()
        switch = self.env['it.asset'].create({'name': "sw-shared", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        hosts = [
            self._new_host(f"srv-{owner.name[-1]}-{number}", company_id=owner.id, depends_on_ids=[Command.link(switch.id)])
            for owner in (self.env.company, company) for number in (1, 2)]
        for fake, _checks in hosts:
            self._report(fake, '0', judge=False)
        self._report(self.fake, '00')
        self._later(4 * MINUTE)
        self._report(self.fake, '00')
        alert = self._opened()
        self.assertEqual((alert.asset_id, alert.company_id.id), (switch, False))
        texts = {message.user_id: (message.company_id, message.text) for message in self._messages()}
        self.assertEqual({user: told for user, (told, _text) in texts.items()}, {self.technician: self.env.company, other: company})
        self.assertEqual(alert.told_ids, self.technician | other)
        ours = [checks.host_id.name for _fake, checks in hosts[:2]]
        theirs = [checks.host_id.name for _fake, checks in hosts[2:]]
        for user, told, hidden in ((self.technician, ours, theirs), (other, theirs, ours)):
            text = texts[user][1]
            self.assertIn("Belongs to it:", text)
            self.assertIn("Stops with it:", text)
            for name in told:
                self.assertIn(name, text)
            for name in hidden:
                self.assertNotIn(name, text)
        named = {'fields': {'display_name': {}}}
        shown = self._rpc(other, alert, 'web_read', {
            'name': {}, 'affected_ids': named, 'told_ids': named, 'line_ids': {'fields': {'asset_id': named, 'check_id': named}}})
        self.assertIn(theirs[0], str(shown))
        self.assertNotIn(ours[0], str(shown))
        self._rpc(other, alert, 'action_make_ticket')
        self.assertEqual(alert.ticket_id.company_id, company)
        self.assertIn("srv-B-1", alert.ticket_id.description)
        self.assertNotIn(ours[0], alert.ticket_id.description)
        self._rpc(self.technician, alert, 'action_snooze', "Later", self.moment + HOUR)
        self._tick(HOUR)
        words = "".join(alert.message_ids.mapped('body'))
        for name in (*ours, *theirs):
            self.assertNotIn(name, words, "everybody reads this")

    def test_company_of_which_something_stops_later_hears_then(self):
        company, other = self._company_b()
        router = self.env['it.asset'].create({'name': "router", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        self.checks[0].asset_id = router
        fake, [check] = self._new_host("srv-b", company_id=company.id)
        self._report(fake, '2', '2')
        below = self._opened()
        self._report(self.fake, '20', '20')
        alert = self._opened() - below
        self.assertNotIn(other, alert.told_ids)
        check.host_id.depends_on_ids = router
        self._report(self.fake, '20')
        self.assertEqual((below.state, below.merged_into_id), ('merged', alert))
        self.assertIn(other, alert.told_ids)
        self.assertNotIn("srv-b", "".join(alert.message_ids.mapped('body')))

    def test_company_that_shares_what_another_looks_at_works_on_its_alert(self):
        company, other = self._company_b()
        router = self.env['it.asset'].create({'name': "router", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        self.checks[0].write({'asset_id': router.id, 'runbook': "Pull the plug"})
        fake, [check] = self._new_host("srv-b", company_id=company.id, depends_on_ids=[Command.link(router.id)])
        self._report(fake, '0', judge=False)
        self._report(self.fake, '20', '20')
        self._later(4 * MINUTE)
        self._report(self.fake, '20')
        alert = self._opened()
        self.assertEqual((alert.asset_id, alert.check_id, alert.company_id.id), (router, self.checks[0], False))
        self.assertIn(other, alert.told_ids)
        form = Form(alert.with_user(other))
        self.assertEqual((form.runbook, form.summary), ("Pull the plug", self.checks[0].summary))
        self._rpc(other, alert, 'action_acknowledge', "I look", self.moment + HOUR)
        self._report(self.fake, '00', '20')
        self._rpc(other, alert, 'action_end_silence')
        self._rpc(other, alert, 'action_make_ticket')
        self.assertEqual(alert.ticket_id.company_id, company)
        self.assertNotIn("srv-test", str(alert.ticket_id.description))

    def test_alert_of_one_company_that_turns_out_to_be_of_what_all_share_keeps_its_history_to_itself(self):
        company, other = self._company_b()
        router = self.env['it.asset'].create({'name': "router", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        fake, [check] = self._new_host("srv-b", company_id=company.id, depends_on_ids=[Command.link(router.id)])
        self.other_check.asset_id = router
        self._report(fake, '0', judge=False)
        self._report(self.other_fake, '0')
        self._later(4 * MINUTE)
        self._report(self.other_fake, '0')
        of_b = self._opened()
        self.assertEqual((of_b.name, of_b.company_id, of_b.told_ids), ("srv-b is silent", company, other))
        self._rpc(other, of_b, 'action_make_ticket')
        self._later(MINUTE)
        self._report(self.other_fake, '2', '2')
        shared = self._opened()
        self.assertEqual((shared.asset_id, shared.company_id.id, shared.told_ids), (router, False, self.technician | other))
        self.assertEqual((of_b.state, of_b.merged_into_id, shared.ticket_id), ('merged', shared, of_b.ticket_id))
        with self.assertRaises(AccessError):
            self._rpc(self.technician, of_b, 'read', ['name'])
        self.assertEqual([shared.with_user(user).can_read_ticket for user in (self.technician, other)], [False, True])
        self._tick(20 * MINUTE)
        self._report(self.other_fake, '2')
        self._later(MINUTE)
        self._report(self.other_fake, '0')
        left = self._opened()
        self.assertEqual((shared.state, left.name, left.company_id), ('resolved', "srv-b is silent", company))
        self._tick(20 * MINUTE)
        over = self._messages().filtered(lambda message: message.title == "Over: Root of router")
        self.assertEqual({message.user_id: message.company_id for message in over}, {self.technician: self.env.company, other: company})
        self.assertNotIn("srv-b", str([(message.title, message.text) for message in self._messages() if message.user_id == self.technician]))
        for alert in self._alerts(company_id=False):
            self.assertNotIn("srv-b", "".join(alert.message_ids.mapped('body')), "everybody reads this")

    def test_alert_of_what_all_share_goes_into_one_of_the_company_whose_host_looked_and_names_it_to_no_other(self):
        company, other = self._company_b()
        router = self.env['it.asset'].create({'name': "router", 'kind': 'network', 'category_id': self.category.id, 'company_id': False})
        fake, [check] = self._new_host("srv-b", company_id=company.id)
        check.write({'asset_id': router.id, 'name': "Ping"})
        self._report(fake, '2', '2')
        shared = self._opened()
        self._rpc(self.technician, shared, 'action_make_ticket')
        self._later(4 * MINUTE)
        self._judge()
        of_b = self._opened()
        self.assertEqual((of_b.name, of_b.company_id, shared.merged_into_id), ("srv-b is silent", company, of_b))
        self.assertFalse(of_b.ticket_id, "those who read it may not read the other company's ticket")
        shown = self._rpc(self.technician, shared, 'web_read', {'merged_into_id': {'fields': {'display_name': {}}}})
        self.assertIn(of_b.number, str(shown))
        self._later(MINUTE)
        self._report(fake, '0')
        words = "".join(shared.message_ids.mapped('body')) + shared.ticket_id.with_user(self.technician).alert_text
        self.assertIn(of_b.number, words)
        self.assertNotIn("srv-b", words + str(shown) + str([message.text for message in self._messages() if message.user_id == self.technician]))

    def test_auditor_reads_and_changes_nothing(self):
        alert = self._bad()
        self.assertEqual(self._rpc(self.auditor, alert, 'read', ['name'])[0]['name'], "Root on srv-test")
        with self.assertRaises(AccessError):
            self._rpc(self.auditor, alert, 'write', {'note': "x"})

    def test_smart_buttons_lead_to_the_alerts_of_host_asset_and_check(self):
        alert = self._bad()
        for record, count in ((self.checks[0], 1), (self.checks[1], 0), (self.host, 1), (self.agent, 1), (self.other_host, 0)):
            mine = record.with_user(self.technician)
            self.assertEqual(mine.alert_count, count, record.display_name)
            found = self.env['it.alert'].with_user(self.technician).search(mine.action_open_alerts()['domain'])
            self.assertEqual(found, alert if count else alert.browse())

    def test_runbook_is_that_of_the_check_its_template_or_the_asset(self):
        alert = self._bad()
        self.assertFalse(alert.runbook)
        self.host.runbook = "Restart it"
        self.assertEqual(alert.runbook, "Restart it")
        self.checks[0].template_id = self.env['it.check.template'].search([], limit=1)
        self.checks[0].template_id.runbook = "Delete old logs"
        self.assertEqual(alert.runbook, "Delete old logs")
        self.checks[0].runbook = "Look at /var"
        self.assertEqual(alert.runbook, "Look at /var")

    def test_today_shows_alerts_to_who_is_told_and_who_has_them(self):
        self._bad()
        sections = self._sections(self.technician)
        self.assertEqual([row['name'] for row in sections['alerts']['rows']], ["Root on srv-test"])
        self.assertTrue(sections['alerts']['rows'][0]['is_urgent'])
        self.assertNotIn('alerts', self._sections(self.technician_2))
        self._opened().owner_id = self.technician_2
        self.assertIn('alerts', self._sections(self.technician_2))
        self.assertNotIn('alerts', self._sections(self.technician))
        self.assertNotIn('alerts', self._sections(self.auditor))

    def _sections(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return {section['key']: section for section in call_kw(self.env(user=user)['it.today'], 'get_board', [], {})['sections']}

    def test_list_today_and_the_pass_cost_the_same_with_1000_open_alerts(self):
        self.env.company.itc_alert_burst = 5
        fake, _checks = self._new_host("srv-many", checks=40)
        more = [self._new_host(f"srv-more-{number}", checks=480) for number in range(2)]
        names = ['name', 'severity', 'began_at', 'open_line_count', 'owner_id', 'ticket_id', 'state', 'asset_id']

        def cost():
            found = []
            for work in (
                lambda: call_kw(self.env(user=self.technician)['it.alert'], 'web_search_read', [[('is_open', '=', True)], {
                    name: {'fields': {'display_name': {}}} if name.endswith('_id') else {} for name in names}], {'limit': 2000}),
                lambda: self._sections(self.technician),
                lambda: self.env['it.alert.watch']._follow(),
            ):
                work()
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                work()
                found.append(self.env.cr.sql_log_count - before)
            return found

        self._report(fake, '2' * 40, '2' * 40)
        few = cost()
        self.assertEqual(len(self._opened()), 40)
        for other, _checks in more:
            self._report(other, '2' * 480, '2' * 480)
        self.assertEqual(len(self._opened()), 1000)
        lots = cost()
        # the ORM reads a thousand records at a time
        self.assertLessEqual(lots[0], few[0] + 1)
        self.assertEqual(lots[1], few[1])
        self.assertLessEqual(lots[2], few[2] + 2)
