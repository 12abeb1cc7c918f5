"""What the person at the terminal sees: steps while they work, one line when something is wrong."""
import contextlib
import subprocess
import sys
import threading
import time


class Trouble(Exception):
    """Something the person can mend; its text is the one line they read."""


def line(text=''):
    print(text, flush=True)


@contextlib.contextmanager
def step(title):
    """Show ``title`` while the block works, its seconds when it is done."""
    start = time.monotonic()
    tty = sys.stdout.isatty()
    done = threading.Event()

    def tick():
        while not done.wait(1):
            print(f'\r  … {title} {time.monotonic() - start:.0f} s', end='', flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    if tty:
        ticker.start()
    else:
        line(f'  … {title}')
    try:
        yield
    finally:
        done.set()
        if tty:
            ticker.join()
            print('\r\033[K', end='')
    line(f'  ✓ {title} ({time.monotonic() - start:.1f} s)')


def run(command, what, log, *, env=None, cwd=None, timeout=None, hints=()):
    """Run a command quietly; its output goes to the file ``log``.

    :param hints: pairs (text in the output, sentence to show instead of the command's own words)
    :raises Trouble: the command failed; the text says what was tried, why as far as known, and where to read on
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, 'wb') as sink:
        try:
            code = subprocess.run(
                [str(part) for part in command], stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=env, cwd=cwd, timeout=timeout, check=False).returncode
        except FileNotFoundError as error:
            raise Trouble(f'{what}: the program {error.filename} is not on this machine') from error
        except subprocess.TimeoutExpired as error:
            raise Trouble(f'{what}: no end after {timeout} s (output: {log})') from error
    if code:
        raise Trouble(f'{what} failed: {reason(log, hints)} (output: {log})')


def reason(log, hints=()):
    """Return the most telling line of a log: a known trouble, else its last line that is not empty."""
    text = log.read_text(encoding='utf-8', errors='replace')
    for needle, sentence in (*hints, *COMMON_HINTS):
        if needle in text:
            return sentence
    return next((row.strip() for row in reversed(text.splitlines()) if row.strip()), 'no output')


COMMON_HINTS = (
    ('No space left on device', 'the disk is full'),
    ('Temporary failure resolving', 'no network (names cannot be resolved)'),
    ('Temporary failure in name resolution', 'no network (names cannot be resolved)'),
    ('Network is unreachable', 'no network'),
    ('Failed to establish a new connection', 'no network (the package index cannot be reached)'),
)
