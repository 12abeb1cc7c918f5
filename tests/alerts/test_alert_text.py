import io
import json

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from ...lib import outbox
from .alert_case import HOUR, AlertCase

# Read as HTML, as Slack's, Teams', Telegram's or ntfy's markup, as a placeholder of ours, or as the end of a string in JSON it would be something else.
EVIL = '<img src=x onerror=alert(1)> & *b* _i_ [a](//e.vil) <!here> {{url}} "q"'  # twice in a title of 200 characters
WAYS = {
    'ntfy': {'url': 'https://ntfy.example.com', 'topic': 'it'}, 'slack': {'url': 'https://slack.example.com'}, 'teams': {'url': 'https://teams.example.com'},
    'telegram': {'token': '1:a', 'chat': '-1'}, 'generic': {'url': 'https://any.example.com', 'template': outbox.TEMPLATE}}


@tagged('post_install', '-at_install')
class TestAlertText(AlertCase, HttpCase):
    """What hosts call themselves and what they say is text wherever an alert is told, and in print."""

    def _bad(self):
        """Return the alert of a host and a check that bear a nasty name, of which the last step of the ladder is told next."""
        self.host.name = f"host {EVIL}"
        self.checks[0].name = f"check {EVIL}"
        self.fake.know(self.checks)
        self._store(self.fake, [self.fake.cycle(number, '20', ago_s=20 - 10 * number, texts={'0': f"said {EVIL} https://e.vil/", '1': ""}) for number in (1, 2)])
        self._judge()
        return self._opened()

    def _assert_text(self, markup, *beginnings):
        """Assert that HTML shows these texts whole, and as nothing but text."""
        shown = html.fromstring(f'<div>{markup}</div>')
        self.assertFalse(shown.xpath('//img[@src="x"] | //@onerror | //a[contains(@href, "e.vil")]'), "nothing but text")
        for beginning in beginnings:
            self.assertIn(f"{beginning} {EVIL}", shown.text_content())

    def _strings(self, node):
        if isinstance(node, dict):
            return [text for value in node.values() for text in self._strings(value)]
        if isinstance(node, list):
            return [text for value in node for text in self._strings(value)]
        return [node] if isinstance(node, str) else []

    def test_every_way_out_shows_it_as_text(self):
        room = self.env['discuss.channel'].create({'name': "IT room"})
        self.channels.create({'name': "Room", 'kind': 'discuss', 'discuss_channel_id': room.id})
        self.channels.create([{'name': shape, 'kind': 'webhook', 'shape': shape, **given} for shape, given in WAYS.items()])
        alert = self._bad()
        alert._transition({'climbed': 1, 'next_call_at': self.moment, 'ladder_from': self.moment - HOUR / 4})
        self.env['it.alert.call']._call_due()
        alert._transition({'climbed': 3, 'next_call_at': self.moment, 'ladder_from': self.moment - HOUR})
        self.env['it.alert.call']._call_due()
        ways = self._messages().grouped(lambda message: message.channel_id.shape if message.channel_id.kind == 'webhook' else message.channel_id.kind)
        sent = {way: (messages, self.env['it.outbox']._begin(messages)) for way, messages in ways.items()}
        self.assertEqual(set(sent), {'activity', 'mail', 'discuss', *WAYS})
        wanted = ("check", "host", "said")
        self._assert_text(alert.activity_ids.note, *wanted)
        self._assert_text(sent['mail'][0].sudo().mail_mail_id.body_html, *wanted)
        self._assert_text(room.message_ids[0].body, *wanted)
        self._assert_text("".join(alert.message_ids.mapped('body')), "check")
        bodies = {shape: json.loads(sent[shape][1].body) for shape in WAYS}
        for shape, body in bodies.items():
            with self.subTest(shape=shape):
                said = "\n".join(self._strings(body))
                if shape == 'slack':
                    self.assertNotRegex(said, r'[<>]|&(?!amp;|lt;|gt;)')
                    said = said.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&')
                for beginning in wanted:
                    self.assertIn(f"{beginning} {EVIL}", said)
        self.assertEqual((bodies['slack']['mrkdwn'], bodies['slack']['parse']), (False, 'none'))
        self.assertNotIn('parse_mode', bodies['telegram'])
        self.assertNotIn('markdown', bodies['ntfy'])
        self.assertNotIn('TextBlock', self._strings(bodies['teams']))
        self.assertEqual(set(bodies['generic']), set(outbox.PLACEHOLDERS), "no string ended early")

    def test_ticket_made_of_it_shows_it_as_text(self):
        alert = self._bad()
        self._rpc(self.technician, alert, 'action_make_ticket')
        self._assert_text(alert.ticket_id.description, "said")
        self.assertIn("https://e.vil/", alert.ticket_id.description, "to be read, not to be clicked")

    def test_monthly_pdf_prints_it_as_text(self):
        self._bad()
        window = self.env['it.compliance.print'].with_user(self.manager).create({
            'company_id': self.env.company.id, 'month': str(self.moment.month), 'year': self.moment.year})
        report = self.env['ir.actions.report'].with_user(self.manager).with_context(force_report_rendering=True)
        page = report._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0].decode()
        self._assert_text(page[page.index('<body'):], "host")
        pdf, _kind = report._render_qweb_pdf('it_continuity.compliance_monthly', window.ids)
        printed = "".join("".join(sheet.extract_text().split()) for sheet in PdfFileReader(io.BytesIO(pdf)).pages)
        self.assertIn("".join(f"host {EVIL}".split()), printed)
