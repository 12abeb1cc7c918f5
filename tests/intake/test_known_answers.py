from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..service_desk.common import TicketCase


@tagged('post_install', '-at_install')
class TestKnownAnswers(TicketCase):
    """What helped one colleague is found by the next, in their own words and without what is nobody's business."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printing = cls.env.ref('it_continuity.ticket_category_printer_problem')
        cls.jam, cls.password = cls.env['it.known.answer'].with_user(cls.technician).create([
            {'title': "Paper jam in a printer", 'text': "<p>Open the back door and pull the paper out.</p>", 'keywords': "crumpled",
             'category_ids': [Command.set(cls.printing.ids)]},
            {'title': "Forgotten password", 'text': "<p>Press <b>Reset</b> on the page where you log in.</p>"}])

    def _found(self, words, person=None):
        return [one['id'] for one in self._rpc(person or self.user, self.env['it.ask'], 'find', words)['answers']]

    def test_ordinary_and_misspelt_words_find_it(self):
        for words, answer in (
                ("paper jammed again", self.jam), ("the prnter jams", self.jam), ("crumpled", self.jam), ("pasword", self.password), ("I forgot my password", self.password),
                ("reset", self.password)):
            with self.subTest(words=words):
                self.assertEqual(self._found(words)[:1], answer.ids)
        self.assertFalse(self._found("holiday") + self._found("class strong p") + self._found(""))
        self.jam.with_user(self.technician).active = False
        self.assertFalse(self._found("crumpled"))

    def test_employees_read_and_technicians_write(self):
        self.assertTrue(self.jam.with_user(self.user).text)
        for person in (self.user, self.auditor):
            with self.assertRaises(AccessError):
                self.jam.with_user(person).title = "x"
            with self.assertRaises(AccessError):
                self.env['it.known.answer'].with_user(person).create({'title': "x", 'text': "x"})
        with self.assertRaises(AccessError):
            self.jam.with_user(self.technician).unlink()
        self.jam.with_user(self.technician).text = "<p>x</p><script>alert(1)</script><img src='x' onerror='alert(1)'>"
        self.assertNotRegex(self.jam.text, 'script|onerror')

    def test_it_helped_each_once_and_nobody_reads_whom(self):
        for person in (self.user, self.user, self.other, self.auditor):
            self._rpc(person, self.jam, 'action_helped')
        self.assertEqual((self.jam.helped_count, self.jam.write_uid.id), (3, SUPERUSER_ID), "nor who said so last")
        self.assertFalse({'helped_user_ids', 'ticket_id'} & self.jam.with_user(self.user).fields_get().keys())
        for values in ({'helped_count': 99}, {'helped_user_ids': [Command.clear()]}):
            with self.assertRaises(AccessError):
                self.jam.with_user(self.technician).write(values)
        best = self._rpc(self.user, self.env['it.ask'], 'get_home')['answers']
        self.assertEqual([(one['id'], one['helped']) for one in best], [(self.jam.id, 3), (self.password.id, 0)])

    def test_other_companies_have_their_own(self):
        company = self.env['res.company'].create({'name': "Second"})
        foreign = self._person('user', 'foreign')
        foreign.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.assertFalse(self._found("crumpled", foreign))
        with self.assertRaises(AccessError):
            self._rpc(foreign, self.jam, 'action_helped')
        self.jam.with_user(self.technician).company_id = False
        self.assertEqual(self._found("crumpled", foreign), self.jam.ids)

    def test_solved_ticket_becomes_an_answer_without_what_nobody_released(self):
        self.user.name = "Selam Tadesse"
        ticket = self._log(subject="Secret subject", description="<p>Secret text</p>", asset_id=self.host.id)
        self._work_on(ticket)
        ticket.with_user(self.technician).step_ids.description = "Called Selam (selam@example.com, +251 911 234 567) and cleared the <queue>"
        ticket.with_user(self.technician)._note_deed(self.env.ref('base.et'), 'changed', "Access rights changed:\n+ Salary secrets: given")
        with self.assertRaises(UserError):
            self._rpc(self.technician, ticket, 'action_keep_answer')
        ticket.with_user(self.technician).action_resolve()
        with self.assertRaises(AccessError):
            self._rpc(self.user, ticket, 'action_keep_answer')
        before = self.env['it.known.answer'].search_count([])
        action = self._rpc(self.technician, ticket, 'action_keep_answer')
        form = Form(self.env['it.known.answer'].with_user(self.technician).with_context(**action['context']))
        self.assertEqual(self.env['it.known.answer'].search_count([]), before, "a person reads it before it is kept")
        answer = form.save()
        self.assertEqual((answer.ticket_id, answer.category_ids, answer.asset_ids), (ticket, ticket.category_id, self.host))
        self.assertIn("cleared the &lt;queue&gt;", answer.text)
        self.assertNotRegex(f'{answer.title} {answer.text}'.casefold(), 'selam|example.com|911|secret')

    def test_ticket_shows_what_is_known_to_those_who_work_on_it(self):
        ticket = self._log(category_id=self.printing.id, subject="xyzzy")
        self.assertEqual(ticket.with_user(self.technician).known_answer_ids, self.jam)
        with self.assertRaises(AccessError):
            ticket.with_user(self.user).read(['known_answer_ids'])
        self.password.with_user(self.technician).asset_ids = self.host
        about = self._log(category_id=self.printing.id, asset_id=self.host.id, subject="xyzzy")
        self.assertEqual(about.with_user(self.technician).known_answer_ids, self.password | self.jam, "the system's own first")

    def test_technician_sends_it_and_reads_it_before(self):
        ticket = self._log()
        answer = self.jam.with_user(self.technician).with_context(it_answer_ticket=ticket.id)
        action = answer.action_send()
        self.assertFalse("back door" in str(ticket.sudo().message_ids.mapped('body')), "nothing is sent yet")
        composer = Form(self.env['mail.compose.message'].with_user(self.technician).with_context(**action['context'])).save()
        composer.action_send_mail()
        message = ticket.sudo().message_ids.filtered(lambda one: "back door" in one.body)
        self.assertEqual((message.author_id, message.notified_partner_ids), (self.technician.partner_id, self.user.partner_id))
        for person in (self.user, self.other, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                answer.with_user(person).action_send()

    def test_colleague_who_types_reads_what_may_help(self):
        form = Form(self.env['it.ticket'].with_user(self.user))
        form.subject = "paper jammed"
        self.assertEqual(form.hint_answer_ids[:].ids, self.jam.ids)
        form.category_id = self.printing
        self.assertFalse(form.save().hint_answer_ids, "once it is logged it waits for IT")
