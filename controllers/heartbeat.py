from werkzeug.exceptions import abort

from odoo import http
from odoo.http import request

from ..lib import heartbeat, protocol
from ..models.monitoring.heartbeat import PINGS_PER_MIN
from .slow_body import Body

ROUTE = '/it_continuity/ping'
# Seconds for the log to come, and for the rest of a refused one; less than ``heartbeat.HORIZON_S``, after which a job counts as silent.
BODY_S, LEAVE_S = 10, 0.05
# More than is kept, so that who says too much still hears the answer; of what is longer still, nothing is read.
MAX_READ_BYTES = 2**20
KEPT = 'it_continuity.log'
METHODS = ['GET', 'HEAD', 'POST']


class Heartbeat(http.Controller):
    """The addresses that jobs open, as Healthchecks has them. Who knows no address hears the same words whatever is asked."""

    @http.route(
        f'{ROUTE}/<path:words>', type='http', auth='itc_ping', methods=METHODS, csrf=False, save_session=False,
        readonly=False, max_content_length=MAX_READ_BYTES)
    def ping(self, words, **_query):
        if request.httprequest.method not in METHODS:  # Odoo lets OPTIONS in everywhere
            return self._refuse(405, "not allowed")
        address = heartbeat.parse_address(*words.split('/')[:4])
        # A job has no user: the address is its right, to this one heartbeat and to nothing else.
        known = request.env['it.heartbeat']._recognise(address)
        if not known:
            return self._refuse(404, "not found")
        heartbeat_id, company_id, lately = known
        if lately >= PINGS_PER_MIN:
            return self._refuse(429, "rate limited", {'Retry-After': '60'})
        rid = heartbeat.parse_rid(request.httprequest.args.get('rid'))
        if rid is None:
            return self._refuse(400, "rid is no UUID")
        body = self._read_log()
        request.env['it.heartbeat.ping']._receive(heartbeat_id, company_id, address, rid, {
            'method': request.httprequest.method, 'sender': request.httprequest.remote_addr or '',
            'program': request.httprequest.headers.get('User-Agent', ''), 'body': body})
        return self._answer(200, "OK")

    def _read_log(self):
        """Return the body of a POST; nothing of one that says no length or too long a one: the ping counts all the same.

        Odoo begins a request anew whose transaction met another one; the body comes only once.
        """
        environ = request.httprequest.environ
        if KEPT not in environ:
            environ[KEPT] = b''
            length = request.httprequest.content_length
            if request.httprequest.method == 'POST' and length and length <= MAX_READ_BYTES:
                body = Body()
                try:
                    if not body.has_come(BODY_S):
                        raise body.give_up()
                except protocol.ProtocolError:
                    abort(self._answer(408, "too slow", {'Retry-After': '15'}))
                environ[KEPT] = body.content()
            else:
                Body().leave(LEAVE_S)
        return environ[KEPT]

    def _refuse(self, status, words, headers=None):
        """Answer a request of whose body no byte was read."""
        Body().leave(LEAVE_S)
        return self._answer(status, words, headers)

    def _answer(self, status, words, headers=None):
        return request.make_response(words, status=status, headers=[
            ('Content-Type', 'text/plain; charset=utf-8'), ('Cache-Control', 'no-store'), *(headers or {}).items()])
