from odoo import api, fields, models

from ...lib import check_state, check_text

FACTS = ('status_text', 'done_by_id', 'done_at', 'entered_at', 'override_reason', 'late_reason', 'fail_reason', 'na_reason', 'note')


class ItTaskRunScreen(models.AbstractModel):
    """What the screen shows of runs that somebody does or looks at, and the notice of what became of them."""
    _name = 'it.task.run.screen'
    _description = "Runs on the Screen"

    # === DRAWING === #

    @api.model
    def _draw(self, runs):
        """Return what the screen needs to do these runs, or to look at what others did.

        :return: ``[{'id', 'name', 'task', 'can_fill', 'instructions': html, 'expected_evidence', 'checks': see _checks,
            'items': [see ItTaskRunItem._drawn], 'facts': [see _facts], 'measured': [{'name', 'host', 'summary', 'settings', 'at', 'is_bad'}],
            'files': [{'id', 'name', 'mimetype'}]}]``; the last three are told of closed runs only
        """
        can_act = runs.has_access('write')
        last = runs.item_ids._last_answers()
        return [{
            'id': run.id,
            'name': run.display_name,
            'task': run.task_name,
            'can_fill': can_act and run._is_fillable(),
            'instructions': run.instructions or '',
            'expected_evidence': run.expected_evidence or '',
            'checks': self._checks(run) if run.state in ('pending', 'failed') else [],
            'items': [item._drawn(last.get(item.id)) for item in run.item_ids],
            **({'facts': [], 'measured': [], 'files': []} if run.state == 'pending' else self._evidence(run)),
        } for run in runs]

    @api.model
    def _checks(self, run):
        """Return what one run's checks say now, worst first: ``[{'state', 'text'}]``; those that are well share a line."""
        checks = run._bound_checks()
        bad = checks.filtered(lambda check: check._proving_state() != 'ok').sorted(
            lambda check: (-check_state.SEVERITY.index(check._proving_state()), check.name or '', check.id))
        drawn = [
            {'state': check._proving_state(), 'text': text} for check, text in zip(bad, bad._health_sentences(), strict=True)]
        well = checks - bad
        if well:
            text = self.env._("Well: %(names)s", names=", ".join(f"{check.name} ({check.host_id.name})" for check in well))
            drawn.append({'state': 'ok', 'text': text})
        return drawn

    @api.model
    def _evidence(self, run):
        """Return what was said, measured and uploaded when one run was closed."""
        files = run.sudo().attachment_ids - run.sudo().item_ids.attachment_ids  # who reads the run reads its files
        return {
            'facts': [{'label': label, 'text': text} for label, text in self._facts(run) if text],
            'measured': [{
                'name': line['name'], 'host': line.get('host') or '', 'summary': line.get('summary') or line.get('hard_state') or '',
                'settings': line['settings_text'], 'at': self._measured_text(run, line),
                'is_bad': bool(line.get('stale')) or line.get('hard_state') != 'ok',
            } for line in self._measured(run)],
            'files': [{'id': file.id, 'name': file.name, 'mimetype': file.mimetype or ''} for file in files.sorted('id')],
        }

    @api.model
    def _measured_text(self, run, line):
        """Return when one frozen result of a run was measured, with the time of the host's clock where that was another."""
        if not line['measured'] or not line['host_time']:
            return line['measured']
        return self.env._(
            "%(at)s (host's clock: %(host)s)", at=line['measured'], host=line['host_time'])

    @api.model
    def _facts(self, run):
        """Return who closed one run, when and with which words, as pairs of a label and a text."""
        return [(run._fields[name]._description_string(self.env), self._fact(run, name)) for name in FACTS]

    @api.model
    def _fact(self, run, name):
        if name == 'done_by_id':
            return run.done_by_id.sudo().name
        if run._fields[name].type == 'datetime':
            return run._moment_text(run[name])
        return run[name]

    @api.model
    def _measured(self, run):
        """Return the frozen results of one run as rows for the reader."""
        return [dict(
            check,
            settings_text=self._settings_words(check),
            measured=run._moment_text(_moment(check.get('measured_at'))),
            host_time=run._moment_text(_moment(check.get('host_clock'))),
            values_text=", ".join(
                ' '.join(str(part) for part in (value.get('item'), value.get('metric'), value.get('value'), value.get('unit')) if part not in (None, ''))
                for value in check.get('values') or []),
        ) for check in run.snapshot or []]

    @api.model
    def _settings_words(self, check):
        """Return what a frozen check looked at, when it was bad, and on whose word; what was frozen earlier does not tell all of it."""
        definition, accepted = check.get('definition') or {}, check.get('accepted') or {}
        lines = [
            *check_text.write_settings(definition.get('settings') or {}).splitlines(),
            *check_text.write_limits(definition.get('limits') or []).splitlines()]
        words = {
            'template': self.env._("as the template “%(name)s” says", name=accepted.get('template')),
            'manager': self.env._("accepted by %(person)s", person=accepted.get('by') or self.env._("the set-up")),
            'none': self.env._("accepted by nobody, so it proves nothing"),
        }.get(accepted.get('basis'))
        return "; ".join(filter(None, [*lines, words]))

    # === NOTICES === #

    @api.model
    def _notice(self, message, undo=None, title='', is_sticky=False, kind='success'):
        """Return a client action that tells something in passing, and closes the window it was told from.

        :param undo: runs that the notice offers to take back
        """
        return {
            'type': 'ir.actions.client',
            'tag': 'it_continuity.run_notice',
            'params': {'type': kind, 'sticky': is_sticky, 'title': title, 'message': message, 'undo_ids': undo.ids if undo else []},
        }

    @api.model
    def _step_notice(self, runs):
        """Return the notice of the step that was just taken with these runs; it offers to take it back while that is possible."""
        words = self.env['it.task.run.words']
        if len(runs) == 1:
            message = self.env._("“%(name)s”: %(status)s.", name=runs.task_name, status=runs.status_text)
        else:
            states = ", ".join(words._state(state) for state in set(runs.mapped('state')))
            message = self.env._("%(count)s runs: %(status)s.", count=len(runs), status=states)
        return self._notice(message, undo=runs.filtered('can_undo'))

    @api.model
    def _all_fine_notice(self, fine, left):
        return self._notice(
            left and self.env._("Left for you: %(names)s", names=", ".join(left.mapped('task_name'))) or '',
            undo=fine.filtered('can_undo'), title=self.env._("%(count)s done", count=len(fine)), is_sticky=bool(left),
            kind='warning' if left else 'success')

    @api.model
    def _undo_notice(self, ready, past, left):
        """:param left: why those that were not taken back were not, one sentence each"""
        missed = ", ".join(past.mapped('task_name'))
        back = ", ".join((ready - past).mapped('task_name'))
        words = [
            *([self.env._("Taken back, to do again: %(names)s.", names=back)] if back else []),
            *([self.env._("Taken back and missed, because the deadline has passed: %(names)s.", names=missed)] if missed else []),
            *left]
        return self._notice("\n".join(words), kind='warning' if past or left else 'success', is_sticky=bool(left))


def _moment(text):
    """Return the naive UTC moment of a frozen text, False for none."""
    return fields.Datetime.to_datetime((text or '')[:19].replace('T', ' ') or False)
