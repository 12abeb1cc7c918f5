from odoo import api, models
from odoo.fields import Command
from odoo.models import BaseModel
from odoo.tools import html2plaintext, human_size

from ...lib import ticket_deed
from ...lib.ticket_deed import Line

MOST_PARTS = 20  # of one list, such as the rules of a price list, of which is told what became of each
RULES = 'product.pricelist.item'
FILES = ('binary', 'image')


class ItDeedWords(models.AbstractModel):
    """Says what was saved in one of Odoo's own forms, field by field: before → after.

    What a field holds is looked at before it is written (``_look``) and told afterwards (``_changes``, ``_made``). A list is told by the names of
    what is in it; of its parts only those are read that are written.

    :param readers: of what is told, `res.users`: a record that one of them may not read is not named
    """
    _name = 'it.deed.words'
    _description = "What Was Changed in Odoo's Form"

    # === BEFORE === #

    @api.model
    def _look(self, record, vals, readers):
        """Return ``{field: what it holds}`` of what is about to be written, as far as the person may read it; of a new record nothing yet."""
        names = [name for name in vals if name in record._fields and record._has_field_access(record._fields[name], 'read')]
        return {name: self._held(record, name, readers, vals[name]) if record else None for name in names}

    @api.model
    def _held(self, record, name, readers, commands=()):
        """Return what a field holds, to be compared and told; of a one2many what is told of the parts that these commands touch."""
        value, kind = record[name], record._fields[name].type
        if kind == 'one2many':
            return self._held_parts(value, commands, readers)
        if kind == 'many2many':
            return tuple(value.ids)
        if kind == 'many2one':
            return value.id
        if kind == 'reference':
            return f'{value._name},{value.id}' if value else ''
        return self._property_words(record, name, readers) if kind == 'properties' else value

    @api.model
    def _held_parts(self, parts, commands, readers):
        """Return ``(ids of all parts, {id: (label, words, {field: what it holds})} of those that these commands touch, others that they write)``.

        Of one that the readers may not all read there are no words: nobody can ask for them any more once it is deleted.
        """
        touched = {}
        for code, *rest in commands or ():
            if code in (Command.UPDATE, Command.DELETE, Command.UNLINK):
                touched[rest[0]] = rest[1] if code == Command.UPDATE else {}
            elif code in (Command.CLEAR, Command.SET):
                touched |= {part: {} for part in parts.ids if part not in (rest[1] or () if code == Command.SET else ())}
        few = parts.browse(list(touched)[:MOST_PARTS]).exists()  # a recordset of its own, so that no more are read along
        shown = self._may_name(few, readers)
        told = {part.id: (*(self._part_words(part) if part in shown else (None, None)), self._look(part, touched[part.id], readers)) for part in few}
        return tuple(parts.ids), told, [part for part in list(touched)[MOST_PARTS:] if touched[part]]

    @api.model
    def _part_words(self, part):
        """Return how one part of a record is called among its fields, and what is told of it itself."""
        return (part.name, part.price) if part._name == RULES else ('', part.display_name)

    @api.model
    def _property_words(self, record, name, readers):
        """Return ``{key: (label, words)}`` of the fields that a record has by a definition of its own."""
        values = record[name]
        told = {}
        for one in record._fields[name].convert_to_read(values, record, use_display_name=False):
            if one['type'] != 'separator':
                value = values[one['name']]
                told[one['name']] = (one.get('string') or one['name'], self._property_value(one['type'], value, readers))
        return told

    @api.model
    def _property_value(self, kind, value, readers):
        if isinstance(value, BaseModel):
            return self._names(value, readers)
        if kind == 'boolean':
            return self.env._("Yes") if value else self.env._("No")
        return html2plaintext(value).strip() if kind == 'html' and value else str(value) if value else ''

    # === AFTERWARDS === #

    @api.model
    def _changes(self, record, before, readers):
        """Return a :class:`Line` for each field that does not hold any more what it held ``before``, as ``_look`` returned it."""
        return [line for name, held in before.items() for line in self._lines(record, name, held, readers)]

    @api.model
    def _made(self, record, names, readers):
        """Return a :class:`Line` for each of these fields of a record that was made, unless there is nothing in it."""
        return [line for name in names if name in record._fields and record[name] for line in self._lines(record, name, None, readers)]

    @api.model
    def _lines(self, record, name, held, readers):
        field = record._fields[name]
        plans, label = self.env['it.deed.plan'], self.env['it.deed.plan']._label(record, name)
        is_private = plans._is_private(record, name)
        if field.type == 'one2many':
            lines = self._part_lines(record[name], label, *(held or ((), {}, ())), readers)
            return lines[:1] and [Line(label, is_private=True)] if is_private else lines
        if field.type == 'many2many':
            record.invalidate_recordset([name])  # in the model's order, and not in that in which it was written
        now = self._held(record, name, readers)
        if held == now or field.type == 'many2many' and {*(held or ())} == {*now}:
            return []
        if is_private or field.type == 'json':
            return [Line(label, is_private=True)]
        if field.type == 'properties':
            was = held or {}
            pairs = {key: ((now.get(key) or was[key])[0], was.get(key, ('', ''))[1], now.get(key, ('', ''))[1]) for key in {**was, **now}}
            return [Line(told, *ticket_deed.excerpts(old, new)) for told, old, new in pairs.values() if old != new]
        if field.type in FILES:
            return [self._file_line(label, held, now)]
        if field.type in ('many2many', 'many2one', 'reference'):
            return [self._record_line(record, name, label, held, now, readers)]
        if field.type == 'html':
            words = [html2plaintext(value or '').strip() for value in (held, now)]
        else:
            line = plans._line(record, name, '' if held is None else held, now)
            words = [line.before, line.after]
        return [Line(label, *ticket_deed.excerpts(*words)) if words[0] != words[1] else Line(label, is_private=True)]

    @api.model
    def _file_line(self, label, held, now):
        """Return what is told of a file: that it is another one, and how large it is; its name stands in a field of its own, if anywhere."""
        old, new = (value and human_size(len(value) * 3 // 4) for value in (held, now))
        if old and new:
            return Line(label, '', self.env._("changed (%(before)s → %(after)s)", before=old, after=new))
        return Line(label, old or '', new or '')

    @api.model
    def _record_line(self, record, name, label, held, now, readers):
        """Return what is told of a field that names other records: their names, of a long list those that went and came."""
        field = record._fields[name]
        if field.type == 'many2many':
            words = [self._names(self.env[field.comodel_name].browse(ids), readers, has_more)
                     for ids, has_more in ticket_deed.named(held or (), now)]
        else:
            linked = [self._linked(field, value) for value in (held, now)]
            words = [self._names(one, readers) if one else '' for one in linked]
            if ticket_deed.MORE in words:
                return Line(label, is_private=True)
        return Line(label, *words) if any(word not in ('', ticket_deed.MORE) for word in words) else Line(label, is_private=True)

    @api.model
    def _linked(self, field, value):
        """Return the record that a many2one or a reference holds, None for none."""
        if not value:
            return None
        model, number = (field.comodel_name, value) if field.type == 'many2one' else value.split(',')
        return self.env[model].browse(int(number))

    @api.model
    def _part_lines(self, parts, label, ids, touched, others, readers):
        """Return what became of the parts of a record: of each that is changed its fields, of each that came or went what it is."""
        left, lines, known = set(parts.ids), [], set(ids)
        new = [part for part in parts.ids if part not in known]
        shown = self._may_name(parts.browse([*(part for part in touched if part in left), *new[:MOST_PARTS]]), readers)
        for part, (name, words, fields_) in touched.items():
            if words is None:
                continue
            if part not in left:
                lines.append(Line(name or label, words, ''))
            elif part in shown._ids:
                lines += self._changed_part(parts.browse(part), label, name, words, fields_, readers)
        for part in shown.filtered(lambda part: part.id not in known):
            name, words = self._part_words(part)
            lines.append(Line(name or label, '', words))
        untold = max(len(new) - MOST_PARTS, 0) + max(len(known - left) - sum(part not in left for part in touched), 0)
        if untold:
            lines.append(Line(label, '', self.env._("%s more are new or gone", untold)))
        changed = sum(part in left for part in others)
        if changed:
            lines.append(Line(label, '', self.env._("%s more are changed", changed)))
        is_untold = any(words is None for _name, words, _fields in touched.values())
        has_hidden = is_untold or len(shown) < len(new[:MOST_PARTS]) + sum(part in left for part in touched)
        return lines or ([Line(label, is_private=True)] if has_hidden else [])

    @api.model
    def _changed_part(self, part, label, name, words, held, readers):
        """Return the fields of one part that changed; what a price is made of is told by the price."""
        now, after = self._part_words(part)
        lines, told = [], set()
        if part._name == RULES and (name, words) != (now, after):
            lines = [Line(now, words, after) if words != after else Line(label, name, now)]
            told = {*self.pool.field_depends[part._fields['price']], *self.pool.field_depends[part._fields['name']]}
        head = now or f"{label} “{words}”"
        lines += [
            Line(f"{head}, {line.label}", line.before, line.after, line.is_private)
            for line in self._changes(part, {name: value for name, value in held.items() if name not in told}, readers)]
        return lines

    # === NAMES === #

    @api.model
    def _may_name(self, records, readers):
        """Return those of these records that the person and all the readers may read."""
        records = self.env['it.deed.plan']._readable(records)
        for reader in readers:
            theirs = self.env['it.deed.plan'].with_user(reader).with_context(allowed_company_ids=[])
            readable = set(theirs._readable(records.with_env(theirs.env)).ids)
            records = records.filtered(lambda record, readable=readable: record.id in readable)
        return records

    @api.model
    def _names(self, records, readers, has_more=False):
        """Return the names of these records, with “…” for those that are not named."""
        shown = self._may_name(records, readers)[:ticket_deed.MOST_NAMES]
        names = [ticket_deed.excerpts('', name)[1] for name in shown.mapped('display_name') if name]
        return ", ".join([*names, *([ticket_deed.MORE] if has_more or len(shown) < len(records) else [])])
