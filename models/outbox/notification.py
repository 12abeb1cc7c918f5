import uuid
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL

from ...lib import outbox
from ..mixins import clock

CRON = 'it_continuity.it_notification_cron'

# What was told is forgotten after so long; the records that it was about keep their own history.
KEPT_SENT_DAYS = 90
KEPT_GIVEN_UP_DAYS = 365
GC_LIMIT = 1000


class ItNotification(models.Model):
    """One message to one channel: queued by whoever has something to tell, sent by a job after that is committed.

    No message is lost: what cannot be sent is tried again, and at last stands in the list of dead letters until a person decides.
    """
    _name = 'it.notification'
    _description = "Notification"
    _inherit = ['it.guarded.mixin']
    _order = 'id desc'
    _rec_name = 'title'
    _log_access = True

    channel_id = fields.Many2one('it.notification.channel', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    key = fields.Char(required=True, readonly=True, help="What it tells of: one message a channel and key.")
    title = fields.Char(required=True, readonly=True)
    text = fields.Text(readonly=True)
    severity = fields.Selection(
        selection=[('ok', "Well again"), ('info', "For information"), ('warning', "Warning"), ('critical', "Critical")],
        required=True, readonly=True, default='critical')
    url = fields.Char("Link", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field='res_model', readonly=True)
    user_id = fields.Many2one('res.users', string="For", readonly=True, ondelete='set null', help="Empty: for the people of the channel.")
    is_test = fields.Boolean("Test", readonly=True)
    is_confirmed = fields.Boolean("Seen to arrive", compute='_compute_is_confirmed')

    state = fields.Selection(
        selection=[('waiting', "Waiting"), ('sending', "Being sent"), ('sent', "Sent"), ('dead', "Not delivered"), ('given_up', "Given up")],
        required=True, readonly=True, default='waiting')
    idempotency_key = fields.Char("Key of the sending", required=True, readonly=True, help="The same at each try: who gets it twice can tell.")
    tries = fields.Integer(readonly=True)
    cut_off = fields.Integer(readonly=True, help="How often its sender ended in the middle of sending it.")
    due_at = fields.Datetime("Next try", readonly=True)
    queued_at = fields.Datetime("Since", required=True, readonly=True)
    sent_at = fields.Datetime("Sent on", readonly=True)
    reason = fields.Char("Why not", readonly=True)
    mail_mail_id = fields.Many2one('mail.mail', readonly=True, ondelete='set null', groups='base.group_system', index='btree_not_null')

    _key_uniq = models.UniqueIndex('(channel_id, key)')
    _due_idx = models.Index("(due_at) WHERE state IN ('waiting', 'sending')")

    # === COMPUTE METHODS === #

    @api.depends('channel_id.confirmed_at', 'channel_id.test_id')
    def _compute_is_confirmed(self):
        for notification in self:
            channel = notification.channel_id
            notification.is_confirmed = channel.test_id == notification and channel.is_test_confirmed

    # === ACTION METHODS === #

    def action_confirm(self):
        """Say that this test arrived. :raises UserError: it is no test, or not the last one of its channel"""
        for notification in self:
            if notification != notification.channel_id.test_id:
                raise UserError(self.env._("Only the last test of a channel is confirmed."))
            notification.channel_id.action_confirm()

    def action_retry(self):
        """Try again, from the beginning. :raises AccessError: not a manager; :raises UserError: it is not among the dead letters"""
        self._check_manager()
        self._check_state('dead', 'given_up')
        now = clock.now(self.env)
        self.sudo()._transition({'state': 'waiting', 'tries': 0, 'cut_off': 0, 'due_at': now, 'queued_at': now, 'reason': False})
        channels_sudo = self.channel_id.sudo()
        channels_sudo._transition({'retry_at': False})
        self._wake()

    def action_ask_give_up(self):
        """Ask for the reason before these are given up."""
        self._check_manager()
        self._check_state('dead', 'waiting')
        return {
            'type': 'ir.actions.act_window', 'res_model': 'it.notification.give.up', 'target': 'new', 'views': [(False, 'form')],
            'name': self.env._("Give up"), 'context': {'default_notification_ids': [Command.set(self.ids)]}}

    def action_give_up(self, reason):
        """Try no more. :raises AccessError: not a manager; :raises UserError: there is no reason, or it is sent or being sent"""
        self._check_manager()
        self._check_state('dead', 'waiting')
        self.sudo()._transition({'state': 'given_up', 'reason': outbox.line(self._checked_reason(reason)), 'due_at': False})

    def action_open_record(self):
        """Open what it is about, for who may read it. :raises UserError: it is not there any more"""
        self.ensure_one()
        if self.res_model not in self.env or not self.env[self.res_model].browse(self.res_id).exists():
            raise UserError(self.env._("What this message is about is not there any more."))
        return {'type': 'ir.actions.act_window', 'res_model': self.res_model, 'res_id': self.res_id, 'views': [(False, 'form')]}

    # === CRON === #

    @api.autovacuum
    def _gc_done(self):
        """Forget what was sent or given up long ago; what was not delivered stays until a person decides."""
        now = clock.now(self.env)
        old = self.search([
            '|', '&', ('state', '=', 'sent'), ('sent_at', '<', now - timedelta(days=KEPT_SENT_DAYS)),
            '&', ('state', '=', 'given_up'), ('write_date', '<', now - timedelta(days=KEPT_GIVEN_UP_DAYS))], limit=GC_LIMIT)
        old.unlink()
        return len(old), len(old) == GC_LIMIT

    # === BUSINESS METHODS === #

    def _check_manager(self):
        """:raises AccessError: who acts is no manager, or one of another company"""
        self.check_access('read')
        if not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._("Managers decide about messages that were not delivered."))

    @api.model
    def _is_guarded(self, name):
        """Nothing of a message is written by a person but through its buttons."""
        return True

    @api.model
    def _queue(self, channels, key, title, text, severity='critical', url=False, record=None, user=None):
        """Queue one message for each of these channels; it is sent by a job after this transaction is committed.

        :param channels: `it.notification.channel`; archived ones get nothing
        :param str key: what it tells of; a channel that had a message of this key gets none
        :param str title: one line; `text`: plain text, shown as text everywhere, whatever is in it
        :param str severity: one of `lib.outbox.SEVERITIES`
        :param str url: where the receiver is led, False for nowhere
        :param record: what it is about; an activity is planned there
        :param user: `res.users` of the one person whom it is for; empty: the people of the channel
        :return: the notifications that are new
        :raises ValueError: the severity is none, or there is no key
        """
        if severity not in outbox.SEVERITIES or not key:
            raise ValueError(f'{severity!r} is no severity, or {key!r} no key')
        self.env.flush_all()  # the channels, and the record it is about
        values = {
            'key': outbox.line(key), 'title': outbox.line(title) or '–', 'text': outbox.plain(text), 'severity': severity, 'url': url or None,
            'res_model': record._name if record else None, 'res_id': record.id if record else None, 'user_id': user.id if user else None}
        ids = [self._insert(channel, values) for channel in channels.sudo().filtered('active')]
        ids = [one for one in ids if one]
        if ids:
            self.invalidate_model()
            self._wake()
        return self.browse(ids)

    @api.model
    def _insert(self, channel, values):
        """Write one message unless its channel had one of this key; return its id, False for none.

        By SQL: who queues the same key in the same moment waits for the other one here, and then has nothing to add, though a transaction
        that began before cannot see what the other one wrote: PostgreSQL then speaks of a conflict.
        """
        now = clock.now(self.env)
        values = {
            **values, 'channel_id': channel.id, 'company_id': channel.company_id.id, 'state': 'waiting', 'idempotency_key': str(uuid.uuid4()),
            'tries': 0, 'cut_off': 0, 'due_at': now, 'queued_at': now, 'create_uid': self.env.uid, 'write_uid': self.env.uid, 'create_date': now,
            'write_date': now}
        insert = SQL(
            "INSERT INTO it_notification (%s) VALUES (%s) ON CONFLICT (channel_id, key) DO NOTHING RETURNING id",
            SQL(', ').join(map(SQL.identifier, values)), SQL(', ').join(SQL('%s', value) for value in values.values()))
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(insert, log_exceptions=False)
                row = self.env.cr.fetchone()
        except psycopg2.errors.SerializationFailure:
            return False
        return row[0] if row else False

    @api.model
    def _wake(self, at=None):
        """Have the job look when this transaction is committed, or at a moment."""
        cron_sudo = self.env.ref(CRON, raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger(at)

    # === WHEN IT MAY GO === #

    def _hours(self, start, end):
        """Return the spans, naive UTC, between two moments in which this one message may go, None for any hour. Extended by rooms above."""
        return None

    def _opens_at(self, moment):
        """Return when this one message may go that is due at a moment: then, or as its hours begin."""
        return outbox.opening(moment, self._hours(moment, moment + timedelta(days=outbox.LOOK_AHEAD_DAYS)))

    def _is_last(self, now):
        """Tell whether this one message has been tried for long enough; when it was not to go does not count."""
        return outbox.is_last(self.tries, self.queued_at, now, outbox.shut_time(self.queued_at, now, self._hours(self.queued_at, now)))

    # === WHAT BECAME OF IT === #

    def _sent(self):
        """It left. Its channel works."""
        self._transition({'state': 'sent', 'sent_at': clock.now(self.env), 'due_at': False, 'reason': False})
        troubled = self.channel_id.filtered('failures')
        if troubled:
            troubled._transition({'failures': 0, 'retry_at': False, 'last_error': False})

    def _failed(self, reason, is_hopeless=False, asked_s=None):
        """A try failed: the next one comes later, or it is a dead letter. Its channel rests as well, so that it holds up nobody.

        :param str reason: why, without secrets
        :param is_hopeless: another try would fare the same
        :param asked_s: seconds for which the service asked to be left alone
        """
        now, channel = clock.now(self.env), self.channel_id
        failures = channel.failures + 1
        channel._transition({
            'failures': failures, 'last_error': outbox.line(reason),
            'retry_at': False if is_hopeless else outbox.next_try(failures, now, asked_s)})
        if is_hopeless or self._is_last(now):
            return self._dead(reason)
        due_at = self._opens_at(outbox.next_try(self.tries, now, asked_s))
        self._transition({'state': 'waiting', 'due_at': due_at, 'reason': outbox.line(reason)})
        self._wake(due_at)

    def _dead(self, reason):
        """It is not tried any more until a person says so."""
        self._transition({'state': 'dead', 'due_at': False, 'reason': outbox.line(reason)})
