from odoo import api, fields, models

from ...lib import check_state

LEVELS = [('made', "Made"), ('readable', "Readable"), ('replicated', "Replicated")]
# As what a link of a chain counts beside the states of checks.
HEALTH_OF = {'good': 'ok', 'waiting': 'waiting', 'unknown': 'unknown', 'bad': 'critical'}


class ItTask(models.Model):
    """A task that is done when the day's backup has come far enough."""
    _inherit = 'it.task'

    backup_set_ids = fields.Many2many(
        'it.backup.set', string="Backup sets", check_company=True,
        help="A run verifies itself only when the backup that is due by then has come this far. While a set has no places, a person says that it is done.")
    backup_level = fields.Selection(
        LEVELS, "Backup has to be", default='replicated', required=True, help="How far the backup has to have come for a run to verify itself.")
    copies_offline = fields.Boolean(
        "Copies backups without internet", help="A run is opened by itself when backups have to lie on two other machines because there is no internet.")
    draws_restore = fields.Boolean("Restores a backup", help="Each run offers a backup picked at random; what is told of restoring it is frozen with the run.")

    # === COMPUTE METHODS === #

    @api.depends('backup_set_ids.place_ids', 'backup_level')
    def _compute_health(self):  # returns nothing  # pylint: disable=missing-return
        """Count the backups beside the checks."""
        super()._compute_health()
        proofs = self._backup_chains()
        for task in self:
            chains = proofs[task]
            if not chains:
                continue
            states = [HEALTH_OF[self._link_that_counts(chain, task.backup_level).state] for _known, chain in chains]
            task.health = check_state.worst_state([*states, *([task.health] if task.health != 'none' else [])])
            reasons = [task._backup_reason(known, chain) for known, chain in chains if not chain.reaches(task.backup_level)]
            task.health_reason = '\n'.join(filter(None, [task.health_reason, *reasons])) or False

    # === BUSINESS METHODS === #

    def _read_ahead(self):  # returns nothing  # pylint: disable=missing-return
        super()._read_ahead()
        self.sudo().fetch(['backup_set_ids'])

    @api.model
    def _link_that_counts(self, chain, level):
        """Return the first link up to ``level`` that does not hold, or the last of them."""
        asked = chain.links[:[code for code, _name in LEVELS].index(level) + 1]
        return next((link for link in asked if link.state != 'good'), asked[-1])

    def _backup_reason(self, known, chain):
        """Return in words how a backup stands for this one task: why it has not come as far as is asked here, else its weakest link."""
        return self.env['it.backup.words']._reason(known, chain, self._told_link(chain, self.backup_level))

    @api.model
    def _told_link(self, chain, level):
        """Return the link of which a task tells: what is asked beyond its level never stands for what it lacks, nor is it said of what it has whole."""
        link = self._link_that_counts(chain, level)
        return chain.weakest if link.state == 'good' and link.name != 'replicated' else link

    def _proving_sets(self):
        """Return the sets that count for these tasks: those that have places. Who reads the task is told how they stand."""
        return self.sudo().backup_set_ids.filtered(lambda one: one.active and one.place_ids)

    def _unplaced_sets(self):
        """Return the sets of these tasks of which nobody has said where they are made: checks alone do not prove them, a person says so."""
        return self.sudo().backup_set_ids.filtered(lambda one: one.active and not one.place_ids)

    def _backup_chains(self, moment=None):
        """Return ``{task: [(Known, Chain)]}`` of the backups that were due at a moment (naive UTC), or are newest now."""
        sets = self._proving_sets()
        facts = self.env['it.backup.facts']._of(sets)
        return {task: [(facts[one.id], chain) for one in task._proving_sets() for chain in [facts[one.id].due_by(moment)] if chain] for task in self}
