from odoo import api, fields, models

from odoo.addons.it_continuity.lib import local_time

TAKE_UP = 'it_continuity.mail_activity_type_ticket_take_up'


class ItTicket(models.Model):
    """Whom a ticket that waits for work calls, until somebody takes it: its assignee, or the people on duty for its category."""
    _inherit = 'it.ticket'

    # === BUSINESS METHODS === #

    def _transition(self, vals):
        result = super()._transition(vals)
        if 'state' in vals:
            self._call_for_work()
        return result

    def _call_for_work(self):
        """Let exactly those have an activity whom each of these tickets waits for."""
        kind = self.env.ref(TAKE_UP)
        # sudo: who asks calls people whose activities they may not see
        for ticket_sudo in self.sudo().with_context(mail_activity_quick_update=True, it_ticket_called=True):
            people = ticket_sudo._waits_for()
            calls = ticket_sudo.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
            missing = people - calls.user_id
            calls.filtered(lambda activity, people=people: activity.user_id not in people).unlink()
            for user in missing:
                ticket_sudo.with_context(lang=user.lang).activity_schedule(
                    TAKE_UP, user_id=user.id, date_deadline=local_time.local_date(ticket_sudo.due_at, ticket_sudo.company_id.itc_tz))

    def _waits_for(self):
        """Return the people whom this ticket waits for: nobody once it is worked on, or taken by somebody who is here."""
        self.ensure_one()
        if self.state == 'new' and self.assignee_id:
            return self.assignee_id - self.env.user
        if self.state in ('new', 'in_progress') and not self.assignee_id:
            return self._people_on_duty()
        return self.env['res.users']

    def _people_on_duty(self):
        """Return who has the category's role and is not on leave until the ticket should be solved.

        If all are, it is everybody with the role; if it has nobody, the managers: a request reaches somebody.
        """
        self.ensure_one()
        people = self._workers_among(self.category_id.role_id.user_ids)
        if not people:
            return self._workers_among(self.env.ref('it_continuity.it_continuity_group_manager').all_user_ids)
        start = fields.Datetime.now()
        end = max(self.due_at, fields.Datetime.add(start, hours=1))
        return self.env['it.duty']._on_duty(self.company_id, people, start, end)

    @api.model
    def _is_worker(self, user):
        return user.active and not user.share and user.has_group('it_continuity.it_continuity_group_technician')

    def _workers_among(self, users):
        """Return those of these people who may work on this ticket."""
        return users.filtered(lambda user: self._is_worker(user) and self.company_id in user.company_ids)
