"""Whether a backup is about as large as those before it: by their median and how far they usually lie from it, never by a fixed part."""

from collections.abc import Sequence
from statistics import median

LEAST, MOST = 5, 30  # so many sizes make a history; so many are looked at
# Six usual deviations either way. Ten files of one size make the eleventh no sensation, so the scatter is never taken for less than 3 %.
DEVIATIONS, MAD_TO_SIGMA, LEAST_SCATTER = 6, 1.4826, 0.03


def bounds(sizes: Sequence[float]) -> tuple[int, int] | None:
    """Return between which sizes a backup is one like those before it; None where there are too few to say.

    :param sizes: in bytes, newest last

    >>> bounds([100, 101, 99, 100, 100])
    (82, 118)
    >>> bounds([100, 200]) is None
    True
    """
    known = list(sizes)[-MOST:]
    if len(known) < LEAST:
        return None
    usual = median(known)
    scatter = max(MAD_TO_SIGMA * median([abs(one - usual) for one in known]), LEAST_SCATTER * usual)
    return max(0, round(usual - DEVIATIONS * scatter)), round(usual + DEVIATIONS * scatter)
