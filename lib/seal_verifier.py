"""Check evidence packs without Odoo: python3 verify.py [FOLDER …] [WITNESS.jsonl …] [--formerly=DB_ID …]
A FOLDER is an unpacked pack (this file's own one when none is given); packs of one company are checked as one chain. A WITNESS is what
`itc-agent witness` printed on a host, one file a host. DB_ID is what the database was called before it was made its own, if you know that it
was. Exit code 0: nothing is wrong; 1: something is, and each line says what."""
import hashlib
import json
import pathlib
import sys
from datetime import datetime

MAKING_S = 600  # a pack is dated when its making begins; hosts see what it sealed itself when it is done


def moment(text):
    """Return a time as seconds; None where it is none, or nobody knows in which zone."""
    try:
        at = datetime.fromisoformat(str(text).replace('Z', '+00:00'))
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check_files(folder):
    """Yield what is wrong with the files of a pack."""
    sums = dict(line.split('  ', 1)[::-1] for line in (folder / 'SHA256SUMS').read_text(encoding='utf-8').splitlines())
    for name in sorted(sums.keys() | {'chain.json', 'compliance.pdf', 'verify.py'}):
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != sums.get(name):
            yield f'{folder / name}: changed, missing or not in SHA256SUMS'


def check_chain(pack, seen):
    """Yield what is wrong with a chain, and note its hashes by number in ``seen``."""
    seq, prev = pack['start']['seq'], pack['start']['hash']
    if moment(pack['made_at']) is None:
        yield f"the pack that ends at event {pack['head']['seq']} does not say when it was made"
    if not pack['events']:
        yield f'the pack that was made at {pack["made_at"]} is empty: it shows nothing'
    if seen and seq not in seen:
        yield f'events {max(seen) + 1} to {seq} are in none of these packs'
    if seen.setdefault(seq, prev) != prev or (seq == 0) != (prev == '0' * 64):
        yield f'event {seq + 1}: does not follow the event before it'
    for number, model, ident, content, before, digest in pack['events']:
        own = sha256(f"{before}\n{pack['company']}\n{number}\n{model},{ident}\n{content}".encode('utf-8', 'surrogatepass'))
        if number != seq + 1 or before != prev or own != digest or seen.setdefault(number, digest) != digest:
            yield f'event {number} ({model} {ident}): edited, moved, inserted, or others are missing before it'
        seq, prev = number, digest
    if [seq, prev] != [pack['head']['seq'], pack['head']['hash']]:
        yield f"event {seq + 1}: the chain is cut or changed, its head was {pack['head']['seq']}"


def check_witness(file, packs, seen, told, formerly):
    """Yield what a witness saw otherwise, and note in ``told`` how many of its lines were compared with the chain, and which part."""
    first, last, applied, foreign = packs[0], max(packs, key=lambda pack: pack['head']['seq']), [], 0
    rows = [json.loads(line) for line in file.read_text(encoding='utf-8').splitlines() if line.strip()]
    yield from check_times(file.name, [row for row in rows if (row['company'], row['db_id']) == (first['company'], first['db_id'])], packs)
    for row in rows:
        seq, same = row['seq'], seen.get(row['seq']) == row['hash']
        if row['company'] != first['company'] or (seq < first['start']['seq'] and row['db_id'] in (first['db_id'], *formerly)):
            continue
        if row['db_id'] != first['db_id'] and not (same and row['db_id'] in formerly):  # what goes by the name of another has to fit
            foreign += 1
            continue
        applied.append(seq)
        if seq > last['head']['seq']:
            yield (f"event {seq}: {file.name} saw it at {row.get('server_now')}, the pack ends at {last['head']['seq']} and says that it was made "
                   f"at {last['made_at']}: it was cut, or is too old for this witness and a new one has to be made")
        elif not same:
            yield f"event {seq}: {file.name} saw a seal that is not in this chain"
    if foreign:
        yield f"{file.name}: lines of another database than these packs' {first['db_id']}, or that say otherwise than this chain: {foreign}"
    if not applied:
        yield f"{file.name}: no line of it is of this part of the log of company {first['company']}, so it shows nothing"
    told.append(f"{file.name}: lines that apply: {len(applied)}" + (f", events {min(applied)} to {max(applied)}" if applied else ''))


def check_times(name, rows, packs):
    """Yield which packs cannot have been made when they say: a witness saw a shorter log later."""
    timed = [(row, moment(row.get('server_now'))) for row in rows]
    unread = sum(at is None for _row, at in timed)
    if unread:
        yield f'{name}: lines that do not say when they were written: {unread}'
    for end, made_at, pack in ((pack['head']['seq'], moment(pack['made_at']), pack) for pack in packs):
        late = [row for row, at in timed if made_at and row['seq'] < end and (at or 0) > made_at + MAKING_S]
        if late:
            yield (f"event {late[-1]['seq']}: {name} saw the log end there at {late[-1]['server_now']}: the pack that ends at {end} was not made "
                   f"at {pack['made_at']}, as it says, but later")


def main(names):
    formerly = [name.removeprefix('--formerly=') for name in names if name.startswith('--formerly=')]
    paths = [pathlib.Path(name) for name in names if not name.startswith('--formerly=')]
    folders = [path for path in paths if path.is_dir()] or [pathlib.Path(__file__).parent]
    seen, wrong, told = {}, [], []
    try:
        wrong += [text for folder in folders for text in check_files(folder)]
        wrong += check_together(folders, [path for path in paths if not path.is_dir()], seen, told, formerly)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        # What is not even shaped as we wrote it was changed too, and the reader is an auditor, no programmer.
        wrong.append(f'cannot be read as it was written: {type(error).__name__}: {error}')
    told_of = 'event up to number {} is as it was sealed' if len(seen) == 2 else 'events up to number {} are as they were sealed'
    sound = [] if wrong else [f'{len(seen) - 1} {told_of.format(max(seen))}']
    sys.stdout.write(''.join(f'{line}\n' for line in [*told, *wrong, *sound]))
    return bool(wrong)


def check_together(folders, witnesses, seen, told, formerly):
    """Return what is wrong with the chains of the packs and against the witnesses."""
    packs = sorted((json.loads((one / 'chain.json').read_text(encoding='utf-8')) for one in folders), key=lambda pack: pack['start']['seq'])
    wrong = ['these packs are not of one company'] if len({(one['db_id'], one['company']) for one in packs}) > 1 else []
    wrong += [text for pack in packs for text in check_chain(pack, seen)]
    return wrong + [text for path in witnesses for text in check_witness(path, packs, seen, told, formerly)]


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
