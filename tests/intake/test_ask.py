from runpy import run_path
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, file_path, mute_logger

from ..service_desk.common import TicketCase

LOTS = 10_000


@tagged('post_install', '-at_install')
class TestAsk(TicketCase, HttpCase):
    """Where requests come from: the page Ask IT, a scanned code, a word in a chat; and what is kept of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer = cls.env['it.asset'].create({
            'name': "HP at the counter", 'kind': 'printer', 'location': "Front office",
            'category_id': cls.env.ref('it_continuity.asset_category_server').id})
        cls.sales, cls.stock = cls.env['hr.department'].create([{'name': "Sales"}, {'name': "Warehouse"}])
        cls.employee = cls.env['hr.employee'].create({'name': "User", 'user_id': cls.user.id, 'department_id': cls.sales.id})

    def _ask(self, person, method, *args):
        return self._rpc(person, self.env['it.ask'], method, *args)

    def _elsewhere(self):
        company = self.env['res.company'].create({'name': "Second"})
        return company, self.env['it.asset'].create({
            'name': "Their secret", 'kind': 'printer', 'company_id': company.id, 'category_id': self.printer.category_id.id})

    # === THE PAGE === #

    def test_page_shows_own_requests_and_what_waits_for_me_first(self):
        new = self._log(subject="New")
        solved = self._resolved(subject="Solved")
        self._resolved(subject="Closed").with_user(self.user).action_confirm()
        answered = self._resolved(subject="Answered")
        answered.with_user(self.user).message_post(body="No", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required
        self._log(self.other, subject="Another's")
        for_me = self._log(self.other, subject="For me", requested_for_id=self.employee.id)
        home = self._ask(self.user, 'get_home')
        self.assertEqual(
            [(row['id'], row['waits'], row['state']) for row in home['requests']],
            [(solved.id, True, 'resolved'), (for_me.id, False, 'new'), (answered.id, False, 'resolved'), (new.id, False, 'new')])
        self.assertEqual(home['request_count'], 4)
        self.assertFalse(home['place'] or home['is_place_unknown'])

    def test_file_that_is_added_to_a_request_without_a_message_is_a_word(self):
        solved = self._resolved()

        def add(person):
            self.authenticate(person.login, person.login)
            answer = self.url_open('/mail/attachment/upload', data={
                'thread_model': 'it.ticket', 'thread_id': solved.id, 'csrf_token': http.Request.csrf_token(self)},
                files={'ufile': ('again.png', b"x", 'image/png')})
            self.assertEqual(answer.status_code, 200)
            self.env.invalidate_all()
            return bool(solved.answered_at)
        self.assertFalse(add(self.technician), "what technicians add is work")
        self.assertTrue(add(self.user))

    def test_tiles_are_what_is_offered_to_who_may_ask(self):
        card = self.env.ref('it_continuity.ticket_category_id_card')
        names = {tile['name']: tile['icon'] for tile in self._ask(self.user, 'get_home')['tiles']}
        self.assertEqual(names[card.name], 'fa-id-card-o')
        self.assertNotIn(self.env.ref('it_continuity.ticket_category_toner_stock').name, names, "that is IT's own")
        card.with_user(self.manager).is_offered = False
        self.assertNotIn(card.name, [tile['name'] for tile in self._ask(self.user, 'get_home')['tiles']])
        self.assertTrue(self._ask(self.technician, 'get_home')['tiles'])
        auditor = self._ask(self.auditor, 'get_home')
        self.assertEqual((auditor['can_ask'], auditor['tiles']), (False, []))

    def test_strangers_see_nothing(self):
        for group in ('base.group_portal', 'base.group_public'):
            stranger = new_test_user(self.env, login=f'itc_{group}', groups=group)
            for method, *args in (('get_home',), ('get_home', self.printer.id), ('find', "printer"), ('log_about', self.printer.id, 'jam', "x")):
                with self.subTest(group=group, method=method), self.assertRaises(AccessError):
                    self._ask(stranger, method, *args)

    def test_ten_thousand_tickets_ask_no_more_of_the_database(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env['it.ask'].with_user(self.user).get_home(self.printer.id)
            return self.env.cr.sql_log_count - before

        ticket = self._resolved(subject="Solved")
        self._log(subject="Solved", asset_id=self.printer.id)
        self.env.flush_all()
        count()
        few = count()
        columns = [SQL.identifier(name) for name, field in ticket._fields.items() if field.store and field.column_type and name not in ('id', 'name')]
        self.env.cr.execute(SQL(
            "INSERT INTO it_ticket (name, %(columns)s) SELECT 'MANY/' || id || '/' || number, %(columns)s FROM it_ticket, generate_series(1, %(many)s) AS number WHERE subject = 'Solved'",
            columns=SQL(', ').join(columns), many=LOTS // 2))
        home = self.env['it.ask'].with_user(self.user).get_home()
        self.assertGreaterEqual(home['request_count'], LOTS)
        self.assertLessEqual(len(home['requests']), 6)
        self.assertLessEqual(count(), few)

    def test_ordinary_words_find_kinds_of_requests(self):
        found = self._ask(self.user, 'find', "my PRINTER is jammed")
        self.assertIn(self.env.ref('it_continuity.ticket_category_printer_problem').id, [tile['id'] for tile in found['tiles']])
        for nothing in ("", "   ", "xyzzy", None, 7, ["x"]):
            self.assertEqual(self._ask(self.user, 'find', nothing), {'answers': [], 'tiles': []})
        self._ask(self.user, 'find', "%_\\'\"" * 1000)

    def test_an_icon_is_the_name_of_one(self):
        category = self.category_remote.with_user(self.manager)
        category.icon = 'fa-print'
        for icon in ('print', 'fa-print x', "fa-x' onclick='", 'fa-', ''):
            with self.subTest(icon=icon), mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                category.icon = icon
                category.flush_recordset()

    # === A SCANNED CODE === #

    def test_scanned_printer_is_reported_in_one_tap_and_a_sentence(self):
        place = self._ask(self.user, 'get_home', self.printer.id)['place']
        self.assertEqual((place['name'], place['location'], place['known']), ("HP at the counter", "Front office", 0))
        self.assertEqual([choice['key'] for choice in place['choices']], ['jam', 'ink', 'other'])
        answer = self._ask(self.user, 'log_about', self.printer.id, 'jam', "  Paper hangs \n in the back ")
        ticket = self.env['it.ticket'].browse(answer['id'])
        self.assertEqual(
            (ticket.name, ticket.subject, ticket.category_id.code, ticket.asset_id, ticket.channel, ticket.requester_id, ticket.logged_by_id, ticket.department_id),
            (answer['number'], "Paper hangs in the back", 'printer_problem', self.printer, 'qr', self.user, self.user, self.sales))
        self.assertIn("Paper is jammed", ticket.description, "what was tapped is kept beside what was typed")
        wordless = self._ask(self.user, 'log_about', self.printer.id, 'ink', "")
        self.assertEqual(self.env['it.ticket'].browse(wordless['id']).subject, "Ink or toner is empty: HP at the counter")
        self.assertEqual(self._ask(self.other, 'get_home', self.printer.id)['place']['known'], 2)
        self.assertEqual([choice['key'] for choice in self._ask(self.user, 'get_home', self.host.id)['place']['choices']], ['dead', 'slow', 'other'])

    def test_what_is_too_long_for_a_subject_is_not_lost(self):
        words = "word " * 200
        ticket = self.env['it.ticket'].browse(self._ask(self.user, 'log_about', self.printer.id, 'other', words)['id'])
        self.assertLessEqual(len(ticket.subject), 120)
        self.assertEqual(ticket.description.count("word"), 200)
        ticket = self.env['it.ticket'].browse(self._ask(self.user, 'log_about', self.printer.id, 'other', "<b>x</b> " * 100)['id'])
        self.assertIn("&lt;b&gt;", ticket.description, "words are words")

    def test_code_of_another_company_or_of_what_is_gone_tells_nothing(self):
        _company, theirs = self._elsewhere()
        self.host.active = False
        for asset_id in (theirs.id, self.host.id, 2**30, 2**40, -1):
            home = self._ask(self.user, 'get_home', asset_id)
            self.assertEqual((home['place'], home['is_place_unknown']), (None, True))
            self.assertTrue(home['tiles'], "and one can ask all the same")
            with self.assertRaisesRegex(UserError, "no longer kept"):
                self._ask(self.user, 'log_about', asset_id, 'jam', "x")
        with self.assertRaises(UserError):
            self._ask(self.user, 'log_about', self.printer.id, 'no such', "x")
        with self.assertRaises(AccessError):
            self._ask(self.user, 'get_home', "1 OR 1")

    def test_code_works_in_each_of_the_own_companies(self):
        """Whoever scans has one company switched on, and stands in front of a system of the other."""
        company, theirs = self._elsewhere()
        self.user.company_ids = [Command.link(company.id)]
        self.assertEqual(self._ask(self.user, 'get_home', theirs.id)['place']['name'], "Their secret")
        ticket = self.env['it.ticket'].browse(self._ask(self.user, 'log_about', theirs.id, 'jam', "x")['id'])
        self.assertEqual(ticket.company_id, company)

    def test_shared_system_is_reported_in_the_company_at_work(self):
        company, _theirs = self._elsewhere()
        self.env.company.sequence, company.sequence = 1, 99
        self.printer.company_id = False
        self.user.write({'company_ids': [Command.link(company.id)], 'company_id': company.id})
        ticket = self.env['it.ticket'].browse(self._ask(self.user, 'log_about', self.printer.id, 'jam', "x")['id'])
        self.assertEqual((ticket.company_id, ticket.asset_id), (company, self.printer))

    def test_a_kind_that_was_archived_is_not_offered_and_the_last_choice_stays(self):
        self.env['it.ticket.category'].search([('code', 'in', ('printer_problem', 'printer_ink', 'other'))]).active = False
        self.assertEqual([choice['key'] for choice in self._ask(self.user, 'get_home', self.printer.id)['place']['choices']], ['other'])
        self.assertTrue(self._ask(self.user, 'log_about', self.printer.id, 'other', "x")['id'])

    def test_address_of_the_code_leads_on_and_tells_strangers_nothing(self):
        path = f'/itc/a/{self.printer.id}'
        answer = self.url_open(path, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn('/web/login', answer.headers['Location'])
        self.assertEqual(self.url_open(f'/itc/a/{10**8}', allow_redirects=False).status_code, 303, "nor whether there is such a system")
        self.assertNotIn("counter", self.url_open(path).text)
        self.authenticate(self.user.login, self.user.login)
        answer = self.url_open(path, allow_redirects=False)
        self.assertEqual((answer.status_code, answer.headers['Location'].rpartition('/odoo')[2]), (303, f'/{self.printer.id}/ask-it'))

    def test_label_carries_the_address_and_the_name(self):
        with patch('odoo.addons.it_continuity.report.asset_label.qr_code.data_uri', lambda text: f'data:{text}'):
            html = self.env['ir.actions.report'].with_user(self.technician)._render_qweb_html(
                'it_continuity.asset_label', (self.printer | self.host).ids)[0].decode()
        for words in (f'data:{self.printer.get_base_url()}/itc/a/{self.printer.id}', "HP at the counter", "Front office", "srv-test"):
            self.assertIn(words, html)
        self.assertEqual(html.count('class="label"'), 2)

    # === A WORD IN A CHAT === #

    def _channel(self, *people):
        return self.env['discuss.channel'].sudo().create({
            'name': "Counter", 'channel_type': 'group', 'channel_member_ids': [Command.create({'partner_id': one.partner_id.id}) for one in people]})

    def _command(self, person, channel, body):
        """Type it, and return what the person alone reads."""
        told = []
        with patch.object(self.env.registry['res.users'], '_bus_send_transient_message', lambda own, where, content: told.append((own, where, content))):
            self._rpc(person, channel, 'execute_command_ticket', body=body)
        [(reader, where, content)] = told
        self.assertEqual((reader, where), (person, channel))
        return content

    def test_word_in_a_chat_becomes_a_ticket_that_only_its_writer_hears_of(self):
        channel = self._channel(self.user, self.other)
        said = channel.message_ids
        answer = self._command(self.user, channel, "/ticket  forgot my <b>password</b>")
        ticket = self.env['it.ticket'].search([('requester_id', '=', self.user.id)], order='id desc', limit=1)
        self.assertEqual(
            (ticket.subject, ticket.category_id.code, ticket.channel, ticket.origin_link, ticket.logged_by_id),
            ("forgot my <b>password</b>", 'account_access', 'chat', f'/odoo/discuss?active_id=discuss.channel_{channel.id}', self.user))
        self.assertIn(ticket.name, answer)
        self.assertIn(f'/odoo/my-tickets/{ticket.id}', answer)
        self.assertEqual(channel.message_ids, said, "nobody else reads that there is one")
        self.assertIn("/ticket my screen", self._command(self.user, channel, "/ticket "))
        self.assertEqual(self._command(self.technician, self._channel(self.technician), "/ticket xyzzy").count('href'), 1)
        self.assertEqual(self.env['it.ticket'].search([('requester_id', '=', self.technician.id)], limit=1).category_id.code, 'other')

    def test_strangers_and_who_does_not_read_the_chat_log_nothing(self):
        channel = self._channel(self.user)
        portal = new_test_user(self.env, login='itc_portal', groups='base.group_portal')
        channel._add_members(users=portal)
        for person in (portal, self.env.ref('base.public_user'), self.other):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, channel, 'execute_command_ticket', body="/ticket help")

    # === WHAT IS KEPT === #

    def test_nobody_says_by_which_way_it_came(self):
        tickets = self.env['it.ticket'].with_user(self.user)
        values = {'subject': "x", 'category_id': self.category_remote.id}
        for more in ({'channel': 'qr'}, {'channel': 'chat'}, {'origin_link': "/x"}, {'department_id': self.stock.id}):
            with self.subTest(more=more), self.assertRaises(AccessError):
                tickets.create({**values, **more})
        with self.assertRaises(AccessError):
            self._log().with_user(self.technician).write({'origin_link': "/x"})
        ticket = tickets.with_context(default_origin_link="/x", default_department_id=self.stock.id).create(values)
        self.assertEqual((ticket.origin_link, ticket.department_id), (False, self.sales))
        forged = self.env(user=self.user, context={'default_origin_link': "/x", 'default_assignee_id': self.technician.id})['it.ask']
        ticket = self.env['it.ticket'].browse(forged.log_about(self.printer.id, 'jam', "x")['id'])
        self.assertEqual((ticket.origin_link, ticket.assignee_id), (False, self.env['res.users']))

    def test_department_stays_as_it_was_and_is_of_whom_it_is_for(self):
        colleague = self.env['hr.employee'].create({'name': "Colleague", 'department_id': self.stock.id})
        own, for_other = self._log(), self._log(requested_for_id=colleague.id)
        self.assertEqual((own.department_id, for_other.department_id), (self.sales, self.stock))
        self.employee.department_id = self.stock
        own.with_user(self.technician).write({'priority': '1'})
        self.assertEqual(own.department_id, self.sales)
        own.with_user(self.technician).requested_for_id = colleague
        self.assertEqual(own.department_id, self.stock)

    def test_database_of_before_gets_icons_and_the_department_of_what_is_open(self):
        waiting, closed = self._log(), self._resolved()
        closed.with_user(self.user).action_confirm()
        card, toner = (self.env.ref(f'it_continuity.ticket_category_{name}') for name in ('id_card', 'toner_stock'))
        (card | toner).write({'icon': 'fa-question-circle', 'is_offered': True})
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_ticket SET department_id = NULL")
        self.env.invalidate_all()
        run_path(file_path('it_continuity/migrations/19.0.1.6.0/pre-ask.py'))['migrate'](self.env.cr, '19.0.1.5.0')
        run_path(file_path('it_continuity/migrations/19.0.1.6.0/post-ask.py'))['migrate'](self.env.cr, '19.0.1.5.0')
        self.env.invalidate_all()
        self.assertEqual((card.icon, card.is_offered, toner.is_offered), ('fa-id-card-o', True, False))
        self.assertEqual((waiting.department_id, closed.department_id), (self.sales, self.env['hr.department']))
