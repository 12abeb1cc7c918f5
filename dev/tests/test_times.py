"""Whoever writes a time of day for people writes it as their language does, by ``models/mixins/time_words``: no pattern of a 24-hour clock."""
import re

import paths

CLOCK = re.compile(r"""HH?:mm|(?<!T)%H:%M|:02d?\}:(?:00|\{)|padStart\(2""")
WRITTEN = ('controllers', 'data', 'models', 'report', 'static/src', 'views', 'wizard')


def test_it_finds_what_it_is_there_for():
    for text in ("dt_format='EEE d MMM, HH:mm'", "now.strftime('%H:%M')", "f'{hour:02}:00'", "f'{hour:02d}:{minute:02d}'", 'String(hour).padStart(2, "0")'):
        assert CLOCK.search(text), text
    assert not CLOCK.search("f'{message.create_date:%Y-%m-%dT%H:%M:%SZ}'"), "a machine reads it"


def test_nothing_writes_times_by_a_clock_of_its_own():
    files = [file for room in WRITTEN for file in sorted((paths.REPO / room).rglob('*')) if file.suffix in ('.py', '.xml', '.js')]
    assert len(files) > 300
    assert [str(file.relative_to(paths.REPO)) for file in files if CLOCK.search(file.read_text(encoding='utf-8'))] == []
