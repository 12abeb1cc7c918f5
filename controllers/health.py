from odoo import http
from odoo.http import request


class Health(http.Controller):

    @http.route('/it_continuity/health', type='http', auth='itc_ping', methods=['GET', 'HEAD'], csrf=False, save_session=False, readonly=True)
    def health(self, **_query):
        """Tell a monitor outside whether the jobs run on which all watching stands: 200, or 503 when one has stopped.

        Odoo's own /web/health answers well while every job is dead. Counts only: anybody may ask.
        """
        # Nobody's user may read jobs; what is told of them is one number.
        count = request.env['it.own.check'].sudo()._count_stopped()
        return request.make_json_response(
            {'status': 'fail' if count else 'pass', 'jobs_stopped': count}, status=503 if count else 200, headers={'Cache-Control': 'no-store'})
