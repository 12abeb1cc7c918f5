"""Matches one pattern and ends: a program of its own, because nothing can stop a regular expression within a process (see ``patterns``).

Reads one JSON object: ``pattern``, ``ignore_case``, ``seconds``, ``texts`` (a list of ``[head, rest]``). Writes a list of numbers, one a text; with
``extract`` (then ``texts`` is a list of texts) a list of what was found, null where nothing was.
It ends by itself when its time is over, also when the agent that asked is gone: the watchdog of ``faulthandler`` needs no Python code to run.
"""
import faulthandler
import json
import re
import sys
import unicodedata

MAX_MEMORY = 256 * 2 ** 20


def find(pattern, head: str, rest: str) -> int:
    """Return 2 when the pattern is found beginning in ``head``, 1 when only later in ``head + rest``, 0 when it is not there."""
    head = unicodedata.normalize('NFC', head)
    match = pattern.search(head + unicodedata.normalize('NFC', rest))
    if match is None:
        return 0
    return 2 if not rest or match.start() < len(head) else 1


def extract(pattern, text: str) -> str | None:
    """Return what the first group of the pattern found, without a group all that it found; None when it is not there."""
    match = pattern.search(unicodedata.normalize('NFC', text))
    return match and match[min(1, pattern.groups)]


def main() -> None:
    job = json.load(sys.stdin.buffer)
    faulthandler.dump_traceback_later(job['seconds'], exit=True)
    if sys.platform != 'win32':
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    pattern = re.compile(unicodedata.normalize('NFC', job['pattern']), re.IGNORECASE if job['ignore_case'] else 0)
    if job.get('extract'):
        json.dump([extract(pattern, text) for text in job['texts']], sys.stdout)
    else:
        json.dump([find(pattern, head, rest) for head, rest in job['texts']], sys.stdout)


if __name__ == '__main__':
    main()
