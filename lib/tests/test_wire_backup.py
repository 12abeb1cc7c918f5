"""What a host says of its backups: carried whole, and refused when it is not what it looks like."""

from datetime import datetime

import pytest
from lib.protocol import BackupFile, canonical, parse_backup_files, parse_report
from lib.wire_backup import MAX_BYTES
from lib.wire_json import Refused
from reports import EVENTS, body, event, report

GOOD = EVENTS['backup_files']
WHOLE, PART = GOOD['files']


def taken(data):
    """Return the event that the server keeps, None when it is rejected; nothing else of the report suffers."""
    found = parse_report(body(report(records=[event(800), event(801, 'backup_files', data=data)])))
    assert found.records[0].seq == 800
    if found.rejected:
        assert [(one.seq, one.code) for one in found.rejected] == [(801, 'bad_event')]
        return None
    return found.records[1]


def with_file(**values):
    return {'check': 12, 'count': 1, 'files': [WHOLE | values]}


def test_the_files_stand_on_what_was_parsed():
    one = taken(GOOD)
    at = datetime(2026, 11, 23, 5, 12, 44, 120000)
    assert one.data == GOOD and one.data['check'] == 12
    assert one.backup_files == (
        BackupFile("odoo_2026-11-23.zip", 5 * 2**30, at, 'c' * 64, 5 * 2**30, 'readable', '', "", 'odoo_zip', {'database': "prod", 'version': "19.0"},
                   'ssd', "host1:1A2B-3C4D"),
        BackupFile("ምትኬ/odoo.zip.part", 0, at, None, 0, 'seen', 'partial_name', "Its name says that it is not whole.", '', {}, 'unknown', ''))
    assert parse_backup_files(one.data['files']) == one.backup_files
    assert taken({'check': 1, 'count': 0, 'files': []}).backup_files == ()
    assert parse_report(body(report(records=[event(800)]))).records[0].backup_files == ()


def test_a_place_that_is_not_mounted_has_no_word_on_what_lies_there():
    away = {'check': 12, 'count': 0, 'files': [], 'unmounted': True}
    assert (taken(away).data, taken(away).backup_files) == (away, ())
    for values in ({'unmounted': False}, {'unmounted': 1}, {'unmounted': None}, {'count': 1}, {'count': 1, 'files': [WHOLE]}):
        assert taken(away | values) is None, values


@pytest.mark.parametrize('values', [
    {'name': "x" * 400}, {'size': 2**53, 'hashed': 2**53}, {'detail': "x" * 300}, {'volume': "x" * 200}, {'format': ''},
    {'content': {f'k{number}': "x" * 200 for number in range(12)}}, {'modified_at': '2026-11-23T08:12:44+03:00'},
    {'level': 'settled', 'reason': 'a_code_of_a_later_agent', 'sha256': None}])
def test_a_file_at_a_limit_is_kept_as_it_came(values):
    assert taken(with_file(**values)).data['files'] == [WHOLE | values]


@pytest.mark.parametrize('values', [
    {'name': ""}, {'name': None}, {'name': "x" * 401}, {'name': "a\x00"}, {'name': "\ud800"}, {'size': -1}, {'size': 2**53 + 1}, {'size': 1.5}, {'size': True},
    {'modified_at': "noon"}, {'modified_at': 0}, {'modified_at': None}, {'sha256': 'C' * 64}, {'sha256': 'c' * 63}, {'sha256': ''}, {'sha256': 7},
    {'hashed': -1}, {'hashed': None}, {'level': 'proven'}, {'level': 2}, {'level': None}, {'level': 'settled'}, {'reason': 'cut'}, {'reason': None},
    {'level': 'seen', 'reason': "Not a code"}, {'level': 'seen', 'reason': "x" * 41}, {'sha256': None}, {'detail': "x" * 301}, {'detail': None},
    {'format': "../x"}, {'format': None}, {'content': []}, {'content': None}, {'content': {"Not a name": "x"}}, {'content': {'a': 1}}, {'content': {'a': None}},
    {'content': {'a': "x" * 201}}, {'content': {'a': {'b': "c"}}}, {'content': {f'k{number}': "" for number in range(13)}},
    {'medium': 'tape'}, {'medium': None}, {'medium': ''}, {'volume': "x" * 201}, {'volume': None}, {'colour': "red"}])
def test_a_file_that_is_not_as_the_protocol_says_is_rejected(values):
    assert taken(with_file(**values)) is None
    with pytest.raises(Refused):
        parse_backup_files([WHOLE | values])


@pytest.mark.parametrize('data', [
    None, [], {}, GOOD | {'check': 0}, GOOD | {'check': "12"}, GOOD | {'check': True}, GOOD | {'count': 1}, GOOD | {'count': 2**31}, GOOD | {'files': {}},
    GOOD | {'files': [7, 7]}, GOOD | {'files': [WHOLE, WHOLE]}, GOOD | {'extra': 1}, {'check': 12, 'files': []},
    GOOD | {'files': [{key: value for key, value in WHOLE.items() if key != 'volume'}]},
    {'check': 12, 'count': 201, 'files': [PART | {'name': str(number)} for number in range(201)]}])
def test_an_event_that_is_not_as_the_protocol_says_is_rejected_alone(data):
    assert taken(data) is None


def test_two_hundred_files_are_told_in_one_event():
    one = taken({'check': 12, 'count': 5000, 'files': [PART | {'name': str(number), 'volume': "", 'detail': ""} for number in range(200)]})
    assert len(one.backup_files) == 200


@pytest.mark.parametrize(('size', 'good'), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_an_event_of_backups_has_a_limit_of_its_own(size, good):
    data = {'check': 12, 'count': 100, 'files': [PART | {'name': str(number), 'detail': "x" * 300} for number in range(70)]}
    data['files'] += [PART | {'name': f'last {number}', 'detail': ""} for number in range(30)]
    short = size - len(canonical(data))
    for one in data['files'][70:]:
        one['detail'] = "x" * min(short, 300)
        short -= len(one['detail'])
    assert len(canonical(data)) == size
    assert bool(taken(data)) is good


@pytest.mark.parametrize('formula', ["=1+1", "+1", "@SUM(A1)", "＝1+1", "=" + "x" * 199])
def test_words_never_become_a_formula_and_are_read_again_as_they_were_kept(formula):
    one = taken(with_file(name=formula, detail=formula, volume=formula, content={'database': formula}))
    kept, = one.data['files']
    assert [kept['name'], kept['detail'], kept['content']['database'], kept['volume']] == [f"'{formula}", f"'{formula}", *[f"'{formula}"[:200]] * 2]
    assert parse_backup_files(one.data['files'])[0]._asdict() == kept | {'modified_at': datetime(2026, 11, 23, 5, 12, 44, 120000)}


def test_a_name_is_one_line_that_reads_as_it_is():
    one, = taken(with_file(name="a\nb\tc \u202egpj.zip")).backup_files
    assert one.name == "a b c \ufffdgpj.zip"


def test_of_two_names_that_read_alike_the_newer_is_kept():
    """Whoever may put files there cannot keep the others from being told."""
    one = taken({'check': 12, 'count': 3, 'files': [PART | {'name': "=x", 'size': 1}, PART | {'name': "a"}, PART | {'name': "'=x", 'size': 2}]})
    assert [(file.name, file.size) for file in one.backup_files] == [("'=x", 1), ("a", 0)]
