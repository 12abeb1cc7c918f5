"""When a certificate ends, read from its bytes: Python's own reader takes only certificates it trusts, and an expired one is none of them. Pure."""
from __future__ import annotations

from datetime import datetime, timezone

SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION = 0x30, 0x17, 0x18, 0xA0
DAY_S = 86400


def expiry(der: bytes | None) -> float | None:
    """Return the last second of a certificate's validity, in seconds since 1970; None when the bytes are no certificate."""
    try:
        certificate, _rest = _take(der or b'', SEQUENCE)
        rest, _signature = _take(certificate, SEQUENCE)
        if rest[0] == VERSION:
            _version, rest = _take(rest, VERSION)
        for _field in ('serial', 'algorithm', 'issuer'):
            _value, rest = _take(rest)
        validity, _rest = _take(rest, SEQUENCE)
        _begin, rest = _take(validity)
        end, _rest = _take(rest)
        return _seconds(rest[0], end.decode('ascii'))
    except (IndexError, ValueError):
        return None


def _take(data: bytes, tag: int | None = None) -> tuple[bytes, bytes]:
    """Return the content of the first DER element and what follows it. :raises ValueError, IndexError: there is none, or one of another kind"""
    if tag is not None and data[0] != tag:
        raise ValueError(f"element {data[0]:#x} instead of {tag:#x}")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[2:2 + count], 'big'), 2 + count
    if start + length > len(data):
        raise ValueError("an element is cut off")
    return data[start:start + length], data[start + length:]


def _seconds(tag: int, text: str) -> float:
    if tag == UTC_TIME:  # years 1950 to 2049
        text = ('19' if text[:2] >= '50' else '20') + text
    elif tag != GENERALIZED_TIME:
        raise ValueError(f"{tag:#x} is no time")
    return datetime.strptime(text, '%Y%m%d%H%M%SZ').replace(tzinfo=timezone.utc).timestamp()


def days_left(expires_at: float | None, now: float) -> dict[str, float]:
    """Return ``{'cert_days': …}``, below 0 for one that has expired; nothing without a certificate.

    >>> days_left(172800.0, 86400.0), days_left(0.0, 43200.0), days_left(None, 0.0)
    ({'cert_days': 1.0}, {'cert_days': -0.5}, {})
    """
    return {} if expires_at is None else {'cert_days': round((expires_at - now) / DAY_S, 2)}
