from odoo import api, models
from odoo.tools import html2plaintext

from ...lib.ticket_deed import Deed, Line

IMPROVE = 'improvement_create'


class ItDeedPlan(models.AbstractModel):
    """A colleague's idea becomes an improvement."""
    _inherit = 'it.deed.plan'

    @api.model
    def _get_deeds(self):
        return {**super()._get_deeds(), IMPROVE: Deed('it.improvement', 'improve', 'it_continuity', required=())}

    @api.model
    def _wanted(self, ticket):
        return IMPROVE if ticket.category_id.code == 'improvement_idea' else super()._wanted(ticket)

    @api.model
    def _get_labels(self):
        return {**super()._get_labels(), IMPROVE: self.env._("Make it an improvement")}

    def _plan_improve(self, plan, ticket):
        """:param plan: gets what the improvement begins with; who asked is named as the one who suggested it"""
        model = self.env['it.improvement']
        known = ticket._get_made_of_idea()
        if known:
            plan.problems.append(self.env._("It is an improvement already: %(number)s.", number=known.number))
        plan.values = self._prepare_improvement(ticket)
        plan.lines = [
            Line(self._label(model, name), '', html2plaintext(value).strip() if name == 'description' else value)
            for name, value in plan.values.items()]
        plan.lines.append(Line(self._label(model, 'suggested_by_id'), '', ticket.requester_id.name))
        self._check_rights(plan, 'create')

    @api.model
    def _prepare_improvement(self, ticket):
        """Return with what the improvement begins that somebody asked for by this ticket."""
        values = {'name': ticket.subject, 'description': ticket.description, 'expected_gain': self._asked(ticket).get('benefit')}
        return {name: value for name, value in values.items() if value}
