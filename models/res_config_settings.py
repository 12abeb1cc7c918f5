from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.protocol import MAX_BODY_BYTES
from .alerts.res_company import MAX_STEP_MIN
from .improvement.improvement_finder import THRESHOLDS
from .improvement.res_company import MAX_RECUR_DAYS

MAX_SILENT_DAYS = 365
MAX_INT, MIB = 2**31 - 1, 2**20
SIZE_PARAM = 'it_continuity.report_bytes_per_min'
WORKERS = 'it_continuity.it_continuity_group_technician'  # an administrator of Odoo need not be allowed to read what these name
ALERT_MINUTES = ('itc_alert_mail_min', 'itc_alert_manager_min', 'itc_alert_ways_min', 'itc_alert_nag_min', 'itc_alert_settle_min')


class ResConfigSettings(models.TransientModel):
    """What a company may set about IT Continuity. The database's identity is shown, and changed by its own button."""
    _inherit = 'res.config.settings'

    itc_tz = fields.Selection(related='company_id.itc_tz', readonly=False)
    itc_reminder_time = fields.Float(related='company_id.itc_reminder_time', readonly=False)
    itc_undo_min = fields.Integer(related='company_id.itc_undo_min', readonly=False)
    itc_alert_rota_id = fields.Many2one(related='company_id.itc_alert_rota_id', readonly=False, groups=WORKERS)
    itc_alert_role_id = fields.Many2one(related='company_id.itc_alert_role_id', readonly=False, groups=WORKERS)
    itc_alert_mail_min = fields.Integer(related='company_id.itc_alert_mail_min', readonly=False)
    itc_alert_manager_min = fields.Integer(related='company_id.itc_alert_manager_min', readonly=False)
    itc_alert_ways_min = fields.Integer(related='company_id.itc_alert_ways_min', readonly=False)
    itc_alert_channel_ids = fields.Many2many(related='company_id.itc_alert_channel_ids', readonly=False, groups=WORKERS)
    itc_alert_nag_min = fields.Integer(related='company_id.itc_alert_nag_min', readonly=False)
    itc_alert_quiet_from = fields.Float(related='company_id.itc_alert_quiet_from', readonly=False)
    itc_alert_quiet_until = fields.Float(related='company_id.itc_alert_quiet_until', readonly=False)
    itc_alert_settle_min = fields.Integer(related='company_id.itc_alert_settle_min', readonly=False)
    itc_alert_burst = fields.Integer(related='company_id.itc_alert_burst', readonly=False)
    itc_recur_days = fields.Integer(related='company_id.itc_recur_days', readonly=False)
    itc_recur_task = fields.Integer(related='company_id.itc_recur_task', readonly=False)
    itc_recur_check = fields.Integer(related='company_id.itc_recur_check', readonly=False)
    itc_recur_ticket = fields.Integer(related='company_id.itc_recur_ticket', readonly=False)
    itc_recur_reopened = fields.Integer(related='company_id.itc_recur_reopened', readonly=False)
    itc_recur_outage = fields.Integer(related='company_id.itc_recur_outage', readonly=False)
    itc_recur_excuse = fields.Integer(related='company_id.itc_recur_excuse', readonly=False)
    itc_recur_alert = fields.Integer(related='company_id.itc_recur_alert', readonly=False)
    itc_recur_supply = fields.Integer(related='company_id.itc_recur_supply', readonly=False)
    itc_sla_warn_percent = fields.Integer(related='company_id.itc_sla_warn_percent', readonly=False)
    itc_silent_auto = fields.Boolean(related='company_id.itc_silent_auto', readonly=False)
    itc_ticket_alias_name = fields.Char(related='company_id.itc_ticket_alias_name', readonly=False)
    itc_mail_strangers = fields.Selection(related='company_id.itc_mail_strangers', readonly=False)
    itc_alias_domain = fields.Char(related='company_id.alias_domain_id.name')
    itc_offline_all = fields.Boolean(related='company_id.itc_offline_all', readonly=False)
    itc_internet_asset_id = fields.Many2one(related='company_id.itc_internet_asset_id', readonly=False, groups=WORKERS)
    itc_silent_closure_days = fields.Integer(
        "Days without an answer", config_parameter='it_continuity.silent_closure_days',
        help="After so many days a technician may close a solved ticket that its requester did not confirm.")
    itc_outbox_loopback = fields.Boolean(
        "Services on the Odoo machine", config_parameter='it_continuity.outbox_loopback',
        help="Webhooks may also go to Odoo's own machine. Whoever sets an address can then reach what answers only there.")
    itc_reports_per_min = fields.Integer(
        "Reports a minute", config_parameter='it_continuity.reports_per_min',
        help="A host that sends more is told to wait. It loses nothing and sends it later.")
    itc_report_mib_per_min = fields.Float(
        "MiB a minute", digits=(16, 2), help="A host that sends more is told to wait. It loses nothing and sends it later.")

    itc_db_id = fields.Char("Identity of the database", compute='_compute_itc_db_id')

    # === COMPUTE METHODS === #

    @api.depends('company_id')
    def _compute_itc_db_id(self):
        self.itc_db_id = self.env['it.database']._db_id()

    # === CONSTRAINT METHODS === #

    @api.constrains('itc_silent_closure_days')
    def _check_itc_silent_closure_days(self):
        for settings in self:
            if not 1 <= settings.itc_silent_closure_days <= MAX_SILENT_DAYS:
                raise ValidationError(self.env._(
                    "Tickets without an answer: between 1 and %(most)s days have to pass before one may be closed.", most=MAX_SILENT_DAYS))

    @api.constrains('itc_reports_per_min', 'itc_report_mib_per_min')
    def _check_itc_budget(self):
        """The largest report has to fit in, or its host would wait for ever."""
        for settings in self:
            if settings.itc_reports_per_min < 1 or settings.itc_report_mib_per_min * MIB < MAX_BODY_BYTES:
                raise ValidationError(self.env._(
                    "A host needs at least 1 report and %(least)s MiB a minute.", least=MAX_BODY_BYTES / MIB))

    @api.constrains(*ALERT_MINUTES, 'itc_alert_quiet_from', 'itc_alert_quiet_until', 'itc_alert_burst')
    def _check_itc_alert(self):
        for settings in self:
            if any(not 0 <= settings[name] <= MAX_STEP_MIN for name in ALERT_MINUTES):
                raise ValidationError(self.env._("Alerts: each time is from 0 (never) to %(most)s minutes.", most=MAX_STEP_MIN))
            if not (0 <= settings.itc_alert_quiet_from < 24 and 0 <= settings.itc_alert_quiet_until < 24):
                raise ValidationError(self.env._("Alerts: quiet hours are hours of the day, 0:00 to 23:59."))
            if not 1 <= settings.itc_alert_burst <= 100:
                raise ValidationError(self.env._("Alerts: from 1 to 100 messages at once."))

    @api.constrains('itc_recur_days', *THRESHOLDS.values())
    def _check_itc_recur(self):
        for settings in self:
            if not 1 <= settings.itc_recur_days <= MAX_RECUR_DAYS:
                raise ValidationError(self.env._("What keeps going wrong is looked for in the last 1 to %(most)s days.", most=MAX_RECUR_DAYS))
            if any(settings[name] < 0 for name in THRESHOLDS.values()):
                raise ValidationError(self.env._("How often something has to go wrong is 0 (never) or more."))

    @api.constrains('itc_reminder_time', 'itc_undo_min')
    def _check_itc_company_values(self):
        """Refuse in words before the company's own constraints do."""
        for settings in self:
            if not 0 <= settings.itc_reminder_time < 24:
                raise ValidationError(self.env._("The reminder time is an hour of the day, 0:00 to 23:59."))
            if not 0 <= settings.itc_undo_min <= 1440:
                raise ValidationError(self.env._("Undo takes 0 to 1440 minutes."))

    # === BUSINESS METHODS === #

    @api.model
    def get_values(self):
        """Show what counts, whatever stands in the parameters."""
        reports, size = self.env['it.sample.store']._budget()
        return {
            **super().get_values(),
            'itc_silent_closure_days': self.env['it.ticket']._get_silent_closure_days(),
            'itc_reports_per_min': min(int(reports), MAX_INT), 'itc_report_mib_per_min': round(size / MIB, 2),
        }

    def set_values(self):
        result = super().set_values()
        if self.itc_report_mib_per_min != self.default_get(['itc_report_mib_per_min'])['itc_report_mib_per_min']:
            self.env['ir.config_parameter'].set_param(SIZE_PARAM, self.itc_report_mib_per_min * MIB)
        return result
