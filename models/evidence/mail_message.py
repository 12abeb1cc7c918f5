from odoo import api, models
from odoo.exceptions import AccessError

# What was said, by whom, when and where; how a mail of it fared, who read it and who starred it may go on changing.
CONTENT = frozenset({
    'subject', 'date', 'body', 'attachment_ids', 'model', 'res_id', 'message_type', 'subtype_id', 'is_internal', 'email_from', 'author_id',
    'author_guest_id', 'parent_id', 'tracking_value_ids'})
# Mails, and notices to one person: no part of the chatter, and Odoo clears them away once they were sent.
PASSING = ('email_outgoing', 'user_notification')
NEW = 'it_continuity.new_messages'  # ids of those that this transaction made: a mail of one writes its subject into it


class MailMessage(models.Model):
    """What was said in the chatter of a closed record stays as it was said, whoever asks; anybody who could may go on saying something."""
    _inherit = 'mail.message'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        self.env.cr.precommit.data.setdefault(NEW, set()).update(messages.ids)
        return messages

    def write(self, vals):
        """:raises AccessError: what was said of a closed record would change"""
        content = {name: value for name, value in vals.items() if name in CONTENT}
        if content:
            self.filtered(lambda message: message._is_said_otherwise(content))._check_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_kept(self):
        self.filtered(lambda message: not self.env.su or message.message_type not in PASSING)._check_kept()

    # === BUSINESS METHODS === #

    def _is_said_otherwise(self, content):
        """Tell whether these values change this one message; what software writes into it once more, or while it is being said, does not."""
        if not self.env.su:
            return True
        return self.id not in self.env.cr.precommit.data.get(NEW, ()) and any(
            self._fields[name].type.endswith('2many') or self._fields[name].convert_to_write(self[name], self) != value
            for name, value in content.items())

    @api.model
    def _get_evidence_models(self):
        """Return the names of the models whose chatter is kept."""
        return sorted(self.env.registry.descendants(['it.evidence.mixin'], '_inherit') & set(self._get_thread_models()))

    def _check_kept(self):
        """:raises AccessError: one of these messages was said of a record that is closed"""
        evidence = self._get_evidence_models()
        said = self.sudo().filtered(lambda message: message.model in evidence and message.res_id and not message._is_going())
        for name, messages in said.grouped('model').items():
            # who may not see the record still may not touch what was said of it
            closed = self.env[name].sudo().browse(messages.mapped('res_id')).exists()._closed_chatters()
            if closed:
                raise AccessError(self.env._(
                    "This was said of “%(name)s”, which is closed: it stays as it is.", name=closed[:1].display_name))


class MailTrackingValue(models.Model):
    """What the software noted of a record's changes is part of what was said of it."""
    _inherit = 'mail.tracking.value'

    def write(self, vals):
        """:raises AccessError: what was noted of a closed record would change"""
        self.sudo().mail_message_id._check_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_kept(self):
        self.sudo().mail_message_id._check_kept()
