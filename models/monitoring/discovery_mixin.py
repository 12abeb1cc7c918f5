from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# What only the host says, and the button that asks it.
DISCOVERY_FIELDS = frozenset({'proposal_ids', 'discover_rev', 'discovered_rev', 'discovered_at', 'discover_blind'})


class ItDiscoveryMixin(models.AbstractModel):
    """What a host finds on itself, and who asked it to look: a part of ``it.agent``, apart for the length of its file."""
    _name = 'it.discovery.mixin'
    _description = "What a Host Finds on Itself"

    proposal_ids = fields.One2many('it.check.proposal', 'agent_id', string="What was found", readonly=True)
    proposal_count = fields.Integer("Number of proposals", compute='_compute_proposal_count')
    has_proposals = fields.Boolean(compute='_compute_proposal_count', search='_search_has_proposals', help="Found things wait for a decision.")
    discover_rev = fields.Integer(readonly=True, copy=False, help="How often somebody asked the host to look what is there.")
    discovered_rev = fields.Integer(readonly=True, copy=False, default=-1, help="Which of these it has answered.")
    discovered_at = fields.Datetime("Looked at", readonly=True, copy=False, help="When what is there was last told.")
    discover_blind = fields.Json("What it could not look at, as JSON", readonly=True, copy=False)
    discover_text = fields.Text("Could not look", compute='_compute_discover_text')

    # === COMPUTE METHODS === #

    @api.depends('proposal_ids.state')
    def _compute_proposal_count(self):
        waiting = self.proposal_ids.filtered('is_open').grouped('agent_id')
        for agent in self:
            agent.proposal_count = len(waiting.get(agent, ()))
            agent.has_proposals = bool(agent.proposal_count)

    def _search_has_proposals(self, operator, value):
        if operator != 'in':
            return NotImplemented
        waiting = Domain('id', 'in', self.env['it.check.proposal'].search([('is_open', '=', True)]).agent_id.ids)
        return waiting if True in value else ~waiting

    @api.depends('discover_blind', 'discover_rev', 'discovered_rev')
    @api.depends_context('lang')
    def _compute_discover_text(self):
        for agent in self:
            lines = [f"{one['family']}: {one['why']}" for one in agent.discover_blind or []]
            if agent.discover_rev > agent.discovered_rev >= 0:
                lines.insert(0, self.env._("Asked to look again; the answer comes with one of the next reports."))
            agent.discover_text = '\n'.join(lines) or False

    # === ACTION METHODS === #

    def action_open_proposals(self):
        """Open what waits for a decision, for who may decide; else all that was found."""
        self.ensure_one()
        if self.proposal_count and self.env['it.check'].has_access('create'):
            return self.env['it.proposal.accept']._open(self)
        return self.action_open_found()

    def action_open_found(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_check_proposal_action')
        return action | {'domain': [('agent_id', '=', self.id), ('is_shown', '=', True)]}

    def action_discover(self):
        """Let the host look what is there, with its next report.

        :raises AccessError: the person adds no checks
        """
        self.check_access('read')
        self.env['it.check'].check_access('create')
        if any(agent.state != 'active' or agent.is_server for agent in self):
            raise UserError(self.env._("Only a confirmed host can be asked to look what is there."))
        for agent_sudo in self.sudo():  # who adds checks may ask; write() would want a manager
            agent_sudo.discover_rev += 1

    # === BUSINESS METHODS === #

    def _take_discovered(self, data, looked_at):
        """Keep what this host says is there, and what it could not look at."""
        self.env['it.check.proposal']._take(self, data, looked_at)
        self.write({'discovered_at': looked_at, 'discovered_rev': min(data['rev'], self.discover_rev), 'discover_blind': data['blind']})
