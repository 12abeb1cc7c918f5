import json
from contextlib import contextmanager

from ..checklists.common import ChecklistCase


class SealCase(ChecklistCase):
    """Runs whose steps were committed, and hands that reach past every wall of the software."""

    def setUp(self):
        super().setUp()
        self.events = self.env['it.seal.event']
        self._commit()
        self._others = {(finding['model'], finding['res_id']) for finding in self.env['it.seal.audit']._audit(self.env.company)['findings']}

    def _done(self, code, **values):
        run = self._run(code, **values)
        run.with_user(self.technician).action_done(note=f"note of {code}")
        self._commit()
        return run

    def _commit(self):
        """What a commit does before it commits, and the sealing job after it."""
        self.env.cr.flush()
        self.events._cron_seal()

    def _log_of(self, record):
        """Return the contents of a record's events, oldest first."""
        events = self.events.search([('model', '=', record._name), ('res_id', '=', record.id)], order='id')
        return [json.loads(event.content) for event in events]

    def _audit(self, witness_text='', company=None):
        audit = self.env['it.seal.audit']._audit(company or self.env.company, witness_text)
        audit['findings'] = [one for one in audit['findings'] if (one['model'], one['res_id']) not in self._others]
        return audit

    def _codes(self, witness_text=''):
        return [(one['code'], one['res_id']) for one in self._audit(witness_text)['findings']]

    @contextmanager
    def _as_owner(self):
        """Let SQL through that only who owns the table can send: the trigger is off."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE it_seal_event DISABLE TRIGGER USER")
        yield self.env.cr
        self.env.cr.execute("ALTER TABLE it_seal_event ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def _sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()
