from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import seal_story, sealing
from ..mixins import clock

LOCK_CLASS = 0x17C1  # our first key of two for PostgreSQL's advisory locks; 0x17C0 is the reports'
BATCH_EVENTS = 5000

# The trigger is a second wall against slips: who owns the table can drop it, so it is no proof. What may change is the one step from
# waiting to sealed. The head is a narrow table of its own because every report of an agent reads it.
GUARD = """
CREATE TABLE IF NOT EXISTS it_seal_head (
    seq bigint NOT NULL,
    company_id integer PRIMARY KEY REFERENCES res_company ON DELETE RESTRICT,
    hash char(64) NOT NULL
) WITH (fillfactor = 50);

CREATE OR REPLACE FUNCTION it_seal_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.hash IS NULL AND NEW.hash IS NOT NULL
           AND (NEW.id, NEW.company_id, NEW.model, NEW.res_id, NEW.at, NEW.content)
               = (OLD.id, OLD.company_id, OLD.model, OLD.res_id, OLD.at, OLD.content) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'it_seal_event is append-only';
END $$;
CREATE OR REPLACE TRIGGER it_seal_event_guard_row
    BEFORE UPDATE OR DELETE ON it_seal_event FOR EACH ROW EXECUTE FUNCTION it_seal_event_guard();
CREATE OR REPLACE TRIGGER it_seal_event_guard_table
    BEFORE TRUNCATE ON it_seal_event FOR EACH STATEMENT EXECUTE FUNCTION it_seal_event_guard();
"""


class ItSealEvent(models.Model):
    """The log of evidence: one event each time that a record is closed or moves on, never changed, chained by company.

    An event is written in the transaction of the move, without number and hash: nobody waits for anybody. A job, woken by that
    transaction, numbers and seals what is committed, in the order of ``id`` and under one lock a company. Between the two lie
    some seconds in which an event is not yet covered by a hash.
    """
    _name = 'it.seal.event'
    _description = "Sealed Event"
    _order = 'company_id, seq desc, id desc'
    _log_access = False
    _allow_sudo_commands = False

    company_id = fields.Many2one('res.company', required=True, readonly=True, ondelete='restrict')
    seq = fields.Integer("Number", readonly=True, help="Counts up without gaps within the company. Empty: waiting to be sealed.")
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field='model', required=True, readonly=True, index=True)
    at = fields.Datetime(required=True, readonly=True, help="When it happened, by the server's clock.")
    content = fields.Text(required=True, readonly=True, help="What is sealed: canonical JSON, to the byte.")
    prev_hash = fields.Char("Seal before", readonly=True)
    hash = fields.Char("Seal", readonly=True, help="SHA-256 over the seal before, the place in the chain and the content.")

    summary = fields.Char("What happened", compute='_compute_summary', help="In words, read from what is sealed.")
    is_sound = fields.Boolean("As it was sealed", compute='_compute_is_sound', help="The seal fits the content; the chain is another matter.")
    task_name = fields.Char("Task", store=False, search='_search_task_name')
    person_name = fields.Char("Person", store=False, search='_search_person_name')

    _seq_uniq = models.UniqueIndex('(company_id, seq)')
    _waiting_idx = models.Index('(company_id, id) WHERE hash IS NULL')

    # === COMPUTE METHODS === #

    @api.depends('seq', 'hash')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for event in self:
            event.display_name = (
                self.env._("Event %(number)s", number=event.seq) if event.hash else self.env._("Event, waiting to be sealed"))

    @api.depends('content', 'model', 'is_sound')
    @api.depends_context('lang')
    def _compute_summary(self):
        for model, events in self.grouped('model').items():
            tell = getattr(self.env.get(model), '_seal_words', None)
            words = tell({event.id: event.content for event in events}) if tell else {}
            for event in events:
                event.summary = event._marked(words.get(event.id) or self.env._(
                    "This cannot be put into words: its content is not what the software writes."))

    @api.depends('content', 'hash', 'prev_hash', 'seq', 'company_id', 'model', 'res_id')
    def _compute_is_sound(self):
        for event in self:
            event.is_sound = not event.hash or event.hash == sealing.seal(
                event.prev_hash or '', event.company_id.id, event.seq, event.model, event.res_id, event.content)

    def _search_task_name(self, operator, value):
        if operator != 'ilike':
            return NotImplemented
        return self._content_matches(seal_story.task_pattern(value))

    def _search_person_name(self, operator, value):
        if operator != 'ilike':
            return NotImplemented
        users_sudo = self.env['res.users'].sudo().with_context(active_test=False)  # who left is searched for too
        users_sudo = users_sudo.search(['|', ('name', 'ilike', value), ('login', 'ilike', value)])
        return self._content_matches(seal_story.people_pattern(users_sudo.ids)) if users_sudo else Domain.FALSE

    # === CRUD METHODS === #

    def init(self):
        self.env.cr.execute(GUARD)

    @api.model_create_multi
    def create(self, vals_list):  # nobody creates one  # pylint: disable=method-required-super
        raise UserError(self.env._("Events are written by the software alone."))

    def write(self, vals):  # nothing may be written  # pylint: disable=method-required-super
        raise UserError(self.env._("A sealed event never changes."))

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("A sealed event is never deleted."))

    # === ACTION METHODS === #

    def action_open_record(self):
        """Open what the event tells of. :raises UserError: it is not there any more"""
        self.ensure_one()
        if self.model not in self.env or not self.env[self.model].browse(self.res_id).exists():
            raise UserError(self.env._("What this event tells of is not there any more; the event stays."))
        return {'type': 'ir.actions.act_window', 'res_model': self.model, 'res_id': self.res_id, 'views': [(False, 'form')]}

    # === CRON === #

    @api.model
    def _cron_seal(self):
        """Number and seal what waits, oldest first."""
        while True:
            count = sum(self._seal_waiting(company_id, BATCH_EVENTS) for company_id in self._waiting_companies())
            if not count or not self.env['ir.cron']._commit_progress(count):
                break

    # === BUSINESS METHODS === #

    def _marked(self, words):
        """Return the words on this one event, with a warning before them where the seal does not fit."""
        return words if self.is_sound else self.env._("Not as it was sealed: %(words)s", words=words)

    @api.model
    def _content_matches(self, pattern):
        """Return the domain of the events whose content matches a regular expression, upper and lower case alike."""
        return Domain.custom(to_sql=lambda model, alias, query: SQL("%s ~* %s", SQL.identifier(alias, 'content'), pattern))

    @api.model
    def _append(self, model, events):
        """Write events by one statement and have them sealed as soon as this transaction is committed.

        :param events: ``(company id, record id, content)`` triples, contents as canonical JSON
        """
        if not events:
            return
        companies, records, contents = zip(*events, strict=True)
        self.env.cr.execute("""
            INSERT INTO it_seal_event (company_id, model, res_id, at, content)
            SELECT row.company, %s, row.record, %s, row.content
              FROM unnest(%s::int[], %s::int[], %s::text[]) AS row (company, record, content)
        """, [model, clock.now(self.env), list(companies), list(records), list(contents)])
        cron_sudo = self.env.ref('it_continuity.it_seal_cron', raise_if_not_found=False)
        if cron_sudo:
            cron_sudo.sudo()._trigger()

    @api.model
    def _waiting_companies(self):
        return [row[0] for row in self.env.execute_query(SQL("SELECT DISTINCT company_id FROM it_seal_event WHERE hash IS NULL"))]

    @api.model
    def _seal_waiting(self, company_id, limit=None):
        """Number and seal the company's waiting events; return how many. None while another process is at it: it does them."""
        cr = self.env.cr
        cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, company_id])
        if not cr.fetchone()[0]:
            return 0
        cr.execute("""
            SELECT id, model, res_id, content FROM it_seal_event WHERE company_id = %s AND hash IS NULL ORDER BY id LIMIT %s
        """, [company_id, limit])
        rows = cr.fetchall()
        if rows:
            links = sealing.extend(self._head(company_id), [row[1:] for row in rows])
            cr.execute("""
                UPDATE it_seal_event AS event SET seq = row.seq, prev_hash = row.prev, hash = row.hash
                  FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[]) AS row (id, seq, prev, hash) WHERE event.id = row.id
            """, [[row[0] for row in rows], *([getattr(link, name) for link in links] for name in ('seq', 'prev', 'hash'))])
            cr.execute("""
                INSERT INTO it_seal_head (company_id, seq, hash) VALUES (%s, %s, %s)
                ON CONFLICT (company_id) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash
            """, [company_id, links[-1].seq, links[-1].hash])
            self.invalidate_model(['seq', 'prev_hash', 'hash'])
        return len(rows)

    @api.model
    def _head(self, company_id):
        """Return the :class:`lib.sealing.Head` that the software noted last; seq 0 when nothing was sealed yet."""
        rows = self.env.execute_query(SQL("SELECT seq, hash FROM it_seal_head WHERE company_id = %s", company_id))
        return sealing.Head(company_id, *rows[0]) if rows else sealing.Head(company_id, 0, sealing.GENESIS)

    @api.model
    def _links(self, company_id, after=0):
        """Yield the sealed links of a company in the order of their numbers, a bounded number in memory."""
        last = (after + 1, 0)
        while True:
            rows = self.env.execute_query(SQL("""
                SELECT seq, model, res_id, content, prev_hash, hash, id FROM it_seal_event
                 WHERE company_id = %s AND hash IS NOT NULL AND (seq, id) > (%s, %s) ORDER BY seq, id LIMIT %s
            """, company_id, *last, BATCH_EVENTS))
            for row in rows:
                yield sealing.Link(*row[:6])
            if len(rows) < BATCH_EVENTS:
                return
            last = (rows[-1][0], rows[-1][6])

    def _drop_guard(self):
        """Remove what uninstalling the model does not."""
        self.env.cr.execute("DROP TABLE IF EXISTS it_seal_head; DROP FUNCTION IF EXISTS it_seal_event_guard CASCADE")
