import base64
import binascii
import io

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.mimetypes import guess_mimetype

from ...lib import task_item
from ..mixins import clock
from ..mixins.time_words import moment_text
from .task_item_mixin import PINNED

# What was answered, by whom and what follows from it: never given when the item is made.
ANSWER_FIELDS = ('number', 'has_number', 'text', 'ticked', 'attachment_ids', 'snapshot', 'filled_by_id', 'filled_at', 'state')
# What points at things that may be deleted later is not sealed; the text and the frozen results say what it was.
SEALED_FIELDS = (
    *(name for name in PINNED if name not in ('check_id', 'check_template_id')),
    'number', 'has_number', 'text', 'ticked', 'snapshot', 'filled_by_id', 'filled_at', 'state')
MAX_FILE_BYTES = 25 * 1024 * 1024
PHOTO_TYPES = ('image/png', 'image/jpeg', 'image/gif', 'image/webp')
NO_PICTURE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow says to bytes that are none


class ItTaskRunItem(models.Model):
    """One thing to fill in for one run: what was asked when the run was made, and what was answered.

    Nobody has the right to write it: people answer by ``action_fill``, checks when the run closes. With a closed run it is evidence.
    """
    _name = 'it.task.run.item'
    _description = "Item of a Task Run"
    _inherit = ['it.guarded.mixin', 'it.task.item.mixin', 'it.sealed.mixin']
    _guarded_fields = frozenset(ANSWER_FIELDS)
    _guard_spares_su = True
    _order = 'sequence, id'
    _allow_sudo_commands = False  # no way around the guards through a parent record's rights
    _sealed_with = 'run_id'
    _seal_columns = SEALED_FIELDS

    run_id = fields.Many2one('it.task.run', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='run_id.company_id')
    task_item_id = fields.Many2one('it.task.item', string="Item of the task", readonly=True, index='btree_not_null', ondelete='set null')
    number = fields.Float(readonly=True, digits=(16, 3), aggregator='avg')
    text = fields.Text("Text or choice", readonly=True)
    ticked = fields.Boolean(readonly=True)
    attachment_ids = fields.Many2many('ir.attachment', string="Files", readonly=True, copy=False)
    snapshot = fields.Json(readonly=True, help="The checks' results as they were when the item was filled.")
    has_number = fields.Boolean(readonly=True, help="A number was entered, which may be zero.")
    filled_by_id = fields.Many2one(
        'res.users', string="Filled by", readonly=True, index='btree_not_null', ondelete='restrict', help="Empty: a check.")
    filled_at = fields.Datetime("Filled at", readonly=True)
    state = fields.Selection([('empty', "Empty"), ('ok', "OK"), ('bad', "Bad")], required=True, readonly=True, default='empty')
    value_text = fields.Char("Value", compute='_compute_value_text')

    # === COMPUTE METHODS === #

    @api.depends('kind', 'number', 'has_number', 'text', 'ticked', 'attachment_ids', 'snapshot', 'unit')
    def _compute_value_text(self):
        for item in self:
            item.value_text = item._value_text()

    # === CRUD METHODS === #

    def write(self, vals):
        """Keep what belongs to a closed run as it is, whoever writes. :raises AccessError: the run is closed"""
        self._check_run_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was asked for in a run cannot be deleted: it is evidence."))

    def copy(self, default=None):  # nobody copies one  # pylint: disable=method-required-super
        raise UserError(self.env._("What was asked for in a run cannot be duplicated: it is evidence."))

    # === ACTION METHODS === #

    def action_fill(self, value=None, files=None):
        """Answer this one item; an empty value takes the answer back.

        :param value: a number (or its text), a choice, a text, or true for a tick
        :param files: ``[{'name': "rack.jpg", 'data': base64}]``, added to those that are there; an empty list removes all
        :raises AccessError: the person may not work on the run, or it is closed
        :raises UserError: the run is not open yet, or this is no answer to what is asked
        :return: the item as ``_drawn`` gives it
        """
        self.ensure_one()
        self.run_id.check_access('write')
        self.run_id.lock_for_update(allow_referencing=True)  # not while another transaction closes the run
        self._check_run_open()
        if self.run_id.open_at > clock.now(self.env):
            raise UserError(self.run_id._get_refusal_message('too_early'))
        values = self._values_of_files(files) if self.kind in task_item.FILE_KINDS else self._values_of(value)
        self.run_id._note_contributor()  # for ever: another may answer it again
        item_sudo = self.sudo()  # the person's right on the run was checked
        item_sudo.write(values)
        is_filled = item_sudo._is_filled()
        item_sudo.write({
            'state': item_sudo._judged(),
            'filled_by_id': is_filled and self.env.uid,
            'filled_at': is_filled and clock.now(self.env),
        })
        return self._drawn()

    @api.readonly
    def judge_answer(self, value=None):
        """Say what this one item would be with a value that somebody types, without keeping it.

        :raises AccessError: the person may not work on the run
        :return: ``{'state': 'empty' | 'ok' | 'bad' | 'refused', 'refusal': sentence or ''}``
        """
        self.ensure_one()
        self.run_id.check_access('write')
        try:
            values = self._values_of(value)
        except UserError as error:
            return {'state': 'refused', 'refusal': error.args[0]}
        answer = task_item.Value(
            number=values['number'] if values.get('has_number') else None, text=values.get('text') or '', ticked=values.get('ticked', False))
        return {'state': task_item.state(self._definition(), answer), 'refusal': ''}

    # === MAKING === #

    @api.model
    def _pin(self, runs):
        """Make the items that the runs' tasks ask for, for all new runs in one insert."""
        asked = runs.task_id.item_ids._asked()
        items_of = {
            task.id: [{'task_item_id': item.id, **item._prepare_run_item()} for item in task.item_ids if item in asked]
            for task in runs.task_id}
        self.sudo().create([{'run_id': run.id, **values} for run in runs for values in items_of[run.task_id.id]])

    # === ANSWERING === #

    def _take_answers(self, answers):
        """Keep what was typed for these items, by the rules of ``action_fill``.

        :param answers: falsy for nothing, or ``{item id as text: {'value': …} | {'is_cleared': bool, 'files': [{'name', 'data': base64}]}}``
        :raises UserError: this is not what the screen hands over, or an answer is refused
        """
        if not answers:
            return
        items = {str(item.id): item for item in self}
        if not isinstance(answers, dict) or not all(isinstance(answer, dict) for answer in answers.values()) or answers.keys() - items.keys():
            raise UserError(self.env._("These answers do not belong to this run. Load the page again."))
        for item_id, answer in answers.items():
            item = items[item_id]
            if item.kind not in task_item.FILE_KINDS:
                item.action_fill(answer.get('value'))
                continue
            if answer.get('is_cleared'):
                item.action_fill(files=[])
            if answer.get('files'):
                item.action_fill(files=answer['files'])

    def _value_text(self):
        """Return what was answered in one line, empty for nothing."""
        if self.kind == 'check':
            return _snapshot_text(self.snapshot)
        if self.kind == 'number':
            return f"{self.number:g} {self.unit or ''}".strip() if self.has_number else ''
        if self.kind == 'tick':
            return self.env._("Yes") if self.ticked else ''
        if self.kind in task_item.FILE_KINDS:
            return ", ".join(self._files().mapped('name'))
        return self.text or ''

    def _check_run_open(self):
        for run in self.run_id._closed_records():
            raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))

    def _closed_records(self):
        return self.filtered(lambda item: item.run_id._closed_records())

    def _values_of(self, value):
        """Return the fields for what a person typed, chose or ticked. :raises UserError: it does not fit"""
        if self.kind == 'check':
            raise UserError(self.env._("“%(name)s” is measured by a check; nobody types it.", name=self.name))
        if self.kind == 'tick':
            return {'ticked': value is True}
        if self.kind == 'number':
            try:
                number = task_item.parse_number(value)
            except (TypeError, ValueError, OverflowError):
                raise UserError(self.env._("“%(name)s” needs a number.", name=self.name)) from None
            self._check_possible(number)
            return {'number': number or 0.0, 'has_number': number is not None}
        text = value.strip() if isinstance(value, str) else ''
        if len(text) > task_item.MAX_TEXT_CHARS:
            raise UserError(self.env._(
                "“%(name)s” takes at most %(most)s characters, and this is %(count)s. Add it as a file instead.",
                name=self.name, most=task_item.MAX_TEXT_CHARS, count=len(text)))
        if self.kind == 'choice' and text and text not in task_item.lines(self.choices):
            raise UserError(self.env._("“%(value)s” is not among the choices of “%(name)s”.", value=text, name=self.name))
        return {'text': text or False}

    def _check_possible(self, number):
        """:raises UserError: nobody can have read this number; the sentence names what is possible"""
        if number is None or task_item.is_possible(self._definition(), number):
            return
        smallest, largest = task_item.possible(self._definition())
        if number < task_item.ANYTHING[0] and smallest is None:
            smallest = task_item.ANYTHING[0]
        if number > task_item.ANYTHING[1] and largest is None:
            largest = task_item.ANYTHING[1]
        raise UserError(self.env._(
            "“%(name)s” cannot be %(value)s. Possible is %(range)s.", name=self.name,
            value=f"{number:.15g} {self.unit or ''}".strip(), range=self._range_text(smallest, largest)))

    def _values_of_files(self, files):
        """Keep uploaded files with the run and return the item's field. :raises UserError: a file is empty, too big or no photo"""
        run_sudo = self.run_id.sudo()  # the person's right on the run was checked
        if not isinstance(files or [], list):
            raise UserError(self.env._("The file for “%(name)s” did not arrive whole. Send it again.", name=self.name))
        if not files:
            run_sudo.attachment_ids -= self.sudo().attachment_ids
            return {'attachment_ids': [fields.Command.clear()]}
        created = self.env['ir.attachment'].create([self._prepare_file(file) for file in files])
        kept = [] if self.kind == 'signature' else [fields.Command.link(file.id) for file in created]
        if self.kind == 'signature':
            run_sudo.attachment_ids -= self.sudo().attachment_ids
            kept = [fields.Command.set(created[-1:].ids)]
        run_sudo.attachment_ids |= created
        return {'attachment_ids': kept}

    def _prepare_file(self, file):
        try:
            raw = base64.b64decode(file['data'], validate=True)
            name = str(file['name'])[:200]
        except (TypeError, KeyError, ValueError, binascii.Error):
            raise UserError(self.env._("The file for “%(name)s” did not arrive whole. Send it again.", name=self.name)) from None
        if not raw or len(raw) > MAX_FILE_BYTES:
            raise UserError(self.env._("The file for “%(name)s” is empty or larger than 25 MB.", name=self.name))
        values = {  # all that defaults of the person or the context could turn into a link, or show to the world
            'name': name, 'raw': raw, 'res_model': 'it.task.run', 'res_id': self.run_id.id, 'res_field': False,
            'type': 'binary', 'url': False, 'public': False}
        if self.kind == 'file':
            return values
        mimetype = guess_mimetype(raw)
        if mimetype not in PHOTO_TYPES:
            raise UserError(self.env._("“%(name)s” needs a picture: PNG, JPEG, GIF or WebP.", name=self.name))
        try:
            with Image.open(io.BytesIO(raw)) as picture:
                picture.verify()
        except NO_PICTURE:
            raise UserError(self.env._("The picture for “%(name)s” cannot be opened. Take it again.", name=self.name)) from None
        return {**values, 'mimetype': mimetype}  # as its bytes say, not as it is called: a picture named .html is served as a picture

    def _judged(self, proven=None):
        """Return the state that follows from what was filled in."""
        return task_item.state(self._definition(), self._value(proven))

    def _value(self, proven=None):
        return task_item.Value(
            number=self.number if self.has_number else None, text=self.text or '', ticked=self.ticked,
            files=len(self.attachment_ids), proven=proven)

    def _files(self):
        """Return the files in the order in which they came; who reads the run reads them."""
        return self.sudo().attachment_ids.sorted('id')

    def _is_filled(self):
        return self._judged() != 'empty'

    def _judgeable(self):
        """Return these items as the pairs that ``lib.task_item`` reads."""
        return [(item._definition(), item.state if item.kind == 'check' else item._judged()) for item in self]

    def _count_left(self):
        """Return how many of these items are left that a person can fill in."""
        return sum(item.kind != 'check' and item.state == 'empty' for item in self)

    # === CLOSING === #

    def _bad_by_hand(self):
        """Return the names of those of these items that a person answered with something bad."""
        return task_item.bad([(item, state) for item, state in self._judgeable() if item.kind != 'check'])

    def _check_complete(self, run, reason):
        """Return the values to add to a run that is done, whose items these are.

        :raises UserError: something required is missing, or a bad value needs a reason
        """
        items = self._judgeable()
        names = task_item.missing(items)
        if names:
            raise UserError(self.env._(
                "“%(run)s” still needs: %(names)s.", run=run.display_name, names=", ".join(names)))
        names = task_item.bad(items)
        if names and not (reason or '').strip():
            raise UserError(self.env._(
                "“%(run)s”: %(names)s is not as it should be. Mark the run as failed, or give a reason to override it.",
                run=run.display_name, names=", ".join(names)))
        return {'override_reason': reason} if names else {}

    def _fill_by_checks(self, newest=None):
        """Freeze in these check items what their checks say now, each with its own verdict.

        :param newest: as for ``ItCheck._snapshot``
        """
        items_sudo = self.sudo()  # the software fills them; whoever works on the run is told what its checks say
        for item in items_sudo.filtered(lambda item: item.kind == 'check'):
            item.write({**item._measured(newest), 'filled_by_id': False, 'filled_at': clock.now(self.env)})

    def _measured(self, newest=None):
        """Return what the checks of this one item say now, as its fields. What is measured now proves nothing of a missed time."""
        checks = self._bound_checks()
        proven = bool(checks) and self.run_id.state != 'missed' and checks._proof(self.run_id.open_at, newest).verified
        return {'snapshot': checks._snapshot(newest), 'state': self._judged(proven)}

    def _frozen(self):
        """Return these items as plain data that stands alone, whatever changes later: what is sealed with the run."""
        return [{
            'name': item.name, 'kind': item.kind, 'required': item.required, 'state': item.state, 'value': item.value_text,
            'number': item.number if item.has_number else None, 'unit': item.unit or '',
            'minimum': item.minimum if item.has_minimum else None, 'maximum': item.maximum if item.has_maximum else None,
            'choices': list(task_item.lines(item.choices)), 'bad_choices': list(task_item.lines(item.bad_choices)),
            'files': [{'name': file.name, 'checksum': file.checksum} for file in item._files()],
            'snapshot': item.snapshot or None, 'filled_by': item.filled_by_id.id or None,
            'filled_at': item.filled_at.isoformat() if item.filled_at else None,
        } for item in self.sudo()]

    # === DRAWING === #

    def _last_answers(self):
        """Return what was answered for the same items the last time before: ``{item id: earlier item}``, by one query."""
        rows = self.env.execute_query(SQL("""
            SELECT item.id, earlier.id
              FROM it_task_run_item AS item JOIN it_task_run AS run ON run.id = item.run_id
              JOIN LATERAL (
                SELECT other.id FROM it_task_run_item AS other JOIN it_task_run AS other_run ON other_run.id = other.run_id
                 WHERE other.task_item_id = item.task_item_id AND other.state != 'empty'
                   AND other_run.due_at < run.due_at AND other_run.state NOT IN ('pending', 'missed')
                 ORDER BY other_run.due_at DESC, other.id DESC LIMIT 1
              ) AS earlier ON true
             WHERE item.id = ANY(%s)
        """, self.ids)) if self else []
        earlier = self.browse([row[1] for row in rows])
        return {item_id: one for (item_id, _earlier_id), one in zip(rows, earlier, strict=True)}

    def _drawn(self, last=None):
        """Return this one item as the screen draws it; a check item of an open run shows what is measured now.

        :param last: the same item of an earlier run, to be told beside it
        """
        live = {}
        if self.kind == 'check' and self.run_id._is_fillable():
            measured = self.sudo()._measured()  # whoever works on the run is told what its checks say
            live = {'state': measured['state'], 'value': _snapshot_text(measured['snapshot'])}
        return {
            'id': self.id, 'run_id': self.run_id.id, 'name': self.name, 'kind': self.kind, 'required': self.required,
            'instructions': self.instructions or '', 'unit': self.unit or '', 'limits': self._limits_text(),
            'choices': [
                {'value': choice, 'is_bad': choice in task_item.lines(self.bad_choices)} for choice in task_item.lines(self.choices)],
            'number': self.number if self.has_number else None, 'text': self.text or '', 'ticked': self.ticked,
            'files': [{'id': file.id, 'name': file.name, 'mimetype': file.mimetype or '', 'is_image': (file.mimetype or '').startswith('image/')}
                      for file in self._files()],
            'state': self.state, 'value': self.value_text, 'filled_by': self.filled_by_id.sudo().name or '',
            'filled_at': self._filled_text(),
            'last': last.value_text if last else '', 'last_at': last._filled_text() if last else '',
            **live,
        }

    def _filled_text(self):
        """Return when it was filled in by the company's clock, empty while it is not."""
        return moment_text(self.env, self.filled_at, self.run_id.company_id.itc_tz)


def _snapshot_text(snapshot):
    """Return frozen results of checks in one line."""
    return ", ".join(
        f"{one['host']}: {one['summary'] or one['hard_state']}{' (stale)' if one['stale'] else ''}"
        if one['measured_at'] else f"{one['host']}: no result yet" for one in snapshot or [])
