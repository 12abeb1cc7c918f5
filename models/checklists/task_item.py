from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import task_item
from .task_item_mixin import PINNED


class ItTaskItem(models.Model):
    """Something that a task wants to have filled in each time: a number, a choice, a photo, a measured value."""
    _name = 'it.task.item'
    _description = "Item of a Task"
    _inherit = ['it.task.item.mixin']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(translate=True)
    task_id = fields.Many2one('it.task', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='task_id.company_id')
    check_id = fields.Many2one(check_company=True)
    check_template_id = fields.Many2one(check_company=True)
    answered_by_ids = fields.Many2many(
        'it.check.template', 'it_task_item_answer_rel', 'item_id', 'template_id', string="Asked only without", check_company=True,
        context={'active_test': False},  # an archived one is still one of those that have to be looked at
        help="Where hosts have a working check of each of these that a manager made or accepted, the next runs do not ask: the checks say it.")

    # === CONSTRAINT METHODS === #

    @api.constrains('kind', 'has_minimum', 'minimum', 'has_maximum', 'maximum', 'unit',
                    'has_possible_minimum', 'possible_minimum', 'has_possible_maximum', 'possible_maximum', 'choices', 'bad_choices', 'check_id', 'check_template_id')
    def _check_definition(self):
        for item in self:
            code = task_item.definition_objection(item._definition())
            if code:
                raise ValidationError(item._definition_message(code))

    # === BUSINESS METHODS === #

    def _asked(self):
        """Return those of these items that a run made now asks for: what checks that prove its task answer, nobody is asked.

        A template that does not prove the task (any more), an archived one too, answers nothing.
        """
        looked_at = self.answered_by_ids._looked_at_in(self.company_id)
        return self.filtered(lambda item: not item.answered_by_ids or (
            item.answered_by_ids - item.task_id.check_template_ids or item.answered_by_ids - looked_at[item.company_id]))

    def _prepare_run_item(self):
        """Return what a run keeps of this one item, its name in the company's language."""
        item = self.with_context(lang=self.company_id._get_itc_lang())
        return {name: item._fields[name].convert_to_write(item[name], item) for name in PINNED}

    def _definition_message(self, code):
        return self.env._("“%(name)s”: %(reason)s", name=self.name, reason={
            'no_choices': self.env._("a choice needs at least two choices, one a line."),
            'same_choice_twice': self.env._("a choice is named twice."),
            'unknown_bad_choice': self.env._("a bad choice is not among the choices."),
            'limits_crossed': self.env._("the minimum is above the maximum."),
            'limit_not_finite': self.env._("a limit has to be a number."),
            'possible_crossed': self.env._("the smallest possible number is above the largest."),
            'limit_impossible': self.env._(
                "a limit of what is good lies outside what is possible, %(range)s. Give the item its own smallest or largest possible number.",
                range=self._range_text(*task_item.possible(self._definition()))),
            'no_check': self.env._("it needs a check or a check template that measures it."),
        }[code])
