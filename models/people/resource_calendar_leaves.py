from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..mixins import clock

MANAGER = 'it_continuity.it_continuity_group_manager'
# What says whose time is free, and when; of a personal leave the working schedule says nothing.
SPAN = frozenset({'date_from', 'date_to', 'resource_id', 'time_type'})
COMPANY_SPAN = SPAN | {'calendar_id', 'company_id'}
AUTHOR_FIELDS = frozenset({'itc_counts', 'itc_vouched_by_id', 'itc_vouched_at', 'itc_author_ids'})


class ResourceCalendarLeaves(models.Model):
    """Leave stops runs from being made, hands them over and excuses them, so that somebody has to stand behind it as it is now.

    Odoo lets every employee turn an own leave into one of the whole company, or of a colleague, by writing another resource. It counts for
    IT while the last one who entered or moved it was a manager or the software; a personal one also while it was its own person.
    """
    _inherit = 'resource.calendar.leaves'

    itc_counts = fields.Boolean("Counts for IT", readonly=True, copy=False, help="A manager stands behind it; a personal one, its person.")
    itc_vouched_by_id = fields.Many2one('res.users', string="Accepted by", readonly=True, copy=False, ondelete='set null')
    itc_vouched_at = fields.Datetime("Accepted at", readonly=True, copy=False)
    itc_author_ids = fields.Many2many(
        'res.users', 'resource_calendar_leaves_itc_author_rel', string="Told by", readonly=True, copy=False,
        context={'active_test': False}, help="Everybody who entered it, or moved it since.")
    itc_can_accept = fields.Boolean(compute='_compute_itc_can_accept')

    # === COMPUTE METHODS === #

    @api.depends('itc_counts', 'resource_id')
    @api.depends_context('uid')
    def _compute_itc_can_accept(self):
        is_manager = self.env.user.has_group(MANAGER)
        for leave in self:
            leave.itc_can_accept = is_manager and not leave.itc_counts and not leave.resource_id

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._itc_note_author()
        return leaves

    def write(self, vals):
        """Note who moves these leaves: what others stood behind is not what it is now."""
        personal = self.filtered('resource_id')
        result = super().write(vals)
        moved = self if SPAN & vals.keys() else self - personal if COMPANY_SPAN & vals.keys() else self.browse()
        moved._itc_note_author()
        return result

    # === ACTION METHODS === #

    def action_itc_accept(self):
        """Stand behind these company-wide leaves as they are.

        :raises AccessError: not a manager, or the person may not see them
        :raises UserError: one of them is somebody's own
        """
        self.check_access('read')
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a manager of IT Continuity accepts when the whole company does not work."))
        if self.filtered('resource_id'):
            raise UserError(self.env._("Only what is for the whole company is accepted; a personal leave is its person's."))
        self._itc_write({'itc_counts': True, 'itc_vouched_by_id': self.env.uid, 'itc_vouched_at': clock.now(self.env)})

    # === BUSINESS METHODS === #

    def _has_field_access(self, field, operation):
        """Nobody says by hand that a leave counts, or who stands behind it."""
        if operation == 'write' and field.name in AUTHOR_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    def _itc_note_author(self):
        """Note who entered or moved these leaves, and whether they count, now that it is so."""
        author = [] if self.env.uid == SUPERUSER_ID else [Command.link(self.env.uid)]
        for is_vouched, leaves in self.sudo().grouped(lambda leave: leave._itc_is_vouched(self.env)).items():
            leaves._itc_write({
                'itc_counts': is_vouched, 'itc_vouched_by_id': is_vouched and self.env.uid,
                'itc_vouched_at': is_vouched and clock.now(self.env), 'itc_author_ids': author})

    def _itc_disown(self):
        """Let these leaves count no longer, because the person in ``env`` made them the own leave without entering them."""
        self._itc_write({
            'itc_counts': False, 'itc_vouched_by_id': False, 'itc_vouched_at': False, 'itc_author_ids': [Command.link(self.env.uid)]})

    def _itc_is_vouched(self, env):
        """Tell whether who acts in ``env`` may stand behind this one leave.

        The software decides on personal leave after checks of its own, such as an approval; what is the whole company's is a manager's.
        """
        if env.uid == SUPERUSER_ID or env.user.has_group(MANAGER):
            return True
        return bool(self.resource_id) and (env.su or self.resource_id.user_id == env.user)

    def _itc_write(self, vals):
        """Write what nobody writes by hand, past this class's own write. The caller has checked the person."""
        return super(ResourceCalendarLeaves, self.sudo()).write(vals)  # past its own write on purpose  # pylint: disable=super-method-mismatch

    def _itc_authors(self):
        """Return everybody whose word these leaves are."""
        leaves_sudo = self.sudo()
        return leaves_sudo.itc_author_ids | leaves_sudo.create_uid | leaves_sudo.itc_vouched_by_id

    @api.model
    def _itc_take_over(self, is_new):
        """Let leaves count that were there before it was known who stands behind them: those of persons, and of the company what managers
        or the software wrote last. Where IT Continuity is new there are no figures that a holiday could have moved, so all count.
        """
        managers = self.env.ref(MANAGER).all_user_ids | self.env['res.users'].browse(SUPERUSER_ID)
        domain = Domain('itc_counts', '=', False)
        if not is_new:
            domain &= Domain('resource_id', '!=', False) | (Domain('create_uid', 'in', managers.ids) & Domain('write_uid', 'in', managers.ids))
        leaves = self.search(domain)
        # Past the ORM: who wrote a leave last, and when, is told with an excuse by it.
        self.env.cr.execute("UPDATE resource_calendar_leaves SET itc_counts = TRUE WHERE id = ANY(%s)", [leaves.ids])
        leaves.invalidate_recordset(['itc_counts'], flush=False)
