"""Where this agent keeps its things, for those who are not given its settings: collectors."""
from __future__ import annotations

from pathlib import Path

from .config import DEFAULT_STATE_DIR

_place = {'folder': Path(DEFAULT_STATE_DIR)}


def use(state_dir) -> None:
    """Let everybody use the state folder of this agent."""
    _place['folder'] = Path(state_dir)


def folder() -> Path:
    return _place['folder']
