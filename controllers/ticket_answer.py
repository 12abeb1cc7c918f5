from markupsafe import Markup

from odoo import http
from odoo.http import request

from ..models.intake.ticket_answer import ROUTE

HEADERS = (
    ('Cache-Control', 'no-store'), ('Referrer-Policy', 'no-referrer'), ('X-Robots-Tag', 'noindex'), ('X-Content-Type-Options', 'nosniff'),
    ('Content-Security-Policy', "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"))
MAX_BYTES = 32 * 1024


class TicketAnswer(http.Controller):
    """The page behind the links of the mail that asks whether it is solved. To open it changes nothing: programs that look at mail open every link.

    Who has the link is shown the ticket's number and subject, so that they know what they confirm; who has none learns nothing.
    """

    @http.route(
        f'{ROUTE}/<string:words>', type='http', auth='public', methods=['GET', 'POST'], csrf=False, save_session=False, readonly=False,
        max_content_length=MAX_BYTES)
    def answer(self, words, **_query):
        sent = request.httprequest.form if request.httprequest.method == 'POST' else {}
        # The link itself is the right, to say this one thing as who asked; no cookie counts, so that no other page can use one.
        ticket, page = request.env['it.ticket']._by_answer_token(words, sent.get('say', '')), 'void'
        if ticket:
            request.update_env(user=ticket.env.uid, context=dict(ticket.env.context))  # who acts, also for what Odoo writes at the end
            ticket = request.env['it.ticket'].browse(ticket.id)
            page = ticket._answer(sent.get('say', ''), sent.get('reason', ''), sent.get('rating', ''))
        lang = request.env.lang or 'en_US'
        html = request.env['ir.qweb'].with_context(lang=lang)._render('it_continuity.ticket_answer_page', {
            # What is missing is said by a link of its own: the one of the mail was used. Without the server's name: the page may have been opened by
            # another one (behind a redirection to https), and a form that leads elsewhere is stopped without a word.
            'more_url': ticket._answer_url().removeprefix(ticket.get_base_url()) if page == 'ask_missing' else '', 'page': page, 'lang': lang.replace('_', '-'), 'number': ticket.name, 'subject': ticket.subject, 'reason': sent.get('reason', ''),
            'wants_no': request.httprequest.args.get('say') == 'no'}, minimal_qcontext=True)
        response = request.make_response(Markup("<!DOCTYPE html>\n") + html, headers=HEADERS)
        response.status_code = 410 if page == 'void' else 200
        return response
