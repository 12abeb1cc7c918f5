import json
import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...lib import backup_pick
from ...lib.reading_text import duration
from ..mixins import clock

MOST_CANDIDATES = 2000
# What the person who restores it says; the rest only the software writes.
SAID = frozenset({'restored_id', 'otherwise_reason', 'where_to', 'minutes', 'found', 'attachment_ids'})
CLOSED = ('done', 'failed', 'given_up')


class ItRestoreDrill(models.Model):
    """A backup that was picked at random, and what a person says of restoring it.

    Seed and candidates are in the log of evidence before anybody sees the pick: whoever draws again leaves the first draw behind.
    """
    _name = 'it.restore.drill'
    _description = "Restore of a Backup"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _order = 'drawn_at desc, id desc'
    _allow_sudo_commands = False
    _guarded_fields = frozenset({
        'name', 'company_id', 'run_id', 'state', 'seed', 'candidates', 'commitment', 'file_id', 'set_id', 'picked', 'restored', 'is_otherwise', 'rto_h',
        'is_within_rto', 'drawn_by_id', 'drawn_at', 'done_by_id', 'done_at', 'writer_ids'})
    _seal_states = ('drawn', *CLOSED)
    _seal_columns = (
        'name', 'company_id', 'state', 'seed', 'candidates', 'commitment', 'file_id', 'set_id', 'picked', 'restored', 'is_otherwise', 'otherwise_reason',
        'where_to', 'minutes', 'found', 'rto_h', 'is_within_rto', 'drawn_by_id', 'drawn_at', 'done_by_id', 'done_at')

    _unsealed_fields = frozenset({'writer_ids'})  # those of a run are sealed with it

    name = fields.Char("Backup", readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    run_id = fields.Many2one('it.task.run', readonly=True, index='btree_not_null', ondelete='restrict')
    state = fields.Selection(
        [('drawn', "To restore"), ('done', "Restored"), ('failed', "Could not be restored"), ('given_up', "Given up")],
        "Status", required=True, readonly=True, default='drawn', index=True)
    seed = fields.Char(readonly=True, help="What the pick followed from.")
    candidates = fields.Text(readonly=True, help="All backups among which it was picked, with their SHA-256.")
    commitment = fields.Char("SHA-256 of seed and candidates", readonly=True)
    file_id = fields.Many2one('it.backup.file', string="Picked", readonly=True, ondelete='restrict', index='btree_not_null')
    set_id = fields.Many2one('it.backup.set', string="Backup set", readonly=True, ondelete='restrict', index='btree_not_null')
    picked = fields.Text("Picked, in words", readonly=True)
    restored_id = fields.Many2one(
        'it.backup.file', ondelete='restrict', index='btree_not_null', domain="[('set_id.company_id', '=', company_id)]",
        help="Empty: the one that was picked.")
    restored = fields.Text("Restored, in words", readonly=True)
    is_otherwise = fields.Boolean("Chosen otherwise", readonly=True, help="Another one was restored than the one that was picked.")
    otherwise_reason = fields.Text("Why another one")
    where_to = fields.Char("Restored where", help="The machine and the database or folder, beside production and never over it.")
    minutes = fields.Float("Minutes taken", digits=(16, 0), help="From the beginning until it worked.")
    found = fields.Text("What was compared", help="Which records or files were looked at, and whether they are as on that day.")
    attachment_ids = fields.Many2many('ir.attachment', string="Evidence", copy=False)
    rto_h = fields.Float("RTO", readonly=True, help="Hours within which the system has to be back, as asked of it when this was restored.")
    is_within_rto = fields.Boolean("Within its RTO", readonly=True)
    drawn_by_id = fields.Many2one('res.users', string="Drawn by", readonly=True, ondelete='restrict')
    drawn_at = fields.Datetime("Drawn on", readonly=True)
    done_by_id = fields.Many2one('res.users', string="Told by", readonly=True, ondelete='restrict')
    done_at = fields.Datetime("Told on", readonly=True)
    writer_ids = fields.Many2many(
        'res.users', 'it_restore_drill_writer_rel', string="Worked on by", readonly=True, copy=False, ondelete='restrict', context={'active_test': False},
        help="Everybody who wrote of it or told of it. None of them verifies the run for which it was restored.")

    _one_open = models.UniqueIndex("(company_id) WHERE state = 'drawn'", "A backup is drawn already: restore that one, or give it up with a reason.")
    _told_complete = models.Constraint(
        "CHECK(state = 'drawn' OR (done_by_id IS NOT NULL AND done_at IS NOT NULL))", "A restore tells who told of it, and when.")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """:raises AccessError: somebody makes one by hand: what is restored is drawn, not chosen"""
        if not self._is_past_guard():
            raise AccessError(self.env._("A backup to restore is drawn, not chosen: use “Draw a backup”."))
        return super().create(vals_list)

    def write(self, vals):
        """Write what a person says of it while it is open; closed, it stays as it is."""
        if SAID & vals.keys() and not self._is_past_guard() and any(drill.state != 'drawn' for drill in self):
            raise AccessError(self.env._("What was told of a restore stays as it was told. Draw another one."))
        result = super().write(vals)
        if 'attachment_ids' in vals:
            self._tie_files()
        if SAID & vals.keys():
            self._note_writer()
        return result

    # === ACTION METHODS === #

    @api.model
    def action_draw(self, run_id=None):
        """Pick one of the backups that lie somewhere and were read from end to end; one that is drawn already is shown instead.

        :param run_id: the run of a task for which it is restored
        :raises UserError: there is none
        """
        self.check_access('write')
        run = self._own_run(run_id)
        company = run.company_id or self.env.company
        drill = self.search([('state', '=', 'drawn'), ('company_id', '=', company.id)], limit=1)
        if drill:
            drill._take_for(run)
        return (drill or self._draw(run, company))._open()

    def action_done(self):
        """Say that it was restored. :raises UserError: something is not said yet"""
        self._tell('done')

    def action_fail(self):
        """Say that it could not be restored. :raises UserError: something is not said yet"""
        self._tell('failed')

    def action_give_up(self):
        """Leave it unrestored; it stays in the list with the reason. :raises UserError: without what was found"""
        self._tell('given_up')

    # === BUSINESS METHODS === #

    @api.model
    def _own_run(self, run_id):
        run = self.env['it.task.run'].browse(run_id if isinstance(run_id, int) else []).exists()
        run.check_access('write')
        return run

    def _take_for(self, run):
        """Let an open run have this one drill, drawn before and not restored yet, that is no other open run's."""
        if run.is_open and not self.run_id.is_open:
            with self._past_guard():
                self.run_id = run
            run._note_contributor(self.sudo().writer_ids)

    @api.model
    def _draw(self, run, company):
        files = self.env['it.backup.file'].search([
            ('level', '=', 'readable'), ('set_id.company_id', '=', company.id), ('set_id.active', '=', True),
            ('copy_ids.is_there', '=', True),
            ('copy_ids', 'not any', [('changed_at', '!=', False)])], limit=MOST_CANDIDATES, order='day desc, id desc')
        if not files:
            raise UserError(self.env._("No backup lies anywhere that was read from end to end: there is none to pick from."))
        drills_sudo = self.sudo()  # nobody makes one but by this; the person's right to work on them was checked
        seed, words = secrets.token_hex(16), [file._pick_words() for file in files]
        file = files[backup_pick.pick(seed, words)]
        with self._past_guard():
            return drills_sudo.create({
                'name': file.name, 'company_id': company.id, 'run_id': run.id, 'state': 'drawn', 'seed': seed,
                'candidates': json.dumps(words, ensure_ascii=False), 'commitment': backup_pick.commitment(seed, words), 'file_id': file.id,
                'set_id': file.set_id.id, 'picked': file._pick_words(), 'drawn_by_id': self.env.uid, 'drawn_at': clock.now(self.env)}).with_env(self.env)

    def _open(self):
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id, 'views': [(False, 'form')],
            'name': self.env._("Restore %(file)s", file=self.name)}

    def _note_writer(self):
        """Note that the current user's words are in these drills, and in the runs for which they were restored; for ever: another may say it again."""
        for drill_sudo in self.sudo():  # who may read it may know whose work it is
            writers = (self.env.user | drill_sudo.attachment_ids.create_uid).filtered(lambda user: user.id != SUPERUSER_ID)
            if writers - drill_sudo.writer_ids:
                drill_sudo._transition({'writer_ids': [Command.link(user.id) for user in writers]})
            drill_sudo.run_id._note_contributor(writers)

    def _tell(self, state):
        """Close these drills with what their person said of them."""
        self.check_access('write')
        self.lock_for_update(allow_referencing=True)
        self._check_state('drawn')
        for drill in self:
            drill._check_told(state)
            file = drill.restored_id or drill.file_id
            rto_h = file.set_id.asset_id.rto_h
            drill._transition({
                'state': state, 'restored': file._pick_words(), 'is_otherwise': file != drill.file_id, 'set_id': file.set_id.id, 'rto_h': rto_h,
                'is_within_rto': state == 'done' and 0 < drill.minutes <= rto_h * 60, 'done_by_id': self.env.uid,
                'done_at': clock.now(self.env), 'writer_ids': [Command.link(self.env.uid)]})
            drill.run_id._note_contributor()

    def _check_told(self, state):
        """:raises UserError: what this one drill needs was not said"""
        if not (self.found or '').strip():
            raise UserError(self.env._("Say what was compared, or what went wrong."))
        if state == 'given_up':
            return
        if not (self.where_to or '').strip():
            raise UserError(self.env._("Say where it was restored."))
        if state == 'done' and self.minutes <= 0:
            raise UserError(self.env._("Say how many minutes it took."))
        if self.restored_id and self.restored_id != self.file_id and not (self.otherwise_reason or '').strip():
            raise UserError(self.env._("Say why another backup was restored than the one that was picked."))

    @api.model
    def _none_as_evidence(self):
        """Return as frozen evidence of a run that nothing was drawn for it: what was restored, if anything, somebody chose."""
        return {
            'check_id': None, 'name': self.env._("Restore of a backup"), 'host': '', 'asset': '', 'kind': 'restore_drill', 'state': 'unknown',
            'hard_state': 'unknown', 'summary': self.env._("No backup was drawn for this run."), 'measured_at': None, 'doubt_s': 0, 'host_clock': None,
            'stale': False, 'values': [], 'definition': {'settings': {}, 'limits': []}}

    def _as_evidence(self):
        """Return this one drill as frozen evidence of a run; it reads like a check's result."""
        states = dict(self._fields['state']._description_selection(self.env))
        state = {'done': 'ok', 'drawn': 'unknown'}.get(self.state, 'critical')
        words = [
            states[self.state], self.restored or self.picked, self.where_to, duration(self.minutes * 60) if self.minutes else '',
            self.found, self.env._("chosen otherwise: %(reason)s", reason=self.otherwise_reason) if self.is_otherwise else '']
        return {
            'check_id': None, 'name': self.env._("Restore of a backup"), 'host': self.where_to or '', 'asset': self.set_id.asset_id.name or '',
            'kind': 'restore_drill', 'state': state, 'hard_state': state, 'summary': "; ".join(filter(None, words)),
            'measured_at': f'{(self.done_at or self.drawn_at).isoformat()}+00:00', 'doubt_s': 0, 'host_clock': None, 'stale': False, 'values': [],
            'definition': {'settings': {}, 'limits': []}, 'drill': {'id': self.id, 'commitment': self.commitment}}

    def _closed_records(self):
        return super()._closed_records() | self.filtered(lambda drill: drill.state != 'drawn')

    @api.model
    def _last_restores(self, sets):
        """Return ``{set id: naive UTC moment}`` of when one of each set was restored last."""
        return {one.id: at for one, at in self.sudo()._read_group(
            [('set_id', 'in', sets.ids), ('state', '=', 'done')], ['set_id'], ['done_at:max'])}
