from odoo import api, models

from ...lib import check_state


class ItTaskRun(models.Model):
    """What the screen shows of runs that somebody does or looks at: how it is done, what was last time, what is measured, what was said."""
    _inherit = 'it.task.run'

    # === BUSINESS METHODS === #

    @api.readonly
    def get_items(self):
        """Return what the screen needs to do these runs, or to look at what others did.

        :return: ``[{'id', 'name', 'task', 'can_fill', 'instructions': html, 'expected_evidence', 'checks': see _drawn_checks,
            'items': [see ItTaskRunItem._drawn], 'facts': [see _drawn_facts], 'measured': [{'name', 'host', 'summary', 'at', 'is_bad'}],
            'files': [{'id', 'name', 'mimetype'}]}]``; the last three are told of closed runs only
        """
        self.check_access('read')
        can_act = self.has_access('write')
        last = self.item_ids._last_answers()
        return [{
            'id': run.id,
            'name': run.display_name,
            'task': run.task_name,
            'can_fill': can_act and run._is_fillable(),
            'instructions': run.instructions or '',
            'expected_evidence': run.expected_evidence or '',
            'checks': run._drawn_checks() if run.state in ('pending', 'failed') else [],
            'items': [item._drawn(last.get(item.id)) for item in run.item_ids],
            **({'facts': [], 'measured': [], 'files': []} if run.state == 'pending' else run._drawn_evidence()),
        } for run in self]

    def _drawn_checks(self):
        """Return what this one run's checks say now, worst first: ``[{'state', 'text'}]``; those that are well share a line."""
        checks = self._bound_checks()
        bad = checks.filtered(lambda check: check.effective_state != 'ok').sorted(
            lambda check: (-check_state.SEVERITY.index(check.effective_state), check.name or '', check.id))
        drawn = [
            {'state': check.effective_state, 'text': text} for check, text in zip(bad, bad._health_sentences(), strict=True)]
        well = checks - bad
        if well:
            text = self.env._("Well: %(names)s", names=", ".join(f"{check.name} ({check.host_id.name})" for check in well))
            drawn.append({'state': 'ok', 'text': text})
        return drawn

    def _drawn_evidence(self):
        """Return what was said, measured and uploaded when this one run was closed."""
        files = self.sudo().attachment_ids - self.sudo().item_ids.attachment_ids  # who reads the run reads its files
        return {
            'facts': [{'label': label, 'text': text} for label, text in self._drawn_facts() if text],
            'measured': [{
                'name': line['name'], 'host': line.get('host') or '', 'summary': line.get('summary') or line.get('hard_state') or '',
                'at': self._moment_text(line['measured']) if line['measured'] else '',
                'is_bad': bool(line.get('stale')) or line.get('hard_state') != 'ok',
            } for line in self._evidence_lines()],
            'files': [{'id': file.id, 'name': file.name, 'mimetype': file.mimetype or ''} for file in files.sorted('id')],
        }

    def _drawn_facts(self):
        """Return who closed this one run, when and with which words, as pairs of a label and a text."""
        def moment(value):
            return self._moment_text(value) if value else ''

        names = {name: self._fields[name]._description_string(self.env) for name in (
            'status_text', 'done_by_id', 'done_at', 'entered_at', 'override_reason', 'late_reason', 'fail_reason', 'na_reason', 'note')}
        return [
            (names['status_text'], self.status_text),
            (names['done_by_id'], self.done_by_id.sudo().name),
            (names['done_at'], moment(self.done_at)),
            (names['entered_at'], moment(self.entered_at)),
            *((names[name], self[name]) for name in ('override_reason', 'late_reason', 'fail_reason', 'na_reason', 'note')),
        ]
