from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...lib import backup, backup_name
from ...lib.reading_text import duration
from ..mixins import clock

MANAGER = 'it_continuity.it_continuity_group_manager'
WEEKDAYS = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')
STATES = [('good', "Proven"), ('waiting', "Waiting"), ('unknown', "Nobody knows"), ('bad', "Broken"), ('none', "Not asked")]
FORMATS = [
    ('auto', "By its content"),
    ('odoo_zip', "Odoo (zip)"),
    ('pg_custom', "PostgreSQL, custom"),
    ('pg_directory', "PostgreSQL, folder"),
    ('pg_plain', "PostgreSQL, plain SQL"),
    ('gzip', "gzip"),
    ('7z', "7-Zip"),
    ('zip', "zip"),
    ('ptb', "Peachtree (ptb)"),
    ('bak', "SQL Server (bak)"),
    ('windows_image', "Windows image"),
]
# What is promised of a set. Tasks verify themselves by it, so that who ticks them must not be who loosens it.
PROMISE = frozenset({
    'active', 'asset_id', 'format', 'database', 'name_layout', 'name_utc', *WEEKDAYS, 'due_h', 'copy_h', 'rpo_h', 'machines', 'restore_days', 'company_id'})
STRIP_DAYS = 30


class ItBackupSet(models.Model):
    """What is backed up again and again: how often, by when, in how many places; and how far the newest one has come."""
    _name = 'it.backup.set'
    _description = "Backup Set"
    _inherit = ['it.used.mixin', 'it.thread.mixin']
    _order = 'sequence, name, id'
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="What is backed up, as a colleague would say it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    asset_id = fields.Many2one(
        'it.asset', string="About", check_company=True, index='btree_not_null', tracking=True, help="The system that this set would bring back.")
    format = fields.Selection(FORMATS, required=True, default='auto', tracking=True, help="How the agents read it from end to end.")
    database = fields.Char(tracking=True, help="The database that its dumps have to name, where they name one. Empty: any.")
    name_layout = fields.Char(
        "Date in the name", tracking=True,
        help="How the date stands in the name, such as %m%d%y or %d-%m-%Y. Empty: a date that begins with the year is found by itself.")
    name_utc = fields.Boolean(
        "Time in the name is UTC", tracking=True,
        help="Odoo itself names its backups so: prod_2026-11-27_22-30-00.zip is of the next day where it is later than in Greenwich. Not set: the company's clock.")
    monday = fields.Boolean(default=True, tracking=True)
    tuesday = fields.Boolean(default=True, tracking=True)
    wednesday = fields.Boolean(default=True, tracking=True)
    thursday = fields.Boolean(default=True, tracking=True)
    friday = fields.Boolean(default=True, tracking=True)
    saturday = fields.Boolean(default=True, tracking=True)
    sunday = fields.Boolean(default=True, tracking=True)
    due_h = fields.Float(
        "Made until", default=24.0, required=True, tracking=True,
        help="Until then the day's backup has to be there, by the company's clock. 30:00 is six o'clock of the next morning.")
    copy_h = fields.Float(
        "Copied within", default=6.0, required=True, tracking=True, help="So many hours later it has to lie at all its places.")
    rpo_h = fields.Float(
        "RPO", compute='_compute_rpo_h', store=True, readonly=False, precompute=True, tracking=True,
        help="Recovery point objective: hours of data that may be lost at most. 0: not asked.")
    machines = fields.Integer(
        default=2, required=True, tracking=True,
        help="On so many different machines the same bytes have to lie, that which makes it being one. Thumb drives never count.")
    restore_days = fields.Integer(
        "Restored within", default=0, tracking=True, help="Within so many days one of this set has to be restored by a person. 0: not asked.")
    place_ids = fields.One2many('it.backup.place', 'set_id', string="Places")
    file_ids = fields.One2many('it.backup.file', 'set_id', string="Files", readonly=True)
    note = fields.Html()

    can_promise = fields.Boolean(compute='_compute_can_promise', help="Only managers change what is promised of a set.")
    state = fields.Selection(
        STATES, "Weakest link", compute='_compute_chain', search='_search_state', help="How the weakest link of the newest backup that is due stands.")
    made_state = fields.Selection(STATES, "Made", compute='_compute_chain')
    readable_state = fields.Selection(STATES, "Readable", compute='_compute_chain')
    replicated_state = fields.Selection(STATES, "Replicated", compute='_compute_chain')
    restored_state = fields.Selection(STATES, "Restored", compute='_compute_chain')
    restored_at = fields.Datetime("Last restored", compute='_compute_chain', help="When a person told last that one was restored.")
    day = fields.Date("Backup of", compute='_compute_chain', help="The day whose backup is judged: the newest that is due.")
    file_id = fields.Many2one('it.backup.file', compute='_compute_chain')
    reason = fields.Text("Why", compute='_compute_chain')
    next_step = fields.Text("What to do next", compute='_compute_chain')
    age_text = fields.Char("Age", compute='_compute_chain', help="Of the newest backup that was read from end to end.")
    is_past_rpo = fields.Boolean("Older than the RPO", compute='_compute_chain')
    strip = fields.Html("Last 30 days", compute='_compute_chain', sanitize=False)
    file_count = fields.Integer("Number of files", compute='_compute_file_count')

    _machines_some = models.Constraint('CHECK(machines BETWEEN 1 AND 9)', "A backup lies on 1 to 9 machines.")
    _due_in_time = models.Constraint('CHECK(due_h BETWEEN 0 AND 48)', "“Made until” has to be from 0:00 to 48:00.")
    _copied_in_time = models.Constraint('CHECK(copy_h BETWEEN 0 AND 168)', "“Copied within” has to be from 0 to 168 hours.")
    _restored_in_time = models.Constraint('CHECK(restore_days BETWEEN 0 AND 3660)', "“Restored within” has to be from 0 to 3660 days.")
    _rpo_positive = models.Constraint('CHECK(rpo_h >= 0)', "RPO is hours and cannot be negative.")

    # === COMPUTE METHODS === #

    @api.depends('asset_id')
    def _compute_rpo_h(self):
        for one in self:
            one.rpo_h = one.rpo_h or one.asset_id.rpo_h

    @api.depends_context('uid')
    def _compute_can_promise(self):
        is_manager = self._is_manager()
        for one in self:
            one.can_promise = is_manager or not one._origin.id

    @api.depends('file_ids')
    def _compute_file_count(self):
        counts = dict(self.env['it.backup.file']._read_group([('set_id', 'in', self.ids)], ['set_id'], ['__count']))
        for one in self:
            one.file_count = counts.get(one._origin, 0)

    @api.depends('place_ids', 'place_ids.told_at', 'place_ids.unmounted_at', 'machines', 'restore_days', 'due_h', 'copy_h', 'rpo_h', *WEEKDAYS)
    @api.depends_context('lang', 'tz')
    def _compute_chain(self):
        words, now = self.env['it.backup.words'], clock.now(self.env)
        facts, days = self.env['it.backup.facts']._of(self._origin), self.env['it.backup.day']
        kept, first_asked = days._kept(self._origin, now.date() - timedelta(days=STRIP_DAYS)), days._first_asked(self._origin)
        for one in self:
            known = facts.get(one._origin.id)
            current = known and known.current()
            if not current:
                one.update(self._unjudged())
                continue
            links = {link.name: link for link in current.links}
            weakest, proven_at = current.weakest, known.proven_at
            age_s = (now - proven_at).total_seconds() if proven_at else None
            is_past = backup.is_past_rpo(one.rpo_h, age_s, weakest.code)
            by_rpo = is_past and weakest.state in ('good', 'waiting')
            one.update({
                'state': 'bad' if by_rpo else weakest.state,
                **{f'{name}_state': links[name].state for name in backup.LINKS}, 'restored_at': known.restored_at,
                'day': current.day, 'file_id': current.file or False, 'is_past_rpo': is_past,
                'reason': f"{words._too_old(one.rpo_h, age_s) if by_rpo else ''} {words._reason(known, current)}".strip(),
                'next_step': words._after_too_old() if by_rpo else words._next_step(known, current),
                'age_text': duration(age_s) if age_s is not None else False,
                'strip': bool(known.places) and words._strip(
                    known, known.days(STRIP_DAYS), kept[one._origin.id], first_asked.get(one._origin)),
            })

    def _search_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # A set a system: few, and nothing stored tells.
        return [('id', 'in', self.search([]).filtered(lambda one: one.state in value).ids)]  # pylint: disable=no-search-all

    # === CONSTRAINT METHODS === #

    @api.constrains('name_layout')
    def _check_name_layout(self):
        for one in self:
            try:
                if one.name_layout:
                    backup_name.check_layout(one.name_layout)
            except backup_name.LayoutError as error:
                raise ValidationError(self.env._(
                    "“Date in the name” has to tell year, month and day, each once: %%Y or %%y, %%m and %%d, then %%H, %%M and %%S if you like; not “%(layout)s”.",
                    layout=one.name_layout)) from error

    # === CRUD METHODS === #

    def write(self, vals):
        if PROMISE & vals.keys() and not self._is_manager():
            raise AccessError(self.env._("Only managers change what is promised of a backup: tasks verify themselves by it. Ask one."))
        result = super().write(vals)
        if {'format', 'database'} & vals.keys():
            self.with_context(active_test=False).place_ids._tell_agents()
        if {'name_layout', 'name_utc', 'company_id'} & vals.keys():
            self.env['it.backup.file']._date_anew(self)
        return result

    # === ACTION METHODS === #

    def action_open_files(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('it_continuity.it_backup_file_action')
        return action | {'domain': [('set_id', '=', self.id)], 'context': {}, 'display_name': self.env._("Files of %(name)s", name=self.name)}

    # === BUSINESS METHODS === #

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    @api.model
    def _unjudged(self):
        """Return what is said of a set that expects nothing, or is just being typed."""
        names = ('day', 'file_id', 'restored_at', 'is_past_rpo', 'reason', 'next_step', 'age_text', 'strip')
        states = ('state', 'made_state', 'readable_state', 'replicated_state', 'restored_state')
        return {**dict.fromkeys(names, False), **dict.fromkeys(states, 'none')}

    def _promise(self):
        """Return what is expected of this one set, as ``lib.backup`` has it."""
        return backup.Promise(
            frozenset(number for number, day in enumerate(WEEKDAYS) if self[day]), self.due_h, self.copy_h, self.machines,
            self.company_id.sudo().itc_tz or 'UTC', self.restore_days)

    def _name_date(self, name):
        """Return what the name of a backup of this one set says, as :func:`lib.backup_name.name_date`."""
        return backup_name.name_date(name, self.name_layout or '', self.company_id.sudo().itc_tz or 'UTC', is_utc=self.name_utc)

    @api.model
    def _window(self, now):
        """Return from which day on files are looked at: the strip, and what is usual before it."""
        return now.date() - timedelta(days=STRIP_DAYS + 45)
