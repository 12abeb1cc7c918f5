"""The server's half of docs/protocol.md: bodies and headers in, checked values out, or ``ProtocolError``.

Pure: what needs the database (which host, which epoch, replays, foreign checks) is the model's, with ``refuse(code)``.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .spreadsheet_text import neutralise
from .wire_backup import BackupFile, parse_backup_files
from .wire_enrol import Enrolment, normalise_code, parse_enrolment
from .wire_json import Refused, canonical, digest, load
from .wire_record import BadRecord, Cycle, Event, Record, Rejected, misfit, parse_record
from .wire_shape import Series, Shape, parse_shape, shape_id
from .wire_values import boolean, fields, hex_text, integer, items, moment, number, text

__all__ = [
    'BackupFile', 'Credentials', 'Cycle', 'Enrolment', 'Event', 'MAX_BODY_BYTES', 'MAX_RECORDS', 'PROTO', 'ProtocolError', 'REFUSALS',
    'Record', 'Rejected', 'Report', 'Series', 'Settlement', 'Shape', 'canonical', 'check_headers', 'digest', 'misfit',
    'neutralise', 'normalise_code', 'parse_authorization', 'parse_backup_files', 'parse_enrol', 'parse_report', 'rate', 'refuse',
    'resend_from', 'settle', 'shape_id',
]

PROTO = 1
MAX_BODY_BYTES = 262_144
MAX_RECORDS = 500

# An enrolment's settings have lists six levels down; a report carries the same three levels further, in an event.
ENROL_DEPTH = 6
REPORT_DEPTH = 9

REFUSALS = {
    'bad_json': (400, "The body is not JSON in UTF-8."),
    'bad_report': (400, "The report is not as the protocol says."),
    'bad_enrol': (400, "The enrolment is not as the protocol says."),
    'bad_shape': (400, "A shape is not as the protocol says."),
    'unauthorized': (401, "The key is missing, unknown, wrong or revoked."),
    'pending': (403, "Nobody has confirmed this host yet."),
    'foreign_check': (403, "A check belongs to another host."),
    'code_invalid': (403, "The enrolment code is unknown, used or expired."),
    'too_slow': (408, "The body did not come in time."),
    'wrong_database': (409, "This is another database than the one enrolled with."),
    'replayed': (409, "A report with this number was seen already."),
    'length_required': (411, "Send a Content-Length and no chunks."),
    'too_large': (413, f"The body is larger than {MAX_BODY_BYTES} bytes."),
    'unsupported_type': (415, "Send application/json without compression."),
    'busy': (429, "Another request is being read or stored; ask again."),
    'too_many': (429, "This host sends too much."),
}

_REPORT = frozenset({
    'proto', 'db_id', 'epoch', 'report_no', 'agent_now', 'mono_now', 'boot_session', 'oldest_seq', 'first_seq', 'wake',
    'shapes', 'latest', 'records',
})
_BEARER = re.compile(r'Bearer itc1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})')
_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


class ProtocolError(Exception):
    """The whole request is refused and nothing may be written.

    :param status: HTTP status
    :param code: one of ``REFUSALS``
    :param detail: English sentence; never repeats what came in
    """

    def __init__(self, status: int, code: str, detail: str):
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail

    def body(self) -> dict:
        """Return the JSON answer."""
        return {'proto': PROTO, 'error': self.code, 'detail': self.detail}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a request claims to be; only the hash of the secret leaves the header."""

    key_id: str
    secret_sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report whose every part is well-formed; times are naive UTC.

    :param shapes: by id
    :param records: those that are good, ascending by ``seq``
    :param latest: the newest cycle when it is not among the records, and good
    :param rejected: those that are not, with codes; ``latest`` may be among them
    :param end_seq: the ``seq`` after the last record, good or not
    """

    db_id: str
    epoch: str
    report_no: int
    agent_now: datetime
    mono_now: float
    boot_session: str
    oldest_seq: int
    first_seq: int
    end_seq: int
    wake: bool
    shapes: dict[str, Shape]
    records: tuple[Record, ...]
    latest: Record | None
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to do with a report once the shapes are known.

    :param store: records to insert, ``latest`` among them, ascending by ``seq``
    :param rejected: for the answer and the log
    :param ack: the ``seq`` up to which everything is stored or rejected once ``store`` is committed
    :param need_shapes: ids to ask for
    """

    store: tuple[Record, ...]
    rejected: tuple[Rejected, ...]
    ack: int
    need_shapes: tuple[str, ...]


def refuse(code: str, detail: str | None = None) -> ProtocolError:
    """Return the error to raise for a code of ``REFUSALS``.

    >>> refuse('replayed').status
    409
    """
    status, sentence = REFUSALS[code]
    return ProtocolError(status, code, detail or sentence)


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a post by its headers, before its body is read.

    :param headers: looked up by ``get`` with their canonical names
    :raises ProtocolError: 411, 413 or 415
    """
    length = headers.get('Content-Length', '')
    if headers.get('Transfer-Encoding') or not re.fullmatch('[0-9]{1,12}', length):
        raise refuse('length_required')
    if int(length) > MAX_BODY_BYTES:
        raise refuse('too_large')
    if headers.get('Content-Encoding') or not _JSON_TYPE.fullmatch(headers.get('Content-Type', '')):
        raise refuse('unsupported_type')


def rate(value: object, default: float, least: float) -> float:
    """Return how much a host may send a minute, as a parameter says it; ``least`` for less, ``default`` for what is no number above 0."""
    try:
        number = float(value or default)
    except (TypeError, ValueError):
        return default
    return max(number, least) if 0 < number < math.inf else default


def parse_authorization(header: str | None) -> Credentials:
    """Return the key of a request. :raises ProtocolError: 401, with the same bytes as for an unknown key"""
    match = _BEARER.fullmatch(header or '')
    if not match:
        raise refuse('unauthorized')
    key_id, secret = match.groups()
    return Credentials(key_id, hashlib.sha256(secret.encode('ascii')).hexdigest())


def parse_enrol(body: bytes) -> Enrolment:
    """Return the enrolment of a body. :raises ProtocolError: 400 or 413"""
    value = _load(body, ENROL_DEPTH)
    try:
        return parse_enrolment(value)
    except Refused as error:
        raise refuse('bad_enrol', str(error)) from None


def parse_report(body: bytes) -> Report:
    """Return the report of a body; records that are poison stand in ``rejected``.

    :raises ProtocolError: 400 or 413: the report as a whole is not one
    """
    value = _load(body, REPORT_DEPTH)
    try:
        found = fields(value, "The report", _REPORT)
        integer(found['proto'], "proto", 1, 1)
        first_seq = integer(found['first_seq'], "first_seq", 1)
        raw = items(found['records'], "records", MAX_RECORDS)
        records, rejected = _records(raw, first_seq)
        latest = _latest(found['latest'], first_seq + len(raw), rejected)
        return Report(
            db_id=hex_text(found['db_id'], "db_id", 32),
            epoch=hex_text(found['epoch'], "epoch", 32),
            report_no=integer(found['report_no'], "report_no", 1),
            agent_now=moment(found['agent_now'], "agent_now"),
            mono_now=number(found['mono_now'], "mono_now", 0),
            boot_session=text(found['boot_session'], "boot_session", 64),
            oldest_seq=integer(found['oldest_seq'], "oldest_seq", 1, first_seq),
            first_seq=first_seq,
            end_seq=first_seq + len(raw),
            wake=boolean(found['wake'], "wake"),
            shapes=_shapes(found['shapes']),
            records=tuple(records),
            latest=latest,
            rejected=tuple(rejected),
        )
    except Refused as error:
        raise refuse('bad_report', str(error)) from None


def settle(report: Report, known: Mapping[str, Shape]) -> Settlement:
    """Return what to store, reject, acknowledge and ask for.

    The acknowledgement stops before the first record whose shape is missing; what follows is sent again.

    :param known: the server's shapes of this host by id, at least those that the report names; its own come from itself
    """
    shapes = {**known, **report.shapes}
    latest = (report.latest,) if report.latest else ()
    unknown = [record for record in (*report.records, *latest) if not _has_shape(record, shapes)]
    ack = min((record.seq for record in unknown if record is not report.latest), default=report.end_seq) - 1
    store, rejected = [], [one for one in report.rejected if one.seq <= ack or one.seq >= report.end_seq]
    for record in (*(one for one in report.records if one.seq <= ack), *latest):
        if not _has_shape(record, shapes):
            continue
        code = misfit(record, shapes[record.shape]) if isinstance(record, Cycle) else None
        if code:
            rejected.append(Rejected(record.seq, code))
        else:
            store.append(record)
    return Settlement(
        store=tuple(store),
        rejected=tuple(sorted(rejected, key=lambda one: one.seq)),
        ack=ack,
        need_shapes=tuple(dict.fromkeys(record.shape for record in unknown)),
    )


def _has_shape(record: Record, shapes: Mapping[str, Shape]) -> bool:
    return not isinstance(record, Cycle) or record.shape in shapes


def resend_from(acked_seq: int, oldest_seq: int, first_seq: int) -> int | None:
    """Return the ``seq`` from which the agent shall send again, or None.

    :param acked_seq: up to where this database holds the epoch, 0 for nothing; less than the agent believes after a
        restore from a backup
    :param oldest_seq: the lowest that the agent still keeps; what lies before it is gone

    >>> resend_from(700, 1, 800), resend_from(799, 1, 800), resend_from(0, 800, 800)
    (701, None, None)
    """
    wanted = max(acked_seq + 1, oldest_seq)
    return wanted if wanted < first_seq else None


def _load(body: bytes, max_depth: int) -> object:
    if len(body) > MAX_BODY_BYTES:
        raise refuse('too_large')
    try:
        return load(body, max_depth)
    except Refused as error:
        raise refuse('bad_json', str(error)) from None


def _shapes(value: object) -> dict[str, Shape]:
    raw = items(value, "shapes", MAX_RECORDS + 1)
    try:
        shapes = {shape.id: shape for shape in map(parse_shape, raw)}
        if len(shapes) < len(raw):
            raise Refused("A shape is sent twice.")
    except Refused as error:
        raise refuse('bad_shape', str(error)) from None
    return shapes


def _records(raw: list, first_seq: int) -> tuple[list[Record], list[Rejected]]:
    """Return the good and the rejected records; a record's place gives its ``seq`` even when it is no object."""
    records, rejected = [], []
    for seq, value in enumerate(raw, first_seq):
        try:
            if type(value) is not dict or type(value.get('seq')) is not int:
                raise BadRecord('bad_record')
            if value['seq'] != seq:
                raise Refused("The records do not ascend without gaps from first_seq.")
            records.append(parse_record(value, seq))
        except BadRecord as error:
            rejected.append(Rejected(seq, error.code))
    return records, rejected


def _latest(value: object, end_seq: int, rejected: list[Rejected]) -> Record | None:
    """Return the newest cycle, or None; poison joins ``rejected``."""
    if value is None:
        return None
    if type(value) is not dict:
        raise Refused("latest is neither a record nor null.")
    seq = integer(value.get('seq'), "latest's seq", end_seq)
    try:
        return parse_record(value, seq)
    except BadRecord as error:
        rejected.append(Rejected(seq, error.code))
        return None
