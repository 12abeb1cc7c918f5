import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib import reading_text
from ..mixins import clock
from ..mixins.time_words import moment_text
from .agent import CYCLE_S

EXPIRES_S, KEPT_DAYS = 15 * 60, 7
# So many may wait for one host; and so long after its own time limit nobody counts on an answer.
MAX_WAITING = 3
LATE_S = 3 * CYCLE_S
STATES = ('ok', 'warning', 'critical', 'unknown')
DEFINITION = ('kind', 'settings', 'limits', 'timeout_s')


class ItCheckTry(models.Model):
    """One look that somebody wanted to see before it became a check, and what the host's agent answered.

    It is no measurement: no check's state moves by it, nothing is proven by it.
    """
    _name = 'it.check.try'
    _description = "Tried Look"
    _order = 'id desc'

    agent_id = fields.Many2one('it.agent', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='agent_id.company_id', store=True, index=True)
    check_id = fields.Many2one('it.check', index='btree_not_null', ondelete='cascade', help="The check on whose form it was asked; none yet of a new one.")
    token = fields.Char(required=True, index=True, help="Names this try to the agent, which looks at most once for it.")
    kind = fields.Char(required=True)
    settings = fields.Json()
    limits = fields.Json()
    timeout_s = fields.Integer(required=True)
    answered_at = fields.Datetime(help="When the answer came here.")
    tried_at = fields.Datetime(help="When the agent had looked.")
    answer = fields.Json(help="What the agent said, as docs/protocol.md lists it.")

    # === BUSINESS METHODS: asking === #

    @api.model
    def ask(self, values):
        """Ask a host's agent to look once, and return what ``follow`` returns. Nothing of it becomes a check.

        :param values: ``agent_id, kind, timeout_s, settings, limits`` of a check's form, saved or not; ``check_id`` of a saved one. The lines of
            ``settings_text`` and ``limits_text`` count instead of what they stand for, where given. Without limits the agent's own are taken.
        :raises AccessError: the person may not edit such checks, or may not see the host
        :raises ValidationError: the agent would refuse it
        :raises UserError: the host does not report, or too many tries wait for it
        """
        agent = self._check_asked(values)
        definition = self._judged_definition(agent, values)
        if len(self._waiting(agent)) >= MAX_WAITING:
            raise UserError(self.env._("%(count)s tries wait for %(host)s already. Wait for their answers.", count=MAX_WAITING, host=agent.name))
        # Nobody may write tries; this method has checked who asks for what.
        made = self.sudo().create({
            'agent_id': agent.id, 'check_id': values.get('check_id') or False, 'token': secrets.token_hex(16), **definition})
        return made.sudo(False).follow()

    def follow(self):
        """Return how this one try stands, for people: ``{id, state, words, asked, definition, result}``.

        ``state`` is ``waiting``, ``late`` (nobody counts on an answer any more), ``expired`` or ``answered``; ``result`` is None before.
        """
        self.ensure_one()
        self.check_access('read')
        state = self._state()
        return {
            'id': self.id,
            'state': state,
            'words': self._words(state),
            'asked': self.env._("Asked by %(person)s, %(at)s", person=self.create_uid.sudo().name, at=self._moment(self.create_date)),
            'definition': {name: self[name] for name in DEFINITION},
            'result': self._result() if self.answered_at else None,
        }

    @api.model
    def follow_last(self, check_id):
        """Return what ``follow`` returns of the newest try on a check's form, False when there is none."""
        self.env['it.check'].browse(check_id).check_access('read')
        newest = self.search([('check_id', '=', check_id)], limit=1)
        return newest.follow() if newest else False

    # === BUSINESS METHODS === #

    def _check_asked(self, values):
        """Return the agent that is asked. :raises AccessError, UserError: see ``ask``"""
        self.env['it.check'].check_access('create')
        check = self.env['it.check'].browse(values.get('check_id') or [])
        check.check_access('write')
        agent = self.env['it.agent'].browse(values.get('agent_id') or [])
        agent.check_access('read')
        if check and (not check.can_define or check.agent_id != agent):
            raise AccessError(self.env._("Only managers change what a check looks at and when it is bad. Add another check, or ask one."))
        if not agent or agent.is_server or agent.state != 'active' or not agent.active:
            raise UserError(self.env._("Choose a host that reports: only its own agent can try this."))
        return agent

    def _judged_definition(self, agent, values):
        """Return what to look at, refused as if it were saved as a check."""
        kind = self.env['it.check.kind'].search([('agent_id', '=', agent.id), ('kind', '=', values.get('kind') or '')], limit=1)
        text = {name: values[name] for name in ('settings_text', 'limits_text') if isinstance(values.get(name), str)}
        checks = self.env['it.check']
        given = {
            'settings': values.get('settings') or {}, 'limits': values.get('limits') or kind.limits or [],
            **checks._read_text_values(checks._prefer_values({**values, **text}), kind)}
        given['limits'] = given['limits'] or kind.limits or []
        draft = checks.new({
            'name': "try", 'agent_id': agent.id, 'kind': values.get('kind') or '', 'timeout_s': values.get('timeout_s') or 10,
            'settings': given['settings'], 'limits': given['limits']})
        draft._check_settings_against_published()
        draft._check_limits_against_published()
        draft._check_numbers()
        return {name: draft[name] for name in DEFINITION}

    @api.model
    def _waiting(self, agent):
        """Return the tries that this agent shall look at, oldest first."""
        since = clock.exact(self.env) - timedelta(seconds=EXPIRES_S)
        return self.search([('agent_id', 'in', agent.ids), ('answered_at', '=', False), ('create_date', '>', since)], order='id')

    @api.model
    def _take_answer(self, agent, data, tried_at):
        """Keep what an agent answered to one of its own tries; the first word counts, an unknown one is left in the log of events.

        :param data: as docs/protocol.md lists it for ``tried``
        :param tried_at: naive UTC
        """
        found = self.search([('agent_id', '=', agent.id), ('token', '=', data['id']), ('answered_at', '=', False)])
        found.write({'answer': data, 'answered_at': clock.now(self.env), 'tried_at': tried_at.replace(microsecond=0)})

    def _state(self):
        if self.answered_at:
            return 'answered'
        age_s = (clock.exact(self.env) - self.create_date).total_seconds()
        return 'expired' if age_s > EXPIRES_S else 'late' if age_s > LATE_S + self.timeout_s else 'waiting'

    def _words(self, state):
        """Return in a sentence what this one try waits for."""
        agent = self.agent_id
        told = {'host': agent.name, 'version': agent.agent_version or "?"}
        if state == 'answered':
            return ''
        if state == 'expired' and agent.contact != 'heard':
            return self.env._("No answer came within 15 minutes, and %(host)s is not heard of. Try again once it reports.", **told)
        if agent.contact != 'heard':
            return self.env._("%(host)s is not heard of just now. It looks as soon as it reports again, if that is within 15 minutes.", **told)
        if state == 'waiting':
            return self.env._("Asked. %(host)s looks when it reports next, within about a minute.", **told)
        return self.env._(
            "%(host)s reports, but did not answer within three cycles: its agent (version %(version)s) may be too old to try a look. Update it, or save the check.",
            **told)

    def _result(self):
        answer, items = self.answer, {}
        for item, metric, unit, value in answer['values']:
            words = self.env._("no value") if value is None else reading_text.quantity(value, unit)
            items.setdefault(item, []).append({'metric': metric, 'value': words})
        labels = dict(self.env['it.check']._fields['state']._description_selection(self.env))
        return {
            'state': STATES[answer['state']],
            'label': labels[STATES[answer['state']]],
            'text': answer['text'],
            'took': self.env._("Looked for %(seconds)s s, %(at)s", seconds=f"{answer['took_s']:.2g}" if answer['took_s'] < 10 else f"{answer['took_s']:.0f}", at=self._moment(self.tried_at)),
            'items': [{'item': item, 'values': values} for item, values in items.items()],
            'left_out': self._left_out_words(answer['left_out']),
        }

    @api.model
    def _left_out_words(self, count):
        if count == 1:
            return self.env._("One more value does not fit here.")
        return self.env._("%(count)s more values do not fit here.", count=count) if count else ''

    def _moment(self, moment):
        return moment_text(self.env, moment)

    @api.autovacuum
    def _gc_tries(self):
        self.search([('create_date', '<', clock.now(self.env) - timedelta(days=KEPT_DAYS))]).unlink()
