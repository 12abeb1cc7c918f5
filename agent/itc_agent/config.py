"""The agent's own settings: a TOML file, turned into frozen dataclasses and checked before anything is opened."""
from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .errors import ConfigError

if sys.platform == 'win32':
    _DATA = Path(os.environ.get('PROGRAMDATA', r'C:\ProgramData')) / 'itc-agent'
    DEFAULT_CONFIG, DEFAULT_STATE_DIR = _DATA / 'agent.toml', _DATA / 'state'
else:
    DEFAULT_CONFIG, DEFAULT_STATE_DIR = Path('/etc/itc-agent/agent.toml'), Path('/var/lib/itc-agent')
LOG_LEVELS = ('debug', 'info', 'warning', 'error')


def option(default, expected: str, help: str):
    """Declare a key: default, what is expected (for error messages), what it is for (for the documentation)."""
    return field(default=default, metadata={'expected': expected, 'help': help})


@dataclass(frozen=True)
class Server:
    """``[server]``: whom to report to and how to know that it is them."""

    url: str = option('', "an https:// address without path; http:// only towards this machine", "Address of Odoo, as `https://erp.example.org`.")
    database: str = option('', "the name of the Odoo database", "Database to report to; sent with every request.")
    ca_file: str = option('', "the path of an existing PEM file", "Certificate authority to trust, and no other.")
    fingerprint: str = option('', "64 hex digits (colons allowed)", "SHA-256 of the server's certificate to trust, instead of an authority.")
    retry_base_s: float = option(5.0, "a number of seconds above 0", "First step of the waiting time after a failure; it doubles with each one.")
    retry_cap_s: float = option(900.0, "a number of seconds above 0", "Longest waiting time after a failure.")


@dataclass(frozen=True)
class Agent:
    """``[agent]``: where it keeps its things and what it writes down."""

    state_dir: str = option(str(DEFAULT_STATE_DIR), "the path of a folder", "Folder of the key, the spool and the cached configuration.")
    log_file: str = option('', "a path, or empty for agent.log in the state folder", "Log file; kept in 5 parts of 1 MiB.")
    log_level: str = option('info', f"one of {', '.join(LOG_LEVELS)}", "How much is logged.")


@dataclass(frozen=True)
class Spool:
    """``[spool]``: how much is kept while nobody answers."""

    quota_mib: float = option(200.0, "a number above 0", "Room for records; over it the oldest cycles go first, events last.")
    keep_days: float = option(7.0, "a number of days, 0 or more", "How long acknowledged records are kept, for a server restored from a backup.")


@dataclass(frozen=True)
class Config:
    """All settings, with the file they came from."""

    file: str
    server: Server = Server()
    agent: Agent = Agent()
    spool: Spool = Spool()

    @property
    def state_dir(self) -> Path:
        return Path(self.agent.state_dir)

    @property
    def log_file(self) -> Path:
        return Path(self.agent.log_file) if self.agent.log_file else self.state_dir / 'agent.log'


SECTIONS = {'server': Server, 'agent': Agent, 'spool': Spool}


def load(path) -> Config:
    """Return the settings of a file.

    :raises ConfigError: the file is missing or unreadable, is no TOML, or a key is unknown or wrong
    """
    try:
        import tomllib
    except ImportError:
        import tomli as tomllib
    try:
        with open(path, 'rb') as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise ConfigError(path, '', f"a readable settings file ({error.strerror}); `itc-agent enrol` makes it") from error
    except ValueError as error:
        raise ConfigError(path, '', f"valid TOML ({error})") from error
    return parse(raw, path)


def parse(raw: dict, path) -> Config:
    """Return the settings of parsed TOML.

    :raises ConfigError: a key is unknown, missing or wrong
    """
    for name, table in raw.items():
        if name not in SECTIONS:
            raise ConfigError(path, name, f"one of the sections {', '.join(SECTIONS)}")
        if not isinstance(table, dict):
            raise ConfigError(path, name, f"a section [{name}]")
    parsed = {name: _section(kind, raw.get(name, {}), path, name) for name, kind in SECTIONS.items()}
    return check(Config(str(path), **parsed))


def _section(kind, table: dict, path, section: str):
    known = {one.name: one for one in fields(kind)}
    values = {}
    for name, value in table.items():
        key = f'{section}.{name}'
        if name not in known:
            raise ConfigError(path, key, f"one of the keys {', '.join(known)}")
        wanted = type(known[name].default)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, wanted):
            raise ConfigError(path, key, known[name].metadata['expected'])
        values[name] = value
    return kind(**values)


def check(config: Config) -> Config:
    """Return ``config`` when all values make sense together.

    :raises ConfigError: naming the first key that does not
    """
    for section, key, good in _rules(config):
        if not good:
            kind = SECTIONS[section]
            raise ConfigError(config.file, f'{section}.{key}', kind.__dataclass_fields__[key].metadata['expected'])
    return config


def _rules(config: Config):
    server = config.server
    yield 'server', 'url', good_url(server.url)
    yield 'server', 'database', bool(re.fullmatch(r'[\w.-]+', server.database))
    yield 'server', 'ca_file', not server.ca_file or os.path.isfile(server.ca_file)
    yield 'server', 'fingerprint', not server.fingerprint or bool(re.fullmatch('[0-9a-f]{64}', plain_fingerprint(server.fingerprint)))
    yield 'server', 'retry_base_s', server.retry_base_s > 0
    yield 'server', 'retry_cap_s', server.retry_cap_s > 0
    yield 'agent', 'log_level', config.agent.log_level in LOG_LEVELS
    yield 'spool', 'quota_mib', config.spool.quota_mib > 0
    yield 'spool', 'keep_days', config.spool.keep_days >= 0


def good_url(url: str) -> bool:
    """Tell whether ``url`` is an address this agent may send its key to.

    >>> good_url('https://erp.example.org'), good_url('http://127.0.0.1:8069'), good_url('http://erp.example.org')
    (True, True, False)
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or '', parts.port
    except ValueError:
        return False
    if not host or parts.path not in ('', '/') or parts.query or parts.fragment or parts.username:
        return False
    return parts.scheme == 'https' or (parts.scheme == 'http' and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` names this machine itself."""
    if host == 'localhost':
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def plain_fingerprint(text: str) -> str:
    """Return a fingerprint without colons, spaces and capitals."""
    return re.sub(r'[:\s]', '', text).lower()


def write(config: Config) -> None:
    """Write the settings that differ from the defaults, so that a later default reaches this host too."""
    lines = []
    for section, kind in SECTIONS.items():
        values, default = getattr(config, section), kind()
        told = [one.name for one in fields(kind) if getattr(values, one.name) != getattr(default, one.name)]
        if told:
            lines += [f'[{section}]', *(f'{name} = {_toml(getattr(values, name))}' for name in told), '']
    path = Path(config.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


def _toml(value) -> str:
    if isinstance(value, str):
        import json
        return json.dumps(value)
    return repr(value)
