from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.it_continuity.lib import local_time

ROWS = 3  # of each section; the others are one click away
FIELDS = {
    'it.ticket': ('name', 'subject', 'category_id', 'requester_id', 'priority', 'state'),
    'it.closing.step': ('name', 'closing_id', 'due_date', 'state'),
    'it.run.excuse': ('run_id', 'fact_text', 'asked_by_id'),
}


class ItTaskRun(models.Model):
    """What waits for the reader of the Today board besides runs: tickets, confirmations, closing steps, excuses."""
    _inherit = 'it.task.run'

    # === BUSINESS METHODS === #

    @api.model
    @api.readonly
    def get_today_board(self):
        """Add what waits for the reader besides runs.

        :return: the board with ``'sections': [{'key', 'name', 'model', 'domain', 'count', 'rows': [{'id', 'name', 'detail', 'is_urgent'}]}]``,
            none of them empty, ``rows`` their first few
        """
        board = super().get_today_board()
        viewer = self._board_viewer()
        sections = [self._board_section(*each) for each in self._board_section_kinds(viewer)]
        return board | {'sections': [section for section in sections if section['count']]}

    @api.model
    def _board_section_kinds(self, viewer):
        """Return ``(key, name, model, domain, row)`` of each section that this reader may have, ``row`` a method by record."""
        kinds = [
            ('tickets', self.env._("Tickets to work on"), 'it.ticket', self._open_ticket_domain(viewer), self._board_ticket),
            ('confirm', self.env._("Waiting for your confirmation"), 'it.ticket',
             Domain('state', '=', 'resolved') & Domain('requester_id', '=', self.env.uid), self._board_ticket),
            ('steps', self.env._("Closing steps due"), 'it.closing.step', self._due_step_domain(viewer), self._board_step),
        ]
        if viewer.can_verify:
            kinds += [
                ('verify_steps', self.env._("Closing steps to verify"), 'it.closing.step', self._done_step_domain(), self._board_step),
                ('excuses', self.env._("Excuses to decide"), 'it.run.excuse', self._asked_excuse_domain(), self._board_excuse),
            ]
        return kinds

    @api.model
    def _board_section(self, key, name, model, domain, row):
        domain = Domain('company_id', '=', self.env.company.id) & domain
        records = self.env[model].search(domain)
        shown = records[:ROWS]
        shown.fetch(FIELDS[model])
        return {
            'key': key, 'name': name, 'model': model, 'domain': list(domain), 'count': len(records), 'rows': [row(record) for record in shown]}

    # === WHAT IS WHOSE === #

    @api.model
    def _mine(self, person, role, viewer):
        """Return the domain of what names the reader, or nobody and a role of the reader's."""
        return Domain(person, '=', self.env.uid) | (Domain(person, '=', False) & Domain(role, 'in', viewer.roles.ids))

    @api.model
    def _open_ticket_domain(self, viewer):
        return Domain('state', 'in', ('new', 'in_progress')) & self._mine('assignee_id', 'category_id.role_id', viewer)

    @api.model
    def _due_step_domain(self, viewer):
        today = local_time.local_date(self._now(), self.env.company.itc_tz)
        return (
            Domain('closing_id.state', '=', 'open') & Domain('state', 'in', ('todo', 'in_progress', 'rejected'))
            & Domain('due_date', '<=', today) & self._mine('responsible_id', 'role_id', viewer))

    @api.model
    def _done_step_domain(self):
        mine = Domain('started_by_id', '=', self.env.uid) | Domain('done_by_id', '=', self.env.uid)
        return Domain('closing_id.state', '=', 'open') & Domain('state', '=', 'done') & ~mine

    @api.model
    def _asked_excuse_domain(self):
        mine = Domain('asked_by_id', '=', self.env.uid) | Domain('run_id.responsible_id', '=', self.env.uid)
        return Domain('state', '=', 'asked') & ~mine

    # === HOW IT READS === #

    @api.model
    def _board_ticket(self, ticket):
        return {
            'id': ticket.id,
            'name': ticket.subject,
            # The name of a colleague in a company that the reader may not enter, as the web client shows it on any form.
            'detail': " · ".join([ticket.name, ticket.requester_id.sudo().display_name, ticket.category_id.name]),
            'is_urgent': ticket.priority == '2',
        }

    @api.model
    def _board_step(self, step):
        today = local_time.local_date(self._now(), self.env.company.itc_tz)
        due = step.due_date and format_date(self.env, step.due_date, date_format='EEE d MMM')
        return {
            'id': step.id,
            'name': step.name,
            'detail': " · ".join(filter(None, [due and self.env._("due %s", due), step.closing_id.name])),
            'is_urgent': bool(step.due_date) and step.due_date < today and step.state != 'done',
        }

    @api.model
    def _board_excuse(self, excuse):
        return {
            'id': excuse.id,
            'name': excuse.run_id.display_name,
            # Who asks stands first: a phone has no room for the end.
            'detail': " · ".join([excuse.asked_by_id.sudo().display_name, excuse.fact_text]),
            'is_urgent': False,
        }
