"""Regular expressions that come from a setting. They can never stand the agent still.

Python cannot stop a match: ``(a+)+$`` against thirty letters takes minutes, no other thread runs meanwhile, and no time limit helps. So a
pattern with repeats is matched in a child process (``pattern_child``) that is given two seconds; a few choices without repeats cannot run away
and are matched here. Composed and decomposed letters (é as one sign or as two) are the same.

>>> find('o+do', [('odoo', ' -c x'), ('tail', ' odoo.log'), ('vi', '')])
[2, 1, 0]
"""
from __future__ import annotations

import json
import os
import re
import sys

from . import time_limit
from .errors import SourceUnavailable
from .judge import clip
from .pattern_child import extract as extract_one
from .pattern_child import find as find_one

MATCH_S, START_S = 2.0, 3.0
MAX_LENGTH, SHOWN_LENGTH = 500, 80
MAX_CHOICES, MAX_DIRECT_LENGTH = 3, 100
CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'pattern_child.py')


def refuse_wrong(key: str, pattern: str) -> None:
    """Check a pattern as a setting.

    :raises ValueError: it is too long or not a regular expression; ``key`` is named
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"{key}: expected a regular expression of at most {MAX_LENGTH} characters")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{key}: expected a regular expression ({error})") from error


def find(pattern: str, texts, *, ignore_case: bool = False) -> list[int]:
    """Return for each text whether the pattern is found in it.

    :param texts: pairs ``(head, rest)``; the text is both together
    :return: 2 found, beginning in ``head`` (or ``rest`` is empty), 1 found, but it begins later, 0 not found
    :raises SourceUnavailable: it cannot be told within two seconds
    """
    texts = list(texts)
    if not texts:
        return []
    if harmless(pattern) and all(head.isascii() and rest.isascii() for head, rest in texts):
        compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
        return [find_one(compiled, head, rest) for head, rest in texts]
    return _ask_child(pattern, {'texts': texts, 'ignore_case': ignore_case})


def extract(pattern: str, texts) -> list[str | None]:
    """Return for each text what the pattern's first group finds in it (without a group: the pattern), None where nothing is found.

    :raises SourceUnavailable: it cannot be told within two seconds

    >>> extract('at=(o.)', ['at=ok', 'no'])
    ['ok', None]
    """
    texts = list(texts)
    if not texts:
        return []
    if harmless(pattern) and all(text.isascii() for text in texts):
        compiled = re.compile(pattern)
        return [extract_one(compiled, text) for text in texts]
    return _ask_child(pattern, {'texts': texts, 'ignore_case': False, 'extract': True})


def harmless(pattern: str) -> bool:
    """Tell whether a pattern has no repeat and so few choices that trying them all takes no time.

    >>> harmless(r'odoo(-bin)?\\b'), harmless('^java$|javaw'), harmless('(a|b)*'), harmless('a?a?a?a?aaaa')
    (True, True, False, False)
    """
    return (len(pattern) <= MAX_DIRECT_LENGTH and pattern.isascii() and not set(pattern) & set('*+{')
            and pattern.count('?') + pattern.count('|') <= MAX_CHOICES)


def _ask_child(pattern: str, job: dict) -> list:
    import subprocess
    named = repr(clip(pattern, SHOWN_LENGTH))
    seconds = time_limit.left(MATCH_S)
    asked = json.dumps({**job, 'pattern': pattern, 'seconds': seconds}).encode('ascii')
    try:
        done = subprocess.run([sys.executable, '-I', '-S', CHILD], input=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              timeout=time_limit.left(MATCH_S + START_S), creationflags=getattr(subprocess, 'CREATE_NO_WINDOW', 0))
        answer = None if done.returncode else json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        answer = None
    except (OSError, ValueError) as error:
        raise SourceUnavailable(f"the pattern {named} could not be matched: {error}") from error
    if answer is None:
        raise SourceUnavailable(f"the pattern {named} takes too long or too much memory: it can match in too many ways; "
                                "write it without a repeat inside a repeat")
    return answer
