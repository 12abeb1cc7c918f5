from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime

from odoo.addons.it_continuity.lib import excuse, graph

from .fact_author import changer

SEALED_EXCUSE_FIELDS = (
    'state', 'kind', 'fact', 'fact_text', 'covered_pct', 'note', 'asked_by_id', 'asked_at', 'decided_by_id', 'decided_at',
    'decision_reason', 'withdrawn_by_id', 'withdrawn_at', 'withdraw_reason')
EXCUSE_PEOPLE = ('asked_by_id', 'decided_by_id', 'withdrawn_by_id')


class ItTaskRun(models.Model):
    """Missed runs may be excused by a fact that another person accepts; both stay to be seen, and are sealed with the run."""
    _inherit = 'it.task.run'

    excuse_id = fields.Many2one(
        'it.run.excuse', string="Excused by", readonly=True, index='btree_not_null', ondelete='restrict', copy=False,
        help="The granted excuse. The run stays missed; compliance is shown with and without excused runs.")
    excuse_ids = fields.One2many('it.run.excuse', 'run_id', string="Excuses", readonly=True)
    can_ask_excuse = fields.Boolean(compute='_compute_can_ask_excuse')

    # === COMPUTE METHODS === #

    @api.depends('state', 'excuse_ids.state')
    def _compute_can_ask_excuse(self):
        for run in self:
            run.can_ask_excuse = run.state == 'missed' and not run._live_excuses()

    # === CRUD METHODS === #

    def write(self, vals):
        """Accept as excuse only what was granted for this very run, whoever writes."""
        if 'excuse_id' in vals:
            for run in self:
                granted = self.env['it.run.excuse'].sudo().search([('run_id', '=', run.id), ('state', '=', 'granted')])
                if (vals['excuse_id'] or False) != granted.id:
                    raise AccessError(self.env._("“%(name)s” is excused by granting an excuse only.", name=run.display_name))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_ask_excuse(self, key=None, note=None):
        """Ask to excuse this one missed run by one of the facts that are offered for it; without a fact, let the person choose.

        :param key: as ``get_offered_facts`` gives it; whether it fits is found out anew
        :raises UserError: it is not missed, has an excuse, or no such fact fits
        """
        self.ensure_one()
        self._check_worker()
        self.lock_for_update(allow_referencing=True)
        if self.state != 'missed' or self._live_excuses():
            raise UserError(self.env._("“%(name)s” is not missed, or has an excuse already.", name=self.display_name))
        offers = self._offers()
        if not offers:
            raise UserError(self.env._(
                "No fact fits “%(name)s”: no outage of its systems or of the site, no leave of its responsible, no closed day. "
                "If something was out of order, log the outage first.", name=self.display_name))
        if not key:
            return self.env['it.run.excuse.ask']._open(self, offers)
        offer = next((offer for offer in offers if offer['key'] == key), None)
        if not offer:
            raise UserError(self.env._("This fact does not fit “%(name)s” (any more).", name=self.display_name))
        excuses_sudo = self.env['it.run.excuse'].sudo()  # nobody has the right to make one; the person's was checked above
        excuses_sudo._ask({
            'run_id': self.id, 'company_id': self.company_id.id, 'kind': offer['kind'], 'outage_id': offer['outage_id'],
            'fact': offer['fact'], 'fact_text': offer['text'], 'covered_pct': offer['covered_pct'], 'note': note,
            'asked_by_id': self.env.uid, 'asked_at': self._now(), **dict.fromkeys((
                'decided_by_id', 'decided_at', 'decision_reason', 'withdrawn_by_id', 'withdrawn_at', 'withdraw_reason'), False)})
        self._note_for_seal({self.id: self.state})
        self._message_log(body=self.env._("Asked for an excuse: %(fact)s", fact=offer['text']))
        return True

    # === BUSINESS METHODS === #

    @api.readonly
    def get_offered_facts(self):
        """Return the facts that may excuse this one missed run, what covers most of its time first.

        :return: ``[{'key': 'outage:7', 'text', 'covered_pct'}]``; empty for a run that is not missed
        """
        self.ensure_one()
        self._check_worker()
        return [{name: offer[name] for name in ('key', 'text', 'covered_pct')} for offer in self._offers()]

    def _transition(self, new, values, reason='', done_at=None, proven=None, undo=None):
        """Close the excuse that waits for a decision once its miss is entered late, or did not apply."""
        before = self.state
        super()._transition(new, values, reason, done_at, proven, undo)
        if before == 'missed':
            words = self.env._("It was entered late.") if new == 'done' else self.env._("It did not apply.")
            self.excuse_ids._lapse(words)

    def _check_seal(self, vals):
        # Taking an excuse back is a step of a closed run too; write checks what may stand there.
        return None if set(vals) == {'excuse_id'} else super()._check_seal(vals)

    def _live_excuses(self):
        return self.excuse_ids.filtered(lambda record: record.state in ('asked', 'granted'))

    def _check_excusable(self, record):
        """:raises UserError: this one run is not missed any more, or the fact is not as it was when somebody asked"""
        if self.state != 'missed':
            raise UserError(self.env._("“%(name)s” is not missed any more.", name=self.display_name))
        if record.fact not in [offer['fact'] for offer in self._offers()]:
            raise UserError(self.env._(
                "The fact is not as it was when it was asked for. Refuse the excuse; it can be asked for anew."))

    def _take_excuse(self, excuse_sudo):
        """Note a decision on an excuse of this one run: in the run, in the log of evidence, in the chatter."""
        state, names = excuse_sudo.state, dict(excuse_sudo._fields['state']._description_selection(self.env))
        run_sudo = self.sudo()  # a protected field; the person's right was checked by the decision
        if state in ('granted', 'withdrawn'):
            run_sudo.write({'excuse_id': excuse_sudo.id if state == 'granted' else False})
        else:
            run_sudo._note_for_seal({self.id: self.state})
        reason = excuse_sudo.withdraw_reason if state == 'withdrawn' else excuse_sudo.decision_reason
        self._message_log(body=self.env._(
            "Excuse %(decision)s: %(fact)s %(reason)s", decision=names[state].lower(), fact=excuse_sudo.fact_text, reason=reason or ""))

    def _offers(self):
        """Return what may excuse this one run: ``[{'key', 'kind', 'outage_id', 'text', 'covered_pct', 'fact'}]``.

        ``fact`` is plain data of the fact as it is now, in no language; ``text`` is for people, by the company's clock.
        """
        if self.state != 'missed':
            return []
        outages, leaves = self._outages_meanwhile(), self._leaves_meanwhile()
        facts = [
            *(excuse.Fact('outage', outage.id, outage.start_at, outage.end_at or None) for outage in outages),
            *(excuse.Fact('leave', leave.id, leave.date_from, leave.date_to) for leave in leaves),
            *filter(None, [self._closed_meanwhile()]),
        ]
        return [self._offer(fit) for fit in excuse.fitting(facts, self.open_at, self.deadline_at)]

    def _offer(self, fit):
        fact = fit.fact
        frozen = {
            'kind': fact.kind, 'ref': fact.ref, 'start_at': fact.start_at.isoformat(),
            'end_at': fact.end_at and fact.end_at.isoformat(), 'covered_pct': fit.covered_pct}
        if fact.kind == 'outage':
            outage_sudo = self.env['it.outage'].sudo().browse(fact.ref)
            frozen['outage'] = outage_sudo._frozen()
            text = self._outage_text(outage_sudo)
        elif fact.kind == 'leave':
            leave_sudo = self.env['resource.calendar.leaves'].sudo().browse(fact.ref)
            frozen.update(leave_sudo._frozen(), user=self.responsible_id.id)
            text = self._leave_text(leave_sudo)
        else:
            days = format_date(self.env, self.date)
            text = self.env._("Closed by the working calendar or a public holiday: %(days)s", days=days)
        return {
            'key': fact.key, 'kind': fact.kind, 'outage_id': fact.ref if fact.kind == 'outage' else False, 'fact': frozen,
            'covered_pct': fit.covered_pct, 'text': f'{text}, {self._span_text(fact)}'}

    def _outage_text(self, outage_sudo):
        """Return an outage in words; who told of it and when belongs to it, because a late word is worth less."""
        kind = dict(outage_sudo._fields['kind']._description_selection(self.env))[outage_sudo.kind]
        where = outage_sudo.asset_id.name or self.env._("whole site")
        told = self.env._("recorded by its agent")
        if outage_sudo.source == 'person':
            told = self.env._(
                "logged by %(person)s on %(moment)s", person=outage_sudo.reported_by_id.name, moment=self._moment_text(outage_sudo.create_date))
        return ", ".join(filter(None, [kind, where, told, self._change_text(outage_sudo)]))

    def _leave_text(self, leave_sudo):
        """Return a leave in words. Employees enter their own, so who entered it and when belongs to it."""
        told = self.env._(
            "Leave of %(person)s, entered by %(author)s on %(moment)s", person=self.responsible_id.sudo().name,
            author=leave_sudo.create_uid.name, moment=self._moment_text(leave_sudo.create_date))
        return ", ".join(filter(None, [told, self._change_text(leave_sudo)]))

    def _change_text(self, fact_sudo):
        """Return who changed a fact's record last and when, empty when nobody did."""
        person = changer(fact_sudo)
        if not person:
            return ''
        return self.env._("changed by %(person)s on %(moment)s", person=person.name, moment=self._moment_text(fact_sudo.write_date))

    def _span_text(self, fact):
        until = self._moment_text(fact.end_at) if fact.end_at else self.env._("now")
        return self.env._("from %(start)s until %(end)s", start=self._moment_text(fact.start_at), end=until)

    def _moment_text(self, moment):
        return format_datetime(self.env, moment, tz=self.company_id.itc_tz, dt_format='short')

    def _outages_meanwhile(self):
        """Return the outages of the site, and of what this one run needs, that fall into its time."""
        outages_sudo = self.env['it.outage'].sudo()  # whoever works on the run is told what was out of order; by company, below
        return outages_sudo.search(
            Domain('company_id', 'in', [self.company_id.id, False])
            & Domain('asset_id', 'in', [*self._needed_assets(), False])
            & Domain('start_at', '<=', self.deadline_at) & (Domain('end_at', '=', False) | Domain('end_at', '>', self.open_at)))

    def _needed_assets(self):
        """Return ids of this one run's assets, those its checks look at, and all that these depend on."""
        checks = self._bound_checks()
        own = self.sudo().asset_ids | checks.asset_id | checks.host_id
        needs = {}
        for needed, dependents in self.env['it.asset']._needed_by_edges().items():
            for dependent in dependents:
                needs.setdefault(dependent, set()).add(needed)
        return {*own.ids, *(asset_id for one in own.ids for asset_id in graph.transitive(needs, one))}

    def _leaves_meanwhile(self):
        """Return the leaves of this one run's responsible in its time, as they hand runs over; why they were away stays theirs."""
        until = max(self.deadline_at, self.open_at + timedelta(seconds=1))  # a run of no length has a moment all the same
        return self.env['it.calendar'].sudo()._leaves_meanwhile(self.company_id, self.responsible_id, self.open_at, until)

    def _closed_meanwhile(self):
        is_closed = self.env['it.calendar']._closed_days(self.company_id)
        return is_closed and excuse.closed_fact(self.open_at, self.due_at, self.company_id.itc_tz, is_closed)

    def _seal_contents(self):
        contents = super()._seal_contents()
        names = SQL(', ').join(map(SQL.identifier, SEALED_EXCUSE_FIELDS))
        rows = self.env.execute_query_dict(SQL(
            "SELECT id, run_id, %s FROM it_run_excuse WHERE run_id = ANY(%s) ORDER BY id", names, self.ids))
        logins = self._logins({row[name] for row in rows for name in EXCUSE_PEOPLE} - {None})
        for content in contents.values():
            content['excuses'] = []
        for row in rows:
            content = contents[row.pop('run_id')]
            content['excuses'].append({**row, 'name': row['fact_text']})
            content['people'].update({str(row[name]): logins[row[name]] for name in EXCUSE_PEOPLE if row[name]})
        return contents
