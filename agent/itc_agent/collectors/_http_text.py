"""From the bytes of a page to its text, as browsers read them."""
from __future__ import annotations

import codecs
import re
import zlib

# What the encoding standard of the web knows, by Python's names. Labels outside it are ignored, as browsers do: some codecs of Python are no
# charsets at all, and some take minutes over what a stranger sends.
CHARSETS = {
    'utf-8', 'utf-16-le', 'utf-16-be', 'iso8859-2', 'iso8859-3', 'iso8859-4', 'iso8859-5', 'iso8859-6', 'iso8859-7', 'iso8859-8', 'iso8859-10',
    'iso8859-13', 'iso8859-14', 'iso8859-15', 'iso8859-16', 'cp866', 'koi8-r', 'koi8-u', 'mac-roman', 'mac-cyrillic', 'cp874', 'cp1250', 'cp1251',
    'cp1252', 'cp1253', 'cp1254', 'cp1255', 'cp1256', 'cp1257', 'cp1258', 'gb18030', 'big5hkscs', 'euc_jp', 'iso2022_jp', 'cp932', 'cp949'}
READ_AS = {'iso8859-1': 'cp1252', 'ascii': 'cp1252', 'iso8859-9': 'cp1254', 'iso8859-11': 'cp874', 'tis-620': 'cp874', 'utf-16': 'utf-16-le',
           'gbk': 'gb18030', 'gb2312': 'gb18030', 'big5': 'big5hkscs', 'shift_jis': 'cp932', 'euc_kr': 'cp949'}
MARKS = ((codecs.BOM_UTF8, 'utf-8'), (codecs.BOM_UTF16_LE, 'utf-16-le'), (codecs.BOM_UTF16_BE, 'utf-16-be'))
META_BYTES = 1024


def charset(label: str) -> str | None:
    """Return Python's name of the charset that browsers mean by a label; None for one they do not know.

    >>> charset('ISO-8859-1'), charset("'UTF8'"), charset('x-unknown'), charset('punycode')
    ('cp1252', 'utf-8', None, None)
    """
    label = label.strip(' \t\'"').lower()
    if not re.fullmatch('[a-z0-9_.:-]{1,40}', label):
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = READ_AS.get(name, name)
    return name if name in CHARSETS else None


def decode(body: bytes, content_type: str) -> str:
    """Return the text of a page. Never fails: what cannot be read is replaced.

    A mark at its beginning counts most, then the charset of the header, then that of a ``<meta>`` tag; without any of them it is UTF-8 if it can
    be (a letter cut off at the end does not matter), else windows-1252.
    """
    for mark, name in MARKS:
        if body.startswith(mark):
            return body[len(mark):].decode(name, 'replace')
    named = re.search(r'charset\s*=\s*("[^"]*"|[^;\s]*)', content_type, re.IGNORECASE)
    name = charset(named.group(1)) if named else None
    if name is None and (meta := re.search(rb'<meta[^>]{0,500}?charset\s*=\s*["\']?([A-Za-z0-9_.:-]{1,40})', body[:META_BYTES], re.IGNORECASE)):
        # A tag that can be read byte by byte is not in UTF-16, whatever it says.
        name = charset(meta.group(1).decode('ascii'))
        name = 'utf-8' if name in ('utf-16-le', 'utf-16-be') else name
    if name:
        return body.decode(name, 'replace')
    try:
        return codecs.getincrementaldecoder('utf-8')().decode(body)
    except UnicodeDecodeError:
        return body.decode('cp1252', 'replace')


def unpack(body: bytes, coding: str, most: int) -> bytes | None:
    """Return at most ``most`` bytes of a packed body; None when it is packed in a way that cannot be undone.

    Undone are gzip and deflate, which servers send unasked too; a body that is cut off gives what there is of it.
    """
    coding = coding.strip().lower()
    if coding in ('', 'identity', 'none'):
        return body[:most]
    if coding not in ('gzip', 'x-gzip', 'deflate'):
        return None
    # 47 takes gzip and zlib; some servers call a bare stream (-15) deflate.
    for bits in (47, -15):
        try:
            return zlib.decompressobj(bits).decompress(body, most)
        except zlib.error:
            if coding != 'deflate':
                return None
    return None
