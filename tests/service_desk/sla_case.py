from ..people.calendar_case import CalendarCase
from .common import TicketCase


class SlaCase(CalendarCase, TicketCase):
    """An office that works Monday to Friday from 8 to 12 and 13 to 17, and promises: answered within 2, solved within 4 working hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.targets = cls.env['it.sla.target']
        cls.targets.search([]).active = False
        cls.category_remote.expected_hours = 0
        cls.target = cls.targets.create({'priority': '0', 'response_hours': 2, 'resolution_hours': 4})
        cls.urgent = cls.targets.create({'priority': '2', 'response_hours': 0.5, 'resolution_hours': 1})

    def _now(self, hour, day=0):
        """Let it be an hour of a day in Addis Ababa, counted from Monday's midnight; what was computed is in the database."""
        self.env.flush_all()
        self._clock(self._at(hour, day))

    def _logged(self, hour=9, day=0, **values):
        self._now(hour, day)
        return self._log(**values)

    def _refresh(self, ticket, hour, day=0):
        self._now(hour, day)
        ticket._refresh_clocks()

    def _say(self, ticket, person, text="It is the left one", **values):
        return ticket.with_user(person).message_post(body=text, message_type='comment', **{'subtype_xmlid': 'mail.mt_comment', **values})

    def _states(self, ticket):
        return ticket.response_state, ticket.resolution_state
