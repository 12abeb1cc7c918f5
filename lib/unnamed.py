"""Takes out of a text what tells of whom it is: what was done for one colleague becomes an answer that everybody reads.

A person reads it before it is kept; this takes the names and numbers that nobody should have to look for.
"""

import re
from collections.abc import Iterable

LEFT_OUT = '…'
# Shorter parts of a name are words of their own ("de", "Al").
MIN_PART = 3
_ADDRESS = re.compile(r'[\w.+-]+@[\w-]+(?:\.[\w-]+)+')
# Numbers of phones, accounts and people; a version or a price is shorter.
_NUMBER = re.compile(r'\+?\d(?:[\s/-]?\d){6,}')


def unnamed(text: str, names: Iterable[str]) -> str:
    """Return ``text`` without these names, each of their parts, addresses of mail and long numbers.

    >>> unnamed("Called Selam Tadesse (+251 911 234 567), selam@example.com: Selam's PIN works", ["Selam Tadesse"])
    "Called … (…), …: …'s PIN works"
    """
    text = _NUMBER.sub(LEFT_OUT, _ADDRESS.sub(LEFT_OUT, text))
    whole = [name.strip() for name in names if name and name.strip()]
    parts = {part for name in whole for part in re.split(r'[\s,.@_-]+', name) if len(part) >= MIN_PART}
    for name in sorted({*whole, *parts}, key=len, reverse=True):
        text = re.sub(rf'(?<!\w){re.escape(name)}(?!\w)', LEFT_OUT, text, flags=re.IGNORECASE)
    return text
