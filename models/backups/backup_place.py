from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import backup, backup_share
from .backup_set import FORMATS, MANAGER

KIND = 'backup'
MOST_HOSTS = 10000
TOLD_WITHIN = timedelta(hours=2)
KINDS = [('made', "Made here"), ('mega', "MEGA folder"), ('copy', "Copy")]
STATES = [
    ('seen', "Looked at"), ('never', "Not told of yet"), ('silent', "Silent"), ('blind', "Cannot be read"), ('not_accepted', "Not accepted"),
    (backup.UNMOUNTED, "Not mounted")]


class ItBackupPlace(models.Model):
    """A folder on a host where backups of a set lie. Its check looks into it; what the host says of it, only the host says."""
    _name = 'it.backup.place'
    _description = "Place of a Backup"
    _inherit = ['it.guarded.mixin']
    _order = 'set_id, sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _guarded_fields = frozenset({'check_id', 'told_at', 'doubt_s', 'unmounted_at', 'count', 'is_unsure', 'volume', 'medium'})
    _guard_spares_su = True  # the judging job
    _fixed_fields = frozenset({'set_id', 'agent_id'})

    set_id = fields.Many2one('it.backup.set', string="Backup set", required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='set_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        KINDS, required=True, default='made',
        help="Made here: where the backup is written first. MEGA folder: carried into the cloud. Copy: another machine.")
    agent_id = fields.Many2one(
        'it.agent', string="Host", required=True, index=True, ondelete='restrict', check_company=True,
        domain=[('is_server', '=', False), ('kind_ids.kind', '=', KIND)], help="The host that looks into the folder; only hosts whose agent can read backups.")
    folder = fields.Char(compute='_compute_where', inverse='_inverse_where', help="Absolute path on that host; for a share on Windows its UNC path.")
    pattern = fields.Char(
        compute='_compute_where', inverse='_inverse_where', help="Names that count, such as *.zip; several separated by |. Empty: all.")
    machine_id = fields.Many2one(
        'it.asset', string="Lies on", domain="[('kind', '=', 'host')]", check_company=True, index='btree_not_null', copy=False,
        help="For a share: the machine that holds it. Empty: the host whose agent tells the name or address of the share, if there is one. "
             "Of several shares in the folder, one that bears a host’s name is that host’s.")
    check_id = fields.Many2one('it.check', readonly=True, copy=False, index='btree_not_null', ondelete='restrict')
    told_at = fields.Datetime("Last told", readonly=True, copy=False, help="When the host listed the folder last.")
    doubt_s = fields.Integer("Told up to so many seconds earlier", readonly=True, copy=False)
    unmounted_at = fields.Datetime(
        "Told as not mounted", readonly=True, copy=False, help="When the host said last that the folder holds nothing, and that the volume it lay on is not there.")
    count = fields.Integer("Files there", readonly=True, copy=False)
    is_unsure = fields.Boolean(readonly=True, copy=False, help="The host calls the place unknown because of its newest backup, and not because it could not look.")
    volume = fields.Char(readonly=True, copy=False)
    medium = fields.Selection(
        [('ssd', "SSD"), ('hdd', "Hard disk"), ('network', "Share"), ('removable', "Removable"), ('unknown', "Unknown")],
        readonly=True, copy=False, help="Removable media never count.")
    state = fields.Selection(STATES, "How it is", compute='_compute_state')
    summary = fields.Char(related='check_id.summary')
    settings_basis = fields.Selection(related='check_id.settings_basis')
    can_define = fields.Boolean(compute='_compute_can_define', help="Technicians add places; where one looks afterwards, only managers change.")
    is_manager = fields.Boolean(compute='_compute_can_define')

    # === COMPUTE METHODS === #

    @api.depends('agent_id.name', 'check_id.settings')
    def _compute_display_name(self):
        for place in self:
            place.display_name = place._words()

    @api.depends('check_id.settings')
    def _compute_where(self):
        for place in self:
            settings = place.check_id.settings or {}
            place.folder, place.pattern = settings.get('folder') or False, settings.get('pattern') or False

    def _inverse_where(self):
        """Have the host look elsewhere: a change of its check, and of what a manager accepted."""
        self._tell_agents({place: (place.folder, place.pattern) for place in self})

    @api.depends('told_at', 'unmounted_at', 'check_id.settings_basis', 'check_id.state')
    def _compute_state(self):
        states = self._states()
        for place in self:
            place.state = states[place]

    @api.depends_context('uid')
    def _compute_can_define(self):
        is_manager = self._is_manager()
        for place in self:
            place.is_manager = is_manager
            place.can_define = is_manager or not place._origin.id

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Make places, each with the check by which its host looks there."""
        places = self.browse()
        for vals in vals_list:
            given = {name: value for name, value in vals.items() if name not in ('folder', 'pattern')}
            place = super().create([given])
            if place.machine_id and not self._is_manager():
                raise AccessError(self._machine_words())
            place._make_check((vals.get('folder') or '').strip(), (vals.get('pattern') or '').strip())
            place._log_at_set()
            places |= place
        return places

    def write(self, vals):
        if {'machine_id', 'kind', 'active'} & vals.keys() and not self._is_manager():
            raise AccessError(self._machine_words())
        given = {'folder', 'pattern'} & vals.keys()
        if len(given) == 1:  # of two fields with one inverse, the one that is not given would be empty in it
            [kept] = {'folder', 'pattern'} - given
            for place in self:
                place.write({**vals, kept: place[kept]})
            return True
        other = self.filtered(lambda place: place.kind != vals['kind']) if 'kind' in vals else self.browse()
        result = super().write(vals)
        if other:
            other._tell_agents()
            other._forget()
        if {'machine_id', 'kind', 'active'} & vals.keys():
            self._log_at_set()
        if 'active' in vals:
            self.check_id.sudo().active = bool(vals['active'])  # who may archive a place may let its host stop looking there
        return result

    def unlink(self):
        checks_sudo = self.check_id.sudo()
        result = super().unlink()
        checks_sudo.active = False  # kept: what it measured is history
        return result

    def copy_data(self, default=None):
        """Let a copy look where this one looks; the folder stands in the check, and each place has its own."""
        return [
            {**vals, 'folder': place.folder, 'pattern': place.pattern, **(default or {})}
            for place, vals in zip(self, super().copy_data(default), strict=True)]

    # === ACTION METHODS === #

    def action_accept(self):
        """Stand behind where these places look. :raises AccessError: no manager"""
        self.check_access('read')
        self.check_id.action_accept_settings()

    def action_open_check(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'it.check', 'res_id': self.check_id.id, 'views': [(False, 'form')],
            'name': self.check_id.name}

    # === BUSINESS METHODS === #

    @api.model
    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    @api.model
    def _machine_words(self):
        return self.env._("Only managers change what a place is and on which machine it lies, or archive it: what counts as proven rests on that.")

    def _words(self):
        """Return this one place as people name it."""
        return self.env._("%(host)s: %(folder)s", host=self.agent_id.name or "–", folder=self.folder or "–")

    def _log_at_set(self):
        """Note at the set what its places are now."""
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for place in self:
            words = place._words() if place.active else self.env._("%(place)s (archived)", place=place._words())
            place.set_id._message_log(body=self.env._(
                "Place: %(kind)s, %(place)s, lies on %(machine)s", kind=kinds[place.kind], place=words,
                machine=place.machine_id.name or place.agent_id.name))

    def _make_check(self, folder, pattern):
        """Let the host of this one place look there. A technician's check proves nothing until a manager accepts it."""
        if not folder:
            raise UserError(self.env._("Say in which folder the backups lie."))
        if KIND not in self.agent_id.kind_ids.mapped('kind'):
            raise UserError(self.env._(
                "The agent of %(host)s cannot read backups yet: bring it up to date, or choose another host.", host=self.agent_id.name))
        check = self.env['it.check'].create({
            'name': self._check_name(folder), 'agent_id': self.agent_id.id, 'kind': KIND,
            'asset_id': (self.set_id.asset_id or self.agent_id.asset_id).id, 'settings': self._settings(folder, pattern),
            'every_s': 300, 'timeout_s': 120, 'max_attempts': 2})
        self._transition({'check_id': check.id})

    def _check_name(self, folder):
        """Return how the check of this one place is called: alerts carry its name, so two places of a set are told apart."""
        return self.env._("%(set)s in %(folder)s", set=self.set_id.name, folder=folder or '')

    def _settings(self, folder, pattern):
        kept = dict(self.check_id.settings or {})
        wanted = {
            'folder': folder, 'pattern': pattern or '*', 'format': self.set_id.format or FORMATS[0][0], 'database': self.set_id.database or '',
            'mega': self.kind == backup.CLOUD}
        return {**kept, **wanted}

    def _tell_agents(self, where=None):
        """Bring the checks of these places up to date.

        :param where: ``{place: (folder, pattern)}`` of those that lie elsewhere now
        """
        for place in self.filtered('check_id'):
            settings = place.check_id.settings or {}
            folder, pattern = (where or {}).get(place) or (settings.get('folder'), settings.get('pattern'))
            wanted = place._settings((folder or '').strip(), (pattern or '').strip())
            if not wanted['folder']:
                raise UserError(self.env._("Say in which folder the backups lie."))
            if wanted != settings:
                if place.check_id.name == place._check_name(settings.get('folder')):  # nobody gave it another one
                    place.check_id.name = place._check_name(wanted['folder'])
                place.check_id.settings = wanted

    def _forget(self):
        """Know nothing of what lies at these places: what was told is no word on where they look now, or on what they are."""
        places_sudo = self.sudo()  # who may change where one looks may not write what hosts tell
        self.env['it.backup.copy']._forget(places_sudo)
        places_sudo.write({'told_at': False, 'doubt_s': 0, 'unmounted_at': False, 'count': 0, 'is_unsure': False, 'volume': False, 'medium': False})

    def _states(self):
        """Return ``{place: how it can be looked at}``, for all at once."""
        places_sudo = self.sudo()  # how a place is, whoever reads it may know
        places_sudo.check_id.mapped('is_stale')
        return {place: place_sudo._state() for place, place_sudo in zip(self, places_sudo, strict=True)}

    def _state(self):
        check = self.check_id
        if check and check.settings_basis == 'none':
            return 'not_accepted'
        away_at = self.unmounted_at
        if not self.told_at and not away_at:
            return 'never'
        if not check.active or self.agent_id.state != 'active' or check.is_stale:
            return 'silent'
        if away_at and (not self.told_at or away_at > self.told_at) and (check.last_result_at or away_at) - away_at <= TOLD_WITHIN:
            return backup.UNMOUNTED
        if not self.told_at:
            return 'blind'
        if not check.last_result_at:
            return 'seen'
        # A host that could look tells what it saw once an hour at least, whatever its check says of it.
        is_late = check.last_result_at - self.told_at > TOLD_WITHIN
        return 'blind' if is_late or (check.state == 'unknown' and not self.is_unsure) else 'seen'

    def _as_places(self, shares):
        """Return ``{place: lib.backup.Place}``, for all at once.

        :param shares: ``{place id: {name of a share on which something of it lay: it does now}}``
        """
        states, hosts = self._states(), self.browse().agent_id
        # A place may have nothing that is new enough to be among them, and is one to which backups can be copied.
        shares = {
            place.id: {**shares.get(place.id, {}), **({place.volume: True} if place.medium == 'network' and place.volume else {})} for place in self}
        if any(shares.values()):
            # Whose a share is follows from the names of the hosts, also of those that the reader does not see.
            hosts = self.env['it.agent'].sudo().search([('is_server', '=', False)], limit=MOST_HOSTS)
        return {place: place._as_place(states[place], hosts, shares[place.id]) for place in self}

    def _as_place(self, state, hosts, shares):
        named = self._machine(self.machine_id) if self.machine_id else None
        return backup.Place(
            self.id, self.kind, self._machine(self.agent_id.asset_id), state, self.told_at or None, named, self.create_date or None, self.doubt_s,
            # Where several lie below the folder, a manager's one word is on none of them in particular.
            {} if named and sum(shares.values()) < 2 else {share: machine for share in shares if (machine := self._share_machine(share, hosts))})

    @api.model
    def _machine(self, asset):
        return f'host:{asset.id}'

    def _share_machine(self, share, hosts):
        """Return which host of the company of this one place bears the name of a share's server, None for none.

        By what agents tell of their hosts: the names of assets anybody changes.
        """
        server, found = backup_share.server(share), set()
        for host in hosts if server else ():
            facts = host.facts or {}
            names = [facts.get('hostname') or '', *(facts.get('addresses') or ())]
            if host.company_id == self.company_id and backup_share.is_same(server, names):
                found.add(self._machine(host.asset_id))
        return found.pop() if len(found) == 1 else None  # a name that two hosts bear tells of neither

    # === WHAT A HOST TELLS === #

    @api.model
    def _take_backup_files(self, check, files, told_at, count=None, doubt_s=0.0):
        """Keep what a host says of the place of one of its checks, past the ORM: nobody else writes it, and nothing stored depends on it.

        :param check: the ``it.check``; the caller made sure that it is the host's own
        :param files: :class:`lib.wire_backup.BackupFile` each
        :param told_at: naive UTC by our clock
        :param count: how many lie there; ``files`` are the newest of them. None: these are all
        :param doubt_s: by how much ``told_at`` may be too late, see ``lib.redate``
        """
        place = self._of_check(check)
        if not place or not place._counts_list_of(told_at, doubt_s):
            return
        count = len(files) if count is None else count
        self.env['it.backup.copy']._take(place, files, told_at, is_whole=count <= len(files))
        newest = max(files, key=lambda one: one.modified_at, default=None)
        place.write({
            'told_at': told_at, 'doubt_s': round(doubt_s), 'count': count, 'is_unsure': bool(newest and newest.reason in backup.UNSURE),
            **({'volume': newest.volume or False, 'medium': newest.medium} if newest else {})})
        place.set_id.invalidate_recordset()

    @api.model
    def _take_unmounted(self, check, told_at, doubt_s):
        """Keep that what is the place of a check is not mounted on its host. What lay there has not gone; parameters as of :meth:`_take_backup_files`."""
        place = self._of_check(check)
        if place and place._counts_list_of(told_at, doubt_s):
            place.unmounted_at = told_at
            place.set_id.invalidate_recordset()

    @api.model
    def _of_check(self, check):
        return self.sudo().with_context(active_test=False).search([('check_id', '=', check.id), ('agent_id', '=', check.agent_id.id)], limit=1)

    def _counts_list_of(self, told_at, doubt_s):
        """Tell whether a list of then is news of this one place, and told while it looked where a manager accepted."""
        check = self.check_id
        accepted_at, earliest = check.settings_accepted_at, told_at - timedelta(seconds=doubt_s)
        is_accepted = check.settings_basis != 'none' and not (accepted_at and earliest < accepted_at)
        return is_accepted and not (self.told_at and self.told_at > told_at)
