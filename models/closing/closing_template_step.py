from odoo import fields, models


class ItClosingTemplateStep(models.Model):
    _name = 'it.closing.template.step'
    _description = "IT Closing Template Step"
    _inherit = ['it.closing.plan.mixin']
    _check_company_auto = True
    _plan_field = 'template_id'

    name = fields.Char(translate=True)
    template_id = fields.Many2one('it.closing.template', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='template_id.company_id')
    role_id = fields.Many2one(check_company=True)
    offset_days = fields.Integer("Due", help="Days after the last day of the fiscal year; negative is before it.")
    twin_id = fields.Many2one(
        'it.closing.template.step', string="Testbed twin", index='btree_not_null',
        domain="[('template_id', '=', template_id), ('environment', '=', 'testbed'), ('kind', '=', kind)]",
        help="The Testbed step that has to be verified before this one opens.")
    depends_on_ids = fields.Many2many(
        'it.closing.template.step', 'it_closing_template_step_order', 'step_id', 'depends_on_id', string="Comes after",
        domain="[('template_id', '=', template_id), ('id', '!=', id)]")

    def _prepare_step(self, closing, made):
        """Return the values of the step of ``closing`` that this pattern makes.

        :param made: ``{template step id: closing step id}`` of the steps made so far: twin and dependencies among them
        """
        self.ensure_one()
        people_sudo = self.role_id.sudo().user_ids.filtered(lambda user: closing.company_id in user.company_ids)
        return {
            'closing_id': closing.id,
            'name': self.with_context(lang=closing.company_id._get_itc_lang()).name,
            'sequence': self.sequence,
            'kind': self.kind,
            'environment': self.environment,
            'line_id': self.line_id.id,
            'role_id': self.role_id.id,
            # Several people, or nobody yet: it is the role's, and whoever has the role finds it among theirs.
            'responsible_id': len(people_sudo) == 1 and people_sudo.id,
            'due_date': fields.Date.add(closing.date_end, days=self.offset_days),
            'instructions': self.instructions,
            'twin_id': made.get(self.twin_id.id),
            'depends_on_ids': [fields.Command.set([made[step.id] for step in self.depends_on_ids])],
        }
