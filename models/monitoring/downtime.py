from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain

from ...lib import downtime as plans, graph, local_time
from ..mixins import clock

# A form is filled in for a while: what was to begin a few minutes ago begins at its saving, and never earlier.
LATE_S = 900
LONGEST_DAYS, FARTHEST_DAYS = plans.MAX_DAYS, 3 * 366
# What a plan says. Once it has begun, only its end moves, and never into the past.
SAYS = frozenset({'reason', 'asset_ids', 'company_id', 'start_at', 'end_at', 'repeats', 'every', 'until'})


class ItDowntime(models.Model):
    """A time announced beforehand in which systems, and all that stops with them, may be out of order. Nobody is alerted meanwhile.

    It is the plan; what really was out of order is an outage. It says nothing about the past: a past one is not made, and a begun one keeps
    its beginning.
    """
    _name = 'it.downtime'
    _description = "Planned Downtime"
    _inherit = ['it.guarded.mixin', 'it.thread.mixin']
    _order = 'start_at desc, id desc'
    _rec_name = 'reason'
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'ended_at', 'author_ids'})

    @api.model
    def _default_start_at(self):
        return clock.now(self.env).replace(second=0)

    reason = fields.Char(required=True, tracking=True, help="What is done meanwhile, in the words of who asks later why nobody was alerted.")
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    asset_ids = fields.Many2many(
        'it.asset', 'it_downtime_asset_rel', string="Assets", required=True, check_company=True, tracking=True,
        help="What may be out of order, with everything that depends on it.")
    impact_ids = fields.Many2many(
        'it.asset', string="Stops with it", compute='_compute_impact_ids', help="What depends on these assets is covered, too.")
    start_at = fields.Datetime("From", required=True, default=lambda self: self._default_start_at(), tracking=True)
    end_at = fields.Datetime(
        "To", required=True, default=lambda self: self._default_start_at() + timedelta(hours=1), tracking=True,
        help="The end of the first time; the others last as long by the company's clock.")
    repeats = fields.Selection(
        [('once', "Once"), ('daily', "Every day"), ('weekly', "Every week, on the same weekday"),
         ('monthly_day', "Every month, on the same day"), ('monthly_nth', "Every month, on the same weekday of the month")],
        required=True, default='once', tracking=True, help="By the company's wall clock, in summer and in winter.")
    every = fields.Integer(default=1, required=True, tracking=True, help="1: each time; 2: every second day, week or month.")
    until = fields.Date("Repeats until", tracking=True, help="The last day on which it may begin. A downtime always has an end.")
    ended_at = fields.Datetime("Ended early", readonly=True, copy=False, tracking=True)
    last_at = fields.Datetime("Over at", compute='_compute_last_at', store=True, index=True, help="After this it covers nothing any more.")
    next_at = fields.Datetime("Next", compute='_compute_next')
    next_until = fields.Datetime("Until", compute='_compute_next')
    state = fields.Selection(
        [('planned', "Planned"), ('running', "Running"), ('over', "Over")], compute='_compute_next', search='_search_state')
    has_begun = fields.Boolean("Has begun", compute='_compute_next', help="It covered something already, so it keeps its beginning.")
    author_ids = fields.Many2many(
        'res.users', 'it_downtime_author_rel', string="Planned by", readonly=True, copy=False, ondelete='restrict',
        context={'active_test': False}, help="Everybody who planned it or changed what it says.")

    _ordered = models.Constraint('CHECK(end_at > start_at)', "To: a downtime ends after it begins.")
    _every_positive = models.Constraint('CHECK(every BETWEEN 1 AND 366)', "Every: from 1 to 366.")

    # === COMPUTE METHODS === #

    @api.depends('reason', 'asset_ids.name')
    def _compute_display_name(self):
        for downtime in self:
            names = ", ".join(downtime.asset_ids.mapped('name'))
            downtime.display_name = f"{names}: {downtime.reason or ''}" if names else downtime.reason

    @api.depends('asset_ids')
    def _compute_impact_ids(self):
        needed_by = self.env['it.asset']._needed_by_edges()
        for downtime in self:
            ids = {one for asset in downtime.asset_ids for one in graph.transitive(needed_by, asset._origin.id)}
            downtime.impact_ids = (self.env['it.asset'].browse(sorted(ids)) - downtime.asset_ids._origin)._filtered_access('read')

    @api.depends('start_at', 'end_at', 'repeats', 'every', 'until', 'ended_at')
    def _compute_last_at(self):
        for downtime in self:
            downtime.last_at = plans.last_at(downtime._plan()) if downtime._is_complete() else downtime.end_at

    @api.depends('start_at', 'end_at', 'repeats', 'every', 'until', 'ended_at')
    def _compute_next(self):
        now = clock.exact(self.env)
        for downtime in self:
            found = downtime._is_complete() and plans.next_stretch(downtime._plan(), now)
            downtime.next_at, downtime.next_until = found or (False, False)
            downtime.state = 'over' if found is None else 'running' if found and found[0] <= now else 'planned'
            downtime.has_begun = bool(downtime._origin.id and downtime._origin.start_at <= now)

    def _search_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        now = clock.exact(self.env)
        ahead = self.search([('last_at', '>', now)])
        by_state = {
            'over': Domain('last_at', '<=', now),
            'running': Domain('id', 'in', ahead.filtered(lambda downtime: downtime.state == 'running').ids),
            'planned': Domain('id', 'in', ahead.filtered(lambda downtime: downtime.state == 'planned').ids),
        }
        return Domain.OR([by_state[state] for state in value if state in by_state])

    # === CONSTRAINT METHODS === #

    @api.constrains('reason', 'start_at', 'end_at', 'repeats', 'every', 'until', 'asset_ids')
    def _check_plan(self):
        today = clock.now(self.env)
        for downtime in self:
            if not (downtime.reason or '').strip():
                raise ValidationError(self.env._("Reason: say what is done meanwhile."))
            if not downtime.asset_ids:
                raise ValidationError(self.env._("Assets: say what may be out of order."))
            if downtime.repeats != 'once' and not downtime.until:
                raise ValidationError(self.env._("Repeats until: a downtime always has an end."))
            if downtime.repeats != 'once' and downtime.until < local_time.local_date(downtime.start_at, downtime._tz()):
                raise ValidationError(self.env._("Repeats until: it is before the first day."))
            if downtime.end_at - downtime.start_at > timedelta(days=LONGEST_DAYS):
                raise ValidationError(self.env._("To: a downtime lasts at most %(most)s days at a time.", most=LONGEST_DAYS))
            if downtime.repeats != 'once' and plans.overlaps_itself(downtime._plan()):
                raise ValidationError(self.env._("Repeats: the next one would begin before this one has ended."))
            if downtime.last_at > today + timedelta(days=FARTHEST_DAYS):
                raise ValidationError(self.env._("Repeats until: plan at most three years ahead."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Plan downtimes. :raises ValidationError: one would say something about the past"""
        return super().create([self._from_now_on(vals) for vals in vals_list])

    def write(self, vals):
        """Change what lies ahead.

        :raises AccessError: one of these downtimes has begun or is over, and the change reaches into the past
        """
        if 'start_at' in vals and not all(downtime.has_begun for downtime in self):
            vals = self._from_now_on(vals)
        told = SAYS & vals.keys()
        if told:
            for downtime in self:
                downtime._check_changeable(told, vals)
        result = super().write(vals)
        if told and self.env.uid != SUPERUSER_ID:
            self.sudo()._transition({'author_ids': [Command.link(self.env.uid)]})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(downtime.has_begun for downtime in self):
            raise UserError(self.env._("A downtime that has begun stays: it says why nobody was alerted. End it instead."))

    # === ACTION METHODS === #

    def action_end(self):
        """End these plans now: nothing of them lies ahead any more. One that has not begun is over before it covered anything."""
        self.check_access('write')
        now = clock.now(self.env)
        ahead = self.filtered(lambda downtime: downtime.state != 'over')
        ahead._transition({'ended_at': now})
        if self.env.uid != SUPERUSER_ID:
            ahead.sudo()._transition({'author_ids': [Command.link(self.env.uid)]})

    # === BUSINESS METHODS === #

    @api.model
    def _get_guarded_initial(self):
        return {'ended_at': False, 'author_ids': [] if self.env.uid == SUPERUSER_ID else [Command.link(self.env.uid)]}

    def _authors(self):
        """Return whose word these downtimes are."""
        return self.author_ids

    @api.model
    def _from_now_on(self, vals):
        """Return values that say nothing about the past: a beginning of a few minutes ago is now; whole minutes, as people plan.

        :raises ValidationError: it was to begin earlier
        """
        now, vals = clock.now(self.env), dict(vals)
        for name in ('start_at', 'end_at'):
            moment = fields.Datetime.to_datetime(vals.get(name))
            if moment:
                vals[name] = moment.replace(second=0, microsecond=0)
        start_at = vals.get('start_at')
        if start_at and start_at < now:
            if start_at < now - timedelta(seconds=LATE_S):
                raise ValidationError(self.env._(
                    "From: a downtime is planned beforehand. What was out of order already is an outage."))
            vals['start_at'] = now
        return vals

    def _check_changeable(self, names, vals):
        """:raises AccessError: the change of this one downtime reaches into what was"""
        now = clock.now(self.env)
        changed = {name for name in names if self._would_change(name, vals[name])}
        if not self.has_begun or not changed:
            return
        if self.last_at <= now:
            raise AccessError(self.env._("“%(name)s” is over and stays as it was.", name=self.display_name))
        own_end = 'end_at' if self.repeats == 'once' else 'until'
        if changed - {own_end, 'reason'}:
            raise AccessError(self.env._(
                "“%(name)s” has begun: its assets, its beginning and how it repeats stay. End it, and plan another one.", name=self.display_name))
        end_at = fields.Datetime.to_datetime(vals.get('end_at'))
        if 'end_at' in changed and end_at and end_at < now:
            raise AccessError(self.env._("To: “%(name)s” is going on and cannot have ended already.", name=self.display_name))
        until = fields.Date.to_date(vals.get('until'))
        if 'until' in changed and until and until < clock.today(self.env, self.company_id):
            raise AccessError(self.env._("Repeats until: “%(name)s” has covered these days already.", name=self.display_name))

    def _would_change(self, name, value):
        field = self._fields[name]
        if field.type == 'many2many':
            return True
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    def _is_complete(self):
        return bool(self.start_at and self.end_at and self.repeats and self.every and self.every > 0 and (self.repeats == 'once' or self.until))

    def _tz(self):
        return self.company_id.sudo().itc_tz or 'UTC'

    def _plan(self):
        """Return this one as :class:`lib.downtime.Plan`."""
        return plans.Plan(self.start_at, self.end_at, self.repeats, self.every, self.until or None, self._tz(), self.ended_at or None)

    @api.model
    def _covering(self, assets, at):
        """Return ``{asset id: it.downtime record}`` of the assets that are in a downtime, their own or one of what they depend on.

        :param at: naive UTC
        """
        return {
            asset: self.browse(max(spans, key=lambda span: span[1])[2])
            for asset, spans in self._spans(assets, at, at + timedelta(microseconds=1)).items()}

    @api.model
    def _spans(self, assets, start, end):
        """Return ``{asset id: [(start, end, downtime id)]}``: the occurrences that meet a time, as they are, in order.

        Queries do not grow with the assets. A downtime covers what belongs to its company, or to none.

        :param start: naive UTC, like ``end``
        """
        # Whoever asks is told what is covered, not what was planned: alerts and figures are made for people of every right.
        downtimes_sudo = self.sudo().search([('start_at', '<', end), ('last_at', '>', start)])
        if not downtimes_sudo or not assets:
            return {}
        needed_by, wanted = self.env['it.asset']._needed_by_edges(), set(assets.ids)
        companies = {asset.id: asset.company_id.id for asset in assets.sudo()}
        found = {}
        for downtime in downtimes_sudo:
            covered = set(downtime.asset_ids.ids)
            covered |= {one for asset in downtime.asset_ids.ids for one in graph.transitive(needed_by, asset)}
            times = plans.stretches(downtime._plan(), start, end)
            for asset in covered & wanted:
                if companies[asset] in (downtime.company_id.id, False):
                    found.setdefault(asset, []).extend((*time, downtime.id) for time in times)
        return {asset: sorted(spans) for asset, spans in found.items() if spans}
