from odoo import api, models
from odoo.fields import Domain


class MailFollowers(models.Model):
    """Who follows a record of ours is shown to those who may read the record; Odoo shows it to every employee."""
    _inherit = 'mail.followers'

    # === CRUD METHODS === #

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & self._get_shown()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or operation != 'read' or not self.ids:
            return result
        forbidden, error = result or (self.browse(), None)
        asked = self.browse(self.ids) - forbidden
        hidden = (asked - asked.search([('id', 'in', asked.ids)])).exists()
        if not hidden:
            return result
        return forbidden + hidden, error or (lambda: self.env['ir.rule']._make_access_error(operation, hidden))

    # === BUSINESS METHODS === #

    @api.model
    def _get_shown(self):
        """Return the domain of the followers that the one who looks may see: their own entries, and those of records that they may read."""
        models = self.env['mail.message']._get_thread_models()
        return Domain.OR([
            Domain('res_model', 'not in', sorted(models)), Domain('partner_id', '=', self.env.user.partner_id.id), *(
                Domain('res_model', '=', name) & Domain('res_id', 'in', self.env[name].with_context(active_test=False)._search([]))
                for name in sorted(models) if self.env[name].has_access('read'))])
