from odoo import fields, models

from ...lib import backup
from ...lib.run_proof import Beside
from .backup_set import FORMATS
from .internet_spell import MOST_SPELLS
from .it_task import HEALTH_OF


class ItTaskRun(models.Model):
    """A run is proven by the backup that was due by then, as by checks; what proves it is frozen with it."""
    _inherit = 'it.task.run'
    _beside_fields = {
        '_beside_backups': ('task_id.backup_set_ids',),
        '_beside_copies': ('task_id.copies_offline',),
        '_beside_drills': ('draws_restore', 'drill_ids'),
    }

    draws_restore = fields.Boolean(related='task_id.draws_restore')
    drill_ids = fields.One2many('it.restore.drill', 'run_id', string="Restores", readonly=True)

    # === ACTION METHODS === #

    def action_draw_restore(self):
        """Pick a backup to restore for this one run; one that was restored for it is shown instead."""
        self.ensure_one()
        drill = self.drill_ids[:1]
        return drill._open() if drill.state == 'done' else self.env['it.restore.drill'].action_draw(self.id)

    # === BUSINESS METHODS === #

    def _beside_backups(self):
        """Count the chains of the task's backup sets."""
        found = {}
        for due_at, runs in self.grouped('due_at').items():
            chains = runs.task_id._backup_chains(due_at)
            for run in runs:
                proofs = chains[run.task_id]
                if proofs:
                    found[run] = run._proof_by_backups(proofs)
        for run in self:
            # “A new file is there” and “synced” are no proof of a backup.
            if run.task_id._unplaced_sets() and (run in found or run._bound_checks()):
                found[run] = Beside(True, is_enough=False).after(found.get(run))
        return found

    def _beside_copies(self):
        """Count the copies on other machines, of those of these runs whose days without internet ask for some."""
        found = {}
        for run in self:
            spells = self.env['it.internet.spell'].sudo().search([('run_ids', 'in', run.ids)], limit=MOST_SPELLS)
            if spells._asked_days(run):
                found[run] = run._proof_by_copies(spells)
        return found

    def _beside_drills(self):
        """Count the backups that were drawn to be restored."""
        return {run: run._proof_by_drills(run.drill_ids) for run in self}

    def _proof_by_copies(self, spells):
        """Return the :class:`Beside` of a run that copies backups without internet: what agents see answers what it asks a person."""
        words, task = self.env['it.backup.words'], self.env['it.task']
        listed = self.env['it.internet.watch']._listed(self, spells, is_offline=True)
        short = [(known, chain) for known, chain in listed if not chain.reaches('replicated')]
        return Beside(
            self.state != 'missed' and bool(listed) and not short, tuple(words._reason(known, chain, task._told_link(chain, 'replicated')) for known, chain in short),
            (*(spell._as_evidence() for spell in spells.sorted('start_at')), *(self._frozen_chain(known, chain, 'replicated') for known, chain in listed)),
            answers=True)

    def _proof_by_drills(self, drills):
        """Return the :class:`Beside` of a run for which a backup is drawn; a person still says that it is done.

        Where none was drawn somebody chose what to restore: that may be said, with a reason, and is marked so.
        """
        last = drills[:1]
        reason = {
            False: self.env._("No backup was drawn for this run: “Backup to restore” picks one at random."),
            'drawn': self.env._("Nothing was told yet of restoring %(file)s.", file=last.name),
            'failed': self.env._("%(file)s could not be restored.", file=last.name),
            'given_up': self.env._("%(file)s was drawn and not restored.", file=last.name)}.get(last.state)
        evidence = tuple(drill._as_evidence() for drill in drills) or (drills._none_as_evidence(),)
        return Beside(not reason and self.state != 'missed', (reason,) if reason else (), evidence, is_enough=False)

    def _proof_by_backups(self, proofs):
        """Return the :class:`Beside` of this one run."""
        level = self.task_id.backup_level
        short = [(known, chain) for known, chain in proofs if not chain.reaches(level)]
        return Beside(
            self.state != 'missed' and not short, tuple(self.task_id._backup_reason(known, chain) for known, chain in short),
            tuple(self._frozen_chain(known, chain, level) for known, chain in proofs))

    def _frozen_chain(self, known, chain, level):
        """Return how a backup stands as frozen evidence: it reads like a check's result, and names file, hash and places."""
        words, task = self.env['it.backup.words'], self.env['it.task']
        link = task._link_that_counts(chain, level)
        file = known.files.get(chain.file)
        places = [self._frozen_copy(known, copy) for copy in (file.copies if file else ()) if copy.is_there and copy.place in known.places]
        made = backup.judged(chain, known.files)
        told = [known.places[place['place_id']] for place in places if known.places[place['place_id']].told_at]
        newest = max(told, key=lambda place: place.told_at, default=None)
        return {
            'check_id': None, 'name': known.set.name, 'host': "; ".join(dict.fromkeys(place['host'] for place in places)),
            'asset': known.set.asset_id.name or '', 'kind': 'backup_chain', 'state': HEALTH_OF[link.state], 'hard_state': HEALTH_OF[link.state],
            'summary': self._frozen_words(words, known, chain, made, task._told_link(chain, level)),
            'measured_at': f'{newest.told_at.isoformat()}+00:00' if newest else None,
            'doubt_s': newest.doubt_s if newest else 0, 'host_clock': None, 'stale': False, 'values': [],
            'definition': {'settings': {
                'day': str(chain.day), 'level': level, 'machines': chain.promise.machines,
                'format': dict(FORMATS).get(known.set.format, '')}, 'limits': []},
            'backup': {
                'set_id': known.set.id, 'day': str(chain.day), 'reached': chain.level, 'file': file.name if file else None,
                'size': made.size if made else None, 'sha256': made.sha256 if made else None, 'places': places,
                'links': [[one.name, one.state, one.code] for one in chain.links]},
        }

    def _frozen_words(self, words, known, chain, made, link):
        sentence = words._reason(known, chain, link)
        if not made:
            return sentence
        if chain.reaches('readable') and link.state != 'good':  # else the reason says it
            sentence = f"{sentence} {words._unseen(words._unseen_code(known, chain))}".strip()
        return self.env._(
            "%(sentence)s %(file)s, %(size)s, SHA-256 %(sha256)s", sentence=sentence, file=words._file_name(known, chain),
            size=words._size(known, chain), sha256=made.sha256 or "–")

    def _frozen_copy(self, known, copy):
        place = known.records[copy.place]
        return {
            'place_id': place.id, 'kind': place.kind, 'host': place.agent_id.asset_id.name, 'folder': place.folder or '', 'medium': copy.medium,
            'size': copy.size, 'sha256': copy.sha256, 'level': copy.level}
