"""Which machine holds a share: told by the server's name in it, however it is written."""

import re
from collections.abc import Iterable

_SERVER = re.compile(r'^(?:[a-z0-9+.-]+://)?[\\/]{0,2}(?:[^@\\/]*@)?(\[[0-9a-f:]+\]|[^\\/:]+)(?::?[\\/].*|:.*)?$', re.IGNORECASE)


def server(volume: str) -> str:
    """Return the server's name in the name of a share, in small letters; '' where there is none.

    >>> server(r'\\\\FILES\\backup'), server('nas.office.lan:/export/backup'), server('//192.0.2.7/backup'), server('')
    ('files', 'nas.office.lan', '192.0.2.7', '')
    """
    found = _SERVER.match(volume.strip())
    return found.group(1).strip('[]').lower() if found else ''


def is_same(name: str, known: Iterable[str]) -> bool:
    """Tell whether a server's name is one of those of a host: the same, or the same before the first dot where one of the two has none.

    >>> is_same('files.office.lan', ['FILES', '192.0.2.7']), is_same('192.0.2.70', ['192.0.2.7']), is_same('files.office.lan', ['files.branch.lan'])
    (True, False, False)
    """
    return bool(name) and any(_is_one(name, one.lower()) for one in known)


def _is_one(name: str, other: str) -> bool:
    return name == other or (not ('.' in name and '.' in other) and bool(_short(name)) and _short(name) == _short(other))


def _short(name: str) -> str:
    return '' if re.fullmatch(r'[0-9.:]*|.*:.*', name) else name.split('.')[0]
