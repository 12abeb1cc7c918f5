"""Connections to a host and port within one time limit, and which errors are ours and not the other side's."""
from __future__ import annotations

import errno
import re
import socket
import time

from ..errors import SourceUnavailable

# No network leads there, as this machine knows or a router on the way says. Numbers: Winsock's.
CUT_OFF = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, 10050, 10051, 10065}
# This machine is cut off, has no room for another connection, or may not make one: the other side may be well.
OURS = CUT_OFF | {errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EACCES, errno.EPERM, errno.EAFNOSUPPORT,
                  10013, 10024, 10047, 10049, 10055}


def good_host(host: str) -> bool:
    """Tell whether a text can be the name or address of a host.

    >>> [good_host(one) for one in ('erp.example.org', 'bücher.example', '::1', '', 'a..b', 'a b', 'x' * 64)]
    [True, True, True, False, False, False, False]
    """
    try:
        return bool(host) and not re.search(r'[\s\x00-\x20\x7f/]', host) and bool(host.encode('idna'))
    except UnicodeError:
        return False


def refuse_wrong_target(host: str, port: int, timeout_s: float | None = None, most_s: int = 60) -> None:
    """Check where to connect to, as settings. :raises ValueError: the first of them that cannot be meant is named"""
    if not 0 < port < 65536:
        raise ValueError("port: expected 1 to 65535")
    if not good_host(host):
        raise ValueError("host: expected a name or address")
    if timeout_s is not None and not 0 < timeout_s <= most_s:
        raise ValueError(f"timeout_s: expected more than 0 and at most {most_s}")


def connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection; all addresses of the host together have ``timeout_s``.

    :raises OSError: the other side refuses or does not answer (TimeoutError)
    :raises SourceUnavailable: the error is on our side, so nothing is known of the other
    """
    end = time.monotonic() + timeout_s
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise SourceUnavailable(f"{host}: the name cannot be resolved ({error.strerror})") from error
    failed = None
    for index, (family, kind, protocol, _name, address) in enumerate(addresses):
        # An address that does not answer leaves the others their share.
        share = max(0.0, end - time.monotonic()) / (len(addresses) - index)
        try:
            return _connect_one(family, kind, protocol, address, max(0.01, share))
        except OSError as error:
            # What an address of the other side said is worth more than that we have no way to another one.
            failed = error if failed is None or failed.errno in OURS else failed
    if failed is None or failed.errno in OURS:
        words = failed.strerror if failed else "no address"
        raise SourceUnavailable(f"{host} port {port}: cannot be reached from here ({words})") from failed
    raise failed


def _connect_one(family, kind, protocol, address, timeout_s: float) -> socket.socket:
    one = socket.socket(family, kind, protocol)
    try:
        one.settimeout(timeout_s)
        one.connect(address)
    except OSError:
        one.close()
        raise
    return one
