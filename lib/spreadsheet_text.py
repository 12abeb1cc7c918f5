"""Text from outside, made harmless once at the border, so that no export, report or list has to think of it."""

import re

# A cell that starts so is a formula to Excel, LibreOffice or Odoo's own XLSX writer ("{" is an array formula). The wide
# forms count too: spreadsheets with East Asian input fold them.
_FORMULA = re.compile(r'\s*[=+\-@{＝＋－＠｛]|[\t\r]')

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
