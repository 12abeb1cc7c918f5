from odoo import http
from odoo.http import request


class Ask(http.Controller):

    # Not /it/…: that is where a website in Italian keeps its pages.
    @http.route('/itc/a/<int:asset_id>', type='http', auth='user', methods=['GET'], readonly=True)
    def asset(self, asset_id):
        """Lead from the code on a system to the page that asks what is wrong with it; what it is, only that page says, to who may know."""
        return request.redirect(f'/odoo/{asset_id}/ask-it')
