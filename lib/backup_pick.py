"""A pick at random that can be checked afterwards: seed and candidates are written down before anybody sees what was picked."""

import hashlib
import json
from collections.abc import Sequence


def commitment(seed: str, candidates: Sequence[str]) -> str:
    """Return the SHA-256 that binds a seed and the candidates in their order.

    >>> commitment('00', ['a', 'b'])[:16]
    '91010e597caa2b67'
    """
    return hashlib.sha256(json.dumps([seed, list(candidates)], ensure_ascii=False).encode()).hexdigest()


def pick(seed: str, candidates: Sequence[str]) -> int:
    """Return the place of the candidate that a seed picks: each is as likely as the others.

    :raises ValueError: there is none

    >>> pick('00', ['a', 'b', 'c']) == pick('00', ['a', 'b', 'c'])
    True
    """
    if not candidates:
        raise ValueError("nothing to pick from")
    return int(hashlib.sha256(f'pick:{commitment(seed, candidates)}'.encode()).hexdigest(), 16) % len(candidates)
