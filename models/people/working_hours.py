from contextlib import contextmanager, nullcontext
from datetime import datetime

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from ..mixins import clock
from ..mixins.time_words import hour_text

MANAGER = 'it_continuity.it_continuity_group_manager'
HOURS_FIELDS = frozenset({'itc_hours_wait', 'itc_calendar_id', 'itc_hours_story'})
STORY_LENGTH = 200
WATCHED = 'it_continuity.hours_watched'  # ids of the companies whose working schedules this transaction is just changing


class ResCompany(models.Model):
    """On a day on which the company does not work no runs are made, so that a manager has to stand behind its hours.

    Officers of human resources edit working schedules. What they change counts for IT once a manager accepted it; until then the hours
    of before count, which are kept in an archived schedule that nobody edits.
    """
    _inherit = 'res.company'

    itc_hours_wait = fields.Boolean("Working hours wait for a manager", readonly=True, copy=False)
    itc_calendar_id = fields.Many2one(
        'resource.calendar', string="Hours that count meanwhile", readonly=True, copy=False, ondelete='restrict',
        help="None while they wait: before the change the company had no working schedule.")
    itc_hours_story = fields.Json(
        "Who changed or accepted the working hours", readonly=True, copy=False, help="Pairs of a user's id and the moment in UTC.")

    # === CRUD METHODS === #

    def write(self, vals):
        with self._itc_hours_watched() if 'resource_calendar_id' in vals else nullcontext():
            return super().write(vals)

    # === BUSINESS METHODS === #

    def _has_field_access(self, field, operation):
        """Nobody says by hand which hours count, or who changed them."""
        if operation == 'write' and field.name in HOURS_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @contextmanager
    def _itc_hours_watched(self):
        """Let the block change working schedules of these companies: what nobody stands behind does not count afterwards.

        One change goes through several of Odoo's methods; it is judged when the outermost is done.
        """
        watched = self.env.cr.cache.setdefault(WATCHED, set())
        before = {company: company.resource_calendar_id._itc_hours() for company in self.sudo() if company.id not in watched}
        mine = {company.id for company in before}
        watched |= mine
        try:
            yield
        finally:
            watched -= mine
        for company_sudo, hours in before.items():
            # A company that is just being made had no hours that a change could take away.
            is_new = hours is None and company_sudo.create_date >= clock.now(self.env)
            if not is_new and company_sudo.resource_calendar_id._itc_hours() != hours:
                company_sudo._itc_note_hours(hours)

    def _itc_note_hours(self, before):
        """Note who changed this company's hours, and whether those of now count. Superuser mode, as the person.

        :param before: what ``_itc_hours`` returned
        """
        self._itc_tell_hours()
        if self.itc_hours_wait:
            if self.resource_calendar_id._itc_hours() == self.itc_calendar_id._itc_hours():
                self._itc_settle_hours()
        elif self.env.uid != SUPERUSER_ID and not self.env.user.has_group(MANAGER):
            self.write({'itc_hours_wait': True, 'itc_calendar_id': self.env['resource.calendar']._itc_keep(self, before).id})

    def _itc_tell_hours(self):
        told = [self.env.uid, clock.now(self.env).isoformat()]
        story = [one for one in self.itc_hours_story or [] if one != told]
        self.write({'itc_hours_story': [*story, told][-STORY_LENGTH:]})

    def _itc_settle_hours(self):
        """Let the hours of now count. Superuser mode."""
        kept = self.itc_calendar_id
        self.write({'itc_hours_wait': False, 'itc_calendar_id': False})
        kept.unlink()

    def _itc_accept_hours(self):
        """Stand behind the hours of this company as they are.

        :raises AccessError: not a manager who may enter it
        """
        if not self.env.user.has_group(MANAGER) or self not in self.env.user.company_ids:
            raise AccessError(self.env._("Only a manager of IT Continuity accepts when the whole company does not work."))
        company_sudo = self.sudo()
        if company_sudo.itc_hours_wait:
            company_sudo._itc_tell_hours()
            company_sudo._itc_settle_hours()

    def _itc_hours_told(self, since=datetime.min):
        """Return who changed or accepted these hours after a naive UTC moment."""
        told = {uid for uid, at in self.sudo().itc_hours_story or () if datetime.fromisoformat(at) > since}
        return self.env['res.users'].browse(told).exists()


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    # === CRUD METHODS === #

    def write(self, vals):
        self._itc_check_kept()
        with self._itc_companies()._itc_hours_watched():
            return super().write(vals)

    def unlink(self):
        self._itc_check_kept()
        return super().unlink()

    # === BUSINESS METHODS === #

    def _itc_companies(self):
        """Return the companies that work by these schedules, whoever asks."""
        return self.env['res.company'].sudo().search([('resource_calendar_id', 'in', self.ids)]) if self.ids else self.env['res.company']

    def _itc_check_kept(self):
        """:raises AccessError: a person edits the hours that are kept until a manager accepts others"""
        if not self.env.su and self.ids and self.env['res.company'].sudo().search_count([('itc_calendar_id', 'in', self.ids)], limit=1):
            raise AccessError(self.env._("This schedule keeps the hours that count for IT Continuity until a manager accepts the new ones. Nobody edits it."))

    @api.model
    def _itc_keep(self, company, hours):
        """Return an archived schedule with these hours, none for None."""
        if hours is None:
            return self.browse()
        return self.with_user(SUPERUSER_ID).create({
            'name': self.env._("%(company)s: hours that count for IT Continuity", company=company.name), 'company_id': company.id, 'active': False,
            'tz': company.itc_tz, 'flexible_hours': hours['flexible'], 'two_weeks_calendar': hours['two_weeks'],
            'attendance_ids': [Command.clear(), *(Command.create({
                'name': str(number), 'dayofweek': day, 'week_type': week, 'day_period': period, 'hour_from': first, 'hour_to': last})
                for number, (week, day, first, last, period) in enumerate(hours['lines'], 1))]})

    def _itc_hours(self):
        """Return when this one schedule says that people work, as plain data that can be compared; None without a schedule.

        :return: ``{'flexible', 'two_weeks', 'lines': [(week type, weekday, from, to, period)]}``; a flexible one has no lines
        """
        if not self:
            return None
        schedule_sudo = self.sudo()
        lines = [] if schedule_sudo.flexible_hours else schedule_sudo._get_global_attendances()
        return {
            'flexible': schedule_sudo.flexible_hours, 'two_weeks': schedule_sudo.two_weeks_calendar,
            'lines': sorted(
                (line.week_type or '', line.dayofweek, line.hour_from, line.hour_to, line.day_period) for line in lines)}

    def _itc_hours_text(self):
        """Return when people work by this schedule, a line a day, for people."""
        hours = self._itc_hours()
        if not hours:
            return self.env._("No working schedule: no day is closed.")
        if not hours['lines']:
            return self.env._("No fixed hours: only public holidays are closed.")
        attendance = self.env['resource.calendar.attendance']
        days, weeks = (dict(attendance._fields[name]._description_selection(self.env)) for name in ('dayofweek', 'week_type'))
        spans = {}
        for week, day, first, last, _period in hours['lines']:
            spans.setdefault((week if hours['two_weeks'] else '', day), []).append(f"{hour_text(self.env, first)}–{hour_text(self.env, last)}")
        return "\n".join(f"{weeks.get(week, '')} {days[day]} {', '.join(of_day)}".strip() for (week, day), of_day in spans.items())


class ResourceCalendarAttendance(models.Model):
    _inherit = 'resource.calendar.attendance'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        calendars = self.env['resource.calendar'].browse(
            {vals.get('calendar_id') or self.env.context.get('default_calendar_id') for vals in vals_list} - {None, False})
        calendars._itc_check_kept()
        with calendars._itc_companies()._itc_hours_watched():
            return super().create(vals_list)

    def write(self, vals):
        calendars = self.calendar_id | self.calendar_id.browse(vals.get('calendar_id') or ())
        calendars._itc_check_kept()
        with calendars._itc_companies()._itc_hours_watched():
            return super().write(vals)

    def unlink(self):
        self.calendar_id._itc_check_kept()
        with self.calendar_id._itc_companies()._itc_hours_watched():
            return super().unlink()
