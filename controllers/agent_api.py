from werkzeug.exceptions import abort

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..lib import protocol

ROUTE = '/it_continuity/agent/v1'


class AgentApi(http.Controller):
    """The doors of docs/protocol.md. Whatever is refused, nothing is written: the answer leaves by ``abort``, which rolls back."""

    @http.route(
        f'{ROUTE}/enrol', type='http', auth='itc_enrol', methods=['POST'], csrf=False, save_session=False, readonly=False,
        max_content_length=protocol.MAX_BODY_BYTES)
    def enrol(self, **_query):
        # A host that enrols has no user; the one-time code is its right, and only to its own agent.
        # OdooBot writes it down, not the public user.
        agent_sudo = request.env['it.agent'].with_user(SUPERUSER_ID)
        return self._answer(lambda body: agent_sudo._enrol(protocol.parse_enrol(body)))

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
        return self._answer(lambda body: store._store_report(request.itc_caller, protocol.parse_report(body)))

    def _answer(self, work):
        """Return what ``work`` makes of the request's body, or our refusal."""
        try:
            return request.make_json_response(work(request.httprequest.get_data()))
        except protocol.ProtocolError as error:
            abort(request.env['ir.http']._itc_refusal(error))
