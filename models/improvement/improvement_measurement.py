from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...lib import improvement
from ..mixins import clock

SEALED = ('kind', 'measure', 'first_day', 'last_day', 'value', 'seen', 'is_known', 'target', 'is_reached', 'minutes', 'runs_missed', 'value_before', 'gained_minutes', 'at')


class ItImprovementMeasurement(models.Model):
    """One time that the figure of an improvement was counted; written by the software, and sealed with the improvement."""
    _name = 'it.improvement.measurement'
    _description = "Measurement of an Improvement"
    _order = 'at, id'
    _rec_name = 'kind'

    improvement_id = fields.Many2one('it.improvement', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='improvement_id.company_id', store=True, index=True)
    kind = fields.Selection([('before', "Before the change"), ('after', "After it")], "When", required=True, readonly=True)
    measure = fields.Selection(lambda self: self.env['it.improvement']._fields['measure'].selection, "Figure", required=True, readonly=True)
    first_day = fields.Date("From", required=True, readonly=True)
    last_day = fields.Date("Until", required=True, readonly=True)
    value = fields.Float("Counted", readonly=True)
    seen = fields.Float("Of", readonly=True, help="How much there was to count: runs that were due, or minutes that were watched.")
    is_known = fields.Boolean("There was something to count", readonly=True)
    target = fields.Float("At most", readonly=True)
    is_reached = fields.Boolean("Reached", readonly=True)
    costed = fields.Char("Costs counted", readonly=True, help="Names of the costs that could be counted.")
    minutes = fields.Float("Minutes down and of work", readonly=True, digits=(12, 0))
    runs_missed = fields.Integer(readonly=True)
    value_before = fields.Float("Before", readonly=True, help="Of a figure after the change: what it was before it.")
    gained_minutes = fields.Float(readonly=True, digits=(12, 0), help="Of a figure after a change that worked: minutes less than before it.")
    is_gain_known = fields.Boolean("Gain is known", readonly=True, help="It worked, and the same minutes could be counted before it.")
    at = fields.Datetime("Counted on", required=True, readonly=True)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("What is measured, only the software writes."))
        return super().create(vals_list)

    def write(self, vals):  # nobody writes one  # pylint: disable=method-required-super
        raise AccessError(self.env._("What was measured stays as it was measured."))

    # === BUSINESS METHODS === #

    @api.model
    def _count(self, record, kind):
        """Count the figure by which an improvement is judged.

        :param kind: ``before`` counts the days until yesterday, ``after`` those before the day that was set
        :return: the :class:`lib.improvement.Span` and the :class:`lib.improvement.Figure`
        """
        day = clock.today(self.env, record.company_id) if kind == 'before' else record.measure_on
        span = improvement.span_before(day, record.measure_days)
        return span, self.env['it.improvement.figures']._measure(record.measure, record, span)

    @api.model
    def _keep(self, record, kind, span, figure):
        """Keep what was counted, with what the trouble cost over the same days; after the change, beside what was counted before it."""
        costs = self.env['it.improvement.figures']._costs(record, span)
        minutes = sum(costs.get(name, 0.0) for name in improvement.MINUTES)
        values = {
            'improvement_id': record.id, 'kind': kind, 'measure': record.measure, 'first_day': span.first_day, 'last_day': span.last_day,
            'value': figure.value, 'seen': figure.seen or 0.0, 'is_known': figure.is_known, 'target': record.target, 'at': clock.now(self.env),
            'costed': ','.join(costs), 'minutes': minutes, 'runs_missed': costs.get('runs_missed', 0)}
        if kind == 'after':
            before, is_reached = record.measurement_ids.filtered(lambda one: one.kind == 'before')[-1:], improvement.is_reached(figure, record.target)
            gained = improvement.gained(before.minutes, minutes, (before.costed or '').split(','), costs) if is_reached else None
            values.update(
                value_before=before.value, is_reached=is_reached, gained_minutes=gained or 0.0, is_gain_known=gained is not None)
        return self.sudo().create(values)  # nobody writes what was measured

    @api.model
    def _sealed_values(self, improvement_ids):
        """Return what is sealed of the measurements of these improvements, as dicts in the order of ``id``."""
        self.flush_model()
        columns = SQL(", ").join(SQL.identifier(name) for name in ('id', 'improvement_id', *SEALED))
        return [{**row, 'name': row['kind']} for row in self.env.execute_query_dict(SQL(
            "SELECT %s FROM it_improvement_measurement WHERE improvement_id = ANY(%s) ORDER BY id", columns, list(improvement_ids)))]
