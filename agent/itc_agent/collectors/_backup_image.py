"""Windows' own image of a machine: its catalogue, the heads of its disks, and that no disk is shorter than what it says to hold."""
from __future__ import annotations

import os
import re
import struct

from ._backup_read import Fault, Said, Tap, is_nearly

DISKS = ('.vhdx', '.vhd')
MIB = 2 ** 20
MAX_TABLE = 64 * MIB
BAT, METADATA = bytes.fromhex('6677c22d23f600429d64115e9bfd4a08'), bytes.fromhex('06a27c8b90479a4bb8fe575f050f886e')
VHDX, VHD = b'vhdxfile', b'conectix'
FULL, BLOCK_SIZES = 6, tuple(MIB << power for power in range(9))
FIXED, DYNAMIC = 2, (3, 4)
SECTOR, UNUSED = 512, 0xFFFFFFFF
_STAMP = re.compile(r'Backup (\d{4}-\d\d-\d\d) (\d\d)(\d\d)(\d\d)')


def read(folder: str, files: list, open_tap, said: Said) -> None:
    """Look at the folder of an image. What its disks hold nobody can judge: zeros are as good there as anything else.

    :param files: ``(path below the folder, size)``
    :param open_tap: opens a file below the folder as a :class:`Tap`
    :raises Fault: a part is missing, empty or cut
    """
    stamps = _stamps(folder, files)
    if stamps:
        said.note(taken_at=stamps[-1])
    check_catalogue(folder, files)
    disks = [(path, size) for path, size in files if path.lower().endswith(DISKS)]
    if not disks:
        raise Fault('missing_part', "no image of a disk (.vhdx, .vhd) is in it")
    said.note(disks=len(disks))
    for path, size in disks:
        if not size:
            raise Fault('empty', f"{os.path.basename(path)} is empty")
        with open_tap(os.path.join(folder, path)) as tap:
            (read_vhdx if path.lower().endswith('.vhdx') else read_vhd)(tap, os.path.basename(path))


def _stamps(folder: str, files: list) -> list:
    """Return the times in the names of the backups, which Windows writes in UTC."""
    names = {os.path.basename(folder), *(part for path, _size in files for part in path.replace('\\', '/').split('/')[:-1])}
    return sorted('{}T{}:{}:{}+00:00'.format(*match.groups()) for name in names for match in [_STAMP.fullmatch(name)] if match)


def check_catalogue(folder: str, files: list) -> None:
    """:raises Fault: no catalogue lies in the folder or beside it, or it is empty"""
    inside = [size for path, size in files if path.replace('\\', '/') == 'Catalog/GlobalCatalog']
    try:
        sizes = inside or [os.stat(os.path.join(os.path.dirname(folder), 'Catalog', 'GlobalCatalog')).st_size]
    except OSError as error:
        raise Fault('missing_part', "its catalogue (Catalog/GlobalCatalog) is not there") from error
    if not sizes[0]:
        raise Fault('empty', "its catalogue (Catalog/GlobalCatalog) is empty")


# === VHDX === #

def read_vhdx(tap: Tap, name: str) -> None:
    """:raises Fault: head or table of a VHDX is damaged, or a block that it lists lies behind its end"""
    start = tap.read(len(VHDX))
    if start != VHDX:
        raise Fault(_zeros(tap, 0, 'crc' if is_nearly(start, VHDX) else 'wrong_format'), f"{name} does not begin like a VHDX")
    if tap.size < MIB:
        raise Fault('cut', f"{name} ends in the middle of its head")
    heads = [_part(tap, place, 4096, b'head') for place in (64 * 1024, 128 * 1024)]
    if not any(heads):
        raise Fault(_zeros(tap, 64 * 1024, 'crc'), f"{name} has a damaged head")
    table = next(filter(None, (_part(tap, place, 65536, b'regi') for place in (192 * 1024, 256 * 1024))), None)
    if table is None:
        raise Fault(_zeros(tap, 192 * 1024, 'crc'), f"{name} has a damaged table of regions")
    regions = {}
    for at in range(16, 16 + 32 * min(struct.unpack('<I', table[8:12])[0], 2047), 32):
        regions[table[at:at + 16]] = struct.unpack('<QI', table[at + 16:at + 28])
    if BAT not in regions or METADATA not in regions:
        raise Fault('crc', f"{name} has no table of its blocks")
    check_blocks(tap, name, regions[BAT], block_size(tap, name, regions[METADATA]))


def _part(tap: Tap, place: int, size: int, mark: bytes) -> bytes | None:
    """Return a part of the head when its checksum (CRC-32C) is right."""
    tap.seek(place)
    data = tap.read(size)
    if len(data) < size or data[:4] != mark:
        return None
    return data if crc32c(data[:4] + bytes(4) + data[8:]) == struct.unpack('<I', data[4:8])[0] else None


def _zeros(tap: Tap, place: int, otherwise: str) -> str:
    tap.seek(place)
    data = tap.read(4096)
    return 'hole' if data and not data.strip(b'\0') else otherwise


def block_size(tap: Tap, name: str, region: tuple) -> int:
    """Return how large a block is. :raises Fault: it is not said"""
    tap.seek(region[0])
    data = tap.read(65536)
    if data[:8] != b'metadata':
        raise Fault(_zeros(tap, region[0], 'crc' if region[0] < tap.size else 'cut'), f"{name} has damaged data about itself")
    wanted = bytes.fromhex('3767a1ca36fa434db3b633f0aa44e76b')
    for at in range(32, 32 + 32 * min(struct.unpack('<H', data[10:12])[0], 1024), 32):
        if data[at:at + 16] == wanted:
            tap.seek(region[0] + struct.unpack('<I', data[at + 16:at + 20])[0])
            size = struct.unpack('<I', tap.exactly(4))[0]
            if size not in BLOCK_SIZES:
                raise Fault('crc', f"{name} says a size of its blocks that there is not")
            return size
    raise Fault('crc', f"{name} does not say how large its blocks are")


def check_blocks(tap: Tap, name: str, region: tuple, size: int) -> None:
    """:raises Fault: a block of the disk lies behind the end of the file"""
    tap.seek(region[0])
    table = tap.exactly(min(region[1], MAX_TABLE))
    for entry in struct.unpack(f'<{len(table) // 8}Q', table):
        if entry & 7 == FULL and (entry >> 20) * MIB + size > tap.size:
            raise Fault('cut', f"{name} ends before a block that it lists")


_crc_table: list = []


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of some bytes.

    >>> hex(crc32c(b'123456789'))
    '0xe3069283'
    """
    if not _crc_table:
        for number in range(256):
            for _bit in range(8):
                number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
            _crc_table.append(number)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _crc_table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


# === VHD === #

def read_vhd(tap: Tap, name: str) -> None:
    """:raises Fault: the footer or head of a VHD is missing or damaged, or it is shorter than its disk, or than a block that it lists"""
    tap.seek(max(0, tap.size - 512))
    footer = tap.read(512)
    if footer[:8] != VHD:
        raise Fault('crc' if is_nearly(footer, VHD) else 'cut', f"{name} has no footer at its end")
    if not sums_up(footer, 64):
        raise Fault('crc', f"{name} has a damaged footer")
    kind, head_at = struct.unpack('>I', footer[60:64])[0], struct.unpack('>Q', footer[16:24])[0]
    if kind == FIXED and struct.unpack('>Q', footer[48:56])[0] + SECTOR > tap.size:
        raise Fault('cut', f"{name} is shorter than its disk")
    if kind in DYNAMIC:
        read_dynamic(tap, name, head_at)


def sums_up(data: bytes, at: int) -> bool:
    """Tell whether the bytes of a part give its checksum, the four bytes from ``at`` on."""
    return ~(sum(data[:at]) + sum(data[at + 4:])) & 0xFFFFFFFF == struct.unpack('>I', data[at:at + 4])[0]


def read_dynamic(tap: Tap, name: str, at: int) -> None:
    """:raises Fault: the head of a VHD that grows is damaged, or a block that it lists lies where none can"""
    tap.seek(at)
    head = tap.read(1024)
    if len(head) < 1024 or head[:8] != b'cxsparse' or not sums_up(head, 36):
        raise Fault('crc' if head.strip(b'\0') else 'hole', f"{name} has a damaged head")
    place, count, size = struct.unpack('>Q', head[16:24])[0], *struct.unpack('>II', head[28:36])
    tap.seek(place)
    table = tap.exactly(min(4 * count, MAX_TABLE))
    sectors = [sector for sector, in struct.iter_unpack('>I', table) if sector != UNUSED]
    if 0 in sectors:  # there lies the copy of the footer
        raise Fault('hole', f"zeros lie in the list of the blocks of {name}")
    if any(sector * SECTOR > tap.size - SECTOR - size for sector in sectors):
        raise Fault('cut', f"{name} ends before a block that it lists")
