import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...lib import outbox
from ..mixins import clock
from ..mixins.notice import notice

MANAGER = 'it_continuity.it_continuity_group_manager'
# What of a channel says where its messages go: when one of it changes, nobody has seen the new way work yet.
DESTINATION = frozenset({
    'kind', 'shape', 'company_id', 'user_ids', 'email_to', 'discuss_channel_id', 'url', 'token', 'topic', 'chat', 'template'})


class ItNotificationChannel(models.Model):
    """A way by which this Odoo reaches people, and whether somebody lately saw that it works.

    Addresses and tokens of webhooks are secrets: only managers read them, everybody else sees ``target``, in which they are masked.
    """
    _name = 'it.notification.channel'
    _description = "Way Out"
    _inherit = ['it.used.mixin', 'it.guarded.mixin']
    _order = 'sequence, name, id'
    _guarded_fields = frozenset({
        'confirmed_at', 'confirmed_by_id', 'waits_since', 'test_id', 'failures', 'retry_at', 'last_error', 'db_id'})

    name = fields.Char(required=True, help="How people call it: “Phones on duty”, “IT room in Teams”.")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[('mail', "Mail"), ('activity', "Activity in Odoo"), ('discuss', "Channel in Discuss"), ('webhook', "Webhook")],
        required=True, default='webhook')
    shape = fields.Selection(
        selection=[('ntfy', "ntfy"), ('slack', "Slack"), ('teams', "Microsoft Teams"), ('telegram', "Telegram"), ('generic', "Your own")],
        string="Service", help="What stands at the other end; it decides how a message is written.")
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    active = fields.Boolean(default=True)

    user_ids = fields.Many2many(
        'res.users', string="People", domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who gets what is meant for nobody in particular. Empty: the managers of the company.")
    email_to = fields.Char("Other mail addresses", help="Addresses of people or phones without a login, separated by commas.")
    discuss_channel_id = fields.Many2one(
        'discuss.channel', string="Channel", domain="[('channel_type', 'in', ('channel', 'group'))]", ondelete='set null')
    url = fields.Char("Address", groups=MANAGER, copy=False, exportable=False, help="Where the messages are posted: http or https.")
    token = fields.Char(groups=MANAGER, copy=False, exportable=False, help="Access token, sent with each message. A secret.")
    topic = fields.Char(groups=MANAGER, copy=False, exportable=False, help="ntfy: who knows its name can read along; choose a long one.")
    chat = fields.Char(groups=MANAGER, copy=False, exportable=False, help="Telegram: the number of the chat, or @name of a public channel.")
    template = fields.Text(
        groups=MANAGER, default=outbox.TEMPLATE, help="JSON in which {{title}}, {{text}}, {{severity}}, {{url}}, {{key}} and {{at}} are filled in.")
    target = fields.Char("Goes to", compute='_compute_target', compute_sudo=True)

    confirmed_at = fields.Datetime("Seen to arrive on", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', string="Seen by", readonly=True, copy=False)
    waits_since = fields.Datetime("Waits for a confirmation since", readonly=True, copy=False)
    test_id = fields.Many2one('it.notification', string="Last test", readonly=True, copy=False, ondelete='set null')
    test_state = fields.Selection(related='test_id.state', string="What became of it")
    is_test_confirmed = fields.Boolean(compute='_compute_is_test_confirmed')
    failures = fields.Integer("Failed tries in a row", readonly=True, copy=False)
    retry_at = fields.Datetime("Rests until", readonly=True, copy=False)
    last_error = fields.Char("Last error", readonly=True, copy=False)
    db_id = fields.Char("Database", readonly=True, copy=False, help="Identity of the database in which it was set up: a copy of it sends nothing.")
    is_red = fields.Boolean("Red", compute='_compute_health', search='_search_is_red')
    health = fields.Selection(
        selection=[('ok', "Works"), ('new', "Not confirmed yet"), ('failing', "Fails"), ('unconfirmed', "Nobody confirmed it"),
                   ('foreign', "Belongs to another database")],
        string="State", compute='_compute_health')
    problem = fields.Char("What is wrong", compute='_compute_health')

    _retry_idx = models.Index('(retry_at)')

    # === COMPUTE METHODS === #

    @api.depends('kind', 'shape', 'user_ids', 'email_to', 'discuss_channel_id', 'url')
    @api.depends_context('lang')
    def _compute_target(self):
        for channel in self:
            if channel.kind == 'webhook':
                channel.target = outbox.masked(channel.url or '')
            elif channel.kind == 'discuss':
                channel.target = channel.discuss_channel_id.name
            else:
                others = [channel.email_to] if channel.kind == 'mail' and channel.email_to else []
                channel.target = ", ".join([*channel.user_ids.mapped('name'), *others]) or self.env._("The managers")

    @api.depends('confirmed_at', 'test_id.create_date')
    def _compute_is_test_confirmed(self):
        for channel in self:
            channel.is_test_confirmed = bool(
                channel.test_id and channel.confirmed_at and channel.confirmed_at >= channel.test_id.create_date.replace(microsecond=0))

    @api.depends('confirmed_at', 'waits_since', 'failures', 'last_error', 'db_id')
    @api.depends_context('lang')
    def _compute_health(self):
        limit, db_id = self._confirmed_before(), self.env['it.database']._db_id()
        for channel in self:
            seen = channel.confirmed_at or channel.waits_since or clock.now(self.env)
            if (channel.db_id or '') != db_id:
                channel.health = 'foreign'
            elif seen < limit:
                channel.health = 'unconfirmed'
            elif channel.failures:
                channel.health = 'failing'
            else:
                channel.health = 'ok' if channel.confirmed_at else 'new'
            channel.is_red = channel.health not in ('ok', 'new')
            channel.problem = channel._tell_problem()

    def _search_is_red(self, operator, value):
        if operator != 'in':
            return NotImplemented
        unseen = Domain('confirmed_at', '<', self._confirmed_before()) | (
            Domain('confirmed_at', '=', False) & Domain('waits_since', '<', self._confirmed_before()))
        red = unseen | Domain('failures', '>', 0) | Domain('db_id', '!=', self.env['it.database']._db_id() or False)
        return red if True in value else ~red

    # === CONSTRAINT METHODS === #

    @api.constrains('kind', 'shape', 'url', 'topic', 'chat', 'token', 'template')
    def _check_webhook(self):
        for channel in self.filtered(lambda channel: channel.kind == 'webhook'):
            wrong = channel._webhook_fault()
            if wrong:
                raise ValidationError(wrong)

    @api.constrains('kind', 'discuss_channel_id')
    def _check_discuss(self):
        for channel in self.filtered(lambda channel: channel.kind == 'discuss'):
            if not channel.discuss_channel_id:
                raise ValidationError(self.env._("Choose the channel in Discuss."))
            # Who may not read a channel may not have us write into it, nor learn its name.
            channel.sudo(False).discuss_channel_id.check_access('read')

    @api.constrains('user_ids', 'company_id')
    def _check_people(self):
        for channel in self:
            strangers = channel.user_ids.sudo().filtered(lambda user, channel=channel: channel.company_id not in user.company_ids or user.share)
            if strangers:
                raise ValidationError(self.env._(
                    "%(names)s may not enter %(company)s: alerts of a company go to its people.",
                    names=", ".join(strangers.mapped('name')), company=channel.company_id.name))

    # === CRUD METHODS === #

    def write(self, vals):
        """Write. Where it goes from now on nobody has seen to arrive: the confirmation ends with the way that it was for."""
        moved = DESTINATION & vals.keys()
        if moved:
            before = {channel: channel._destination() for channel in self}
        result = super().write(vals)
        if moved:
            self.filtered(lambda channel: channel._destination() != before[channel])._forget_confirmation()
        return result

    # === ACTION METHODS === #

    def action_send_test(self):
        """Send a test now, which somebody then confirms. :raises AccessError: who asks may not change the channel"""
        self.check_access('write')
        self._queue_test(f'test:{uuid.uuid4()}')
        return notice(
            self.env._("The test is on its way. Look whether it arrives, and say so here."), 'info',
            then={'type': 'ir.actions.client', 'tag': 'soft_reload'})

    def action_confirm(self):
        """A person says that the last test arrived.

        :raises AccessError: who says so is no technician or manager of the company
        :raises UserError: no test has gone out lately
        """
        self.check_access('read')
        if not self.env.user.has_group('it_continuity.it_continuity_group_technician'):
            raise AccessError(self.env._("Technicians and managers say whether a test arrived."))
        for channel in self:
            test_sudo = channel.sudo().test_id
            if test_sudo.state != 'sent' or test_sudo.sent_at < channel._confirmed_before():
                raise UserError(self.env._("No test has gone out through “%(name)s” yet: send one first.", name=channel.name))
        # sudo: technicians do not set channels up, and may say what they saw
        self.sudo()._transition({'confirmed_at': clock.now(self.env), 'confirmed_by_id': self.env.uid})

    def action_use_here(self):
        """Let a channel that came with a copy of another database send from this one. :raises AccessError: who asks may not change it"""
        self.check_access('write')
        self._forget_confirmation()

    # === CRON === #

    @api.model
    def _cron_test(self):
        """Send a test through each channel that had none for a week."""
        limit = clock.now(self.env) - timedelta(days=outbox.TEST_DAYS)
        for channel in self.search([('active', '=', True)]):  # every channel, a dozen  # pylint: disable=no-search-all
            if channel.health != 'foreign' and (not channel.test_id or channel.test_id.create_date <= limit):
                channel._queue_test(f'test:{clock.today(self.env, channel.company_id)}')
        self.env['ir.cron']._commit_progress()

    # === BUSINESS METHODS === #

    @api.model
    def _get_guarded_values(self, vals):
        return {'waits_since': clock.now(self.env), 'db_id': self.env['it.database']._db_id()}

    def _tell_problem(self):
        """Return in words why the channel is red, False when it is not."""
        if self.health == 'foreign':
            return self.env._("It was set up in another database, of which this one is a copy: nothing is sent. Press “Use it here”.")
        if self.health == 'unconfirmed' and self.confirmed_at:
            return self.env._("Nobody has confirmed for %(most)s days that a test arrived.", most=outbox.CONFIRM_DAYS)
        if self.health == 'unconfirmed':
            return self.env._("Nobody has confirmed yet that a test arrives where it goes now.")
        if self.health == 'failing':
            return self.env._("The last try failed: %(error)s", error=self.last_error or '')
        return False

    @api.model
    def _confirmed_before(self):
        """Return the moment before which a confirmation does not count any more."""
        return clock.now(self.env) - timedelta(days=outbox.CONFIRM_DAYS)

    def _webhook_fault(self):
        """Return in words what is missing or wrong in a webhook, '' for nothing."""
        fault = outbox.webhook_fault(self.shape or '', {name: self[name] or '' for name in ('url', 'token', 'topic', 'chat', 'template')})
        return {
            'shape': self.env._("Choose the service to which the webhook belongs."),
            'url': self.env._("Give the address as http://… or https://…, without a name and password in it and without blanks."),
            'token': self.env._("Give the token. It is one word."),
            'topic': self.env._("Give the topic: letters, digits, “_” and “-”, at most 64."),
            'chat': self.env._("Give the chat: its number, or @name of a public channel."),
            'template': self.env._(
                "The template has to be JSON, and only %(names)s are filled in.",
                names=", ".join('{{%s}}' % name for name in outbox.PLACEHOLDERS)),
            '': '',
        }[fault]

    def _queue_test(self, key):
        """Queue a test for each of these channels, in the language of its company, with a link to where it is confirmed."""
        for channel in self:
            here = channel.with_context(lang=channel.company_id._get_itc_lang())
            tests = here.env['it.notification'].sudo()._queue(
                here, key, here.env._("Test of the way out, please confirm"),
                here.env._(
                    "This is a test of “%(name)s” of IT Continuity. Follow the link, log in and press “It arrived”: only so it is known that "
                    "alerts reach somebody this way. After %(most)s days without a confirmation the channel turns red.",
                    name=channel.name, most=outbox.CONFIRM_DAYS), 'info')
            for test in tests:
                test._transition({'is_test': True, 'url': f'{test.get_base_url()}/odoo/it-notifications/{test.id}'})
                channel.sudo()._transition({'test_id': test.id})  # who may ask for a test was the caller's question

    def _people(self):
        """Return whom the channel tells of what is for nobody in particular: never nobody while the company has a manager."""
        self.ensure_one()
        return self._able(self.user_ids) or self._able(self.company_id._itc_people())

    def _able(self, users):
        """Return those of these people who may still be told of this company."""
        return users.filtered(lambda user: user.active and not user.share and self.company_id in user.company_ids)

    def _secrets(self):
        """Return what must stand in no log and no reason."""
        return [self.url, self.token, self.topic, self.chat, (self.url or '').partition('://')[2].partition('/')[2]]

    def _destination(self):
        return tuple(self[name].ids if self._fields[name].relational else self[name] for name in sorted(DESTINATION))

    def _forget_confirmation(self):
        """Nobody has seen the new way work. That a change buys no time, they wait for a confirmation since they had one, or never had."""
        for channel in self:
            channel._transition({
                'confirmed_at': False, 'confirmed_by_id': False, 'failures': 0, 'retry_at': False, 'last_error': False, 'test_id': False,
                'waits_since': channel.confirmed_at or channel.waits_since, 'db_id': self.env['it.database']._db_id()})

    @api.model
    def _unconfirmed(self):
        """Return the active channels of which nobody confirmed for 35 days that a test arrived."""
        return self.search([('active', '=', True), ('is_red', '=', True)]).filtered(lambda channel: channel.health == 'unconfirmed')
