"""Logging to a file, and to stderr where there is one: a Windows service has none."""
from __future__ import annotations

import logging
import os
import sys

FORMAT = '%(asctime)s %(levelname)s %(name)s: %(message)s'
MAX_BYTES, OLD_PARTS = 2 ** 20, 4


class PartedFile(logging.FileHandler):
    """A log file that starts anew at 1 MiB and keeps four old parts, ``.1`` the youngest.

    The standard library's rotating handler comes with its socket and pickle ones: half a megabyte in every agent.
    """

    def emit(self, record):  # returns nothing  # pylint: disable=missing-return
        super().emit(record)
        if self.stream and self.stream.tell() > MAX_BYTES:
            self._turn()

    def _turn(self):
        # Windows renames no open file; FileHandler opens it again by itself with the next record.
        self.stream.close()
        self.stream = None
        for part in range(OLD_PARTS, 0, -1):
            source = self.baseFilename if part == 1 else f'{self.baseFilename}.{part - 1}'
            if os.path.exists(source):
                os.replace(source, f'{self.baseFilename}.{part}')


def set_up(path, level: str = 'info') -> None:
    """Send the log of this package to ``path`` (5 parts of 1 MiB) and to stderr.

    :raises OSError: the file cannot be written
    """
    logger = logging.getLogger('itc_agent')
    logger.setLevel(level.upper())
    logger.propagate = False
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [PartedFile(path, encoding='utf-8')]
    if sys.stderr is not None:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
