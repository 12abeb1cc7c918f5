import json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL

from ...lib import seal_story, sealing
from ..mixins import clock

BATCH_RECORDS = 2000
NOTED = 'it_continuity.records_to_seal'
# 1: events of runs alone, without ``version`` and ``title``. What is compared with the database is the same in both.
VERSION = 2
READERS = 'it_continuity.it_continuity_group_manager,it_continuity.it_continuity_group_auditor'


class ItSealedMixin(models.AbstractModel):
    """Records that are evidence: each step that closes one, or changes a closed one, is written to the log when the transaction is
    committed, and what is in the database can be compared with the log at any time.

    A model declares when it is sealed (``_seal_states``), by which column people know it (``_seal_name``), which columns are sealed
    (``_seal_columns``) and which lists of lines belong to it (``_seal_parts``). Lines declare ``_sealed_with`` instead of states: a line
    that is written is a step of the record that it belongs to.
    """
    _name = 'it.sealed.mixin'
    _description = "Sealed Evidence"
    _inherit = ['it.evidence.mixin']

    _seal_states = ()  # values of ``state``; a step that begins or ends in one of them is an event
    _seal_name = 'name'
    _seal_columns = ()  # empty: every stored column
    _seal_parts = {}  # {key in the content: one2many field}
    _seal_lasting = ()  # keys of the content: what is told there stays as it was also once the record is open again
    _unsealed_fields = frozenset()  # stored fields that are no evidence: to write them alone is no step
    _sealed_with = ''  # many2one to the record whose content tells of this one

    seal_event_ids = fields.One2many(
        'it.seal.event', 'res_id', string="Sealed events", domain=lambda self: [('model', '=', self._name)], readonly=True,
        groups=READERS)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._sealed_with:
            records[self._sealed_with]._note_for_seal()
        elif any(vals.get('state') in self._seal_states for vals in vals_list):  # runs are made by the hundred, and open
            records._note_for_seal({})
        return records

    def write(self, vals):
        """Note what this write means for the log, once it is done."""
        if not vals.keys() - self._get_thread_fields() - self._unsealed_fields:
            return super().write(vals)
        if self._sealed_with:
            result = super().write(vals)
            self[self._sealed_with]._note_for_seal()
            return result
        before = {record.id: record.state for record in self}
        result = super().write(vals)
        self._note_for_seal(before)
        return result

    # === ACTION METHODS === #

    def action_open_events(self):
        """Open what the log of evidence tells of this one record."""
        self.ensure_one()
        return {
            **self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_seal_event_action'),
            'domain': [('model', '=', self._name), ('res_id', '=', self.id)],
            'context': {},
        }

    # === NOTING === #

    def _told_records(self):
        """What is a line of another record is told of with that one."""
        told = super()._told_records()
        if self._sealed_with:
            return told | self.filtered(lambda line: line[line._sealed_with]._told_records())
        return told | self.filtered(lambda record: record.state in record._seal_states)

    def _closed_chatters(self):
        """A record that the log calls closed is closed to who would change what was said, also where it may still be worked on."""
        return super()._closed_chatters() | self.filtered(lambda record: record.state in record._seal_states)

    def _note_for_seal(self, before=None):
        """Note which of these records closed or changed while closed; they are written to the log together, at the commit.

        A savepoint that is rolled back takes its notes along; so no step is logged that did not happen.

        :param before: states before the step, by id; None when the record itself stayed as it is and something that belongs to it changed
        """
        steps = {}
        for record in self:
            old = record.state if before is None else before.get(record.id)
            if old in self._seal_states or record.state in self._seal_states:
                steps[record.id] = [old, record.state, self.env.uid]
        self._note_steps(steps)

    @api.model
    def _note_steps(self, steps):
        """:param steps: ``{record id: [state before, state after, user id]}``"""
        if not steps:
            return
        precommit = self.env.cr.precommit
        if NOTED not in precommit.data:
            precommit.data[NOTED] = {}
            precommit.add(self._seal_noted)
        noted = precommit.data[NOTED].setdefault(self._name, {})
        for record_id, step in steps.items():
            known = noted.setdefault(record_id, [])
            if step not in known[-1:] or step[0] != step[1]:
                known.append(step)

    @api.model
    def _seal_noted(self):
        """Write the noted records to the log, in a number of statements that does not grow with them."""
        for model, steps in self.env.cr.precommit.data.pop(NOTED, {}).items():
            self.env[model]._append_events(steps)

    @api.model
    def _append_events(self, steps):
        records_sudo = self.sudo().browse(steps).exists()  # the log holds all of a record, whatever its reader may see
        now = clock.now(self.env)
        self.env['it.seal.event'].sudo()._append(self._name, [
            (content['record']['company_id'], record_id, sealing.canonical(
                {**content, 'version': VERSION, 'title': content['record'][self._seal_name] or '', 'at': now, 'steps': steps[record_id]}))
            for record_id, content in records_sudo._get_seal_contents().items()])

    @api.model
    def _take_over(self):
        """Write an event of each closed record that the log does not know: of those that were closed before their model was sealed."""
        rows = self.env.execute_query(SQL("""
            SELECT id, state FROM %s AS record WHERE state = ANY(%s)
               AND NOT EXISTS (SELECT FROM it_seal_event WHERE model = %s AND res_id = record.id)
        """, SQL.identifier(self._table), list(self._seal_states), self._name))
        self._note_steps({record_id: [state, state, SUPERUSER_ID, seal_story.TAKEN_OVER] for record_id, state in rows})

    # === WHAT IS SEALED === #

    def _get_seal_contents(self):
        """Return what is sealed of these records as they are in the database, by id.

        Extended by whoever adds evidence that is no list of lines: a new key holds a list of dicts with ``id`` and ``name``, which are
        sealed with the record and compared with it when the log is verified.

        :return: dicts with ``record`` (columns), ``people`` (logins by user id), ``files`` (id, name, size, SHA-256), and the parts
        """
        self.env.flush_all()
        rows = {row['id']: row for row in self._sealed_rows(SQL("record.id = ANY(%s)", self.ids), 'id')}
        files = self._sealed_files()
        contents = {
            record_id: {'record': {name: row[name] for name in row if name != 'id'}, 'people': {}, 'files': files.get(record_id, [])}
            for record_id, row in rows.items()}
        people = {record_id: self._people_in(row) for record_id, row in rows.items()}
        for key, field_name in self._get_seal_parts().items():
            lines = self.env[self._fields[field_name].comodel_name]
            of_record = lines._sealed_lines(self.ids)
            for record_id, content in contents.items():
                content[key] = of_record.get(record_id, [])
                people[record_id] |= {user_id for line in content[key] for user_id in lines._people_in(line)}
        logins = self._logins(set().union(*people.values()))
        for record_id, content in contents.items():
            content['people'] = {str(user_id): logins[user_id] for user_id in sorted(people[record_id]) if user_id in logins}
        return contents

    @api.model
    def _get_seal_parts(self):
        """Return ``{key in the content: one2many field}`` of the lists of lines that are sealed with a record. Extended by rooms above for theirs."""
        return self._seal_parts

    @api.model
    def _sealed_lines(self, parent_ids):
        """Return these lines' values by the id of the record with which they are sealed: ``{id: [{'id', 'name', …}]}``."""
        lines = {}
        of_these = SQL("record.%s = ANY(%s)", SQL.identifier(self._sealed_with), list(parent_ids))
        for row in self._sealed_rows(of_these, 'id', self._sealed_with):
            lines.setdefault(row.pop(self._sealed_with), []).append({**row, 'name': row[self._seal_name] or ''})
        return lines

    @api.model
    def _sealed_rows(self, condition, *more):
        """Return the sealed columns of the records that meet a condition, and ``more``, as dicts in the order of ``id``.

        The files of lines are told as ``file_ids``.
        """
        names = dict.fromkeys((*more, *self._get_sealed_fields()))
        columns = [SQL("record.%s", SQL.identifier(name)) for name in names]
        field = self._fields.get('attachment_ids')
        if self._sealed_with and field:
            columns.append(SQL(
                "ARRAY(SELECT %(file)s FROM %(table)s WHERE %(own)s = record.id ORDER BY %(file)s) AS file_ids",
                file=SQL.identifier(field.column2), table=SQL.identifier(field.relation), own=SQL.identifier(field.column1)))
        return self.env.execute_query_dict(SQL(
            "SELECT %s FROM %s AS record WHERE %s ORDER BY record.id", SQL(', ').join(columns), SQL.identifier(self._table), condition))

    @api.model
    def _get_sealed_fields(self):
        """Return the names of the sealed columns."""
        if self._seal_columns:
            return sorted(self._seal_columns)
        left_out = {*MAGIC_COLUMNS, *self._get_thread_fields()}
        return sorted(name for name, field in self._fields.items() if field.store and field.column_type and name not in left_out)

    @api.model
    def _people_in(self, row):
        """Return the ids of the users that a row's columns name."""
        return {value for name, value in row.items()
                if value and name in self._fields and self._fields[name].comodel_name == 'res.users'}

    @api.model
    def _get_thread_fields(self):
        """Return the fields of chatter and activities, which have rules of their own."""
        return set(self.env['mail.thread']._fields) | set(self.env['mail.activity.mixin']._fields)

    @api.model
    def _logins(self, user_ids):
        users_sudo = self.env['res.users'].sudo().browse(user_ids)  # a person's login outlives the right to read the person
        return {user.id: user.login for user in users_sudo}

    def _sealed_files(self):
        """Return the records' files as ``{id: [{id, name, size, sha256}]}``; the content is read, not what the database says of it."""
        pairs = self.env.execute_query(SQL(
            "SELECT DISTINCT res_id, file_id FROM (%s) AS file (model, res_id, file_id) WHERE res_id = ANY(%s) ORDER BY res_id, file_id",
            SQL(" UNION ALL ").join(self._file_links()), self.ids)) if self._file_links() else []
        told = self.env['ir.attachment'].sudo().browse({file_id for _record_id, file_id in pairs})._get_sealed_values()
        files = {}
        for record_id, file_id in pairs:
            files.setdefault(record_id, []).append(told[file_id])
        return files

    # === COMPARING === #

    @api.model
    def _seal_findings(self, company):
        """Yield ``(record id, name, code, details)`` of each record of a company that is not as its last event says.

        Codes: ``changed`` (details: names of fields and files), ``deleted``, ``unlogged`` (closed, and no event tells of it).
        """
        last_id = 0
        while True:
            rows = self.env.execute_query(SQL("""
                SELECT id FROM (
                    SELECT id FROM %(table)s WHERE company_id = %(company)s AND id > %(last)s
                    UNION SELECT res_id FROM it_seal_event WHERE company_id = %(company)s AND model = %(model)s AND res_id > %(last)s
                ) AS known (id) ORDER BY id LIMIT %(limit)s
            """, table=SQL.identifier(self._table), company=company.id, last=last_id, model=self._name, limit=BATCH_RECORDS))
            if not rows:
                return
            last_id = rows[-1][0]
            yield from self.browse([row[0] for row in rows])._compare_with_log()
            self.env.invalidate_all()

    def _compare_with_log(self):
        """Yield the findings for these records; some of them may exist in the log alone."""
        logged = dict(self.env.execute_query(SQL("""
            SELECT DISTINCT ON (res_id) res_id, content FROM it_seal_event
             WHERE model = %s AND res_id = ANY(%s) ORDER BY res_id, id DESC
        """, self._name, self.ids)))
        present = self.exists()._get_seal_contents()
        for record_id in self.ids:
            record, sealed = present.get(record_id), self._parse_event(logged.get(record_id))
            if not record:
                yield record_id, sealed['record'].get(self._seal_name) or '', 'deleted', []
                continue
            name, is_closed = record['record'][self._seal_name] or '', record['record']['state'] in self._seal_states
            if record_id not in logged:
                if is_closed:
                    yield record_id, name, 'unlogged', []
                continue
            if is_closed or sealed['record'].get('state') in (None, *self._seal_states):
                details = self._details(sealed, record)
            else:
                details = self._lasting_details(sealed, record)
            if details:
                yield record_id, name, 'changed', details

    @api.model
    def _parse_event(self, content):
        """Return an event's content; an empty one when it is not what was ever sealed, which the chain shows too."""
        try:
            parsed = json.loads(content)
            parts = {name: [{**one, 'id': int(one['id']), 'name': str(one['name'])} for one in part]
                     for name, part in parsed.items() if name not in ('at', 'people', 'record', 'steps', 'title', 'version')}
            return {'record': dict(parsed['record']), **parts}
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
            return {'record': {}}

    @api.model
    def _details(self, sealed, present):
        """Return the names of what differs: fields, then files and whatever else a record is sealed with."""
        details = sealing.differences(sealed['record'], present['record']) if sealed['record'] else ['state']
        for part in sorted(sealed.keys() & present.keys() - {'record', 'people'}):
            known, now = ({one['id']: sealing.plain(one) for one in side[part]} for side in (sealed, present))
            details += [
                (known.get(one_id) or now[one_id])['name'] for one_id in sorted(known.keys() | now.keys())
                if known.get(one_id) != now.get(one_id)]
        return details

    @api.model
    def _lasting_details(self, sealed, present):
        """Return the names of what stays as it was and did not, of a record that is open again: it may have got more since."""
        details = []
        for part in self._seal_lasting:
            now = {one['id']: sealing.plain(one) for one in present[part]}
            details += [one['name'] for one in sealed.get(part, []) if now.get(one['id']) != sealing.plain(one)]
        return details

    # === WORDS === #

    @api.model
    def _seal_words(self, contents):
        """Return events in words, in the reader's language, by the keys of ``contents``; one that is not as we write it is left out.

        Extended by models whose steps have names of their own.

        :param contents: ``{key: content of an event}``
        """
        told = {key: moves for key, content in contents.items() if (moves := seal_story.read_moves(content))}
        names = self._names_of({user_id for moves in told.values() for user_id in (*moves.people, *(move.actor for move in moves.steps))})
        return {key: "; ".join(self._move_words(moves, move, names) for move in moves.steps) for key, moves in told.items()}

    @api.model
    def _move_words(self, moves, move, names):
        states = dict(self._fields['state']._description_selection(self.env))
        values = {
            'kind': self.env['ir.model']._get(self._name).name, 'name': moves.title, 'actor': self._person_words(moves.people, move.actor, names),
            'old': states.get(move.old, move.old), 'new': states.get(move.new, move.new)}
        if move.is_taken_over:
            return self.env._("%(kind)s “%(name)s” was “%(new)s” when the log began to keep it", **values)
        if move.old == move.new:
            return self.env._("%(actor)s changed %(kind)s “%(name)s”, which stays “%(new)s”", **values)
        return self.env._("%(actor)s moved %(kind)s “%(name)s” from “%(old)s” to “%(new)s”", **values)

    @api.model
    def _names_of(self, user_ids):
        """Return ``{user id: (name, login)}``; who left or works elsewhere is named too."""
        users_sudo = self.env['res.users'].sudo().browse(user_ids).exists()
        return {user.id: (user.name, user.login) for user in users_sudo}

    @api.model
    def _person_words(self, people, user_id, names):
        """Return a person's name, or the login that was sealed where the present user has another one.

        :param people: logins by user id, as they were sealed
        """
        if not user_id:
            return self.env._("the agent")
        if user_id == SUPERUSER_ID:
            return self.env._("the software")
        name, login = names.get(user_id, ('', ''))
        sealed = people.get(user_id, login)
        return name if name and sealed == login else sealed or self.env._("user %(number)s", number=user_id)
