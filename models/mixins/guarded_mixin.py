from odoo import api, models
from odoo.exceptions import AccessError, UserError


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


class ItGuardedMixin(models.AbstractModel):
    """Fields that only the model's own actions may write, whoever asks and by whichever door.

    The public ``create`` and ``write`` (web client, RPC, import) refuse them, superuser mode included. Actions go through
    ``_transition``, which RPC cannot call; no context key opens the guard, so none can be forged.
    """
    _name = 'it.guarded.mixin'
    _description = "Fields Written Only by Actions"
    _inherit = ['it.derived.mixin']

    _guarded_fields = frozenset()  # never given by a caller
    _fixed_fields = frozenset()  # given at creation, then never again

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_fields_free(vals, self._guarded_fields)
        return super().create([{**vals, **self._guarded_initial_values(vals)} for vals in vals_list])

    def write(self, vals):
        self._check_fields_free(vals, self._guarded_fields)
        if self._fixed_fields & vals.keys():
            raise AccessError(self.env._(
                "%(model)s: “%(labels)s” stays as it was given at first.",
                model=self._description, labels=self._labels(self._fixed_fields & vals.keys())))
        return super().write(vals)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Tell clients that nobody fills in what only actions write: a form that demanded it could never be saved."""
        result = super().fields_get(allfields, attributes)
        for name in self._guarded_fields & result.keys():
            if 'required' in result[name]:
                result[name]['required'] = False
        return result

    def _transition(self, vals):
        """Write guarded fields. The caller has checked that this user may do this step in this state.

        Override it, not ``write``, to hang something on a change of a guarded field.
        """
        return super().write(vals)  # past the guard, which is this class's own write  # pylint: disable=super-method-mismatch

    @api.model
    def _guarded_initial_values(self, vals):
        """Return the guarded fields of a new record; override it for values that are computed at creation."""
        return initial_values(self, self._guarded_fields)

    @api.model
    def _check_fields_free(self, vals, protected):
        if protected & vals.keys():
            raise AccessError(self.env._(
                "%(model)s: “%(labels)s” cannot be set directly. Use the buttons of the form.",
                model=self._description, labels=self._labels(protected & vals.keys())))

    def _check_state(self, *states):
        """:raises UserError: one of these records is in another state than ``states``"""
        names = dict(self._fields['state']._description_selection(self.env))
        for record in self:
            if record.state not in states:
                raise UserError(self.env._(
                    "“%(name)s” is “%(state)s”; this works only from: %(states)s.", name=record.display_name,
                    state=names[record.state], states=", ".join(names[state] for state in states)))
