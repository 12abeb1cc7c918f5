"""Every format read whole, and every way in which it can be bad told by its own reason, never by another's."""
import glob
import gzip
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import backup_files
import pytest
from backup_files import SAMPLES, bak, cluster_sql, cut, flip, mtf_block, odoo_zip, punch, read, sql, stored, unpacked, windows_image
from postgres_server import PLACES, Cluster

from itc_agent.collectors import _backup_7z, _backup_formats, _backup_pg, backup
from itc_agent.collectors._backup_codes import CODES
from itc_agent.results import State

REPOSITORY = Path(__file__).parents[2]


# === ODOO'S ZIP === #

def test_a_whole_backup_of_odoo_is_readable_and_says_what_it_is(tmp_path):
    code, words, said = read(odoo_zip(tmp_path / 'prod_2026-11-28.zip'))
    assert (code, words, said.format) == ('', '', 'odoo_zip')
    assert said.content | {'taken_at': ''} == {
        'database': 'prod', 'version': '19.0', 'major_version': '19.0', 'pg_version': '16.14', 'members': '5', 'filestore': '3', 'taken_at': ''}
    assert said.content['taken_at'].startswith('20') and len(said.content['taken_at']) in (19, 25)


@pytest.mark.parametrize(('system', 'extra', 'later_s', 'clock'), [
    (3, b'', 60, '+00:00'), (3, b'\1\0\x08\0' + bytes(8), 60, '+00:00'), (0, b'', 60, ''), (3, b'UT\x05\0\x03' + bytes(4), 60, ''), (3, b'', -10800, '')])
def test_the_time_of_a_dump_that_odoo_packed_is_utcs_and_of_another_one_nobody_knows(tmp_path, system, extra, later_s, clock):
    path = odoo_zip(tmp_path / 'prod.zip', dump_sql=None)
    one = zipfile.ZipInfo('dump.sql', (2026, 11, 26, 22, 30, 0))
    one.create_system, one.extra = system, extra
    with zipfile.ZipFile(path, 'a') as archive:
        archive.writestr(one, sql())
    os.utime(path, (1795732200 + later_s,) * 2)
    code, _words, said = read(path, 'odoo_zip')
    assert (code, said.content['taken_at']) == ('', f'2026-11-26T22:30:00{clock}')


def test_odoos_notes_of_what_it_will_clear_up_are_no_files_of_its_own(tmp_path):
    path = odoo_zip(tmp_path / 'prod.zip')
    with zipfile.ZipFile(path, 'a') as archive:
        archive.writestr(stored(b"one")[0].replace('filestore/', 'filestore/checklist/'), b"")
    code, _words, said = read(path)
    assert (code, said.content['filestore'], said.content['members']) == ('', '3', '6')


def no_manifest(path):
    odoo_zip(path, manifest_json=None)


def no_filestore(path):
    odoo_zip(path, files=0)


def no_end(path):
    odoo_zip(path, text=sql(end=b""))


def zeros_inside(path):
    odoo_zip(path, text=sql().replace(b"INSERT INTO sale VALUES (99,", bytes(28)))


def other_content(path):
    """A file of the filestore was bad before it was packed."""
    odoo_zip(path)
    with zipfile.ZipFile(path, 'a') as archive:
        archive.writestr(stored(b"one")[0], b"two")


def damaged(do, *where):
    def make(path):
        odoo_zip(path)
        do(path, *where)
    return make


@pytest.mark.parametrize(('code', 'make'), [
    ('empty', lambda path: path.write_bytes(b'')),
    ('cut', damaged(cut, 3000)), ('cut', damaged(cut, -10)), ('cut', damaged(cut, 60_000)),
    ('crc', damaged(flip, 5000)), ('crc', damaged(flip, 70_000)), ('crc', other_content),
    ('hole', damaged(punch, 8192)), ('hole', damaged(punch, 0)), ('hole', damaged(punch, 65536, 600)), ('hole', zeros_inside),
    ('no_end_marker', no_end), ('missing_part', no_manifest), ('missing_part', no_filestore),
    ('other_database', lambda path: odoo_zip(path, database='test')),
    ('wrong_format', lambda path: shutil.copy(SAMPLES / 'lzma.7z', path)),
    ('wrong_format', lambda path: zipfile.ZipFile(path, 'w').writestr('notes.txt', "x")),
    ('encrypted', lambda path: shutil.copy(SAMPLES / 'locked.zip', path)),
])
def test_each_bad_backup_of_odoo_has_its_own_reason(tmp_path, code, make):
    path = tmp_path / 'odoo.zip'
    make(path)
    wanted = 'zip' if code == 'encrypted' else 'odoo_zip'
    found, words, _said = read(path, wanted, 'prod')
    assert found == code, words
    assert words


def test_a_changed_byte_in_the_list_of_members_is_found(tmp_path):
    path = odoo_zip(tmp_path / 'odoo.zip')
    size, found = path.stat().st_size, set()
    for at in range(size - 500, size, 11):
        odoo_zip(path)
        flip(path, at)
        found.add(read(path)[0])
    # What is told there twice, or only of interest to who unpacks (rights, versions), may be otherwise without harm.
    assert found == {'', 'crc'}


@pytest.mark.parametrize('name', ['locked.zip', 'locked_aes.zip', 'locked.7z', 'locked_list.7z'])
def test_an_archive_with_a_password_is_locked_and_not_broken(name):
    assert read(SAMPLES / name)[:2] == ('encrypted', read(SAMPLES / name)[1]) and "password" in read(SAMPLES / name)[1]


def test_a_backup_of_peachtree_holds_its_files(tmp_path):
    path = tmp_path / 'Company-112826.ptb'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('CUSTOMER.DAT', b"x" * 5000)
    assert read(path)[0] == '' and read(path)[2].format == 'ptb'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('CUSTOMER.DAT', b"")
    assert read(path)[0] == 'missing_part'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('LEDGER.DAT', os.urandom(9000))
    flip(path, 4000)
    assert read(path)[0] == 'crc'


def seeded_format():
    """Return as what the set of Odoo that every installation begins with is read."""
    record = ElementTree.parse(REPOSITORY / 'data' / 'it_backup_set_data.xml').find("record[@id='backup_set_odoo']")
    return record.findtext("field[@name='format']")


@pytest.mark.skipif(not (REPOSITORY / 'data').exists(), reason="the agent stands alone here")
def test_nothing_but_a_backup_of_odoo_is_readable_in_the_set_that_is_there_from_the_first_day(tmp_path):
    path = tmp_path / 'odoo.zip'
    assert read(odoo_zip(path), seeded_format(), 'prod')[0] == ''

    def zipped(members):
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    def packed(text):
        path.write_bytes(gzip.compress(text))

    for code, make in (
            ('missing_part', lambda: odoo_zip(path, dump_sql=None)), ('missing_part', lambda: zipped({'dump.sql': sql()[:-60]})),
            ('wrong_format', lambda: zipped({'empty.txt': b""})), ('wrong_format', lambda: packed(b"")), ('wrong_format', lambda: packed(sql())),
            ('wrong_format', lambda: packed(cluster_sql()[:-80]))):
        make()
        assert read(path, seeded_format())[0] == code, read(path, seeded_format())


def test_an_archive_of_which_half_is_missing_is_known_for_what_it_is(tmp_path):
    path = tmp_path / 'odoo.zip'
    assert read(odoo_zip(path, dump_sql=None))[:2] == ('missing_part', "dump.sql is not in it")
    assert read(odoo_zip(path, manifest_json=None))[:2] == ('missing_part', "manifest.json is not in it")
    for manifest, unsaid in (('{}', "odoo_dump, db_name, version"), ('{"odoo_dump": "1", "db_name": "prod", "version": ""}', "version")):
        assert read(odoo_zip(path, manifest_json=manifest))[:2] == (
            'missing_part', f"manifest.json does not say what Odoo always writes into it: {unsaid}")
    assert read(odoo_zip(path, manifest_json='{"odoo_dump": "1", "db_name": "prod", "version": "19.0"}'))[0] == ''
    for code, members in (('empty', {'a.txt': b"", 'b.txt': b""}), ('', {'a.txt': b"", 'b.txt': b"x"}), ('empty', {}), ('', {'prod.sql': sql()}),
                          ('no_end_marker', {'prod.sql': sql()[:-60]}), ('hole', {'prod.sql': sql()[:9000] + bytes(99) + sql()[9099:]})):
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        assert read(path)[0] == code, (members.keys(), read(path))


def test_where_a_database_is_meant_what_names_none_is_refused(tmp_path):
    path = tmp_path / 'x'
    for make in (lambda: path.write_bytes(sql()), lambda: path.write_bytes(gzip.compress(sql())), lambda: path.write_bytes(gzip.compress(b"x" * 99)),
                 lambda: shutil.copy(SAMPLES / 'lzma.7z', path), lambda: bak(path)):
        make()
        code, words, _said = read(path, 'auto', 'prod')
        assert (code, read(path)[0]) == ('not_provable', '') and "names no database" in words
    assert read(bak(path), 'bak', 'CNET')[0] == '', "somebody has said that it is of a format that names none"
    path.write_bytes(sql().replace(b"SET client", b"\\connect prod\n\nSET client"))
    assert [read(path, 'auto', name)[0] for name in ('prod', 'test')] == ['', 'other_database']


# === 7Z AND GZIP === #

@pytest.mark.parametrize('name', ['lzma2', 'lzma', 'bzip2', 'deflate', 'copy', 'separate'])
def test_a_7z_archive_is_unpacked_whatever_it_is_packed_by(tmp_path, name):
    path = tmp_path / 'x.7z'
    shutil.copy(SAMPLES / f'{name}.7z', path)
    size = path.stat().st_size
    assert (read(path)[0], read(path)[2].format, read(path)[2].content) == ('', '7z', {'members': '3'})
    for code, do, *where in (
            ('cut', cut, size - 1), ('cut', cut, size // 2), ('cut', cut, 20), ('crc', flip, size // 2), ('crc', flip, 15), ('crc', flip, -3),
            ('hole', punch, 1024, 2048), ('hole', punch, 0), ('empty', cut, 0)):
        shutil.copy(SAMPLES / f'{name}.7z', path)
        do(path, *where)
        assert read(path, '7z')[0] == code, (do, where, read(path)[1])


@pytest.mark.skipif(os.name == 'nt', reason="its library for LZMA takes some changed bytes for the same")
def test_no_changed_byte_of_a_7z_archive_passes_unseen(tmp_path):
    path = tmp_path / 'x.7z'
    whole = (SAMPLES / 'lzma2.7z').read_bytes()
    passed = []
    for at in [*range(6, 64), *range(64, len(whole) - 250, 97), *range(len(whole) - 250, len(whole))]:
        data = bytearray(whole)
        data[at] ^= 1
        path.write_bytes(data)
        if not read(path, '7z')[0]:
            passed.append(at)
    # The number of the version, and what stands behind the last letter of a packed stream: nothing that was packed is otherwise.
    assert passed == [6, 7, 5129, 5244, 5245, 5246, 5247]


@pytest.mark.skipif(os.name == 'nt', reason="a script of Linux stands in for the program")
def test_what_only_7zip_unpacks_is_left_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(_backup_formats, 'PACKERS', (str(tmp_path / '7z'),))
    assert read(SAMPLES / 'ppmd.7z')[0] == 'no_tool'
    tool = tmp_path / '7z'
    tool.write_text('#!/bin/sh\necho "$@" >&2; exit 2\n')
    tool.chmod(0o755)
    code, words, _said = read(SAMPLES / 'ppmd.7z')
    assert code == 'crc' and "t -bd" in words
    tool.write_text('#!/bin/sh\nexit 0\n')
    assert read(SAMPLES / 'ppmd.7z')[0] == ''


def test_a_7z_archive_that_was_never_finished_is_cut(tmp_path):
    path = tmp_path / 'x.7z'
    path.write_bytes(_backup_7z.MAGIC + b'\0\4' + bytes(24) + os.urandom(5000))
    assert read(path)[0] == 'cut'


def test_a_packed_dump_is_read_to_its_own_end(tmp_path):
    path = tmp_path / 'prod.sql.gz'

    def write(text):
        with gzip.GzipFile(path, 'wb', mtime=1795847400) as file:
            file.write(text)

    write(sql())
    code, _words, said = read(path)
    assert (code, said.format, said.content) == ('', 'gzip', {'taken_at': '2026-11-28T06:30:00+00:00', 'inside': 'pg_plain', 'pg_version': '16.14'})
    size = path.stat().st_size
    for reason, do, *where in (('cut', cut, size // 2), ('cut', cut, -4), ('crc', flip, size // 2), ('crc', flip, -6), ('hole', punch, size // 2)):
        write(sql())
        do(path, *where)
        assert read(path)[0] == reason, (do, where)
    write(sql(end=b""))
    assert read(path)[0] == 'no_end_marker'
    write(b"")
    assert read(path)[0] == 'empty', "what a dump that failed leaves behind a pipe"
    write(b"anything " * 9999)
    assert (read(path)[0], read(path)[2].content.get('inside')) == ('', None)
    path.write_bytes(path.read_bytes() + path.read_bytes())  # as gzip allows
    assert read(path)[0] == ''
    path.write_bytes(path.read_bytes() + bytes(4096))  # gzip -t is content with that
    assert read(path)[0] == 'hole'


# === POSTGRESQL === #

def servers():
    """Return the folders of the programs of the oldest and the newest PostgreSQL that is installed here."""
    if os.name == 'nt':
        return []
    site = Path(pytest.__file__).parents[1]
    found = {os.path.realpath(folder) for place in PLACES for folder in glob.glob(place.format(site=site)) if os.access(f'{folder}/initdb', os.X_OK)}

    def version(folder):
        return int(re.search(rb'(\d+)', subprocess.run([f'{folder}/pg_dump', '-V'], check=True, capture_output=True).stdout)[1])

    by_version = sorted(found, key=version)
    return list(dict.fromkeys([*by_version[-1:], *by_version[:1]]))


def fill(one):
    """Make a database that has rows, a large object and names in another script."""
    one.run('CREATE DATABASE "ሱቅ"')
    one.run("CREATE TABLE sale (id int PRIMARY KEY, name text)", "INSERT INTO sale SELECT n, md5(n::text) || 'ምርት' FROM generate_series(1, 20000) AS n",
            "CREATE TABLE \"empty\" (id int)", "CREATE TABLE odd AS SELECT 'a' || E'\\n' || n AS text FROM generate_series(1, 9) AS n",
            "SELECT lo_from_bytea(0, decode(repeat('00ff', 9000), 'hex'))", database='ሱቅ')


@pytest.fixture(scope='module')
def database():
    if os.name == 'nt':
        pytest.skip("PostgreSQL is a Linux program here")
    with Cluster(programs=next(iter(servers()), None)) as one:
        fill(one)
        yield one


def dump(database, path, *options):
    subprocess.run([database.bin / 'pg_dump', '-h', '127.0.0.1', '-p', str(database.port), '-U', 'postgres', '-d', 'ሱቅ', *options, '-f', path],
                   check=True, capture_output=True, env={**os.environ, 'PGPASSWORD': 'secret'})
    return path


def test_every_form_of_dump_is_read_without_postgresql(database, tmp_path):
    check_every_form(database, tmp_path)


@pytest.mark.skipif(len(servers()) < 2, reason="only one PostgreSQL is installed here")
def test_dumps_of_an_older_postgresql_are_read_too(tmp_path):
    with Cluster(programs=servers()[1]) as older:
        fill(older)
        check_every_form(older, tmp_path)


def check_every_form(database, folder):
    for name, *options in (('a.dump', '-Fc'), ('b.dump', '-Fc', '-Z0'), ('c.dump', '-Fc', '-Z9', '--no-blobs'), ('d', '-Fd'), ('e', '-Fd', '-Z0'),
                           ('f.sql',), ('g.sql.gz', '-Z5')):
        code, words, said = read(dump(database, folder / name, *options))
        assert (code, words) == ('', ''), name
        assert said.format == {'dump': 'pg_custom', '': 'pg_directory', 'sql': 'pg_plain', 'gz': 'gzip'}[name.rpartition('.')[2] if '.' in name else '']
        if said.format in ('pg_custom', 'pg_directory'):
            assert said.content['database'] == 'ሱቅ' and said.content['taken_at'].startswith('20')
            assert read(folder / name, 'auto', 'ሱቅ')[0] == '' and read(folder / name, 'auto', 'prod')[0] == 'other_database'


def test_a_dump_of_a_whole_server_is_read_to_its_own_end(database, tmp_path):
    path = tmp_path / 'all.sql'
    subprocess.run([database.bin / 'pg_dumpall', '-h', '127.0.0.1', '-p', str(database.port), '-U', 'postgres', '-f', path],
                   check=True, capture_output=True, env={**os.environ, 'PGPASSWORD': 'secret'})
    whole = path.read_bytes()
    last = whole.rindex(b'PostgreSQL database dump complete')
    for pack, kind in ((bytes, 'pg_plain'), (gzip.compress, 'gzip')):
        for code, text in (('', whole), ('no_end_marker', whole[:last + 40]), ('no_end_marker', whole[:len(whole) // 2]), ('no_end_marker', whole[:5000])):
            path.write_bytes(pack(text))
            found, words, said = read(path)
            assert (found, said.format) == (code, kind), (len(text), words)
        path.write_bytes(pack(whole))
        assert {'ሱቅ', 'postgres'} <= read(path)[2].databases and 'ሱቅ' in read(path)[2].content['databases']
        assert [read(path, 'auto', name)[0] for name in ('ሱቅ', 'prod')] == ['', 'other_database']


def test_a_dump_in_sql_names_its_database_however_it_is_written(database, tmp_path):
    path = dump(database, tmp_path / 'c.sql', '-C')
    assert read(path)[2].content['database'] == 'ሱቅ'
    assert [read(path, 'auto', name)[0] for name in ('ሱቅ', 'prod')] == ['', 'other_database']
    assert read(dump(database, path), 'auto', 'ሱቅ')[0] == 'not_provable'


@pytest.mark.parametrize('options', [('-Fc',), ('-Fc', '-Z0')])
def test_a_cut_dump_is_cut_wherever_it_was_cut(database, tmp_path, options):
    """``pg_restore --list`` is content with most of these."""
    whole = dump(database, tmp_path / 'x.dump', *options).read_bytes()
    path = tmp_path / 'y.dump'
    for size in (20, 300, 3000, len(whole) // 3, len(whole) // 2, len(whole) - 5000, len(whole) - 6, len(whole) - 5, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert read(path, 'pg_custom')[0] == 'cut', (size, len(whole), read(path)[1])


def test_a_packed_dump_with_a_changed_byte_or_a_hole_is_found(database, tmp_path):
    whole = dump(database, tmp_path / 'x.dump', '-Fc')
    size = whole.stat().st_size
    for code, do, *where in (('crc', flip, size // 2), ('crc', flip, size // 3), ('hole', punch, size // 2), ('hole', punch, 0),
                             ('hole', punch, size // 3, 700)):
        path = tmp_path / 'y.dump'
        shutil.copy(whole, path)
        do(path, *where)
        assert read(path, 'pg_custom')[0] == code, (do, where, read(path, 'pg_custom'))
    plain = dump(database, tmp_path / 'z.dump', '-Fc', '-Z0')
    punch(plain, plain.stat().st_size // 2)
    assert read(plain)[0] == 'hole'


@pytest.mark.parametrize('options', [('-Fd',), ('-Fd', '-Z0')])
def test_a_dump_in_a_folder_needs_every_file(database, tmp_path, options):
    whole = dump(database, tmp_path / 'whole', *options)
    tables = sorted((one for one in whole.iterdir() if one.name[0].isdigit()), key=lambda one: one.stat().st_size)
    large, packed = tables[-1].name, tables[-1].name.endswith('.gz')
    for number, (code, do) in enumerate([
            ('missing_part', lambda folder: (folder / large).unlink()), ('missing_part', lambda folder: (folder / 'toc.dat').unlink()),
            ('missing_part', lambda folder: next(folder.glob('blob_*')).unlink()),
            ('cut' if packed else 'no_end_marker', lambda folder: cut(folder / large, -100)), ('hole', lambda folder: punch(folder / large, 8192)),
            ('cut', lambda folder: cut(folder / 'toc.dat', -40)), ('empty' if not packed else 'cut', lambda folder: cut(folder / large, 0)),
            *([('crc', lambda folder: flip(folder / large, 9000))] if packed else [])]):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        do(folder)
        assert read(folder, 'pg_directory')[0] == code, (number, read(folder, 'pg_directory'))


def test_what_python_cannot_unpack_is_left_to_pg_restore(database, tmp_path, monkeypatch):
    """No pg_dump here packs by LZ4; its head is made to say so, and what is packed to begin so."""
    path, tool = dump(database, tmp_path / 'x.dump', '-Fc'), tmp_path / 'pg_restore'
    data = bytearray(path.read_bytes())
    if data[5:7] < b'\1\x0f':
        pytest.skip("dumps of this PostgreSQL do not say how they are packed")
    assert data[11] == 1
    data[11] = 2
    path.write_bytes(data)
    assert read(path)[0] == 'crc', "nothing in it is packed by LZ4: that byte was changed"
    path.write_bytes(re.sub(rb'(\0..\0\0)\x78[\x01\x5e\x9c\xda]..', rb'\1' + _backup_pg.MARKS['lz4'], data, flags=re.DOTALL))
    monkeypatch.setattr(_backup_formats, 'RESTORERS', (str(tool),))
    code, words, said = read(path)
    assert (code, said.content['database']) == ('no_tool', 'ሱቅ') and "lz4" in words
    for code, script in (('', 'exit 0'), ('cut', 'echo could not read from input file: end of file >&2; exit 1'),
                         ('crc', 'echo could not decompress >&2; exit 1')):
        tool.write_text(f'#!/bin/sh\n{script}\n')
        tool.chmod(0o755)
        assert read(path)[0] == code
    cut(path, -3000)
    assert read(path)[0] == 'cut', "its blocks tell that without the program"


@pytest.mark.parametrize('options', [('-Fc',), ('-Fc', '-Z0'), ('-Fd',), ('-Fd', '-Z0')])
def test_a_changed_bit_in_the_head_of_a_dump_is_damage_and_not_unknown(database, tmp_path, options):
    path = dump(database, tmp_path / 'x', *options)
    table = path / 'toc.dat' if path.is_dir() else path
    whole, found = table.read_bytes(), {}
    if whole[5:7] < b'\1\x0f':
        pytest.skip("dumps of this PostgreSQL do not say how they are packed")
    for at in range(50):
        for bit in range(8):
            table.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:])
            found.setdefault(read(path)[0], set()).add(at)
    assert all(not code or CODES[code][0] == State.CRITICAL for code in found), found
    assert set(range(11)) <= found['crc'] and not set(range(11)) & set().union(*(found[code] for code in found if code != 'crc')), found
    # Another second is one too; of files of a folder each says by itself how it is packed.
    assert found[''] - {11} >= {13} and (11 not in found[''] or options[0] == '-Fd')


def test_a_dump_by_a_newer_program_is_not_called_broken(database, tmp_path):
    whole = (path := dump(database, tmp_path / 'x.dump', '-Fc')).read_bytes()
    assert whole[5:7] <= b'\1\x10'
    newer = re.sub(rb'\0\d\d(\.\d+)', lambda found: b'\x0099' + found[1], whole[:200]) + whole[200:]
    assert newer != whole
    for version, by_this, by_newer in (((1, 17), 'crc', 'not_provable'), ((1, 19), 'crc', 'not_provable'), ((1, 20), 'crc', 'crc'), ((1, 9), 'crc', 'crc'),
                                       ((2, 16), 'crc', 'crc'), ((0, 16), 'crc', 'crc')):
        for data, code in ((whole, by_this), (newer, by_newer)):
            path.write_bytes(data[:5] + bytes(version) + data[7:])
            assert read(path, 'pg_custom')[0] == code, (version, read(path, 'pg_custom'))


def test_of_files_that_are_packed_in_several_ways_each_is_read_as_it_is(database, tmp_path, monkeypatch):
    monkeypatch.setattr(_backup_formats, 'RESTORERS', (str(tmp_path / 'none'),))
    path = dump(database, tmp_path / 'x', '-Fd', '-Z0')
    one, other = sorted(path.glob('[0-9]*.dat'))[:2]
    (path / f'{one.name}.gz').write_bytes(gzip.compress(one.read_bytes()))
    one.unlink()
    assert read(path)[0] == '', "as the manual of PostgreSQL allows"
    other.rename(path / f'{other.name}.lz4')
    assert read(path)[0] == 'no_tool', "however the last of them is packed"


def test_a_dump_in_a_folder_of_which_somebody_unpacked_files_is_read(database, tmp_path):
    path = dump(database, tmp_path / 'x', '-Fd')
    for one in sorted(path.glob('*.gz')):
        one.with_suffix('').write_bytes(gzip.decompress(one.read_bytes()))
        one.unlink()
        assert read(path)[0] == '', one.name
    subprocess.run([database.bin / 'pg_restore', '-f', os.devnull, path], check=True)
    table = max(path.glob('[0-9]*.dat'), key=lambda one: one.stat().st_size)
    cut(table, -100)
    assert read(path)[0] == 'no_end_marker'


def test_a_plain_dump_ends_as_a_dump_does(tmp_path):
    path = tmp_path / 'x.sql'
    for code, text in (('', sql()), ('no_end_marker', sql(end=b"")), ('no_end_marker', sql()[:-60]), ('hole', sql()[:9000] + bytes(4096) + sql()[13096:]),
                       ('crc', sql().replace("ምርት".encode(), "ምርት".encode()[:-1], 1)), ('unknown_format', b"SELECT 1;\n" * 99)):
        path.write_bytes(text)
        assert read(path)[0] == code
    assert read(path, 'pg_plain')[0] == 'wrong_format'


# === SQL SERVER AND WINDOWS === #

def test_a_backup_of_sql_server_is_judged_by_its_blocks(tmp_path):
    path = tmp_path / 'CNET.bak'
    code, words, said = read(bak(path))
    assert (code, words, said.format) == ('', '', 'bak')
    assert said.content == {'block': '4096', 'backup': 'full', 'taken_at': '2026-11-28T22:15:07'}
    for reason, make in (
            ('cut', lambda: cut(path, -1000)), ('no_end_marker', lambda: cut(path, -2 * 4096)), ('no_end_marker', lambda: bak(path, ending=())),
            ('hole', lambda: punch(path, 0)), ('hole', lambda: punch(path, 3 * 4096, 10**9)),
            ('crc', lambda: flip(path, 20)), ('crc', lambda: flip(path, 4096 + 20)),
            ('not_provable', lambda: path.write_bytes(b'MSSQLBAK' + os.urandom(9000))), ('empty', lambda: cut(path, 0)),
            ('wrong_format', lambda: path.write_bytes(b'something else' * 999))):
        bak(path)
        make()
        assert read(path, 'bak')[0] == reason, (reason, read(path, 'bak'))
    assert read(bak(path, size=512))[2].content['block'] == '512'
    assert mtf_block(b'TAPE', 512)[:4] == b'TAPE'


@pytest.mark.parametrize('disk', ['disk.vhdx', 'disk.vhd', 'fixed.vhd'])
def test_an_image_of_windows_has_its_catalogue_and_whole_disks(tmp_path, disk):
    folder = windows_image(tmp_path, disk)
    code, words, said = read(folder, 'windows_image')
    assert (code, words, said.content) == ('', '', {'taken_at': '2026-11-28T20:15:12+00:00', 'disks': '1'})
    assert read(folder.parent, 'windows_image')[0] == '', "the folder of the machine is as good as that of the backup"
    image = next(folder.glob('9f1a*'))
    size = image.stat().st_size
    for reason, do, *where in (('cut', cut, size // 2), ('cut', cut, -2**20), ('empty', cut, 0),
                               *([('hole', punch, 0, 65536), ('crc', flip, 0)] if disk == 'disk.vhdx' else [('crc', flip, -500)])):
        unpacked(disk, image)
        do(image, *where)
        assert read(folder, 'windows_image')[0] == reason, (reason, where, read(folder, 'windows_image'))
    image.unlink()
    assert read(folder, 'windows_image')[0] == 'missing_part'
    unpacked(disk, image)
    (folder.parent / 'Catalog' / 'GlobalCatalog').write_bytes(b'')
    assert read(folder, 'windows_image')[0] == 'empty'
    (folder.parent / 'Catalog' / 'GlobalCatalog').unlink()
    assert read(folder, 'windows_image')[0] == 'missing_part'


def test_a_hole_in_the_middle_is_told_in_each_format_or_the_manual_says_that_nothing_shows_it(database, tmp_path):
    def made(name, make, wanted, at=0.5, inside=''):
        path = Path(make(tmp_path / name) or tmp_path / name)
        assert read(path, wanted)[0] == '', wanted
        target = max(path.rglob(inside), key=lambda one: one.stat().st_size) if inside else path
        punch(target, int(target.stat().st_size * at), 4096)
        return read(path, wanted)

    def zipped(path):
        with zipfile.ZipFile(path, 'w') as archive:
            archive.writestr('CUSTOMER.DAT', os.urandom(99_000))

    def dumped(*options):
        return lambda path: dump(database, path, *options)

    found = {
        'odoo_zip': made('o.zip', odoo_zip, 'odoo_zip'), 'zip': made('z.zip', zipped, 'zip'), 'ptb': made('p.ptb', zipped, 'ptb'),
        '7z': made('x.7z', lambda path: shutil.copy(SAMPLES / 'copy.7z', path), '7z'), 'gzip': made('x.gz', dumped('-Z5'), 'gzip'),
        'pg_plain': made('x.sql', dumped(), 'pg_plain'), 'pg_custom': made('x.dump', dumped('-Fc'), 'pg_custom'),
        'pg_custom, unpacked': made('u.dump', dumped('-Fc', '-Z0'), 'pg_custom'),
        'pg_directory': made('d', dumped('-Fd'), 'pg_directory', 0.3, '[0-9]*.dat.gz'),
        'pg_directory, unpacked': made('e', dumped('-Fd', '-Z0'), 'pg_directory', 0.3, '[0-9]*.dat'),
        'bak': made('x.bak', bak, 'bak'), 'windows_image': made('x', windows_image, 'windows_image', 0.5, '*.vhdx'),
        'a large object, unpacked': made('f', dumped('-Fd', '-Z0'), 'pg_directory', 0.5, 'blob_*.dat'),
    }
    assert set(backup.FORMATS) - {'auto'} <= found.keys()
    unseen = {kind for kind, (code, _words, _said) in found.items() if not code}
    assert [(kind, *one[:2]) for kind, one in found.items() if one[0] not in ('hole', '')] == []
    assert unseen == {'bak', 'windows_image', 'a large object, unpacked'}
    manual = backup.__doc__.partition('| what nothing shows | of |')[2].partition('\n\n')[0]
    assert all(words in manual for words in ('zeros; ``RESTORE VERIFYONLY`` tells | bak |', 'what its disks hold', 'not in a large object | pg_plain, and'))
    assert [found[kind][2].content.get('packed') for kind in ('pg_custom', 'pg_custom, unpacked', 'pg_directory', 'a large object, unpacked')] == [
        'gzip', 'no', None, 'no']


@pytest.mark.parametrize(('name', 'wanted'), [('x.zip', 'odoo_zip'), ('x.zip', 'zip'), ('x.sql.gz', 'gzip')])
def test_damage_to_what_is_packed_is_told_as_that_wherever_it_lies(tmp_path, name, wanted):
    """It unpacks to other letters first, which are no text, or zeros: neither is what is wrong with it."""
    path = tmp_path / name
    if wanted == 'gzip':
        path.write_bytes(gzip.compress(sql()))
    else:
        odoo_zip(path)
    whole = path.read_bytes()
    for code, do, *size in (('crc', flip), ('hole', punch, 700)):
        found = {}
        for at in range(500, 80_000, 4001):
            path.write_bytes(whole)
            do(path, at, *size)
            found.setdefault(read(path, wanted)[0], []).append(at)
        assert set(found) == {code}, found


@pytest.mark.parametrize('options', [('-Fc',), ('-Fd',)])
def test_zeros_in_the_table_of_contents_of_a_dump_are_found(database, tmp_path, options):
    """``CREATE TABLE`` and names stand there unpacked, and bear no checksum."""
    path = dump(database, tmp_path / 'x', *options)
    table = path / 'toc.dat' if path.is_dir() else path
    punch(table, table.read_bytes().index(b'CREATE TABLE') + 20, 16)
    assert read(path)[0] == 'hole', read(path)


def test_a_file_in_a_7z_archive_that_has_no_checksum_is_not_called_readable(monkeypatch):
    monkeypatch.setattr(_backup_7z.Words, 'crcs', lambda self, count: self.take(1 + 4 * count) and [None] * count)
    assert read(SAMPLES / 'copy.7z')[:2] == ('not_provable', "a file in it has no checksum")


def test_files_and_folders_are_not_taken_for_one_another(tmp_path):
    assert read(odoo_zip(tmp_path / 'x.zip'), 'pg_directory')[0] == 'wrong_format'
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder' / 'x.txt').write_text("x")
    assert read(tmp_path / 'folder')[0] == 'unknown_format'
    assert read(tmp_path / 'folder', 'odoo_zip')[0] == 'wrong_format'
    assert read(tmp_path / 'folder', 'pg_directory')[0] == 'missing_part'
    assert json.dumps(backup_files.read(tmp_path / 'folder')[2].content) == '{}'
