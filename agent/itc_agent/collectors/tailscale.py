"""Whether this machine is connected to its Tailscale network, not merely whether the program runs.

``tailscale status --json`` is asked, where its installers put it (no setting names a program). Its state "Running" only says that
it is switched on: connected is what
``Self.Online`` says, "in touch with the coordination server now". Critical: the service does not run, stopped, nobody is logged in, the key has
expired, not connected. Within ``grace_s`` after the start of the machine, not being connected yet is a warning only: after a power cut the service
is up long before the connection. With ``outside`` (a host:port on the internet) a machine without internet is unknown here: its internet is
another check's matter.

``peers`` are machines of the network that must be there, by name or address: each is an item of its own, offline is a warning, with the time it was
last seen. One that is not in the network at all is a warning too, and no peers at all are unknown. ``probes`` (host:port over the tunnel) prove that
data gets through: no answer is critical, a refusal is an answer.

What Tailscale itself complains about (``Health``) is a warning; that an update is there is not. The key of a machine expires unless its owner
switched that off: ``key_days`` is left out then. The answer's users and other machines never leave this host.

Unknown: not installed, no answer, no JSON, an answer without these fields, no right to ask.

Tried on: a program that prints answers constructed from Tailscale's own source (ipnstate.go, version 1.98). Not tried on the real thing: Tailscale
itself, which could not be installed.
"""
from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from .. import programs, time_limit
from ..errors import SourceUnavailable
from ..judge import clip, seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._connection import connect, good_host

# Fixed here, never a setting: settings come from the server, and it must not be able to start programs.
EXES = ((r'C:\Program Files\Tailscale\tailscale.exe', r'C:\Program Files (x86)\Tailscale IPN\tailscale.exe') if sys.platform == 'win32'
        else ('/usr/bin/tailscale', '/usr/local/bin/tailscale', '/usr/sbin/tailscale', '/snap/bin/tailscale'))
ASK_S, PROBE_S = 8.0, 3.0
MAX_BYTES = 8 * 2 ** 20
# The first year of Go's calendar: a time that never was.
NEVER = '0001-'
WORDS = {
    'NeedsLogin': "nobody is logged in: somebody must log in to Tailscale on this machine",
    'NeedsMachineAuth': "this machine must be approved in Tailscale's admin console",
    'Stopped': "Tailscale is switched off",
    'InUseOtherUser': "another user of this machine holds Tailscale: switch on its unattended mode",
    'Starting': "Tailscale is still starting",
    'NoState': "Tailscale has no state yet",
}
NOT_YET = {'Starting', 'NoState'}
# Not about the connection.
IDLE_TALK = ('update available', 'update is available', 'new version', 'security update')


@dataclass(frozen=True)
class TailscaleSettings:
    """What must be reachable."""

    peers: list = setting('list', (), help="Machines of the network that must be connected too, by name or address.")
    probes: list = setting('list', (), help="Addresses host:port over the tunnel that must answer (100.64.0.2:3389).")
    outside: str = setting('str', '', help="An address host:port on the internet: when it is out of reach too, not connected is unknown.")
    grace_s: int = setting('int', 180, help="Seconds after the start of the machine in which not connected is a warning only.")

    def __post_init__(self):
        for key, addresses in (('probes', self.probes), ('outside', [self.outside] if self.outside else [])):
            for one in addresses:
                split_address(one, key)
        if not all(one.strip() for one in self.peers):
            raise ValueError("peers: expected names")
        if self.grace_s < 0:
            raise ValueError("grace_s: expected 0 or more")


def split_address(text: str, key: str) -> tuple[str, int]:
    """Return host and port of an address. :raises ValueError: it is none, ``key`` is named

    >>> split_address('100.64.0.2:3389', 'x'), split_address('[fd7a::1]:22', 'x')
    (('100.64.0.2', 3389), ('fd7a::1', 22))
    """
    host, _colon, port = text.rpartition(':')
    host = host.removeprefix('[').removesuffix(']')
    if not good_host(host) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{key}: expected host:port, got {text!r}")
    return host, int(port)


# === PARSE === #

def moment(text) -> float | None:
    """Return a time of the answer, seconds since 1970; None when there is none or it never was.

    >>> moment('2026-09-18T21:51:35.123456789Z'), moment('0001-01-01T00:00:00Z'), moment(None)
    (1789768295.0, None, None)
    """
    if not isinstance(text, str) or text.startswith(NEVER):
        return None
    try:
        return datetime.strptime(text[:19], '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def parse(text: bytes, settings: TailscaleSettings, now: float, uptime_s: float, *, cut_off: bool = False) -> list[Reading]:
    """Return the readings of an answer to ``tailscale status --json``. Pure.

    :param uptime_s: how long this machine has been on
    :param cut_off: the internet does not answer either
    :raises SourceUnavailable: it is no such answer
    """
    try:
        status = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable("tailscale gave no answer that can be read") from error
    if not isinstance(status, dict) or not isinstance(status.get('BackendState'), str):
        raise SourceUnavailable("tailscale's answer does not tell its state")
    own, known = judge_self(status, settings, now, uptime_s, cut_off)
    return [own, *(judge_peer(name, status.get('Peer'), now, known) for name in settings.peers)]


def judge_self(status: dict, settings: TailscaleSettings, now: float, uptime_s: float, cut_off: bool) -> tuple[Reading, bool]:
    """Return the reading of this machine, and whether what it says of the others can be believed. Pure."""
    backend, me = status['BackendState'], status.get('Self')
    late = State.WARNING if uptime_s < settings.grace_s else State.CRITICAL
    if backend != 'Running':
        state = late if backend in NOT_YET else State.CRITICAL if backend in WORDS else State.UNKNOWN
        return Reading('', {'connected': 0}, state, WORDS.get(backend, f"Tailscale is in a state that is not known here: {clip(backend, 40)}")), False
    if not isinstance(me, dict) or not isinstance(me.get('Online'), bool):
        raise SourceUnavailable("tailscale's answer does not tell whether this machine is connected")
    values = {'connected': int(me['Online'])}
    expiry = moment(me.get('KeyExpiry'))
    if expiry is not None:
        values['key_days'] = round((expiry - now) / 86400, 1)
    complaints = [one for one in listed(status, 'Health') if isinstance(one, str) and not any(idle in one.lower() for idle in IDLE_TALK)]
    if me.get('Expired') is True or (expiry is not None and expiry <= now):
        return Reading('', values, State.CRITICAL, "the key of this machine has expired: somebody must log in to Tailscale on it"), False
    if not me['Online']:
        words = "Tailscale runs, but is not connected" + (f" ({clip(complaints[0], 120)})" if complaints else '')
        if cut_off:
            return Reading('', {**values, 'connected': None}, State.UNKNOWN, f"{words}; {settings.outside} on the internet does not answer either"), False
        return Reading('', values, late, words), False
    if complaints:
        return Reading('', values, State.WARNING, clip(f"connected, but Tailscale says: {'; '.join(complaints)}", 250)), True
    addresses = [one for one in listed(me, 'TailscaleIPs') if isinstance(one, str)]
    return Reading('', values, State.OK, f"connected{f' as {addresses[0]}' if addresses else ''}"), True


def judge_peer(name: str, peers, now: float, known: bool) -> Reading:
    """Return the reading of a machine that must be there. Pure.

    :param peers: the answer's ``Peer``: key to machine
    :param known: this machine is connected, so it has been told of the others
    """
    if not known:
        return Reading(name, {'connected': None}, State.UNKNOWN, "cannot be told while this machine is not connected")
    machines = [one for one in (peers.values() if isinstance(peers, dict) else ()) if isinstance(one, dict)]
    if not machines:
        return Reading(name, {'connected': None}, State.UNKNOWN, "Tailscale names no other machine at all")
    mine = [one for one in machines if is_called(one, name)]
    if not mine:
        return Reading(name, {'connected': None}, State.WARNING, "is no machine of this network (renamed, removed, or not shared with this one)")
    # A machine that was set up anew leaves its old entry behind, under the same name.
    best = max(mine, key=lambda one: (one.get('Online') is True, moment(one.get('LastSeen')) or 0))
    shake, seen = moment(best.get('LastHandshake')), moment(best.get('LastSeen'))
    values = {} if shake is None else {'handshake_s': max(0, int(now - shake))}
    if best.get('Online') is True:
        return Reading(name, {'connected': 1, **values}, State.OK, "connected")
    if not isinstance(best.get('Online'), bool):
        return Reading(name, {'connected': None, **values}, State.UNKNOWN, "Tailscale does not tell whether it is connected")
    if seen is None:
        return Reading(name, {'connected': 0, **values}, State.WARNING, "is not connected")
    return Reading(name, {'connected': 0, 'last_seen_s': max(0, int(now - seen)), **values}, State.WARNING,
                   f"is not connected, last seen {seconds_text(now - seen)} ago")


def is_called(machine: dict, name: str) -> bool:
    """Tell whether a machine has a name (its own, or in the network with or without the network's) or an address."""
    wanted = name.strip().rstrip('.').lower()
    host, domain = (str(machine.get(key) or '').rstrip('.').lower() for key in ('HostName', 'DNSName'))
    addresses = machine.get('TailscaleIPs')
    return wanted in (host, domain, domain.partition('.')[0], *(addresses if isinstance(addresses, list) else ()))


def listed(part: dict, key: str) -> list:
    """Return a list of the answer, an empty one where it says null. :raises SourceUnavailable: it is none"""
    found = part.get(key)
    if found is not None and not isinstance(found, list):
        raise SourceUnavailable(f"tailscale's answer cannot be understood: {key} is no list")
    return found or []


def refused(done: programs.Output) -> Reading:
    """Return the reading for a program that gave no answer: the service does not run, or it cannot be told.

    :raises SourceUnavailable: it cannot be told
    """
    words = done.err.decode('utf-8', 'replace')
    # The program's own English; it is never translated.
    if 'failed to connect to local' in words.lower() and 'running' in words.lower() and 'denied' not in words.lower():
        return Reading('', {'connected': 0}, State.CRITICAL, "the service of Tailscale does not run")
    raise SourceUnavailable(f"tailscale ended with an error: {done.words}")


# === LOOK === #

def is_up(address: str) -> bool:
    """Tell whether somebody answers at ``host:port``; a refusal is an answer. :raises SourceUnavailable: the error is on our side"""
    try:
        connect(*split_address(address, 'address'), time_limit.left(PROBE_S)).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def probe(address: str) -> Reading:
    """Return whether an address over the tunnel answers."""
    try:
        if is_up(address):
            return Reading(address, {'connected': 1}, State.OK, "answers")
    except SourceUnavailable as error:
        return Reading(address, {'connected': None}, State.UNKNOWN, str(error))
    return Reading(address, {'connected': 0}, State.CRITICAL, f"does not answer within {PROBE_S:g} s")


def query(settings: TailscaleSettings) -> programs.Output:
    """Return what the program says. :raises SourceUnavailable: it is not here, or does not answer"""
    exe = programs.find(EXES)
    if exe is None:
        raise SourceUnavailable(f"tailscale is not installed here (looked for {', '.join(EXES)})")
    return programs.run([exe, 'status', '--json', *(() if settings.peers else ('--peers=false',))], ASK_S, max_bytes=MAX_BYTES, name='tailscale')


def booted_at() -> float:
    """Return when this machine was started; long ago where the system does not tell."""
    import psutil

    from ._unreadable import UNREADABLE
    try:
        return psutil.boot_time()
    except UNREADABLE:
        return 0.0


def is_outside_up(address: str) -> bool:
    """Tell whether the internet answers; a machine without any way out has none."""
    try:
        return is_up(address)
    except SourceUnavailable:
        return False


@collector(
    'tailscale', title="Tailscale", help="Whether this machine, and those it needs, are connected to the Tailscale network.",
    settings=TailscaleSettings,
    metrics=[
        Metric('connected', '', "1 when connected, 0 otherwise."),
        Metric('key_days', 'd', "Days until the key of this machine expires."),
        Metric('last_seen_s', 's', "How long ago a machine that is not connected was last seen."),
        Metric('handshake_s', 's', "How long ago the last handshake with a machine was."),
    ],
    limits=[Limit('key_days', '<', 14, 3)],
    timeout_s=30,
)
def collect(settings: TailscaleSettings, memory: dict):
    """Ask the program, then try the addresses."""
    done = query(settings)
    if done.code:
        yield refused(done)
        return
    now = time.time()
    uptime_s = now - booted_at()
    readings = parse(done.out, settings, now, uptime_s)
    if settings.outside and readings[0].values['connected'] == 0 and not is_outside_up(settings.outside):
        readings = parse(done.out, settings, now, uptime_s, cut_off=True)
    yield from readings
    for address in settings.probes:
        yield probe(address)
