from odoo import api, models


class ItImprovementWords(models.AbstractModel):
    """What is said of an improvement: of its figure, its cost and what helps meanwhile."""
    _name = 'it.improvement.words'
    _description = "Words of Improvements"

    # === BUSINESS METHODS === #

    def _get_measure_words(self):
        return dict(self._fields['measure']._description_selection(self.env)).get(self.measure, '')

    def _get_cost_text(self):
        """Return what could be counted of the cost, in one line."""
        counted = set((self.costed or '').split(','))
        words = [
            *([self._get_minutes_words(self.minutes_down, self.env._("%(minutes)s min down"))] if 'minutes_down' in counted else []),
            *([self._get_minutes_words(self.minutes_worked, self.env._("%(minutes)s min of work"))] if 'minutes_worked' in counted else []),
            *([self._get_runs_words()] if 'runs_missed' in counted else []),
        ]
        return " · ".join(words)

    def _get_runs_words(self):
        if self.excuse_kind:
            return self.env._("%(count)s runs excused", count=self.runs_missed) if self.runs_missed != 1 else self.env._("1 run excused")
        return self.env._("%(count)s runs missed", count=self.runs_missed) if self.runs_missed != 1 else self.env._("1 run missed")

    @api.model
    def _get_minutes_words(self, minutes, words):
        return words % {'minutes': f'{minutes:,.0f}'}

    def _get_target_message(self, code, figure):
        """Return why a target shows nothing; ``code`` as ``lib.improvement.target_refusal`` gives it."""
        values = {'name': self.display_name, 'measure': self._get_measure_words(), 'value': f'{figure.value:g}', 'target': f'{self.target:g}'}
        return {
            'unknown': self.env._("“%(name)s”: nothing was there to count for “%(measure)s” in these days. Choose another figure.", **values),
            'negative': self.env._("“%(name)s”: the target cannot be below 0.", **values),
            'no_better': self.env._(
                "“%(name)s”: “%(measure)s” is %(value)s now, so at most %(target)s would be no improvement. Set a lower target.", **values),
        }[code]

    def _get_miss_words(self, figure):
        values = {'measure': self._get_measure_words(), 'value': f'{figure.value:g}', 'target': f'{self.target:g}'}
        if not figure.is_known:
            return self.env._("It could not be shown that it worked: for “%(measure)s” nothing was there to count.", **values)
        return self.env._("It did not work: “%(measure)s” was %(value)s, wanted was at most %(target)s.", **values)

    def _get_known_error_text(self):
        return "\n".join(f"{one.number}: {one.known_error}" for one in self)
