"""Damage where it looks like something else: zeros at the end look like a missing one, a changed byte in a head like a password or a missing part."""
import gzip
import os
import shutil
import zipfile

import pytest
from backup_files import SAMPLES, bak, cluster_sql, cut, flip, odoo_zip, punch, read, sql, unpacked, windows_image

from itc_agent.collectors import _backup_image


def zipped(path, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, 'w', method) as archive:
        archive.writestr('CUSTOMER.DAT', os.urandom(50_000))
    return path


def packed(path):
    path.write_bytes(gzip.compress(sql()))
    return path


def sample(name):
    return lambda path: shutil.copy(SAMPLES / name, path)


MAKERS = {
    'odoo_zip': odoo_zip, 'zip': zipped, 'ptb': zipped, 'gzip': packed,
    **{f'7z, {name}': sample(f'{name}.7z') for name in ('lzma2', 'copy', 'bzip2', 'deflate')}}


@pytest.mark.parametrize('kind', MAKERS)
@pytest.mark.parametrize('size', [4096, 600, 100])
def test_a_last_block_that_was_never_written_is_a_hole_and_no_missing_end(tmp_path, kind, size):
    """So a file lies on a disk when the machine lost its power, or where a copy got its whole length before its bytes."""
    path, wanted = tmp_path / 'x', kind.partition(',')[0]
    MAKERS[kind](path)
    assert read(path, wanted)[0] == ''
    punch(path, -size, size)
    assert read(path, wanted)[0] == 'hole', read(path, wanted)
    MAKERS[kind](path)
    cut(path, -size)
    assert read(path, wanted)[0] == 'cut', read(path, wanted)


def test_a_packed_table_that_begins_with_zeros_is_a_hole(tmp_path):
    from itc_agent.collectors import _backup_pg
    from itc_agent.collectors._backup_formats import open_tap
    from itc_agent.collectors._backup_read import Fault, Pace
    punch(packed(tmp_path / '1.dat.gz'), 0)
    with pytest.raises(Fault) as fault:
        _backup_pg.read_file(str(tmp_path), '1.dat', lambda path: open_tap(path, Pace()), is_text=True)
    assert fault.value.code == 'hole'
    (tmp_path / 'blobs.toc').write_bytes(b'1 blob_1.dat\n' + bytes(99))
    with pytest.raises(Fault) as fault:
        _backup_pg.read_large_objects(str(tmp_path), 'blobs.toc', lambda path: open_tap(path, Pace()))
    assert fault.value.code == 'hole'


def test_a_hole_that_unpacks_to_something_up_to_the_end_is_one(tmp_path):
    path = tmp_path / 'x.sql.gz'
    whole = gzip.compress(sql(60))
    for at in range(0, len(whole) - 600, 9):
        path.write_bytes(whole)
        punch(path, at, 600)
        assert read(path, 'gzip')[0] == 'hole', at


@pytest.mark.parametrize('kind', ['odoo_zip', 'ptb', 'lzma'])
def test_one_changed_byte_of_an_archive_is_told_as_that_or_harms_nothing(tmp_path, kind):
    path = tmp_path / 'x'
    if kind == 'odoo_zip':
        odoo_zip(path, text=sql(5), files=1)
    else:
        zipped(path, zipfile.ZIP_LZMA if kind == 'lzma' else zipfile.ZIP_STORED)
    whole, found = path.read_bytes(), {}
    list_at = whole.index(b'PK\1\2')
    for at in [*range(60), *range(60, list_at, 997), *range(list_at, len(whole))]:
        for bit in (1, 16, 128):
            data = bytearray(whole)
            data[at] ^= bit
            path.write_bytes(data)
            found.setdefault(read(path, 'ptb' if kind == 'lzma' else kind)[0], []).append(at)
    # What is told there twice, or only of interest to who unpacks (rights, versions), may be otherwise without harm.
    assert set(found) == {'', 'crc'}, {code: places for code, places in found.items() if code not in ('', 'crc')}
    assert all(at < 60 or at >= list_at for at in found[''])


def test_a_backup_of_sql_server_that_ends_in_its_second_block_is_cut(tmp_path):
    whole = bak(tmp_path / 'x.bak').read_bytes()
    for size in (4096 + 4, 4096 + 44, 4096 + 51):
        (tmp_path / 'x.bak').write_bytes(whole[:size])
        assert read(tmp_path / 'x.bak', 'bak')[0] == 'cut', size


@pytest.mark.parametrize('kind', ['odoo_zip', 'gzip', 'pg_plain'])
def test_a_dump_that_only_tells_of_an_end_has_none(tmp_path, kind):
    """Odoo's database holds what this program said of a dump before."""
    text, path = sql(end=b"COPY result (text) FROM stdin;\ndump.sql has no \"PostgreSQL database dump complete\" at its end\n"), tmp_path / 'x'
    for end, code in ((b'', 'no_end_marker'), (b"\\.\n\n\n--\r\n-- PostgreSQL database dump complete\r\n--\r\n\r\n", '')):
        if kind == 'odoo_zip':
            odoo_zip(path, text=text + end)
        else:
            path.write_bytes(gzip.compress(text + end) if kind == 'gzip' else text + end)
        assert read(path, kind)[0] == code


@pytest.mark.parametrize('size', [512, 4096, 65536])
def test_a_backup_of_sql_server_is_as_old_as_the_newest_set_in_its_file(tmp_path, size):
    """It appends to the file of the day before unless it is told not to."""
    code, words, said = read(bak(tmp_path / 'CNET.bak', size=size, pages=9, days=(26, 28, 27)), 'bak')
    assert (code, said.content['taken_at'], said.content['backup']) == ('', '2026-11-28T22:15:07', 'full'), words
    cut(tmp_path / 'CNET.bak', -4 * size)
    assert read(tmp_path / 'CNET.bak', 'bak')[0] == 'no_end_marker', "the end of the set before is none of this one"


def test_an_archive_without_a_day_is_read_all_the_same(tmp_path):
    odoo_zip(tmp_path / 'x.zip')
    data = bytearray((tmp_path / 'x.zip').read_bytes())
    for mark, at in ((b'PK\3\4', 10), (b'PK\1\2', 12)):
        place = -1
        while (place := data.find(mark, place + 1)) >= 0:
            data[place + at:place + at + 4] = bytes(4)
    (tmp_path / 'x.zip').write_bytes(data)
    code, words, said = read(tmp_path / 'x.zip', 'odoo_zip')
    assert (code, 'taken_at' in said.content) == ('', False), words


def bits_of(target, places, judge):
    """Return what was found, each with its places, of every bit of these bytes changed alone."""
    whole, found = target.read_bytes(), {}
    for at in places:
        for bit in range(8):
            data = bytearray(whole)
            data[at] ^= 1 << bit
            target.write_bytes(data)
            found.setdefault(judge(), set()).add(at % len(whole))
    target.write_bytes(whole)
    return found


@pytest.mark.parametrize(('name', 'wanted'), [('x.sql.gz', 'auto'), ('x.sql.gz', 'gzip'), ('x.tgz', 'auto'), ('x', 'auto'), ('x', 'gzip')])
@pytest.mark.parametrize('lines', [60, 4000])
def test_a_changed_bit_in_the_head_of_what_is_packed_is_damage(tmp_path, name, wanted, lines):
    path = tmp_path / name
    path.write_bytes(gzip.compress(sql(lines)))
    assert bits_of(path, range(3), lambda: read(path, wanted)[0]) == {'crc': {0, 1, 2}}
    # That it is text is only a word to who unpacks.
    assert bits_of(path, [3], lambda: read(path, wanted)[0]) == {'crc': {3}, '': {3}}
    with gzip.GzipFile(tmp_path / name, 'wb') as file:
        file.write(sql(lines))
    assert (read(path, wanted)[0], path.read_bytes()[3]) == ('', 8), "its name stands in it"


@pytest.mark.parametrize('make', [sql, cluster_sql, lambda: sql().replace(b'\n', b'\r\n')])
@pytest.mark.parametrize(('name', 'wanted'), [('x.sql', 'auto'), ('x.sql', 'pg_plain'), ('prod', 'auto')])
def test_a_changed_bit_in_the_first_lines_of_a_dump_is_damage(tmp_path, make, name, wanted):
    path = tmp_path / name
    path.write_bytes(make())
    assert read(path, wanted)[0] == ''
    assert bits_of(path, range(34), lambda: read(path, wanted)[0]) == {'crc': set(range(34))}


@pytest.mark.parametrize(('disk', 'begin'), [('disk.vhdx', 0), ('disk.vhd', -512), ('fixed.vhd', -512)])
def test_a_changed_bit_in_the_mark_of_a_disk_is_damage(tmp_path, disk, begin):
    folder = windows_image(tmp_path, disk)
    image = next(folder.glob('9f1a*'))
    assert set(bits_of(image, range(begin, begin + 8), lambda: read(folder, 'windows_image')[0])) == {'crc'}
    if disk == 'disk.vhdx':
        unpacked(disk, image)
        at = image.read_bytes().index(b'metadata') + 65536  # where its items lie: first flags, then the size of a block
        assert set(bits_of(image, range(at, at + 4), lambda: read(folder, 'windows_image')[0])) <= {'crc', 'cut', ''}


def test_an_archive_that_was_split_is_not_judged_and_one_that_fitted_into_one_part_is_read(tmp_path):
    """Some programs count the mark before the first member, some do not."""
    path = zipped(tmp_path / 'x.zip')
    whole = path.read_bytes()
    path.write_bytes(b'PK00' + whole)
    assert read(path)[0] == read(path, 'zip')[0] == ''
    with path.open('wb') as file:
        file.write(b'PK00')
        with zipfile.ZipFile(file, 'a') as archive:
            archive.writestr('a.txt', 'x' * 900)
    assert path.read_bytes().startswith(b'PK00PK\3\4') and read(path)[0] == ''
    path.write_bytes(b'PK\7\x08' + whole[:-200])
    assert read(path)[0] == read(path, 'zip')[0] == read(path, 'odoo_zip')[0] == 'unknown_format'


def test_a_changed_bit_never_makes_an_archive_one_that_cannot_be_unpacked_here(tmp_path):
    path = zipped(tmp_path / 'x.zip')
    flags = path.read_bytes().index(b'PK\1\2') + 8
    for at in (6, flags):
        found = bits_of(path, [at], lambda: read(path)[0])
        assert set(found) <= {'crc', ''}, found


@pytest.mark.parametrize(('name', 'code'), [
    ('x.zip', 'wrong_format'), ('X.PTB', 'wrong_format'), ('x.sql.gz', 'wrong_format'), ('x.tgz', 'wrong_format'), ('x.7z', 'wrong_format'),
    ('x.rar', 'unknown_format'), ('x', 'unknown_format'), ('x.bak', 'unknown_format'), ('x.dump', 'unknown_format'), ('x.sql', 'unknown_format')])
def test_what_does_not_begin_as_its_name_says_is_broken_and_what_says_nothing_is_unknown(tmp_path, name, code):
    (tmp_path / name).write_bytes(b'Rar!\x1a\7\1\0 and more' * 99)
    assert read(tmp_path / name)[0] == code


def test_a_damaged_head_of_a_disk_is_found(tmp_path):
    folder = windows_image(tmp_path)
    image = next(folder.glob('*.vhdx'))
    for places in ((65536 + 100, 131072 + 100), (196608 + 20, 262144 + 20)):
        unpacked('disk.vhdx', image)
        flip(image, places[0])
        assert read(folder, 'windows_image')[0] == '', "there are two of it"
        flip(image, places[1])
        assert read(folder, 'windows_image')[0] == 'crc'
    assert _backup_image.crc32c(b'123456789') == 0xE3069283


def test_a_damaged_list_of_the_blocks_of_a_disk_that_grows_is_found(tmp_path):
    folder = windows_image(tmp_path, 'disk.vhd')
    image = next(folder.glob('*.vhd'))
    for reason, do, *where in (('hole', punch, 1536, 8), ('hole', punch, 1536, 512), ('hole', punch, 512, 1024), ('crc', flip, 520), ('cut', flip, 1536)):
        unpacked('disk.vhd', image)
        do(image, *where)
        assert read(folder, 'windows_image')[0] == reason, (reason, where, read(folder, 'windows_image'))
