from markupsafe import Markup

from odoo import models
from odoo.exceptions import AccessError

COMMAND = '/ticket'


class DiscussChannel(models.Model):
    _inherit = 'discuss.channel'

    def execute_command_ticket(self, **kwargs):
        """Log what a colleague typed after ``/ticket``; only they read the answer, which says the number.

        :raises AccessError: a guest or a user of the portal typed it, or somebody who does not read this channel
        """
        self.ensure_one()
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only colleagues ask IT by chat."))
        self.check_access('read')
        body = kwargs.get('body')
        words = ' '.join(body.split()) if isinstance(body, str) else ''
        words = words.removeprefix(COMMAND).strip()
        if not words:
            answer = self.env._("Say what you need in the same line, such as: /ticket my screen stays black")
        else:
            ticket = self._log_ticket(words)
            answer = Markup("%s <a href='%s'>%s</a>") % (
                self.env._("Thank you. Your request is"), f'/odoo/my-tickets/{ticket.id}', ticket.name)
        self.env.user._bus_send_transient_message(self, answer)

    def _log_ticket(self, words):
        tickets = self.env['it.ticket']
        found = self.env['it.ticket.category'].name_search(words, limit=1)
        category = self.env['it.ticket.category'].browse(found[0][0]) if found else None
        subject, description = self.env['it.ask']._said(words)
        return tickets._log_by_channel(
            'chat', tickets._prepare_values(subject, description, category=category), origin_link=f'/odoo/discuss?active_id=discuss.channel_{self.id}')
