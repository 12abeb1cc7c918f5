import re
from datetime import date

from odoo.tests import tagged

from ...lib import recurrence, schedule_story, task_event
from ...lib.recurrence import Schedule
from .common import ChecklistCase

ONE_OF_MANY = re.compile(r'\b1 (?:day|hour|minute|week|month|year|run|task|check|event|record)s\b')
KINDS = ('daily', 'weekdays', 'weekly_quota', 'monthly_day', 'monthly_nth', 'last_workday', 'yearly', 'event', 'on_demand')
TIMES = tuple({'open_time': opens, 'due_time': due, 'window_days': days} for opens in (0, 8) for due in (17.5, 24) for days in (0, 1, 3))


def _schedules():
    """Return a schedule for each way of saying something, and for many twice."""
    for kind in KINDS:
        for times in TIMES:
            for count in (1, 2):
                yield Schedule(
                    kind, interval=count, weekdays=(0, 3), quota=count, months=(2,), month_day=29, events=('restart', 'power_outage'),
                    anchor=date(2026, 11, 1), **times)
    for offset in (-2, -1, 0, 1, 2):
        yield Schedule('yearly', year_offset_days=offset)
    for day in (1, 30, 31):
        yield Schedule('monthly_day', month_day=day)
    for events in (('unclean_restart',), tuple(task_event.KINDS)):
        yield Schedule('event', events=events)
    yield Schedule('weekdays', weekdays=range(5))
    yield Schedule('weekdays', weekdays=(2,))
    yield Schedule('yearly', months=(7,), month_day=8)
    yield Schedule('monthly_nth', weekdays=(0,))


@tagged('post_install', '-at_install')
class TestScheduleWords(ChecklistCase):
    """What lib says of a schedule in codes has a sentence each, and its times are written as the reader's language writes them."""

    def _words(self, lang='en_US', closed_rule='keep', **values):
        words = self.env['it.schedule.words'].with_context(lang=lang)
        return words._described(Schedule(**values), closed_rule).replace('\u202f', ' ')

    def test_times_are_written_as_the_reader_s_language_writes_them(self):
        self.env['res.lang']._activate_lang('fr_FR')
        week = {'kind': 'weekly_quota', 'quota': 2, 'week_start': 6}
        events = {'kind': 'event', 'events': ('power_outage',)}
        for values, english, french in (
            ({'open_time': 8, 'due_time': 14.5}, "Every day, from 8:00 AM to 2:30 PM.", "14:30"),
            ({'due_time': 14.5}, "Every day, until 2:30 PM.", "14:30"),
            ({'open_time': 8}, "Every day, from 8:00 AM to the end of the day.", "08:00"),
            ({}, "Every day, at any time.", ""),
            ({'window_days': 1}, "Every day, until the end of the next day.", ""),
            ({'open_time': 8, 'due_time': 17, 'window_days': 2}, "Every day, from 8:00 AM to 5:00 PM 2 days later.", "17:00"),
            ({**week, 'due_time': 17}, "Twice a week on days of your choice, from Sunday to Saturday 5:00 PM.", "17:00"),
            ({**week, 'open_time': 8}, "Twice a week on days of your choice, from Sunday 8:00 AM to the end of Saturday.", "08:00"),
            ({**events, 'due_time': 17}, "After each power outage, until the next 5:00 PM.", "17:00"),
            ({**events, 'due_time': 17, 'window_days': 1}, "After each power outage, until 5:00 PM on the next day.", "17:00"),
            (events, "After each power outage, until the end of the day.", ""),
        ):
            with self.subTest(english=english):
                self.assertEqual(self._words(**values), english)
                self.assertIn(french, self._words('fr_FR', **values))
                self.assertNotRegex(self._words('fr_FR', **values), 'AM|PM')

    def test_one_is_counted_as_one_and_the_days_are_the_companys(self):
        for values, sentence in (
            ({'kind': 'weekly_quota'}, "Once a week on days of your choice, at any time from Monday to Sunday."),
            ({'kind': 'yearly', 'year_offset_days': 1}, "Every year, on the day after the fiscal year's last day, at any time."),
            ({'kind': 'yearly', 'year_offset_days': -1}, "Every year, on the day before the fiscal year's last day, at any time."),
            ({'kind': 'yearly', 'year_offset_days': 2}, "Every year, 2 days after the fiscal year's last day, at any time."),
            ({'kind': 'event', 'events': ('power_outage', 'unclean_restart'), 'due_time': 17},
             "After each unclean restart of a host and each power outage, until the next 5:00 PM."),
            ({'kind': 'on_demand'}, "On demand."),
            ({'interval': 2, 'anchor': date(2026, 11, 3)}, "Every 2 days, counted from 11/03/2026, at any time."),
        ):
            with self.subTest(sentence=sentence):
                self.assertEqual(self._words(**values), sentence)
        self.assertEqual(
            self._words(closed_rule='earlier', kind='monthly_nth', weekdays=(4,), nth=-1),
            "On the last Friday of every month, at any time. If that day is closed, on the open day before.")

    def test_whatever_is_said_has_words(self):
        words, used = self.env['it.schedule.words'], set()

        def note(said):
            if isinstance(said, tuple):
                for one in said:
                    note(one)
            elif isinstance(said, schedule_story.Said):
                used.add(said.code)
                note(tuple(said.values.values()))

        for schedule in _schedules():
            for rule in recurrence.CLOSED_RULES:
                text = words._described(schedule, rule)
                with self.subTest(schedule=schedule, rule=rule):
                    self.assertTrue(text[0].isupper() and text.endswith('.'), text)
                    self.assertNotRegex(text, r'%|  |Said|\b(?:00|24):00|12:00\sAM')
                    self.assertFalse(ONE_OF_MANY.search(text), text)
                note(recurrence.describe(schedule, rule))
        self.assertEqual(used, set(schedule_story.CODES), "each code was said here at least once")
        self.assertEqual(set(words._sentences({})) | {'hour'}, set(schedule_story.CODES))

    def test_each_kind_of_event_has_words_of_its_own(self):
        words = self.env['it.schedule.words']
        told = [words._say(schedule_story.Said('event', {'kind': kind})) for kind in task_event.KINDS]
        self.assertEqual(len(set(told)), len(task_event.KINDS))
