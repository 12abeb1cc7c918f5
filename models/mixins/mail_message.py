from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize

AS_OTHERS = 'it_continuity.writes_as_others'  # set while an automatic answer of who is away is posted
SPEAKS = 'it_continuity.software_speaks'  # set while our own sentences are posted in the name of who acts
GOING = 'it_continuity.going'  # (model, id) of records that are being deleted, with what was said of them
# Given by software alone: when it was said, and what a record's fields were before.
SOFTWARE_FIELDS = frozenset({'date', 'tracking_value_ids', 'author_guest_id'})


@contextmanager
def as_others(env):
    """Let the block post in other names than that of who acts. Nothing that a person sends opens it."""
    with _noted(env, AS_OTHERS, True):
        yield


@contextmanager
def software_speaks(env):
    """Let what the block posts be our own sentences, though they bear the name of who acts. Nothing that a person sends opens it."""
    with _noted(env, SPEAKS, True):
        yield


@contextmanager
def going(records):
    """Let the block delete these records with all that was said of them; whether they may go is their own question."""
    keys = {(records._name, record_id) for record_id in records.ids}
    with _noted(records.env, GOING, keys | (records.env.cr.cache.get(GOING) or frozenset())):
        yield


@contextmanager
def _noted(env, name, value):
    before = env.cr.cache.get(name)
    env.cr.cache[name] = value
    try:
        yield
    finally:
        env.cr.cache[name] = before


class MailMessage(models.Model):
    """Messages on our records are signed by who writes them, whichever way they come in.

    Odoo lets every employee name another author in ``message_post``, in a composer, a template or a message of its own. Posting is done in
    superuser mode there, so that the user counts here, not the mode.
    """
    _inherit = 'mail.message'

    # === COMPUTE METHODS === #

    @api.depends('subject', 'model', 'res_id')
    @api.depends_context('uid')
    def _compute_display_name(self):
        """Name the subject of what was said of our records to its readers only: a notification, which everybody reads, names its message."""
        result = super()._compute_display_name()
        hidden_ids = self._get_hidden_ids()
        for message in self:
            if message._origin.id in hidden_ids:
                message.display_name = self.env._("Message")
        return result

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: a person signs with another name, dates a message or makes up a change of a field"""
        own = self._get_thread_models()
        is_software = self._is_software()
        if not is_software and not self.env.su:
            for vals in vals_list:
                if vals.get('model', self.env.context.get('default_model')) in own:
                    self._check_no_software_fields(vals)
        messages = super().create(vals_list)
        if not is_software:
            messages.sudo().filtered(lambda message: message.model in own)._check_signed()
        return messages

    def write(self, vals):
        """:raises AccessError: a person changes another one's words, or signs with another name"""
        mine = self.browse()
        if not self.env.su and vals:
            mine = self._on_our_records()
            mine._check_own_words()
            if mine:
                self._check_no_software_fields(vals)
        result = super().write(vals)
        mine._check_signed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_own_words_only(self):
        if not self.env.su:
            self._on_our_records()._check_own_words()

    # === BUSINESS METHODS === #

    def _is_software(self):
        """Tell whether the software acts by itself, or a mail came in: no colleague does."""
        return self.env.uid == SUPERUSER_ID or not self.env.user._is_internal() or self.env.cr.cache.get(AS_OTHERS, False)

    def _is_by_person(self):
        """Tell whether a person writes here themselves: neither in superuser mode, nor by a button that has words of its own."""
        return not (self.env.su or self._is_software() or self.env.cr.cache.get(SPEAKS, False))

    @api.model
    def _get_thread_models(self):
        """Return the names of our models that have a chatter."""
        return self.env.registry.descendants(['it.thread.mixin'], '_inherit')

    def _on_our_records(self):
        """Return those of these messages that stand in a chatter of ours, in superuser mode: who may read them is another matter."""
        models = self._get_thread_models()
        return self.sudo().filtered(lambda message: message.model in models and message.res_id)

    def _get_hidden_ids(self):
        """Return the ids of those on our records that the person who looks may not read, also where a link is read in superuser mode."""
        ours = self.browse(self._on_our_records().ids)
        return {*ours._ids} - {*ours.with_user(self.env.uid).with_context(allowed_company_ids=[])._filtered_access('read')._ids}

    def _is_going(self):
        """Tell whether the record of which this one message was said is being deleted."""
        return (self.model, self.res_id) in (self.env.cr.cache.get(GOING) or ())

    @api.model
    def _check_no_software_fields(self, vals):
        names = {name for name in SOFTWARE_FIELDS if vals.get(name) or self.env.context.get(f'default_{name}')}
        if names:
            raise AccessError(self.env._(
                "When a message was written and which fields changed is noted by the software: %(names)s.", names=", ".join(sorted(names))))

    def _check_own_words(self):
        """:raises AccessError: the software wrote one of these messages, or another person than the one who asks"""
        if any(message.message_type != 'comment' or message.author_id != self.env.user.partner_id or message.tracking_value_ids
               for message in self.sudo()):
            raise AccessError(self.env._("Only your own comments can be changed or deleted here."))

    def _check_signed(self):
        """:raises AccessError: one of these messages bears another name or address than that of the person who acts"""
        user_sudo = self.env.user.sudo()
        addresses = {email_normalize(user_sudo.email or '')}
        if not user_sudo.email:  # the company's stands for who has none, see ``ItTicketMailMixin._sender``
            addresses |= {email_normalize(address or '') for address in (
                *user_sudo.company_ids.mapped('email'), self.env.ref('base.partner_root').sudo().email)}
        for message in self.sudo():
            address = email_normalize(message.email_from or '')
            if message.author_id != user_sudo.partner_id or (address or message.email_from) and address not in addresses:
                raise AccessError(self.env._("A message is written in your own name and with your own address."))


class MailMail(models.Model):
    """A mail bears the subject of its message, and a notification names it too."""
    _inherit = 'mail.mail'

    # === COMPUTE METHODS === #

    @api.depends('subject', 'model', 'res_id')
    @api.depends_context('uid')
    def _compute_display_name(self):
        result = super()._compute_display_name()
        reads_all = self.with_user(self.env.uid).browse().has_access('read')  # administrators do
        hidden_ids = () if reads_all else self.sudo().mail_message_id._get_hidden_ids()
        for mail in self:
            if mail.sudo().mail_message_id.id in hidden_ids:
                mail.display_name = self.env._("Message")
        return result


class MailScheduledMessage(models.Model):
    """Refuses at once what could not be posted later."""
    _inherit = 'mail.scheduled.message'

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._check_signed()
        return messages

    def write(self, vals):
        result = super().write(vals)
        self._check_signed()
        return result

    def _check_signed(self):
        """:raises AccessError: a person lets a message on our records be posted in another name"""
        models = self.env['mail.message']._get_thread_models()
        if not self.env.su and any(
                message.model in models and message.author_id != message.create_uid.partner_id for message in self.sudo()):
            raise AccessError(self.env._("A message is written in your own name and with your own address."))


class MailThread(models.AbstractModel):
    """Mails come in by the mail gateway: a colleague who hands one over by hand could put any name on it."""
    _inherit = 'mail.thread'

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """:raises AccessError: a person who is no administrator hands a mail over to one of our records"""
        models = self.env['mail.message']._get_thread_models()
        if not self.env.su and not self.env.user._is_system() and any(route[0] in models for route in routes or ()):
            raise AccessError(self.env._("Only the mail gateway hands over mails."))
        return super()._message_route_process(message, message_dict, routes)
