"""What people wrote, as our reports print it: nothing in it makes the program that draws PDFs fetch anything."""
import base64
import re

from markupsafe import Markup

from odoo.tools import consteq

from ..lib import print_html

# Where the editor puts the pictures that are uploaded or pasted into a text.
_ATTACHMENT = re.compile(r'/web/(?:image|content)/(\d+)(?:-[^/?]*)?(?:[/?].*)?')
_TOKEN = re.compile(r'[?&]access_token=([^&#]*)')
_KINDS = ('image/png', 'image/jpeg', 'image/gif', 'image/webp')
MAX_PICTURE_BYTES = 8 * 2**20


def printable(env, text):
    """Return HTML of a record as markup for a report; pictures that are ours and that the reader may see are drawn into it."""
    base_url = env['ir.config_parameter'].sudo().get_param('web.base.url', default='')
    return Markup(print_html.printable(text or '', lambda source: _picture(env, source.removeprefix(base_url))))


def _picture(env, source):
    """Return the picture of an attachment as a ``data:`` URI; None for everything else, and for what the reader may not see."""
    match = _ATTACHMENT.fullmatch(source)
    if not match:
        return None
    file_sudo = env['ir.attachment'].sudo().browse(int(match[1])).exists()
    token = _TOKEN.search(source)
    is_shown = file_sudo and (
        file_sudo.sudo(False).has_access('read')
        # The editor's own proof, for a picture that was put in before its record was saved.
        or (token and file_sudo.access_token and consteq(token[1].encode(), file_sudo.access_token.encode())))
    if not is_shown or file_sudo.mimetype not in _KINDS or file_sudo.file_size > MAX_PICTURE_BYTES:
        return None
    return f'data:{file_sudo.mimetype};base64,{base64.b64encode(file_sudo.raw).decode()}'
