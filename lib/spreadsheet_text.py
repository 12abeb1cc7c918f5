"""Text that must never become a formula: what hosts send is made harmless at the border, what people type when it leaves."""

import re

# A cell that starts so is a formula to Excel, LibreOffice or Odoo's own XLSX writer ("{" is an array formula). The wide
# forms count too: spreadsheets with East Asian input fold them.
_FORMULA = re.compile(r'\s*[=+\-@{＝＋－＠｛]|[\t\r]')

# What XlsxWriter turns into a link that a click opens, programs of the own disk among them.
_LINK = re.compile(r'(?:ftps?|https?|file)://|mailto:|(?:in|ex)ternal:')

# Valid UTF-8, but not XML (so no PDF and no XLSX), or turning the text's direction to disguise a name.
_UNPRINTABLE = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]')


def neutralise(text: str) -> str:
    """Return ``text`` as plain text wherever it lands: never a formula in a spreadsheet, always valid XML.

    A dangerous beginning gets an apostrophe in front, so the result may be one character longer; doing it twice changes
    nothing more.

    >>> neutralise('=HYPERLINK("http://evil")'), neutralise('-5 °C'), neutralise('/var/log')
    ('\\'=HYPERLINK("http://evil")', "'-5 °C", '/var/log')
    """
    text = _UNPRINTABLE.sub('\ufffd', text)
    return f"'{text}" if _FORMULA.match(text) else text


def is_printable(text: str) -> bool:
    """Tell whether a text is read as it is: no control characters, nothing that turns its direction.

    >>> is_printable('/srv/backups'), is_printable('/srv/\u202egpj.exe')
    (True, False)
    """
    return not _UNPRINTABLE.search(text)


def as_cell(value: object) -> object:
    """Return a value for a cell that may be read as a formula or a link: text gets an apostrophe in front if it begins like one.

    Nothing else of the text changes, for it is what somebody typed; numbers, dates and nothing stay what they are.

    >>> as_cell('=1+1'), as_cell('@SUM(1)'), as_cell('external:notes.xlsx'), as_cell('a = 1'), as_cell(-1)
    ("'=1+1", "'@SUM(1)", "'external:notes.xlsx", 'a = 1', -1)
    """
    if isinstance(value, (dict, list, tuple)):
        value = str(value)
    is_live = isinstance(value, str) and (_FORMULA.match(value) or _LINK.match(value))
    return f"'{value}" if is_live else value
