"""One question to a NUT server (``upsd``): every variable of a UPS, over TCP, in the clear, without a login.

What it answers, as recorded from upsd 2.8.0::

    BEGIN LIST VAR upsilon
    VAR upsilon battery.charge "100"
    VAR upsilon ups.status "OL"
    END LIST VAR upsilon

or ``ERR UNKNOWN-UPS``, ``ERR DATA-STALE``, ``ERR DRIVER-NOT-CONNECTED``.
"""
from __future__ import annotations

import re
import time

from ..errors import SourceUnavailable
from ._connection import connect

MAX_BYTES, MAX_LINES = 65_536, 500
ERRORS = {
    'DATA-STALE': "the driver has no fresh data: the UPS does not answer it, or it hangs",
    'DRIVER-NOT-CONNECTED': "its driver does not run",
    'ACCESS-DENIED': "upsd does not let this machine ask",
}


def ask(host: str, port: int, ups: str, timeout_s: float) -> dict[str, str]:
    """Return the variables of a UPS, name to text.

    :param timeout_s: for all of it, from the connection to the last line
    :raises SourceUnavailable: upsd or its driver cannot tell
    """
    end = time.monotonic() + timeout_s
    where = f"upsd at {host} port {port}"
    try:
        with connect(host, port, timeout_s) as connection:
            try:
                return parse_variables(_exchange(connection, f'LIST VAR {ups}', end), ups)
            except UnknownUps as error:
                known = parse_names(_exchange(connection, 'LIST UPS', end))
                raise SourceUnavailable(f"upsd has no UPS called {ups}; it has {', '.join(known) or 'none'}") from error
    except ConnectionRefusedError as error:
        raise SourceUnavailable(f"{where}: refused, it does not run there or does not listen on this address") from error
    except TimeoutError as error:
        raise SourceUnavailable(f"{where}: no whole answer within {timeout_s:.2g} s") from error
    except OSError as error:
        raise SourceUnavailable(f"{where}: the connection broke off ({error.strerror or error})") from error


class UnknownUps(SourceUnavailable):
    """upsd runs, but has no UPS of this name."""


def _exchange(connection, question: str, end: float) -> str:
    """Send one line; return the answer up to its closing line."""
    connection.settimeout(max(0.01, end - time.monotonic()))
    connection.sendall(question.encode('ascii') + b'\n')
    answer = b''
    while not _is_whole(answer):
        connection.settimeout(max(0.01, end - time.monotonic()))
        part = connection.recv(8192) if time.monotonic() < end else None
        if part is None:
            raise TimeoutError
        if not part:
            raise SourceUnavailable("what answers is no upsd, or it broke off in the middle")
        answer += part
        if len(answer) > MAX_BYTES or answer.count(b'\n') > MAX_LINES:
            raise SourceUnavailable("what answers says far more than an upsd would")
    return answer.decode('utf-8', 'replace')


def _is_whole(answer: bytes) -> bool:
    """Tell whether the last line closes an answer; anything that cannot be the beginning of one closes it too."""
    if not answer.endswith(b'\n'):
        return False
    return not answer.startswith(b'BEGIN LIST ') or answer.rsplit(b'\n', 2)[-2].startswith(b'END LIST ')


def parse_variables(text: str, ups: str) -> dict[str, str]:
    """Return the variables of a whole answer. Pure.

    :raises UnknownUps: there is no such UPS
    :raises SourceUnavailable: an error of upsd, or no answer of a NUT server

    >>> parse_variables('BEGIN LIST VAR a\\nVAR a ups.model "19\\\\" rack"\\nEND LIST VAR a\\n', 'a')
    {'ups.model': '19" rack'}
    """
    lines = [line.rstrip('\r') for line in text.split('\n') if line.strip()]
    if lines and (error := re.fullmatch(r'ERR ([A-Z-]+).*', lines[0])):
        if error[1] == 'UNKNOWN-UPS':
            raise UnknownUps(f"upsd has no UPS called {ups}")
        raise SourceUnavailable(ERRORS.get(error[1], f"upsd answers {error[1][:40]}"))
    if len(lines) < 2 or lines[0] != f'BEGIN LIST VAR {ups}' or lines[-1] != f'END LIST VAR {ups}':
        raise SourceUnavailable("the answer is not that of a NUT server")
    found = {}
    for line in lines[1:-1]:
        one = re.fullmatch(rf'VAR {re.escape(ups)} (\S+) "((?:[^"\\]|\\.)*)"', line)
        if one is None:
            raise SourceUnavailable(f"a line of the answer cannot be read: {line[:60]}")
        found[one[1]] = re.sub(r'\\(.)', r'\1', one[2])
    return found


def parse_names(text: str) -> list[str]:
    """Return the names of a ``LIST UPS`` answer, at most ten; anything else names none.

    >>> parse_names('BEGIN LIST UPS\\nUPS upsilon "Description"\\nEND LIST UPS\\n')
    ['upsilon']
    """
    return re.findall(r'^UPS (\S{1,64}) "', text, re.MULTILINE)[:10]
