"""Times of day as the reader's language writes them, here as in Odoo's own fields: 2:00 PM in English, 14:00 in French."""
from datetime import time

from odoo.tools import format_datetime, format_time

from ...lib import local_time


def time_text(env, moment, tz):
    """Return the time of day that ``tz`` shows at a naive UTC moment."""
    return format_time(env, moment, tz=tz, time_format='short')


def hour_text(env, hour):
    """Return a full hour, 0 to 23."""
    return format_time(env, time(hour), time_format='short')


def moment_text(env, moment, tz, day_format='d MMM'):
    """Return the day that ``tz`` shows at a naive UTC moment, by a pattern of Babel's, and the time of day; nothing of none."""
    return f"{format_datetime(env, moment, tz=tz, dt_format=day_format)}, {time_text(env, moment, tz)}" if moment else ''


def wall_text(env, moment, tz, *, ends_day=False):
    """Return the day and the time of day that ``tz`` shows at a naive UTC moment.

    :param ends_day: midnight is the end of the day before, in words: 00:00 would read as the beginning of a day
    """
    day, clock = local_time.wall_clock(moment, tz, ends_day=ends_day)
    return day, env._("end of the day") if clock == '24:00' else time_text(env, moment, tz)
