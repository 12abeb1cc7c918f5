import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.models import BaseModel

from ...lib import ticket_deed
from ...lib.ticket_family import WORKED_ON
from ..mixins import clock
from ..mixins.mail_message import software_speaks
from ..mixins.notice import notice
from .it_ticket import WAITING

MANAGER = 'it_continuity.it_continuity_group_manager'
# Who has one of these can give everything to everybody.
ADMINISTRATION = ('base.group_system', 'base.group_erp_manager')
# So can who may write one of these, directly or by code that Odoo then runs for others, whichever group brings it.
ADMINISTERS = (
    'res.users', 'res.groups', 'ir.model.access', 'ir.rule', 'ir.model', 'ir.model.fields', 'ir.module.module', 'ir.ui.view', 'ir.actions.server',
    'ir.actions.report', 'ir.cron', 'ir.config_parameter', 'base.automation', 'auth.oauth.provider', 'res.company.ldap')
MODES = ('write', 'create', 'unlink')
APPROVE = 'it_continuity.mail_activity_type_access_approve'


class ItAccessChange(models.Model):
    """A change of somebody's groups for a ticket: proposed by one, approved by a manager who is neither that one nor whose rights change.

    What it comes to is worked out when it is proposed, with the groups that come along, and kept. It is carried out only if it would
    still come to exactly that, and by somebody who may write users in Odoo anyway: the manager on approving, else whoever applies it.
    Nobody gains a right to give rights by it.
    """
    _name = 'it.access.change'
    _description = "Change of Access Rights"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin', 'it.two.person.mixin']
    _order = 'proposed_at desc, id desc'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({
        'name', 'state', 'exact', 'words', 'proposed_by_id', 'proposed_at', 'decided_by_id', 'decided_at', 'applied_by_id', 'applied_at',
        'refuse_reason'})
    _fixed_fields = frozenset({'ticket_id', 'user_id', 'add_ids', 'remove_ids'})
    _seal_states = ('proposed', 'approved', 'applied', 'refused', 'withdrawn')
    _seal_columns = (
        'name', 'ticket_id', 'company_id', 'user_id', 'state', 'exact', 'words', 'proposed_by_id', 'proposed_at', 'decided_by_id',
        'decided_at', 'applied_by_id', 'applied_at', 'refuse_reason')

    name = fields.Char("Change", readonly=True)
    ticket_id = fields.Many2one('it.ticket', required=True, index=True, ondelete='restrict', domain="[('state', 'in', ('new', 'in_progress'))]")
    company_id = fields.Many2one(related='ticket_id.company_id', store=True, index=True)
    user_id = fields.Many2one(
        'res.users', string="Whose access", required=True, index=True, ondelete='restrict', domain="[('share', '=', False)]",
        help="The person whose groups change.")
    add_ids = fields.Many2many('res.groups', 'it_access_change_add_rel', 'change_id', 'group_id', string="Give")
    remove_ids = fields.Many2many('res.groups', 'it_access_change_remove_rel', 'change_id', 'group_id', string="Take away")
    state = fields.Selection(
        [
            ('proposed', "Waits for approval"),
            ('approved', "Approved"),
            ('applied', "Applied"),
            ('refused', "Refused"),
            ('withdrawn', "Withdrawn"),
        ],
        required=True, readonly=True, default='proposed', index=True, copy=False)
    exact = fields.Text(readonly=True, copy=False, help="What was proposed, by the numbers of the groups: nothing else is applied.")
    words = fields.Text("In words", readonly=True, copy=False)
    proposed_by_id = fields.Many2one('res.users', string="Proposed by", required=True, readonly=True, ondelete='restrict', default=lambda self: self.env.user)
    proposed_at = fields.Datetime("Proposed on", required=True, readonly=True, default=lambda self: clock.now(self.env))
    decided_by_id = fields.Many2one('res.users', string="Decided by", readonly=True, copy=False, ondelete='restrict')
    decided_at = fields.Datetime("Decided on", readonly=True, copy=False)
    applied_by_id = fields.Many2one('res.users', string="Applied by", readonly=True, copy=False, ondelete='restrict')
    applied_at = fields.Datetime("Applied on", readonly=True, copy=False)
    refuse_reason = fields.Text("Why refused", readonly=True, copy=False)
    change_html = fields.Html("What changes", compute='_compute_change_html', sanitize=False)
    admin_text = fields.Char("Administration of Odoo", compute='_compute_change_html', help="Groups of the change that administer Odoo.")
    is_outdated = fields.Boolean(compute='_compute_is_outdated', help="The person's groups, or what they bring, changed since it was proposed.")
    blocked_text = fields.Char("Why you cannot approve", compute='_compute_blocked_text')
    can_refuse = fields.Boolean(compute='_compute_can_verify', help="The reader may refuse it: a manager who had no hand in it.")
    can_apply = fields.Boolean(compute='_compute_can_apply', help="It is approved, and the reader may write users in Odoo.")
    can_withdraw = fields.Boolean(compute='_compute_can_apply')

    _decided_complete = models.Constraint(
        "CHECK(state NOT IN ('approved', 'applied', 'refused') OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL))",
        "A decision tells who took it, and when.")
    _other_person = models.Constraint(
        "CHECK(state NOT IN ('approved', 'applied') OR (decided_by_id != proposed_by_id AND decided_by_id != user_id))",
        "Nobody approves their own proposal, or a change of their own access rights.")

    # === COMPUTE METHODS === #

    @api.depends('user_id', 'add_ids', 'remove_ids', 'exact', 'state')
    @api.depends_context('lang')
    def _compute_change_html(self):
        for change in self:
            comes_to = change._get_exact() or change.user_id.sudo(False)._origin._filtered_access('read') and change._work_out()
            change.change_html = bool(comes_to) and self.env['ir.qweb']._render(
                'it_continuity.access_change_lines', {'lines': change._lines(comes_to), 'name': change.user_id.name})
            change.admin_text = ", ".join(change._admin_groups(comes_to).mapped('display_name')) if comes_to else False

    @api.depends('user_id', 'user_id.group_ids', 'exact', 'state')
    def _compute_is_outdated(self):
        for change in self:
            change.is_outdated = change.state in ('proposed', 'approved') and bool(change.exact) and change._get_exact() != change._work_out()

    @api.depends('state', 'exact', 'user_id.active', 'user_id.share', 'user_id.company_ids', 'company_id', 'proposed_by_id')
    @api.depends_context('uid', 'lang')
    def _compute_blocked_text(self):
        is_manager = self.env.user.has_group(MANAGER)
        for change in self:
            change.blocked_text = change.state == 'proposed' and is_manager and (change._why_not_approve() or change._why_no_account())

    @api.depends('blocked_text', 'is_outdated')
    def _compute_can_verify(self):  # a compute returns nothing  # pylint: disable=missing-return
        super()._compute_can_verify()
        for change in self:
            change.can_refuse = change.can_verify
            change.can_verify = change.can_verify and not change.blocked_text and not change.is_outdated

    @api.depends('state', 'user_id.active', 'user_id.share', 'user_id.company_ids', 'company_id', 'is_outdated', 'ticket_id.state', 'proposed_by_id')
    @api.depends_context('uid')
    def _compute_can_apply(self):
        is_technician = self.env.user.has_group('it_continuity.it_continuity_group_technician')
        for change in self:
            change.can_apply = (
                change.state == 'approved' and change.ticket_id.state in WORKED_ON and is_technician and not change.is_outdated
                and change.user_id != self.env.user and not change._why_no_account() and change._may_write_user())
            change.can_withdraw = bool(change.id) and is_technician and change.state in WAITING and change._may_withdraw()

    # === CONSTRAINT METHODS === #

    @api.constrains('user_id', 'add_ids', 'remove_ids')
    def _check_groups(self):
        for change in self:
            both = change.add_ids & change.remove_ids
            if both:
                raise ValidationError(self.env._("“%(name)s” cannot be given and taken away at once.", name=both[0].display_name))
            if not change.add_ids and not change.remove_ids:
                raise ValidationError(self.env._("Name at least one group to give or to take away."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Propose: work out what it comes to, and call the managers who may approve it."""
        changes = super().create(vals_list)
        for change in changes:
            change.ticket_id._check_deed()
            change._check_proposal()
            if change._get_exact() != change._work_out():  # given by defaults
                change._transition(change._get_proposed_values())
            change.ticket_id.filtered(lambda ticket: ticket.state == 'new').action_start()
        changes._call_managers()
        return changes

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A proposed change of access rights stays on record. Withdraw it instead."))

    # === ACTION METHODS === #

    def action_approve(self):
        """Approve as another person, and apply it at once if the one who approves may write users in Odoo themselves.

        :raises AccessError: it is the person's own proposal or access, or it gives or takes administration that they do not have
        :raises UserError: it would no longer come to what was proposed, or the person has no account here any more
        """
        self.ensure_one()
        self._lock('proposed')
        self.ticket_id._check_state(*WORKED_ON)
        self._check_manager()
        self._check_account()
        self._check_exact()
        self._transition({'state': 'approved', 'decided_by_id': self.env.uid, 'decided_at': clock.now(self.env)})
        if self._may_write_user():
            self._apply()
        self._call_managers()

    def action_apply(self):
        """Carry out what was approved, with the rights of the one who presses.

        :raises AccessError: it is their own access, or they may not write users in Odoo
        :raises UserError: it would no longer come to what was approved, or the person has no account here any more
        """
        self.ensure_one()
        self._lock('approved')
        self.ticket_id._check_technician()
        self.ticket_id._check_state(*WORKED_ON)
        if self.user_id == self.env.user:
            raise AccessError(self.env._("Nobody changes their own access rights, even if approved. Somebody else applies it."))
        self._check_account()
        if not self._may_write_user():
            raise AccessError(self.env._(
                "You may not write users in Odoo. Who may: %(who)s.", who=self.env['it.deed.plan']._who_may('res.users', 'write')))
        self._check_exact()
        self._apply()

    def action_refuse(self, reason):
        """Refuse as another person, with a reason that whoever proposed it reads."""
        self.ensure_one()
        reason = self._checked_reason(reason)
        self._lock('proposed')
        self._check_other_manager()
        self._transition({'state': 'refused', 'decided_by_id': self.env.uid, 'decided_at': clock.now(self.env), 'refuse_reason': reason})
        self._call_managers()
        self._say(self.env._("The change of access rights was refused: %(reason)s", reason=reason))

    def action_withdraw(self):
        """Take back what was not applied yet, as who proposed it or as a manager.

        :raises AccessError: it is the person's own access, or somebody else's proposal
        """
        self.ensure_one()
        self._lock(*WAITING)
        self.ticket_id._check_technician()
        self._check_withdrawer()
        self._transition({'state': 'withdrawn'})
        self._call_managers()
        self._say(self.env._("%(person)s withdrew the change of access rights “%(name)s”.", person=self.env.user.name, name=self.name))

    def action_renew(self):
        """Open the same change to be proposed anew, as what it comes to has changed; this one is withdrawn."""
        self.action_withdraw()
        return self._open_new(self.ticket_id, self.user_id, self.add_ids, self.remove_ids)

    def action_proposed(self):
        """Say what happens now that the form was saved."""
        self.ensure_one()
        self.check_access('read')
        return notice(self.env._("A manager was called to approve it. Nothing has changed yet."), title=self.env._("Proposed"))

    # === WHAT IT COMES TO === #

    @api.model
    def _get_guarded_values(self, vals):
        return self.new({name: value for name, value in vals.items() if name in self._fixed_fields})._get_proposed_values()

    def _get_proposed_values(self):
        if not self.user_id:
            return {}
        comes_to = self._work_out()
        return {
            'exact': json.dumps(comes_to, sort_keys=True), 'words': self._in_words(comes_to),
            'name': self.env._("Access of %(name)s", name=self.user_id.name)}

    def _work_out(self):
        """Return what this one change comes to now, by the numbers of the groups, as it is kept in ``exact``."""
        user_sudo, groups_sudo = self.user_id._origin.sudo(), (self.add_ids | self.remove_ids)._origin.sudo()  # who has which group is no secret here
        own = user_sudo.group_ids
        involved = own | groups_sudo
        implied = {group.id: set(group.all_implied_ids.ids) for group in involved | involved.all_implied_ids}
        change = ticket_deed.change_groups(own.ids, self.add_ids._origin.ids, self.remove_ids._origin.ids, implied)
        told = {name: value for name, value in vars(change).items() if name != 'changes'}
        return json.loads(json.dumps({**told, 'user': user_sudo.id}))

    def _get_exact(self):
        return json.loads(self.exact) if self.exact else {}

    @api.model
    def _named(self, comes_to):
        """Return the groups that a change names, by number, in superuser mode: what they are called is no secret."""
        numbers = {*comes_to['before'], *comes_to['after'], *comes_to['idle'], *comes_to['given'], *comes_to['taken']}
        return {group.id: group for group in self.env['res.groups'].sudo().browse(numbers).exists()}

    @api.model
    def _admin_groups(self, comes_to):
        """Return the groups that would come, go, or become or no longer be the person's own, and administer Odoo, or bring one that does."""
        numbers = set(comes_to['before']) ^ set(comes_to['after']) | {*comes_to['given'], *comes_to['taken'], *map(int, comes_to['stays'])}
        moved = self.env['res.groups'].sudo().browse(numbers).exists()
        return moved.filtered(lambda group: group.all_implied_ids & self._administration())

    @api.model
    def _administration(self):
        """Return the groups that administer Odoo themselves: by their name, or by the access rights that they bring."""
        return self._named_administration() | self._administering_rights().group_id

    @api.model
    def _named_administration(self):
        return self.env['res.groups'].sudo().union(*(self.env.ref(name).sudo() for name in ADMINISTRATION))

    @api.model
    def _administering_rights(self):
        """Return the access rights of groups, in superuser mode, by which somebody administers; what everybody has is none."""
        return self.env['ir.model.access'].sudo().search(
            Domain('model_id.model', 'in', ADMINISTERS) & Domain('group_id', '!=', False) & Domain.OR(Domain(f'perm_{mode}', '=', True) for mode in MODES))

    @api.model
    def _lacking(self, brought):
        """Return which of these groups administer in a way in which the present user does not, by whatever group."""
        own, rights = self.env.user.sudo().all_group_ids, self._administering_rights()

        def told(lines):
            return {(line.model_id, mode) for line in lines for mode in MODES if line[f'perm_{mode}']}
        held = told(rights.filtered(lambda line: line.group_id in own))
        beyond = rights.filtered(lambda line: told(line) - held).group_id
        return (brought & (self._named_administration() | beyond)) - own

    @api.model
    def _lines(self, comes_to):
        """Return a change as rows to be shown: ``{'name', 'before', 'after', 'why', 'is_admin'}``."""
        groups, before, after = self._named(comes_to), set(comes_to['before']), set(comes_to['after'])
        admins = self._admin_groups(comes_to)
        why = {}
        for number in comes_to['given']:
            why[number] = self.env._("given") if number not in before else self.env._("given as their own; they had it by another group")
        for number in comes_to['taken']:
            why[number] = self.env._("taken away")
        for part, text in (('along', lambda names: self.env._("comes along with %(names)s", names=names)),
                           ('gone', lambda names: self.env._("goes along with %(names)s", names=names)),
                           ('stays', lambda names: self.env._("stays: %(names)s brings it; take that away instead", names=names))):
            for number, bringers in comes_to[part].items():
                why[int(number)] = text(", ".join(groups[one].display_name for one in bringers if one in groups))
        for number in comes_to['idle']:
            why[number] = self.env._("nothing changes") + (self.env._(" (they have it)") if number in before else self.env._(" (they do not have it)"))
        return [
            {'name': groups[number].display_name, 'before': number in before, 'after': number in after, 'why': text,
             'is_admin': groups[number] in admins}
            for number, text in why.items() if number in groups]

    @api.model
    def _in_words(self, comes_to):
        """Return a change as text: what is sealed of it, and the step of the ticket."""
        signs = {(False, True): '+', (True, False): '−', (True, True): '=', (False, False): '='}
        return "\n".join(f"{signs[line['before'], line['after']]} {line['name']}: {line['why']}" for line in self._lines(comes_to))

    # === CHECKS === #

    def _lock(self, *states):
        """Let nobody decide at the same time. :raises UserError: it is in another state"""
        self.check_access('write')
        self.lock_for_update()
        self.invalidate_recordset(['state'])
        self._check_state(*states)

    def _check_manager(self):
        """:raises AccessError: the person is no manager, or has a hand in it, or lacks the administration that it gives or takes"""
        reason = self.env.user.has_group(MANAGER) and self._why_not_approve()
        if reason:
            raise AccessError(reason)
        self._check_other_manager()

    def _check_other_manager(self):
        """:raises AccessError: the person is no manager, or has a hand in it"""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers approve and refuse changes of access rights."))
        self._check_second_person()

    def _check_withdrawer(self):
        """:raises AccessError: it is the person's own access, or they neither proposed it nor are a manager"""
        if self.user_id == self.env.user:
            raise AccessError(self.env._("These are your own access rights: somebody else has to withdraw it."))
        if not self._may_withdraw():
            raise AccessError(self.env._("Only who proposed it and the managers withdraw a change of access rights."))

    def _may_withdraw(self):
        return self.user_id != self.env.user and (self.proposed_by_id == self.env.user or self.env.user.has_group(MANAGER))

    def _check_proposal(self):
        """:raises UserError: nothing would change, or the person is no colleague with an account here"""
        self._check_account()
        comes_to = self._work_out()
        if comes_to['direct'] == sorted(self.user_id.sudo().group_ids.ids):
            raise UserError(self.env._("Nothing would change: %(lines)s", lines=self._in_words(comes_to)))

    def _check_account(self):
        """:raises UserError: the person is no colleague with an account in the ticket's company, or not any more"""
        reason = self._why_no_account()
        if reason:
            raise UserError(reason)

    def _why_no_account(self):
        """Return why nobody may change the access of this one person here, False if they may."""
        user_sudo = self.user_id.sudo()  # what companies somebody works in is no secret here
        if user_sudo.active and not user_sudo.share and self.company_id in user_sudo.company_ids:
            return False
        return self.env._("“%(name)s” has no account of a colleague in this company.", name=user_sudo.name)

    def _check_exact(self):
        """:raises UserError: carried out now, it would not come to exactly what was proposed"""
        if self._get_exact() != self._work_out():
            raise UserError(self.env._(
                "The groups of %(name)s, or what they bring, changed since this was proposed. Press “Propose anew” and look at it again.",
                name=self.user_id.name))

    def _why_not_approve(self):
        """Return why the present user may not approve this one change although they are a manager, False if they may."""
        if self.user_id == self.env.user:
            return self.env._("These are your own access rights: another manager has to approve it.")
        if self.proposed_by_id == self.env.user:
            return self.env._("You proposed it yourself: another manager has to approve it.")
        brought = self._admin_groups(self._get_exact()).all_implied_ids if self.exact else self.env['res.groups']
        lacking = self._lacking(brought)
        if lacking:
            return self.env._("It gives or takes administration of Odoo, which you do not have yourself: %(names)s.", names=", ".join(lacking.mapped('display_name')))
        return False

    def _may_write_user(self):
        return self.user_id.sudo(False).has_access('write') and self.user_id._has_field_access(self.user_id._fields['group_ids'], 'write')

    # === BUSINESS METHODS === #

    @api.model
    def _get_approval_fields(self):
        return ('state', 'proposed_by_id', 'user_id', 'exact', 'ticket_id.state')

    def _is_awaiting_approval(self):
        return self.state == 'proposed' and self.ticket_id.state in WORKED_ON

    def _get_doers(self):
        return self.proposed_by_id | self.user_id

    @api.model
    def _open_new(self, ticket, user=None, add=None, remove=None):
        """Return the form in which a change is proposed, filled in from the request, or with what is given."""
        asked = self.env['it.deed.plan']._asked(ticket)
        user = user or self.env['it.deed.plan']._get_own_account(ticket)
        like = asked.get('like_user')
        like = like if isinstance(like, BaseModel) and like._name == 'res.users' else user.browse()
        if add is None and user and self.env['it.deed.plan']._readable(like):
            user_sudo, like_sudo = user.sudo(), like.sudo()  # who has which group is no secret here
            add = like_sudo.group_ids - user_sudo.group_ids
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Change access rights"),
            'res_model': self._name,
            'views': [(self.env.ref('it_continuity.it_access_change_view_form_propose').id, 'form')],
            'target': 'new',
            'context': {
                'default_ticket_id': ticket.id, 'default_user_id': user.id, 'default_add_ids': [Command.set((add or user.group_ids[:0]).ids)],
                'default_remove_ids': [Command.set(remove.ids if remove else [])]},
        }

    def _apply(self):
        """Write the groups with the present user's own rights, and tell the ticket. The caller has checked that it is still the same."""
        exact, user = self._get_exact(), self.user_id.sudo(False)
        user.write({'group_ids': [Command.set(exact['direct'])]})
        user_sudo = user.sudo()
        user_sudo.invalidate_recordset(['group_ids', 'all_group_ids'])
        if sorted(user_sudo.group_ids.ids) != exact['direct'] or sorted(user_sudo.all_group_ids.ids) != exact['after']:
            raise UserError(self.env._("Odoo made something else of it than was approved. Nothing was changed."))
        self._transition({'state': 'applied', 'applied_by_id': self.env.uid, 'applied_at': clock.now(self.env)})
        self.ticket_id._note_deed(user, 'changed', self.env._(
            "Access rights of %(name)s changed, proposed by %(proposer)s, approved by %(approver)s:\n%(lines)s", name=user.name,
            proposer=self.proposed_by_id.name, approver=self.decided_by_id.name, lines=self.words))

    def _say(self, words):
        """Say on the ticket what became of this one change: by a button, so no word of who asked, if it is they who press."""
        with software_speaks(self.env):
            self.ticket_id.message_post(body=words, subtype_xmlid='mail.mt_note')

    def _call_managers(self):
        """Give an activity on the ticket to each manager who may approve what waits there, and take it away when nothing does."""
        for ticket_sudo in self.ticket_id.sudo():  # who proposes calls people whose activities they may not see
            waiting = ticket_sudo.access_change_ids.filtered(lambda change: change._is_awaiting_approval())
            people = ticket_sudo.company_id._itc_people()
            ticket_sudo._call_people(APPROVE, people.filtered(
                lambda user, waiting=waiting: any(user not in change._get_doers() for change in waiting)))
