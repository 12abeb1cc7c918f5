from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import compliance, local_time, seal_story, time_in_state
from ...lib.improvement import GIVEN_BACK, Figure
from ...lib.recurring import PATTERNS

# A run that is trouble whatever a check said: not done in time as far as two persons say, or found to be bad.
UNKEPT = tuple(bucket.value for bucket in compliance.UNKEPT_BUCKETS)
TROUBLE = (*UNKEPT, compliance.Bucket.FAILED.value)
# The measures that count runs.
OF_RUNS = frozenset({'task_missed', 'task_trouble', 'excused'})
# A ticket that was not asked for after all: a double, or taken back by who asked. That a technician alone cancelled it leaves it counted.
UNASKED = Domain('state', '=', 'cancelled') & (Domain('duplicate_of_id', '!=', False) | Domain('is_withdrawn', '=', True))


class ItImprovementFigures(models.AbstractModel):
    """Counts what an improvement is about: the same figures as the compliance report's, the tickets' and the checks' own.

    A span is a :class:`lib.improvement.Span` of the company's days; ``about`` is any record with the fields ``task_id``, ``check_id``,
    ``category_id``, ``asset_id``, ``step_id``, ``outage_kind``, ``excuse_kind`` and ``company_id``.
    """
    _name = 'it.improvement.figures'
    _description = "Figures of Improvements"

    # === WHAT A MEASURE COUNTS === #

    @api.model
    def _measure(self, measure, about, span):
        """Return the :class:`lib.improvement.Figure` of one of ``lib.improvement.MEASURES``."""
        return getattr(self, f'_measure_{measure}')(about, span)

    @api.model
    def _measure_task_missed(self, about, span):
        return Figure(*self._runs(about, span, Domain('bucket', 'in', UNKEPT)))

    @api.model
    def _measure_task_trouble(self, about, span):
        return Figure(*self._runs(about, span, self._trouble_domain()))

    @api.model
    def _measure_tickets(self, about, span):
        return Figure(self.env['it.ticket'].sudo().search_count(self._ticket_domain(about, span)))

    @api.model
    def _measure_tickets_reopened(self, about, span):
        return Figure(self.env['it.ticket'].sudo().search_count(self._reopened_domain(about, span)))

    @api.model
    def _measure_work_min(self, about, span):
        return Figure(self._minutes_worked(about, span))

    @api.model
    def _measure_not_ok_min(self, about, span):
        start, end = self._moments(about.company_id, span)
        checks_sudo = about.check_id.sudo()  # what is measured does not depend on who looks
        if not checks_sudo:  # what companies share, each may look at by checks of its own
            checks_sudo = about.asset_id.sudo().check_ids.filtered(lambda check: check.company_id in (about.company_id, about.company_id.browse()))
        return Figure(*checks_sudo._minutes_not_ok(start, end))

    @api.model
    def _measure_outage_min(self, about, span):
        return Figure(self._minutes_out(about, span))

    @api.model
    def _measure_excused(self, about, span):
        return Figure(*self._counted(
            about, span, Domain.TRUE, Domain('excused', '=', 1) & Domain('excuse_id.kind', '=', about.excuse_kind)))

    @api.model
    def _measure_step_trouble(self, about, span):
        """How often such a step was given back by who verifies it, or was late; of how many that were due or looked at.

        By name and date as they stood when the closing began: what one manager changes since moves nothing.
        """
        start, end = self._moments(about.company_id, span)
        step_sudo = about.step_id.sudo()
        steps_sudo = step_sudo.search([
            ('company_id', '=', about.company_id.id), ('planned_name', '=', step_sudo.planned_name or step_sudo.name), ('environment', '=', step_sudo.environment),
            ('closing_id.state', 'in', ('open', 'done'))]) if step_sudo else step_sudo
        due_sudo = steps_sudo.filtered(lambda step: step.planned_date and span.first_day <= step.planned_date <= span.last_day)
        late_sudo = due_sudo.filtered(
            lambda step: not step.done_at or local_time.local_date(step.done_at, about.company_id.itc_tz) > step.planned_date)
        events_sudo = self.env['it.seal.event'].sudo().search([
            ('model', '=', steps_sudo._name), ('res_id', 'in', steps_sudo.ids), ('at', '>=', start), ('at', '<', end)])
        told = [move for event in events_sudo for move in getattr(seal_story.read_moves(event.content), 'steps', ())]
        given_back = sum((move.old, move.new) in GIVEN_BACK for move in told)
        return Figure(given_back + len(late_sudo), len({*due_sudo.ids, *events_sudo.mapped('res_id')}))

    # === WHAT IT COSTS === #

    @api.model
    def _costs(self, about, span):
        """Return what the trouble costs over a span, as far as it can be counted.

        :return: dict with ``minutes_down``, ``minutes_worked`` and ``runs_missed``; what cannot be counted of this is left out
        """
        figures = {}
        if about.check_id:
            figures['minutes_down'] = self._measure_not_ok_min(about, span)
        elif about.outage_kind or about.asset_id:
            figures['minutes_down'] = self._measure_outage_min(about, span)
        if about.category_id or about.asset_id:
            figures['minutes_worked'] = self._measure_work_min(about, span)
        if about.excuse_kind:
            figures['runs_missed'] = self._measure_excused(about, span)
        elif about.task_id or (about.asset_id and not about.category_id):
            figures['runs_missed'] = self._measure_task_missed(about, span)
        return {name: figure.value for name, figure in figures.items() if figure.is_known}

    # === WHERE IT IS COUNTED === #

    @api.model
    def _trouble_domain(self):
        """Return which lines of the compliance report are trouble: not done in time, failed, or done against what the checks said.

        What one person alone entered late, or said not to apply, was not done in time until another one confirms it.
        """
        return Domain('bucket', 'in', TROUBLE) | (Domain('overridden', '=', 1) & Domain('bucket', '!=', compliance.Bucket.EXTRA.value))

    @api.model
    def _runs(self, about, span, domain):
        """Return how many runs of a task, or of an asset, fit a domain, and how many were due at all."""
        return self._counted(about, span, self._run_domain(about), domain)

    @api.model
    def _run_domain(self, about):
        return Domain('task_id', '=', about.task_id.id) if about.task_id else Domain('asset_ids', 'in', about.asset_id.ids)

    @api.model
    def _counted(self, about, span, of_this, domain):
        """Return how many of these lines of the compliance report fit a domain, and how many runs were due among them."""
        of_this &= self._fell_due(about, span)
        report_sudo = self.env['it.compliance.report'].sudo()  # what is measured does not depend on who looks
        [(due,)] = report_sudo._read_group(of_this, [], ['due:sum'])
        return report_sudo.search_count(of_this & domain), due or 0

    @api.model
    def _count_open(self, measure, about, span):
        """Return how many runs that a measure counts over a span are still within their time: their grace may end days after they fell due."""
        if measure not in OF_RUNS:
            return 0
        of_this = Domain.TRUE if measure == 'excused' else self._run_domain(about)
        still_open = Domain('bucket', '=', compliance.Bucket.OPEN.value)
        return self.env['it.compliance.report'].sudo().search_count(of_this & self._fell_due(about, span) & still_open)

    @api.model
    def _fell_due(self, about, span):
        return Domain([('company_id', '=', about.company_id.id), ('date', '>=', span.first_day), ('date', '<=', span.last_day)])

    @api.model
    def _ticket_domain(self, about, span):
        return self._asked_domain(about) & self._within('requested_at', about, span)

    @api.model
    def _reopened_domain(self, about, span):
        """Return which such tickets were reopened, by when the last time was; of older ones whose history does not tell, by when they were asked for."""
        when = self._within('reopened_at', about, span) | Domain('reopened_at', '=', False) & self._within('requested_at', about, span)
        return self._asked_domain(about) & Domain('reopen_count', '>', 0) & when

    @api.model
    def _asked_domain(self, about):
        return Domain('company_id', '=', about.company_id.id) & ~UNASKED & self._like_domain(about)

    @api.model
    def _within(self, name, about, span):
        start, end = self._moments(about.company_id, span)
        return Domain([(name, '>=', start), (name, '<', end)])

    @api.model
    def _like_domain(self, about, path=''):
        """Return which tickets are like this: of its kind, and about the same system where it names one."""
        domain = Domain.TRUE
        if about.category_id:
            domain &= Domain(f'{path}category_id', '=', about.category_id.id)
        if about.asset_id or about.pattern in PATTERNS and 'asset_id' in PATTERNS[about.pattern]:
            domain &= Domain(f'{path}asset_id', '=', about.asset_id.id)
        return domain

    @api.model
    def _minutes_worked(self, about, span):
        """Return the minutes of work that people noted in these days on tickets of this kind."""
        start, end = self._moments(about.company_id, span)
        domain = Domain([('company_id', '=', about.company_id.id), ('done_at', '>=', start), ('done_at', '<', end)])
        [(minutes,)] = self.env['it.ticket.step'].sudo()._read_group(domain & self._like_domain(about, 'ticket_id.'), [], ['minutes:sum'])
        return minutes or 0

    @api.model
    def _minutes_out(self, about, span):
        """Return for how many minutes at least one such outage lasted: of the system, or of the whole site; what companies share is each one's.

        Planned maintenance is none, unless it is what this is about.
        """
        start, end = self._moments(about.company_id, span)
        domain = Domain([
            ('company_id', 'in', (about.company_id.id, False)), ('asset_id', '=', about.asset_id.id),
            ('start_at', '<', end), '|', ('end_at', '=', False), ('end_at', '>', start)])
        domain &= Domain('kind', '=', about.outage_kind) if about.outage_kind else Domain('kind', '!=', 'maintenance')
        outages_sudo = self.env['it.outage'].sudo().search(domain)
        return time_in_state.union_seconds(((one.start_at, one.end_at or None) for one in outages_sudo), start, end) / 60

    @api.model
    def _moments(self, company, span):
        """Return the naive UTC moments between which a span of the company's days lies."""
        return (
            local_time.to_utc(span.first_day, 0.0, company.itc_tz), local_time.to_utc(span.last_day, 24.0, company.itc_tz))


def trouble_sql():
    """Return ``_trouble_domain`` as an SQL condition over an alias ``run`` of runs with their ``bucket``; a test compares both."""
    return SQL(
        "(run.bucket IN %s OR (COALESCE(run.override_reason, '') != '' AND run.bucket != %s))",
        TROUBLE, compliance.Bucket.EXTRA.value)


def asked_sql():
    """Return what ``UNASKED`` leaves of tickets as an SQL condition over an alias ``ticket``; a test compares both."""
    return SQL("(ticket.state != 'cancelled' OR (ticket.duplicate_of_id IS NULL AND ticket.is_withdrawn IS NOT TRUE))")
