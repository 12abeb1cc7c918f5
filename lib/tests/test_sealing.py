"""Whatever is done to a chain is found, inside by walking it and outside by the verifier of an evidence pack."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from lib import sealing
from lib.sealing import Finding, Head, Walk, extend

VERIFIER = Path(__file__).parents[1] / 'seal_verifier.py'
START = Head(1, 0, sealing.GENESIS)
DB = 'd' * 32
MADE = '2026-12-01T06:00:00Z'


def chain(count=6, start=START, word='content'):
    return extend(start, [('it.task.run', number, f'{{"n":"{word} {number} é"}}') for number in range(1, count + 1)])


def walk(links, heads=(), company=1):
    walker = Walk(company, wanted={head.seq for head in heads})
    for link in links:
        walker.show(link)
    return walker.findings() + walker.against(heads)


def rehashed(links, at, **values):
    """What somebody who knows the algorithm makes of an edited chain."""
    events = [(link.model, link.res_id, link.content) for link in (replace(one, **values) if one.seq == at else one for one in links)]
    return extend(START, events)


def test_untouched_chain_is_sound():
    links = chain(50)
    assert walk(links, [Head(1, link.seq, link.hash) for link in links]) == []


@pytest.mark.parametrize('values', [
    {'content': '{"n":"content 3 e"}'}, {'res_id': 99}, {'model': 'it.other'}, {'prev': 'a' * 64}, {'hash': 'a' * 64}, {'content': ''}])
def test_edited_link_is_named(values):
    links = chain()
    links[2] = replace(links[2], **values)
    found = walk(links)
    assert Finding(3, 'edited', 3) in found
    assert {finding.seq for finding in found} <= {3, 4}


def test_each_removed_link_is_named():
    for gone in range(5):
        links = chain()
        del links[gone]
        assert walk(links) == [Finding(gone + 1, 'missing', gone + 1)]


def test_removed_link_with_the_rest_renumbered_is_found():
    links = [replace(link, seq=place) for place, link in enumerate(chain()[:2] + chain()[3:], 1)]
    assert [(one.seq, one.code) for one in walk(links)] == [(3, 'edited'), (4, 'edited'), (5, 'edited')]


def test_swapped_links_are_named_with_their_places():
    links = chain()
    links[1], links[3] = replace(links[3], seq=2), replace(links[1], seq=4)
    assert {(one.seq, one.code, one.last_seq) for one in walk(links)} >= {(2, 'moved', 4), (4, 'moved', 2)}


def test_inserted_link_is_named():
    links = chain()
    forged = extend(Head(1, 2, links[1].hash), [('it.task.run', 7, '{}')])[0]
    assert walk(sorted([*links, forged], key=lambda link: link.seq)) == [Finding(3, 'inserted', 3)]


def test_cut_tail_and_rewriting_are_found_by_a_witness_only():
    links = chain()
    heads = [Head(1, 4, links[3].hash), Head(1, 6, links[5].hash)]
    forged = rehashed(links, 3, content='{}')
    assert walk(links[:4]) == walk(forged) == []
    assert walk(links[:4], heads) == [Finding(5, 'cut', 6)]
    assert walk(forged, heads) == [Finding(4, 'rewritten', 4), Finding(6, 'rewritten', 6)]
    assert walk([], heads) == [Finding(1, 'cut', 6)]


def test_witness_of_another_company_says_nothing():
    assert walk(chain(), [Head(2, 3, 'a' * 64), Head(2, 99, 'a' * 64)]) == []


def test_chain_of_another_company_does_not_fit():
    assert len(walk(chain(), company=2)) == 6


def test_long_chain_with_any_single_change_is_found():
    links = chain(10_000)
    heads = [Head(1, 10_000, links[-1].hash)]
    for place in range(7, 10_000, 1111):
        for forged in (
            [*links[:place], *links[place + 1:]],
            [*links[:place], replace(links[place], content='x'), *links[place + 1:]],
            [*links[:place], links[place + 1], links[place], *links[place + 2:]],
            links[:place],
            rehashed(links, place, content='x'),
        ):
            assert walk(forged, heads)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_canonical_text_survives_a_way_through_json(value):
    text = sealing.canonical(value)
    assert sealing.canonical(json.loads(text)) == text


def test_times_and_days_have_one_form_and_nan_has_none():
    assert sealing.canonical([datetime(2026, 11, 23, 6, 0, 0, 999), date(2026, 11, 23)]) == '["2026-11-23T06:00:00Z","2026-11-23"]'
    with pytest.raises(ValueError):
        sealing.canonical(float('nan'))


def test_witness_file_is_read_line_by_line():
    good = json.dumps({'db_id': DB, 'company': 1, 'seq': 3, 'hash': 'a' * 64, 'server_now': MADE})
    bad = ['x', '[]', '7', '{"company": 1}', good.replace('3', '"3"'), good.replace('"seq": 3', '"seq": true'), good.replace('aa', 'AA')]
    assert sealing.parse_witness('\n'.join([good, *bad, '', good.replace(DB, 'e' * 32)]), DB) == ([Head(1, 3, 'a' * 64)], len(bad))


def test_differences_name_fields():
    assert sealing.differences({'a': '2026-11-23T06:00:00Z', 'b': 1}, {'a': datetime(2026, 11, 23, 6), 'b': 2, 'c': 3}) == ['b']


# === THE OFFLINE VERIFIER === #

def pack(folder, links, start=START, made_at=MADE, head=None):
    folder.mkdir(exist_ok=True)
    last = head or links[-1]
    body = {'db_id': DB, 'company': 1, 'made_at': made_at, 'start': {'seq': start.seq, 'hash': start.hash},
            'head': {'seq': last.seq, 'hash': last.hash},
            'events': [[one.seq, one.model, one.res_id, one.content, one.prev, one.hash] for one in links]}
    files = {'chain.json': json.dumps(body, ensure_ascii=False).encode(), 'compliance.pdf': b'%PDF-1.4 figures', 'verify.py': VERIFIER.read_bytes()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / 'SHA256SUMS').write_text(''.join(f'{hashlib.sha256(content).hexdigest()}  {name}\n' for name, content in files.items()))
    return folder


def witness(file, *links, now='2026-11-30T06:00:00.000+00:00'):
    file.write_text(''.join(json.dumps({'db_id': DB, 'company': 1, 'seq': link.seq, 'hash': link.hash, 'server_now': now}) + '\n' for link in links))
    return file


def verify(folder, *more):
    done = subprocess.run([sys.executable, '-I', folder / 'verify.py', *map(str, more)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_verifier_is_short_and_needs_the_standard_library_only():
    text = VERIFIER.read_text(encoding='utf-8')
    assert len(text.splitlines()) <= 70
    assert {line for line in text.splitlines() if line.startswith(('import', 'from'))} == {'import hashlib', 'import json', 'import pathlib', 'import sys'}


def test_untouched_pack_passes_alone_and_with_its_witnesses(tmp_path):
    links = chain()
    folder = pack(tmp_path / 'nov', links)
    assert verify(folder) == (0, '6 events up to number 6 are as they were sealed\n')
    assert verify(folder, folder, witness(tmp_path / 'w.jsonl', *links))[0] == 0
    later = extend(Head(1, 6, links[-1].hash), [('it.task.run', 1, '{}')])
    assert verify(folder, folder, witness(tmp_path / 'later.jsonl', *later, now='2026-12-01T06:00:01.000+00:00'))[0] == 0


def test_one_changed_byte_anywhere_fails(tmp_path):
    folder = pack(tmp_path / 'nov', chain(3))
    for name in ('chain.json', 'compliance.pdf', 'SHA256SUMS'):
        whole = (folder / name).read_bytes()
        for place in range(0, len(whole), 7):
            (folder / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
            code, text = verify(folder)
            assert code == 1 and 'Traceback' not in text, (name, place, text)
        (folder / name).write_bytes(whole)
    assert verify(folder)[0] == 0


@pytest.mark.parametrize(('forge', 'needs_witness'), [
    (lambda links: [replace(one, content='{}') if one.seq == 3 else one for one in links], False),
    (lambda links: links[:2] + links[3:], False),
    (lambda links: [links[0], replace(links[2], seq=2), replace(links[1], seq=3), *links[3:]], False),
    (lambda links: links[:4], True),
    (lambda links: rehashed(links, 3, content='{}'), True),
])
def test_forged_chain_with_right_sums_fails(tmp_path, forge, needs_witness):
    links = chain()
    folder = pack(tmp_path / 'nov', forge(links))
    assert verify(folder)[0] == (0 if needs_witness else 1)
    code, text = verify(folder, folder, witness(tmp_path / 'w.jsonl', *links))
    assert code == 1 and 'event' in text


def test_months_are_checked_as_one_chain(tmp_path):
    links = chain(9)
    first = pack(tmp_path / 'oct', links[:6], made_at='2026-11-01T06:00:00Z')
    second = pack(tmp_path / 'nov', links[4:], start=Head(1, 4, links[3].hash))
    assert verify(first, first, second, witness(tmp_path / 'w.jsonl', links[2], links[8]))[0] == 0
    forged = rehashed(links, 2, content='{}')
    second = pack(tmp_path / 'nov', forged[4:], start=Head(1, 4, forged[3].hash))
    assert verify(second)[0] == 0
    assert verify(first, first, second)[0] == 1


def test_month_without_events_is_sound(tmp_path):
    head = chain()[-1]
    folder = pack(tmp_path / 'nov', [], start=Head(1, head.seq, head.hash), head=head)
    assert verify(folder) == (0, '0 events up to number 6 are as they were sealed\n')
