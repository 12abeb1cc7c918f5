import json
import os
import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MockEmail

from ..service_desk.common import TicketCase
from ..tour_case import DESKTOP, PHONE
from ..walk.browser import WalkBrowser

URL = re.compile(r'https?://[^"\s]*/it_continuity/answer/([\w-]+)')
LOOK = """
(async () => ({
    wide: document.documentElement.scrollWidth > window.innerWidth,
    small: [...document.querySelectorAll("button, textarea")].filter((one) => one.getBoundingClientRect().height < 44).length,
    axe: window.axe ? (await axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })).violations
        .map((one) => [one.id, one.nodes.map((node) => node.html)]) : [],
    words: document.body.innerText,
}))()
"""


@tagged('post_install', '-at_install')
class TestTicketLink(TicketCase, HttpCase, MockEmail):
    """The requester's last word by the links in their mail, and nobody else's."""

    def setUp(self):
        super().setUp()
        self.env.company.email = 'it@example.com'
        self.ticket = self._log(description="<p>My password is hunter2</p>")
        self._work_on(self.ticket)
        self.ticket.sudo().message_subscribe((self.technician | self.technician_2).partner_id.ids)
        self.token = self._resolve()

    def _resolve(self):
        """Let a technician resolve the ticket; return what the links of the mail that asks carry."""
        with self.mock_mail_gateway():
            self.ticket.with_user(self.technician).action_resolve()
            self.env.flush_all()
        return self._linked()

    def _linked(self):
        found = {}
        for mail in self._new_mails:
            for partner in mail.recipient_ids:
                found.setdefault(partner.email, set()).update(URL.findall(mail.body_html))
        self.assertFalse([address for address, tokens in found.items() if tokens and address != 'user@example.com'], "nobody else's mail has them")
        self.assertEqual(len(found['user@example.com']), 1)
        self.assertFalse(self._new_mails.filtered(lambda mail: 'X-Auto-Response-Suppress' not in (mail.headers or '')), "no machine answers any")
        return found['user@example.com'].pop()

    def _page(self, token=None, **sent):
        """Open the page, or send a form of it; return ``(status, text)``."""
        self.env.flush_all()
        url = f'/it_continuity/answer/{token or self.token}'
        answer = self.url_open(url, data=sent or None, timeout=30)
        self.env.invalidate_all()
        for header in ('Cache-Control', 'Referrer-Policy', 'Content-Security-Policy'):
            self.assertIn(header, answer.headers)
        self.assertNotIn('session_id', answer.headers.get('Set-Cookie', ''))
        return answer.status_code, answer.text

    def assertVoid(self, token=None, **sent):
        status, text = self._page(token, **sent)
        self.assertEqual((status, "does not work any more" in text, self.ticket.name in text), (410, True, False))
        return text

    def test_links_are_in_the_requesters_mail_alone(self):
        messages = self.env['mail.message'].sudo().search([('model', '=', 'it.ticket'), ('res_id', '=', self.ticket.id)])
        self.assertTrue(messages)
        self.assertNotIn('it_continuity/answer', "".join(messages.mapped('body')))
        self.assertFalse(self.env['mail.message'].sudo().search([('body', 'ilike', self.token)]))
        self.assertNotIn(self.token, "".join(self.ticket.sudo().activity_ids.mapped(lambda activity: f"{activity.note} {activity.summary}")))
        for person in (self.user, self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.env['mail.mail'].with_user(person).search([('body_html', 'ilike', self.token)])
        with self.mock_mail_gateway():  # whoever borrows the layout for another mail gets no link
            self.ticket.with_user(self.technician).message_notify(
                body="x", partner_ids=self.technician_2.partner_id.ids, email_layout_xmlid='it_continuity.it_ticket_mail_question')  # a test's own words  # pylint: disable=translation-required
            self.env.flush_all()
        self.assertNotIn('it_continuity/answer', "".join(mail.body_html for mail in self._new_mails))

    def test_opening_the_page_changes_nothing(self):
        for answer in ('', '?say=yes', '?say=no', '?say=rate&rating=5'):
            status, text = self._page(self.token + answer)
            self.assertEqual(status, 200)
            self.assertIn(self.ticket.name, text)
            self.assertIn("Printer says no", text)
            self.assertNotIn("hunter2", text)
            self.assertNotIn("Cleared the queue", text)
        self.assertEqual(self.url_open(f'/it_continuity/answer/{self.token}?say=yes', method='HEAD').status_code, 200)
        self._page(say='anything')
        self.env.invalidate_all()
        self.assertEqual((self.ticket.state, self.ticket.answered_at, self.ticket.rating_count), ('resolved', False, 0))

    def test_yes_closes_it_as_who_asked_and_works_once(self):
        status, text = self._page(say='yes')
        self.assertEqual((status, "Thank you" in text, "How was it?" in text), (200, True, True))
        self.assertEqual(
            (self.ticket.state, self.ticket.confirmation_kind, self.ticket.confirmed_by_id), ('closed', 'requester', self.user))
        for sent in ({}, {'say': 'yes'}, {'say': 'no', 'reason': "x"}, {'say': 'rate', 'rating': '7'}, {'say': 'rate', 'rating': '²'}, {'say': 'rate', 'rating': '05'}, {'say': 'rate', 'rating': '9' * 5000},
                     {'say': 'rate'}):
            self.assertVoid(**sent)
        status, _text = self._page(say='rate', rating='5', reason=" Qui\x00ck! ")
        self.assertEqual(status, 200)
        rating = self.ticket.sudo().rating_ids
        self.assertEqual(
            (rating.rating, rating.feedback, rating.partner_id, rating.rated_partner_id, rating.res_name),
            (5, "Quick!", self.user.partner_id, self.technician.partner_id, self.ticket.name))
        self.assertVoid(say='rate', rating='1')
        self.assertEqual((self.ticket.state, rating.rating), ('closed', 5))

    def test_not_yet_counts_at_once_and_asks_for_a_sentence(self):
        status, text = self._page(say='no')
        self.assertEqual((status, "open again" in text, "What is still missing?" in text), (200, True, True))
        self.assertEqual((self.ticket.state, self.ticket.reopen_count, self.ticket.reopen_reason), ('in_progress', 1, False))
        self.assertVoid(say='no')
        [more] = set(re.findall(r'action="[^"]*/it_continuity/answer/([\w-]+)"', text))
        for sent in ({}, {'say': 'no'}, {'say': 'yes'}, {'say': 'rate', 'rating': '5'}):
            self.assertVoid(more, **sent)
        [again] = set(re.findall(r'action="/it_continuity/answer/([\w-]+)"', self._page(more, say='missing', reason='  ')[1]))  # of whatever name of the server
        self.assertEqual(self.ticket.reopen_reason, False)
        status, text = self._page(again, say='missing', reason="<b>Still</b>\x00 jams " + "x" * 3000)
        self.assertEqual((status, "open again" in text, self.ticket.reopen_count), (200, True, 1))
        self.assertVoid(more, say='missing', reason="Something else")
        self.assertTrue(self.ticket.reopen_reason.startswith("<b>Still</b> jams"))
        self.assertIn("&lt;b&gt;Still", self.ticket.sudo().message_ids[0].body)
        self.assertEqual(self.ticket.sudo().message_ids[0].author_id, self.user.partner_id)
        self.assertEqual(len(self.ticket.reopen_reason), 2000)
        old = self.token
        self.assertVoid(old, say='yes')
        self._work_on(self.ticket)
        new = self._resolve()
        self.assertNotEqual(old, new)
        self.assertVoid(old, say='yes')
        self._page(new, say='yes')
        self.assertEqual((self.ticket.state, self.ticket.reopen_count), ('closed', 1))
        self.assertEqual(len(self.ticket.step_ids), 2, "what was done before stands there still")

    def test_not_yet_in_odoo_is_one_press_and_the_requesters_alone(self):
        for person in (self.technician, self.manager, self.other):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, self.ticket, 'action_not_yet')
        asks = self._rpc(self.user, self.ticket, 'action_not_yet')
        self.assertEqual((self.ticket.state, self.ticket.reopen_count, self.ticket.answered_at), ('in_progress', 1, False))
        self.assertEqual((asks['res_model'], asks['target']), ('it.ticket.reason', 'new'))
        with self.assertRaises(UserError):
            self._rpc(self.user, self.ticket, 'action_not_yet')
        for person in (self.technician, self.other):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self._rpc(person, self.ticket, 'action_say_missing', "x")
        window = self.env['it.ticket.reason'].with_user(self.user).with_context(**asks['context']).create({'reason': " It prints in black only "})
        window.action_apply()
        self.assertEqual((self.ticket.reopen_reason, self.ticket.reopen_count), ("It prints in black only", 1))
        with self.assertRaises(UserError):
            self._rpc(self.user, self.ticket, 'action_say_missing', "And more")

    def test_any_word_makes_the_link_void(self):
        """A reply by mail quotes the links, and more people than who asked read it."""
        def say(person):
            self.ticket.with_user(person).message_post(body="x", message_type='comment', subtype_xmlid='mail.mt_comment')  # a test's own words  # pylint: disable=translation-required

        say(self.technician)
        self.assertEqual(self._page()[0], 200, "what the service desk adds changes nothing")
        say(self.user)
        self.assertVoid(say='yes')
        say(self.technician)
        self.assertFalse(self.ticket.answered_at)
        self.assertVoid(say='yes')
        self._page(self.ticket._answer_url().rpartition('/')[2], say='yes')
        self.assertEqual(self.ticket.state, 'closed')

    def test_every_link_that_does_not_hold_leads_to_the_same_page(self):
        number, expires, mark = self.token.split('-')
        other = self._resolved(self.other)
        texts = {
            self.assertVoid(token, say=say) for say in ('yes', 'no') for token in (
                f'{number}-{expires}-{"0" * 40}', f'{number}-{int(expires) + 1}-{mark}', f'{other.id}-{expires}-{mark}', f'999999999-{expires}-{mark}',
                f'{mark}', 'x', '1-1-1', 'é')}
        public, now = self.env['it.ticket'].with_user(self.env.ref('base.public_user')), self.env.cr.now()
        self.addCleanup(setattr, self.env.cr, '_now', None)
        for days, tickets in ((29, self.ticket), (30, self.ticket.browse())):
            self.env.cr._now = now + timedelta(days=days)
            self.assertEqual(public._by_answer_token(self.token), tickets)
        self.env.cr._now = None
        self.user.active = False
        texts.add(self.assertVoid(say='yes'))
        self.user.active = True
        self.env['ir.config_parameter'].set_param('it_continuity.db_id', 'a copy')
        texts.add(self.assertVoid(say='yes'))
        self.assertEqual(len(texts), 1)
        self.assertEqual((self.ticket.state, other.state), ('resolved', 'resolved'))

    def test_colleague_who_is_logged_in_is_not_who_asked(self):
        self.authenticate(self.technician.login, self.technician.login)
        self.assertVoid(say='yes')
        self.authenticate(self.user.login, self.user.login)
        self._page(say='yes')
        self.assertEqual((self.ticket.state, self.ticket.confirmed_by_id), ('closed', self.user))

    def test_a_link_gives_the_requesters_own_rights_and_rpc_gives_none(self):
        public = self.env['it.ticket'].with_user(self.env.ref('base.public_user'))
        ticket = public._by_answer_token(self.token)
        self.assertEqual((ticket, ticket.env.user, ticket.env.su), (self.ticket, self.user, False))
        for door in ('_answer', '_by_answer_token', '_answer_url', '_rate'):
            with self.assertRaises(AccessError):
                self._rpc(self.technician, self.ticket, door)

    def test_page_on_a_phone_and_at_a_desk(self):
        path = os.environ.get('ITC_AXE_CORE')
        axe = Path(path).read_text(encoding='utf-8') if path else None
        for size, touch in ((DESKTOP, False), (PHONE, True)):
            self.browser_size, self.touch_enabled = size, touch
            browser = WalkBrowser(self, axe)
            self.addCleanup(browser.stop)
            with self.allow_requests(browser=browser):
                for token, words in ((self.token, "Is it solved?"), (f'{self.token}?say=no', "Not yet"), ('x', "does not work any more")):
                    with self.subTest(size=size, words=words):
                        browser.navigate_to(f'{self.base_url()}/it_continuity/answer/{token}', wait_stop=True)
                        seen = browser.evaluate(LOOK)
                        self.assertIn(words, seen.pop('words'))
                        self.assertEqual(seen, {'wide': False, 'small': 0, 'axe': []})
                with self.env.cr.savepoint() as savepoint:
                    browser.navigate_to(f'{self.base_url()}/it_continuity/answer/{self.token}?say=yes', wait_stop=True)
                    for button, words in (('button.yes', "How was it?"), ('button[value="5"]', "We read what you told us")):
                        browser.evaluate(f"document.querySelector('{button}').click()")
                        self.assertTrue(browser._wait_ready(f'document.body?.innerText.includes({json.dumps(words)})', timeout=15), words)
                        seen = browser.evaluate(LOOK)
                        self.assertEqual({**seen, 'words': ''}, {'wide': False, 'small': 0, 'axe': [], 'words': ''})
                    self.env.invalidate_all()
                    self.assertEqual((self.ticket.confirmation_kind, self.ticket.confirmed_by_id), ('requester', self.user))
                    self.assertEqual(self.ticket.sudo().rating_last_value, 5)
                    savepoint.rollback()
                    self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestTicketRating(TicketCase):
    """How it was is said by who asked, once, and stays as it was said."""

    def setUp(self):
        super().setUp()
        self.ticket = self._resolved()
        self.theirs = self.ticket.with_user(self.user)

    def test_requester_says_it_on_the_form(self):
        with self.assertRaisesRegex(UserError, "once you have confirmed"):
            self.theirs.with_context(it_rating=5).action_rate()
        self.theirs.action_confirm()
        for person in (self.technician, self.manager, self.other):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.ticket.with_user(person).with_context(it_rating=5).action_rate()
        with patch.object(type(self.ticket), 'lock_for_update', side_effect=LockError("another says it")), self.assertRaises(LockError):
            self.theirs.with_context(it_rating=3).action_rate()
        self.theirs.with_context(it_rating=3).action_rate()
        self.assertEqual(self.ticket.with_user(self.manager).rating_avg, 3)
        other = self._resolved()
        other.with_user(self.user).action_confirm()
        other.with_user(self.user).with_context(it_rating=5).action_rate()
        tickets = self.env['it.ticket'].with_user(self.manager)
        average = tickets._read_group([('id', 'in', (self.ticket | other).ids)], [], ['rating_last_value:avg'])
        self.assertEqual(average[0][0], 4)

    def test_nobody_else_writes_or_reads_one(self):
        self.theirs.action_confirm()
        self.theirs.with_context(it_rating=1).action_rate()
        rating = self.ticket.sudo().rating_ids
        self.assertFalse(rating.access_token)
        place = {'res_model_id': self.env['ir.model']._get_id('it.ticket'), 'res_id': self.ticket.id, 'rating': 5, 'consumed': True}
        loose = self.env['rating.rating'].create({**place, 'res_model_id': self.env['ir.model']._get_id('res.partner'), 'res_id': self.user.partner_id.id})
        for person in (self.technician, self.manager, self.user, self.other):
            ratings = self.env['rating.rating'].with_user(person)
            doors = (
                lambda ratings=ratings: ratings.create({**place, 'partner_id': self.user.partner_id.id}),
                lambda person=person: rating.with_user(person).write({'rating': 5}), lambda person=person: rating.with_user(person).reset(),
                lambda person=person: rating.with_user(person).unlink(),
                lambda person=person: loose.with_user(person).write({'res_model_id': place['res_model_id'], 'res_id': self.ticket.id}),
                lambda person=person: self.ticket.with_user(person).message_post(body="x", rating_value=5),  # a test's own words  # pylint: disable=translation-required
                lambda person=person: self.ticket.with_user(person).write({'rating_last_value': 5}),
                lambda person=person: self.ticket.with_user(person).write({'rating_ids': [(0, 0, {'rating': 5, 'res_model_id': place['res_model_id']})]}))
            for place_of, door in enumerate(doors):
                with self.subTest(person=person.login, door=place_of), self.assertRaises(AccessError), self.env.cr.savepoint():
                    door()
                    self.env.flush_all()
                self.env.invalidate_all()
            if person != self.user:
                self.assertFalse(ratings.search([('res_model', '=', 'it.ticket')]))
        self.assertEqual((rating.rating, self.ticket.rating_count, rating.res_name), (1, 1, self.ticket.name))
