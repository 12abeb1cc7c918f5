from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import check_state, check_text, recovery, time_in_state
from ..mixins import clock

STATES = [('ok', "OK"), ('warning', "Warning"), ('critical', "Critical"), ('unknown', "Unknown")]
WAITING = ('waiting', "Waiting for its first result")
# What only the judging job says. It writes them past the ORM, so no person can, neither by form nor by RPC.
JUDGED = ('state', 'hard_state', 'is_hard', 'attempt', 'state_since', 'hard_since', 'flap_changes', 'is_flapping', 'held')
# Evidence shows the host's time beside ours when they are farther apart than people would call the same.
SAME_CLOCK_S = 60
# What is looked at and when it is bad. The task's runs stand on it, so that who ticks them must not be who loosens it.
DEFINITION = frozenset({
    'active', 'kind', 'kind_id', 'settings', 'settings_text', 'limits', 'limits_text', 'every_s', 'grace_s', 'timeout_s', 'max_attempts',
    'template_id'})
# What a check proves stands and falls with these; whose they are is told by ``settings_basis``.
LOOKED_AT = DEFINITION - {'active'}
# What of a check of this Odoo itself follows from elsewhere: from its heartbeat, or from the software.
OWN = LOOKED_AT | {'name', 'asset_id', 'agent_id'}
# Of a template a technician's check keeps these; the settings are the site's own.
GIVEN_BY_TEMPLATE = ('kind', 'limits', 'every_s', 'grace_s', 'max_attempts')
OF_TEMPLATE = (*GIVEN_BY_TEMPLATE, 'settings', 'timeout_s')
MANAGER = 'it_continuity.it_continuity_group_manager'


class ItCheck(models.Model):
    """One thing that an agent looks at regularly, and what came of it."""
    _name = 'it.check'
    _description = "Check"
    _inherit = ['it.used.mixin', 'it.check.definition.mixin', 'it.guarded.mixin', 'it.thread.mixin']
    _guarded_fields = frozenset({*JUDGED, 'settings_basis', 'settings_accepted_by_id', 'settings_accepted_at'})
    _guard_spares_su = True
    _order = 'host_id, name, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    agent_id = fields.Many2one('it.agent', required=True, index=True, ondelete='cascade')
    host_id = fields.Many2one(related='agent_id.asset_id', string="Host", store=True, index=True)
    company_id = fields.Many2one(related='agent_id.company_id', store=True, index=True)
    asset_id = fields.Many2one(
        'it.asset', string="About", compute='_compute_asset_id', store=True, readonly=False, precompute=True, required=True,
        index=True, check_company=True, tracking=True, help="The asset whose health this tells; the host unless you say otherwise.")
    template_id = fields.Many2one('it.check.template', index='btree_not_null', check_company=True)
    settings_basis = fields.Selection(
        [('none', "Not accepted"), ('template', "As its template says"), ('manager', "Accepted")], "Acceptance", required=True, readonly=True,
        default='none', index=True, copy=False, help="Without it the check watches, and proves nothing.")
    settings_accepted_by_id = fields.Many2one('res.users', "Settings accepted by", readonly=True, copy=False, ondelete='restrict')
    settings_accepted_at = fields.Datetime("Settings accepted at", readonly=True, copy=False)
    kind_id = fields.Many2one(
        'it.check.kind', string="What to look at", compute='_compute_kind_id', readonly=False, domain="[('agent_id', '=', agent_id)]",
        help="One of the kinds of checks that the host's agent offers.")
    can_define = fields.Boolean(
        compute='_compute_can_define', help="Technicians add checks; what a check looks at and when it is bad, only managers change.")
    manual = fields.Text(compute='_compute_manual', help="What the agent says about this kind of check.")
    state = fields.Selection(STATES, default='unknown', required=True, readonly=True, copy=False, help="What the newest result says.")
    hard_state = fields.Selection(
        STATES, "Confirmed state", default='unknown', required=True, readonly=True, copy=False,
        help="The state after the same problem was seen often enough in a row.")
    is_hard = fields.Boolean("Confirmed", readonly=True, copy=False, help="The newest result is confirmed.")
    attempt = fields.Integer(readonly=True, copy=False, help="Results in a row that are not ok; 0 before any result.")
    state_since = fields.Datetime("State since", readonly=True, copy=False)
    hard_since = fields.Datetime("Since", readonly=True, copy=False)
    flap_changes = fields.Integer(readonly=True, copy=False, help="Which of its last results differed from the one before, a bit each.")
    is_flapping = fields.Boolean(
        "Flapping", readonly=True, copy=False, help="It changes so often that no single result says how it is. It proves nothing meanwhile.")
    held = fields.Json(readonly=True, copy=False, help="Which of its values crossed a limit and have not passed its recovery level.")
    last_result_at = fields.Datetime("Last result", compute='_compute_newest')
    summary = fields.Char(compute='_compute_newest')
    is_stale = fields.Boolean(
        "Stale", compute='_compute_newest', search='_search_is_stale', help="No result for three intervals, or within its grace: nobody knows how it is.")
    effective_state = fields.Selection(
        [*STATES, WAITING], "Health", compute='_compute_newest', search='_search_effective_state',
        help="The confirmed state; unknown while stale. What is new waits for its first result for a few intervals; that counts as ok nowhere.")

    # === COMPUTE METHODS === #

    @api.depends('agent_id')
    def _compute_asset_id(self):
        for check in self:
            check.asset_id = check.asset_id or check.agent_id.asset_id

    @api.depends('agent_id.is_server')
    @api.depends_context('uid')
    def _compute_can_define(self):
        is_manager = self._is_manager()
        for check in self:
            check.can_define = (is_manager or not check._origin.id) and not check.agent_id.is_server

    @api.depends('agent_id', 'kind')
    def _compute_kind_id(self):
        kinds = self.env['it.check.kind'].search([('agent_id', 'in', self.agent_id.ids)])
        by_name = {(kind.agent_id.id, kind.kind): kind for kind in kinds}
        for check in self:
            check.kind_id = by_name.get((check.agent_id._origin.id, check.kind))

    @api.depends('agent_id')
    def _compute_examples(self):
        return super()._compute_examples()

    @api.depends('kind_id')
    def _compute_manual(self):
        for check in self:
            check.manual = check.kind_id.manual

    @api.depends('hard_state', 'held', 'every_s', 'grace_s', 'agent_id.state', 'agent_id.confirmed_at')
    def _compute_newest(self):
        newest = self.env['it.sample.store']._newest(self.ids)
        now = clock.exact(self.env)
        for check in self:
            found = newest.get(check._origin.id)
            check.last_result_at = found.measured_at if found else False
            check.summary = check._summary_of(found.text) if found else False
            is_fresh = check.agent_id.state == 'active' and not check_state.is_stale(
                found.earliest_at if found else None, check.every_s or 60, now, check.grace_s)
            is_awaited = not is_fresh and check._is_awaited(now)
            check.is_stale = not is_fresh and not is_awaited
            check.effective_state = check.hard_state if is_fresh else 'waiting' if is_awaited else 'unknown'

    def _search_is_stale(self, operator, value):
        if operator != 'in':
            return NotImplemented
        stale = ~self._fresh_domain() & Domain('id', 'not in', self._awaited_checks().ids)
        return stale if True in value else ~stale

    def _search_effective_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        found = self._fresh_domain() & Domain('hard_state', 'in', list(value))
        if 'waiting' in value:
            found |= Domain('id', 'in', self._awaited_checks().ids)
        return found | Domain('is_stale', '=', True) if 'unknown' in value else found

    # === CONSTRAINT METHODS === #

    @api.constrains('settings', 'kind', 'agent_id')
    def _check_settings_against_published(self):
        """Refuse what the agent would refuse: it says itself what its kinds take."""
        self._check_shape_of_definition()
        for check in self:
            check._check_settings(check._offered_kind().settings or [], check.kind)

    @api.constrains('limits', 'kind', 'agent_id')
    def _check_limits_against_published(self):
        self._check_shape_of_definition()
        for check in self:
            check._check_limits({one['name'] for one in check._offered_kind().metrics or []}, check.kind)

    @api.onchange('kind_id')
    def _onchange_kind_id(self):
        if self.kind_id:
            self.kind = self.kind_id.kind

    @api.onchange('template_id')
    def _onchange_template_id(self):
        if self.template_id and self.agent_id:
            self.update(self.template_id._prepare_check(self.agent_id))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Create checks; one without limits gets those that its agent suggests for the kind."""
        vals_list = [self._prefer_values(self._read_kind(vals)) for vals in vals_list]
        wanted = [(vals.get('agent_id'), vals.get('kind')) for vals in vals_list]
        kinds = self.env['it.check.kind'].search([('agent_id', 'in', [agent for agent, _kind in wanted])])
        suggested = {(kind.agent_id.id, kind.kind): kind for kind in kinds}
        for vals, key in zip(vals_list, wanted, strict=True):
            kind = suggested.get(key, kinds.browse())
            vals.update(self._read_text_values(vals, kind))
            if not vals.get('limits'):
                vals['limits'] = kind.limits
        checks = super(ItCheck, self._noting_settings({})).create(vals_list).with_env(self.env)
        if not self.env.su:
            checks._check_not_own()
        if not self._is_manager():
            checks._check_as_template()
        checks._note_basis()
        return checks

    def write(self, vals):
        if DEFINITION & vals.keys() and not self._is_manager():
            raise AccessError(self.env._("Only managers change what a check looks at and when it is bad. Add another check, or ask one."))
        if not self.env.su and OWN & vals.keys():
            self._check_not_own()
        if 'agent_id' in vals and any(check.agent_id.id != vals['agent_id'] for check in self):
            raise UserError(self.env._("A check stays with its agent: its history belongs to that host. Create another one there."))
        vals = self._prefer_values(vals)
        is_archived = not vals.get('active', True)
        left = self.env['it.judge']._leave(self) if is_archived else None
        result = super(ItCheck, self._noting_settings(vals)).write(self._read_kind(vals))
        if is_archived:
            self.env['it.judge']._keep_left(left)
        if LOOKED_AT & vals.keys():
            self._note_basis(LOOKED_AT & vals.keys())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        if not self.env.su:
            self._check_not_own()

    # === ACTION METHODS === #

    def action_accept_settings(self):
        """Stand behind what these checks look at and when it is bad: from now on they prove tasks.

        :raises AccessError: not a manager
        """
        self.check_access('write')
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers accept what a check looks at: what it proves rests on that."))
        waiting = self.filtered(lambda check: check.settings_basis == 'none' or not check.settings_accepted_by_id)
        waiting._transition(self._accepted_values())
        for check in waiting:
            check._message_log(body=self.env._("Settings accepted: %(settings)s", settings=check._definition_words()))

    def action_open_samples(self):
        """Open the measured values of the last day, at first only what a limit looks at: units do not mix in one graph."""
        self.ensure_one()
        metric = next((limit['metric'] for limit in self.limits or []), False)
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_sample_action')
        return action | {
            'display_name': self.env._("Values of %(name)s", name=self.name),
            'domain': [('check_id', '=', self.id)],
            'context': {'search_default_last_day': 1, 'search_default_metric': metric, 'it_values_screen': True},
        }

    # === BUSINESS METHODS === #

    def _is_awaited(self, now):
        """Tell whether this one check, of which there is no fresh result, is new or on a host that is."""
        agent, asked_at = self.agent_id, None
        if agent.state == 'revoked':
            return False
        if agent.state == 'active':
            made_at = not self.last_result_at and (self.create_date or now)
            asked_at = max(filter(None, (made_at, agent.confirmed_at)), default=self.last_result_at)
        return check_state.is_awaited(self.last_result_at or None, asked_at, self.every_s or 60, now, self.grace_s)

    def _summary_of(self, text):
        """Return what this one check is like in a line: what its host said, and what is still waited for."""
        waited = recovery.waits_for(self.limits or [], self.held or {})
        return self.env._("%(text)s – not recovered before %(levels)s", text=text, levels=', '.join(waited)) if waited else text

    @api.model
    def _fresh_domain(self):
        return Domain('id', 'in', self.env['it.sample.store']._fresh_checks()) & Domain('agent_id.state', '=', 'active')

    @api.model
    def _awaited_checks(self):
        """Return the checks that wait for their first result."""
        return self.search(~self._fresh_domain()).filtered(lambda check: check.effective_state == 'waiting')

    @api.model
    def _read_kind(self, vals):
        """Return the values with the kind's name in place of the record that a form chose; the name is what is kept."""
        if 'kind_id' not in vals:
            return vals
        chosen = self.env['it.check.kind'].browse(vals['kind_id'] or [])
        return {name: value for name, value in vals.items() if name != 'kind_id'} | ({'kind': chosen.kind} if chosen else {})

    @api.model
    def _get_guard_message(self, names):
        return self.env._("The state of a check comes from its host only, nobody can set it.")

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    def _check_not_own(self):
        """:raises UserError: one of these checks is of this Odoo itself"""
        if any(check.agent_id.is_server for check in self):
            raise UserError(self.env._(
                "Checks of this Odoo itself are made by itself: change a heartbeat under Monitoring → Heartbeats; the others stay as they are."))

    def _check_as_template(self):
        """Keep a check of a template as strict as the template: tasks count every check that was made of theirs.

        :raises AccessError: kind, limits, interval, grace or attempts are others, or it begins archived
        """
        for check in self.filtered('template_id'):
            given = {'limits': check._published_kind().limits, **check.template_id._prepare_check(check.agent_id)}
            if not check.active or any((check[name] or False) != (given[name] or False) for name in GIVEN_BY_TEMPLATE):
                raise AccessError(self.env._(
                    "A check of the template “%(name)s” keeps its kind, limits, interval, grace and attempts; only managers make another of it.",
                    name=check.template_id.name))

    def _accepted_values(self):
        return {'settings_basis': 'manager', 'settings_accepted_by_id': self.env.uid, 'settings_accepted_at': clock.now(self.env)}

    def _note_basis(self, changed=None):
        """Note on whose word these checks look at what they look at, now that somebody made or changed them.

        Who sets or changes the settings as a manager accepts them by that; the software's own are the set-up's. A manager who changes
        something else has not looked at settings that nobody accepted.

        :param changed: names of the fields that were written; None when the checks are new
        """
        is_accepting = self.env.uid == SUPERUSER_ID or self.env.user.has_group(MANAGER)
        has_looked = changed is None or bool(changed & {'settings', 'settings_text', 'kind', 'kind_id', 'template_id'})
        for check in self:
            if check._is_as_template():
                # It proves tasks as its template would. Whether a manager stands behind it on this host is told beside.
                manager_id = self.env.uid if is_accepting and self.env.uid != SUPERUSER_ID else changed is not None and check.settings_accepted_by_id.id
                values = {'settings_basis': 'template', 'settings_accepted_by_id': manager_id, 'settings_accepted_at': clock.now(self.env)}
            elif is_accepting and (has_looked or check.settings_basis != 'none'):
                values = self._accepted_values()
            else:
                values = {'settings_basis': 'none', 'settings_accepted_by_id': False, 'settings_accepted_at': False}
            check._transition(values)

    def _follow_template(self):
        """Note for these checks whether they look at what their templates say now: what only followed one is not accepted by itself any more."""
        for check in self:
            if check._is_as_template():
                check._note_basis()
            elif check.settings_basis == 'template':
                check._transition({'settings_basis': 'none', 'settings_accepted_at': False})

    def _is_as_template(self):
        """Tell whether this one check looks at what its template says, and calls it bad when the template does."""
        if not self.template_id:
            return False
        template_sudo = self.template_id.sudo()  # whether it is kept is asked of who may not read it, too
        given = {'limits': self._published_kind().limits, **template_sudo._prepare_check(self.agent_id)}
        return all((self[name] or False) == (given[name] or False) for name in OF_TEMPLATE)

    def _definition_words(self):
        """Return in one line what this one check looks at and when it is bad."""
        lines = [*check_text.write_settings(self.settings or {}).splitlines(), *check_text.write_limits(self.limits or []).splitlines()]
        return "; ".join(lines) or self.env._("nothing set")

    def _minutes_not_ok(self, start, end):
        """Return for how many minutes at least one of these checks was not confirmed to be ok, and how many minutes one was watched at all.

        Unknown is not ok: nobody looked, or it was archived meanwhile. Before the check was made nobody watched; of what is archived now
        nothing is counted.

        :param start: naive UTC, like ``end``; what lies ahead is not counted
        """
        end, bad, watched = min(end, clock.now(self.env)), [], []
        for check in self.filtered('active'):
            since = max(start, check.create_date)
            changes = self.env.execute_query(SQL("""
                SELECT at, before, after FROM it_check_transition WHERE check_id = %(check)s
                   AND (at >= %(start)s OR id > (SELECT min(id) FROM it_check_transition WHERE check_id = %(check)s AND at >= %(start)s)) ORDER BY id
            """, check=check.id, start=since))
            told = list(time_in_state.stretches(changes, check.hard_state, since, end))
            watched += [(begin, until) for _state, begin, until in told]
            bad += [(begin, until) for state, begin, until in told if state != 'ok']
        return time_in_state.union_seconds(bad, start, end) / 60, time_in_state.union_seconds(watched, start, end) / 60

    def _published_kind(self):
        return self.env['it.check.kind'].search([('agent_id', '=', self.agent_id.id), ('kind', '=', self.kind)], limit=1)

    def _offered_kind(self):
        """Return the kind of this one check as its agent published it. :raises ValidationError: it offers no such kind"""
        published = self._published_kind()
        if not published:
            offered = ', '.join(self.agent_id.kind_ids.mapped('kind'))
            raise ValidationError(self.env._(
                "The agent of %(host)s does not offer checks of kind “%(kind)s”. It offers: %(offered)s.",
                host=self.agent_id.name, kind=self.kind, offered=offered or "–"))
        return published

    def _snapshot(self, newest=None):
        """Return these checks as frozen evidence: JSON-able dicts that stand alone, whatever changes later.

        :param newest: what ``it.sample.store._newest`` gives for them, from who asks for many records
        """
        newest = self.env['it.sample.store']._newest(self.ids) if newest is None else newest
        return [check._snapshot_one(newest.get(check.id)) for check in self]

    def _snapshot_one(self, newest):
        return {
            'check_id': self.id,
            'name': self.name,
            'host': self.host_id.name,
            'asset': self.asset_id.name,
            'kind': self.kind,
            'state': self.state,
            'hard_state': self.hard_state,
            'summary': newest.text if newest else '',
            'measured_at': f'{newest.measured_at.isoformat()}+00:00' if newest else None,
            'doubt_s': round(newest.doubt_s) if newest else 0,
            'host_clock': self._host_clock(newest),
            'stale': self.is_stale or self.effective_state == 'waiting',
            'values': newest.values if newest else [],
            'definition': {
                'settings': self.settings or {}, 'limits': self.limits or [], 'every_s': self.every_s,
                **({'grace_s': self.grace_s} if self.grace_s else {})},
            **({'flapping': True} if self.is_flapping else {}),
            **({'held': recovery.waits_for(self.limits or [], self.held)} if self.held else {}),
            'accepted': {
                'basis': self.settings_basis, 'template': self.template_id.name or '', 'by': self.settings_accepted_by_id.login or '',
                'at': self.settings_accepted_at.isoformat(timespec='seconds') if self.settings_accepted_at else None},
        }

    @api.model
    def _host_clock(self, newest):
        """Return what the host's clock said when it measured, if it was another time than ours; else None."""
        if not newest or not newest.host_at or abs((newest.host_at - newest.measured_at).total_seconds()) <= SAME_CLOCK_S:
            return None
        return f'{newest.host_at.isoformat()}+00:00'

    def _proof(self, opened_at, newest=None):
        """Say whether these checks alone prove that a run opened at ``opened_at`` (naive UTC) is done.

        :param newest: as for ``_snapshot``
        :return: :class:`lib.check_state.Verdict`
        """
        newest = self.env['it.sample.store']._newest(self.ids) if newest is None else newest
        results = [
            check_state.CheckResult(
                name=check.name,
                state='unknown' if check.agent_id.state != 'active' else check.state,
                is_hard=check.is_hard,
                measured_at=newest[check.id].measured_at if check.id in newest else None,
                every_s=check.every_s,
                doubt_s=newest[check.id].doubt_s if check.id in newest else 0.0,
                is_accepted=check.settings_basis != 'none',
                is_flapping=check.is_flapping,
                grace_s=check.grace_s,
            ) for check in self]
        return check_state.proof(results, opened_at, clock.exact(self.env))
