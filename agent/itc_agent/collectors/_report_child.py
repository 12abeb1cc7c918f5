"""Looks into one report file and ends: a program of its own, because a file from elsewhere can be anything (a zip bomb, one line of a gigabyte).

Reads one JSON object: ``path``, ``folder`` (where the agent's package lies), ``most_bytes``, ``most_rows``. Writes one: ``sha256``, ``rows`` (filled rows
of the longest sheet, None where they cannot be counted), ``kind``, ``broken`` (why it is no whole file of its kind), ``closed`` (why it cannot be looked
into, although it may be whole).
"""
import hashlib
import json
import sys

CHUNK = 65_536
MAX_MEMORY = 512 * 2 ** 20
MAX_SHEETS, MAX_UNPACKED = 50, 256 * 2 ** 20
PDF_SEARCHED = 1024


class Broken(Exception):
    """The file is not what its name says, or not whole."""


class Closed(Exception):
    """The file cannot be looked into."""


def main() -> None:
    job = json.load(sys.stdin.buffer)
    if sys.platform != 'win32':
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    sys.path.insert(0, job['folder'])
    from itc_agent.collectors import _open_file
    with _open_file.open_shared(job['path']) as file:
        json.dump(look(file, job['path'], job['most_bytes'], job['most_rows']), sys.stdout)


def look(file, path: str, most_bytes: int, most_rows: int) -> dict:
    """Return what an open report file holds."""
    said = {'sha256': '', 'rows': None, 'kind': '', 'broken': '', 'closed': ''}
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > most_bytes:
            return {**said, 'closed': f"is larger than {most_bytes >> 20} MiB"}
    said['sha256'] = digest.hexdigest()
    file.seek(0)
    head = file.read(CHUNK)
    try:
        said['kind'], count = kind_of(head, path.lower())
        said['rows'] = count(file, most_rows) if count else None
    except Broken as error:
        said['broken'] = str(error)
    except Closed as error:
        said['closed'] = str(error)
    return said


def kind_of(head: bytes, name: str) -> tuple:
    """Return the kind of a file by its first bytes, and what counts its rows (None: nothing can).

    :raises Broken: its name says another kind
    :raises Closed: it is locked with a password
    """
    if head.startswith((b'PK\x03\x04', b'PK\x05\x06')):
        return 'xlsx', count_workbook
    if head.startswith(bytes.fromhex('d0cf11e0a1b11ae1')):
        if name.endswith(('.xlsx', '.xlsm')):
            raise Closed("is protected with a password")
        return 'xls', None
    if b'%PDF-' in head[:PDF_SEARCHED]:
        return 'pdf', check_pdf
    for ending in ('.xlsx', '.xlsm', '.pdf'):
        if name.endswith(ending):
            raise Broken(f"is no {ending[1:]} file")
    return ('csv', count_lines) if name.endswith(('.csv', '.txt', '.tsv')) else ('', None)


def check_pdf(file, _most: int) -> None:
    """:raises Broken: the end is missing"""
    size = file.seek(0, 2)
    file.seek(max(0, size - PDF_SEARCHED))
    if b'%%EOF' not in file.read(PDF_SEARCHED):
        raise Broken("is a PDF without its end")


def count_lines(file, most: int) -> int:
    """Return the filled rows of a CSV."""
    import csv
    import io

    from itc_agent.collectors import _tail
    file.seek(0)
    head = file.read(_tail.HEAD_BYTES)
    encoding = _tail.find_encoding(head, 'auto')
    first = _tail.lines_of(_tail.Piece(head, 0, 0), encoding)[:1]
    file.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(file), encoding='utf-8' if encoding == 'auto' else encoding, errors='replace', newline='')
    csv.field_size_limit(CHUNK * 16)
    rows = csv.reader((line.replace('\0', '').replace('\ufeff', '') for line in text), delimiter=_tail.find_separator(first[0]) if first else ',')
    count = 0
    try:
        for row in rows:
            count += any(cell.strip() for cell in row) and not (count == 0 and row[0].lower().startswith('sep='))
            if count >= most:
                break
    except csv.Error as error:
        raise Broken(f"is no readable CSV ({error})") from error
    return count


def count_workbook(file, most: int) -> int | None:
    """Return the filled rows of the longest sheet of a workbook; None when the zip file holds no sheets."""
    import zipfile
    import zlib
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as book:
            sheets = [one for one in book.infolist() if one.filename.startswith('xl/worksheets/') and one.filename.endswith('.xml')]
            if sum(one.file_size for one in sheets) > MAX_UNPACKED or len(sheets) > MAX_SHEETS:
                raise Closed("unpacks to more than can be looked at")
            return max((count_sheet(book, one, most) for one in sheets), default=None)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise Broken(f"is no whole xlsx file ({error})") from error


def count_sheet(book, sheet, most: int) -> int:
    """Return how many rows of a sheet hold a value. :raises Broken: it is no XML"""
    from xml.parsers import expat
    state = {'rows': 0, 'filled': False, 'value': False}

    def start(name, _attributes):
        name = name.rpartition(':')[2]
        state['value'] = name in ('v', 't')
        if name == 'row':
            state['filled'] = False

    def end(name):
        state['value'] = False
        if name.rpartition(':')[2] == 'row':
            state['rows'] += state['filled']

    def text(data):
        state['filled'] |= state['value'] and bool(data.strip())

    def refuse(*_arguments):
        raise Broken("holds a document type, which no workbook does")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = refuse
    unpacked = 0
    try:
        with book.open(sheet) as stream:
            while (chunk := stream.read(CHUNK)) and state['rows'] < most:
                unpacked += len(chunk)
                if unpacked > MAX_UNPACKED:
                    raise Closed("unpacks to more than can be looked at")
                parser.Parse(chunk)
            if not chunk:
                parser.Parse(b'', True)
    except expat.ExpatError as error:
        raise Broken(f"holds a sheet that is no XML ({error})") from error
    return min(state['rows'], most)


if __name__ == '__main__':
    main()
