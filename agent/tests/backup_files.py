"""Real backups to read, and what can be wrong with them: cut, one bit changed, a hole of zeros."""
import gzip
import hashlib
import json
import os
import random
import struct
import zipfile
from pathlib import Path

from itc_agent.collectors import _backup_formats, _backup_list
from itc_agent.collectors._backup_read import Fault, Pace, Said

SAMPLES = Path(__file__).parent / 'samples' / 'backup'
HEAD = b"--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 16.14\n\nSET client_encoding = 'UTF8';\n"
END = b"--\n-- PostgreSQL database dump complete\n--\n\n"


def sql(lines=4000, end=END):
    """Return a dump in SQL that does not pack to nothing."""
    words = random.Random(5)
    return HEAD + b''.join(f"INSERT INTO sale VALUES ({number}, '{words.getrandbits(160):x} ምርት');\n".encode() for number in range(lines)) + end


def cluster_sql():
    """Return what pg_dumpall writes."""
    return (b"--\n-- PostgreSQL database cluster dump\n--\n\nSET client_encoding = 'UTF8';\n\n\\connect template1\n\n" + sql(9) +
            b"\\connect prod\n\n" + sql() + b"--\n-- PostgreSQL database cluster dump complete\n--\n\n")


def stored(content):
    name = hashlib.sha1(content).hexdigest()
    return f'filestore/{name[:2]}/{name}', content


def odoo_zip(path, database='prod', text=None, files=3, **left):
    """Write a backup as Odoo does. :param left: what stands in the place of a member, None for nothing"""
    members = {'manifest.json': json.dumps({
        'odoo_dump': '1', 'db_name': database, 'version': '19.0', 'version_info': [19, 0, 0, 'final', 0, ''], 'major_version': '19.0',
        'pg_version': '16.14', 'modules': {'base': '1.3'}}), 'dump.sql': sql() if text is None else text}
    members |= dict(stored(random.Random(number).randbytes(5000)) for number in range(files))
    members |= {name.replace('_', '.'): content for name, content in left.items()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def cut(path, size):
    """Keep the first ``size`` bytes (of a negative number: all but so many)."""
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:size])


def flip(path, at):
    """Change one bit of the byte ``at`` (from the end when negative)."""
    data = bytearray(Path(path).read_bytes())
    data[at] ^= 16
    Path(path).write_bytes(data)


def punch(path, at, size=4096):
    """Put zeros over a part, as a disk that lost a block does."""
    data = bytearray(Path(path).read_bytes())
    at %= len(data)
    size = min(size, len(data) - at)
    data[at:at + size] = bytes(size)
    Path(path).write_bytes(data)


def read(path, wanted='auto', database=''):
    """Return code ('' when it is readable), words, and what it says of itself."""
    said, path = Said(''), Path(path)
    try:
        if path.is_dir():
            files = [(name.replace(os.sep, '/'), status.st_size) for name, status in _backup_list.walk(str(path), None)]
            _backup_formats.read_folder(str(path), files, wanted, database, Pace(), said)
        else:
            _backup_formats.read_file(str(path), wanted, database, Pace(), said)
    except Fault as error:
        return error.code, error.detail, said
    return '', '', said


def unpacked(name, path):
    """Write a sample as it was before it was packed."""
    Path(path).write_bytes(gzip.decompress((SAMPLES / f'{name}.gz').read_bytes()))
    return path


# === SQL SERVER === #

def mtf_block(kind, size, more=b''):
    """Return a block of Microsoft Tape Format with a checksum that is right. Constructed from its published layout."""
    head = bytearray(kind + struct.pack('<I', 0) + bytes(52 - 8))
    total = 0
    for word in struct.unpack('<25H', head[:50]):
        total ^= word
    head[50:52] = struct.pack('<H', total)
    return bytes(head + more).ljust(size, b'\0')


def bak_set(day, size, pages):
    """Return the blocks of a set: full, taken on this day of November 2026 at 22:15:07."""
    packed = 2026 << 26 | 11 << 22 | day << 17 | 22 << 12 | 15 << 6 | 7
    about = struct.pack('<I', 1 << 2).ljust(36, b'\0') + packed.to_bytes(5, 'big')
    return [mtf_block(b'SSET', size, about), mtf_block(b'VOLB', size), *(random.Random(number).randbytes(size) for number in range(pages))]


def bak(path, size=4096, pages=40, ending=(b'ESET', b'EOTM'), days=(28,)):
    """Write a backup like SQL Server's. :param days: of its sets, one appended to the other"""
    sets = [[*bak_set(day, size, pages), mtf_block(b'ESET', size)] for day in days]
    blocks = [mtf_block(b'TAPE', size), *(block for one in sets for block in one)][:-1]
    Path(path).write_bytes(b''.join([*blocks, *(mtf_block(kind, size) for kind in ending)]))
    return path


def windows_image(folder, disk='disk.vhdx'):
    """Make an image as Windows leaves one, with a disk that qemu-img made; return the folder of the backup."""
    home = Path(folder) / 'WindowsImageBackup' / 'FRONT-PC'
    one = home / 'Backup 2026-11-28 201512'
    (home / 'Catalog').mkdir(parents=True)
    one.mkdir()
    (home / 'Catalog' / 'GlobalCatalog').write_bytes(b'catalogue')
    (home / 'MediaId').write_bytes(b'id')
    (one / 'BackupSpecs.xml').write_bytes(b'<x/>')
    unpacked(disk, one / f'9f1a{Path(disk).suffix}')
    return one
