from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import excuse
from ..mixins import clock


class ItRunExcuse(models.Model):
    """One time that somebody asked to excuse a missed run by a fact, and what another person decided. It is evidence from the start.

    Nobody has the right to make or write one: people ask on the run, managers decide by the buttons.
    """
    _name = 'it.run.excuse'
    _description = "Excuse of a Missed Run"
    _inherit = ['it.sealed.mixin', 'it.two.person.mixin']
    _order = 'id desc'
    _rec_name = 'fact_text'
    _allow_sudo_commands = False
    _sealed_with = 'run_id'
    _seal_name = 'fact_text'
    _seal_columns = (
        'state', 'kind', 'fact', 'fact_text', 'covered_pct', 'note', 'asked_by_id', 'asked_at', 'decided_by_id', 'decided_at',
        'decision_reason', 'withdrawn_by_id', 'withdrawn_at', 'withdraw_reason')

    run_id = fields.Many2one('it.task.run', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    responsible_id = fields.Many2one(related='run_id.responsible_id')
    date = fields.Date(related='run_id.date')
    state = fields.Selection(
        [('asked', "Asked"), ('granted', "Granted"), ('refused', "Refused"), ('withdrawn', "Withdrawn"), ('lapsed', "No longer needed")],
        string="Status", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [('outage', "Outage"), ('downtime', "Planned downtime"), ('leave', "Leave of the responsible"), ('closed', "Closed day")],
        string="Fact", required=True, readonly=True)
    outage_id = fields.Many2one('it.outage', readonly=True, index='btree_not_null', ondelete='restrict')
    fact = fields.Json("Fact as JSON", required=True, readonly=True, help="The fact as it was when somebody asked.")
    fact_text = fields.Text("What was the case", required=True, readonly=True)
    covered_pct = fields.Integer(
        "Covers", readonly=True, aggregator=None, help="Percent of the time from opening to deadline that the fact takes.")
    note = fields.Text("Word of who asks", readonly=True)
    asked_by_id = fields.Many2one('res.users', string="Asked by", required=True, readonly=True, ondelete='restrict')
    asked_at = fields.Datetime("Asked on", required=True, readonly=True)
    decided_by_id = fields.Many2one('res.users', string="Decided by", readonly=True, ondelete='restrict')
    decided_at = fields.Datetime("Decided on", readonly=True)
    decision_reason = fields.Text("Why so decided", readonly=True)
    withdrawn_by_id = fields.Many2one('res.users', string="Withdrawn by", readonly=True, ondelete='restrict')
    withdrawn_at = fields.Datetime("Withdrawn on", readonly=True)
    withdraw_reason = fields.Text("Withdrawn because", readonly=True)
    is_own = fields.Boolean(compute='_compute_is_own', help="The reader asked for it, missed the run, worked on it, or is who told of the fact.")

    _one_a_run = models.UniqueIndex(
        "(run_id) WHERE state IN ('asked', 'granted')", "This run has an excuse, or one that waits for a decision.")

    # === COMPUTE METHODS === #

    @api.depends('run_id.display_name', 'fact_text')
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.fact_text or record.run_id.display_name

    @api.depends(lambda self: self._get_approval_fields())
    @api.depends_context('uid')
    def _compute_is_own(self):
        for record in self:
            record.is_own = record._is_own_work()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):  # nobody creates one  # pylint: disable=method-required-super
        raise AccessError(self.env._("An excuse is asked for on the run, by choosing a fact that is offered."))

    def write(self, vals):  # nobody writes one  # pylint: disable=method-required-super
        raise AccessError(self.env._("An excuse is granted, refused and withdrawn by its buttons."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An excuse is evidence and cannot be deleted, refused or not."))

    def copy(self, default=None):  # nobody copies one  # pylint: disable=method-required-super
        raise UserError(self.env._("An excuse is evidence and cannot be duplicated."))

    # === ACTION METHODS === #

    def action_grant(self, reason=None):
        """Accept the fact. :raises AccessError: not a manager, or who asked or missed it; :raises UserError: the fact is not as it was"""
        for record in self:
            record._decide('granted', reason)

    def action_refuse(self, reason=None):
        """Do not accept the fact. :raises AccessError: as for granting; :raises UserError: without a reason"""
        for record in self:
            record._decide('refused', reason)

    def action_withdraw(self, reason=None):
        """Take a granted excuse back. :raises AccessError: not a manager; :raises UserError: without a reason"""
        for record in self:
            record._decide('withdrawn', reason)

    def action_ask_grant(self):
        return self._action_ask('granted')

    def action_ask_refuse(self):
        return self._action_ask('refused')

    def action_ask_withdraw(self):
        return self._action_ask('withdrawn')

    def _action_ask(self, step):
        """Return the small window that asks for the reason."""
        self.ensure_one()
        names = {'granted': self.env._("Grant"), 'refused': self.env._("Refuse"), 'withdrawn': self.env._("Withdraw")}
        return {
            'type': 'ir.actions.act_window',
            'name': names[step],
            'res_model': 'it.run.excuse.decide',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_step': step, 'default_excuse_id': self.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_approval_fields(self):
        return ('state', 'asked_by_id', 'fact', *(f'run_id.{name}' for name in self.env['it.task.run']._get_approval_fields()))

    def _is_awaiting_approval(self):
        return self.state == 'asked'

    def _get_doers(self):
        """Whose work is in the run, whose miss it is, or whose word is the fact, had a hand in the excuse too."""
        run_sudo = self.sudo().run_id  # who reads the excuse may know whose run it excuses
        return self.asked_by_id | run_sudo.responsible_id | run_sudo._who_answers() | run_sudo._get_doers() | self._fact_authors()

    def _fact_authors(self):
        """Return whose word the fact of this one excuse was when somebody asked; those asked for earlier tell it less well."""
        fact, told = self.fact or {}, (self.fact or {}).get('outage') or {}
        ids = {*(fact.get('authors') or ()), fact.get('entered_by'), fact.get('changed_by'), told.get('reported_by'), told.get('changed_by')}
        return self.env['res.users'].browse(ids - {None, False, SUPERUSER_ID})

    @api.model
    def _ask_for(self, run, key=None, note=None):
        """Ask to excuse a missed run by one of the facts that are offered for it; without a fact, return the window that lets the person choose.

        The caller has checked that the person may work on the run, and locked it.

        :raises UserError: it is not missed, has an excuse, or no such fact fits
        """
        if run.state != 'missed' or run.excuse_ids._live():
            raise UserError(self.env._("“%(name)s” is not missed, or has an excuse already.", name=run.display_name))
        offers = self.env['it.excuse.facts']._offers(run)
        if not offers:
            raise UserError(self.env._(
                "No fact fits “%(name)s”: no outage of its systems or of the site, no planned downtime, no leave of its responsible, no closed day. "
                "If something was out of order, log the outage first.", name=run.display_name))
        if not key:
            return self.env['it.run.excuse.ask']._open(run, offers)
        offer = next((offer for offer in offers if offer['key'] == key), None)
        if not offer:
            raise UserError(self.env._("This fact does not fit “%(name)s” (any more).", name=run.display_name))
        excuses_sudo = self.sudo()  # nobody has the right to make one; the person's was checked by the caller
        excuses_sudo._ask({
            'run_id': run.id, 'company_id': run.company_id.id, 'kind': offer['kind'], 'outage_id': offer['outage_id'],
            'fact': offer['fact'], 'fact_text': offer['text'], 'covered_pct': offer['covered_pct'], 'note': note,
            'asked_by_id': self.env.uid, 'asked_at': clock.now(run.env), **dict.fromkeys((
                'decided_by_id', 'decided_at', 'decision_reason', 'withdrawn_by_id', 'withdrawn_at', 'withdraw_reason'), False)})
        run._message_log(body=self.env._("Asked for an excuse: %(fact)s", fact=offer['text']))
        return True

    @api.model
    def _ask(self, vals):
        """Make one excuse. The caller has checked the person and the fact."""
        return super().create([{'state': 'asked', **vals}])  # past this class's own create  # pylint: disable=super-method-mismatch

    def _decide(self, new, reason):
        """Move this one excuse along the graph, and its run with it; the one place where that is written."""
        self._check_manager()
        run = self.run_id
        run.lock_for_update(allow_referencing=True)
        if new in ('granted', 'refused'):
            self._check_second_person()
        code = excuse.refusal(self.state, new, is_second=not self.is_own, reason=reason or '')
        if code:
            raise UserError(self._get_refusal_message(code))
        if new == 'granted':
            self._check_excusable()
        who = 'withdrawn' if new == 'withdrawn' else 'decided'
        excuse_sudo = self.sudo()  # nobody has the right to write one; the person's was checked above
        excuse_sudo._transition({
            'state': new, f'{who}_by_id': self.env.uid, f'{who}_at': clock.now(run.env),
            'withdraw_reason' if new == 'withdrawn' else 'decision_reason': reason})
        excuse_sudo._tell_run(run)

    def _live(self):
        return self.filtered(lambda record: record.state in ('asked', 'granted'))

    def _check_excusable(self):
        """:raises UserError: the run of this one excuse is not missed any more, or the fact is not as it was when somebody asked"""
        run = self.run_id
        if run.state != 'missed':
            raise UserError(self.env._("“%(name)s” is not missed any more.", name=run.display_name))
        if not any(self._is_still(offer['fact']) for offer in self.env['it.excuse.facts']._offers(run)):
            raise UserError(self.env._(
                "The fact is not as it was when it was asked for. Refuse the excuse; it can be asked for anew."))

    def _is_still(self, fact):
        """Tell whether a fact is the one that this one excuse was asked for by, as far as was kept of it then."""
        return {name: fact.get(name) for name in self.fact} == self.fact

    @api.model
    def _check_granted(self, runs, excuse_id):
        """:raises AccessError: these runs would be excused by what was not granted for them, whoever writes"""
        for run in runs:
            granted_sudo = self.sudo().search([('run_id', '=', run.id), ('state', '=', 'granted')])
            if (excuse_id or False) != granted_sudo.id:
                raise AccessError(self.env._("“%(name)s” is excused by granting an excuse only.", name=run.display_name))

    def _tell_run(self, run):
        """Note the decision on this one excuse in its run and in the run's chatter."""
        if self.state in ('granted', 'withdrawn'):
            run_sudo = run.sudo()  # a protected field; the person's right was checked by the decision
            run_sudo.write({'excuse_id': self.id if self.state == 'granted' else False})
        names = dict(self._fields['state']._description_selection(self.env))
        reason = self.withdraw_reason if self.state == 'withdrawn' else self.decision_reason
        run._message_log(body=self.env._(
            "Excuse %(decision)s: %(fact)s %(reason)s", decision=names[self.state].lower(), fact=self.fact_text, reason=reason or ""))

    def _lapse(self, reason):
        """Close these excuses that nobody has decided on: there is no miss left to excuse. The run's step, which calls it, was checked."""
        for record in self.filtered(lambda record: not excuse.refusal(record.state, 'lapsed', is_second=False)):
            excuse_sudo = record.sudo()  # nobody has the right to write one
            excuse_sudo._transition({'state': 'lapsed', 'decided_at': clock.now(record.run_id.env), 'decision_reason': reason})
            record.run_id._message_log(body=self.env._(
                "Excuse no longer needed: %(fact)s %(reason)s", fact=record.fact_text, reason=reason))

    def _transition(self, vals):
        return super().write(vals)  # past this class's own write, which refuses everyone  # pylint: disable=super-method-mismatch

    def _check_manager(self):
        """:raises AccessError: the person is no manager, or may not see these excuses"""
        self.check_access('read')
        self.run_id.check_access('write')
        if not self.env.user.has_group('it_continuity.it_continuity_group_manager'):
            raise AccessError(self.env._("Only a manager decides on an excuse."))

    def _get_refusal_message(self, code):
        """Return why a decision is refused, in the reader's language, for a code of ``lib.excuse.refusal``."""
        return {
            'not_allowed': self.env._("This excuse is decided already, or was not granted."),
            'own_excuse': self.env._("Who asked for an excuse, missed the run, worked on it or told of the fact does not decide on it."),
            'no_reason': self.env._("Give a reason."),
        }[code]
