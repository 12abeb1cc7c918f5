from datetime import timedelta

from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...lib import excuse, graph
from .fact_author import changer


class ItExcuseFacts(models.AbstractModel):
    """Finds what may excuse a missed run: outages and planned downtimes of what it needs, leave of its responsible, closed days."""
    _name = 'it.excuse.facts'
    _description = "Facts That Excuse a Run"

    # === BUSINESS METHODS === #

    @api.model
    def _offers(self, run):
        """Return what may excuse a run: ``[{'key', 'kind', 'outage_id', 'text', 'covered_pct', 'fact'}]``.

        ``fact`` is plain data of the fact as it is now, in no language, with the ids of its ``authors``: whoever said that it was so; ``text`` is for people, by the company's clock.
        """
        if run.state != 'missed':
            return []
        outages, leaves = self._outages_meanwhile(run), self._leaves_meanwhile(run)
        facts = [
            *(excuse.Fact('outage', outage.id, outage.start_at, outage.end_at or None) for outage in outages),
            *(excuse.Fact('downtime', f'{downtime}@{start_at.isoformat()}', start_at, end_at)
              for start_at, end_at, downtime in self._downtimes_meanwhile(run)),
            *(excuse.Fact('leave', leave.id, leave.date_from, leave.date_to) for leave in leaves),
            *filter(None, [self._closed_meanwhile(run)]),
        ]
        return [self._offer(run, fit) for fit in excuse.fitting(facts, run.open_at, run.deadline_at)]

    @api.model
    def _offer(self, run, fit):
        fact = fit.fact
        frozen = {
            'kind': fact.kind, 'ref': fact.ref, 'start_at': fact.start_at.isoformat(),
            'end_at': fact.end_at and fact.end_at.isoformat(), 'covered_pct': fit.covered_pct}
        if fact.kind == 'outage':
            outage_sudo = self.env['it.outage'].sudo().browse(fact.ref)
            frozen['outage'] = outage_sudo._frozen()
            authors = outage_sudo._authors() | changer(outage_sudo)
            text = self._outage_text(run, outage_sudo)
        elif fact.kind == 'downtime':
            downtime_sudo = self.env['it.downtime'].sudo().browse(int(fact.ref.partition('@')[0]))
            frozen['downtime'] = downtime_sudo._frozen()
            authors = downtime_sudo._authors() | changer(downtime_sudo)
            text = self._downtime_text(run, downtime_sudo)
        elif fact.kind == 'leave':
            leave_sudo = self.env['resource.calendar.leaves'].sudo().browse(fact.ref)
            frozen.update(leave_sudo._frozen(), user=run._who_answers().id)
            authors = leave_sudo._itc_authors() | changer(leave_sudo)
            text = self._leave_text(run, leave_sudo)
        else:
            authors = self.env['it.calendar']._closing_authors(run.company_id, fact.start_at, fact.end_at)
            days = format_date(self.env, run.date)
            text = self.env._("Closed by the working calendar or a public holiday: %(days)s", days=days)
        frozen['authors'] = authors.filtered(lambda user: user.id != SUPERUSER_ID).sorted('id').ids
        return {
            'key': fact.key, 'kind': fact.kind, 'outage_id': fact.ref if fact.kind == 'outage' else False, 'fact': frozen,
            'covered_pct': fit.covered_pct, 'text': f'{text}, {self._span_text(run, fact)}'}

    @api.model
    def _outage_text(self, run, outage_sudo):
        """Return an outage in words; who told of it and when belongs to it, because a late word is worth less."""
        kind = dict(outage_sudo._fields['kind']._description_selection(self.env))[outage_sudo.kind]
        where = outage_sudo.asset_id.name or self.env._("whole site")
        told = self.env._("recorded by its agent")
        if outage_sudo.source == 'person':
            told = self.env._(
                "logged by %(person)s on %(moment)s", person=outage_sudo.reported_by_id.name, moment=run._moment_text(outage_sudo.create_date))
        return ", ".join(filter(None, [kind, where, told, self._change_text(run, outage_sudo)]))

    @api.model
    def _downtime_text(self, run, downtime_sudo):
        """Return a planned downtime in words, with who planned it and when."""
        told = self.env._(
            "Planned downtime of %(assets)s (%(reason)s), planned by %(people)s on %(moment)s",
            assets=", ".join(downtime_sudo.asset_ids.mapped('name')), reason=downtime_sudo.reason,
            people=", ".join(downtime_sudo._authors().mapped('name')) or "–", moment=run._moment_text(downtime_sudo.create_date))
        return ", ".join(filter(None, [told, self._change_text(run, downtime_sudo)]))

    @api.model
    def _leave_text(self, run, leave_sudo):
        """Return a leave in words. Employees enter their own, so who entered it and when belongs to it."""
        told = self.env._(
            "Leave of %(person)s, entered by %(author)s on %(moment)s", person=run._who_answers().sudo().name,
            author=leave_sudo.create_uid.name, moment=run._moment_text(leave_sudo.create_date))
        return ", ".join(filter(None, [told, self._change_text(run, leave_sudo)]))

    @api.model
    def _change_text(self, run, fact_sudo):
        """Return who changed a fact's record last and when, empty when nobody did."""
        person = changer(fact_sudo)
        if not person:
            return ''
        return self.env._("changed by %(person)s on %(moment)s", person=person.name, moment=run._moment_text(fact_sudo.write_date))

    @api.model
    def _span_text(self, run, fact):
        until = run._moment_text(fact.end_at, ends_day=True) if fact.end_at else self.env._("now")
        return self.env._("from %(start)s until %(end)s", start=run._moment_text(fact.start_at), end=until)

    @api.model
    def _outages_meanwhile(self, run):
        """Return the outages of the site, and of what a run needs, that fall into its time."""
        outages_sudo = self.env['it.outage'].sudo()  # whoever works on the run is told what was out of order; by company, below
        return outages_sudo.search(
            Domain('company_id', 'in', [run.company_id.id, False])
            & Domain('asset_id', 'in', [*self._needed_assets(run), False])
            & Domain('start_at', '<=', run.deadline_at) & (Domain('end_at', '=', False) | Domain('end_at', '>', run.open_at)))

    @api.model
    def _downtimes_meanwhile(self, run):
        """Return ``(start, end, downtime id)`` of the downtimes that the run's company planned for what it needs and that fall into its time."""
        needed = self.env['it.asset'].sudo().browse(self._needed_assets(run))
        until = max(run.deadline_at, run.open_at + timedelta(seconds=1))
        spans = {span for found in self.env['it.downtime']._spans(needed, run.open_at, until).values() for span in found}
        own = self.env['it.downtime'].sudo().browse({span[2] for span in spans}).filtered(lambda one: one.company_id == run.company_id)
        return sorted(span for span in spans if span[2] in own.ids)

    @api.model
    def _needed_assets(self, run):
        """Return ids of a run's assets, those its checks look at, and all that these depend on."""
        checks = run._bound_checks()
        own = run.sudo().asset_ids | checks.asset_id | checks.host_id
        needs = {}
        for needed, dependents in self.env['it.asset']._needed_by_edges().items():
            for dependent in dependents:
                needs.setdefault(dependent, set()).add(needed)
        return {*own.ids, *(asset_id for one in own.ids for asset_id in graph.transitive(needs, one))}

    @api.model
    def _leaves_meanwhile(self, run):
        """Return the leaves of who answers for a run in its time, as they hand runs over; why they were away stays theirs."""
        until = max(run.deadline_at, run.open_at + timedelta(seconds=1))  # a run of no length has a moment all the same
        return self.env['it.calendar'].sudo()._leaves_meanwhile(run.company_id, run._who_answers(), run.open_at, until)

    @api.model
    def _closed_meanwhile(self, run):
        is_closed = self.env['it.calendar']._closed_days(run.company_id)
        return is_closed and excuse.closed_fact(run.open_at, run.due_at, run.company_id.itc_tz, is_closed)
