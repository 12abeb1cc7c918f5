"""Looks whether files and folders can be reached, and prints what came of it as JSON. A program of its own: a network folder can hold whoever asks.

Run by ``programs.run_python``; reads ``{"paths": [...], "guesses": [...]}`` and writes ``{"paths": {path: word}, "found": [path]}``. A word is ``there``,
``empty``, ``absent``, ``no drive`` (its drive or root is not there, either), or why it cannot be looked at. Guesses are patterns; those that find
something are told.
"""
from __future__ import annotations

import glob
import json
import os
import sys

# ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND; Windows gives network trouble as a missing file, too, with other numbers.
NOT_FOUND = {2, 3}


def look_at(path: str) -> str:
    try:
        if os.path.isdir(path):
            with os.scandir(path) as entries:
                return 'there' if next(entries, None) else 'empty'
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        if getattr(error, 'winerror', None) not in (None, *NOT_FOUND):
            return error.strerror or str(error)
        drive = os.path.splitdrive(path)[0]
        return 'no drive' if drive and not os.path.exists(drive + os.sep) else 'absent'
    except (OSError, ValueError) as error:
        return getattr(error, 'strerror', None) or str(error)
    return 'there'


def main() -> None:
    job = json.load(sys.stdin)
    found = [path for guess in job['guesses'] for path in sorted(glob.glob(guess))]
    json.dump({'paths': {path: look_at(path) for path in job['paths']}, 'found': found[:20]}, sys.stdout)


if __name__ == '__main__':
    main()
