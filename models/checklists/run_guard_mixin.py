from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS

from ...lib import run_state
from ..mixins import clock
from ..mixins.guarded_mixin import initial_values

MANAGER = 'it_continuity.it_continuity_group_manager'
# All that a person may write by hand, and only while the run is open; every other field is written by the moves alone.
EDITABLE = frozenset({'note', 'responsible_id', 'attachment_ids'})
EDITABLE_STATES = ('pending', 'failed', 'missed')
# What confirming a run may add to it; nothing else of a closed run changes on the way.
CONFIRMING = frozenset({'state', 'verified_by_id', 'verified_at', 'closed_at'})
# What confirming that a run did not apply writes; it stays in its state.
WAIVER_CONFIRMING = frozenset({'verified_by_id', 'verified_at'})


class ItRunGuardMixin(models.AbstractModel):
    """What nobody may do with a run: make one by hand, write what its moves write, change a closed one, delete what has opened."""
    _name = 'it.run.guard.mixin'
    _description = "Guard of Runs"
    _inherit = ['it.guarded.mixin', 'it.sealed.mixin']
    _guard_spares_su = True  # the moves

    # === CONSTRAINT METHODS === #

    @api.constrains(lambda self: ['company_id', *self._get_company_fields()])
    def _check_one_company(self):
        """Look at all runs of a company at once, and one by one, as Odoo does by itself, only where something does not fit.

        Runs are made by the hundred: one by one it takes longer than writing the rows.
        """
        for company, runs in self.grouped('company_id').items():
            if not all(runs._fits_company(name, company) for name in self._get_company_fields()):
                runs._check_company()

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):  # a default would write past the guard  # pylint: disable=method-required-super
        """Return nothing: neither a context nor anybody's stored defaults fill a run."""
        return {}

    def copy(self, default=None):  # nobody copies one  # pylint: disable=method-required-super
        raise UserError(self.env._("A run is evidence and cannot be duplicated."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unopened(self):
        now = clock.now(self.env)
        if any(run.state != 'pending' or run.open_at <= now for run in self):
            raise UserError(self.env._("A run that has opened cannot be deleted: it is evidence."))

    # === BUSINESS METHODS === #

    @api.model
    def _check_making(self, vals_list):
        """:raises AccessError: a person makes runs, whatever their group
        :raises UserError: one would not begin as pending
        """
        if not self.env.su:
            raise AccessError(self.env._("Runs are made from their task's schedule, or by “Start a run now” on the task."))
        if any(vals.get('state', 'pending') != 'pending' for vals in vals_list):
            raise UserError(self.env._("A run begins as pending."))

    def _check_write(self, vals):
        """Keep evidence as it is: people write a note, the responsible and attachments; states follow the graph.

        :raises AccessError: a person writes any other field, or whoever asks changes a closed run otherwise than by a step
        :raises UserError: the graph has no such step, whoever asks
        """
        own = vals.keys() - self._get_thread_fields() - {'answers'}  # the items guard themselves
        if not own:
            return
        self._check_closed(vals)
        if not self.env.su:
            self._check_editable(own)
        if 'state' in vals:
            for run in self:
                if run.state != vals['state'] and not run_state.allowed(run.state, vals['state']):
                    raise UserError(run._get_refusal_message('not_allowed'))

    def _check_closed(self, vals):
        """:raises AccessError: these values would change a closed run otherwise than by a step, superuser or not"""
        if 'excuse_id' in vals:
            self.env['it.run.excuse']._check_granted(self, vals['excuse_id'])
            if vals.keys() == {'excuse_id'}:
                return  # granting an excuse and taking it back are steps of a closed run too
        for run in self:
            if run.state in EDITABLE_STATES:
                continue
            new = vals.get('state', run.state)
            if new == run.state and (vals.keys() == {'state'} or run._is_waiver_confirmed_by(vals)):
                continue
            if new == run.state or (new == 'verified' and vals.keys() - CONFIRMING):
                raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))

    def _is_waiver_confirmed_by(self, vals):
        """Tell whether these values confirm that this one run did not apply, by another person than who said so, and nothing else."""
        return (
            vals.keys() == WAIVER_CONFIRMING and self.state == 'not_applicable' and self.needs_confirmation and not self.verified_by_id
            and bool(vals['verified_by_id']) and vals['verified_by_id'] != self.done_by_id.id)

    def _check_editable(self, names):
        """:raises AccessError: a person may not write these fields of these runs"""
        self._check_unguarded(names)
        for run in self._closed_records():
            raise AccessError(self.env._("“%(name)s” is closed and stays as it is.", name=run.display_name))
        for run in self:
            if 'responsible_id' in names and clock.now(self.env) > run.deadline_at:
                raise AccessError(self.env._(
                    "“%(name)s”: its time has passed, so whose run it was stays as it is.", name=run.display_name))

    @api.model
    def _is_guarded(self, name):
        return name not in EDITABLE and name != 'answers' and name not in self._get_thread_fields()

    @api.model
    def _get_guard_message(self, names):
        labels = ", ".join(sorted(self._fields[name].string for name in names if name in self._fields))
        return self.env._("Nobody writes these fields of a run by hand: %(fields)s. Use its buttons.", fields=labels)

    @api.model
    def _get_guarded_initial(self):
        """Leave out the fields that begin empty: naming them in every row makes a day's runs half as slow again to insert."""
        foreign = {*MAGIC_COLUMNS, *self._get_thread_fields()}
        return initial_values(self, [
            name for name, field in self._fields.items()
            if field.store and not field.compute and name not in foreign and (field.default or field.type == 'boolean')])

    def _check_manager(self):
        """:raises AccessError: the person is no manager"""
        self.check_access('write')
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._(
                "Only a manager verifies runs, sends them back, or says of missed ones that they did not apply."))

    def _check_waiver(self):
        """Let another person, a manager, say that it was not owed once its time has passed: what does not apply counts in no figure.

        Said by who missed it, it would be an excuse that nobody has to grant.
        """
        past = self.filtered(lambda run: run.deadline_at < clock.now(self.env))
        if past:
            past._check_manager()
        for run in past:
            if self.env.user == run._who_answers():
                raise AccessError(self.env._(
                    "“%(name)s”: its time has passed and it was yours, so another manager has to say that it did not apply. "
                    "You may ask for an excuse.", name=run.display_name))

    @api.model
    def _get_company_fields(self):
        return [name for name, field in self._fields.items() if field.relational and field.check_company]

    def _fits_company(self, name, company):
        """Tell whether all that these runs of a company name in a field may be named by it."""
        named_sudo = self.sudo()[name].with_context(active_test=False)  # archived and hidden records count as well
        domain = named_sudo._check_company_domain(company)
        return not domain or named_sudo == named_sudo.filtered_domain(domain)

    def _is_fillable(self):
        return self.is_open or self.state in ('failed', 'missed')

    def _closed_records(self):
        return self.filtered(lambda run: run.state not in EDITABLE_STATES)
