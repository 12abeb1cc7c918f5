from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import check_text


class ItCheckDefinitionMixin(models.AbstractModel):
    """What to look at and when it is bad: shared by a check on a host and by the template it came from.

    Settings and limits are kept as JSON and edited as lines, see ``check_text``.
    """
    _name = 'it.check.definition.mixin'
    _description = "Definition of a Check"

    kind = fields.Char(required=True, help="Which collector of the agent looks: disk, process, tcp, …")
    settings = fields.Json("Settings as JSON", help="What the collector shall look at.")
    limits = fields.Json("Limits as JSON", help="When a value is a warning or critical.")
    settings_text = fields.Text(
        "Settings", compute='_compute_settings_text', inverse='_inverse_settings_text',
        help="One setting a line: name = value. A list is the same name on several lines.")
    limits_text = fields.Text(
        "Limits", compute='_compute_limits_text', inverse='_inverse_limits_text',
        help="One limit a line: metric < warning / critical, a dash for none. Add “on /srv*” for some items only.")
    settings_example = fields.Text(compute='_compute_examples', help="Lines that fit this kind of check.")
    settings_help = fields.Text(compute='_compute_examples', help="Every setting of this kind, as its agent describes it.")
    limits_example = fields.Text(compute='_compute_examples')
    every_s = fields.Integer("Every", default=60, required=True, help="Seconds between two looks.")
    timeout_s = fields.Integer("Time limit", default=10, required=True, help="Seconds after which a look is given up.")
    max_attempts = fields.Integer(
        "Attempts", default=3, required=True, help="A problem must be seen so many times in a row before it counts.")

    # === COMPUTE METHODS === #

    @api.depends('settings')
    def _compute_settings_text(self):
        for definition in self:
            definition.settings_text = check_text.write_settings(definition.settings or {})

    def _inverse_settings_text(self):
        for definition in self:
            types = definition._published_kind()._setting_types()
            definition.settings = definition._read_lines(check_text.read_settings, definition.settings_text, types)

    @api.depends('limits')
    def _compute_limits_text(self):
        for definition in self:
            definition.limits_text = check_text.write_limits(definition.limits or [])

    def _inverse_limits_text(self):
        for definition in self:
            definition.limits = definition._read_lines(check_text.read_limits, definition.limits_text)

    @api.depends('kind')
    @api.depends_context('lang')
    def _compute_examples(self):
        for definition in self:
            kind = definition._published_kind() if definition.kind else self.env['it.check.kind']
            definition.settings_example = '\n'.join(check_text.example_settings(kind.settings or [])) or False
            definition.settings_help = kind._settings_help() or False
            definition.limits_example = check_text.example_limits(kind.metrics or [], kind.limits or []) or False

    # === CONSTRAINT METHODS === #

    @api.constrains('every_s', 'timeout_s', 'max_attempts')
    def _check_numbers(self):
        for definition in self:
            if not 10 <= definition.every_s <= 31 * 86400:
                raise ValidationError(self.env._("“Every” has to be from 10 seconds to 31 days."))
            if not 1 <= definition.timeout_s <= 300:
                raise ValidationError(self.env._("“Time limit” has to be from 1 to 300 seconds."))
            if not 1 <= definition.max_attempts <= 100:
                raise ValidationError(self.env._("“Attempts” has to be from 1 to 100."))

    @api.constrains('settings', 'limits')
    def _check_shape_of_definition(self):
        for definition in self:
            settings, limits = definition.settings or {}, definition.limits or []
            if not isinstance(settings, dict):
                raise ValidationError(self.env._("“Settings” has to be an object of names and values."))
            if not all(map(check_text.fit_words, settings.values())):
                raise ValidationError(self.env._("A setting holds a line break, or a blank at its beginning or end: it would read otherwise than it is."))
            if not isinstance(limits, list) or not all(map(check_text.fit_limit, limits)):
                raise ValidationError(self.env._("“Limits” has to be a list of metric, <, > and numbers, each for an item of one line or for all."))

    # === BUSINESS METHODS === #

    def _published_kind(self):
        """Return the ``it.check.kind`` that says what this one record may hold, empty when no agent offers it."""
        self.ensure_one()
        return self.env['it.check.kind']

    def _read_text_values(self, vals, kind):
        """Return ``settings`` and ``limits`` of the lines in ``vals``, which are taken out: constraints run before inverses do."""
        found = {}
        if 'settings_text' in vals:
            found['settings'] = self._read_lines(check_text.read_settings, vals.pop('settings_text'), kind._setting_types())
        if 'limits_text' in vals:
            found['limits'] = self._read_lines(check_text.read_limits, vals.pop('limits_text'))
        return found

    def _read_lines(self, read, *arguments):
        try:
            return read(*arguments)
        except check_text.LineError as error:
            raise ValidationError(self.env._(
                "The line “%(line)s” cannot be read: %(reason)s.", line=error.line, reason=error)) from error
