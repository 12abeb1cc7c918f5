"""Logging to a file, and to stderr where there is one: a Windows service has none."""
from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler

FORMAT = '%(asctime)s %(levelname)s %(name)s: %(message)s'


def set_up(path, level: str = 'info') -> None:
    """Send the log of this package to ``path`` (5 parts of 1 MiB) and to stderr.

    :raises OSError: the file cannot be written
    """
    logger = logging.getLogger('itc_agent')
    logger.setLevel(level.upper())
    logger.propagate = False
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [RotatingFileHandler(path, maxBytes=2 ** 20, backupCount=4, encoding='utf-8')]
    if sys.stderr is not None:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
