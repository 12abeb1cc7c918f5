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
        names = [self.baseFilename, *(f'{self.baseFilename}.{part}' for part in range(1, OLD_PARTS + 1))]
        steps = [(source, target) for source, target in zip(names[-2::-1], names[:0:-1], strict=True) if os.path.exists(source)]
        try:
            # Nor one that another program holds open: asked of all before the first is moved, so that none is lost half-way.
            for source, _target in steps:
                os.replace(source, source)
            for source, target in steps:
                os.replace(source, target)
        except OSError:  # the log grows on, and each record tries anew  # pylint: disable=except-pass
            pass


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
