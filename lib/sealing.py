"""A chain of seals: each event's SHA-256 covers its content and the seal before it, so that no link can change alone.

    hash = SHA-256( prev LF company LF seq LF model,id LF content )        content: canonical JSON, kept as the exact text that was sealed
    the first prev is 64 zeros; seq counts up from 1 without gaps, one chain a company

Whoever may rewrite the whole chain can make it fit again; a head that somebody else wrote down before (a witness) shows that.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

GENESIS = '0' * 64
EXACT = 2**53
_HASH = re.compile(r'[0-9a-f]{64}')

CODES = ('edited', 'missing', 'inserted', 'moved', 'unlinked', 'cut', 'rewritten')


@dataclass(frozen=True, slots=True)
class Link:
    """One sealed event, as stored: nothing of it is believed."""

    seq: int
    model: str
    res_id: int
    content: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a company's chain as it was once."""

    company: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a chain at one place.

    :param seq: the event's number; of ``missing`` and ``cut`` the first one that is not there
    :param code: one of ``CODES``
    :param last_seq: of ``missing`` and ``cut`` the last one that is not there; of ``moved`` where it belongs; otherwise ``seq``
    """

    seq: int
    code: str
    last_seq: int


def plain(value):
    """Return ``value`` as JSON can hold it, the same before and after a way through PostgreSQL's ``jsonb``.

    >>> plain({'at': datetime(2026, 11, 23, 6), 'n': [1.0, 1e16, 0.5]})
    {'at': '2026-11-23T06:00:00Z', 'n': [1, 10000000000000000, 0.5]}
    """
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat() + 'Z'
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= EXACT else int(float(value))
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value]


def canonical(value) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8 not escaped. :raises ValueError: a number is not finite

    >>> canonical({'b': 'é', 'a': 1.0})
    '{"a":1,"b":"é"}'
    """
    return json.dumps(plain(value), sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False)


def seal(prev: str, company: int, seq: int, model: str, res_id: int, content: str) -> str:
    """Return the hash of one event. A lone surrogate, which PostgreSQL cannot hold anyway, is hashed too."""
    text = f'{prev}\n{company}\n{seq}\n{model},{res_id}\n{content}'
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()


def extend(head: Head, events: Iterable[tuple[str, int, str]]) -> list[Link]:
    """Return the links that follow ``head`` for events given as ``(model, id, content)``."""
    links, seq, prev = [], head.seq, head.hash
    for model, res_id, content in events:
        seq += 1
        links.append(Link(seq, model, res_id, content, prev, seal(prev, head.company, seq, model, res_id, content)))
        prev = links[-1].hash
    return links


class Walk:
    """Walks one company's chain from its start, link by link; ``findings`` says what is wrong once all were shown.

    :param start: what the first link must follow; the very beginning when left out
    :param wanted: numbers whose hashes are kept for ``against``
    """

    def __init__(self, company: int, start: Head | None = None, wanted: Iterable[int] = ()):
        self.company = company
        self.start = start or Head(company, 0, GENESIS)
        self.last = self.start
        self._wanted, self._kept = frozenset(wanted), {}
        self._findings, self._strays, self._places = [], [], {self.start.hash: self.start.seq}

    def show(self, link: Link) -> None:
        """Look at the next link in the order of ``seq``."""
        own = seal(link.prev, self.company, link.seq, link.model, link.res_id, link.content)
        if link.seq <= self.last.seq:
            self._findings.append(Finding(link.seq, 'inserted', link.seq))
            return
        if link.seq > self.last.seq + 1:
            self._findings.append(Finding(self.last.seq + 1, 'missing', link.seq - 1))
        if own != link.hash:
            self._strays.append(link)
        elif link.prev != self.last.hash and link.seq == self.last.seq + 1:
            self._findings.append(Finding(link.seq, 'unlinked', link.seq))
        self._places.setdefault(link.hash, link.seq)
        if link.seq in self._wanted:
            self._kept[link.seq] = link.hash
        self.last = Head(self.company, link.seq, link.hash)

    def findings(self) -> list[Finding]:
        """Return what is wrong, in the chain's order."""
        return sorted([*self._findings, *map(self._judge_stray, self._strays)], key=lambda one: (one.seq, one.code))

    def against(self, heads: Iterable[Head]) -> list[Finding]:
        """Return what witnesses of this company's chain saw otherwise. Heads before ``start`` cannot be judged."""
        told = {(head.seq, head.hash) for head in heads if head.company == self.company and head.seq > self.start.seq}
        found = {Finding(seq, 'rewritten', seq) for seq, digest in told if seq <= self.last.seq and self._kept.get(seq) != digest}
        beyond = max((seq for seq, _digest in told), default=0)
        if beyond > self.last.seq:
            found.add(Finding(self.last.seq + 1, 'cut', beyond))
        return sorted(found, key=lambda one: one.seq)

    def has(self, head: Head) -> bool:
        """Tell whether a head of a wanted number is of this chain."""
        return head.company == self.company and self._kept.get(head.seq) == head.hash

    def _judge_stray(self, link: Link) -> Finding:
        """Tell whether a link was edited, or only put under another number."""
        place = self._places.get(link.prev, link.seq - 1) + 1
        if place != link.seq and seal(link.prev, self.company, place, link.model, link.res_id, link.content) == link.hash:
            return Finding(link.seq, 'moved', place)
        return Finding(link.seq, 'edited', link.seq)


def parse_witness(text: str, db_id: str, foreign: bool = False) -> tuple[list[Head], int]:
    """Return the heads of an agent's witness file and how many lines could not be read.

    :param text: one JSON object a line: ``db_id, company, seq, hash``; other keys do not matter
    :param db_id: heads of other databases are left out
    :param foreign: return those of other databases instead
    """
    heads, bad = [], 0
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            head = Head(row['company'], row['seq'], row['hash'])
            good = type(head.company) is int and type(head.seq) is int and head.seq > 0 and _HASH.fullmatch(head.hash)
        except (ValueError, TypeError, KeyError, RecursionError):
            good = False
        if not good:
            bad += 1
        elif (row.get('db_id') != db_id) == foreign:
            heads.append(head)
    return heads, bad


def differences(sealed: Mapping, present: Mapping) -> list[str]:
    """Return the names of a sealed record's fields that are not as they were; fields that exist no more are left out.

    >>> differences({'state': 'done', 'gone': 1}, {'state': 'missed', 'new': 2})
    ['state']
    """
    return sorted(name for name, value in sealed.items() if name in present and plain(present[name]) != value)
