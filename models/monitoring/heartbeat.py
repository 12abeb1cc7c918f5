import base64
import json
import logging
import secrets
from datetime import datetime, timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.base.models.res_partner import _tz_get

from ...lib import cron, heartbeat
from ..mixins import clock
from ..mixins.guarded_mixin import initial_values
from ..mixins.time_words import moment_text
from .sample_store import OwnCycle

_logger = logging.getLogger(__name__)

MANAGER = 'it_continuity.it_continuity_group_manager'
KIND = 'heartbeat'
EPOCH = 'b' * 32  # of the stream into which only the judging job writes
# When the job has to report, and about what it tells: what it proves rests on that.
DEFINITION = frozenset({
    'active', 'name', 'asset_id', 'schedule_kind', 'period_count', 'period_unit', 'cron_line', 'cron_tz', 'grace_count', 'grace_unit'})
UNITS = {'minutes': 60, 'hours': 3600, 'days': 86400}
UNIT_NAMES = [('minutes', "minutes"), ('hours', "hours"), ('days', "days")]
# More pings than this in a minute are refused; two words a run, and a run a minute, leave room for ten jobs at one address.
PINGS_PER_MIN = 60
SERIES = ((0, '', 'run_s', 's'), (0, '', 'exit_code', ''))


class ItHeartbeat(models.Model):
    """A job that reports itself by opening an address: a backup script, a cron on any machine. Its check is judged like any other."""
    _name = 'it.heartbeat'
    _description = "Heartbeat"
    _inherit = ['it.code.mixin', 'it.guarded.mixin', 'it.thread.mixin']
    _order = 'name, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _code_by_company = True
    _guarded_fields = frozenset({'check_id', 'token_sha256', 'address_made_at', 'address_made_by_id', 'life'})
    _guard_spares_su = True  # the judging job, and what follows from a person's step that was checked
    _fixed_fields = frozenset({'company_id'})

    name = fields.Char("Job", required=True, tracking=True, help="What reports itself, as a colleague would say it.")
    code = fields.Char("Short name")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    asset_id = fields.Many2one(
        'it.asset', string="About", required=True, check_company=True, index=True, tracking=True, help="The asset whose health this tells.")
    schedule_kind = fields.Selection(
        [('period', "Every so often"), ('cron', "At the times of a crontab line")], "Reports", required=True, default='period', tracking=True)
    period_count = fields.Integer("Every", required=True, default=1, tracking=True, help="So long after its last word the next one is expected.")
    period_unit = fields.Selection(UNIT_NAMES, "Unit of the period", required=True, default='days', tracking=True)
    cron_line = fields.Char(
        "Crontab line", tracking=True, help="Minute, hour, day of the month, month, day of the week, as in the crontab that starts the job.")
    cron_tz = fields.Selection(
        _tz_get, "Time zone", required=True, default=lambda self: self.env.company.itc_tz, tracking=True, help="That of the machine's clock.")
    grace_count = fields.Integer(
        "Grace", required=True, default=1, tracking=True, help="How late it may be, and how long one run may take, before it is critical.")
    grace_unit = fields.Selection(UNIT_NAMES, "Unit of the grace", required=True, default='hours', tracking=True)
    check_id = fields.Many2one('it.check', readonly=True, copy=False, ondelete='cascade', index='btree_not_null')
    effective_state = fields.Selection(related='check_id.effective_state')
    settings_basis = fields.Selection(related='check_id.settings_basis')
    settings_accepted_by_id = fields.Many2one(related='check_id.settings_accepted_by_id')
    can_define = fields.Boolean(compute='_compute_can_define')
    token_sha256 = fields.Char(groups=fields.NO_ACCESS, copy=False)
    address_made_at = fields.Datetime("Address made", readonly=True, copy=False)
    address_made_by_id = fields.Many2one('res.users', "Address made by", readonly=True, copy=False)
    is_copied = fields.Boolean(compute='_compute_is_copied', help="This database lies elsewhere than when somebody last said where it belongs.")
    life = fields.Json(groups=fields.NO_ACCESS, copy=False)
    status_text = fields.Char("How it is", compute='_compute_status')
    success_at = fields.Datetime("Last success", compute='_compute_status')
    run_s = fields.Float("Run time", compute='_compute_status', digits=(16, 1), help="Seconds that the last run took.")
    next_at = fields.Datetime("Expected next", compute='_compute_status')
    ping_ids = fields.One2many('it.heartbeat.ping', 'heartbeat_id', string="Pings", readonly=True)

    _code_company_uniq = models.UniqueIndex('(company_id, code)', "Two heartbeats of a company cannot have the same short name.")
    _token_uniq = models.UniqueIndex('(token_sha256) WHERE token_sha256 IS NOT NULL')

    # === COMPUTE METHODS === #

    @api.depends('settings_basis')
    @api.depends_context('uid')
    def _compute_can_define(self):
        is_manager = self._is_manager()
        for one in self:
            one.can_define = is_manager or not one._origin.id or one.settings_basis == 'none'

    def _compute_is_copied(self):
        self.is_copied = self.env['it.database']._is_moved()

    @api.depends('life', 'schedule_kind', 'period_count', 'period_unit', 'cron_line', 'cron_tz', 'grace_count', 'grace_unit')
    @api.depends_context('lang', 'tz')
    def _compute_status(self):
        now, heard_since = clock.exact(self.env), self.env['it.silence']._watching_since()
        for one, one_sudo in zip(self, self.sudo(), strict=True):  # what was heard is kept from people, what it says is not
            life = heartbeat.load(one_sudo.life)
            one.success_at = life.success_at and life.success_at.replace(microsecond=0)
            one.run_s = life.run_s
            is_told_bad = (one_sudo.life or {}).get('told_code') == 2
            try:
                verdict = heartbeat.judge(life, one_sudo._schedule(), now, None if is_told_bad else heard_since)
                expected = one_sudo._schedule().next_after(life.ended_at) if life.ended_at else None
            except cron.CronError:  # only in a form that is being filled in
                one.status_text, one.next_at = False, False
                continue
            one.status_text = self._status_words(verdict, life)
            one.next_at = expected and expected.replace(microsecond=0)

    # === CONSTRAINT METHODS === #

    @api.constrains('code')
    def _check_code(self):
        for one in self:
            if not heartbeat.is_slug(one.code):
                raise ValidationError(self.env._("Short name: use small letters, digits, “-” and “_”, at most 64."))

    @api.constrains('schedule_kind', 'period_count', 'period_unit', 'cron_line', 'grace_count', 'grace_unit')
    def _check_schedule(self):
        for one in self:
            schedule = one._read_schedule()
            if schedule.grace_s < heartbeat.MIN_S or (not schedule.line and schedule.period_s < heartbeat.MIN_S):
                raise ValidationError(self.env._("“Every” and “Grace” have to be a minute at least."))
            if schedule.longest_s() > heartbeat.MAX_S:
                raise ValidationError(self.env._(
                    "From one report to the next, and the grace, can be 92 days at most: let the job report more often."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for one in records:
            one._read_schedule()
            # Technicians add checks; the host that is this Odoo is the software's own, and nobody writes its checks directly.
            server_sudo = self.env['it.agent']._server(one.company_id)
            server_sudo._offer_kind(KIND, one._kind_values())
            check = self.env['it.check'].sudo().create({
                'agent_id': server_sudo.id, 'kind': KIND, 'max_attempts': 1, **one._check_values()})
            one._transition({'check_id': check.id})
        return records

    def write(self, vals):
        """:raises AccessError: a technician changes what a manager accepted"""
        touched = DEFINITION & vals.keys()
        if touched and not self._is_manager() and any(one.settings_basis != 'none' for one in self):
            raise AccessError(self.env._(
                "A manager accepted when this job has to report: only managers change that. Add another heartbeat, or ask one."))
        before = {one: one._check_values() for one in self} if touched else {}
        result = super().write(vals)
        for one, values in before.items():
            changed = {name: value for name, value in one._check_values().items() if value != values[name]}
            if changed:
                one.check_id.sudo().write(changed)  # the check notes who changed it, and whether that is a manager
        return result

    def unlink(self):
        checks_sudo = self.check_id.sudo()  # whoever may delete the heartbeat deletes what belongs to nothing else
        result = super().unlink()
        checks_sudo.unlink()
        return result

    # === ACTION METHODS === #

    def action_new_address(self):
        """Show a new address; the one before stops working. Only its hash is kept, so it cannot be shown again."""
        token = self.new_address()
        return self._show_address(token)

    def action_new_ping_key(self):
        """Show a new ping key of the company; the one before stops working for all of its heartbeats.

        :raises AccessError: not a manager
        """
        company = self.company_id[:1] or self.env.company
        return self._show_address(self.new_ping_key(company.id), is_key=True)

    def action_accept_settings(self):
        """Stand behind when these jobs have to report: from now on they prove tasks. :raises AccessError: not a manager"""
        self.check_access('write')
        return self.check_id.action_accept_settings()

    def action_open_check(self):
        self.ensure_one()
        return {'type': 'ir.actions.act_window', 'res_model': 'it.check', 'res_id': self.check_id.id, 'views': [(False, 'form')]}

    def action_open_pings(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_heartbeat_ping_action')
        return action | {'domain': [('heartbeat_id', '=', self.id)]}

    def action_settle(self):
        """Say that this database, which lies elsewhere than before, is the original: a restore, or a move to another server.

        :raises AccessError: neither an administrator nor a manager
        """
        if not self.env.user._is_system() and not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a manager says that this database is the original."))
        self.env['it.database']._settle()
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}

    # === BUSINESS METHODS: what people define === #

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    def new_address(self):
        """Return a new token of this one heartbeat, 122 random bits."""
        self.ensure_one()
        self.check_access('write')
        if not self.active:
            raise UserError(self.env._("Unarchive the heartbeat first."))
        token = heartbeat.new_token()
        # The hash is no ordinary field: nobody may even name it, write access was checked above.
        self.sudo()._transition({
            'token_sha256': self._hash(token), 'address_made_at': clock.now(self.env), 'address_made_by_id': self.env.uid})
        self._message_log(body=self.env._("A new address was made; the one before does not work any more."))
        return token

    @api.model
    def new_ping_key(self, company_id):
        """Return a new ping key of a company, 132 random bits. :raises AccessError: not a manager of it"""
        company = self.env['res.company'].browse(company_id)
        if not self._is_manager() or company not in self.env.user.company_ids:
            raise AccessError(self.env._("Only a manager makes the company's ping key."))
        key = base64.urlsafe_b64encode(secrets.token_bytes(17)).decode()[:22]
        company.sudo().itc_ping_key_sha256 = self._hash(key)  # managers need not be allowed to write companies
        return key

    @api.model
    def _hash(self, secret):
        db_id = self.env['it.database']._db_id()
        if not db_id:
            raise UserError(self.env._("This database is a neutralized copy: it takes no pings. Make it its own first."))
        return heartbeat.token_hash(db_id, secret)

    @api.model
    def _get_guarded_initial(self):
        # The hash and what was heard cannot even be named by a person, by default or otherwise.
        return initial_values(self, [name for name in self._guarded_fields if self.env.su or not self._fields[name].groups])

    def _forget_address(self):
        """Let the addresses of these heartbeats, and the ping keys of all companies, lead nowhere any more."""
        self._transition({'token_sha256': False, 'address_made_at': False, 'address_made_by_id': False})
        companies_sudo = self.env['res.company'].sudo().with_context(active_test=False).search([('itc_ping_key_sha256', '!=', False)])
        companies_sudo.write({'itc_ping_key_sha256': False})

    def _show_address(self, secret, is_key=False):
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Ping key") if is_key else self.env._("Address of %(job)s", job=self.name),
            'res_model': 'it.heartbeat.address',
            'view_mode': 'form',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_heartbeat_id': self[:1].id, 'default_is_key': is_key, 'default_secret': secret},
        }

    def _schedule(self):
        """Return the :class:`lib.heartbeat.Schedule` of this one heartbeat. :raises CronError: its line is none"""
        grace_s = (self.grace_count or 0) * UNITS[self.grace_unit or 'hours']
        if self.schedule_kind == 'cron':
            cron.parse(self.cron_line or '')
            return heartbeat.Schedule(grace_s, line=self.cron_line, tz=self.cron_tz or 'UTC')
        return heartbeat.Schedule(grace_s, period_s=(self.period_count or 0) * UNITS[self.period_unit or 'days'])

    def _read_schedule(self):
        """Return the same. :raises ValidationError: the crontab line is none, in words that say why"""
        try:
            return self._schedule()
        except cron.CronError as error:
            parts = {
                'minute': self.env._("minute"), 'hour': self.env._("hour"), 'day': self.env._("day of the month"),
                'month': self.env._("month"), 'weekday': self.env._("day of the week")}
            words = {
                'fields': self.env._("Crontab line: write five fields, such as “0 2 * * 1-5”: minute, hour, day of the month, month, day of the week."),
                'part': self.env._("Crontab line: the field “%(field)s” cannot be read.", field=parts.get(error.field, '')),
                'never': self.env._("Crontab line: no day fits, so the job would never be expected."),
            }
            raise ValidationError(words[error.code]) from error

    def _check_values(self):
        """Return what the check of this one heartbeat takes from it."""
        schedule = self._read_schedule()
        when = {'cron': schedule.line.strip(), 'time_zone': schedule.tz} if schedule.line else {'period_s': schedule.period_s}
        return {
            'active': self.active, 'name': self.name, 'asset_id': self.asset_id.id, 'every_s': schedule.every_s(), 'settings': {**when, 'grace_s': schedule.grace_s}}

    @api.model
    def _kind_values(self):
        """Return what the host that is this Odoo says of this kind of check."""
        whole = {'type': 'int', 'default': None, 'required': False}
        text = {'type': 'str', 'default': None, 'required': False}
        return {
            'title': self.env._("Heartbeat"), 'every_s': 60, 'metrics': [], 'limits': [],
            'help': self.env._("A job that opens an address when it ends. Its run time and exit code are kept as values."),
            'settings': [
                {'name': 'period_s', 'help': self.env._("Seconds from one word of the job to the next."), **whole},
                {'name': 'cron', 'help': self.env._("Crontab line by which it runs."), **text},
                {'name': 'time_zone', 'help': self.env._("Time zone of that line."), **text},
                {'name': 'grace_s', 'help': self.env._("Seconds that it may be late, or that a run may take."), **whole}]}

    def _status_words(self, verdict, life):
        """Return in a sentence what a verdict says."""
        since = moment_text(self.env, verdict.since)
        if verdict.code == 'failed' and life.exit_code:
            return self.env._("Failed at %(at)s with exit code %(code)s.", at=since, code=life.exit_code)
        return {
            'never': lambda: self.env._("Waiting for its first ping."),
            'running': lambda: self.env._("Its first run began at %(at)s.", at=since),
            'ok': lambda: self.env._("Succeeded at %(at)s.", at=since),
            'failed': lambda: self.env._("Failed at %(at)s.", at=since),
            'overrun': lambda: self.env._("A run began at %(at)s and has not ended within its grace.", at=since),
            'late': lambda: self.env._("Expected at %(at)s, and nothing has come.", at=since),
            'away': lambda: self.env._("Nobody knows: it was expected while this Odoo was away, until %(at)s.", at=since),
        }[verdict.code]()

    # === BUSINESS METHODS: what the judging job does === #

    @api.model
    def _listen(self):
        """Turn new pings, and the silence of jobs, into results of their checks. Called by the judging job at the start of each pass."""
        heard = self.env['it.heartbeat.ping']._take_new()
        heartbeats = self.sudo().search(Domain('life', '!=', False) | Domain('id', 'in', list(heard)))
        cycles = {}
        for one in heartbeats:
            try:
                with self.env.cr.savepoint():
                    found = one._results(heard.get(one.id, []))
            except psycopg2.OperationalError:
                raise  # another transaction's doing: the whole pass is done again
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Heartbeat %s could not be judged", one.id)
                continue
            cycles.setdefault(one.check_id.agent_id.id, []).extend(found)
        self.env['it.heartbeat.ping']._drop_old(list(heard))
        for agent_id, of_agent in cycles.items():
            self.env['it.sample.store']._store_own(agent_id, EPOCH, sorted(of_agent, key=lambda cycle: cycle.at))

    def _results(self, pings):
        """Return the cycles that this one heartbeat gives now, and keep what was heard.

        :param pings: pairs of a ping's id and its :class:`lib.heartbeat.Ping`
        """
        schedule, kept = self._schedule(), self.life or {}
        told_code, told_at = kept.get('told_code'), kept.get('told_at') and datetime.fromisoformat(kept['told_at'])
        life, results = heartbeat.hear(heartbeat.load(self.life), schedule, [ping for _id, ping in pings])
        if results:
            told_code, told_at = results[-1].code, results[-1].at
        silence = heartbeat.listen(life, schedule, told_code, told_at, clock.exact(self.env), self.env['it.silence']._watching_since())
        if silence:
            results.append(silence)
            told_code, told_at = silence.code, silence.at
        if pings or results:
            kept = {**heartbeat.dump(life), 'told_code': told_code, 'told_at': told_at and told_at.isoformat()}
            self.env.cr.execute("UPDATE it_heartbeat SET life = %s WHERE id = %s", [json.dumps(kept), self.id])
            self.invalidate_recordset(['life'])
        self.env['it.heartbeat.ping']._note_run_times(
            [(ping_id, result.run_s) for ping_id, ping in pings for result in results if result.at == ping.at and result.run_s is not None])
        check = self.check_id
        return [
            OwnCycle(result.at, (check.id,), (result.code,), (self._result_words(result, life),), SERIES, (result.run_s, result.exit_code))
            for result in results]

    def _result_words(self, result, life):
        if result.code == 3 and result.verdict.code != 'away':
            return self.env._("Its schedule was changed: waiting for its next ping.")
        if result.verdict.code == 'ok' and result.code == 0:
            return ''  # the values say it
        return self._status_words(result.verdict, life)

    # === BUSINESS METHODS: what a ping needs === #

    @api.model
    def _recognise(self, address):
        """Return ``(id, company id, pings in the last minute)`` of the heartbeat that an address opens; None when it opens none.

        :param address: :class:`lib.heartbeat.Address`
        """
        db_id = self.env['it.database']._db_id()
        if not address or not db_id:
            return None
        self.env.cr.execute("""
            SELECT one.id, one.company_id, (
                       SELECT count(*) FROM it_heartbeat_ping WHERE heartbeat_id = one.id AND at > %(since)s)
              FROM it_heartbeat AS one JOIN res_company AS company ON company.id = one.company_id
             WHERE one.active AND CASE WHEN %(slug)s = '' THEN one.token_sha256 = %(hash)s
                                       ELSE company.itc_ping_key_sha256 = %(hash)s AND one.code = %(slug)s END
        """, {
            'hash': heartbeat.token_hash(db_id, address.secret), 'slug': address.slug,
            'since': clock.exact(self.env) - timedelta(minutes=1)})
        return self.env.cr.fetchone()
