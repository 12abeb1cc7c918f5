"""What happened when: a queue of acts, and a clock that stands where the act does."""
import heapq
import itertools
import zlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.orm import fields_temporal

DAYS_AGO = 62        # the day on which the story begins
LOGINS = ('user', 'technician', 'technician2', 'manager', 'auditor')
# Hundreds of acts: nobody is told of each by mail, and no run's chatter repeats what the run says itself.
SILENT = {'tracking_disable': True, 'mail_notify_force_send': False}


class _AnyDatetime(type):
    """Lets every datetime be an instance of the moved one, as those already made are."""

    def __instancecheck__(cls, value):
        return isinstance(value, datetime)


class MovedDatetime(datetime, metaclass=_AnyDatetime):
    """What the ORM's date fields take for `datetime` while the story is told: its `now` is the story's."""

    moment = None

    @classmethod
    def now(cls, tz=None):
        return cls.moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(tz) if tz else cls.moment


class Story:
    """The acts of the invented months, and what the rooms have to know of one another.

    :ivar now: naive UTC at which the story ends
    :ivar today: the company's local day then; ``first_day`` is the one on which it begins
    :ivar dark: ``[(start, end)]`` during which nobody could work, naive UTC
    :ivar holidays: local days on which the company was closed
    """

    def __init__(self, env):
        self.env = env(context={**env.context, 'lang': 'en_US', 'tz': 'UTC'})
        self.company = env.company
        self.tz = ZoneInfo(self.company.itc_tz)
        self.now = env.cr.now().replace(microsecond=0)
        self.today = self.day_of(self.now)
        self.users = {login: env['res.users'].search([('login', '=', login)], limit=1) for login in LOGINS}
        self.dark = []
        self.holidays = set()
        self.first_day = self.day(DAYS_AGO)
        self._queue = []
        self._order = itertools.count()

    def day(self, days_ago, workday=False):
        """Return a local day; with ``workday`` the nearest one before it that is neither on a weekend nor a holiday."""
        day = self.today - timedelta(days=days_ago)
        while workday and (day.weekday() > 4 or day in self.holidays):
            day -= timedelta(days=1)
        return day

    def moment(self, day, hour):
        """Return the naive UTC moment of a local hour (9.5 is half past nine)."""
        local = datetime(day.year, day.month, day.day, tzinfo=self.tz) + timedelta(hours=hour)
        return local.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    def day_of(self, moment):
        """Return the company's local day of a naive UTC moment."""
        return moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(self.tz).date()

    def luck(self, *words):
        """Return a number from 0 to 999 that is always the same for the same words."""
        return zlib.crc32('-'.join(map(str, words)).encode()) % 1000

    def pick(self, choices, *words):
        return choices[self.luck(*words) % len(choices)]

    def as_user(self, login, silent=True):
        """Return an environment in which that person acts."""
        return self.env(user=self.users[login].id, context={**self.env.context, **(SILENT if silent else {'mail_notify_force_send': False})})

    def as_system(self):
        """Return the environment of the software itself: of its jobs, and of what nobody has the right to do by hand."""
        return self.env(user=1, su=True, context={**self.env.context, **SILENT})

    def at(self, moment, work, *arguments):
        """Have ``work(*arguments)`` happen at a moment; what lies after the story's end does not happen."""
        if moment < self.now:
            heapq.heappush(self._queue, (moment, next(self._order), work, arguments))

    def play(self):
        """Live through all acts in the order of time, those included that an act adds."""
        real = fields_temporal.datetime
        fields_temporal.datetime = MovedDatetime
        try:
            reached = None
            while self._queue:
                moment, _order, work, arguments = heapq.heappop(self._queue)
                if moment != reached:
                    self._keep()
                    reached = moment
                    self.env.cr._now = MovedDatetime.moment = moment
                work(*arguments)
            self._keep()
        finally:
            fields_temporal.datetime = real
            self.env.cr._now = self.now

    def _keep(self):
        """Write what happened so far, with its events in the log of evidence, under the clock at which it happened."""
        self.env.flush_all()
        self.env.cr.flush()
