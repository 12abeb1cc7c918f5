from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import check_text

BEFORE = 'itc_settings_before'
# How often hosts look and report, in seconds: no shorter interval is kept.
CYCLE_S = 60


class ItCheckDefinitionMixin(models.AbstractModel):
    """What to look at and when it is bad: shared by a check on a host and by the template it came from.

    Settings and limits are kept as JSON and edited by inputs made of what the agent published, or as lines, see ``check_text``.
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
        help="One limit a line: metric < warning / critical, a dash for none. Add “recover 20 / 10” for values at which it is well "
             "again, and “on /srv*” for some items only.")
    published = fields.Json(compute='_compute_examples', help="What the inputs are made of: the kind as its agent describes it.")
    settings_example = fields.Text(compute='_compute_examples', help="Lines that fit this kind of check.")
    settings_help = fields.Text(compute='_compute_examples', help="Every setting of this kind, as its agent describes it.")
    limits_example = fields.Text(compute='_compute_examples')
    every_s = fields.Integer("Every", default=60, required=True, help="Seconds between two looks; at least 60, because hosts look once a minute.")
    grace_s = fields.Integer(
        "Grace", default=0, required=True,
        help="Seconds by which a result may be overdue before nobody knows how it is; 0: after three intervals without one.")
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
            definition.published = kind._for_form()
            definition.settings_example = '\n'.join(check_text.example_settings(kind.settings or [])) or False
            definition.settings_help = kind._settings_help() or False
            definition.limits_example = check_text.example_limits(kind.metrics or [], kind.limits or []) or False

    # === CONSTRAINT METHODS === #

    @api.constrains('every_s', 'grace_s', 'timeout_s', 'max_attempts')
    def _check_numbers(self):
        for definition in self:
            if not CYCLE_S <= definition.every_s <= 31 * 86400:
                raise ValidationError(self.env._("“Every” has to be from 60 seconds to 31 days: hosts look once a minute."))
            if not 0 <= definition.grace_s <= 31 * 86400:
                raise ValidationError(self.env._("“Grace” has to be from 0 seconds to 31 days."))
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
            if not isinstance(limits, list):
                raise ValidationError(self._limit_words('limit', {}, 1))
            for number, limit in enumerate(limits, 1):
                fault = check_text.limit_fault(limit)
                if fault:
                    raise ValidationError(self._limit_words(fault, limit, number))

    # === BUSINESS METHODS === #

    @api.model
    def read_lines(self, kind, agent_id, settings_text, limits_text):
        """Return ``{settings, limits}`` of a form's lines, for the inputs to show; nothing is written.

        :param agent_id: False for a template, which belongs to no host
        :raises ValidationError: a line cannot be read
        """
        known = {'agent_id': agent_id} if 'agent_id' in self._fields else {}
        types = self.new({'kind': kind, **known})._published_kind()._setting_types()
        return {
            'settings': self._read_lines(check_text.read_settings, settings_text, types),
            'limits': self._read_lines(check_text.read_limits, limits_text),
        }

    def _published_kind(self):
        """Return the ``it.check.kind`` that says what this one record may hold, empty when no agent offers it."""
        self.ensure_one()
        return self.env['it.check.kind']

    @api.model
    def _prefer_values(self, vals):
        """Return the values without lines that only say what the JSON beside them says: the JSON tells a number from a text that looks like one."""
        writers = {'settings': check_text.write_settings, 'limits': check_text.write_limits}
        said_twice = {
            f'{name}_text' for name, write in writers.items()
            if name in vals and f'{name}_text' in vals and self._says(write, vals[name], vals[f'{name}_text'])}
        return {name: value for name, value in vals.items() if name not in said_twice}

    def _noting_settings(self, vals):
        """Return these records, about to be written, in a context that tells the constraints which settings stood there before."""
        before = {record.id: record.settings for record in self} if 'settings' in vals else None
        return self.with_context(**{BEFORE: before})

    @api.model
    def _says(self, write, value, text):
        try:
            return write(value or ([] if write is check_text.write_limits else {})) == (text or '')
        except (AttributeError, KeyError, TypeError, ValueError):  # a value of another shape: the constraints say what is wrong with it
            return True

    def _check_settings(self, declared, kind, *, needs_all=True):
        """Refuse what the agent would refuse; a setting that it does not know and that stood there before is kept, for another agent may know it.

        :param declared: the settings of the kind as published
        :param needs_all: whether what is required has to be there
        """
        known, types = {one['name']: one for one in declared}, self.env['it.check.kind']._type_words()
        before = (self.env.context.get(BEFORE) or {}).get(self.id) or {}
        for name, value in (self.settings or {}).items():
            if name not in known and name in before and before[name] == value:
                continue
            if name not in known:
                raise ValidationError(self.env._(
                    "“%(kind)s” has no setting “%(name)s”. It has: %(known)s.", kind=kind, name=name, known=', '.join(known) or "–"))
            if not check_text.fit_setting(value, known[name]['type']):
                raise ValidationError(self.env._(
                    "“%(value)s” does not do for the setting “%(name)s”: it has to be %(type)s. %(help)s",
                    value=value, name=name, type=types[known[name]['type']], help=known[name]['help']))
        for one in declared if needs_all else ():
            if one['required'] and (self.settings or {}).get(one['name']) in (None, '', []):
                raise ValidationError(self.env._("The setting “%(name)s” is required: %(help)s", name=one['name'], help=one['help']))

    def _check_limits(self, metrics, kind):
        for limit in self.limits or []:
            if limit['metric'] not in metrics:
                raise ValidationError(self.env._(
                    "“%(kind)s” does not measure “%(metric)s”. It measures: %(known)s.",
                    kind=kind, metric=limit['metric'], known=', '.join(sorted(metrics)) or "–"))

    @api.model
    def _limit_words(self, fault, limit, number):
        """Return what is wrong with the limit that stands at this place, for people; see ``check_text.limit_fault``."""
        if fault == 'limit':
            return self.env._("“Limits” has to be a list of limits, each with metric, < or >, and numbers.")
        where = {'number': number, 'metric': limit['metric']}
        if fault == 'recovery':
            return self.env._(
                "Limit %(number)s (%(metric)s): a value recovers on the good side of its limit, and only where there is one.", **where)
        if fault == 'item':
            return self.env._("Limit %(number)s (%(metric)s): the item has to be one line of at most 120 characters.", **where)
        if fault == 'op':
            return self.env._("Limit %(number)s (%(metric)s): choose below (<) or above (>).", **where)
        if fault == 'metric':
            return self.env._("Limit %(number)s: choose what is measured.", number=number)
        names = {
            'warning': self.env._("Warning"), 'critical': self.env._("Critical"),
            'recover_warning': self.env._("Warning is over"), 'recover_critical': self.env._("Critical is over")}
        return self.env._(
            "Limit %(number)s (%(metric)s): “%(value)s” does not do for “%(name)s”: it has to be a number.",
            value=limit[fault], name=names[fault], **where)

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
            raise ValidationError(self._line_words(error)) from error

    @api.model
    def _line_words(self, error):
        """Return what is wrong with a line, for people; see ``check_text.LINE_FAULTS``."""
        return self.env._("The line “%(line)s” cannot be read: %(reason)s.", line=error.line, reason={
            'setting': self.env._("write one setting a line as name = value"),
            'twice': self.env._("this setting is given twice"),
            'bool': self.env._("the value has to be true or false"),
            'int': self.env._("the value has to be a whole number"),
            'float': self.env._("the value has to be a number"),
            'limit': self.env._("write one limit a line as metric < warning / critical, with - for none"),
            'bound': self.env._("a limit is a number or -"),
            'recovery': self.env._("a value recovers on the good side of its limit, and only where there is one"),
        }[error.code])
