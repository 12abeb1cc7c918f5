from odoo import fields, models

from odoo.addons.it_continuity.lib import task_item

ITEM_KINDS = [
    ('tick', "Tick"),
    ('number', "Number"),
    ('choice', "Choice"),
    ('text', "Text"),
    ('photo', "Photo"),
    ('file', "File"),
    ('signature', "Signature"),
    ('check', "Measured by a check"),
]

# What a run's item keeps of its task's item; the mixin's fields, all of them.
PINNED = (
    'sequence', 'name', 'kind', 'required', 'instructions', 'unit', 'has_minimum', 'minimum', 'has_maximum', 'maximum', 'choices',
    'bad_choices', 'check_id', 'check_template_id',
)


class ItTaskItemMixin(models.AbstractModel):
    """What is asked for: shared by the item of a task and its pinned copy in a run; both know their company."""
    _name = 'it.task.item.mixin'
    _description = "What Is Asked For"

    sequence = fields.Integer(default=10)
    name = fields.Char("What", required=True)
    kind = fields.Selection(ITEM_KINDS, required=True, default='tick')
    required = fields.Boolean(default=True, help="Without it the run cannot be marked as done.")
    instructions = fields.Text(help="How to read or make it.")
    unit = fields.Char(help="For example %, °C or pieces.")
    has_minimum = fields.Boolean("Has a minimum")
    minimum = fields.Float(digits=(16, 3), help="A smaller number is bad.")
    has_maximum = fields.Boolean("Has a maximum")
    maximum = fields.Float(digits=(16, 3), help="A larger number is bad.")
    choices = fields.Text(help="What may be chosen, one a line.")
    bad_choices = fields.Text(help="Those of the choices that mean trouble, one a line.")
    check_id = fields.Many2one('it.check', string="Check", index='btree_not_null', ondelete='set null')
    check_template_id = fields.Many2one(
        'it.check.template', string="Check template", index='btree_not_null', ondelete='set null',
        help="Every check made from it, on whatever host, counts.")

    def _definition(self):
        """Return this one item as :class:`lib.task_item.Definition`."""
        return task_item.Definition(
            kind=self.kind,
            name=self.name or '',
            required=self.required,
            minimum=self.minimum if self.has_minimum else None,
            maximum=self.maximum if self.has_maximum else None,
            choices=task_item.lines(self.choices),
            bad_choices=task_item.lines(self.bad_choices),
            is_bound=bool(self.check_id or self.check_template_id),
        )

    def _bound_checks(self):
        """Return the checks that measure these items."""
        checks = self.env['it.check']
        for item in self:
            companies = (item.company_id, item.company_id.browse())
            checks |= (item.check_id | item.check_template_id.check_ids).filtered(
                lambda check, companies=companies: check.active and check.company_id in companies)
        return checks
