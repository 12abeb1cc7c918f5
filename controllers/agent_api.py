from werkzeug.exceptions import abort

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..lib import protocol
from .slow_body import Body

ROUTE = '/it_continuity/agent/v1'
# Seconds for a body to come: in which an enrolment comes that nobody waits for, the one that is waited for, and a known host's report.
PROMPT_S, ENROL_S, REPORT_S = 0.05, 10, 30
KEPT = 'it_continuity.body'


class AgentApi(http.Controller):
    """The doors of docs/protocol.md. Whatever is refused, nothing is written: the answer leaves by ``abort``, which rolls back."""

    @http.route(
        f'{ROUTE}/enrol', type='http', auth='itc_enrol', methods=['POST'], csrf=False, save_session=False, readonly=False,
        max_content_length=protocol.MAX_BODY_BYTES)
    def enrol(self, **_query):
        # A host that enrols has no user; the one-time code is its right, and only to its own agent.
        # OdooBot writes it down, not the public user.
        agent_sudo = request.env['it.agent'].with_user(SUPERUSER_ID)
        return self._answer(lambda body: agent_sudo._enrol(protocol.parse_enrol(body)), self._read_enrolment)

    @http.route(
        f'{ROUTE}/config', type='http', auth='itc_agent', methods=['GET'], csrf=False, save_session=False, readonly=False)
    def config(self, **_query):
        # The key stands for exactly this one agent: its checks are read for it, no other record is.
        agent_sudo = request.env['it.agent'].sudo().browse(request.itc_caller.agent_id)
        return request.make_json_response(agent_sudo._config())

    @http.route(
        f'{ROUTE}/report', type='http', auth='itc_agent', methods=['POST'], csrf=False, save_session=False, readonly=False,
        max_content_length=protocol.MAX_BODY_BYTES)
    def report(self, **_query):
        store = request.env['it.sample.store']
        return self._answer(lambda body: store._store_report(request.itc_caller, protocol.parse_report(body)), self._read_report)

    def _read_enrolment(self):
        """Return the body. Anybody may send one, so of all that do not come at once only one is waited for, in the whole installation."""
        body = Body()
        if not body.has_come(PROMPT_S):
            if not request.env['it.agent']._take_enrol_turn():
                raise body.give_up('busy')
            if not body.has_come(ENROL_S):
                raise body.give_up()
        return body.content()

    def _read_report(self):
        """Return the body; its host showed its key, and has one request at a time."""
        body = Body()
        if not body.has_come(REPORT_S):
            raise body.give_up()
        return body.content()

    def _answer(self, work, read):
        """Return what ``work`` makes of the request's body, or our refusal."""
        environ = request.httprequest.environ
        try:
            if KEPT not in environ:  # Odoo begins a request anew whose transaction met another one; the body comes only once
                environ[KEPT] = read()
            return request.make_json_response(work(environ[KEPT]))
        except protocol.ProtocolError as error:
            abort(request.env['ir.http']._itc_refusal(error))
