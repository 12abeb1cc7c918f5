from odoo import fields, models
from odoo.fields import Command

from ...lib import alert_call
from ..mixins.groups import WORKERS

MAX_STEP_MIN = 7 * 24 * 60
PERSONAL = ('activity', 'mail')  # kinds of channels by which one person is told


class ResCompany(models.Model):
    """Who hears of a company's alerts, and when."""
    _inherit = 'res.company'

    itc_alert_rota_id = fields.Many2one(
        'it.rota', string="IT Continuity: on call", ondelete='set null', domain="[('company_id', '=', id)]",
        help="Whose turn it is hears of every alert first, at any hour. Empty: the people of the role.")
    itc_alert_role_id = fields.Many2one(
        'it.role', string="IT Continuity: role for alerts", ondelete='set null',
        help="Hears of alerts about assets that name no role. Empty: the IT technicians.")
    itc_alert_mail_min = fields.Integer("IT Continuity: alert by mail after, minutes", default=15, required=True)
    itc_alert_manager_min = fields.Integer("IT Continuity: alert to managers after, minutes", default=30, required=True)
    itc_alert_ways_min = fields.Integer("IT Continuity: alert to all channels after, minutes", default=60, required=True)
    itc_alert_nag_min = fields.Integer("IT Continuity: alert again every, minutes", default=240, required=True)
    itc_alert_quiet_from = fields.Float("IT Continuity: no warnings from", default=20.0, required=True)
    itc_alert_quiet_until = fields.Float("IT Continuity: no warnings until", default=7.0, required=True)
    itc_alert_settle_min = fields.Integer("IT Continuity: same alert again within, minutes", default=15, required=True)
    itc_alert_burst = fields.Integer("IT Continuity: messages of alerts at once", default=5, required=True)
    itc_alert_channel_ids = fields.Many2many(
        'it.notification.channel', 'it_alert_company_channel_rel', string="IT Continuity: channels for alerts", groups=WORKERS,
        domain="[('company_id', '=', id)]", help="Empty: every webhook and every channel in Discuss of the company.")

    _itc_alert_minutes_sane = models.Constraint(
        f'CHECK(LEAST(itc_alert_mail_min, itc_alert_manager_min, itc_alert_ways_min, itc_alert_nag_min, itc_alert_settle_min) >= 0 AND '
        f'GREATEST(itc_alert_mail_min, itc_alert_manager_min, itc_alert_ways_min, itc_alert_nag_min, itc_alert_settle_min) <= {MAX_STEP_MIN})',
        "Alerts: each time is from 0 (never) to 10080 minutes.")
    _itc_alert_quiet_sane = models.Constraint(
        'CHECK(itc_alert_quiet_from >= 0 AND itc_alert_quiet_from < 24 AND itc_alert_quiet_until >= 0 AND itc_alert_quiet_until < 24)',
        "Alerts: quiet hours are hours of the day, 0:00 to 23:59.")
    _itc_alert_burst_sane = models.Constraint('CHECK(itc_alert_burst BETWEEN 1 AND 100)', "Alerts: from 1 to 100 messages at once.")

    # === BUSINESS METHODS === #

    def _itc_alert_ladder(self):
        """Return this company's :class:`lib.alert_call.Ladder`; without a way out it has no such step."""
        self.ensure_one()
        ways_min = self.itc_alert_ways_min if self._itc_alert_ways() else 0
        return alert_call.Ladder(
            (0, *(minutes or None for minutes in (self.itc_alert_mail_min, self.itc_alert_manager_min, ways_min))), self.itc_alert_nag_min)

    def _itc_alert_person_channel(self, kind):
        """Return this company's channel for what one person is told, in superuser mode; the first time it is made.

        Somebody who archived it wanted none: then what it would tell goes by the other kind. Where both are archived, which is refused by now
        but was not always, people get activities all the same: never nobody is told.

        :param kind: ``activity`` or ``mail``
        """
        found = self._itc_alert_person_channels()
        for wanted in (kind, *(other for other in PERSONAL if other != kind)):
            of_kind = found.filtered(lambda channel, wanted=wanted: channel.kind == wanted)
            if not of_kind:
                return self._itc_alert_make_person_channel(wanted)
            if of_kind.filtered('active'):
                return of_kind.filtered('active')[:1]
        return self._itc_alert_make_person_channel('activity')

    def _itc_alert_person_channels(self):
        """Return this company's channels that tell people in person, archived ones too, in superuser mode."""
        self.ensure_one()
        channels_sudo = self.env['it.notification.channel'].sudo().with_context(active_test=False)
        return channels_sudo.search([('company_id', '=', self.id), ('kind', 'in', PERSONAL)], order='sequence, id')

    def _itc_alert_make_person_channel(self, kind):
        name = self.env._("Activities of alerts") if kind == 'activity' else self.env._("Mails of alerts")
        return self.env['it.notification.channel'].sudo().create(
            {'name': name, 'kind': kind, 'company_id': self.id, 'user_ids': [Command.clear()]})

    def _itc_alert_ways(self):
        """Return the channels that the last step of the ladder uses, in superuser mode."""
        self.ensure_one()
        company_sudo = self.sudo()
        if company_sudo.itc_alert_channel_ids:
            return company_sudo.itc_alert_channel_ids
        return self.env['it.notification.channel'].sudo().search([('company_id', '=', self.id), ('kind', 'in', ('webhook', 'discuss'))])
