"""Where a Windows shortcut (``.lnk``) leads, read from the file itself: no Windows is needed, and no desktop of a user who is logged on.

The layout is the one Microsoft publishes as MS-SHLLINK; the items of the ID list (how Explorer walks to a target) are read as far as they are drives,
shares, folders and files.
"""
from __future__ import annotations

import ntpath
import os
import stat
import struct

from ._open_file import open_shared

MAX_BYTES = 65_536
HEADER = struct.pack('<I', 0x4C) + bytes.fromhex('0114020000000000c000000000000046')
MY_COMPUTER = bytes.fromhex('e04fd020ea3a6910a2d808002b30309d')
HAS_ID_LIST, HAS_LINK_INFO, HAS_NAME, HAS_RELATIVE, IS_UNICODE = 1, 2, 4, 8, 0x80
NAME_LAST = 0xBEEF0004
# Where the long name stands in an item's extension, by its version.
LONG_NAME_AT = {3: 20, 7: 38, 8: 42, 9: 46}
ENVIRONMENT = 0xA0000001
ANSI = 'cp1252'


class NoTarget(Exception):
    """A shortcut leads nowhere that can be told, or to what is not there; the text says which."""


# === PARSE === #

def parse(data: bytes) -> list[str]:
    """Return the paths that a shortcut names, the most trustworthy first; the last may be relative to the shortcut's own folder. Pure.

    :raises ValueError: it is no shortcut
    """
    if data[:20] != HEADER:
        raise ValueError("is no shortcut of Windows")
    try:
        return _paths(data)
    except (struct.error, IndexError) as error:
        raise ValueError("is a shortcut that is cut short or damaged") from error


def _paths(data: bytes) -> list[str]:
    flags, = struct.unpack_from('<I', data, 20)
    place, by_list, by_info, relative = 76, '', '', ''
    if flags & HAS_ID_LIST:
        size, = struct.unpack_from('<H', data, place)
        by_list = _path_of_items(data[place + 2:place + 2 + size])
        place += 2 + size
    if flags & HAS_LINK_INFO:
        size, = struct.unpack_from('<I', data, place)
        by_info = _path_of_info(data[place:place + size])
        place += max(size, 4)
    for flag in (HAS_NAME, HAS_RELATIVE):
        if flags & flag:
            count, = struct.unpack_from('<H', data, place)
            width = 2 if flags & IS_UNICODE else 1
            text = data[place + 2:place + 2 + count * width].decode('utf-16-le' if width == 2 else ANSI, 'replace')
            relative, place = text if flag == HAS_RELATIVE else '', place + 2 + count * width
    by_variables = _path_of_variables(data)
    # The path with variables of a user is no path for the agent, who is another user.
    whole = [by_variables] if '%' not in by_variables else []
    return list(dict.fromkeys(one for one in [by_info, *whole, by_list, relative] if one))


def _path_of_info(info: bytes) -> str:
    """Return the path in the part "where it was last found": on a drive, or on a share."""
    header, flags, _volume, local, network, suffix = struct.unpack_from('<6I', info, 4)
    wide = header >= 0x24
    local_wide, suffix_wide = struct.unpack_from('<2I', info, 28) if wide else (0, 0)
    ending = _wide(info, suffix_wide) if suffix_wide else _narrow(info, suffix)
    if flags & 1:
        return (_wide(info, local_wide) if local_wide else _narrow(info, local)) + ending
    if flags & 2:
        share = info[network:]
        at, = struct.unpack_from('<I', share, 8)
        name = _narrow(share, at)
        if at > 0x14:
            at_wide, = struct.unpack_from('<I', share, 20)
            name = _wide(share, at_wide) or name
        # Without the rest of the path it would be the share as a whole, which is another folder.
        return ntpath.join(name, ending) if ending else ''
    return ''


def _path_of_items(items: bytes) -> str:
    """Return the path that an ID list walks; empty when it takes a step that is no drive, share, folder or file."""
    path, place = '', 0
    while place + 2 <= len(items):
        size, = struct.unpack_from('<H', items, place)
        if size < 3:
            break
        item, place = items[place:place + size], place + size
        kind = item[2] & 0x70
        if item[2] == 0x1F and item[4:20] == MY_COMPUTER:
            continue
        if kind == 0x20 and not path:
            path = _narrow(item, 3)
        elif kind == 0x40:
            path = _narrow(item, 5)
        elif kind == 0x30 and path:
            path = ntpath.join(path, _name_of(item))
        else:
            return ''
    return path


def _name_of(item: bytes) -> str:
    """Return the name of a folder or file in an ID list: the long one, else the short one of old programs."""
    at, = struct.unpack_from('<H', item, len(item) - 2)
    if 14 < at <= len(item) - 8:
        _size, version, mark = struct.unpack_from('<HHI', item, at)
        start = next((LONG_NAME_AT[known] for known in sorted(LONG_NAME_AT, reverse=True) if version >= known), None)
        if mark == NAME_LAST and start and (name := _wide(item[:-2], at + start)):
            return name
    return _wide(item, 14) if item[2] & 4 else _narrow(item, 14)


def _path_of_variables(data: bytes) -> str:
    """Return the path with variables of the environment that stands at the end of some shortcuts."""
    at = data.find(struct.pack('<II', 0x314, ENVIRONMENT))
    return '' if at < 0 else _wide(data, at + 8 + 260) or _narrow(data, at + 8)


def _narrow(data: bytes, at: int) -> str:
    return data[at:].split(b'\0', 1)[0].decode(ANSI, 'replace') if 0 < at < len(data) else ''


def _wide(data: bytes, at: int) -> str:
    if not 0 < at < len(data):
        return ''
    rest = data[at:len(data) - (len(data) - at) % 2].decode('utf-16-le', 'replace')
    return rest.split('\0', 1)[0]


# === FOLLOW === #

def is_network(path: str) -> bool:
    """Tell whether a path may lead to another machine or a device, by any form that Windows understands: two slashes of either kind, or ``\\??``.

    >>> [is_network(one) for one in ('//a/b', r'\\/a', r'/\\a', r'\\\\?\\UNC\\a', r'\\??\\UNC\\a', r'C:\\a', '/srv/a', 'a//b')]
    [True, True, True, True, True, False, False, False]
    """
    plain = path.replace('\\', '/').lstrip(' ')
    return plain.startswith(('//', '/??'))


def follow(path: str) -> str:
    """Return the folder that a shortcut leads to.

    :raises OSError: the shortcut or its target cannot be looked at
    :raises NoTarget: it is no shortcut that can be read, or its target is not there
    """
    with open_shared(path) as file:
        data = file.read(MAX_BYTES)
    try:
        named = parse(data)
    except ValueError as error:
        raise NoTarget(str(error)) from error
    if not named:
        raise NoTarget("does not tell a path (its target is no folder of a drive or share)")
    for one in named:
        if is_network(one):
            # Whoever may change the shortcut could send the agent to a server of his own, where it would log on.
            raise NoTarget(f"leads to the share {one}: name the share itself instead of the shortcut")
        target = one if ntpath.isabs(one) or os.path.isabs(one) else os.path.join(os.path.dirname(path), one.replace('\\', os.sep))
        if is_network(target) and not is_network(path):
            raise NoTarget(f"leads to the share {target}: name the share itself instead of the shortcut")
        try:
            if stat.S_ISDIR(os.stat(target).st_mode):
                return target
        except (FileNotFoundError, NotADirectoryError):
            continue
        except ValueError as error:
            raise NoTarget("leads to what can be no path") from error
    raise NoTarget(f"leads to {named[0]}, which is not there")
