from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import backup_offline
from ..mixins import clock
from ..mixins.time_words import moment_text

TECHNICIAN = 'it_continuity.it_continuity_group_technician'
MOST_SPELLS = 1000


class ItInternetSpell(models.Model):
    """A time in which a company had no internet, as its hosts saw it or as a person said.

    Only the software writes one, and it stays: what was asked of the backups of those days rests on it.
    """
    _name = 'it.internet.spell'
    _description = "Time Without Internet"
    _order = 'start_at desc, id desc'
    _rec_name = 'start_at'
    _allow_sudo_commands = False

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='restrict')
    source = fields.Selection(
        [('agents', "Hosts"), ('person', "A person")], "Told by", required=True, readonly=True,
        help="What hosts saw ends when they get out again, and nobody ends it for them. What a person said ends by itself, or earlier by anybody.")
    since = fields.Datetime("No internet since", required=True, readonly=True)
    start_at = fields.Datetime("Counts from", required=True, readonly=True, help="From then on it was known. What is asked of backups follows from it.")
    end_at = fields.Datetime("Until", readonly=True, help="Empty: it goes on. What hosts saw ends when it was well again for half an hour.")
    back_at = fields.Datetime("Seems to be back since", readonly=True)
    said_until = fields.Datetime("Said until", readonly=True)
    told_by_id = fields.Many2one('res.users', string="Said by", readonly=True, ondelete='restrict')
    ended_by_id = fields.Many2one('res.users', string="Ended by", readonly=True, ondelete='restrict')
    note = fields.Text("Why", readonly=True, help="What the person saw, or what the hosts say.")
    is_ongoing = fields.Boolean("Going on", compute='_compute_is_ongoing', search='_search_is_ongoing')
    can_end = fields.Boolean(compute='_compute_can_end')
    run_ids = fields.Many2many('it.task.run', 'it_internet_spell_run_rel', string="Runs", readonly=True, ondelete='restrict')
    asked = fields.Json("Backups asked for, by run", readonly=True, help="{run: {set: day}}")
    file_ids = fields.Many2many(
        'it.backup.file', 'it_internet_spell_file_rel', string="Files asked for", readonly=True, help="For a file one run is opened, and another one when it was copied and is lost again, or when nobody had the time.")

    _agents_one = models.UniqueIndex("(company_id) WHERE source = 'agents' AND end_at IS NULL")
    _named = models.Constraint(
        "CHECK(source = 'agents' OR (told_by_id IS NOT NULL AND said_until IS NOT NULL AND end_at IS NOT NULL))",
        "A person’s word has a name and an end.")
    _company_end_idx = models.Index('(company_id, end_at)')

    # === COMPUTE METHODS === #

    @api.depends('start_at', 'end_at')
    def _compute_is_ongoing(self):
        now = clock.now(self.env)
        for spell in self:
            spell.is_ongoing = bool(spell.start_at) and spell._span().covers(now)

    def _search_is_ongoing(self, operator, _value):
        if operator != 'in':
            return NotImplemented
        return ['&', ('start_at', '<=', 'now'), '|', ('end_at', '=', False), ('end_at', '>', 'now')]

    @api.depends('is_ongoing', 'source')
    @api.depends_context('uid')
    def _compute_can_end(self):
        is_worker = self.env.user.has_group(TECHNICIAN)
        for spell in self:
            spell.can_end = is_worker and spell.source == 'person' and spell.is_ongoing

    @api.depends('since', 'source')
    @api.depends_context('lang', 'tz')
    def _compute_display_name(self):
        for spell in self:
            spell.display_name = self.env._("No internet since %(since)s", since=spell._since_text()) if spell.since else False

    # === ACTION METHODS === #

    def action_end(self):
        """Say that there is internet again: a person's word is over, also another's.

        :raises AccessError: the person does no work here
        :raises UserError: hosts told of it, or it is over
        """
        self._check_worker()
        self.check_access('read')
        for spell in self:
            if spell.source != 'person':
                raise UserError(self.env._("Hosts told of this outage: it ends by itself when they get out again."))
            if not spell.is_ongoing:
                raise UserError(self.env._("It is over already."))
        self.sudo().write({'end_at': clock.now(self.env), 'ended_by_id': self.env.uid})
        for company in self.company_id:
            self.env['it.internet.watch'].with_user(SUPERUSER_ID)._follow_runs_safely(company)

    # === BUSINESS METHODS === #

    @api.model
    def _check_worker(self):
        """:raises AccessError: the person does no work here"""
        if not self.env.user.has_group(TECHNICIAN):
            raise AccessError(self.env._("Only technicians say whether there is internet."))

    @api.model
    def _say(self, until, note):
        """Take a person's word that there is none until a moment; it replaces what was said before and goes on.

        :param until: naive UTC
        :return: the new one
        :raises UserError: it has no note, no end, or one that is too far away
        """
        self._check_worker()
        now, company = clock.now(self.env), self.env.company
        if not (note or '').strip():
            raise UserError(self.env._("Say what you saw."))
        if not until or until <= now:
            raise UserError(self.env._("Until: a moment to come."))
        if until - now > backup_offline.LONGEST_WORD:
            raise UserError(self.env._("Until: within a day at most. You can say so again tomorrow."))
        spells_sudo = self.sudo()  # nobody makes one but by this; the person's right was checked
        before = spells_sudo.search([('company_id', '=', company.id), ('source', '=', 'person'), ('end_at', '>', now)], limit=MOST_SPELLS)
        before.write({'end_at': now, 'ended_by_id': self.env.uid})
        spell = spells_sudo.create({
            'company_id': company.id, 'source': 'person', 'since': min(before.mapped('since'), default=now), 'start_at': now, 'end_at': until,
            'said_until': until, 'told_by_id': self.env.uid, 'note': note.strip()})
        self.env['it.internet.watch'].with_user(SUPERUSER_ID)._follow_runs_safely(company)
        return spell.with_env(self.env)

    @api.model
    def _known(self, companies, first_day):
        """Return ``{company id: spells}`` of what backups since a day can be asked by, newest first."""
        spells_sudo = self.sudo().search([
            ('company_id', 'in', companies.ids), '|', ('end_at', '=', False), ('end_at', '>=', first_day)], limit=MOST_SPELLS)
        return {company.id: spells for company, spells in spells_sudo.grouped('company_id').items()}

    @api.model
    def _live(self, company):
        """Return the company's spells that go on, or whose runs are open, oldest first; in superuser mode."""
        return self.sudo().search([
            ('company_id', '=', company.id), '|', '|', ('end_at', '=', False), ('end_at', '>', clock.now(self.env)),
            ('run_ids.state', '=', 'pending')], order='start_at, id', limit=MOST_SPELLS)

    def _span(self):
        return backup_offline.Span(self.start_at, self.end_at or None)

    def _since_text(self):
        return moment_text(self.env, self.since, self.company_id.sudo().itc_tz)

    def _words(self):
        """Return in a sentence who told of this one, and until when."""
        moment = {name: moment_text(self.env, self[name], self.company_id.sudo().itc_tz) for name in ('since', 'end_at')}
        if self.source == 'person':
            words = self.env._(
                "No internet from %(since)s to %(until)s, as %(person)s says: %(note)s", since=moment['since'], until=moment['end_at'],
                person=self.told_by_id.sudo().name, note=self.note)
        elif self.end_at:
            words = self.env._("No internet from %(since)s to %(until)s. %(note)s", since=moment['since'], until=moment['end_at'], note=self.note or '')
        else:
            words = self.env._("No internet since %(since)s. %(note)s", since=moment['since'], note=self.note or '')
        return words.strip()

    def _as_evidence(self):
        """Return this one as frozen evidence of a run; it reads like a check's result."""
        return {
            'check_id': None, 'name': self.env._("No internet"), 'host': '', 'asset': '', 'kind': 'internet_spell', 'state': 'ok', 'hard_state': 'ok',
            'summary': self._words(), 'measured_at': f'{self.start_at.isoformat()}+00:00', 'doubt_s': 0, 'host_clock': None, 'stale': False,
            'values': [], 'definition': {'settings': {}, 'limits': []},
            'internet_spell': {'id': self.id, 'source': self.source, 'told_by': self.told_by_id.id or None}}

    def _note_run(self, run, days, files):
        """Note for these which backups a run asks for now, where that is news.

        :param days: ``{set id: day}``
        """
        wanted = {str(set_id): str(day) for set_id, day in sorted(days.items())}
        for spell in self:
            asked = dict(spell.asked or {})
            if asked.get(str(run.id)) != wanted:
                spell.asked = {**asked, str(run.id): wanted}
            if run not in spell.run_ids:
                spell.run_ids = [fields.Command.link(run.id)]
            if files - spell.file_ids:
                spell.file_ids = [fields.Command.link(file.id) for file in files - spell.file_ids]

    def _asked_days(self, run):
        """Return ``{set id: day}`` of the backups for which a run asked last."""
        return {
            int(set_id): fields.Date.to_date(day)
            for spell in self.sorted('start_at') for set_id, day in ((spell.asked or {}).get(str(run.id)) or {}).items()}
