import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL

from ...lib import sealing
from .task_run import EDITABLE_STATES

BATCH_RECORDS = 2000
NOTED = 'it_continuity.runs_to_seal'
# What confirming a run may add to it; nothing else of a closed run changes on the way.
CONFIRMING = frozenset({'state', 'verified_by_id', 'verified_at', 'closed_at'})
UNSEALED = frozenset({*MAGIC_COLUMNS})


class ItTaskRun(models.Model):
    """Every step that closes a run, or changes a closed one, is written to the log of evidence when the transaction is committed."""
    _inherit = 'it.task.run'

    # Who and what a closed run names cannot be emptied behind its back by deleting it elsewhere.
    role_id = fields.Many2one(ondelete='restrict')
    responsible_id = fields.Many2one(ondelete='restrict')
    done_by_id = fields.Many2one(ondelete='restrict')
    verified_by_id = fields.Many2one(ondelete='restrict')
    seal_event_ids = fields.One2many('it.seal.event', 'res_id', domain=[('model', '=', 'it.task.run')], readonly=True)

    # === CRUD METHODS === #

    def write(self, vals):
        """Keep closed runs as they are, whoever asks; note the others' steps for the log.

        :raises AccessError: a run is closed and this is no step of the graph, superuser or not
        """
        if not set(vals) - self._thread_fields():
            return super().write(vals)
        before = {run.id: run.state for run in self}
        self._check_seal(vals)
        result = super().write(vals)
        self._note_for_seal(before)
        return result

    def _check_seal(self, vals):
        """:raises AccessError: these values would change a closed run otherwise than by a step"""
        for run in self:
            if run.state == 'pending' or run.state in EDITABLE_STATES:
                continue
            new = vals.get('state', run.state)
            if new == run.state and set(vals) == {'state'}:
                continue
            if new == run.state or (new == 'verified' and set(vals) - CONFIRMING):
                raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))

    # === BUSINESS METHODS === #

    def _note_for_seal(self, before):
        """Note which of these runs closed or changed while closed; they are written to the log together, at the commit.

        A savepoint that is rolled back takes its notes along; so no step is logged that did not happen.

        :param before: states before the step, by id
        """
        steps = {run.id: [before[run.id], run.state, self.env.uid] for run in self if {before[run.id], run.state} != {'pending'}}
        if not steps:
            return
        precommit = self.env.cr.precommit
        if NOTED not in precommit.data:
            precommit.data[NOTED] = {}
            precommit.add(self._seal_noted)
        for run_id, step in steps.items():
            precommit.data[NOTED].setdefault(run_id, []).append(step)

    @api.model
    def _seal_noted(self):
        """Write the noted runs to the log, in a number of statements that does not grow with them."""
        noted = self.env.cr.precommit.data.pop(NOTED, {})
        runs_sudo = self.sudo().browse(noted).exists()  # the log holds all of a run, whatever its reader may see
        now = self.env.cr.now()
        self.env['it.seal.event'].sudo()._append(self._name, [
            (run['record']['company_id'], run_id, sealing.canonical({**run, 'at': now, 'steps': noted[run_id]}))
            for run_id, run in runs_sudo._seal_contents().items()])

    def _seal_contents(self):
        """Return what is sealed of these runs as they are in the database, by id.

        Extended by whoever adds evidence to a run: a new key holds a list of dicts with ``id`` and ``name``, which are sealed with
        the run and compared with it when the log is verified.

        :return: dicts with ``record`` (columns), ``people`` (logins by user id), ``files`` (id, name, size, SHA-256)
        """
        self.env.flush_all()
        names = self._sealed_fields()
        rows = self.env.execute_query_dict(SQL(
            "SELECT id, %s FROM it_task_run WHERE id = ANY(%s) ORDER BY id",
            SQL(', ').join(map(SQL.identifier, names)), self.ids))
        logins = self._logins({row[name] for row in rows for name in self._people_fields(names)} - {None})
        files = self._sealed_files()
        return {row['id']: {
            'record': {name: row[name] for name in names},
            'people': {str(row[name]): logins[row[name]] for name in self._people_fields(names) if row[name]},
            'files': files.get(row['id'], []),
        } for row in rows}

    @api.model
    def _sealed_fields(self):
        """Return the names of the run's own columns, all of which are sealed."""
        left_out = UNSEALED | self._thread_fields()
        return sorted(name for name, field in self._fields.items() if field.store and field.column_type and name not in left_out)

    @api.model
    def _people_fields(self, names):
        return [name for name in names if self._fields[name].comodel_name == 'res.users']

    @api.model
    def _logins(self, user_ids):
        users_sudo = self.env['res.users'].sudo().browse(user_ids)  # a person's login outlives the right to read the person
        return {user.id: user.login for user in users_sudo}

    def _sealed_files(self):
        """Return the runs' files as ``{run id: [{id, name, size, sha256}]}``; the content is read, not what the database says of it."""
        pairs = self.env.execute_query(SQL("""
            SELECT it_task_run_id, ir_attachment_id FROM ir_attachment_it_task_run_rel
             WHERE it_task_run_id = ANY(%s) ORDER BY it_task_run_id, ir_attachment_id
        """, self.ids))
        files_sudo = self.env['ir.attachment'].sudo().browse({file_id for _run_id, file_id in pairs})
        told = files_sudo._it_sealed_values()
        files = {}
        for run_id, file_id in pairs:
            files.setdefault(run_id, []).append(told[file_id])
        return files

    @api.model
    def _seal_findings(self, company):
        """Yield ``(run id, run name, code, details)`` of each run of a company that is not as its last event says.

        Codes: ``changed`` (details: names of fields and files), ``deleted``, ``unlogged`` (closed, and no event tells of it).
        """
        last_id = 0
        while True:
            rows = self.env.execute_query(SQL("""
                SELECT id FROM (
                    SELECT id FROM it_task_run WHERE company_id = %(company)s AND id > %(last)s
                    UNION SELECT res_id FROM it_seal_event WHERE company_id = %(company)s AND model = %(model)s AND res_id > %(last)s
                ) AS known (id) ORDER BY id LIMIT %(limit)s
            """, company=company.id, last=last_id, model=self._name, limit=BATCH_RECORDS))
            if not rows:
                return
            last_id = rows[-1][0]
            yield from self.browse([row[0] for row in rows])._compare_with_log()
            self.env.invalidate_all()

    def _compare_with_log(self):
        """Yield the findings for these runs; some of them may exist in the log alone."""
        logged = dict(self.env.execute_query(SQL("""
            SELECT DISTINCT ON (res_id) res_id, content FROM it_seal_event
             WHERE model = %s AND res_id = ANY(%s) ORDER BY res_id, id DESC
        """, self._name, self.ids)))
        present = self.exists()._seal_contents()
        for run_id in self.ids:
            run, sealed = present.get(run_id), self._parse_event(logged.get(run_id))
            if not run:
                yield run_id, sealed['record'].get('task_name', ''), 'deleted', []
                continue
            name, is_closed = run['record']['task_name'], run['record']['state'] != 'pending'
            if run_id not in logged:
                if is_closed:
                    yield run_id, name, 'unlogged', []
            elif is_closed or sealed['record'].get('state') != 'pending':
                details = self._details(sealed, run)
                if details:
                    yield run_id, name, 'changed', details

    @api.model
    def _parse_event(self, content):
        """Return an event's content; an empty one when it is not what was ever sealed, which the chain shows too."""
        try:
            parsed = json.loads(content)
            parts = {name: [{**one, 'id': int(one['id']), 'name': str(one['name'])} for one in part]
                     for name, part in parsed.items() if name not in ('at', 'people', 'record', 'steps')}
            return {'record': dict(parsed['record']), **parts}
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
            return {'record': {}}

    @api.model
    def _details(self, sealed, present):
        """Return the names of what differs: fields, then files and whatever else a run is sealed with."""
        details = sealing.differences(sealed['record'], present['record']) if sealed['record'] else ['state']
        for part in sorted(sealed.keys() & present.keys() - {'record', 'people'}):
            known, now = ({one['id']: sealing.plain(one) for one in side[part]} for side in (sealed, present))
            details += [
                (known.get(one_id) or now[one_id])['name'] for one_id in sorted(known.keys() | now.keys())
                if known.get(one_id) != now.get(one_id)]
        return details
