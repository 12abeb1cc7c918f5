import pytest
from lib.spreadsheet_text import as_cell

LIVE = [
    '=1+1', '+1', '-1', '@SUM(A1)', '{=SUM(A1)}', '\t=1', '\tx', '\r=1', ' =1', '\n=1', '＝1+1', '＋1', '－1', '＠x', '｛=1｝',
    '=HYPERLINK("http://evil")', 'external:c:\\a.exe', 'internal:Sheet2!A1', 'file://host/share', 'http://evil', 'ftps://evil', 'mailto:a@b.c',
]


@pytest.mark.parametrize('text', LIVE)
def test_what_begins_like_a_formula_or_link_is_text(text):
    assert as_cell(text) == f"'{text}"
    assert as_cell(as_cell(text)) == f"'{text}", "twice is once"


@pytest.mark.parametrize('value', ['', 'Printer', 'a = 1', '1+1', "it's", 'see http://x', 'two\r\nlines', 0, -5, 1.5, None, False])
def test_everything_else_stays(value):
    assert as_cell(value) == value
    assert type(as_cell(value)) is type(value)


def test_what_is_no_text_yet_is_looked_at_as_the_text_that_it_becomes():
    assert as_cell({'a': 1}) == "'{'a': 1}"
    assert as_cell(['=1']) == "['=1']"
