import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib import check_text, proposal, protocol
from ..mixins import clock

_logger = logging.getLogger(__name__)
# A host finds a few dozen things; one that names others each day must not fill the database.
MAX_KEPT = 200
NAME_LENGTH = 80


class ItCheckProposal(models.Model):
    """A thing that a host found on itself, and the check that would look at it. Nobody but the host writes it, people only decide."""
    _name = 'it.check.proposal'
    _description = "Proposed Check"
    _order = 'agent_id, is_sure desc, code, id'

    agent_id = fields.Many2one('it.agent', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='agent_id.company_id', store=True, index=True)
    key = fields.Char(required=True, readonly=True)
    code = fields.Char("Template's code", required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True, help="Which collector of the agent would look.")
    settings = fields.Json("Settings as JSON", readonly=True)
    is_sure = fields.Boolean("Sure", readonly=True, help="The host is sure what it is, and that these settings are right.")
    why = fields.Text(readonly=True, help="The host's own words.")
    decision = fields.Selection([('accepted', "Accepted"), ('dismissed', "Dismissed")], readonly=True)
    decided_by_id = fields.Many2one('res.users', string="Decided by", readonly=True, ondelete='restrict')
    decided_at = fields.Datetime("Decided at", readonly=True)
    check_id = fields.Many2one('it.check', readonly=True, index='btree_not_null', ondelete='set null')
    seen_from = fields.Datetime("Seen from", required=True, readonly=True)
    seen_to = fields.Datetime("Not seen since", readonly=True, help="Empty while the host finds it.")
    state = fields.Selection(
        [('new', "New"), ('accepted', "Accepted"), ('dismissed', "Dismissed"), ('vanished', "Vanished")],
        compute='_compute_state', store=True, index=True)
    template_id = fields.Many2one('it.check.template', compute='_compute_offer')
    offer = fields.Selection(
        [('open', "Can be added"), ('watched', "Watched already"), ('unknown', "Nothing here can look at it")], compute='_compute_offer')
    is_open = fields.Boolean("Waits for a decision", compute='_compute_offer', search='_search_is_open')
    is_shown = fields.Boolean(compute='_compute_offer', search='_search_is_shown', help="This Odoo and this host know what could look at it.")
    name = fields.Char(compute='_compute_name')
    settings_text = fields.Text("Settings", compute='_compute_name', help="What the check would look at, with what its template adds.")

    _key_uniq = models.Constraint('UNIQUE(agent_id, key)', "A host proposes each thing once.")

    # === COMPUTE METHODS === #

    @api.depends('decision', 'seen_to')
    def _compute_state(self):
        for one in self:
            one.state = 'dismissed' if one.decision == 'dismissed' else 'vanished' if one.seen_to else one.decision or 'new'

    @api.depends('code', 'kind', 'settings', 'decision', 'seen_to')
    def _compute_offer(self):
        templates = self.env['it.check.template'].search(Domain('code', 'in', self.mapped('code')) | Domain('kind', 'in', self.mapped('kind')))
        kinds = {(kind.agent_id, kind.kind): kind for kind in self.env['it.check.kind'].search([('agent_id', 'in', self.agent_id.ids)])}
        checks = self.env['it.check'].with_context(active_test=False).search([('agent_id', 'in', self.agent_id.ids)])
        by_template = checks.grouped(lambda check: (check.agent_id, check.template_id))
        by_kind = checks.grouped(lambda check: (check.agent_id, check.kind))
        for one in self:
            template, kind = one._template_among(templates), kinds.get((one.agent_id, one.kind))
            one.template_id = template
            if not template or not kind or not one._fits(template, kind):
                one.offer = 'unknown'
            else:
                # What has a place of its own may be looked at by a check that somebody made otherwise.
                alike = by_kind.get((one.agent_id, one.kind), checks.browse()) if one.settings and one.kind not in proposal.GENERAL_KINDS else checks.browse()
                one.offer = 'watched' if one._is_watched(by_template.get((one.agent_id, template), checks.browse()) | alike, kind) else 'open'
            one.is_open = one.offer == 'open' and one.state == 'new'
            one.is_shown = one.offer != 'unknown'

    def _search_is_open(self, operator, value):
        return self._search_offered(operator, value, 'is_open', Domain('state', '=', 'new'))

    def _search_is_shown(self, operator, value):
        return self._search_offered(operator, value, 'is_shown', Domain.TRUE)

    @api.model
    def _search_offered(self, operator, value, name, narrowed):
        if operator != 'in':
            return NotImplemented
        found = Domain('id', 'in', self.search(narrowed).filtered(name).ids)
        return found if True in value else ~found

    @api.depends('template_id', 'settings')
    @api.depends_context('lang')
    def _compute_name(self):
        for one in self:
            one.name = one.template_id.name or one.code
            one.settings_text = check_text.write_settings(one._whole_settings())

    # === ACTION METHODS === #

    def action_dismiss(self):
        """Say that nothing has to look at these: they are not proposed again."""
        self._check_may_decide()
        self.filtered(lambda one: one.decision != 'accepted')._decide('dismissed')

    def action_propose_again(self):
        """Take back a decision: what was dismissed, or of which the check is gone, is proposed again."""
        self._check_may_decide()
        taken_back = self.filtered(lambda one: one.decision and not one.check_id)
        # Only this method and the host write proposals; who asks was checked.
        taken_back.sudo().write({'decision': False, 'decided_by_id': False, 'decided_at': False})

    # === BUSINESS METHODS === #

    def _template_among(self, templates):
        """Return the template of this one proposal: by its code; else the only one of its kind, unless such a kind looks at anything."""
        own = templates.filtered(lambda template: template.kind == self.kind and template.company_id in (self.agent_id.company_id, self.env['res.company']))
        by_code = own.filtered(lambda template: template.code == self.code).sorted(lambda template: not template.company_id)
        if by_code or self.kind in proposal.UNLIKE_KINDS:
            return by_code[:1]
        return own if len(own) == 1 else own.browse()

    def _whole_settings(self):
        """Return the settings that the check of this one proposal would have."""
        return {**(self.template_id.settings or {}), **(self.settings or {})}

    def _fits(self, template, kind):
        """Tell whether the host takes the settings that the check would have."""
        settings = {**(template.settings or {}), **(self.settings or {})}
        declared = {one['name']: one for one in kind.settings or []}
        return all(name in declared and check_text.fit_setting(value, declared[name]['type']) for name, value in settings.items()) and all(
            settings.get(name) not in (None, '', []) for name, one in declared.items() if one['required'])

    def _is_watched(self, checks, kind):
        """Tell whether one of some checks, archived ones too, looks at this one thing."""
        defaults = {one['name']: one['default'] for one in kind.settings or []}
        return any(proposal.covers({**defaults, **(check.settings or {})}, self.settings or {}) for check in checks)

    def _print(self):
        """Return what a reader sees of this one proposal, to tell whether it is still so."""
        return f"{protocol.digest([self.template_id.id, self.kind, self._whole_settings()]):x}"

    def _check_may_decide(self):
        """:raises AccessError: the person adds no checks"""
        self.check_access('read')
        self.env['it.check'].check_access('create')

    def _decide(self, decision, check=None):
        # Only decisions and the host write proposals; who decides was checked.
        self.sudo().write({
            'decision': decision, 'decided_by_id': self.env.uid, 'decided_at': clock.now(self.env), 'check_id': check.id if check else False})

    def _accept(self):
        """Make the checks of these proposals, each on the host that proposes it, with the guards of any other new check.

        :raises AccessError: the person adds no checks
        :raises UserError: somebody decided on one meanwhile, or the host does not find it any more
        :return: the checks
        """
        self._check_may_decide()
        self.sudo().lock_for_update()
        self.invalidate_recordset()
        if any(not one.is_open for one in self):
            raise UserError(self.env._("Somebody has decided meanwhile, or the host says something else by now. Open the proposals again to see them."))
        checks = self.env['it.check']
        for one in self:
            check = checks.browse(one.template_id.create_check(one.agent_id.id, one.settings or {}))
            one._tell_apart(check)
            one._decide('accepted', check)
            checks |= check
        for agent, proposals in self.grouped('agent_id').items():
            agent._message_log(body=self.env._("Checks added of what the host found: %(names)s.", names=", ".join(proposals.mapped('name'))))
        return checks

    def _tell_apart(self, check):
        """Let the name of a new check say what it looks at when its host has another one of that name."""
        others = self.env['it.check'].with_context(active_test=False).search_count([
            ('agent_id', '=', check.agent_id.id), ('name', '=', check.name), ('id', '!=', check.id)], limit=1)
        words = ", ".join(line.partition(' = ')[2] for line in check_text.write_settings(self.settings or {}).splitlines())
        if others and words:
            check.name = self.env._("%(check)s: %(thing)s", check=check.name, thing=words if len(words) <= NAME_LENGTH else f"…{words[1 - NAME_LENGTH:]}")

    # === WHAT THE HOST SAYS === #

    @api.model
    def _take(self, agent, data, at):
        """Keep what ``agent`` says it found, and tell on the host which checked things have vanished or come back.

        In superuser mode: it is the host's own word.

        :param data: of :func:`lib.wire_discovered.parse_discovered`
        :param at: naive UTC, when it looked
        """
        known = self.search([('agent_id', '=', agent.id)])
        by_key = {one.key: one for one in known}
        found = {one['key']: one for one in data['findings']}
        named = data.get('keys', found)
        back = known.filtered(lambda one: one.seen_to and one.key in named)
        back.seen_to = False
        for one in known:
            if one.key in found and not one.decision:  # what was decided stays as it was decided upon
                one.write(self._values(found[one.key]))
        present = {one.key for one in known if not one.seen_to}
        lost = proposal.vanished(present, named, {one['family'] for one in data['blind']})
        gone = known.filtered(lambda one: one.key in lost)
        gone.seen_to = at
        self._tell(agent, gone.filtered('check_id'), back.filtered('check_id'))
        self._add(agent, [one for key, one in found.items() if key not in by_key], known, at)

    @api.model
    def _values(self, finding):
        return {'code': finding['code'], 'kind': finding['kind'], 'settings': finding['settings'], 'is_sure': finding['sure'], 'why': finding['why']}

    @api.model
    def _add(self, agent, new, known, at):
        """Add findings, in the place of vanished ones that nobody decided on when there are too many."""
        excess = len(known) + len(new) - MAX_KEPT
        if excess > 0:
            old = known.filtered(lambda one: one.state == 'vanished' and not one.decision).sorted('seen_to')[:excess]
            left_out = excess - len(old)
            old.unlink()
            if left_out:
                _logger.warning("Agent %s proposes more than %s things: %s are left out", agent.id, MAX_KEPT, left_out)
                new = new[:max(len(new) - left_out, 0)]
        self.create([{'agent_id': agent.id, 'key': one['key'], 'seen_from': at, **self._values(one)} for one in new])

    @api.model
    def _tell(self, agent, gone, back):
        """Write on the host what of what is checked it does not find any more, and what it finds again."""
        for told, words in (
                (gone, lambda names: self.env._("Not found on this host any more, though a check looks at it: %(names)s.", names=names)),
                (back, lambda names: self.env._("Found on this host again: %(names)s.", names=names))):
            if told:
                agent.message_post(body=words(", ".join(told.check_id.mapped('name'))))
