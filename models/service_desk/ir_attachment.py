from odoo import api, models


class IrAttachment(models.Model):
    """A file that somebody adds to a ticket without a message, such as a picture of what still fails, is a word of theirs."""
    _inherit = 'ir.attachment'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        if not self.env.su:  # the chatter makes it in superuser mode, and calls the method below
            files._take_words()
        return files

    # === BUSINESS METHODS === #

    def _post_add_create(self, **kwargs):
        result = super()._post_add_create(**kwargs)
        self._take_words()
        return result

    def _take_words(self):
        ids = [file.res_id for file in self if file.res_model == 'it.ticket' and file.res_id and not file.res_field]
        if ids:
            self.env['it.ticket'].browse(ids).exists()._take_act()
