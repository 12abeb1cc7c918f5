from odoo import models

# The window that opened a form of Odoo's; a person who forges it names a window of their own or none. Odoo hands what begins with “default_”
# to the form that it opens and to no form that is opened from there, so that only the record that was meant takes the ticket's link.
DEED = 'default_it_ticket_deed'


class Base(models.AbstractModel):
    """A form of any app that a ticket's button opened: when it is saved, the record is the ticket's."""
    _inherit = 'base'

    def web_save(self, vals, specification, next_id=None):
        deed = DEED in self.env.context and self.env['it.ticket.deed']._of_form(self)
        if not deed:
            return super().web_save(vals, specification, next_id=next_id)
        before = deed._look(self, vals)
        result = super().web_save(vals, specification)
        deed._take_saved(self or self.browse(result[0]['id']), before)
        return self.browse(next_id).with_context(bin_size=True).web_read(specification) if next_id else result
