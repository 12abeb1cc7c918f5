"""Other programs, asked so that none of them can hold the agent up: by absolute path, within a time, with an answer of a bounded size.

A program that is late is killed with all it has started. What must not run within the agent (a C call that holds the interpreter, a file that
can be anything) goes the same way, as a Python file of its own: ``run_python``.
"""
from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass

from . import time_limit
from .errors import ProgramLate, SourceUnavailable

MAX_BYTES = 2 ** 20
MAX_ERROR_BYTES = 2 ** 14
QUIET_S = 0.5  # after the end of a program whose child holds its output open: then its answer is complete
STEP_S = 0.05
REST_S = 0.5  # to end and to be read after the kill


@dataclass(frozen=True)
class Output:
    """What a program said: exit code, standard output and standard error as bytes."""

    code: int
    out: bytes
    err: bytes

    @property
    def words(self) -> str:
        """The last line of what it complained about, or its exit code."""
        lines = [line for line in self.err.decode('utf-8', 'replace').splitlines() if line.strip()]
        return lines[-1].strip()[:200] if lines else f"exit code {self.code}"


def find(paths) -> str | None:
    """Return the first of these absolute paths that is a file, None when there is none. ``PATH`` is never asked: who can change it could answer."""
    return next((path for path in paths if os.path.isfile(path)), None)


def run(command, limit_s: float, *, stdin: bytes = b'', env: dict | None = None, max_bytes: int = MAX_BYTES, name: str = '', is_whole=None,
        silent_s: float = float('inf'), memory: int = 0) -> Output:
    """Run a program to its end.

    :param command: absolute path and arguments, never a shell's line
    :param limit_s: seconds it may take; less when the look has less left
    :param env: the whole environment, by default one in which programs speak English
    :param max_bytes: of standard output; more is no answer
    :param name: what it is called in the reasons, by default its file's name
    :param is_whole: tells of an answer whether nothing is missing; then the program need not end, which one that waits for a dead disk never does
    :param silent_s: after so long without a byte, of its complaints too, it is given up
    :param memory: bytes that it may have on Windows, 0 for as many as there are; elsewhere it holds itself to that
    :raises SourceUnavailable: it cannot be started, is late, or says too much
    """
    import subprocess
    name = name or os.path.basename(command[0])
    limit_s = time_limit.left(limit_s)
    apart = {'creationflags': subprocess.CREATE_NO_WINDOW} if sys.platform == 'win32' else {'start_new_session': True}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_english() if env is None else env, **apart)
    except OSError as error:
        raise SourceUnavailable(f"{name} could not be started: {error.strerror or error}") from error
    job = _job_of(process, memory)
    out, err = _Reader(process.stdout, max_bytes), _Reader(process.stderr, MAX_ERROR_BYTES)
    threading.Thread(target=_feed, args=(process.stdin, stdin), name='itc-feed', daemon=True).start()
    try:
        return _gather(process, out, err, limit_s, name, max_bytes, is_whole, silent_s)
    finally:
        _kill(process, job)
        for reader in (out, err):
            reader.end()


def run_python(file: str, job: dict, limit_s: float, *, needs_packages: bool = False, name: str = '', max_bytes: int = MAX_BYTES,
               may_hang: bool = False, silent_s: float = float('inf'), memory: int = 0):
    """Run a Python file that reads one JSON object from its input and writes one JSON value; return that value.

    :param needs_packages: let it import what is installed beside the agent; without it starts twice as fast
    :param may_hang: its whole answer is enough, whether it ends or not
    :param silent_s: as of :func:`run`, and so is ``memory``
    :raises SourceUnavailable: late, dead, or no JSON
    """
    command = [sys.executable, '-I', *(() if needs_packages else ('-S',)), file]
    done = run(command, limit_s, stdin=json.dumps(job).encode('ascii'), env=dict(os.environ), max_bytes=max_bytes, name=name,
               is_whole=_is_json if may_hang else None, silent_s=silent_s, memory=memory)
    if done.code:
        raise SourceUnavailable(f"{name or os.path.basename(file)} ended with an error: {done.words}")
    try:
        return json.loads(done.out)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"{name or os.path.basename(file)} gave no answer that can be read") from error


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


class _Reader(threading.Thread):
    """Reads a pipe to its end, but keeps no more than ``most`` bytes."""

    def __init__(self, pipe, most: int):
        super().__init__(name='itc-read', daemon=True)
        self.pipe, self.most, self.data, self.is_over = pipe, most, bytearray(), threading.Event()
        self.last_at, self.is_told_to_stop = time.monotonic(), threading.Event()
        self.start()

    def run(self):
        try:
            while self._wait() and (chunk := os.read(self.pipe.fileno(), 65536)):
                self.last_at = time.monotonic()
                self.data += chunk[:self.most + 1 - len(self.data)]
                if len(self.data) > self.most:
                    self.is_over.set()
        except (OSError, ValueError):  # closed while we read: what was read counts  # pylint: disable=except-pass
            pass
        finally:
            self.is_over.set()

    def _wait(self) -> bool:
        """Wait for data or the end of the pipe; False when told to stop. On Windows the reading itself waits, until whoever holds the pipe is ended."""
        if sys.platform == 'win32':
            return not self.is_told_to_stop.is_set()
        import select
        poll = select.poll()
        poll.register(self.pipe.fileno(), select.POLLIN)
        while not self.is_told_to_stop.is_set():
            if poll.poll(STEP_S * 1000):
                return True
        return False

    def end(self) -> None:
        """Stop reading and close the pipe, whoever still holds its other end."""
        self.is_told_to_stop.set()
        self.join(REST_S)
        if not self.is_alive():
            self.pipe.close()


def _is_quiet(process, reader, end: float, is_whole=None) -> bool:
    """Wait for the end of a pipe, for all of an answer, or for the end of the program and a quiet time; tell whether one came before ``end()``."""
    ended_at, size = None, 0
    while not reader.is_over.wait(STEP_S):
        now = time.monotonic()
        if is_whole and len(reader.data) > size:
            size = len(reader.data)
            if is_whole(bytes(reader.data)):
                return True
        if ended_at is None and process.poll() is not None:
            ended_at = now
        if ended_at is not None and now - max(ended_at, reader.last_at) >= QUIET_S:
            return True
        if now >= end():
            return False
    return True


def _gather(process, out, err, limit_s, name, max_bytes, is_whole, silent_s) -> Output:
    """Wait for the end of output and program."""
    import subprocess
    end = time.monotonic() + limit_s

    def end_now():
        return min(end, max(out.last_at, err.last_at) + silent_s)

    try:
        if not _is_quiet(process, out, end_now, is_whole):
            raise subprocess.TimeoutExpired(name, limit_s)
        if len(out.data) > max_bytes:
            raise SourceUnavailable(f"{name} gave more than {max_bytes} bytes")
        if is_whole and is_whole(bytes(out.data)):
            code = _code_of(process)
        else:
            code = process.wait(max(0.0, end_now() - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        if time.monotonic() < end:
            raise ProgramLate(f"{name} gave no sign of life for {silent_s:.2g} s") from error
        raise ProgramLate(f"{name} did not answer within {limit_s:.2g} s") from error
    if out.is_over.is_set():
        err.is_over.wait(REST_S)
    return Output(code, bytes(out.data), bytes(err.data[:MAX_ERROR_BYTES]))


def _code_of(process) -> int:
    """Return the exit code of a program that has said all; one that does not end has done what it was asked for."""
    import subprocess
    try:
        return process.wait(REST_S)
    except subprocess.TimeoutExpired:
        return 0


def _feed(pipe, data: bytes) -> None:
    try:
        pipe.write(data)
        pipe.close()
    except (OSError, ValueError):  # it does not read, or has ended: its answer tells  # pylint: disable=except-pass
        pass


def _job_of(process, memory: int):
    """Return the job in which Windows keeps together what this program starts; None elsewhere, and where it makes none."""
    if sys.platform != 'win32':
        return None
    from .job_windows import Job
    try:
        return Job(int(process._handle), memory)
    except OSError:
        return None


def _kill(process, job) -> None:
    """End a program and what it has started; nothing is left behind, also when it ended by itself."""
    try:
        if sys.platform != 'win32':
            os.killpg(process.pid, signal.SIGKILL)
        elif job is not None:
            job.end()
        elif process.poll() is None:
            import psutil
            for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                one.kill()
    except Exception:  # noqa: BLE001  gone in the meantime, or not ours to kill  # pylint: disable=except-pass
        pass
    process.poll()


def _english() -> dict:
    """Return an environment in which programs speak English and find the system's own."""
    kept = {key: value for key, value in os.environ.items() if key.upper() in ('SYSTEMROOT', 'WINDIR', 'PROGRAMDATA', 'PROGRAMFILES', 'TEMP', 'TMP')}
    return {**kept, 'LC_ALL': 'C.UTF-8', 'PATH': '/usr/bin:/bin:/usr/sbin:/sbin'} if sys.platform != 'win32' else kept
