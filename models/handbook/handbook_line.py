from odoo import api, fields, models


class ItHandbookLine(models.Model):
    """One sentence of the handbook: what must be true, be done, or be known.

    Rooms above say who keeps it: a task, a ticket category, a closing step or an asset.
    """
    _name = 'it.handbook.line'
    _description = "Handbook Line"
    _order = 'section_id, sequence, id'
    _rec_names_search = ['code', 'text']

    code = fields.Char(required=True, help="Number of the line, as printed: section, dot, line.")
    section_id = fields.Many2one('it.handbook.section', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=10)
    text = fields.Text(required=True, translate=True)
    kind = fields.Selection(
        selection=[
            ('task', "Recurring task"),
            ('ticket', "On-demand request"),
            ('closing', "Annual closing"),
            ('asset', "System in scope"),
            ('rule', "Rule"),
        ],
        required=True,
        default='task',
        help="What keeps this line: a task, a ticket category, a closing step, an asset; a rule is kept by the software itself.",
    )

    _code_uniq = models.Constraint('UNIQUE(code)', "Two handbook lines cannot have the same code.")

    @api.depends('code', 'text')
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.code} {(line.text or '')[:80]}"
