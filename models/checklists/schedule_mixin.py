from functools import cache

from lxml.builder import E

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...lib import recurrence, task_event
from ..mixins import clock

WEEKDAYS = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')
PREVIEW_COUNT = 10
EVENT_SWITCHES = {task_event.switch(event): event for event in recurrence.EVENTS}

SCHEDULE_FIELDS = (
    'schedule_kind', 'interval', *WEEKDAYS, 'quota', 'nth', 'month_day', 'month', 'year_basis', 'year_offset_days',
    'closed_rule', 'open_time', 'due_time', 'window_days', 'grace_h', 'start_date', 'company_id', *EVENT_SWITCHES,
)
# The company's fields that move dates; every person may know when their company's year ends and when it works.
COMPANY_FIELDS = (
    'company_id.itc_tz', 'company_id.fiscalyear_last_month', 'company_id.fiscalyear_last_day', 'company_id.resource_calendar_id')


class ItScheduleMixin(models.AbstractModel):
    """When something falls due, in the company's time zone; the decisions are lib.recurrence's."""
    _name = 'it.schedule.mixin'
    _description = "Schedule"

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    schedule_kind = fields.Selection(
        selection=[
            ('daily', "Every day"),
            ('weekdays', "On weekdays"),
            ('weekly_quota', "Times a week, on any days"),
            ('monthly_day', "On a day of the month"),
            ('monthly_nth', "On a weekday of the month"),
            ('last_workday', "On the last working day of the month"),
            ('yearly', "Every year"),
            ('event', "After an event"),
            ('on_demand', "On demand"),
        ],
        string="Repeats", required=True, default='daily')
    interval = fields.Integer("Every", default=1, help="1: each day, week, month or year; 2: every second one; and so on.")
    monday = fields.Boolean()
    tuesday = fields.Boolean()
    wednesday = fields.Boolean()
    thursday = fields.Boolean()
    friday = fields.Boolean()
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    quota = fields.Integer("Times a week", default=2, help="Runs a week without fixed days. The company's week begins after its free days: on Monday, or on Sunday if it works Sunday to Thursday.")
    nth = fields.Selection(
        selection=[('1', "First"), ('2', "Second"), ('3', "Third"), ('4', "Fourth"), ('5', "Fifth"), ('-1', "Last")],
        string="Which", default='1')
    month_day = fields.Integer("Day of the month", default=1, help="1 to 31; shorter months use their last day.")
    month = fields.Selection(
        selection=[
            ('1', "January"), ('2', "February"), ('3', "March"), ('4', "April"), ('5', "May"), ('6', "June"),
            ('7', "July"), ('8', "August"), ('9', "September"), ('10', "October"), ('11', "November"), ('12', "December"),
        ],
        default='1')
    year_basis = fields.Selection(
        selection=[('date', "A date"), ('fiscal', "The end of the fiscal year")], string="Counted from", default='date')
    year_offset_days = fields.Integer(
        "Days after the fiscal year", help="Days after the fiscal year's last day; negative for days before it.")
    # One switch for each kind of event that is declared
    vars().update({task_event.switch(kind.code): fields.Boolean(kind.label, help=kind.help) for kind in task_event.KINDS.values()})
    closed_rule = fields.Selection(
        selection=[
            ('keep', "Due all the same"),
            ('skip', "Left out"),
            ('earlier', "Moved to the open day before"),
            ('later', "Moved to the next open day"),
        ],
        string="On a closed day", required=True, default='keep',
        help="A day is closed when the company's working schedule has no hours on it or a public holiday covers them.")
    open_time = fields.Float("Opens at", default=0.0, help="Local hour from which it may be done.")
    due_time = fields.Float("Due at", default=17.0, help="Local hour until which it is on time; 24:00 is the day's end.")
    window_days = fields.Integer("Days to do it", help="Days after its own day that it stays on time; 0: the same day.")
    grace_h = fields.Float(
        "Grace", default=7.0, help="Hours after the due time during which it is late; after them it is missed.")
    start_date = fields.Date(
        "Starts on", required=True, default=lambda self: self._today(self.env.company),
        help="Local day before which nothing falls due, and from which intervals are counted.")
    schedule_text = fields.Char("Schedule", compute='_compute_schedule_text')
    next_dates = fields.Text("Next dates", compute='_compute_schedule_text', help="The next ten days on which it falls due.")

    _grace_positive = models.Constraint('CHECK(grace_h >= 0 AND grace_h <= 8784)', "The grace must be between 0 and 8784 hours.")

    # === COMPUTE METHODS === #

    @api.depends(*SCHEDULE_FIELDS, *COMPANY_FIELDS)
    @api.depends_context('lang')
    def _compute_schedule_text(self):
        closed_days, words = cache(self.env['it.calendar']._closed_days), self.env['it.schedule.words']
        for record in self:
            try:
                schedule = record._schedule()
            except recurrence.ScheduleError as error:
                record.schedule_text = record._schedule_message(error)
                record.next_dates = False
                continue
            record.schedule_text = words._described(schedule, record.closed_rule or 'keep')
            days = recurrence.next_dates(
                schedule, record._today(record.company_id), PREVIEW_COUNT, record._closed(closed_days),
                record.closed_rule or 'keep')
            record.next_dates = '\n'.join(format_date(self.env, day, date_format='EEE d MMM yyyy') for day in days)

    # === CONSTRAINT METHODS === #

    @api.constrains(*SCHEDULE_FIELDS)
    def _check_schedule(self):
        for record in self:
            try:
                record._schedule()
            except recurrence.ScheduleError as error:
                raise ValidationError(record._schedule_message(error)) from error

    @api.model
    def _schedule_message(self, error):
        """Return what is wrong with a schedule, for the person who typed it; see ``lib.schedule.FAULTS``."""
        return {
            'interval': self.env._("Every: must be between 1 and 1000."),
            'no_weekday': self.env._("Repeats: choose at least one weekday."),
            'quota': self.env._("Times a week must be between 1 and 7."),
            'month_day': self.env._("Day of the month must be between 1 and 31."),
            'month': self.env._("Month: choose one."),
            'no_event': self.env._("After an event: choose at least one event."),
            'year_offset': self.env._("Days after the fiscal year must be between -366 and 366."),
            'open_time': self.env._("Opens at must be between 00:00 and 23:59."),
            'due_time': self.env._("Due at must be between 00:01 and 24:00."),
            'window': self.env._("Days to do it must be between 0 and 366."),
            'times_crossed': self.env._("Opens at must be before Due at."),
            'unknown': self.env._("The schedule cannot be followed."),
        }[error.code]

    # === VIEW METHODS === #

    @api.model
    def _get_view(self, view_id=None, view_type='form', **options):
        """Give each kind of event its line where the form has room for them."""
        arch, view = super()._get_view(view_id, view_type, **options)
        for room in arch.iterfind(".//div[@id='event_switches']"):
            room[:0] = [self._event_line(kind) for kind in task_event.KINDS]
        return arch, view

    @api.model
    def _event_line(self, kind):
        """Return the line of a form that holds the switch of a kind, shown while no other kind that includes it is waited for."""
        switch = task_event.switch(kind)
        wider = [name for name in task_event.switches(kind) if name != switch]
        line = E.div(E.field(name=switch), " ", E.label({'for': switch}))
        if wider:
            line.set('invisible', " or ".join(wider))
        return line

    # === BUSINESS METHODS === #

    def _schedule(self):
        """Return this record's fields as a ``lib.recurrence.Schedule``.

        :raises lib.recurrence.ScheduleError: they contradict each other
        """
        fiscal = self.schedule_kind == 'yearly' and self.year_basis == 'fiscal'
        company_sudo = fiscal and self.company_id.sudo()  # every person may know when their company's year ends
        return recurrence.Schedule(
            kind=self.schedule_kind,
            interval=self.interval,
            weekdays=tuple(number for number, day in enumerate(WEEKDAYS) if self[day]),
            quota=self.quota,
            nth=int(self.nth or 0),
            month_day=self.month_day,
            months=(int(self.month or 0),) if self.schedule_kind == 'yearly' and not fiscal else (),
            year_offset_days=self.year_offset_days if fiscal else None,
            open_time=self.open_time,
            due_time=self.due_time,
            window_days=self.window_days,
            anchor=self.start_date or recurrence.EPOCH,
            events=tuple(event for switch, event in EVENT_SWITCHES.items() if self[switch]),
            fiscal_last_month=int(fiscal and company_sudo.fiscalyear_last_month or 12),
            fiscal_last_day=fiscal and company_sudo.fiscalyear_last_day or 31,
            week_start=self.env['it.calendar']._week_start(self.company_id) if self.schedule_kind in ('weekdays', 'weekly_quota') else 0,
        )

    def _closed(self, closed_days=None):
        """Return the test for closed days if this record's rule asks for one, else None.

        :param closed_days: a ``_closed_days`` of the calendar that remembers its answers, from who asks for many records
        """
        is_last_workday = self.schedule_kind == 'last_workday'
        if self.closed_rule in (False, 'keep') and not is_last_workday:
            return None
        calendar = self.env['it.calendar']
        closed = (closed_days or calendar._closed_days)(self.company_id)
        if closed and is_last_workday and not calendar._has_fixed_hours(self.company_id):
            return lambda day: recurrence.is_weekend(day) or closed(day)
        return closed

    @api.model
    def _today(self, company):
        """Return the calendar day in the company's time zone, whoever asks."""
        return clock.today(self.env, company)
