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
    assert len(text.splitlines()) < 120
    assert {line for line in text.splitlines() if line.startswith(('import', 'from'))} == {
        'import hashlib', 'import json', 'import pathlib', 'import sys', 'from datetime import datetime'}


def test_untouched_pack_passes_alone_and_with_its_witnesses(tmp_path):
    links = chain()
    folder = pack(tmp_path / 'nov', links)
    assert verify(folder) == (0, '6 events up to number 6 are as they were sealed\n')
    assert verify(pack(tmp_path / 'one', chain(1))) == (0, '1 event up to number 1 is as it was sealed\n')
    code, text = verify(folder, folder, witness(tmp_path / 'w.jsonl', *links[1:]), witness(tmp_path / 'v.jsonl', links[4]))
    assert (code, text) == (0, (
        'w.jsonl: lines that apply: 5, events 2 to 6\nv.jsonl: lines that apply: 1, events 5 to 5\n6 events up to number 6 are as they were sealed\n'))


@pytest.mark.parametrize('now', ['2026-11-30T06:00:00.000+00:00', '2026-12-01T06:00:01.000+00:00', '2027-02-01T06:00:00.000+00:00'])
def test_witness_that_saw_more_than_the_pack_holds_fails_it_whenever_the_pack_says_it_was_made(tmp_path, now):
    links = chain()
    cut = pack(tmp_path / 'nov', links[:4], made_at='2026-11-28T06:00:00Z')
    code, text = verify(cut, cut, witness(tmp_path / 'w.jsonl', *links, now=now))
    assert code == 1 and 'event 5: w.jsonl saw it at' in text and 'made at 2026-11-28T06:00:00Z' in text
    # A log in which nothing happened since: hosts that enrolled later, or that asked again, see the same end.
    assert verify(cut, cut, witness(tmp_path / 'w.jsonl', links[3], now=now))[0] == 0


@pytest.mark.parametrize(('made_at', 'now', 'code'), [
    ('2026-11-28T06:00:00Z', '2026-11-28T05:59:59.999+00:00', 0),
    ('2026-11-28T06:00:00Z', '2026-11-28T06:10:00.000+00:00', 0),  # what a pack seals itself, hosts see when it is done
    ('2026-11-28T06:00:00Z', '2026-11-28T06:10:00.001+00:00', 1),
    ('2026-11-28T06:00:00.000+00:00', '2026-12-05T06:00:00Z', 1),
    ('2026-11-28T06:00:00Z', '2026-11-28T08:05:00.000+02:00', 0),
    ('2026-11-28T08:00:00+02:00', '2026-11-28T06:20:00Z', 1),
])
def test_pack_that_says_an_earlier_time_than_a_witness_of_a_shorter_log_fails(tmp_path, made_at, now, code):
    links = chain()
    folder = pack(tmp_path / 'nov', links, made_at=made_at)
    file = witness(tmp_path / 'w.jsonl', links[1], links[4], now=now)
    done, text = verify(folder, folder, file)
    said = f'event 5: w.jsonl saw the log end there at {now}: the pack that ends at 6 was not made at {made_at}, as it says, but later\n'
    assert (done, said in text) == (code, bool(code)), text
    # Each pack is asked by itself, also where it does not begin with the first event that was seen.
    later = pack(tmp_path / 'dec', chain(9)[5:], start=Head(1, 5, links[4].hash), made_at='2026-12-31T06:00:00Z')
    assert verify(folder, folder, later, file)[0] == code
    begins_later = pack(tmp_path / 'nov', links[5:], start=Head(1, 5, links[4].hash), made_at=made_at)
    assert verify(begins_later, begins_later, file)[0] == code
    # A database that was copied goes on by itself: what hosts see of the other one says nothing of when this one was so long. Who checks says so.
    file.write_text(file.read_text().replace(DB, 'e' * 32))
    folder = pack(tmp_path / 'nov', links, made_at=made_at)
    assert verify(folder, folder, file, f'--formerly={"e" * 32}')[0] == 0
    assert verify(folder, folder, file)[0] == 1


@pytest.mark.parametrize('text', [None, 7, '', 'None', '2026-13-01T06:00:00Z', '2026-11-28T06:00:00', '2026-11-28T06:00:00.000+0x:00'])
def test_time_that_cannot_be_read_fails_and_leaves_the_rest_to_be_said(tmp_path, text):
    links = chain()
    forged = rehashed(links, 5, content='{}')
    folder = pack(tmp_path / 'nov', links, made_at=text)
    assert verify(folder) == (1, 'the pack that ends at event 6 does not say when it was made\n')
    folder = pack(tmp_path / 'nov', forged)
    code, said = verify(folder, folder, witness(tmp_path / 'w.jsonl', links[1], links[5], now=text))
    assert code == 1 and 'w.jsonl: lines that do not say when they were written: 2\n' in said and 'event 6: w.jsonl saw a seal' in said
    (tmp_path / 'w.jsonl').write_text(json.dumps({'db_id': DB, 'company': 1, 'seq': 6, 'hash': links[5].hash}))
    code, said = verify(folder, folder, tmp_path / 'w.jsonl')
    assert code == 1 and 'do not say when they were written: 1\n' in said and 'event 6: w.jsonl saw a seal' in said


@pytest.mark.parametrize(('change', 'said'), [
    ({'db_id': 'e' * 32}, 'w.jsonl: no line of it is of this part of the log of company 1, so it shows nothing'),
    ({'company': 2}, 'w.jsonl: no line of it is of this part of the log of company 1, so it shows nothing'),
    ({'hash': 'f' * 64}, 'event 6: w.jsonl saw a seal that is not in this chain'),
])
def test_witness_of_another_log_shows_nothing_and_fails(tmp_path, change, said):
    links = chain()
    folder = pack(tmp_path / 'nov', links)
    file = witness(tmp_path / 'w.jsonl', links[5])
    file.write_text(json.dumps(json.loads(file.read_text()) | {'hash': 'c' * 64 if 'db_id' in change else links[5].hash} | change))
    code, text = verify(folder, folder, file)
    assert code == 1 and said in text


def test_witness_that_saw_nothing_of_this_part_of_the_log_fails_it(tmp_path):
    links = chain()
    folder = pack(tmp_path / 'nov', links[3:], start=Head(1, 3, links[2].hash))
    for file in (witness(tmp_path / 'none.jsonl'), witness(tmp_path / 'before.jsonl', links[1])):
        code, text = verify(folder, folder, file)
        assert code == 1 and f'{file.name}: lines that apply: 0' in text
    code, text = verify(folder, folder, witness(tmp_path / 'w.jsonl', links[0], links[2], links[4]))
    assert (code, text.splitlines()[0]) == (0, 'w.jsonl: lines that apply: 2, events 3 to 5')


def test_witness_of_the_place_where_the_pack_begins_is_compared_too(tmp_path):
    links = chain()
    forged = rehashed(links, 2, content='{}')
    folder = pack(tmp_path / 'nov', forged[3:], start=Head(1, 3, forged[2].hash))
    code, text = verify(folder, folder, witness(tmp_path / 'w.jsonl', links[2]))
    assert code == 1 and 'event 3: w.jsonl saw a seal' in text


def test_pack_of_a_renamed_or_exchanged_database_fails_the_witness_of_the_old_one(tmp_path):
    """Its history may be forged up to the new name, under which hosts witnessed only what came after."""
    links = chain()
    forged = rehashed(links, 2, content='{}')
    later = extend(Head(1, 6, forged[-1].hash), [('it.task.run', 1, '{}')])
    folder = pack(tmp_path / 'nov', [*forged, *later])
    file = witness(tmp_path / 'w.jsonl', *links)
    old = file.read_text().replace(DB, 'e' * 32)
    file.write_text(old + witness(tmp_path / 'new.jsonl', *later).read_text())
    code, text = verify(folder, folder, file)
    assert code == 1 and f"w.jsonl: lines of another database than these packs' {DB}, or that say otherwise than this chain: 6" in text
    code, text = verify(folder, folder, file, f'--formerly={"e" * 32}')
    assert code == 1 and f"w.jsonl: lines of another database than these packs' {DB}, or that say otherwise than this chain: 5" in text
    honest = pack(tmp_path / 'dec', links)
    (tmp_path / 'w.jsonl').write_text(old)
    assert verify(honest, honest, file, f'--formerly={"e" * 32}')[0] == 0  # a copy with a name of its own goes on where the other database was
    assert verify(honest, honest, file, f'--formerly={"d" * 32}')[0] == 1
    assert verify(honest, honest, file)[0] == 1, "nothing in a pack shows that its database was renamed: who checks has to know it"
    half = pack(tmp_path / 'half', links[3:], start=Head(1, 3, links[2].hash))
    assert verify(half, half, file, f'--formerly={"e" * 32}')[0] == 0


def test_pack_with_another_identity_and_right_sums_fails_whatever_time_it_says(tmp_path):
    """One word that no seal covers is exchanged; a witness of the true one is at hand."""
    links = chain()
    file = witness(tmp_path / 'w.jsonl', links[4], links[5])
    folder = pack(tmp_path / 'nov', links, made_at=MADE)
    assert verify(folder, folder, file)[0] == 0
    chain_file, sums = folder / 'chain.json', folder / 'SHA256SUMS'
    before = hashlib.sha256(chain_file.read_bytes()).hexdigest()
    chain_file.write_text(chain_file.read_text().replace(DB, 'e' * 32))
    sums.write_text(sums.read_text().replace(before, hashlib.sha256(chain_file.read_bytes()).hexdigest()))
    code, text = verify(folder, folder, file)
    assert code == 1 and "lines of another database than these packs'" in text


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
    file = witness(tmp_path / 'w.jsonl', links[8])
    file.write_text(witness(tmp_path / 'oct.jsonl', links[2], now='2026-10-30T06:00:00.000+00:00').read_text() + file.read_text())
    assert verify(first, first, second, file)[0] == 0
    forged = rehashed(links, 2, content='{}')
    second = pack(tmp_path / 'nov', forged[4:], start=Head(1, 4, forged[3].hash))
    assert verify(second)[0] == 0
    assert verify(first, first, second)[0] == 1


def test_empty_pack_is_refused_alone_and_among_others(tmp_path):
    links = chain()
    empty = pack(tmp_path / 'dec', [], start=Head(1, 6, links[-1].hash), head=links[-1])
    whole = pack(tmp_path / 'nov', links)
    for folders in ([empty], [whole, empty]):
        code, text = verify(empty, *folders)
        assert code == 1 and 'is empty: it shows nothing' in text


def test_hole_between_packs_is_found(tmp_path):
    links = chain(9)
    first = pack(tmp_path / 'sep', links[:3])
    last = pack(tmp_path / 'nov', links[6:], start=Head(1, 6, links[5].hash))
    code, text = verify(first, first, last)
    assert code == 1 and 'events 4 to 6 are in none of these packs' in text
