"""Codes made of names: short, plain, and not taken yet."""

import re
import unicodedata
from collections.abc import Collection

MAX_LENGTH = 48


def slug(name: str, fallback: str = 'code') -> str:
    """Return the code that a name suggests: small Latin letters, digits and underscores.

    :param fallback: what a name in another script, or of signs only, is called

    >>> slug("Odoo-Sicherung ist vollständig!"), slug("ምትኬ", 'task')
    ('odoo_sicherung_ist_vollstandig', 'task')
    """
    plain = unicodedata.normalize('NFKD', name or '').encode('ascii', 'ignore').decode('ascii').lower()
    return re.sub(r'[^a-z0-9]+', '_', plain).strip('_')[:MAX_LENGTH].rstrip('_') or fallback


def free(stem: str, taken: Collection[str]) -> str:
    """Return ``stem``, or the first of ``stem_2``, ``stem_3``, … that is not taken.

    >>> free('disk', {'disk', 'disk_2'})
    'disk_3'
    """
    code, number = stem, 1
    while code in taken:
        number += 1
        code = f'{stem}_{number}'
    return code
