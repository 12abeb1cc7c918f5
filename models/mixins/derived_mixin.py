from odoo import api, models
from odoo.exceptions import AccessError


class ItDerivedMixin(models.AbstractModel):
    """Stored fields that follow from other fields, such as the company of a line: nobody types them.

    Being stored, they could be written by RPC like any other, and be filled by ``default_…`` keys of a context or by a user's stored
    defaults: a line would then belong to another company than its document.
    """
    _name = 'it.derived.mixin'
    _description = "Fields That Follow from Others"

    @api.model
    def default_get(self, fields):
        derived = self._derived_fields()
        return super().default_get([name for name in fields if name not in derived])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_derived(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_derived(vals)
        return super().write(vals)

    @api.model
    def _derived_fields(self):
        return {
            name for name, field in self._fields.items()
            if field.compute and field.store and field.readonly and not field.inverse}

    @api.model
    def _check_not_derived(self, vals):
        """:raises AccessError: a person gives a value that only follows from others"""
        derived = not self.env.su and self._derived_fields() & vals.keys()
        if derived:
            raise AccessError(self.env._(
                "%(model)s: “%(labels)s” follows from other fields and cannot be set.",
                model=self._description, labels=self._labels(derived)))

    @api.model
    def _labels(self, names):
        """Return the labels of fields, in the reader's language."""
        return ", ".join(self._fields[name].get_description(self.env, ['string'])['string'] for name in sorted(names))
