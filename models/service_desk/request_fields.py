from odoo import fields

from ...lib import request_form


class RequestProperties(fields.Properties):
    """Properties of which a value that its field cannot take counts as none: the form may have changed since it was given."""

    @classmethod
    def _dict_to_list(cls, values_dict, properties_definition):
        fitting, _misfits = request_form.fit(properties_definition, values_dict)
        return super()._dict_to_list(fitting, properties_definition)
