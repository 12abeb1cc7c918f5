from odoo import fields, models
from odoo.exceptions import AccessError

from ...lib import recurring
from ..mixins.groups import WORKERS
from .improvement import LINKS, TECHNICIAN


class ItImprovementFlagMixin(models.AbstractModel):
    """Records that somebody flags for improvement with one click.

    A model says by ``_get_flag_pattern`` with what else a record is alike: whoever flags the second of them joins the first.
    """
    _name = 'it.improvement.flag.mixin'
    _description = "Flagged for Improvement"

    improvement_count = fields.Integer("Improvements", compute='_compute_improvement_count', groups=WORKERS)

    # === COMPUTE METHODS === #

    def _compute_improvement_count(self):
        field = self._get_flag_field()
        counts = {record.id: count for record, count in self.env['it.improvement']._read_group(
            [(field, 'in', self.ids)], [field], ['__count'])}
        for record in self:
            record.improvement_count = counts.get(record._origin.id, 0)

    # === ACTION METHODS === #

    def action_flag_improvement(self):
        """Suggest an improvement for this one record, or add it to the one that is known for its like, and open that.

        :raises AccessError: the person is no technician
        """
        self.ensure_one()
        self.check_access('read')
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians flag this. You can suggest an improvement in your own words."))
        improvements = self.env['it.improvement']
        company = self.company_id or self.env.company
        pattern, values = self._get_flag_pattern()
        key = self._get_flag_key(pattern, values)
        known = self._find_flagged() or improvements._like(company, key)
        if not known:
            known = improvements._draft(company, {**values, 'pattern': pattern, 'pattern_key': key, **self._prepare_flag()})
        known._link(self)
        known._count_times()
        known._count_cost(company.itc_recur_days)
        return self._action_improvements(known)

    def action_open_improvements(self):
        """Open what was suggested for this one record."""
        self.ensure_one()
        found = self.env['it.improvement'].search([(self._get_flag_field(), '=', self.id)])
        return self._action_improvements(found)

    # === BUSINESS METHODS === #

    def _get_flag_pattern(self):
        """Return of which of ``lib.recurring.PATTERNS`` this one record is, False for none, and its parts by name."""
        return False, {}

    def _find_flagged(self):
        """Return the improvement that was made of this one record otherwise than by flagging it, if there is one."""
        return self.env['it.improvement']

    def _get_flag_field(self):
        """Return the field by which improvements name records of this model."""
        return LINKS[self._name]

    def _get_flag_key(self, pattern, values):
        if pattern:
            return recurring.key(pattern, [values.get(name) for name in recurring.PATTERNS[pattern]])
        return recurring.key(self._name, [self.id])

    def _prepare_flag(self):
        """Return how a suggestion for this one record begins: its name and what it is about."""
        return {'name': self.env._("Improve: %(what)s", what=self.display_name)}

    def _action_improvements(self, improvements):
        action = {'type': 'ir.actions.act_window', 'name': self.env._("Improvements"), 'res_model': 'it.improvement'}
        if len(improvements) == 1:
            return {**action, 'res_id': improvements.id, 'views': [(False, 'form')]}
        return {**action, 'views': [(False, 'list'), (False, 'form')], 'domain': [('id', 'in', improvements.ids)]}
