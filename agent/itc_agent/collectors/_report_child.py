"""Looks into one report file and ends: a program of its own, because a file from elsewhere can be anything (a zip bomb, one line of a gigabyte).

Reads one JSON object: ``path``, ``folder`` (where the agent's package lies), ``most_bytes``, ``most_rows``. Writes one: ``sha256``, ``rows`` (filled rows
of the longest sheet, None where they cannot be counted), ``kind``, ``broken`` (why it is no whole file of its kind), ``closed`` (why it cannot be looked
into, although it may be whole).
"""
import hashlib
import json
import re
import sys

CHUNK = 65_536
MAX_MEMORY = 512 * 2 ** 20
MAX_SHEETS, MAX_UNPACKED = 50, 256 * 2 ** 20
PDF_SEARCHED = 1024
OLE = bytes.fromhex('d0cf11e0a1b11ae1')
BOOKS, TEXTS = ('.xlsx', '.xlsm'), ('.csv', '.txt', '.tsv')
# What no text holds; a scanner puts the sign 1D between the parts of a barcode.
CONTROL = re.compile('[\x00-\x08\x0e-\x1c\x1e\x1f\x7f]')
DOS_END = '\x1a'  # and fills the last block of a file with it
PAGE = re.compile(r'<(!--|\?xml|(!doctype|html|head|body|script|style|meta|title|table|div|p|br|b|h[1-6]|pre|error)\b)', re.IGNORECASE)
JSON = re.compile(r'\{\s*["}]|\[\s*[{\[\]]')
MOST_UNREADABLE = 0.03


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
    :raises Closed: it is locked with a password, or nobody can say what it is
    """
    ending = next((one for one in (*BOOKS, *TEXTS, '.pdf', '.xls') if name.endswith(one)), '')
    told, count = signed(head, ending)
    if told == 'xls' and ending in BOOKS:
        raise Closed("is protected with a password")
    if (ending in BOOKS and told != 'xlsx') or (ending == '.pdf' and told != 'pdf'):
        raise Broken(f"is no {ending[1:]} file")
    if ending == '.xls' and told not in ('xls', 'xlsx'):
        raise Closed("does not begin as an xls file does")
    if ending in TEXTS and told in ('xls', 'pdf'):
        raise Closed(f"holds no text but a file of another kind ({told})")
    if told == 'xlsx' and ending:
        return told, count_sheets
    return ('csv', count_lines) if ending in TEXTS else (told, count)


def signed(head: bytes, ending: str) -> tuple:
    """Return the kind that the first bytes tell, empty when they tell none, and what counts its rows."""
    if head.startswith((b'PK\x03\x04', b'PK\x05\x06')):
        return 'xlsx', count_workbook
    if head.startswith(OLE):
        return 'xls', None
    # Of a text whose rows name such a file nothing is said by it.
    is_pdf = head.startswith(b'%PDF-') if ending in TEXTS else b'%PDF-' in head[:PDF_SEARCHED]
    return ('pdf', check_pdf) if is_pdf else ('', None)


def check_pdf(file, _most: int) -> None:
    """:raises Broken: the end is missing"""
    size = file.seek(0, 2)
    file.seek(max(0, size - PDF_SEARCHED))
    if b'%%EOF' not in file.read(PDF_SEARCHED):
        raise Broken("is a PDF without its end")


def count_lines(file, most: int) -> int:
    """Return the filled rows of a CSV.

    :raises Closed: it is no CSV
    """
    import csv
    import io

    from itc_agent.collectors import _tail
    file.seek(0)
    head = file.read(_tail.HEAD_BYTES)
    encoding = _tail.find_encoding(head, 'auto')
    check_text(head, encoding)
    first = _tail.lines_of(_tail.Piece(head, 0, 0), encoding)[:1]
    file.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(file), encoding='utf-8' if encoding == 'auto' else encoding, errors='replace', newline='')
    csv.field_size_limit(CHUNK * 16)
    rows = csv.reader(text_lines(text), delimiter=_tail.find_separator(first[0]) if first else ',')
    count = 0
    try:
        for row in rows:
            count += any(cell.strip() for cell in row) and not (count == 0 and row[0].lower().startswith('sep='))
            if count >= most:
                break
    except csv.Error as error:
        raise Broken(f"is no readable CSV ({error})") from error
    return count


def check_text(head: bytes, encoding: str) -> None:
    """Look at the beginning of what should be a CSV.

    :raises Closed: it is a page or an answer of a web server, or text in no encoding that is tried
    """
    tried = ('utf-8', 'cp1252') if encoding == 'auto' else (encoding,)
    texts = [head.decode(one, 'replace') for one in tried]
    if min(text.count('\ufffd') / max(1, len(text)) for text in texts) > MOST_UNREADABLE:
        raise Closed("is no text in UTF-8, UTF-16 or Windows-1252")
    begin = texts[0].lstrip('\ufeff \t\r\n')
    if PAGE.match(begin):
        raise Closed("is a web page or XML, no CSV")
    if JSON.match(begin):
        raise Closed("is JSON, no CSV")


def text_lines(lines):
    """Give lines without marks of their encoding and of the end of a text of DOS. :raises Closed: they are no text"""
    is_over = False
    for line in lines:
        text = line.replace('\ufeff', '')
        filled = text[len(text.rstrip(DOS_END + ' \t\r\n')):]
        is_last = DOS_END in filled
        if is_last:
            text = text[:len(text) - len(filled) + filled.index(DOS_END)]
        if CONTROL.search(text) or (is_over and text.strip()):
            raise Closed("holds signs that no text does (binary data)")
        is_over |= is_last
        yield text


def count_sheets(file, most: int) -> int:
    """Return the filled rows of the longest sheet of what should be a workbook. :raises Closed: it holds none"""
    rows = count_workbook(file, most)
    if rows is None:
        raise Closed("cannot be read as a workbook: it is a zip file without any sheet")
    return rows


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
