"""How the collectors reach PostgreSQL: by a connection string without a password, in a child process that can be killed."""
from __future__ import annotations

import os
import re

from .. import permissions, time_limit
from ..errors import AgentError, SourceUnavailable
from ..programs import run_python

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '_postgres_child.py')
# What a connection string may say. A password is none of it: it would stand in Odoo's database for everybody who may read a check.
KEYWORDS = ('service', 'host', 'port', 'dbname', 'user', 'passfile', 'sslmode', 'sslrootcert')
INSTALL = "psycopg2 is not installed beside the agent: run pip install \"itc-agent[postgresql]\" with the agent's own Python"
KEEP_S = 0.7  # of the time limit: to start the child and to take its answer
# The client library's and the system's own words, in English whatever the language of the server.
_REFUSED = re.compile(r'Connection refused|\b10061\b')
_NO_SOCKET = re.compile(r'connection to server on socket "(?P<path>[^"]*)" failed: No such file or directory')
_CLOSED = re.compile(r'too many clients|connection slots are reserved|is starting up|is shutting down|not yet accepting connections|in recovery mode')


class NotServing(AgentError):
    """PostgreSQL takes no connection; that is proven."""


def parse_dsn(text: str) -> dict[str, str]:
    """Return the parts of a connection string in libpq's form; a backslash is a backslash.

    :raises ValueError: it is none, or says what it may not say

    >>> parse_dsn("service=erp"), parse_dsn("host=127.0.0.1 dbname='my erp' passfile=C:\\\\itc\\\\pgpass.conf")
    ({'service': 'erp'}, {'host': '127.0.0.1', 'dbname': 'my erp', 'passfile': 'C:\\\\itc\\\\pgpass.conf'})
    """
    parts, rest = {}, text.strip()
    while rest:
        found = re.match(r"(\w+)\s*=\s*(?:'([^']*)'|([^\s'=]+))(?:\s+|$)", rest)
        if found is None:
            raise ValueError("dsn: expected KEYWORD=VALUE pairs, as `host=127.0.0.1 dbname=postgres user=itc_monitor`")
        key, value = found[1].lower(), found[3] if found[2] is None else found[2]
        if 'password' in key:
            raise ValueError("dsn: a password does not belong here; put it into the pgpass file of the agent's user, or name one with passfile=")
        if key not in KEYWORDS:
            raise ValueError(f"dsn: {key} is not one of {', '.join(KEYWORDS)}")
        if key in parts:
            raise ValueError(f"dsn: {key} is said twice")
        if key == 'port' and not (value.isdecimal() and 0 < int(value) < 65536):
            raise ValueError("dsn: port: expected 1 to 65535")
        parts[key] = value
        rest = rest[found.end():]
    return parts


def ask(connect: dict, queries: dict, timeout_s: float) -> tuple[dict, dict]:
    """Return the rows of each question, and for those that failed ``(SQLSTATE, words)``.

    :param connect: parts of a connection string
    :raises NotServing: PostgreSQL is not there, or says itself that it takes nobody
    :raises SourceUnavailable: it does not answer in time, does not let us in, or cannot be asked
    """
    _check_passfile(connect.get('passfile'))
    limit_s = time_limit.left(timeout_s)
    job = {'connect': connect, 'queries': queries, 'seconds': max(0.1, limit_s - KEEP_S)}
    answer = run_python(CHILD, job, limit_s, needs_packages=True, name="PostgreSQL")
    if 'missing' in answer:
        raise SourceUnavailable(f"{INSTALL} ({answer['missing']})")
    if 'refused' in answer:
        raise refusal(answer['refused'])
    return answer['rows'], {name: tuple(pair) for name, pair in answer['failed'].items()}


def refusal(words: str) -> AgentError:
    """Return what it means that no connection came about. Pure but for the socket's folder."""
    socket = _NO_SOCKET.search(words)
    if _REFUSED.search(words) or socket and os.path.isdir(os.path.dirname(socket['path'])):
        return NotServing(f"PostgreSQL is not running there: {words}")
    if _CLOSED.search(words):
        return NotServing(f"PostgreSQL takes no connection: {words}")
    if 'timeout expired' in words:
        return SourceUnavailable(f"PostgreSQL does not answer: {words}")
    return SourceUnavailable(f"no connection to PostgreSQL: {words}")


def _check_passfile(path: str | None) -> None:
    if not path:
        return
    try:
        trouble = permissions.problems(path, secret=True)
    except (OSError, ValueError) as error:
        raise SourceUnavailable(f"the password file {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if trouble:
        raise SourceUnavailable(f"the password file is not safe: {trouble[0]}")
