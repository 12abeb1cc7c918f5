import logging
from datetime import timedelta

from psycopg2 import OperationalError, errors

from odoo import api, fields, models
from odoo.tools import mute_logger

from ...lib import backup, backup_offline
from ..mixins import clock
from ..mixins.thread_mixin import HUSH

_logger = logging.getLogger(__name__)
MOST_CHECKS = 1000
MOST_SETS = 1000
SHORTEST = timedelta(hours=6)  # in less a run was not to be done
STATES = {'ok': 'up', 'warning': 'up', 'critical': 'down'}  # anything else: it could not look
# Another worker is at the same: what it makes is what we would have made, and the next pass goes on.
LOST_RACE = (errors.SerializationFailure, errors.UniqueViolation, errors.LockNotAvailable)


class ItInternetWatch(models.AbstractModel):
    """Follows whether companies have internet, and lets backups be copied to other machines while they have none."""
    _name = 'it.internet.watch'
    _description = "Watch of the Internet"

    # === BUSINESS METHODS === #

    @api.model
    def _follow(self):
        """Look at all companies; called after each pass of the judge. What goes wrong with one is logged, the others go on."""
        if not self._has_work():
            return
        looks = self._looks()
        ongoing = self.env['it.internet.spell'].sudo().search([
            '|', '|', ('end_at', '=', False), ('end_at', '>', clock.now(self.env)), ('run_ids.state', '=', 'pending')], limit=MOST_SETS)
        for company in self.env['res.company'].union(*looks, ongoing.company_id):
            try:
                with self.env.cr.savepoint():
                    self._note_hosts(company, looks.get(company, []))
                    self._follow_runs(company)
            except OperationalError:
                raise  # another transaction's doing: the whole pass is done again
            except Exception:
                self.env.invalidate_all()
                _logger.exception("Whether company %s has internet could not be followed", company.id)

    @api.model
    def _has_work(self):
        """Tell by one statement whether any check looks at a way to the internet, or a time without it is followed: most passes end here."""
        self.env.flush_all()
        asset_id = self.env['ir.model.data']._xmlid_to_res_id('it_continuity.asset_internet', raise_if_not_found=False) or 0
        self.env.cr.execute("""
            SELECT EXISTS (SELECT FROM it_check WHERE active AND (asset_id = %s OR asset_id IN (SELECT itc_internet_asset_id FROM res_company)))
                OR EXISTS (SELECT FROM it_internet_spell WHERE end_at IS NULL OR end_at > %s)
                OR EXISTS (SELECT FROM it_internet_spell_run_rel AS link JOIN it_task_run AS run ON run.id = link.it_task_run_id WHERE run.state = 'pending')
        """, [asset_id, clock.now(self.env)])
        return self.env.cr.fetchone()[0]

    # === WHAT HOSTS SEE === #

    @api.model
    def _looks(self):
        """Return ``{company: [lib.backup_offline.Look]}`` of what the checks of the ways to the internet say.

        Nothing is said by a check that no manager accepted, nor by one of this Odoo itself, nor by one that looks at something in the house, such
        as the router; one that flaps or fell silent could not look.
        """
        companies = self.env['res.company'].sudo().search([], limit=MOST_SETS)
        assets = {company: asset for company, asset in companies._internet_assets().items() if asset}
        checks = self.env['it.check'].sudo().search([
            ('asset_id', 'in', [asset.id for asset in assets.values()]), ('settings_basis', '!=', 'none'), ('agent_id.is_server', '=', False),
            ('agent_id.state', '=', 'active')], limit=MOST_CHECKS)
        looks = {}
        for company, asset in assets.items():
            mine = checks.filtered(lambda check, company=company, asset=asset: check.asset_id == asset and check.company_id in (company, company.browse())
                                   and backup_offline.looks_outside(check.settings or {}))
            if mine:
                looks[company] = [self._look(check) for check in mine]
        return looks

    @api.model
    def _look(self, check):
        state = 'blind' if check.is_flapping else STATES.get(check.effective_state, 'blind')
        return backup_offline.Look(check.host_id.id, state, check.hard_since or None)

    @api.model
    def _note_hosts(self, company, looks):
        """Begin and end what hosts tell of by themselves."""
        spells_sudo, now = self.env['it.internet.spell'].sudo(), clock.now(self.env)
        spell = spells_sudo.search([('company_id', '=', company.id), ('source', '=', 'agents'), ('end_at', '=', False)], limit=1)
        found = backup_offline.seen(looks)
        step = backup_offline.step(bool(spell), spell.back_at or None, found, now)
        if step == 'open':
            hosts = self.env['it.asset'].sudo().browse(found.hosts)
            words = self.with_context(lang=company._get_itc_lang()).env._("These hosts do not get out, and no other does: %(hosts)s.", hosts=", ".join(hosts.mapped('name')))
            spells_sudo.create({
                'company_id': company.id, 'source': 'agents', 'since': min(found.since or now, now), 'start_at': now, 'note': words})
        elif step == 'end':
            spell.end_at = now
        elif step in ('back', 'again'):
            spell.back_at = now if step == 'back' else False

    # === THE RUN === #

    @api.model
    def _follow_runs_safely(self, company):
        """Do at once, in a person's request, what the next pass would do; where that pass is at it already, leave it to it."""
        try:
            with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                self._follow_runs(company)
        except LOST_RACE:
            _logger.info("The copying of company %s is being followed by another worker", company.id)

    @api.model
    def _follow_runs(self, company):
        """Open the run that copies backups of a company, refresh what it asks for, and close it once that is proven."""
        live = self.env['it.internet.spell']._live(company)
        if not live:
            return
        now = clock.now(self.env)
        ongoing = live.filtered(lambda spell: spell._span().covers(now))
        if ongoing:
            self._ask(company, ongoing)
        for run in live.run_ids.filtered(lambda run: run.state == 'pending'):
            self.env['it.run.closing']._verify(run)
            if run.state == 'pending' and not ongoing:
                self._close_in_words(run, live)

    @api.model
    def _concerned(self, company):
        """Return the :class:`Known` of the company's sets of which more is asked without internet: all, unless it wants that of those alone which go into the cloud."""
        sets_sudo = self.env['it.backup.set'].sudo().search([('company_id', '=', company.id), ('place_ids', '!=', False)], limit=MOST_SETS)
        return [known for known in self.env['it.backup.facts']._of(sets_sudo).values() if known.is_concerned]

    @api.model
    def _ask(self, company, ongoing):
        """Let one open run ask for the newest backup of each set; one is opened when something has to be copied that no run asked for yet."""
        task = self.env['it.task'].sudo().search([('copies_offline', '=', True), ('company_id', '=', company.id)], limit=1)
        chains = [(known, chain) for known in self._concerned(company) for chain in [known.current()] if chain]
        if not task or not chains:
            return
        lacking = [(known, chain) for known, chain in chains if chain.links[0].state == 'good' and not chain.reaches('replicated')]
        run = self.env['it.task.run'].sudo().search([
            ('task_id', '=', task.id), ('state', '=', 'pending'), ('open_at', '<=', clock.now(self.env))], order='id', limit=1)
        if not run:
            if not lacking or not self._is_news(company, lacking):
                return
            run = task._start_run()
            for spell in ongoing:
                run._message_log(body=spell.with_context(lang=company._get_itc_lang())._words())
        files = self.env['it.backup.file'].sudo().browse(sorted(chain.file for _known, chain in lacking))
        ongoing._note_run(run, {known.set.id: chain.day for known, chain in chains}, files)

    @api.model
    def _is_news(self, company, lacking):
        """Tell whether a run has to be opened for some of these backups.

        So it is when none asked for one yet, in whatever outage; when the last one that did was missed, and nobody had the time in this outage; or when
        it was proven, and copies are lost since. What a person said of a run holds: nobody is asked again for what they could not copy, or copied where
        no agent looks.
        """
        spells_sudo = self.env['it.internet.spell'].sudo().search([
            ('company_id', '=', company.id), ('file_ids', 'in', [chain.file for _known, chain in lacking])], limit=MOST_SETS)
        missed = self.env['it.task.run'].sudo()
        for known, chain in lacking:
            asking = spells_sudo.filtered(lambda spell, chain=chain: chain.file in spell.file_ids.ids)
            last = asking.run_ids.filtered(
                lambda run, known=known, chain=chain, asking=asking: asking._asked_days(run).get(known.set.id) == chain.day).sorted('id')[-1:]
            if not asking or (last.state == 'auto_verified' and known.has_lost(chain)):
                return True
            missed |= last.filtered(lambda run: run.state == 'missed')
        return any(map(self._was_too_short, missed))

    @api.model
    def _was_too_short(self, run):
        """Tell whether nobody had the time to copy anything for a run in the outage that goes on: its day was over before that began, or soon after."""
        spells = self.env['it.internet.spell']._known(run.company_id, run.open_at)[run.company_id.id]
        began = backup_offline.began([spell._span() for spell in spells], clock.now(self.env))
        return run.deadline_at - max(run.open_at, began) < SHORTEST

    @api.model
    def _close_in_words(self, run, live):
        """Close a run that nobody has to do any more: the internet is back, and what it asked for is proven as usual.

        Nothing was copied, so it is not verified; whatever was copied and proven closed it before.
        """
        chains = self._listed(run, live)
        if not chains or not all(chain.reaches('replicated') for _known, chain in chains):
            return
        lang = run.company_id._get_itc_lang()
        run, words = run.with_context(lang=lang, **HUSH), self.env['it.backup.words'].with_context(lang=lang)
        spell = live.filtered(lambda one: run in one.run_ids)[-1:].with_context(lang=lang)
        reason = self.with_context(lang=lang).env._(
            "The internet came back before. %(outage)s All that had to be copied is proven as usual: %(names)s.", outage=spell._words(),
            names="; ".join(f"{known.set.name}: {words._file_name(known, chain)}" for known, chain in chains))
        live.file_ids = [fields.Command.unlink(chain.file) for _known, chain in chains]  # nobody copied them: without internet they would have to be asked for again
        now = clock.now(self.env)
        run.sudo().write({
            **run._prepare_frozen('not_applicable'), 'state': 'not_applicable', 'na_reason': reason, 'entered_at': now, 'closed_at': now,
            'snapshot': [spell._as_evidence(), *(run._frozen_chain(known, chain, 'replicated') for known, chain in chains)]})

    # === WHAT A RUN ASKS FOR === #

    @api.model
    def _listed(self, run, spells, is_offline=None):
        """Return ``[(Known, Chain)]`` of the backups for which a run asked last, by the names of their sets.

        :param spells: those of the run
        :param is_offline: as for :meth:`Known.judge`
        """
        days = spells._asked_days(run)
        sets_sudo = self.env['it.backup.set'].sudo().browse(days).exists()
        known = self.env['it.backup.facts']._of(sets_sudo)
        return [(known[one.id], known[one.id].judge(days[one.id], is_offline=is_offline)) for one in sets_sudo.sorted(lambda one: (one.name, one.id))]

    @api.model
    def _rows(self, run):
        """Return what the screen shows of the backups that one run asks to copy.

        :return: ``[{'set', 'file', 'about', 'source', 'targets', 'progress', 'state', 'why'}]``
        """
        spells = self.env['it.internet.spell'].sudo().search([('run_ids', 'in', run.ids)], limit=MOST_SETS)
        return [self._row(known, chain) for known, chain in self._listed(run, spells, is_offline=True)] if spells else []

    @api.model
    def _row(self, known, chain):
        words, others = self.env['it.backup.words'], known.others(chain)
        made = next((known.records[place] for place in chain.links[0].places if place in known.records), None)
        wanted = chain.promise.machines - 1
        is_proven = chain.reaches('replicated')
        return {
            'set': known.set.name, 'file': words._file_name(known, chain), 'about': words._about(known, chain),
            'source': made._words() if made and chain.file else '',
            'targets': '' if is_proven else self._targets(known, chain, others or (), wanted),
            'progress': self.env._("%(count)s of %(wanted)s machines", count=min(len(others or ()), wanted), wanted=wanted),
            'state': 'ok' if is_proven else 'critical' if chain.links[0].state == 'bad' else 'waiting',
            'why': '' if is_proven or chain.weakest.code in ('no_copy', 'too_few_places') else words._standing(known, chain, chain.weakest)}

    @api.model
    def _held_by(self, known, number):
        """Return which machine holds what lies at a place: of a share the one whose it is, None where nobody said."""
        record = known.records[number]
        return backup.holder(known.places[number], record.medium, record.volume or '')

    @api.model
    def _targets(self, known, chain, others, wanted):
        """Return in words where a backup can be copied to: the set's own places on other machines, SSDs first, and else other hosts of the company."""
        held = {number: self._held_by(known, number) for number in known.places}
        taken = {held[place] for place in (*chain.links[0].places, *others) if place in held}
        free = sorted((
            number for number, place in known.records.items()
            if known.places[number].kind not in ('made', 'mega') and place.medium != 'removable' and held[number] not in taken),
            key=lambda number: known.records[number].medium != 'ssd')
        media = dict(self.env['it.backup.place']._fields['medium']._description_selection(self.env))
        named = "; ".join(f"{place._words()} ({media[place.medium]})" if place.medium else place._words() for place in map(known.records.get, free))
        if len({held[number] for number in free}) + len(others) >= wanted:
            return named
        looked_at = {place.machine for place in known.places.values()}
        hosts_sudo = self.env['it.agent'].sudo().search([
            ('company_id', '=', known.set.company_id.id), ('is_server', '=', False), ('state', '=', 'active')], limit=20)
        names = ", ".join(host.name for host in hosts_sudo if self.env['it.backup.place']._machine(host.asset_id) not in looked_at)
        missing = self.env._("The set has no further place: add one on another machine, such as %(hosts)s, or say below where you copied it.", hosts=names) \
            if names else self.env._("The set has no further place: add one on another machine, or say below where you copied it.")
        return f"{named}. {missing}" if named else missing
