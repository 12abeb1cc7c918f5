from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..lib import compliance

SHARES = {'kpi_itc_on_time': 'on_time_pct', 'kpi_itc_kept': 'done_pct', 'kpi_itc_unexcused': 'excused_pct'}
# Of whom and when a digest tells: it reads one figure after the other for several people and periods, and one computation fills in all of them.
PERIOD = ('start_datetime', 'end_datetime', 'uid', 'company')
READERS = ('it_continuity.it_continuity_group_technician', 'it_continuity.it_continuity_group_auditor')


class DigestDigest(models.Model):
    """How the handbook is kept, in Odoo's periodic mail; people who may not read it get the mail without it."""
    _inherit = 'digest.digest'

    kpi_itc_on_time = fields.Boolean("IT runs on time, %")
    kpi_itc_on_time_value = fields.Float(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_kept = fields.Boolean("IT compliance, %")
    kpi_itc_kept_value = fields.Float(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_unexcused = fields.Boolean("IT compliance without excused, %")
    kpi_itc_unexcused_value = fields.Float(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_missed = fields.Boolean("IT runs missed")
    kpi_itc_missed_value = fields.Integer(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_late_entry = fields.Boolean("IT runs entered late")
    kpi_itc_late_entry_value = fields.Integer(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_waived = fields.Boolean("IT runs not applicable, unconfirmed")
    kpi_itc_waived_value = fields.Integer(compute='_compute_kpi_itc_runs', export_string_translation=False)
    kpi_itc_open_tickets = fields.Boolean("IT tickets open")
    kpi_itc_open_tickets_value = fields.Integer(compute='_compute_kpi_itc_open_tickets_value', export_string_translation=False)

    kpi_itc_improvements = fields.Boolean("IT improvements open")
    kpi_itc_improvements_value = fields.Integer(compute='_compute_kpi_itc_improvements_value', export_string_translation=False)

    # === COMPUTE METHODS === #

    @api.depends_context(*PERIOD)
    def _compute_kpi_itc_runs(self):
        """Count the runs that fell due in the period, by the definition of the compliance report."""
        self._check_itc_reader()
        figures = self._count_runs()
        for digest in self:
            counts, share = figures[digest.company_id or self.env.company]
            for name, share_name in SHARES.items():
                digest[f'{name}_value'] = getattr(share, share_name) or 0.0  # a share of nothing is a dash in the mail: see _compute_kpis
            digest.kpi_itc_missed_value = counts['missed']
            digest.kpi_itc_late_entry_value = counts['late_entry']
            digest.kpi_itc_waived_value = counts['waived']

    @api.depends_context(*PERIOD)
    def _compute_kpi_itc_open_tickets_value(self):
        """Count the tickets that were open when the period ended, so that two periods can be compared."""
        self._count_open('kpi_itc_open_tickets_value', 'it.ticket', 'requested_at')

    @api.depends_context(*PERIOD)
    def _compute_kpi_itc_improvements_value(self):
        """Count the improvements that were open when the period ended."""
        self._count_open('kpi_itc_improvements_value', 'it.improvement', 'suggested_at')

    # === BUSINESS METHODS === #

    def _compute_kpis(self, company, user):
        """Say of a period in which nothing was due that nothing is known, and not that nothing was done."""
        kpis = super()._compute_kpis(company, user)
        shares = {kpi['kpi_name']: kpi for kpi in kpis if kpi['kpi_name'] in SHARES}
        for number, (_words, (span, _before)) in enumerate(self._compute_timeframes(company), start=1) if shares else ():
            digest = self.with_context(start_datetime=span[0], end_datetime=span[1]).with_user(user).with_company(company)
            _counts, share = digest._count_runs()[self.company_id or company]
            for name, kpi in shares.items():
                if getattr(share, SHARES[name]) is None:
                    kpi[f'kpi_col{number}'].update(value="–", margin=0.0)
        return kpis

    def _compute_kpis_actions(self, company, user):
        menu = self.env.ref('it_continuity.it_continuity_menu').id
        return super()._compute_kpis_actions(company, user) | {
            'kpi_itc_on_time': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_kept': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_unexcused': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_missed': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_late_entry': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_waived': f'it_continuity.it_compliance_report_action?menu_id={menu}',
            'kpi_itc_open_tickets': f'it_continuity.it_ticket_action?menu_id={menu}',
            'kpi_itc_improvements': f'it_continuity.it_improvement_action?menu_id={menu}',
        }

    def _count_runs(self):
        """Return what became of the runs of each company in the period, as ``{company: (counts by bucket, lib's percentages)}``."""
        start, end, companies = self._get_kpi_compute_parameters()
        names = [bucket.value for bucket in compliance.Bucket]
        found = {
            company: (sums, excused)
            for company, excused, *sums in self.env['it.compliance.report']._read_group(
                [('company_id', 'in', companies.ids), ('due_at', '>=', start), ('due_at', '<', end)],
                ['company_id'], ['excused:sum', *(f'{name}:sum' for name in names)])
        }
        figures = {}
        for company in companies | self.env.company:
            sums, excused = found.get(company, ([0] * len(names), 0))
            counts = dict(zip(names, sums, strict=True))
            figures[company] = counts, compliance.percentages(counts, excused)
        return figures

    def _count_open(self, name, model, began):
        """Fill in how many records of a model had begun and were not closed when the period ended."""
        self._check_itc_reader()
        _start, end, companies = self._get_kpi_compute_parameters()
        counts = dict(self.env[model]._read_group(
            [('company_id', 'in', companies.ids), (began, '<', end), '|', ('closed_at', '=', False), ('closed_at', '>=', end)],
            ['company_id'], ['__count']))
        for digest in self:
            digest[name] = counts.get(digest.company_id or self.env.company, 0)

    def _check_itc_reader(self):
        """:raises AccessError: the reader is no technician, manager or auditor; the digest then leaves the figure out"""
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(self.env._("Only technicians, managers and auditors read how the handbook is kept."))
