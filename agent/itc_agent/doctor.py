"""``itc-agent doctor``: one line for everything the agent needs, and what to do where it is missing."""
from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from . import __version__, host_secrets, permissions, registry, state_place
from . import config as settings
from . import identity as keys
from .errors import AgentError
from .judge import counted

GOOD, WARN, BAD = 'ok', 'warn', 'FAIL'


def examine(config_file: str, *, offline: bool = False) -> int:
    """Print the findings; return 1 when one of them keeps the agent from working."""
    worst = 0
    for verdict, text in findings(config_file, offline=offline):
        print(f"{verdict:<5} {text}")
        worst |= verdict == BAD
    return int(worst)


def findings(config_file: str, *, offline: bool):
    """Yield ``(verdict, sentence)`` in the order in which things depend on each other."""
    yield GOOD, f"itc-agent {__version__} on Python {sys.version.split()[0]}, collectors: {', '.join(sorted(registry.kinds()))}"
    try:
        config = settings.load(config_file)
    except AgentError as error:
        yield BAD, str(error)
        return
    yield GOOD, f"{config_file}: reports to {config.server.url}, database {config.server.database}"
    yield from _permission_findings(config)
    try:
        identity = keys.load(config.state_dir)
    except AgentError as error:
        yield BAD, str(error)
        return
    if not identity.db_id:
        yield BAD, "the enrolment was never answered; run `itc-agent enrol` again with the same code"
        return
    yield GOOD, f"key {identity.key_id}, database id {identity.db_id}"
    yield from _spool_findings(config)
    yield from _check_findings(config)
    if not offline:
        yield from _server_findings(config, identity)


def _permission_findings(config):
    for path, secret in ((Path(config.file), False), (config.state_dir, True), (Path(__file__).parent, False)):
        try:
            trouble = permissions.problems(path, secret=secret)
        except (OSError, ValueError) as error:
            yield WARN, f"{path}: permissions cannot be read: {error}"
            continue
        for text in trouble:
            yield WARN, text
        if not trouble:
            yield GOOD, f"{path}: nobody else may {'read' if secret else 'change'} it"


def _spool_findings(config):
    path = config.state_dir / 'spool.db'
    if not path.exists():
        yield WARN, f"{path}: not there yet; `itc-agent run` makes it"
        return
    damaged = sorted(path.parent.glob('spool-damaged-*.db'))
    if damaged:
        yield WARN, f"{counted(len(damaged), 'damaged spool file was', 'damaged spool files were')} put aside, the last one is {damaged[-1].name}"
    try:
        connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=0.5)
        try:
            verdict = connection.execute('PRAGMA quick_check(1)').fetchone()[0]
            count = dict(connection.execute("SELECT status, count(*) FROM records GROUP BY status").fetchall())
        finally:
            connection.close()
    except sqlite3.Error as error:
        yield (GOOD, f"{path}: in use by a running agent") if 'locked' in str(error) else (BAD, f"{path}: {error}; the agent will put it aside")
        return
    waiting = counted(count.get(0, 0), "record waits", "records wait")
    yield (GOOD if verdict == 'ok' else BAD), f"{path}: {verdict}, {waiting}, {count.get(1, 0)} acknowledged, {count.get(2, 0)} rejected"


def _check_findings(config):
    from .agent import read_cache
    cached = read_cache(config.state_dir)
    if cached is None:
        yield WARN, "no configuration was received yet"
        return
    for check in cached[0]:
        yield (WARN, f"check {check.name!r}: {check.problem}") if check.problem else (GOOD, f"check {check.name!r} ({check.kind}) every {check.every_s:g} s")
    yield from _secret_findings(config, cached[0])


def _secret_findings(config, checks):
    """Tell of each secret that a check names whether it can be read, and of each file there that no check names; nothing of what is in them."""
    host_secrets.use(config.state_dir)
    state_place.use(config.state_dir)
    named = {}
    for check in checks:
        if name := getattr(check.settings, 'secret', ''):
            named.setdefault(name, []).append(check.name)
    for name, users in named.items():
        try:
            host_secrets.read(name)
        except AgentError as error:
            yield WARN, f"{', '.join(users)}: {error}"
        else:
            yield GOOD, f"secret {name!r} of {', '.join(users)}: can be read, by nobody else"
    folder = config.state_dir / host_secrets.FOLDER
    try:
        unused = sorted({one.name for one in folder.iterdir()} - {*named})
    except FileNotFoundError:
        return
    except OSError as error:
        yield WARN, f"{folder}: cannot be looked at: {error.strerror}"
        return
    for name in unused:
        yield WARN, f"{folder / name}: no check uses this secret"


def _server_findings(config, identity):
    from .client import Client
    try:
        answer = Client(config.server, identity).config()
    except AgentError as error:
        yield BAD, f"{config.server.url}: {error}"
        return
    yield GOOD, f"{config.server.url}: answers, configuration {answer.get('config_rev')}"
