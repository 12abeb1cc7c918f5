from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib import check_state, protocol
from ..mixins.guarded_mixin import initial_values

# An agent reports every cycle; three of them missed is silence.
CYCLE_S = 60
SILENT_AFTER_S = check_state.stale_after_s(CYCLE_S)

# What only enrolment, confirmation and the host itself say.
IDENTITY_FIELDS = frozenset({
    'state', 'key_id', 'secret_sha256', 'code_sha256', 'code_expires_at', 'code_used_at', 'enrolled_at', 'confirmed_at',
    'confirmed_by_id', 'facts', 'booted_at',
})


class ItAgent(models.Model):
    """The program on one host that looks and reports. Its secret never comes here, only the secret's SHA-256."""
    _name = 'it.agent'
    _description = "Host Agent"
    _inherit = ['it.derived.mixin', 'it.thread.mixin']
    _order = 'name, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    name = fields.Char(related='asset_id.name', store=True)
    asset_id = fields.Many2one(
        'it.asset', string="Host", required=True, domain="[('kind', '=', 'host'), ('agent_ids', '=', False)]", index=True, ondelete='restrict')
    company_id = fields.Many2one(related='asset_id.company_id', store=True, index=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[('draft', "Not enrolled"), ('pending', "To confirm"), ('active', "Active"), ('revoked', "Revoked")],
        default='draft', required=True, readonly=True, copy=False, tracking=True)
    key_id = fields.Char(
        readonly=True, copy=False, help="Names the agent's secret. Compare it with what the agent printed on the host.")
    secret_sha256 = fields.Char(groups=fields.NO_ACCESS, copy=False)
    code_sha256 = fields.Char(groups=fields.NO_ACCESS, copy=False)
    code_expires_at = fields.Datetime(readonly=True, copy=False)
    code_used_at = fields.Datetime(readonly=True, copy=False)
    enrolled_at = fields.Datetime("Enrolled", readonly=True, copy=False)
    confirmed_at = fields.Datetime("Confirmed", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    facts = fields.Json("Facts as JSON", readonly=True, copy=False, help="What the host told of itself.")
    hostname = fields.Char(compute='_compute_from_facts', store=True)
    os_name = fields.Char("System", compute='_compute_from_facts', store=True)
    agent_version = fields.Char(compute='_compute_from_facts', store=True)
    facts_text = fields.Text("Facts", compute='_compute_facts_text')
    booted_at = fields.Datetime("Last start", readonly=True, copy=False)
    kind_ids = fields.One2many('it.check.kind', 'agent_id', string="Kinds of checks", readonly=True)
    check_ids = fields.One2many('it.check', 'agent_id', string="Checks")
    check_count = fields.Integer(compute='_compute_check_count')
    config_rev = fields.Char(compute='_compute_config_rev', store=True, help="Changes when the checks that the agent shall run change.")
    last_seen_at = fields.Datetime("Last seen", compute='_compute_last_seen_at')
    clock_skew_s = fields.Float("Clock is off by", compute='_compute_last_seen_at', help="Seconds by which the host's clock lags behind ours.")
    is_silent = fields.Boolean(compute='_compute_last_seen_at', search='_search_is_silent', help="Active, but not heard of for three cycles.")
    contact = fields.Selection(
        [('heard', "Reports"), ('waiting', "Waiting for its first report"), ('silent', "Silent"), ('none', "May not report")],
        compute='_compute_last_seen_at', help="Whether the host is heard of.")

    _asset_uniq = models.Constraint('UNIQUE(asset_id)', "This host has an agent already.")
    _key_uniq = models.UniqueIndex('(key_id) WHERE key_id IS NOT NULL')
    _code_uniq = models.UniqueIndex('(code_sha256) WHERE code_sha256 IS NOT NULL')

    # === COMPUTE METHODS === #

    @api.depends('facts')
    def _compute_from_facts(self):
        for agent in self:
            facts = agent.facts or {}
            agent.hostname = facts.get('hostname')
            agent.os_name = ' '.join(filter(None, (facts.get('os'), facts.get('os_version'))))
            agent.agent_version = facts.get('agent_version')

    @api.depends('facts')
    def _compute_facts_text(self):
        for agent in self:
            facts = dict(agent.facts or {})
            volumes = facts.pop('volumes', [])
            lines = [f"{key.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}" for key, value in facts.items()]
            lines += [f"volume {one['mount']}: {one['fstype']}, {one['total_bytes'] / 2**30:.1f} GiB" for one in volumes]
            agent.facts_text = '\n'.join(lines)

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('agent_id', 'in', self.ids)], ['agent_id'], ['__count']))
        for agent in self:
            agent.check_count = counts.get(agent, 0)

    @api.depends(
        'check_ids.name', 'check_ids.active', 'check_ids.kind', 'check_ids.settings', 'check_ids.limits',
        'check_ids.every_s', 'check_ids.timeout_s')
    def _compute_config_rev(self):
        for agent in self:
            agent.config_rev = f"{protocol.digest(agent._config_checks()) % 2**64:016x}"[:12]

    @api.depends('state', 'confirmed_at')
    def _compute_last_seen_at(self):
        seen = self.env['it.sample.store']._last_seen(self.ids)
        now = self.env.cr.now()
        for agent in self:
            agent.last_seen_at, agent.clock_skew_s = seen.get(agent.id, (False, 0))
            agent.contact = agent._contact(now) if agent.state == 'active' else 'none'
            agent.is_silent = agent.contact == 'silent'

    def _search_is_silent(self, operator, value):
        if operator != 'in':
            return NotImplemented
        heard = self.env['it.sample.store']._heard_since(SILENT_AFTER_S)
        quiet = Domain('state', '=', 'active') & Domain('id', 'not in', heard)
        silent = Domain('id', 'in', self.with_context(active_test=False).search(quiet).filtered('is_silent').ids)
        return silent if True in value else ~silent

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_guarded(vals)
        # The secrets cannot even be named by a person, by default or otherwise.
        initial = initial_values(self, [name for name in IDENTITY_FIELDS if self._has_field_access(self._fields[name], 'write')])
        return super().create([{**initial, **vals} for vals in vals_list])

    def write(self, vals):
        self._check_guarded(vals)
        if 'asset_id' in vals and any(agent.asset_id.id != vals['asset_id'] for agent in self):
            raise UserError(self.env._("An agent stays with its host: its history and its key belong there. Add an agent to the other host."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_enrolled(self):
        if any(agent.state in ('pending', 'active') for agent in self):
            raise UserError(self.env._("Revoke an agent before you delete it."))

    # === ACTION METHODS === #

    def action_issue_code(self):
        """Show a new one-time enrolment code; it is kept nowhere and cannot be shown again."""
        code = self.issue_code()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Enrolment code of %(host)s", host=self.name),
            'res_model': 'it.agent.code',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_agent_id': self.id, 'default_code': code},
        }

    def action_confirm(self):
        """Trust the hosts that asked for it, and give them the checks that every host gets."""
        self._check_manager()
        if any(agent.state != 'pending' for agent in self):
            raise UserError(self.env._("Only an agent that waits to be confirmed can be confirmed."))
        # The key's state is no ordinary field: write() refuses it to people, this method has checked who asks.
        self.sudo().write({'state': 'active', 'confirmed_at': self.env.cr.now(), 'confirmed_by_id': self.env.uid})
        self._create_automatic_checks()

    def action_revoke(self):
        """Take the trust back: the key stops working with the next request."""
        self._check_manager()
        # As in action_confirm.
        self.sudo().write({
            'state': 'revoked', 'secret_sha256': False, 'code_sha256': False, 'code_expires_at': False, 'key_id': False})

    def action_open_checks(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_check_action')
        return action | {'domain': [('agent_id', '=', self.id)], 'context': {'default_agent_id': self.id}}

    # === BUSINESS METHODS === #

    def _contact(self, now):
        """Return whether this one active host is heard of."""
        quiet_s = (now - self.last_seen_at).total_seconds() if self.last_seen_at else SILENT_AFTER_S + 1
        if quiet_s <= SILENT_AFTER_S:
            return 'heard'
        asked_at = self.confirmed_at or self.create_date or now
        return 'waiting' if check_state.is_awaited(self.last_seen_at or None, asked_at, CYCLE_S, now) else 'silent'

    def _check_guarded(self, vals):
        """Refuse to people what only enrolment, confirmation and the host itself may say."""
        if not self.env.su and (IDENTITY_FIELDS | {'kind_ids', 'config_rev'}) & vals.keys():
            raise AccessError(self.env._("The identity of an agent is changed by enrolling, confirming and revoking it only."))

    def _check_manager(self):
        self.check_access('write')
        if not self.env.su and not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._("Only a manager enrols, confirms and revokes agents."))

    def _create_automatic_checks(self):
        """Create the checks of automatic templates whose kind the agent offers and that it does not have yet."""
        templates = self.env['it.check.template'].search([('is_automatic', '=', True)])
        for agent in self:
            offered = set(agent.kind_ids.mapped('kind'))
            had = agent.with_context(active_test=False).check_ids.template_id
            companies = (agent.company_id, agent.company_id.browse())
            (templates - had).filtered(
                lambda template, offered=offered, companies=companies: template.kind in offered and template.company_id in companies,
            )._create_checks(agent)

    def _config_checks(self):
        """Return the checks of this one agent as docs/protocol.md has them in a configuration."""
        self.ensure_one()
        return [{
            'id': check.id, 'name': check.name, 'kind': check.kind, 'every_s': check.every_s, 'timeout_s': check.timeout_s,
            'settings': check.settings or {}, 'limits': check.limits or [],
        } for check in self.env['it.check'].search([('agent_id', 'in', self.ids)], order='id')]

    def _config(self):
        """Return the answer to the agent's question what to look at."""
        return {
            'proto': protocol.PROTO,
            'db_id': self.env['it.database']._db_id(),
            'config_rev': self.config_rev,
            'cycle_s': CYCLE_S,
            'checks': self._config_checks(),
        }
