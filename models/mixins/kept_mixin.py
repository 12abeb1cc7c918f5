from odoo import api, models
from odoo.exceptions import AccessError


class ItKeptMixin(models.AbstractModel):
    """Rows that a job writes past the ORM, once: nobody makes, changes or deletes one, whatever rights they have."""
    _name = 'it.kept.mixin'
    _description = "Kept by a Job"
    _allow_sudo_commands = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):  # nobody makes one  # pylint: disable=method-required-super
        """:raises AccessError: whoever asks"""
        raise AccessError(self._kept_words())

    def write(self, vals):  # nobody writes one  # pylint: disable=method-required-super
        """:raises AccessError: whoever asks"""
        raise AccessError(self._kept_words())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):  # nobody deletes one but time
        raise AccessError(self._kept_words())

    # === BUSINESS METHODS === #

    @api.model
    def _kept_words(self):
        """Return in a sentence what is kept."""
        raise NotImplementedError
