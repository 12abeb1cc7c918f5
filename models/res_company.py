from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    _inherit = 'res.company'

    itc_tz = fields.Selection(
        _tz_get, string="IT Continuity time zone", required=True,
        default=lambda self: self.env.company.resource_calendar_id.tz or self.env.user.tz or 'UTC',
        help="What “today” and “8 o'clock” mean for the handbook's tasks, whoever looks.")
    itc_reminder_time = fields.Float(
        "IT Continuity reminder time", default=8.0, required=True, help="Local hour from which people get their mail of the day.")
    itc_undo_min = fields.Integer(
        "IT Continuity undo", default=10, required=True,
        help="Minutes in which people may take back that a run was done, failed or did not apply. 0 switches it off.")

    _itc_reminder_time_sane = models.Constraint(
        'CHECK(itc_reminder_time >= 0 AND itc_reminder_time < 24)', "The reminder time is an hour of the day, 0:00 to 23:59.")
    _itc_undo_min_sane = models.Constraint('CHECK(itc_undo_min >= 0 AND itc_undo_min <= 1440)', "Undo takes 0 to 1440 minutes.")

    # === BUSINESS METHODS === #

    def _itc_people(self, group='manager'):
        """Return the active people with a group of ours who may enter this company; of no company, all of them.

        :param group: ``user``, ``technician``, ``manager`` or ``auditor``
        """
        people = self.env.ref(f'it_continuity.it_continuity_group_{group}').all_user_ids
        return people.filtered(lambda user: user.active and not user.share and (not self or self in user.company_ids))

    def _get_itc_lang(self):
        """Return the language in which this company's runs and closings keep the names of what they were made of, whoever makes them."""
        return self.sudo().partner_id.lang or self.env.lang  # whoever makes one need not be allowed to read the company's address
