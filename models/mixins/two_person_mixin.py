from odoo import models
from odoo.exceptions import AccessError


class ItTwoPersonMixin(models.AbstractModel):
    """Work that another person than its doer must approve.

    A model says who did the work by overriding ``_two_person_doers`` and calls ``_check_second_person`` where somebody approves.
    """
    _name = 'it.two.person.mixin'
    _description = "Approval by a Second Person"

    def _two_person_doers(self):
        """Return the users who did the work of this one record and so may not approve it."""
        raise NotImplementedError

    def _check_second_person(self):
        """:raises AccessError: the current user had a hand in one of these records"""
        for record in self:
            if self.env.user in record._two_person_doers():
                raise AccessError(self.env._(
                    "“%(name)s” is your own work: another person has to verify it.", name=record.display_name))
