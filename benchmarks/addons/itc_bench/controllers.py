import json

from odoo import http
from odoo.http import request


class Anchor(http.Controller):

    @http.route('/itc_bench/floor', type='http', auth='none', methods=['POST'], csrf=False, save_session=False, readonly=False)
    def floor(self):
        """The least an Odoo route can do with a report: read it, parse it, answer."""
        report = json.loads(request.httprequest.get_data())
        return request.make_json_response({'proto': report['proto'], 'count': len(report['records'])})
