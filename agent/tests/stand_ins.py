"""Programs that answer in the place of ones that cannot be had here."""
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest


def executable(folder, name, **answers):
    """Return the path of a program: ``answers`` are the shell lines for each of its arguments (``get_id`` for ``--get-id``)."""
    if os.name == 'nt':
        pytest.skip("the stand-ins are shell scripts")
    folder.mkdir(parents=True, exist_ok=True)
    cases = ''.join(f"  --{argument.replace('_', '-')}) {lines} ;;\n" for argument, lines in answers.items())
    path = folder / name
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}  *) while :; do sleep 1; done ;;\nesac\n')
    path.chmod(0o755)
    return str(path)


def _is_started(pid, command):
    """Tell whether a process is the program already, and not what starts it: that bears the program's words, too."""
    with contextlib.suppress(psutil.Error):
        argv, words = psutil.Process(pid).cmdline(), [str(word) for word in command]
        return argv[-len(words):] == words and argv[:-len(words)] in ([], [argv[0]]) and argv[0] != 'setsid'
    return False


def _runs(pid):
    """Tell whether a process has not ended yet; one whose end nobody has asked about has."""
    try:
        return Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(') ')[2][0] not in 'ZX'
    except OSError:
        return False


@contextlib.contextmanager
def services(*commands):
    """Let the block have these running, and as nobody's children: the agent does not count what it has started itself."""
    started = []
    try:
        for command in commands:
            done = subprocess.run(['sh', '-c', 'setsid "$@" >/dev/null 2>&1 & echo $!', 'sh', *command], check=True, capture_output=True, text=True)
            started.append(int(done.stdout))
        end = time.monotonic() + 5
        while time.monotonic() < end and not all(map(_is_started, started, commands)):
            time.sleep(0.02)
        yield started
    finally:
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        end = time.monotonic() + 5
        while time.monotonic() < end and any(map(_runs, started)):  # the next test looks for the same program
            time.sleep(0.02)
