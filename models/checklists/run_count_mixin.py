from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import compliance, run_state
from ..mixins import clock

SETTLED = 'settled_as'  # beside the fields: made and kept by PostgreSQL alone


class ItRunCountMixin(models.AbstractModel):
    """As what a run counts, and whether that rests on one person's word: decided in ``lib.compliance`` alone."""
    _name = 'it.run.count.mixin'
    _description = "As What a Run Counts"
    _inherit = ['it.run.guard.mixin']

    is_extra = fields.Boolean(
        "Started by hand", readonly=True,
        help="Somebody started it beside the plan, or said alone that what it follows had happened: it is counted, and in no percentage.")
    needs_confirmation = fields.Boolean(
        "Needs a second word", readonly=True,
        help="Entered late as done in time, or said not to apply by who could have done it: it counts so once another person confirms it.")
    waits_for_second = fields.Boolean(
        compute='_compute_waits_for_second', search='_search_waits_for_second', help="A second person has to verify or confirm it.")

    # === COMPUTE METHODS === #

    @api.depends('state', 'needs_verification', 'needs_confirmation', 'verified_by_id')
    def _compute_waits_for_second(self):
        for run in self:
            run.waits_for_second = run_state.waits_for_second(run.state, run.needs_verification, run.needs_confirmation, bool(run.verified_by_id))

    def _search_waits_for_second(self, operator, value):
        if operator != 'in':
            return NotImplemented
        waiting = Domain('verified_by_id', '=', False) & (
            (Domain('state', '=', 'done') & (Domain('needs_verification', '=', True) | Domain('needs_confirmation', '=', True)))
            | (Domain('state', '=', 'not_applicable') & Domain('needs_confirmation', '=', True)))
        return waiting if True in value else ~waiting

    # === CRUD METHODS === #

    def init(self):
        """Let PostgreSQL keep as what each run counts while it is not open, as it is written, whoever writes it: nobody writes that column.

        The reports would else decide it anew for each run of all years. A definition that changed is put in place of the old one.
        """
        super().init()
        if self._abstract:
            return
        self.env.cr.execute(SQL(
            "SELECT attgenerated, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attname = %s AND NOT attisdropped", self._table, SETTLED))
        if self.env.cr.fetchone() == ('s', compliance.SETTLED_SQL):
            return
        names = {'table': SQL.identifier(self._table), 'column': SQL.identifier(SETTLED)}
        self.env.cr.execute(SQL(
            "ALTER TABLE %(table)s DROP COLUMN IF EXISTS %(column)s, ADD COLUMN %(column)s varchar GENERATED ALWAYS AS (%(words)s) STORED",
            **names, words=SQL(compliance.SETTLED_SQL)))
        self.env.cr.execute(SQL("COMMENT ON COLUMN %(table)s.%(column)s IS %(words)s", **names, words=compliance.SETTLED_SQL))

    # === ACTION METHODS === #

    def action_ask_verify(self):
        """Open what was answered and measured of these runs, to verify them or send them back with sight of it.

        :raises AccessError: no manager
        :raises UserError: none of them is the reader's to verify
        """
        self._check_manager()
        ready = self.filtered('can_verify')
        if not ready:
            self._check_second_person()
            raise UserError(self.env._("None of these runs waits for you to verify it."))
        return ready._action_ask('verified')

    def action_ask_send_back(self):
        """Ask why those of these runs are sent back that the reader may send back.

        :raises AccessError: no manager
        :raises UserError: none of them
        """
        self._check_manager()
        ready = self.filtered('can_send_back')
        if not ready:
            raise UserError(self.env._("None of these runs is yours to send back."))
        return ready._action_ask('pending')

    # === BUSINESS METHODS === #

    @api.model
    def _seal_findings(self, company):
        """Find the runs too that are kept as something else than they count as: somebody took PostgreSQL's rule away and wrote by hand."""
        yield from super()._seal_findings(company)
        for run_id, name in self.env.execute_query(SQL(
                "SELECT id, task_name FROM %s WHERE company_id = %s AND %s IS DISTINCT FROM (%s) ORDER BY id",
                SQL.identifier(self._table), company.id, SQL.identifier(SETTLED), SQL(compliance.SETTLED_SQL))):
            yield run_id, name, 'changed', [self.env._("as what it counts")]

    def _bucket(self, now):
        """Return as what this one run counts, a :class:`lib.compliance.Bucket`."""
        return compliance.classify(self.state, self.done_at or None, self.due_at, self.deadline_at, now, self._word())

    def _outcome(self, now, is_confirmed=False):
        """Return how this one run ended, also where it counts nowhere.

        :param is_confirmed: as if another person had confirmed it
        """
        word = compliance.Word(is_late_entry=self.is_late_entry) if is_confirmed else self._word()
        return compliance.outcome(self.state, self.done_at or None, self.due_at, self.deadline_at, now, word)

    def _word(self):
        return compliance.Word(self.is_late_entry, self.needs_confirmation and not self.verified_by_id, self.is_extra)

    def _confirm_waiver(self, values):
        """Confirm that this one run did not apply. :raises UserError: nobody has to, or the person said so"""
        self.lock_for_update(allow_referencing=True)
        code = run_state.waiver_refusal(self._move('not_applicable', self.env.uid, clock.now(self.env)), self.waits_for_second)
        if code:
            raise UserError(self._get_refusal_message(code))
        run_sudo = self.sudo()  # the protected fields; the person's right was checked by the action
        run_sudo.write(values)
        self._message_log(body=self.env._("Confirmed by %(person)s: it did not apply.", person=self.env.user.name))
