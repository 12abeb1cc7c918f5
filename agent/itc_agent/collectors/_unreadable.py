"""What psutil raises where the system does not tell, or tells what psutil cannot read: a file of ``/proc`` that is empty, or is not as it knows it."""
import psutil

from ..judge import counted

UNREADABLE = (psutil.Error, OSError, LookupError, ValueError, TypeError, RuntimeError)


def untold(count: int) -> str:
    """Return in words that so many processes may not be named; '' of none."""
    return counted(count, "process does not tell its name", "processes do not tell their names") if count else ''
