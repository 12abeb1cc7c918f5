from odoo import api, models
from odoo.exceptions import ValidationError

from .res_company import PERSONAL


class ItNotificationChannel(models.Model):
    """A way out that may be the last one by which a company's people hear of alerts."""
    _inherit = 'it.notification.channel'

    # === CONSTRAINT METHODS === #

    @api.constrains('active', 'kind', 'company_id')
    def _check_people_are_told(self):
        """:raises ValidationError: neither activities nor mails are left; of a kind that is not there yet one is made when it is needed"""
        for company in self.company_id:
            found = company._itc_alert_person_channels()
            if set(found.mapped('kind')) == set(PERSONAL) and not any(found.mapped('active')):
                raise ValidationError(self.env._(
                    "People of %(company)s hear of alerts and late tickets by activities or by mail: one of the two has to stay.",
                    company=company.name))
