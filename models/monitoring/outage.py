from datetime import datetime

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from ..mixins import clock
from ..mixins.time_words import moment_text

# What a host told by itself is left as it told it; people add what was behind it.
MEASURED_FIELDS = frozenset({'asset_id', 'start_at', 'end_at', 'company_id'})
TOLD_FIELDS = frozenset({'asset_id', 'kind', 'start_at', 'end_at', 'cause', 'company_id'})


class ItOutage(models.Model):
    """A time during which something did not work: a system, or the whole site. Technicians log it, agents record what they can tell."""
    _name = 'it.outage'
    _description = "Outage"
    _inherit = ['it.used.mixin', 'it.guarded.mixin', 'it.thread.mixin']
    _order = 'start_at desc, id desc'
    _rec_name = 'kind'
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'source', 'reported_by_id', 'agent_id', 'author_ids'})

    company_id = fields.Many2one('res.company', default=lambda self: self.env.company, index=True)
    asset_id = fields.Many2one(
        'it.asset', index=True, check_company=True, ondelete='restrict', tracking=True, help="Empty: the whole site.")
    where = fields.Char(compute='_compute_where')
    kind = fields.Selection(
        selection=[
            ('power', "Power"),
            ('network', "Network"),
            ('hardware', "Hardware"),
            ('software', "Software"),
            ('provider', "Provider"),
            ('maintenance', "Planned maintenance"),
            ('unclean_stop', "Unclean stop"),
            ('agent_silent', "Agent silent"),
            ('other', "Other"),
        ],
        required=True, default='power', tracking=True,
        help="Unclean stop: the host says that it was not shut down properly, by a power cut or a crash. "
             "Agent silent: no word came from the host; whether it stood still is not known.")
    start_at = fields.Datetime("From", required=True, default=lambda self: clock.now(self.env), tracking=True)
    end_at = fields.Datetime("Until", tracking=True, help="Empty: it goes on.")
    is_ongoing = fields.Boolean("Going on", compute='_compute_is_ongoing', search='_search_is_ongoing')
    duration_h = fields.Float("Hours", compute='_compute_is_ongoing', help="Hours from beginning to end, or until now.")
    cause = fields.Text(tracking=True, help="What was behind it, and what brought it back.")
    source = fields.Selection(
        [('person', "A person"), ('agent', "An agent")], required=True, readonly=True, default='person', copy=False)
    reported_by_id = fields.Many2one('res.users', string="Reported by", readonly=True, copy=False)
    author_ids = fields.Many2many(
        'res.users', 'it_outage_author_rel', string="Told by", readonly=True, copy=False, ondelete='restrict', context={'active_test': False},
        help="Everybody who logged it, or changed what it says. None of them decides what it excuses.")
    agent_id = fields.Many2one('it.agent', readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    is_settled = fields.Boolean("Settled", compute='_compute_is_settled', help="It was accepted as an excuse, so it stays as it is.")

    _span_ordered = models.Constraint('CHECK(end_at IS NULL OR end_at > start_at)', "An outage ends after it begins.")
    _span_idx = models.Index('(company_id, start_at)')
    # The same stop or silence of a host is recorded once, however often its word comes or two jobs look.
    _fact_uniq = models.UniqueIndex('(agent_id, start_at) WHERE agent_id IS NOT NULL')

    # === COMPUTE METHODS === #

    @api.depends('kind', 'asset_id.name', 'start_at')
    @api.depends_context('lang', 'tz')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for outage in self:
            started = moment_text(self.env, outage.start_at)
            outage.display_name = " · ".join(filter(None, (
                kinds.get(outage.kind), outage.asset_id.name or self.env._("whole site"), started)))

    @api.depends('asset_id.name')
    @api.depends_context('lang')
    def _compute_where(self):
        for outage in self:
            outage.where = outage.asset_id.name or self.env._("Whole site")

    @api.depends('start_at', 'end_at')
    def _compute_is_ongoing(self):
        now = clock.exact(self.env)
        for outage in self:
            outage.is_ongoing = bool(outage.start_at) and outage.start_at <= now and (not outage.end_at or outage.end_at > now)
            until = outage.end_at or max(now, outage.start_at or now)
            outage.duration_h = (until - outage.start_at).total_seconds() / 3600 if outage.start_at else 0.0

    def _search_is_ongoing(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return ['&', ('start_at', '<=', 'now'), '|', ('end_at', '=', False), ('end_at', '>', 'now')]

    def _compute_is_settled(self):
        settled = self._settled()
        for outage in self:
            outage.is_settled = outage in settled

    # === CONSTRAINT METHODS === #

    @api.constrains('start_at', 'end_at', 'kind')
    def _check_not_ahead(self):
        """Refuse what lies ahead: an outage is what was, a downtime is what is planned."""
        now = clock.exact(self.env)
        for outage in self:
            if max(outage.start_at, outage.end_at or outage.start_at) > now:
                raise ValidationError(self.env._(
                    "From, Until: an outage has begun before somebody can have seen it. What is known ahead of time is a planned downtime."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_has_company(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Keep what was measured as measured, and what was accepted as an excuse as it was accepted.

        :raises AccessError: these outages may not be changed so, whoever asks
        """
        self._check_has_company(vals)
        told = TOLD_FIELDS & vals.keys()
        if told:
            self._check_changeable(told, fields.Datetime.to_datetime(vals.get('end_at')))
        result = super().write(vals)
        self._note_author(told)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        if self._settled():
            raise UserError(self.env._("An outage that was accepted as an excuse stays: it is evidence."))
        if any(outage.source == 'agent' for outage in self):
            raise UserError(self.env._("What an agent recorded stays."))

    # === ACTION METHODS === #

    def action_end(self):
        """Say that it is over now."""
        now = clock.now(self.env)
        self.filtered('is_ongoing').write({'end_at': now})

    # === BUSINESS METHODS === #

    @api.model
    def _get_guarded_initial(self):
        return {'source': 'person', 'reported_by_id': self.env.uid, 'agent_id': False, 'author_ids': self._as_author()}

    @api.model
    def _as_author(self):
        """Return the commands that name the current user an author; what the software does by itself is nobody's word."""
        return [] if self.env.uid == SUPERUSER_ID else [Command.link(self.env.uid)]

    def _note_author(self, names):
        """Note that the current user changed these fields of these outages. The cause that somebody adds to what an agent measured is a remark."""
        changed = self.filtered(lambda outage: names - ({'cause'} if outage.source == 'agent' else set()))
        if changed and self._as_author():
            changed.sudo()._transition({'author_ids': self._as_author()})

    def _authors(self):
        """Return whose word this one outage is: nobody's when an agent measured it."""
        return self.author_ids | self.reported_by_id

    def _settled(self):
        """Return those of these outages on which somebody's decision rests. Extended by the rooms that decide by outages."""
        return self.browse()

    def _check_has_company(self, vals):
        # An outage without a company is everybody's: only a host that belongs to none can tell of one.
        if not self.env.su and 'company_id' in vals and not vals['company_id']:
            raise ValidationError(self.env._("Company: say in which company it was."))

    def _settled_until(self):
        """Return the moment (naive UTC) before which this one settled outage may not end: somebody counted on it. Extended likewise."""
        return datetime.min

    def _check_changeable(self, names, end_at):
        """:raises AccessError: one of these outages is settled, or was measured by an agent"""
        settled = self._settled()
        for outage in self:
            if outage in settled and not outage._may_end(names, end_at):
                raise AccessError(self.env._(
                    "“%(name)s” was accepted as an excuse and stays as it is.", name=outage.display_name))
            if outage.source == 'agent' and names & MEASURED_FIELDS:
                raise AccessError(self.env._(
                    "“%(name)s” was measured by an agent: add its kind and its cause, the times stay.", name=outage.display_name))

    def _may_end(self, names, end_at):
        """Tell whether the change only gives this one settled outage an end, and one after all that was decided while it went on."""
        return names == {'end_at'} and not self.end_at and (not end_at or end_at >= self._settled_until())

    # === WHAT HOSTS TELL BY THEMSELVES === #

    @api.model
    def _record(self, agent, values):
        """Record what an agent tells; nobody reported it.

        :return: the new outage; none when it is recorded already
        """
        if self.search_count([('agent_id', '=', agent.id), ('start_at', '=', values['start_at'])], limit=1):
            return self.browse()
        outage = self.create({'asset_id': agent.asset_id.id, 'company_id': agent.company_id.id, **values})
        outage._transition({'source': 'agent', 'agent_id': agent.id, 'reported_by_id': False, 'author_ids': [Command.clear()]})
        return outage

    def _tell(self, values):
        """Write what the agent of these outages tells of them now, past the guard that keeps people from its times."""
        self._transition(values)
