from odoo import api, fields, models
from odoo.fields import Domain

from ...lib import slug


class ItCodeMixin(models.AbstractModel):
    """A short code by which imports and other programs name a record. It is made of the name, once: renaming does not change it.

    A caller may still give one. The model has a ``name`` and a unique index.
    """
    _name = 'it.code.mixin'
    _description = "Code Made of the Name"

    _code_by_company = False  # made codes are unique within ``company_id``, not only among all records

    code = fields.Char(
        copy=False, help="Short name for imports and other programs. Left empty, it is made of the name; it stays when the name changes.")

    # Required here and not on the field, which would ask people for it in the form.
    _code_filled = models.Constraint("CHECK(code IS NOT NULL AND code <> '')", "A code cannot be empty.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._with_codes(vals_list))

    def write(self, vals):
        """Write; a code that is emptied stays what it is."""
        if 'code' in vals and not vals['code']:
            vals = {name: value for name, value in vals.items() if name != 'code'}
        return super().write(vals)

    def copy_data(self, default=None):
        """Name the copies as copies, unless the caller names them."""
        return [
            {**values, 'name': self.env._("%(name)s (copy)", name=record.name), **(default or {})}
            for record, values in zip(self, super().copy_data(default), strict=True)
        ]

    # === BUSINESS METHODS === #

    @api.model
    def _get_code_scope(self, vals):
        """Return the id of the company within which a new record's code has to be unique, False for every company's."""
        if not self._code_by_company:
            return False
        return (vals if 'company_id' in vals else self.default_get(['company_id'])).get('company_id') or False

    @api.model
    def _with_codes(self, vals_list):
        """Return the values of new records, each with a code: the one given, or a free one made of the name."""
        if all(vals.get('code') for vals in vals_list):
            return vals_list
        scopes = [self._get_code_scope(vals) for vals in vals_list]
        stems = [
            slug.slug(vals.get('name') or self.default_get(['name']).get('name'), self._name.rpartition('.')[2]) for vals in vals_list]
        taken = self._get_taken_codes(set(stems))
        taken |= {(scope, vals['code']) for scope, vals in zip(scopes, vals_list, strict=True) if vals.get('code')}
        coded = []
        for scope, stem, vals in zip(scopes, stems, vals_list, strict=True):
            code = vals.get('code') or slug.free(stem, {code for place, code in taken if place == scope})
            taken.add((scope, code))
            coded.append({**vals, 'code': code})
        return coded

    @api.model
    def _get_taken_codes(self, stems):
        """Return the ``(company id or False, code)`` pairs that begin with one of ``stems``, archived ones included."""
        begins = Domain.OR(Domain('code', '=like', f'{stem}%') for stem in stems)
        # Also codes of records that this person may not see keep theirs from being taken twice.
        found_sudo = self.sudo().with_context(active_test=False).search(begins)
        return {(self._code_by_company and record.company_id.id, record.code) for record in found_sudo}
