"""Whoever writes a time of day for people writes it as their language does, by ``models/mixins/time_words``, and nobody by any other way."""
import re

import paths

# A pattern of a 24-hour clock, Odoo's or Babel's own functions, and a field's widget of QWeb, which writes another clock than the rest.
CLOCK = re.compile(
    r"""HH?:mm|(?<!T)%H:%M|:02d?\}:(?:00|\{)|padStart\(2"""
    r"""|\bformat_(?:datetime|time|duration)\b|['"]widget['"]: ['"](?:datetime|float_time)['"]""")
WRITTEN = ('controllers', 'data', 'lib', 'models', 'report', 'static/src', 'views', 'wizard')
OWN = ('models/mixins/time_words.py',)
# For machines and for sums: nobody reads these texts.
UNREAD = ('lib/local_time.py', 'lib/request_form.py')


def _written():
    files = [file for room in WRITTEN for file in sorted((paths.REPO / room).rglob('*')) if file.suffix in ('.py', '.xml', '.js')]
    return {str(file.relative_to(paths.REPO)): file.read_text(encoding='utf-8') for file in files if 'tests' not in file.parts}


def test_it_finds_what_it_is_there_for():
    for text in (
            "dt_format='EEE d MMM, HH:mm'", "now.strftime('%H:%M')", "f'{hour:02}:00'", "f'{hour:02d}:{minute:02d}'", 'String(hour).padStart(2, "0")',
            "format_datetime(self.env, moment)", "format_time(run.due_at, time_format='short')", "format_duration(hour_from)",
            """t-options="{'widget': 'datetime'}\""""):
        assert CLOCK.search(text), text
    assert not CLOCK.search("f'{message.create_date:%Y-%m-%dT%H:%M:%SZ}'"), "a machine reads it"


def test_nothing_writes_times_by_a_clock_of_its_own():
    written = _written()
    assert len(written) > 300
    assert [name for name, text in written.items() if CLOCK.search(text) and name not in UNREAD] == [*OWN]


def test_what_falls_due_at_midnight_is_said_to_be_the_end_of_the_day():
    """A moment until which something may be done is written with ``ends_day``, wherever a due time or a deadline is handed to words."""
    said = re.compile(r"""(?:moment_text|wall_text|_moment_text|_moment|_when|\['when'\])\((?:self\.env, )?[\w.]*(?:due_at|deadline_at|span\.until|span\.after)\b[^)]*\)""")
    assert said.search("month['when'](line.due_at)") and said.search("self._moment(run.due_at, tz, ends_day=True)")
    found = [(name, one) for name, text in _written().items() for one in said.findall(text)]
    assert len(found) > 5
    assert [one for one in found if 'ends_day=True' not in one[1]] == []
