import base64
import hashlib
import secrets
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...lib import check_state, host_step, protocol, recovery
from ..mixins import clock
from ..mixins.guarded_mixin import initial_values
from ..mixins.notice import notice
from ..mixins.time_words import moment_text
from .check_definition_mixin import CYCLE_S
from .discovery_mixin import DISCOVERY_FIELDS

# An agent reports every cycle; three of them missed is silence.
SILENT_AFTER_S = check_state.stale_after_s(CYCLE_S)
# What only enrolment, confirmation and the host itself say.
IDENTITY_FIELDS = frozenset({
    'state', 'key_id', 'secret_sha256', 'code_sha256', 'code_expires_at', 'code_used_at', 'enrolled_at', 'confirmed_at',
    'confirmed_by_id', 'facts', 'booted_at',
})
ENROL_LOCK = 0x17C9  # our first key of two for PostgreSQL's advisory locks; those near it are others'
CODE_HOURS = 24
# Kinds that a person has to know of: data was lost, or the identity of the host is in doubt.
ALARMING = ('gap', 'spool_damaged', 'fork')


def _volume_size(volume: dict) -> str:
    """Return the size of a volume as the host's facts have it, for a share that was not asked what it is instead."""
    return f"{volume['total_bytes'] / 2**30:.1f} GiB" if volume['total_bytes'] else volume['device']


class ItAgent(models.Model):
    """The program on one host that looks and reports. Its secret never comes here, only the secret's SHA-256."""
    _name = 'it.agent'
    _description = "Host Agent"
    _inherit = ['it.used.mixin', 'it.discovery.mixin', 'it.guarded.mixin', 'it.thread.mixin']
    _order = 'name, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = IDENTITY_FIELDS | DISCOVERY_FIELDS | {'kind_ids', 'try_ids', 'config_rev', 'is_server'}
    _guard_spares_su = True  # enrolment and the host's own words

    name = fields.Char(related='asset_id.name', store=True)
    asset_id = fields.Many2one(
        'it.asset', string="Host", required=True, domain="[('kind', '=', 'host'), ('agent_ids', '=', False)]", index=True, ondelete='restrict')
    company_id = fields.Many2one(related='asset_id.company_id', store=True, index=True)
    active = fields.Boolean(default=True)
    is_server = fields.Boolean(
        "This Odoo itself", readonly=True, copy=False, index=True,
        help="No program on a host: what this Odoo finds out by itself, and the jobs that report themselves to it.")
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
    confirmed_by_id = fields.Many2one('res.users', string="Confirmed by", readonly=True, copy=False)
    facts = fields.Json("Facts as JSON", readonly=True, copy=False, help="What the host told of itself.")
    hostname = fields.Char(compute='_compute_from_facts', store=True)
    os_name = fields.Char("System", compute='_compute_from_facts', store=True)
    agent_version = fields.Char("Agent version", compute='_compute_from_facts', store=True)
    facts_text = fields.Text("Facts", compute='_compute_facts_text')
    booted_at = fields.Datetime("Last start", readonly=True, copy=False)
    kind_ids = fields.One2many('it.check.kind', 'agent_id', string="Kinds of checks", readonly=True)
    check_ids = fields.One2many('it.check', 'agent_id', string="Checks")
    check_count = fields.Integer("Number of checks", compute='_compute_check_count')
    try_ids = fields.One2many('it.check.try', 'agent_id', string="Tries", readonly=True)
    config_rev = fields.Char(compute='_compute_config_rev', store=True, help="Changes when the checks that the agent shall run change.")
    last_seen_at = fields.Datetime("Last seen", compute='_compute_last_seen_at')
    clock_skew_s = fields.Float("Clock is off by", compute='_compute_last_seen_at', help="Seconds by which the host's clock lags behind ours.")
    is_silent = fields.Boolean(compute='_compute_last_seen_at', search='_search_is_silent', help="Active, but not heard of for three cycles.")
    contact = fields.Selection(
        [('heard', "Reports"), ('waiting', "Waiting for its first report"), ('silent', "Silent"), ('none', "May not report"),
         ('own', "This Odoo itself")],
        compute='_compute_last_seen_at', help="Whether the host is heard of.")
    step = fields.Selection(
        selection=[
            ('issue_code', "Make a code"),
            ('use_code', "Use the code on the host"),
            ('code_expired', "The code has expired"),
            ('confirm', "Compare and confirm"),
            ('wait', "Wait for the first report"),
            ('silent', "Look why it is silent"),
            ('enrol_again', "Enrol again"),
            ('fine', "Nothing to do"),
        ],
        string="Next step", compute='_compute_step')
    step_text = fields.Text("What to do next", compute='_compute_step')

    _asset_uniq = models.Constraint('UNIQUE(asset_id)', "This host has an agent already.")
    _key_uniq = models.UniqueIndex('(key_id) WHERE key_id IS NOT NULL')
    _code_uniq = models.UniqueIndex('(code_sha256) WHERE code_sha256 IS NOT NULL')
    _server_uniq = models.UniqueIndex('(company_id) WHERE is_server')
    # So it can neither enrol nor report, whatever else goes wrong.
    _server_keyless = models.Constraint(
        'CHECK(NOT is_server OR (key_id IS NULL AND secret_sha256 IS NULL AND code_sha256 IS NULL))', "This Odoo itself has no key.")

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
            lines += [f"volume {one['mount']}: {one['fstype']}, {_volume_size(one)}" for one in volumes]
            agent.facts_text = '\n'.join(lines)

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('agent_id', 'in', self.ids)], ['agent_id'], ['__count']))
        for agent in self:
            agent.check_count = counts.get(agent, 0)

    @api.depends(
        'check_ids.name', 'check_ids.active', 'check_ids.kind', 'check_ids.settings', 'check_ids.limits',
        'check_ids.every_s', 'check_ids.timeout_s', 'try_ids.answered_at', 'discover_rev')
    def _compute_config_rev(self):
        for agent in self:
            tried = [one['id'] for one in agent._config_tries()]
            told = {**agent._config_told(), **({'tries': tried} if tried else {})}
            agent.config_rev = f"{protocol.digest(told) % 2**64:016x}"[:12]

    @api.depends('state', 'confirmed_at')
    def _compute_last_seen_at(self):
        seen = self.env['it.sample.store']._last_seen(self.ids)
        now = clock.exact(self.env)
        for agent in self:
            agent.last_seen_at, agent.clock_skew_s = seen.get(agent.id, (False, 0))
            agent.contact = agent._contact(now) if agent.state == 'active' else 'none'
            agent.is_silent = agent.contact == 'silent'

    def _search_is_silent(self, operator, value):
        if operator != 'in':
            return NotImplemented
        heard = self.env['it.sample.store']._heard_since(SILENT_AFTER_S)
        quiet = Domain('state', '=', 'active') & Domain('is_server', '=', False) & Domain('id', 'not in', heard)
        silent = Domain('id', 'in', self.with_context(active_test=False).search(quiet).filtered('is_silent').ids)
        return silent if True in value else ~silent

    @api.depends('state', 'code_expires_at', 'code_used_at', 'confirmed_at')
    @api.depends_context('uid', 'lang', 'tz')
    def _compute_step(self):
        now = clock.exact(self.env)
        for agent in self:
            agent.step = host_step.next_step(
                agent.state, agent.contact, agent.code_expires_at or None, bool(agent.code_used_at), now)
            agent.step_text = agent._step_words()

    # === CRUD METHODS === #

    def write(self, vals):
        if 'asset_id' in vals and any(agent.asset_id.id != vals['asset_id'] for agent in self):
            raise UserError(self.env._("An agent stays with its host: its history and its key belong there. Add an agent to the other host."))
        if not vals.get('active', True):
            self._check_no_server()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_enrolled(self):
        self._check_no_server()
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
        self.sudo().write({'state': 'active', 'confirmed_at': clock.exact(self.env), 'confirmed_by_id': self.env.uid})
        self._create_automatic_checks()

    def action_revoke(self):
        """Take the trust back: the key stops working with the next request."""
        self._check_manager()
        self._check_no_server()
        self.sudo()._revoke()  # as in action_confirm

    def action_open_checks(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_check_action')
        return action | {'domain': [('agent_id', '=', self.id)], 'context': {'default_agent_id': self.id}}

    @api.model
    def action_renew_db_id(self):
        """Make this database its own: no host enrolled before is believed here, and none believes this database, until it enrols anew.

        :raises AccessError: the person is neither an administrator nor a manager who may enter every company that has hosts
        """
        # the identity is that of all companies
        agents_sudo = self.sudo().with_context(active_test=False).search([
            ('is_server', '=', False), '|', ('state', '!=', 'revoked'), ('code_sha256', '!=', False)])
        heartbeats_sudo = self.env['it.heartbeat'].sudo().with_context(active_test=False).search([('token_sha256', '!=', False)])
        if not self.env.user._is_system():
            self._check_manager()
            if (agents_sudo.company_id | heartbeats_sudo.company_id) - self.env.user.company_ids:
                raise AccessError(self.env._("Other companies have hosts here too: ask an administrator."))
        agents_sudo._revoke()
        heartbeats_sudo._forget_address()
        self.env['it.database']._renew_db_id()
        self.env['it.database']._settle()
        return notice(self.env._("This database has a new identity. Every agent has to be enrolled again."), 'warning')

    # === BUSINESS METHODS === #

    def _revoke(self):
        self.write({
            'state': 'revoked', 'secret_sha256': False, 'code_sha256': False, 'code_expires_at': False, 'key_id': False})

    def _contact(self, now):
        """Return whether this one active host is heard of."""
        if self.is_server:
            return 'own'
        quiet_s = (now - self.last_seen_at).total_seconds() if self.last_seen_at else SILENT_AFTER_S + 1
        if quiet_s <= SILENT_AFTER_S:
            return 'heard'
        asked_at = self.confirmed_at or self.create_date or now
        return 'waiting' if check_state.is_awaited(self.last_seen_at or None, asked_at, CYCLE_S, now) else 'silent'

    @api.model
    def _get_guard_message(self, names):
        return self.env._("The identity of an agent is changed by enrolling, confirming and revoking it only.")

    @api.model
    def _get_guarded_initial(self):
        # The secrets cannot even be named by a person, by default or otherwise.
        return initial_values(self, [name for name in IDENTITY_FIELDS if self.env.su or not self._fields[name].groups])

    def _check_manager(self):
        self.check_access('write')
        if not self.env.su and not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._("Only a manager enrols, confirms and revokes agents."))

    def _check_no_server(self):
        if any(agent.is_server for agent in self):
            raise UserError(self.env._("This is no program on a host but this Odoo itself: it has no key, and it stays."))

    @api.model
    def _server(self, company):
        """Return the host that is this Odoo itself, as a company sees it; made when it is needed first.

        In superuser mode: what it holds is the software's own.
        """
        servers_sudo = self.sudo().with_context(active_test=False)
        server = servers_sudo.search([('is_server', '=', True), ('company_id', '=', company.id)])
        if not server:
            category = self.env.ref('it_continuity.asset_category_server', raise_if_not_found=False)
            asset = servers_sudo.env['it.asset'].create({
                'name': self.env._("This Odoo"), 'kind': 'host', 'company_id': company.id,
                'category_id': (category or self.env['it.asset.category'].sudo().search([], limit=1)).id})
            server = servers_sudo.create({
                'asset_id': asset.id, 'is_server': True, 'state': 'active', 'confirmed_at': clock.exact(self.env)})
        return server

    def _offer_kind(self, kind, values):
        """Let this one host that is this Odoo itself offer a kind of checks; see ``_publish_kinds``."""
        if kind not in self.kind_ids.mapped('kind'):
            self.env['it.check.kind'].create({'agent_id': self.id, 'kind': kind, **values})

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
            'settings': check.settings or {}, 'limits': recovery.without(check.limits or []),
        } for check in self.env['it.check'].search([('agent_id', 'in', self.ids)], order='id')]

    def _config_tries(self):
        """Return the tries that wait for this one agent as docs/protocol.md has them in a configuration."""
        self.ensure_one()
        return [{
            'id': one.token, 'kind': one.kind, 'timeout_s': one.timeout_s, 'settings': one.settings or {},
            'limits': recovery.without(one.limits or []),
        } for one in self.env['it.check.try']._waiting(self)]

    def _config_told(self):
        """Return what of this one agent's configuration can change."""
        return {'checks': self._config_checks(), 'discover_rev': self.discover_rev}

    def _config(self):
        """Return the answer to the agent's question what to look at."""
        return {
            'proto': protocol.PROTO,
            'db_id': self.env['it.database']._db_id(),
            'config_rev': self.config_rev,
            'cycle_s': CYCLE_S,
            **self._config_told(),
            'tries': self._config_tries(),
        }

    def issue_code(self):
        """Return a new one-time code (128 bit, 24 hours) for this host; an older one stops working.

        Only its SHA-256 is kept, so nobody can look it up later.
        """
        self.ensure_one()
        self._check_manager()
        self._check_no_server()
        if not self.active:
            raise UserError(self.env._("Unarchive the agent first."))
        text = base64.b32encode(secrets.token_bytes(16)).decode('ascii').rstrip('=')
        # The code's hash is no ordinary field: write() refuses it to people, _check_manager has checked who asks.
        self.sudo().write({
            'code_sha256': self._hash(text),
            'code_expires_at': clock.exact(self.env) + timedelta(hours=CODE_HOURS),
            'code_used_at': False,
        })
        return '-'.join(text[index:index + 4] for index in range(0, len(text), 4))

    @api.model
    def _enrol(self, enrolment):
        """Give a key to the host that the code was made for.

        The code is used up by the statement that finds it; the same code with the same key gets the same answer again, because the first
        one may have been lost.

        :param enrolment: :class:`lib.protocol.Enrolment`
        :raises ProtocolError: 403, the code is unknown, expired, used with another key, or the key belongs to another host
        :return: the answer
        """
        agent = self._use_code(enrolment)
        if agent:
            agent._take_identity(enrolment)
        else:
            agent = self._find_enrolled(enrolment)
        return {
            'proto': protocol.PROTO,
            'db_id': self.env['it.database']._db_id(),
            'key_id': agent.key_id,
            'host': agent.name,
            'state': agent.state,
        }

    @api.model
    def _has_codes(self):
        """Tell whether a host could enrol now: a code is out that has not expired."""
        return bool(self.sudo().search_count([('code_sha256', '!=', False), ('code_expires_at', '>', clock.exact(self.env))], limit=1))

    @api.model
    def _take_enrol_turn(self):
        """Return whether this transaction is the one in the whole database that may wait for an enrolment to come."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [ENROL_LOCK])
        return self.env.cr.fetchone()[0]

    def _use_code(self, enrolment):
        self.flush_model(['code_sha256', 'code_used_at', 'code_expires_at', 'key_id', 'secret_sha256', 'state', 'active'])
        self.env.cr.execute("""
            UPDATE it_agent AS agent
               SET code_used_at = %(now)s
             WHERE code_sha256 = %(code)s AND code_used_at IS NULL AND code_expires_at > %(now)s AND active
               AND NOT EXISTS (SELECT FROM it_agent AS other WHERE other.key_id = %(key)s AND other.id <> agent.id)
         RETURNING id
        """, {'now': clock.exact(self.env), 'code': self._hash(enrolment.code), 'key': enrolment.key_id})
        agent = self.browse([row[0] for row in self.env.cr.fetchall()])
        agent.invalidate_recordset(['code_used_at'])
        return agent

    def _find_enrolled(self, enrolment):
        self.env.cr.execute("""
            SELECT id FROM it_agent
             WHERE code_sha256 = %s AND key_id = %s AND secret_sha256 = %s AND state IN ('pending', 'active') AND code_expires_at > %s AND active
        """, [self._hash(enrolment.code), enrolment.key_id, enrolment.secret_sha256, clock.exact(self.env)])
        row = self.env.cr.fetchone()
        if not row:
            raise protocol.refuse('code_invalid')
        return self.browse(row[0])

    def _take_identity(self, enrolment):
        """Keep the new key. A key that was trusted already stays so; any other waits for a person."""
        is_trusted = self.state == 'active' and (self.key_id, self.secret_sha256) == (enrolment.key_id, enrolment.secret_sha256)
        self.write({
            'state': 'active' if is_trusted else 'pending',
            'key_id': enrolment.key_id,
            'secret_sha256': enrolment.secret_sha256,
            'enrolled_at': clock.exact(self.env),
            'facts': enrolment.facts,
        })
        self._publish_kinds(enrolment.collectors)

    def _publish_kinds(self, collectors, unchanged=()):
        """Keep what the agent can look at, in place of what it said before.

        :param unchanged: names of kinds that it offers too, as it described them before or will in another message
        """
        self.ensure_one()
        described = {collector['kind'] for collector in collectors}
        known = {kind.kind: kind for kind in self.kind_ids if kind.kind in described or kind.kind not in unchanged}
        for collector in collectors:
            values = {key: collector[key] for key in ('title', 'help', 'every_s', 'settings', 'metrics', 'limits')}
            if collector['kind'] in known:
                known.pop(collector['kind']).write(values)
            else:
                self.env['it.check.kind'].create({'agent_id': self.id, 'kind': collector['kind'], **values})
        self.env['it.check.kind'].union(*known.values()).unlink()

    @api.model
    def _hash(self, code):
        return hashlib.sha256(protocol.normalise_code(code).encode('ascii', 'replace')).hexdigest()

    def _apply_event(self, kind, ts, data, happened_at=None, doubt_s=0.0):
        """Apply one event of this host; called by the judging job. Rooms above may extend it for kinds of their own.

        :param ts: naive UTC by the host's clock
        :param happened_at: the same by ours, None of an event from before we kept it; ``doubt_s`` by how much it may be wrong
        """
        self.ensure_one()
        if kind == 'facts':
            self.facts = {**(self.facts or {}), **data}
        elif kind == 'collectors':
            self._publish_kinds(data['collectors'], data.get('kinds', ()))
        elif kind == 'discovered':
            self._take_discovered(data, (happened_at or ts).replace(microsecond=0))
        elif kind == 'boot':
            booted_at = datetime.fromisoformat(data['boot_time']).astimezone(timezone.utc).replace(tzinfo=None)
            # Both times are of the host's clock at one moment, so how long it had been up is right even where the clock was wrong.
            off = happened_at - ts if happened_at else timedelta(seconds=round(self.clock_skew_s))
            self.booted_at = booted_at + off
            if data.get('clean') is False and check_state.is_dated(doubt_s, CYCLE_S):
                self._record_unclean_stop((booted_at + off).replace(microsecond=0))
            elif data.get('clean') is False:
                self.message_post(body=self.env._(
                    "This host was not shut down properly, but nobody can tell when: its clock was wrong, or it slept. Log the outage by hand."))
        elif kind == 'tried':
            self.env['it.check.try']._take_answer(self, data, happened_at or ts)
        elif kind in ALARMING:
            self.message_post(body=self._event_text(kind, ts, data))

    def _record_unclean_stop(self, booted_at):
        """Record that this host stood still from its last word before the boot until the boot.

        Nothing is recorded of a host that was never heard of before: how long it stood still cannot be told. A silence that was
        noticed becomes this stop. The end of an earlier stop counts as a word too: a host with power for a minute measures nothing.

        :param booted_at: naive UTC by the server's clock
        """
        self.env.cr.execute(
            "SELECT date_trunc('second', max(measured_at)) FROM it_sample_cycle WHERE agent_id = %s AND measured_at < %s",
            [self.id, booted_at])
        [heard_at] = self.env.cr.fetchone()
        outages = self.env['it.outage']
        before = outages.search([('agent_id', '=', self.id), ('end_at', '<=', booted_at)], order='end_at desc', limit=1)
        heard_at = heard_at and max(heard_at, before.end_at or heard_at)
        if not heard_at or heard_at >= booted_at or booted_at > clock.exact(self.env):
            return
        known = outages.search([
            ('agent_id', '=', self.id), ('start_at', '<', booted_at), '|', ('end_at', '=', False), ('end_at', '>', heard_at)], limit=1)
        if not known:
            outages._record(self, {'kind': 'unclean_stop', 'start_at': heard_at, 'end_at': booted_at})
        elif known.kind == 'agent_silent' and not known._settled():
            known._tell({'kind': 'unclean_stop', 'start_at': heard_at, 'end_at': booted_at})

    def _event_text(self, kind, ts, data):
        def text(moment):
            return moment_text(self.env, moment, self.company_id.itc_tz)

        if kind == 'gap':
            first, last = (text(datetime.fromisoformat(data[name]).astimezone(timezone.utc).replace(tzinfo=None)) for name in ('from_ts', 'to_ts'))
            if data['count'] == 1:
                return self.env._("One record of %(at)s was lost on the host: %(reason)s", at=first, reason=data['reason'])
            return self.env._(
                "%(count)s records from %(from)s to %(to)s were lost on the host: %(reason)s",
                count=data['count'], reason=data['reason'], **{'from': first, 'to': last})
        if kind == 'spool_damaged':
            return self.env._("The agent's spool was damaged and set aside as %(file)s.", file=data['file'])
        return self.env._(
            "Since %(at)s this agent works in a new epoch: its image was restored, or its key is used on two machines. Find out which.",
            at=text(ts))

    def _step_words(self):
        """Return the next step of this one host as a sentence or two for who may do it, False when there is none."""
        words = {
            'issue_code': lambda: self.env._(
                "Next: press “Enrolment code”. It shows the command to run on the host."),
            'use_code': lambda: self.env._(
                "Next: run the command that came with the code on the host, until %(until)s. When it has enrolled, reload this page and "
                "confirm it. Lost the code? Make a new one.", until=moment_text(self.env, self.code_expires_at)),
            'code_expired': lambda: self.env._(
                "The enrolment code expired on %(until)s. Next: press “Enrolment code” for a new one.",
                until=moment_text(self.env, self.code_expires_at)),
            'confirm': lambda: self.env._(
                "Next: compare the key below with the one that the agent printed on the host, then press “Confirm this host”. "
                "Until then nothing it says is taken."),
            'wait': lambda: self.env._(
                "Confirmed. The first report comes within a minute or two; the checks that every host gets are made already."),
            'silent': lambda: self.env._(
                "Nothing was heard from this host for three minutes or more. Is it on and connected, and does the agent's service run there? "
                "“itc-agent doctor” on the host tells what is wrong."),
            'enrol_again': lambda: self.env._(
                "Its key was revoked: it can report nothing. To let it in again, press “Enrolment code”."),
        }.get(self.step)
        if not words:
            return False
        is_managers = self.step not in ('wait', 'silent', 'fine')
        if is_managers and not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            return self.env._("A manager of IT Continuity does this: %(step)s", step=words())
        return words()
