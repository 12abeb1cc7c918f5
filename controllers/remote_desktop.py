import re

from odoo import http
from odoo.http import content_disposition, request


class RemoteDesktop(http.Controller):

    @http.route('/it_continuity/asset/<int:asset_id>/remote.rdp', type='http', auth='user', methods=['GET'], readonly=True)
    def rdp_file(self, asset_id):
        """Answer the .rdp file that Remote Desktop Connection opens; 404 where the user may not read the address."""
        asset = request.env['it.asset'].search([('id', '=', asset_id)])
        if not asset or not asset._has_field_access(asset._fields['rdp_host'], 'read') or not asset.rdp_host:
            return request.not_found()
        address = re.sub(r'[\r\n]', '', asset.rdp_host)
        return request.make_response(f"full address:s:{address}\r\nprompt for credentials:i:1\r\n", headers=[
            ('Content-Type', 'application/x-rdp'),
            ('Content-Disposition', content_disposition(f'{asset.name}.rdp')),
        ])
