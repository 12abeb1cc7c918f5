"""Strict JSON for hostile bodies: one meaning, bounded depth, finite numbers; and its canonical form with a digest."""

import hashlib
import json


class Refused(ValueError):
    """Something on the wire is not what docs/protocol.md says; the message is an English sentence without its content."""


def load(body: bytes, max_depth: int) -> object:
    """Return the value of a JSON body in UTF-8.

    Numbers may still be huge or infinite (``1e999``) and strings odd: the reader of each field judges them.

    :param max_depth: lists and objects within one another, counted before parsing
    :raises Refused: not UTF-8, not JSON, too deep, a key twice in one object, or NaN and Infinity
    """
    if _is_deeper(body, max_depth):
        raise Refused(f"The body is nested more than {max_depth} levels deep.")
    try:
        return _DECODER.decode(body.decode('utf-8'))
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused("The body is not JSON in UTF-8.") from None


def canonical(value: object) -> bytes:
    """Return the one spelling of a JSON value: sorted keys, no spaces, UTF-8 not escaped.

    :raises ValueError: NaN, infinity, or a lone surrogate

    >>> canonical({'b': [1, None], 'a': 'é'}).decode()
    '{"a":"é","b":[1,null]}'
    """
    return _ENCODER.encode(value).encode('utf-8')


def digest(value: object) -> int:
    """Return the first 64 bits of the SHA-256 of the canonical form, signed so that they fit a BIGINT."""
    return int.from_bytes(hashlib.sha256(canonical(value)).digest()[:8], 'big', signed=True)


def _is_deeper(body: bytes, max_depth: int) -> bool:
    """Tell whether brackets outside strings nest deeper, or do not pair up.

    Everything runs in C: escapes go first (a backslash outside a string is refused by the parser anyway), then strings,
    then all but brackets; each replacement after that takes off exactly the innermost level.
    """
    if b'\\' in body:
        body = body.replace(b'\\\\', b'').replace(b'\\"', b'')
    brackets = b''.join(body.split(b'"')[::2]).translate(_ONE_BRACKET, _NO_BRACKET)
    for _level in range(max_depth):
        if not brackets:
            return False
        brackets = brackets.replace(b'[]', b'')
    return bool(brackets)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("An object holds the same key twice.")
    return found


def _no_constant(_name: str) -> None:
    raise Refused("NaN and Infinity are not JSON.")


_ONE_BRACKET = bytes.maketrans(b'{}', b'[]')
_NO_BRACKET = bytes(set(range(256)) - set(b'[]{}'))
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False)
