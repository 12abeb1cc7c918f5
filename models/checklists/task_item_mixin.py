from odoo import api, fields, models

from ...lib import task_item

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
    'sequence', 'name', 'kind', 'required', 'instructions', 'unit', 'has_minimum', 'minimum', 'has_maximum', 'maximum',
    'has_possible_minimum', 'possible_minimum', 'has_possible_maximum', 'possible_maximum', 'choices', 'bad_choices', 'check_id',
    'check_template_id',
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
    has_possible_minimum = fields.Boolean("Own smallest", help="Without it the unit says what is possible.")
    possible_minimum = fields.Float("Smallest possible", digits=(16, 3), help="A smaller number is refused: nobody can have read it.")
    has_possible_maximum = fields.Boolean("Own largest", help="Without it the unit says what is possible.")
    possible_maximum = fields.Float("Largest possible", digits=(16, 3), help="A larger number is refused: nobody can have read it.")
    possible_text = fields.Char("Possible", compute='_compute_possible_text', help="What a number can be at all; anything else is refused.")
    choices = fields.Text(help="What may be chosen, one a line.")
    bad_choices = fields.Text("Bad choices", help="Those of the choices that mean trouble, one a line.")
    check_id = fields.Many2one('it.check', index='btree_not_null', ondelete='set null')
    check_template_id = fields.Many2one(
        'it.check.template', string="Check template", index='btree_not_null', ondelete='set null',
        help="Every check made from it, on whatever host, counts.")

    # === COMPUTE METHODS === #

    @api.depends('kind', 'unit', 'has_possible_minimum', 'possible_minimum', 'has_possible_maximum', 'possible_maximum')
    def _compute_possible_text(self):
        for item in self:
            item.possible_text = item._range_text(*task_item.possible(item._definition())) if item.kind == 'number' else ''

    # === BUSINESS METHODS === #

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
            unit=self.unit or '',
            possible_minimum=self.possible_minimum if self.has_possible_minimum else None,
            possible_maximum=self.possible_maximum if self.has_possible_maximum else None,
        )

    def _limits_text(self):
        """Return the limits of a good number in words, empty without any."""
        if self.kind != 'number':
            return ''
        return self._range_text(self.minimum if self.has_minimum else None, self.maximum if self.has_maximum else None)

    def _range_text(self, smallest, largest):
        """Return a range of this item's numbers in words, empty when neither end is given."""
        unit = self.unit or ''
        low, high = ('' if end is None else f"{end:.15g}" for end in (smallest, largest))
        if low and high:
            return self.env._("%(minimum)s to %(maximum)s", minimum=low, maximum=f"{high} {unit}".strip())
        if low:
            return self.env._("at least %(minimum)s", minimum=f"{low} {unit}".strip())
        return self.env._("at most %(maximum)s", maximum=f"{high} {unit}".strip()) if high else ''

    def _bound_checks(self):
        """Return the checks that measure these items."""
        checks = self.env['it.check']
        for item in self:
            companies = (item.company_id, item.company_id.browse())
            checks |= (item.check_id | item.check_template_id.check_ids).filtered(
                lambda check, companies=companies: check.active and check.company_id in companies)
        return checks
