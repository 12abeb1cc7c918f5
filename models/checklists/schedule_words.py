from datetime import date

from odoo import api, models
from odoo.tools import format_date

from ...lib import recurrence
from ..mixins.time_words import hour_text


class ItScheduleWords(models.AbstractModel):
    """What ``lib.schedule_story`` says in codes, as sentences in the reader's language: the one place where the one becomes the other."""
    _name = 'it.schedule.words'
    _description = "Words about Schedules"

    @api.model
    def _described(self, schedule, closed_rule):
        """Return a ``lib.recurrence.Schedule`` in a sentence or two; times of day as the reader's language writes them."""
        return " ".join(self._say(one) for one in recurrence.describe(schedule, closed_rule))

    @api.model
    def _say(self, said):
        """Return the words for what is said, which is also what belongs into the places of another sentence."""
        if isinstance(said, tuple):
            return self._listed([self._say(one) for one in said])
        if isinstance(said, date):
            return format_date(self.env, said)
        if isinstance(said, (int, str)):
            return said
        if said.code == 'hour':
            return hour_text(self.env, said.values['hour'])
        values = {name: self._say(value) for name, value in said.values.items()}
        return self._sentences(values)[said.code]()

    @api.model
    def _listed(self, names):
        """Join names as a sentence does: "a", "a and b", "a, b and c"."""
        if len(names) == 1:
            return names[0]
        return self.env._("%(first)s and %(last)s", first=", ".join(names[:-1]), last=names[-1])

    @api.model
    def _sentences(self, values):
        """Return the sentence of each code but that of an hour, each to be called.

        :param values: what belongs into its places, in words
        """
        return {
            **self._names(values), **self._days(values), **self._years(values), **self._times(values), **self._until_times(values),
            'sentence': lambda: self.env._("%(when)s, %(time)s.", **values),
            'alone': lambda: f"{values['when']}.",
            'anchored': lambda: self.env._("%(when)s, counted from %(anchor)s", **values),
            'on_demand': lambda: self.env._("On demand"),
            'after_events': lambda: self.env._("After %(events)s", **values),
            'skip': lambda: self.env._("If that day is closed, it is left out."),
            'earlier': lambda: self.env._("If that day is closed, on the open day before."),
            'later': lambda: self.env._("If that day is closed, on the next open day."),
            'skip_week': lambda: self.env._("A week without an open day is left out."),
        }

    @api.model
    def _names(self, values):
        """Return the words for what is counted or named."""
        return {
            'weekday': lambda: (
                self.env._("Monday"), self.env._("Tuesday"), self.env._("Wednesday"), self.env._("Thursday"), self.env._("Friday"),
                self.env._("Saturday"), self.env._("Sunday"))[values['number']],
            'month': lambda: (
                self.env._("January"), self.env._("February"), self.env._("March"), self.env._("April"), self.env._("May"), self.env._("June"),
                self.env._("July"), self.env._("August"), self.env._("September"), self.env._("October"), self.env._("November"),
                self.env._("December"))[values['number'] - 1],
            'nth': lambda: {
                1: self.env._("first"), 2: self.env._("second"), 3: self.env._("third"), 4: self.env._("fourth"), 5: self.env._("fifth"),
                -1: self.env._("last")}[values['number']],
            'times': lambda: (
                self.env._("Once"), self.env._("Twice"), self.env._("Three times"), self.env._("Four times"), self.env._("Five times"),
                self.env._("Six times"), self.env._("Seven times"))[values['number'] - 1],
            'event': lambda: {
                'restart': self.env._("each restart of a host"),
                'unclean_restart': self.env._("each unclean restart of a host"),
                'power_outage': self.env._("each power outage"),
            }[values['kind']],
        }

    @api.model
    def _days(self, values):
        """Return the sentences about days, weeks and months."""
        return {
            'daily': lambda: self.env._("Every day"),
            'daily_every': lambda: self.env._("Every %(count)s days", **values),
            'working_week': lambda: self.env._("Every day from Monday to Friday"),
            'weekdays': lambda: self.env._("Every %(days)s", **values),
            'weekdays_every': lambda: self.env._("Every %(count)s weeks on %(days)s", **values),
            'quota': lambda: self.env._("%(times)s a week on days of your choice", **values),
            'quota_every': lambda: self.env._("%(times)s every %(count)s weeks on days of your choice", **values),
            'month_end': lambda: self.env._("On the last day of %(months)s", **values),
            'month_day_or_end': lambda: self.env._("On day %(day)s of %(months)s (the last day of a shorter month)", **values),
            'month_day': lambda: self.env._("On day %(day)s of %(months)s", **values),
            'monthly_nth': lambda: self.env._("On the %(nth)s %(days)s of %(months)s", **values),
            'last_workday': lambda: self.env._("On the last working day of %(months)s", **values),
            'every_month': lambda: self.env._("every month"),
            'months_every': lambda: self.env._("every %(count)s months", **values),
            'months_if': lambda: self.env._("%(every)s if it is %(months)s", **values),
        }

    @api.model
    def _years(self, values):
        return {
            'year': lambda: self.env._("Every year"),
            'years': lambda: self.env._("Every %(count)s years", **values),
            'yearly': lambda: self.env._("%(years)s on %(day)s %(month)s", **values),
            'yearly_leap': lambda: self.env._("%(years)s on %(day)s %(month)s (the 28th in other years)", **values),
            'fiscal_end': lambda: self.env._("%(years)s on the fiscal year's last day", **values),
            'fiscal_next': lambda: self.env._("%(years)s, on the day after the fiscal year's last day", **values),
            'fiscal_before': lambda: self.env._("%(years)s, on the day before the fiscal year's last day", **values),
            'fiscal_days_after': lambda: self.env._("%(years)s, %(days)s days after the fiscal year's last day", **values),
            'fiscal_days_before': lambda: self.env._("%(years)s, %(days)s days before the fiscal year's last day", **values),
        }

    @api.model
    def _times(self, values):
        """Return the sentences about when something may be done, from an hour on; the end of a day has no hour that anybody would know."""
        return {
            'any_time': lambda: self.env._("at any time"),
            'from_to': lambda: self.env._("from %(open)s to %(due)s", **values),
            'from_on': lambda: self.env._("from %(open)s to the end of the day", **values),
            'from_to_next': lambda: self.env._("from %(open)s to %(due)s on the next day", **values),
            'from_end_next': lambda: self.env._("from %(open)s to the end of the next day", **values),
            'from_to_days': lambda: self.env._("from %(open)s to %(due)s %(days)s days later", **values),
            'from_end_days': lambda: self.env._("from %(open)s to the end of the day %(days)s days later", **values),
            'week': lambda: self.env._("at any time from %(first)s to %(last)s", **values),
            'week_from_to': lambda: self.env._("from %(first)s %(open)s to %(last)s %(due)s", **values),
            'week_from': lambda: self.env._("from %(first)s %(open)s to the end of %(last)s", **values),
            'week_until': lambda: self.env._("from %(first)s to %(last)s %(due)s", **values),
        }

    @api.model
    def _until_times(self, values):
        """Return the sentences about until when something may be done that may begin at once."""
        return {
            'until': lambda: self.env._("until %(due)s", **values),
            'until_next': lambda: self.env._("until the next %(due)s", **values),
            'until_end': lambda: self.env._("until the end of the day"),
            'until_on_next': lambda: self.env._("until %(due)s on the next day", **values),
            'until_end_next': lambda: self.env._("until the end of the next day"),
            'until_days': lambda: self.env._("until %(due)s %(days)s days later", **values),
            'until_end_days': lambda: self.env._("until the end of the day %(days)s days later", **values),
        }
