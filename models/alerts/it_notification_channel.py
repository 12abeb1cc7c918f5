from odoo import api, models
from odoo.exceptions import ValidationError

from .res_company import PERSONAL


class ItNotificationChannel(models.Model):
    """A way out that may be the last one by which a company's people hear of alerts."""
    _inherit = 'it.notification.channel'

    # === CONSTRAINT METHODS === #

    @api.constrains('active', 'kind', 'company_id')
    def _check_people_are_told(self):
        """:raises ValidationError: with these, activities and mails are both archived; of a kind that is not there yet one is made when it is needed"""
        for company in self.filtered(lambda channel: channel.kind in PERSONAL and not channel.active).company_id:
            found = company._itc_alert_person_channels()
            if set(found.mapped('kind')) == set(PERSONAL) and not any(found.mapped('active')):
                self._refuse_to_leave(company)

    # === CRUD METHODS === #

    def write(self, vals):
        """Write. :raises ValidationError: what moves to another company, or becomes another kind, was the last one that told people"""
        before = {channel: channel.company_id for channel in self._telling_people()}
        result = super().write(vals)
        for company in {company for channel, company in before.items() if channel.company_id != company or channel.kind not in PERSONAL}:
            self._check_left(company, company._itc_alert_person_channels())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last(self):
        """:raises ValidationError: they are the last ones that tell people"""
        for company in self._telling_people().company_id:
            self._check_left(company, company._itc_alert_person_channels() - self)

    # === BUSINESS METHODS === #

    def _telling_people(self):
        return self.filtered(lambda channel: channel.active and channel.kind in PERSONAL)

    def _check_left(self, company, left):
        """:raises ValidationError: only archived ones are left; where none is, one is made when it is needed"""
        if left and not any(left.mapped('active')):
            self._refuse_to_leave(company)

    def _refuse_to_leave(self, company):
        raise ValidationError(self.env._(
            "People of %(company)s hear of alerts and late tickets by activities or by mail: one of the two has to stay.",
            company=company.name))
