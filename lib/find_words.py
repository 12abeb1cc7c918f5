"""Finds texts by the ordinary words of a sentence: people ask for what they see, in words that they misspell.

What may fit is looked up elsewhere by ``beginnings``; how well it fits, and in which order it is shown, is decided here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

# Shorter ones ("is", "my", "no") are in every sentence; other scripts write a word in two signs.
MIN_LENGTH = 3
MAX_WORDS = 12
BEGINNING = 3
# What is nearly the same word: as much of the letters is the same, in the same order.
SAME_LETTERS = 0.8
# What fits less than this part of the best is left out.
NEAR_BEST = 0.5
IN_TITLE = 2.0
EMPTY_WORDS = frozenset(
    'about again all and any anymore are but can cannot could does doing for from get gets had has have her hers him his how its just may mine '
    'must not now our please she should some than thank thanks that the their them then there they this too was were what when where which who '
    'why will with would you your'.split())
_WORD = re.compile(r'[^\W_]+')


@dataclass(frozen=True, slots=True)
class Text:
    """Something that may be found.

    :param key: what the caller knows it by
    :param title: words that count double
    :param more: its other words
    """

    key: int
    title: str
    more: str = ''


def words(text: str) -> list[str]:
    """Return the words of a sentence that say something, each once, in their order.

    >>> words("My printer is JAMMED, my printer!")
    ['printer', 'jammed']
    """
    found = (word for word in _WORD.findall(text.casefold()) if len(word) >= MIN_LENGTH or (len(word) > 1 and not word.isascii()))
    return [word for word in dict.fromkeys(found) if word not in EMPTY_WORDS][:MAX_WORDS]


def beginnings(asked: Iterable[str]) -> list[str]:
    """Return with what one of the words has to begin in whatever fits: few letters, which even a misspelt word has.

    >>> beginnings(['printer', 'printing', 'ink'])
    ['ink', 'pri']
    """
    return sorted({word[:BEGINNING] for word in asked})


def likeness(asked: str, word: str) -> float:
    """Return from 0 (another word) to 1 (the same) how much a word is what was asked for.

    >>> likeness('toner', 'toner'), likeness('print', 'printer'), likeness('printing', 'printer'), likeness('tonner', 'toner')
    (1.0, 0.8, 0.7, 0.6)
    >>> likeness('paper', 'password')
    0.0
    """
    if asked == word:
        return 1.0
    if word.startswith(asked) or (asked.startswith(word) and len(word) > BEGINNING):
        return 0.8
    shared = next((place for place, (one, other) in enumerate(zip(asked, word, strict=False)) if one != other), 0)
    if shared > BEGINNING and shared >= 0.6 * max(len(asked), len(word)):
        return 0.7
    if min(len(asked), len(word)) > BEGINNING and SequenceMatcher(None, asked, word).ratio() >= SAME_LETTERS:
        return 0.6
    return 0.0


def fit(asked: Iterable[str], text: Text) -> float:
    """Return how well a text fits the words that were asked for; 0 where none of them is in it."""
    title, more = set(words(text.title)), set(_WORD.findall(text.more.casefold()))
    return sum(
        max(IN_TITLE * _nearest(word, title), _nearest(word, more))
        for word in asked)


def best(asked: list[str], texts: Iterable[Text], limit: int) -> list[int]:
    """Return the keys of the texts that fit, the best first; of equals the one that was given first."""
    fits = [(fit(asked, text), text.key) for text in texts]
    least = NEAR_BEST * max((score for score, _key in fits), default=0)
    found = sorted((pair for pair in fits if pair[0] and pair[0] >= least), key=lambda pair: -pair[0])
    return [key for _score, key in found[:limit]]


def _nearest(asked, others):
    return max((likeness(asked, word) for word in others), default=0.0)
