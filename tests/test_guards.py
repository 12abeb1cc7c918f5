from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.mixins.guarded_mixin import ItGuardedMixin
from .common import ItcCase


class Reached(Exception):
    """Odoo has begun to make a record, with its guarded fields let through."""


@tagged('post_install', '-at_install')
class TestGuards(ItcCase):
    """What only actions write stays theirs in every model that has such fields."""

    def test_while_a_record_is_made_those_that_are_there_stay_guarded(self):
        """A new record's commands for its lines are carried out as it is made, and lines lead back to records of its own kind."""
        names = [name for name in self.env.registry.descendants(['it.guarded.mixin'], '_inherit') if not self.env[name]._abstract]
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(model=name):
                self.assertFalse(self._open_while_made(self.env[name].with_user(self.technician)))

    def _open_while_made(self, model):
        """Return the guarded fields that could be written in another record, or given to another one, while a record of a model is made."""
        guarded, found = [field for field in model._fields if model._is_guarded(field)], []
        self.assertTrue(guarded)

        def look(records, operation):
            if operation != 'create':
                return
            for field in guarded:
                if records.browse(1)._has_field_access(records._fields[field], 'write'):
                    found.append(field)
                with suppress(AccessError):
                    records.browse(1)._check_unguarded({field: False})
                    found.append(field)
            raise Reached

        made = type(model)
        with (patch.object(made, 'check_access', look), patch.object(made, '_get_guarded_initial', lambda _self: {}),
              patch.object(made, '_get_guarded_values', lambda _self, _vals: {}), self.assertRaises(Reached)):
            ItGuardedMixin.create(model, [{}])
        return found
