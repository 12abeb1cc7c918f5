"""Backups of SQL Server (``.bak``) by their blocks, without SQL Server: as far as Microsoft Tape Format tells.

What is judged: it begins with TAPE, is a whole number of blocks, its first two headers add up, and it ends with the block that ends a set. What lies
between, the pages, only ``RESTORE VERIFYONLY`` on a SQL Server can judge (zeros may well lie there), and nothing but it a packed one.
"""
from __future__ import annotations

import struct

from ..judge import counted
from ._backup_read import CHUNK, Fault, Said, Tap

HEADER_BYTES, SET_BYTES, ENDING_BYTES = 52, 93, 4 * 2 ** 20
BLOCKS = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
SECOND = (b'SSET', b'SFMB')
COPY_ONLY, NORMAL, DIFFERENTIAL = 1 << 1, 1 << 2, 1 << 3


def read(tap: Tap, said: Said) -> None:
    """Read a backup of SQL Server. :raises Fault: it is not whole, or cannot be judged without SQL Server"""
    tap.seek(0)
    head = tap.read(max(BLOCKS) + HEADER_BYTES)
    if head.startswith(b'MSSQLBAK'):
        raise Fault('not_provable', "it is packed by SQL Server: only RESTORE VERIFYONLY there can read it")
    if not head.startswith(b'TAPE'):
        if not head.strip(b'\0'):
            raise Fault('hole', "it begins with zeros")
        raise Fault('wrong_format', "it does not begin like a backup of SQL Server")
    if not adds_up(head):
        raise Fault('crc', "its first header does not add up")
    block = block_size(head)
    if block is None:
        raise Fault('crc' if tap.size > max(BLOCKS) else 'cut', "its second block is missing or damaged")
    said.note(block=block)
    note_sets(head, block, said)
    if tap.size % block:
        raise Fault('cut', f"its size is no whole number of blocks of {counted(block, 'byte')}")
    last_set = at = 0
    for data in tap.chunks():  # each begins where a block does
        begun = note_sets(data, block, said)
        last_set, at = last_set if begun is None else at + begun, at + len(data)
    check_end(tap, block, last_set)


def adds_up(header: bytes) -> bool:
    """Tell whether the 16-bit words of a header give its checksum, the last of them.

    >>> adds_up(bytes(52)), adds_up(bytes(51) + b'x')
    (True, False)
    """
    if len(header) < HEADER_BYTES:
        return False
    total = 0
    for word in struct.unpack('<25H', header[:HEADER_BYTES - 2]):
        total ^= word
    return total == struct.unpack('<H', header[HEADER_BYTES - 2:HEADER_BYTES])[0]


def block_size(head: bytes) -> int | None:
    """Return how large a block is: where the second one begins, which tells of the set."""
    return next((size for size in BLOCKS if head[size:size + 4] in SECOND and adds_up(head[size:])), None)


def note_sets(data: bytes, block: int, said: Said) -> int | None:
    """Note kind and time of the newest set; return where the last one begins in these blocks, None where none does.

    SQL Server appends a set to what is in the file unless it is told not to.
    """
    last, place = None, data.find(b'SSET')
    while place >= 0:
        if place % block == 0 and adds_up(data[place:place + HEADER_BYTES]):
            note_set(data[place:place + SET_BYTES], said)
            last = place
        place = data.find(b'SSET', place + 1)
    return last


def note_set(head: bytes, said: Said) -> None:
    """Note kind and time of a set by the head of its first block, if it is newer than what is noted."""
    if len(head) < SET_BYTES:
        return
    attributes = struct.unpack('<I', head[52:56])[0]
    kinds = ((DIFFERENTIAL, "differential"), (COPY_ONLY, "copy only"), (NORMAL, "full"))
    number = int.from_bytes(head[88:93], 'big')
    year, month, day = number >> 26, number >> 22 & 15, number >> 17 & 31
    hour, minute, second = number >> 12 & 31, number >> 6 & 63, number & 63
    is_moment = 1980 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24
    taken_at = f'{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}' if is_moment else ''
    if taken_at >= said.content.get('taken_at', ''):
        said.note(taken_at=taken_at, backup=next((word for bit, word in kinds if attributes & bit), ''))


def check_end(tap: Tap, block: int, last_set: int) -> None:
    """:raises Fault: the blocks that end a set and a medium are not at its end

    :param last_set: where the last one begins: what ends another one does not end this
    """
    begin = max(last_set, (tap.size - max(ENDING_BYTES, block * 4)) // block * block)
    found, last = set(), b''
    for data in tap.chunks(begin):
        last = data[-block:]
        for at in range(0, len(data) - HEADER_BYTES, min(block, CHUNK)):
            if data[at:at + 4] in (b'ESET', b'EOTM') and adds_up(data[at:at + HEADER_BYTES]):
                found.add(data[at:at + 4])
    if b'ESET' not in found:
        if not last.strip(b'\0'):
            raise Fault('hole', "its end is zeros")
        raise Fault('no_end_marker', "the block that ends a backup is not at its end; let RESTORE VERIFYONLY judge it on a SQL Server")
