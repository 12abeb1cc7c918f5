import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg2
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, models
from odoo.service.model import retrying
from odoo.tools import SQL

from ...lib import outbox
from ..mixins import clock
from . import http_post

_logger = logging.getLogger(__name__)

AT_ONCE = 4  # channels; one message each, so that a slow channel holds one place and no more
WORK_S = 30  # after so long the job ends and is called again, so that others get their turn
LOOK_AGAIN_S = 0.5  # for what was queued meanwhile, while others are on their way
LEASE_S = 120  # longer than any sending lasts: after it its sender is known to be gone
MAIL_LEASE_S = 900  # when to look whether Odoo's own queue of mails has said nothing
LOOPBACK_PARAM = 'it_continuity.outbox_loopback'
HEADERS = {'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All'}
TODO = 'mail.mail_activity_data_todo'


class Sending(NamedTuple):
    """A message that is claimed. ``request`` is None when it needs no sending any more: it went into the database, or cannot be sent."""
    notification_id: int
    channel_id: int
    tries: int
    request: outbox.Request | None
    is_loopback_allowed: bool


class ItOutbox(models.AbstractModel):
    """The job that sends what is queued.

    A message is claimed in a transaction of its own, sent outside of any, and marked in another one. Killed in between, it is sent
    once more with the same key, when its lease is over. What goes into this database itself is written and marked in one transaction.
    """
    _name = 'it.outbox'
    _description = "Outbox"

    # === CRON === #

    @api.model
    def _cron_send(self):
        self.env['ir.cron']._commit_progress()  # nothing of the job's own stays open while messages travel
        self._send_due()
        if self._next([]):
            self.env['it.notification']._wake()

    # === BUSINESS METHODS === #

    @api.model
    def _send_due(self):
        """Send what is due, several channels at once and one message a channel; return when nothing is left, or time is up."""
        until, on_the_way = time.monotonic() + WORK_S, {}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix='it_outbox') as pool:
            while True:
                while len(on_the_way) < AT_ONCE and time.monotonic() < until:
                    busy = [sending.channel_id for sending in on_the_way.values()]
                    sending = self._in_own_transaction('_take', busy)
                    if sending is None:
                        break
                    if sending.request:
                        on_the_way[pool.submit(http_post.post, sending.request, sending.is_loopback_allowed)] = sending
                if not on_the_way:
                    break
                for future in wait(on_the_way, LOOK_AGAIN_S, FIRST_COMPLETED).done:
                    self._in_own_transaction('_mark', on_the_way.pop(future), future.result())

    @api.model
    def _in_own_transaction(self, method, *args):
        """Call a method of this model in a transaction of its own, again when another one got in its way; return what it returns."""
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return retrying(lambda: getattr(env[self._name], method)(*args), env)

    @api.model
    def _take(self, busy):
        """Claim the message that has been due longest, or be done with it when it goes into this database.

        :param busy: ids of channels that are left alone for now
        :return: a :class:`Sending`, None when nothing is due
        """
        message = self._next(busy)
        if not message:
            return None
        channel = message.channel_id
        message = message.with_context(lang=channel.company_id._get_itc_lang())
        try:
            with self.env.cr.savepoint():
                request = self._begin(message)
        except psycopg2.OperationalError:
            raise  # another transaction was in the way: the whole step is done again
        except Exception as error:  # one message that cannot be handled must not hold up the others
            _logger.exception("The message %s could not be sent", message.id)
            self.env.invalidate_all()
            message._transition({'tries': message.tries + 1})
            message._failed(outbox.without_secrets(str(error), channel._secrets()))
            request = None
        is_loopback_allowed = bool(self.env['ir.config_parameter'].get_param(LOOPBACK_PARAM))
        return Sending(message.id, channel.id, message.tries, request, is_loopback_allowed)

    @api.model
    def _next(self, busy):
        """Return the message that has been due longest, locked, of no channel that rests or is busy, and that nobody else has locked."""
        rows = self.env.execute_query(SQL("""
            SELECT message.id FROM it_notification AS message JOIN it_notification_channel AS channel ON channel.id = message.channel_id
             WHERE message.state IN ('waiting', 'sending') AND message.due_at <= %(now)s
               AND (channel.retry_at IS NULL OR channel.retry_at <= %(now)s) AND channel.id != ALL(%(busy)s)
             ORDER BY message.due_at, message.id LIMIT 1 FOR NO KEY UPDATE OF message SKIP LOCKED
        """, now=clock.exact(self.env), busy=busy))
        return self.env['it.notification'].browse(row[0] for row in rows)

    @api.model
    def _begin(self, message):
        """Do what this transaction can do for a message; return the :class:`lib.outbox.Request` that is left to do, or None."""
        fault = self._fault(message)
        if fault:
            message._dead(fault)
            return None
        opens_at = message._opens_at(clock.now(self.env))
        if opens_at > clock.now(self.env):
            return self._hold(message, opens_at)
        kind = message.channel_id.kind
        if kind == 'mail':
            return self._begin_mail(message)
        was_cut_off = message.state == 'sending'
        cut_off = message.cut_off + was_cut_off
        if cut_off >= outbox.MOST_CUT_OFF:
            message._transition({'cut_off': cut_off})
            message._dead(self._cut_off_words(message))
            return None
        message._transition({
            'state': 'sending', 'tries': message.tries + 1, 'cut_off': cut_off,
            'due_at': clock.now(self.env) + timedelta(seconds=LEASE_S)})
        if kind == 'webhook':
            channel = message.channel_id
            given = {name: channel[name] or '' for name in ('url', 'token', 'topic', 'chat', 'template')}
            return outbox.request(channel.shape, given, self._words(message), message.idempotency_key)
        getattr(self, f'_deliver_{kind}')(message)
        message._sent()
        return None

    @api.model
    def _hold(self, message, until):
        """Leave a message alone until its hours begin; a mail that lies in Odoo's own queue is taken back from there.

        One whose sender is gone waits again, and that it was cut off is counted now. Of a mail that is counted as its sending begins.
        """
        mail = message.mail_mail_id.filtered(lambda mail: mail.state == 'outgoing')
        if mail:
            mail.state = 'cancel'
        is_cut_off = message.state == 'sending' and message.channel_id.kind != 'mail'
        message._transition({
            'due_at': until, 'cut_off': message.cut_off + is_cut_off, 'state': 'waiting' if mail or is_cut_off else message.state})
        message._wake(until)

    @api.model
    def _fault(self, message):
        """Return in words why a message cannot be sent whatever is tried, False when it can."""
        channel = message.channel_id
        if not channel.active:
            return message.env._("The channel was archived.")
        if channel.health == 'foreign':
            return channel.problem
        if channel.kind == 'webhook':
            return channel._webhook_fault()
        if channel.kind == 'discuss':
            return not channel.discuss_channel_id and message.env._("The channel in Discuss is not there any more.")
        if message.user_id and not channel._able(message.user_id):
            return message.env._("%(person)s is archived, or may not enter %(company)s.", person=message.user_id.name, company=channel.company_id.name)
        people = message.user_id or channel._people()
        if channel.kind == 'mail' and not channel.email_to and not any(people.mapped('email')):
            return message.env._("Nobody of whom it is for has a mail address.")
        return not people and not channel.email_to and message.env._("There is nobody whom the channel could tell.")

    @api.model
    def _words(self, message):
        return outbox.Message(
            message.title, message.text or '', message.severity, message.url or '', message.key, f'{message.create_date:%Y-%m-%dT%H:%M:%SZ}')

    @api.model
    def _mark(self, sending, answer):
        """Note what came of a sending, unless somebody else has decided about the message meanwhile."""
        rows = self.env.execute_query(SQL(
            "SELECT id FROM it_notification WHERE id = %s AND state = 'sending' AND tries = %s FOR NO KEY UPDATE",
            sending.notification_id, sending.tries))
        if not rows:
            return
        message = self.env['it.notification'].browse(sending.notification_id)
        channel = message.channel_id
        message = message.with_context(lang=channel.company_id._get_itc_lang())
        judged = {http_post.NO_ANSWER: 'again', http_post.REFUSED: 'never'}.get(answer.status) or outbox.verdict(answer.status)
        if judged == 'sent':
            return message._sent()
        reason = self._reason(message, answer)
        _logger.warning("The message %s to the channel %s was not taken: %s", message.id, channel.id, reason)
        message._failed(reason, judged == 'never', outbox.asked_pause(answer.retry_after, answer.text, clock.now(self.env)))

    @api.model
    def _reason(self, message, answer):
        """Return in words why a sending failed, without what is secret in it."""
        if answer.status == http_post.REFUSED:
            return message.env._("Its address belongs to this machine or to no host that may be written to.")
        said = outbox.without_secrets(outbox.line(answer.text), message.channel_id._secrets())
        if answer.status == http_post.NO_ANSWER:
            return message.env._("No answer: %(error)s", error=said)
        if 300 <= answer.status < 400:
            return message.env._("It answered with a redirect (%(status)s), which is not followed: give the address to which it leads.", status=answer.status)
        return message.env._("It answered %(status)s: %(text)s", status=answer.status, text=said or '–')

    # === INTO THIS DATABASE === #

    @api.model
    def _html(self, message):
        """Return a message as HTML in which everything that anybody wrote is text."""
        link = Markup('<p><a href="%s">%s</a></p>') % (message.url, message.env._("Open in Odoo")) if message.url else ''
        return Markup('<p><b>%s</b></p><p style="white-space: pre-wrap">%s</p>%s') % (
            message.title, Markup('<br/>').join((message.text or '').split('\n')), link)

    @api.model
    def _deliver_discuss(self, message):
        message.channel_id.discuss_channel_id.message_post(
            body=self._html(message), message_type='comment', subtype_xmlid='mail.mt_comment', author_id=self.env.ref('base.partner_root').id)

    @api.model
    def _deliver_activity(self, message):
        """Plan an activity for each person: on the record when it takes any and the person may read it, else on nothing."""
        record = self.env[message.res_model].browse(message.res_id).exists() if message.res_model in self.env else None
        quiet = self.env['mail.activity'].with_context(mail_activity_quick_update=True)  # no mail about it: that is another channel's
        for user in message.user_id or message.channel_id._people():
            can_be_on = record and hasattr(record, 'activity_schedule') and record.with_context(allowed_company_ids=[]).with_user(user).has_access('read')
            quiet.create({
                'activity_type_id': self.env.ref(TODO).id, 'summary': message.title, 'note': self._html(message), 'user_id': user.id,
                'date_deadline': clock.today(self.env, message.company_id),
                **({'res_model_id': self.env['ir.model']._get_id(record._name), 'res_id': record.id} if can_be_on else {})})

    # === MAIL === #

    @api.model
    def _begin_mail(self, message):
        """Hand a message to Odoo's own queue of mails, which tells us what became of it (``_note_mails``)."""
        mail = message.mail_mail_id
        if message.state == 'sending':  # the queue has said nothing for long
            if mail.state == 'outgoing' and not message._is_last(clock.now(self.env)):
                message._transition({'due_at': clock.now(self.env) + timedelta(seconds=MAIL_LEASE_S)})
            elif mail.state == 'outgoing':
                message._dead(message.env._("Odoo's own queue of mails does not send it."))
            else:
                message._dead(message.env._("The mail was deleted or cancelled before it was sent."))
            return
        if not mail:
            mail = self.env['mail.mail'].create(self._mail_values(message))
        mail.state = 'outgoing'
        message._transition({
            'state': 'sending', 'tries': message.tries + 1, 'mail_mail_id': mail.id,
            'due_at': clock.now(self.env) + timedelta(seconds=MAIL_LEASE_S)})
        self.env.ref('mail.ir_cron_mail_scheduler_action')._trigger()

    @api.model
    def _sent_by(self, mails):
        """Return the messages that are being sent by these mails."""
        return self.env['it.notification'].search([('mail_mail_id', 'in', mails.ids), ('state', '=', 'sending')])

    @api.model
    def _known_mails(self, mails):
        """Return ids of those of these mails that wait to be sent for a message, in their order."""
        found = self._sent_by(mails).mail_mail_id.ids
        return [mail.id for mail in mails if mail.id in found and mail.state == 'outgoing']

    @api.model
    def _begin_sending(self, mail):
        """Count that the sending of a mail begins; ``_note_mails`` takes it back when its end is known.

        :return: whether it may be sent; cut off too often, it is a dead letter, and the queue has it no more
        """
        messages = self._sent_by(mail)
        for message in messages.with_context(lang=messages.company_id[:1]._get_itc_lang()):
            if message.cut_off >= outbox.MOST_CUT_OFF:
                mail.sudo().state = 'cancel'
                message._dead(self._cut_off_words(message))
                return False
            message._transition({'cut_off': message.cut_off + 1})
        return True

    @api.model
    def _cut_off_words(self, message):
        return message.env._("Its sending was cut off again and again; it may have arrived. Try again if it did not.")

    @api.model
    def _mail_values(self, message):
        channel = message.channel_id
        people = message.user_id or channel._people()
        addresses = [address for address in people.partner_id.mapped('email_formatted') if address]
        addresses += [channel.email_to] if channel.email_to and not message.user_id else []
        host = urlsplit(message.get_base_url()).hostname or 'localhost'
        return {
            'subject': message.title, 'body_html': self._html(message), 'email_to': ", ".join(addresses), 'auto_delete': True,
            'email_from': channel.company_id.email_formatted or self.env.ref('base.partner_root').email_formatted,
            'message_id': f'<{message.idempotency_key}@{host}>', 'headers': repr(HEADERS)}

    @api.model
    def _note_mails(self, mails, failure_type, failure_reason):
        """Note what Odoo's queue says of mails, as it marks them."""
        for message in self._sent_by(mails):
            message = message.with_context(lang=message.company_id._get_itc_lang())
            if self.env.context.get('itc_is_begun'):  # its end is known; a server that was not reached has begun nothing
                message._transition({'cut_off': message.cut_off - 1})
            if failure_type:
                message._failed(
                    message.env._("The mail was not taken: %(reason)s", reason=failure_reason or failure_type),
                    is_hopeless=failure_type in ('mail_email_invalid', 'mail_email_missing'))
            else:
                message._sent()
