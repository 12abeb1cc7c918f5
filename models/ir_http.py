from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import abort

from odoo import api, models
from odoo.http import request

from ..controllers.slow_body import Body
from ..lib import protocol

# Seconds to wait after a refusal that says "later".
RETRY_AFTER_S = {'busy': 2, 'too_many': 15, 'too_slow': 15}

# Seconds for the rest of a refused body to come; what comes later is not heard.
LEAVE_S = 0.05

# Where people of a group start, the first that fits; who has none of these groups starts where Odoo says.
START_PAGES = (
    ('it_continuity.it_continuity_group_technician', 'it_continuity.it_today_action'),
    ('it_continuity.it_continuity_group_auditor', 'it_continuity.it_today_action'),
    ('it_continuity.it_continuity_group_user', 'it_continuity.it_ask_action'),
)


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        """Name the page on which the person starts, unless they chose one in their preferences."""
        info = super().session_info()
        if info.get('is_internal_user') and not info.get('home_action_id'):
            info['home_action_id'] = self._itc_start_page()
        return info

    @api.model
    def _itc_start_page(self):
        """Return the id of the action that the current user's day starts with, or False."""
        user = self.env.user
        for group, action in START_PAGES:
            if user.has_group(group):
                return self.env['ir.model.data']._xmlid_to_res_id(action)
        return False

    @classmethod
    def _auth_method_itc_agent(cls):
        """Let only the agent in that owns the key of the header; judged before a byte of the body is read."""
        cls._itc_open_door()
        try:
            credentials = protocol.parse_authorization(request.httprequest.headers.get('Authorization'))
            caller = request.env['it.sample.store']._authenticate(credentials)
            if caller.state == 'pending':
                raise protocol.refuse('pending')
            if not caller.is_alone:
                raise protocol.refuse('busy')
            if request.httprequest.method == 'POST':
                protocol.check_headers(request.httprequest.headers)
                caller = request.env['it.sample.store']._spend(caller, request.httprequest.content_length)
        except protocol.ProtocolError as error:
            cls._itc_refuse_early(error)
        request.itc_caller = caller

    @classmethod
    def _auth_method_itc_enrol(cls):
        """Let anybody in who asks properly while a one-time code is out, which is in the body; judged before a byte of it is read."""
        cls._itc_open_door()
        try:
            protocol.check_headers(request.httprequest.headers)
            if not request.env['it.agent']._has_codes():
                raise protocol.refuse('code_invalid')
        except protocol.ProtocolError as error:
            cls._itc_refuse_early(error)

    @classmethod
    def _auth_method_itc_ping(cls):
        """Let anybody in; what the address in the path opens, the controller asks before a byte of the body is read."""
        cls._itc_open_door()
        # Odoo would read a form out of the body, all of it and however slowly it comes: to us it is a log.
        request.httprequest.form = request.httprequest.files = ImmutableMultiDict()

    @classmethod
    def _itc_open_door(cls):
        """Forget any session: an agent is nobody's user, and its answers set no cookie."""
        request.session.can_save = False
        # The id is remembered by the process; ``env.ref`` would ask each time whether the user is still there.
        request.update_env(user=request.env['ir.model.data']._xmlid_to_res_id('base.public_user', raise_if_not_found=True))

    @classmethod
    def _itc_refuse_early(cls, error):
        """Refuse a request of which no byte of the body was read."""
        if request.httprequest.method == 'POST':
            Body().leave(LEAVE_S)
        abort(cls._itc_refusal(error))

    @classmethod
    def _itc_refusal(cls, error):
        """Return the answer to a refused request."""
        response = request.make_json_response(error.body(), status=error.status)
        if error.code in RETRY_AFTER_S:
            response.headers['Retry-After'] = str(RETRY_AFTER_S[error.code])
        return response
