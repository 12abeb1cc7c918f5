import base64

from odoo.fields import Command

from .common import ChecklistCase

PNG = base64.b64encode(base64.b64decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')).decode()
ITEMS = {
    'battery': {'name': "Battery", 'kind': 'number', 'unit': '%', 'has_minimum': True, 'minimum': 50, 'has_maximum': True, 'maximum': 100},
    'ink': {'name': "Ink", 'kind': 'choice', 'choices': "Full\nHalf\nLow", 'bad_choices': "Low"},
    'note': {'name': "Seen", 'kind': 'text'},
    'tick': {'name': "Plugs firm", 'kind': 'tick'},
    'photo': {'name': "Rack", 'kind': 'photo'},
    'file': {'name': "Log", 'kind': 'file'},
    'sign': {'name': "Sign", 'kind': 'signature'},
}


class ItemCase(ChecklistCase):

    def _item_run(self, code, *names, **values):
        """Return today's run of a task with these of ``ITEMS``, in order."""
        return self._run(code, item_ids=[
            Command.create({**ITEMS[name], 'sequence': number}) for number, name in enumerate(names)], **values)

    def _fill(self, run, name, value=None, files=None, user=None):
        item = run.item_ids.filtered(lambda item: item.name == ITEMS[name]['name'])
        return self._rpc(user or self.technician, item, 'action_fill', value, files)

    def _file(self, name="a.png", data=PNG):
        return [{'name': name, 'data': data}]
