from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import graph

# Kinds that change a system, so that on production they need proof from the Testbed first.
CHANGING_KINDS = ('sql_script', 'odoo_ui', 'tool_update')


class ItClosingPlanMixin(models.AbstractModel):
    """What a step of a closing and its pattern in a template have in common.

    The model adds ``twin_id`` and ``depends_on_ids`` to itself and names the field of its plan in ``_plan_field``.
    """
    _name = 'it.closing.plan.mixin'
    _description = "Step of a Closing Plan"
    _order = 'sequence, id'

    _plan_field = None

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[
            ('backup', "Backup"),
            ('sql_script', "SQL script"),
            ('odoo_ui', "Odoo settings"),
            ('tool_update', "Tool update"),
            ('reconcile', "Reconcile"),
            ('archive', "Archive"),
            ('validation', "Validation"),
        ],
        required=True,
    )
    environment = fields.Selection(
        selection=[('testbed', "Testbed"), ('production', "Production"), ('none', "Outside")],
        required=True,
        default='none',
        help="Where it is done. A step on production that changes something needs a twin on the Testbed.",
    )
    line_id = fields.Many2one('it.handbook.line', string="Handbook line", index='btree_not_null')
    role_id = fields.Many2one('it.role', string="Responsible role")
    instructions = fields.Html()

    @api.constrains('kind', 'environment', 'twin_id')
    def _check_twin(self):
        for step in self:
            if step.kind in CHANGING_KINDS and step.environment == 'none':
                raise ValidationError(self.env._(
                    "“%(name)s” changes a system: say under “Environment” whether on the Testbed or on production.", name=step.name))
            if step.kind in CHANGING_KINDS and step.environment == 'production' and not step.twin_id:
                raise ValidationError(self.env._(
                    "“%(name)s” changes production: name under “Testbed twin” the step that proves it first.", name=step.name))
            twin = step.twin_id
            if twin and (
                step.environment != 'production' or twin.environment != 'testbed' or twin.kind != step.kind
                or twin[self._plan_field] != step[self._plan_field]
            ):
                raise ValidationError(self.env._(
                    "The “Testbed twin” of “%(name)s” has to be a Testbed step of the same kind in the same plan, "
                    "and only a production step has one.", name=step.name))

    @api.constrains('twin_id', 'depends_on_ids')
    def _check_order(self):
        plans = self[self._plan_field]
        for step in self:
            if step.depends_on_ids[self._plan_field] - step[self._plan_field]:
                raise ValidationError(self.env._("“%(name)s” can depend only on steps of the same plan.", name=step.name))
        steps = plans.step_ids
        cycle = graph.find_cycle(steps._order_edges())
        if cycle:
            names = " → ".join(steps.browse(cycle).mapped('name'))
            raise ValidationError(self.env._("These steps would wait for one another in a circle: %(names)s.", names=names))

    def _order_edges(self):
        """Return ``{step id: ids of the steps that come before it}``, twins included."""
        return {step.id: set((step.depends_on_ids | step.twin_id).ids) for step in self}
