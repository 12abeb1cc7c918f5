from odoo import api, fields, models
from odoo.exceptions import AccessError

MANAGER = 'it_continuity.it_continuity_group_manager'


class ItTwoPersonMixin(models.AbstractModel):
    """Work that another person than its doer must approve.

    A model says who did the work by overriding ``_get_doers``, when it waits for approval by ``_is_awaiting_approval``, on which fields
    both depend by ``_get_approval_fields``, and calls ``_check_second_person`` where somebody approves.
    """
    _name = 'it.two.person.mixin'
    _description = "Approval by a Second Person"
    _approver_group = MANAGER

    can_verify = fields.Boolean(
        compute='_compute_can_verify', help="It waits for approval, and the reader may give it: somebody of the right group who had no hand in it.")

    # === COMPUTE METHODS === #

    @api.depends(lambda self: self._get_approval_fields())
    @api.depends_context('uid')
    def _compute_can_verify(self):
        is_approver = self.env.user.has_group(self._approver_group)
        for record in self:
            record.can_verify = is_approver and record._is_awaiting_approval() and not record._is_own_work()

    # === BUSINESS METHODS === #

    @api.model
    def _get_approval_fields(self):
        """Return the names of the fields on which ``can_verify`` depends."""
        return ()

    def _is_awaiting_approval(self):
        """Tell whether this one record is done and could be approved now."""
        return False

    def _get_doers(self):
        """Return the users who did the work of this one record and so may not approve it."""
        raise NotImplementedError

    def _is_own_work(self):
        return self.env.user in self._get_doers()

    def _check_second_person(self):
        """:raises AccessError: the current user had a hand in one of these records"""
        for record in self:
            if record._is_own_work():
                raise AccessError(self.env._(
                    "“%(name)s” is your own work: another person has to verify it.", name=record.display_name))
