from odoo import api, models


class ItAskingMixin(models.AbstractModel):
    """A window that asks: what it names, who opened it may read.

    Odoo shows the name of whatever record a field points to, readable or not: somebody who makes such a window for the record of
    another company, or of another person, would read it there.
    """
    _name = 'it.asking.mixin'
    _description = "Window That Asks"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:  # before anything else looks at them: a refusal for another reason would name them
            self.new(vals)._check_named(vals)
        windows = super().create(vals_list)
        windows._check_named(self._fields)
        return windows

    def write(self, vals):
        self.new(vals)._check_named(vals)
        return super().write(vals)

    @api.model
    def default_get(self, fields):
        """:raises AccessError: the context names a record that the person may not read"""
        values = super().default_get(fields)
        self.new(values)._check_named(values)
        return values

    def onchange(self, values, field_names, fields_spec):
        """:raises AccessError: the form names a record that the person may not read"""
        self.new(values, origin=self)._check_named(values)
        return super().onchange(values, field_names, fields_spec)

    # === CHECKS === #

    def _check_named(self, names):
        """:raises AccessError: one of these fields names a record that the person may not read, in whatever company of theirs"""
        # sudo(False): what code does in superuser mode for a person, it does for that person
        for name in names:
            field = self._fields.get(name)
            if field and field.type in ('many2one', 'many2many') and (field.store or not field.compute) and name not in models.MAGIC_COLUMNS:
                self.sudo(False)[name]._origin.with_context(allowed_company_ids=[]).check_access('read')
