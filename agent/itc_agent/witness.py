"""What this host saw of the server's evidence log: where it stood, at each report.

The server seals its log by hashing each event with the one before it. Whoever owns the database could rewrite all of it; a head that is written down
here cannot be unsaid. One JSON object a line is only ever appended; full files are renamed and kept, so no head is lost.
"""
from __future__ import annotations

import json
import logging
import os
import re

from . import wire

_logger = logging.getLogger(__name__)
FILE = 'witness.jsonl'
MAX_BYTES = 4 * 2 ** 20
_HASH = re.compile(r'[0-9a-f]{64}')


class Witness:
    """Appends the heads that answers carry.

    :param folder: the state folder
    :param db_id: of the database this host is enrolled in
    """

    def __init__(self, folder, db_id: str, max_bytes: int = MAX_BYTES):
        self._folder, self._db_id, self._max_bytes = folder, db_id, max_bytes
        self._last = {}
        for row in read_rows(folder):
            if row.get('db_id') == db_id:
                self._last[row['company']] = (row['seq'], row['hash'])
        self._failed = False

    def note(self, answer: dict) -> None:
        """Write down each head of an answer that differs from the one before it. A disk that is full never stops the reporting."""
        lines, heads = [], answer.get('chain_heads')
        for head in heads if isinstance(heads, list) else ():
            if not is_head(head):
                _logger.warning("a head of the evidence log makes no sense: %.200r", head)
                continue
            company, seen = head['company'], (head['seq'], head['hash'])
            before = self._last.get(company)
            if seen == before:
                continue
            if before and seen[0] <= before[0]:
                _logger.error("the evidence log of company %s went back from event %s to %s: restored from a backup, or rewritten", company, before[0], seen[0])
            lines.append({'db_id': self._db_id, 'company': company, 'seq': seen[0], 'hash': seen[1], 'server_now': str(answer.get('server_now'))[:40]})
        if lines:
            self._write(lines)

    def _write(self, lines) -> None:
        try:
            append(self._folder, ''.join(wire.canonical(line) + '\n' for line in lines), self._max_bytes)
        except OSError as error:
            if not self._failed:
                _logger.error("%s cannot be written: %s", self._folder / FILE, error)
            self._failed = True
            return
        self._failed = False
        self._last.update({line['company']: (line['seq'], line['hash']) for line in lines})


def is_head(head) -> bool:
    """Tell whether a value of an answer is a head."""
    return (isinstance(head, dict) and type(head.get('company')) is int and type(head.get('seq')) is int and head['seq'] > 0
            and isinstance(head.get('hash'), str) and _HASH.fullmatch(head['hash']) is not None)


def append(folder, text: str, max_bytes: int) -> None:
    """Append whole lines and wait until the disk has them; begin another file when this one is full. :raises OSError: it cannot be written"""
    file = folder / FILE
    if file.exists() and file.stat().st_size + len(text) > max_bytes:
        file.rename(folder / f'witness-{len(files(folder)):04d}.jsonl')
    with open(file, 'ab') as out:
        # A line that a power cut tore off must not swallow the next one.
        torn = out.tell() > 0 and not _ends_with_newline(file)
        out.write((b'\n' if torn else b'') + text.encode('utf-8'))
        out.flush()
        os.fsync(out.fileno())


def _ends_with_newline(file) -> bool:
    with open(file, 'rb') as done:
        done.seek(-1, os.SEEK_END)
        return done.read(1) == b'\n'


def files(folder) -> list:
    """Return the files, oldest first; the one being written is the last."""
    current = folder / FILE
    return [*sorted(folder.glob('witness-[0-9]*.jsonl')), *([current] if current.exists() else [])]


def read_rows(folder):
    """Yield the heads that were written down, oldest first; a torn line is left out."""
    for file in files(folder):
        with open(file, encoding='utf-8', errors='replace') as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if is_head(row):
                    yield row
