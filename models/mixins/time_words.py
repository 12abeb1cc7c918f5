"""Times of day as the reader's language writes them, here as in Odoo's own fields: 2:00 PM in English, 14:00 in French.

Nobody else writes a time for people (a test looks): what another place writes, it writes otherwise one day.
"""
from datetime import time

from odoo.fields import Datetime
from odoo.tools import format_date, format_time

from ...lib import local_time

DAY_H = 24


def time_text(env, moment, tz):
    """Return the time of day that ``tz`` shows at a naive UTC moment."""
    return format_time(env, moment, tz=tz, time_format='short')


def hour_text(env, hour):
    """Return an hour of the day that somebody set as a number, 0.0 to 24.0, of which the last is the end of the day."""
    minutes = round(hour * 60)
    return env._("end of the day") if minutes == DAY_H * 60 else format_time(env, time(*divmod(minutes, 60)), time_format='short')


def moment_text(env, moment, tz=None, day_format='short', *, ends_day=False):
    """Return the day and the time of day of a naive UTC moment in one text, nothing of none.

    :param tz: whose clock: the company's, for what several people read; without it the reader's own
    :param day_format: a pattern of Babel's
    :param ends_day: see ``wall_text``
    """
    if not moment:
        return ''
    if tz:
        day, words = wall_text(env, moment, tz, ends_day=ends_day)
    else:
        day, words = Datetime.context_timestamp(env.user, moment).date(), time_text(env, moment, str(env.tz))
    return f"{format_date(env, day, date_format=day_format)}, {words}"


def wall_text(env, moment, tz, *, ends_day=False):
    """Return the day and the time of day that ``tz`` shows at a naive UTC moment.

    :param ends_day: for a moment until which something has to be done or was so: midnight is the end of the day before, in words,
        since 00:00 would read as the beginning of a day
    """
    day, clock = local_time.wall_clock(moment, tz, ends_day=ends_day)
    return day, env._("end of the day") if clock == '24:00' else time_text(env, moment, tz)
