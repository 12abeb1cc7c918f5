"""Why a backup is not called readable: every code, what it makes of the check when the newest backup has it, and what it means."""
from __future__ import annotations

from ..results import State

OK, WARNING, CRITICAL, UNKNOWN = State.OK, State.WARNING, State.CRITICAL, State.UNKNOWN
CODES = {
    # Not over yet: what was before it is judged.
    'growing': (OK, "it is still being written"),
    'partial_name': (OK, "its name says that it is not finished"),
    # To be read yet.
    'unread': (OK, "it waits to be read"),
    'reading': (OK, "it is being read"),
    'changed': (OK, "it was changed after it was hashed, and waits to be read again"),
    # Not whole, or not what it should be.
    'empty': (CRITICAL, "it is empty"),
    'cut': (CRITICAL, "its end is missing"),
    'crc': (CRITICAL, "what is in it is not what was packed"),
    'hole': (CRITICAL, "a part of it is zeros"),
    'no_end_marker': (CRITICAL, "what marks its end is missing"),
    'missing_part': (CRITICAL, "a part is missing that belongs to it"),
    'wrong_format': (CRITICAL, "it is of another format"),
    'other_database': (CRITICAL, "it is of another database"),
    # Could not be judged.
    'future': (UNKNOWN, "its time lies in the future: either it or the clock here is wrong"),
    'no_permission': (UNKNOWN, "it may not be read"),
    'io_error': (UNKNOWN, "it cannot be read"),
    'encrypted': (UNKNOWN, "it is locked with a password"),
    'unknown_format': (UNKNOWN, "its format is not known here"),
    'too_slow': (UNKNOWN, "it takes too long to read"),
    'too_large': (UNKNOWN, "it takes too much memory to read"),
    'not_provable': (WARNING, "its format cannot be judged here"),
    'no_tool': (WARNING, "the program that could judge it is not here"),
}
UNFINISHED = ('growing', 'partial_name')
WAITING = ('unread', 'reading', 'changed')
# What may be otherwise the next time, although the file has not changed.
TRIED_AGAIN = ('no_permission', 'io_error', 'too_slow', 'too_large', 'no_tool')
