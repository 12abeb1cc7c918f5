"""Check evidence packs without Odoo: python3 verify.py [FOLDER …] [WITNESS.jsonl …]
A FOLDER is an unpacked pack (this file's own one when none is given); packs of one company are checked as one chain. A WITNESS is what
`itc-agent witness` printed on a host. Exit code 0: nothing is wrong; 1: something is, and each line says what."""
import hashlib
import json
import pathlib
import sys


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check_files(folder):
    """Yield what is wrong with the files of a pack."""
    lines = (folder / 'SHA256SUMS').read_text(encoding='utf-8').splitlines()
    sums = {name: digest for digest, name in (line.split('  ', 1) for line in lines)}
    for name in sorted(sums.keys() | {'chain.json', 'compliance.pdf', 'verify.py'}):
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != sums.get(name):
            yield f'{folder / name}: changed, missing or not in SHA256SUMS'


def check_chain(pack, seen):
    """Yield what is wrong with a chain, and note its hashes by number in ``seen``."""
    seq, prev = pack['start']['seq'], pack['start']['hash']
    if seen.setdefault(seq, prev) != prev or (seq == 0) != (prev == '0' * 64):
        yield f'event {seq + 1}: does not follow the event before it'
    for number, model, ident, content, before, digest in pack['events']:
        own = sha256(f"{before}\n{pack['company']}\n{number}\n{model},{ident}\n{content}".encode('utf-8', 'surrogatepass'))
        if number != seq + 1 or before != prev or own != digest or seen.setdefault(number, digest) != digest:
            yield f'event {number} ({model} {ident}): edited, moved, inserted, or others are missing before it'
        seq, prev = number, digest
    if [seq, prev] != [pack['head']['seq'], pack['head']['hash']]:
        yield f"event {seq + 1}: the chain is cut or changed, its head was {pack['head']['seq']}"


def check_witness(file, packs, seen):
    """Yield what a witness saw otherwise; what it saw before the first pack or after the last one cannot be told from these packs."""
    first, last = packs[0], packs[-1]
    for head in map(json.loads, filter(str.strip, file.read_text(encoding='utf-8').splitlines())):
        if (head['db_id'], head['company']) == (first['db_id'], first['company']) and head['seq'] > first['start']['seq']:
            in_time = head['seq'] <= last['head']['seq'] or head['server_now'][:19] <= last['made_at'][:19]
            if in_time and seen.get(head['seq']) != head['hash']:
                yield f"event {head['seq']}: {file.name} saw a seal that is not in this chain"


def main(names):
    paths = [pathlib.Path(name) for name in names]
    folders = [path for path in paths if path.is_dir()] or [pathlib.Path(__file__).parent]
    seen, wrong = {}, []
    try:
        wrong += [text for folder in folders for text in check_files(folder)]
        wrong += check_together(folders, [path for path in paths if not path.is_dir()], seen)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        # What is not even shaped as we wrote it was changed too, and the reader is an auditor, no programmer.
        wrong.append(f'cannot be read as it was written: {type(error).__name__}: {error}')
    sys.stdout.write(('\n'.join(wrong) or f'{len(seen) - 1} events up to number {max(seen)} are as they were sealed') + '\n')
    return bool(wrong)


def check_together(folders, witnesses, seen):
    """Return what is wrong with the chains of the packs and against the witnesses."""
    packs = sorted((json.loads((one / 'chain.json').read_text(encoding='utf-8')) for one in folders), key=lambda pack: pack['head']['seq'])
    wrong = ['these packs are not of one company'] if len({(one['db_id'], one['company']) for one in packs}) > 1 else []
    wrong += [text for pack in packs for text in check_chain(pack, seen)]
    return wrong + [text for path in witnesses for text in check_witness(path, packs, seen)]


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
