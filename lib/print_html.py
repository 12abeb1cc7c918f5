"""HTML that people wrote, fit to be printed: the words and how they look stay, and nothing in it makes the printer fetch anything."""

import re
from collections.abc import Callable

from lxml import etree, html

# Gone with all that is in them; of any other element that is not in KEPT only the words stay.
_DROPPED = frozenset({
    'script', 'style', 'link', 'meta', 'base', 'title', 'iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'param', 'svg', 'math',
    'video', 'audio', 'source', 'track', 'canvas', 'template', 'map', 'area', 'input', 'button', 'select', 'textarea', 'image', 'bgsound',
})
_KEPT = frozenset({
    'a', 'abbr', 'b', 'big', 'blockquote', 'br', 'caption', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'div', 'dl', 'dt', 'em',
    'figcaption', 'figure', 'font', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 'q',
    's', 'samp', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'u', 'ul',
})
_ATTRIBUTES = frozenset({'alt', 'align', 'color', 'colspan', 'dir', 'height', 'lang', 'rowspan', 'start', 'style', 'title', 'type', 'valign', 'width'})
# Tags that are left out bring together what cannot be nested; read again it falls apart into what is meant.
READINGS = 8
_LINKS = re.compile(r'(?:https?://|mailto:|tel:|#)', re.IGNORECASE)
_PICTURES = re.compile(r'data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+', re.IGNORECASE)

_STYLES = re.compile(
    r'color|background-color|font-(?:family|size|style|weight)|text-(?:align|decoration|indent)|vertical-align|white-space|line-height'
    r'|list-style-type|(?:max-|min-)?(?:width|height)|(?:margin|padding)(?:-(?:top|right|bottom|left))?'
    r'|border(?:-(?:top|right|bottom|left|collapse))?(?:-(?:color|style|width))?')
# No brackets but those of a colour, no escapes, no quotes: whatever could name an address does not fit.
_STYLE_VALUE = re.compile(r'(?:[\w\s#.,%!+-]|rgba?\([\d\s.,%]*\))*', re.IGNORECASE)


def printable(text: str, picture: Callable[[str], str | None]) -> str:
    """Return HTML of which nothing refers to anything outside but the links that a reader may follow.

    :param text: HTML as it is kept
    :param picture: turns the source of a picture into a ``data:`` URI of one of ours, or None; what is no picture of ours leaves its
        alternative text behind

    >>> printable('<p style="color: red; background: url(http://x)">Look <img src="http://x/a" alt="a fan"></p>', lambda source: None)
    '<p style="color: red">Look a fan</p>'
    """
    for _reading in range(READINGS):
        found = _mended(text, picture) if text.strip() else ''
        if found == text:
            break
        text = found
    return found


def _mended(text, picture):
    """Return HTML without what is not to be printed, which the next reader may put together otherwise than it was read here."""
    root = html.fragment_fromstring(text.replace('\0', ''), create_parent='div')
    for element in list(root.iterdescendants()):
        if element.getroottree().getroot() is root:  # else it went with its parent
            _mend(element, picture)
    return (html.tostring(root, encoding='unicode'))[len('<div>'):-len('</div>')]


def _mend(element, picture):
    if not isinstance(element.tag, str):  # a comment or an instruction
        _drop(element)
    elif element.tag in _DROPPED or ':' in element.tag:
        _drop(element)
    elif element.tag not in _KEPT:
        element.drop_tag()
    else:
        kept = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
        source = _source(element.get('src', ''), picture) if element.tag == 'img' else None
        address = element.get('href', '').strip() if element.tag == 'a' else ''
        etree.strip_attributes(element, *element.attrib)
        kept['style'] = _style(kept.get('style', ''))
        kept['href'] = address if _LINKS.match(address) else ''
        for name, value in kept.items():
            if value:
                element.set(name, value)
        if source:
            element.set('src', source)
        elif element.tag == 'img':
            element.tail = f"{kept.get('alt', '')}{element.tail or ''}"
            _drop(element)


def _source(source, picture):
    """Return the source of a picture that is in the text itself, or what ``picture`` makes of another one."""
    source = source.strip()
    return source if _PICTURES.fullmatch(source) else picture(source)


def _style(style):
    """Return the declarations of a ``style`` that only say how words look."""
    kept = []
    for declaration in style.split(';'):
        name, _colon, value = (part.strip() for part in declaration.partition(':'))
        if value and _STYLES.fullmatch(name.lower()) and _STYLE_VALUE.fullmatch(value):
            kept.append(f'{name}: {value}')
    return '; '.join(kept)


def _drop(element):
    """Take an element out with all that is in it, and leave what follows."""
    tail, before, parent = element.tail, element.getprevious(), element.getparent()
    if tail and before is not None:
        before.tail = f"{before.tail or ''}{tail}"
    elif tail:
        parent.text = f"{parent.text or ''}{tail}"
    element.tail = None
    parent.remove(element)
