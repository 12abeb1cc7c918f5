from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

OPEN = 'it_continuity.guards_open'  # names of the models whose guard this transaction is just going past
MAKING = 'it_continuity.guards_making'  # names of the models of which this transaction is just making records


def initial_values(model, names):
    """Return the values, ready for ``create``, with which a new record of ``model`` starts in the fields ``names``.

    Stated one by one, because ``default_…`` keys of the context and a user's stored defaults (``ir.default``, kept even in
    superuser mode) would fill what is missing.
    """
    values = {}
    for name in names:
        field = model._fields[name]
        value = field.default(model) if field.default else False
        values[name] = field.convert_to_write(field.convert_to_record(field.convert_to_cache(value, model), model), model)
    return values


class ItDerivedMixin(models.AbstractModel):
    """Stored fields that follow from other fields, such as the company of a line: nobody types them.

    Being stored, they could be written by RPC like any other, and be filled by ``default_…`` keys of a context or by a user's stored
    defaults: a line would then belong to another company than its document.
    """
    _name = 'it.derived.mixin'
    _description = "Fields That Follow from Others"

    @api.model
    def default_get(self, fields):
        derived = self._get_derived_fields()
        names = [name for name in fields if name not in derived]
        self._check_defaults(names)
        return super().default_get(names)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_derived(vals)
        return super().write(vals)

    @api.model
    def _get_derived_fields(self):
        return {
            name for name, field in self._fields.items()
            if field.compute and field.store and field.readonly and not field.inverse}

    @api.model
    def _check_defaults(self, names):
        """:raises AccessError: a ``default_…`` key changes records that are there: Odoo would do so in memory, whoever asks"""
        for name in names:
            commands = self.env.context.get(f'default_{name}')
            if name in self._fields and self._fields[name].type in ('one2many', 'many2many') and isinstance(commands, (list, tuple)) and any(
                    isinstance(command, (list, tuple)) and command and command[0] == Command.UPDATE for command in commands):
                raise AccessError(self.env._("What is there already cannot be changed while something new is made."))

    @api.model
    def _check_not_derived(self, vals):
        """:raises AccessError: a person gives a value that only follows from others"""
        derived = not self.env.su and self._get_derived_fields() & vals.keys()
        if derived:
            raise AccessError(self.env._(
                "%(model)s: “%(labels)s” follows from other fields and cannot be set.",
                model=self._description, labels=self._get_labels(derived)))

    @api.model
    def _get_labels(self, names):
        """Return the labels of fields, in the reader's language."""
        return ", ".join(self._fields[name].get_description(self.env, ['string'])['string'] for name in sorted(names))


class ItGuardedMixin(models.AbstractModel):
    """Fields that only the model's own actions may write, whoever asks and by whichever door.

    Odoo is told by ``_has_field_access`` that nobody may write them: it refuses them in ``create``, ``write``, ``default_…`` keys and
    imports, and shows them read-only. Actions go through ``_transition``, which RPC cannot call; no context key opens the guard, so
    none can be forged. What Odoo does not cover is done here: stored defaults of a user fill nothing, and a form that would demand a
    guarded field is told that nobody has to fill it in.
    """
    _name = 'it.guarded.mixin'
    _description = "Fields Written Only by Actions"
    _inherit = ['it.derived.mixin']

    _guarded_fields = frozenset()  # never given by a caller
    _fixed_fields = frozenset()  # given at creation, then never again
    _guard_spares_su = False  # whether software in superuser mode writes them without further ado

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        initial = self._get_guarded_initial()
        for vals in vals_list:
            self._check_unguarded(vals)
        # Not past the guard: while Odoo makes these it carries out the commands for their lines, which may name records that are there.
        with self._noted(MAKING):
            return super().create([{**initial, **self._get_guarded_values(vals), **vals} for vals in vals_list])

    def write(self, vals):
        self._check_unguarded(vals)
        if self._fixed_fields & vals.keys():
            raise AccessError(self.env._(
                "%(model)s: “%(labels)s” stays as it was given at first.",
                model=self._description, labels=self._get_labels(self._fixed_fields & vals.keys())))
        return super().write(vals)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Tell clients that nobody fills in what only actions write: a form that demanded it could never be saved."""
        result = super().fields_get(allfields, attributes)
        for name, description in result.items():
            if 'required' in description and self._is_guarded(name):
                description['required'] = False
        return result

    # === THE GUARD === #

    def _has_field_access(self, field, operation):
        if operation == 'write' and not self._is_past_guard() and not self._is_being_made() and self._is_guarded(field.name):
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def _is_guarded(self, name):
        """Tell whether a field is one that only actions write."""
        return name in self._guarded_fields

    @api.model
    def _is_past_guard(self):
        return (self._guard_spares_su and self.env.su) or self._name in self.env.cr.cache.get(OPEN, ())

    def _is_being_made(self):
        """Tell whether Odoo asks for new records, of which there are none yet, as this model makes some: they begin with what it gives them."""
        return not self._ids and self._name in self.env.cr.cache.get(MAKING, ())

    def _past_guard(self):
        """Let the block write guarded fields of this model. Whoever opens it has checked that this user may do the step."""
        return self._noted(OPEN)

    @contextmanager
    def _noted(self, key):
        cache = self.env.cr.cache
        before = cache.get(key, ())
        cache[key] = (*before, self._name)
        try:
            yield
        finally:
            cache[key] = before

    @api.model
    def _check_unguarded(self, vals):
        """:raises AccessError: these values hold a guarded field, in words that say what to do instead"""
        if self._is_past_guard():
            return
        names = {name for name in vals if self._is_guarded(name)}
        if names:
            raise AccessError(self._get_guard_message(names))

    @api.model
    def _get_guard_message(self, names):
        """Return why nobody writes these fields; override it to say what to do instead."""
        return self.env._(
            "%(model)s: “%(labels)s” cannot be set directly. Use the buttons of the form.",
            model=self._description, labels=self._get_labels(names))

    @api.model
    def _get_guarded_initial(self):
        """Return with what every new record begins in its guarded fields."""
        return initial_values(self, self._guarded_fields)

    @api.model
    def _get_guarded_values(self, vals):
        """Return the guarded values of a new record that follow from what was given for it."""
        return {}

    # === ACTIONS === #

    def _transition(self, vals):
        """Write guarded fields. The caller has checked that this user may do this step in this state.

        Override it, not ``write``, to hang something on a change of a guarded field.
        """
        with self._past_guard():
            return super().write(vals)  # past this class's own write  # pylint: disable=super-method-mismatch

    def _check_state(self, *states):
        """:raises UserError: one of these records is in another state than ``states``"""
        names = dict(self._fields['state']._description_selection(self.env))
        for record in self:
            if record.state not in states:
                raise UserError(self.env._(
                    "“%(name)s” is “%(state)s”; this works only from: %(states)s.", name=record.display_name,
                    state=names[record.state], states=", ".join(names[state] for state in states)))

    @api.model
    def _checked_reason(self, reason):
        """Return the reason that a person gave for a step, without outer blanks. :raises UserError: there is none"""
        reason = reason.strip() if isinstance(reason, str) else ''
        if not reason:
            raise UserError(self.env._("Give a reason."))
        return reason
