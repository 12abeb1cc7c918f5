"""The ``itc-agent`` command. Each verb is one function here; what it prints is made in ``cli_text``."""
from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from . import __version__
from . import config as settings
from . import identity as keys
from .errors import AgentError, ConfigError, IdentityError, ServerError

if TYPE_CHECKING:
    import argparse

PROG = 'itc-agent'


def main(arguments=None) -> int:
    """Run one verb; return the exit code: 0 fine, 1 it did not work, 2 wrong call or settings; ``check`` answers with the check's state."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = service_call(given) or make_parser().parse_args(given)
    try:
        return options.verb(options)
    except AgentError as error:
        _complain(str(error))
        return 2 if isinstance(error, (ConfigError, IdentityError)) else 1
    except OSError as error:
        _complain(f"{error.filename or 'system'}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _complain(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f'{PROG}: {text}\n')


def service_call(given: list) -> SimpleNamespace | None:
    """Return the options of the plain call by which a service starts the agent, None for any other.

    What that call imports stays in memory for months, and argparse is half a MiB.

    >>> service_call(['run', '--config', 'a.toml']).config, service_call(['run', '--help'])
    ('a.toml', None)
    """
    match given:
        case ['run']:
            return SimpleNamespace(verb=run, config=str(settings.DEFAULT_CONFIG))
        case ['run', '--config', file]:
            return SimpleNamespace(verb=run, config=file)
    return None


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs; the documentation test walks it."""
    import argparse
    parser = argparse.ArgumentParser(prog=PROG, description="Host agent of IT Continuity for Odoo.")
    parser.add_argument('--version', action='version', version=__version__)
    verbs = parser.add_subparsers(title='verbs', required=True, metavar='VERB')
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument('--config', default=str(settings.DEFAULT_CONFIG), metavar='FILE', help=f"settings file ({settings.DEFAULT_CONFIG})")

    def verb(name, function, text):
        one = verbs.add_parser(name, help=text, description=text, parents=[common])
        one.set_defaults(verb=function)
        return one

    one = verb('enrol', enrol, "Make this host known to an Odoo database with a one-time code.")
    one.add_argument('--url', help="address of Odoo, https://… (http:// only on this machine)")
    one.add_argument('--database', help="name of the Odoo database")
    one.add_argument('--code', required=True, help="the one-time code a manager made in Odoo")
    trust = one.add_mutually_exclusive_group()
    trust.add_argument('--ca-file', help="PEM file of the certificate authority to trust, and no other")
    trust.add_argument('--fingerprint', help="SHA-256 of the server's certificate to trust (see the verb trust)")
    one.add_argument('--state-dir', help=f"folder for key, spool and log ({settings.DEFAULT_STATE_DIR})")
    one.add_argument('--new-key', action='store_true', help="make a new key even if there is one (after a revocation)")
    verb('run', run, "Work until stopped: look, judge, keep, report.")
    one = verb('once', once, "Do one cycle and report it; with --print only show it.")
    one.add_argument('--print', action='store_true', dest='show', help="show what would be sent, send nothing; works without enrolment")
    one.add_argument('--json', action='store_true', help="with --print: the records as they would go over the wire")
    one = verb('check', check, "Run one check now; the exit code is its state (0 ok, 1 warning, 2 critical, 3 unknown).")
    one.add_argument('name', metavar='NAME', help="name or number of a configured check, or a kind of collector")
    one.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', help="setting for a kind; lists separated by commas")
    one = verb('collectors', collectors, "List the collectors of this system.")
    form = one.add_mutually_exclusive_group()
    form.add_argument('--markdown', action='store_true', help="the whole reference, as docs/collectors.md holds it")
    form.add_argument('--json', action='store_true', help="as enrolment sends it")
    one = verb('doctor', doctor, "Look for what keeps this agent from working; exit code 1 if something does.")
    one.add_argument('--offline', action='store_true', help="do not ask the server")
    verb('witness', witness, "Print what this host saw of the server's evidence log, for the menu Verify the log or the program in an evidence pack.")
    one = verb('trust', trust_verb, "Show the certificate of a server, to compare its fingerprint with what a person there reads.")
    one.add_argument('--url', help="address of Odoo (from the settings file when left out)")
    return parser


# === VERBS === #

def enrol(options) -> int:
    """Write settings and key, show the code, and keep what the server answered. Repeating it is harmless: the key stays the same."""
    from . import facts, registry
    from .client import Client
    config = _enrol_config(options)
    identity = _key_for(config, options.new_key)
    keys.save(identity, config.state_dir)
    settings.write(config)
    answer = Client(config.server, identity).enrol(options.code, facts.read(), [one.describe() for one in registry.load_all()])
    if identity.db_id and identity.db_id != answer['db_id']:
        _leave_old_database(config.state_dir, identity.db_id)
    keys.save(replace(identity, db_id=answer['db_id']), config.state_dir)
    print(f"This host is {answer.get('host')!r} (key {identity.key_id}), state: {answer.get('state')}.")
    if answer.get('state') == 'pending':
        print("A manager has to confirm it in Odoo. Start the agent now; it waits.")
    return 0


def _enrol_config(options) -> settings.Config:
    known = settings.load(options.config) if Path(options.config).exists() else settings.Config(options.config)
    told = {key: value for key in ('url', 'database', 'ca_file', 'fingerprint') if (value := getattr(options, key)) is not None}
    if 'ca_file' in told:
        told = {**told, 'ca_file': str(Path(told['ca_file']).resolve()), 'fingerprint': ''}
    elif 'fingerprint' in told:
        told['ca_file'] = ''
    agent = known.agent if options.state_dir is None else replace(known.agent, state_dir=str(Path(options.state_dir).resolve()))
    return settings.check(replace(known, server=replace(known.server, **told), agent=agent))


def _key_for(config, new: bool) -> keys.Identity:
    if not new and (config.state_dir / keys.FILE).exists():
        return keys.load(config.state_dir)
    return keys.make()


def _leave_old_database(state_dir: Path, old: str) -> None:
    """Put the spool and the configuration of another database aside: its records mean nothing to the new one."""
    for suffix in ('', '-wal'):
        source = state_dir / f'spool.db{suffix}'
        if source.exists():
            source.replace(state_dir / f'spool-of-{old}.db{suffix}')
    (state_dir / 'config.json').unlink(missing_ok=True)


def _enrolled(options):
    """Return settings and key of an enrolled host. :raises IdentityError: it is not"""
    config = settings.load(options.config)
    identity = keys.load(config.state_dir)
    if not identity.db_id:
        raise IdentityError(f"{config.state_dir / keys.FILE}: the enrolment was never answered; run `itc-agent enrol` again with the same code")
    return config, identity


def run(options) -> int:
    """Work until SIGTERM or SIGINT."""
    from . import logs
    from .agent import Agent
    config, identity = _enrolled(options)
    logs.set_up(config.log_file, config.agent.log_level)
    agent = Agent(config, identity)
    signal.signal(signal.SIGTERM, agent.stop.set)
    signal.signal(signal.SIGINT, agent.stop.set)
    agent.run()
    return 0


def once(options) -> int:
    """Do one cycle: show it, or keep and report it."""
    if options.show:
        return _once_shown(options)
    from .agent import Agent
    from .judge import counted
    config, identity = _enrolled(options)
    agent = Agent(config, identity)
    agent.begin()
    try:
        agent.sender.step()
        agent.tick(hold_s=float('inf'))
        agent.sender.step()
        left = agent.spool.stats()['waiting']
    finally:
        agent.end()
    print("Reported, everything is acknowledged." if not left else f"{counted(left, 'record waits', 'records wait')} to be acknowledged.")
    return 1 if left else 0


def _once_shown(options) -> int:
    from . import cli_text, clock, wire
    from .scheduler import Runner
    checks, origin = _known_checks(options)
    results = Runner().run(checks)
    if options.json:
        from datetime import datetime, timezone
        cycles = wire.build_cycles(results, wire.timestamp(datetime.now(timezone.utc)), clock.mono())
        print(json.dumps([{'shape': json.loads(shape), 'record': json.loads(record)} for _ident, shape, record in cycles], indent=2, ensure_ascii=False))
    else:
        print(cli_text.cycle_text(results, origin))
    return 0


def _known_checks(options) -> tuple[list, str]:
    """Return the configured checks, or this machine's own ones, and words saying which."""
    from . import host_secrets, state_place
    from .agent import read_cache
    from .scheduler import with_unique_keys
    from .wire import make_check
    try:
        config = settings.load(options.config)
        host_secrets.use(config.state_dir)
        state_place.use(config.state_dir)
        cached = read_cache(config.state_dir)
    except ConfigError:
        if options.config != str(settings.DEFAULT_CONFIG):
            raise
        cached = None
    if cached is not None:
        return list(cached[0]), f"configuration {cached[2]}"
    local = [make_check(None, title, kind, 60, 10, {}) for kind, title in (('host', "Processor and memory"), ('disk', "Disk room"))]
    return with_unique_keys(local), "no configuration from a server yet: local checks"


def check(options) -> int:
    """Run one check and answer with its state."""
    from . import cli_text
    from .scheduler import look
    one = _find_check(options)
    result = look(one, {}, {})
    print(cli_text.result_text(result))
    return int(result.state)


def _find_check(options):
    from . import registry
    from .wire import make_check
    known = _known_checks(options)[0]
    for one in known if not options.set else ():
        if options.name in (one.name, str(one.ident)):
            return one
    declared = registry.load(options.name)
    given = {}
    for pair in options.set:
        key, equals, value = pair.partition('=')
        if not equals:
            raise ConfigError('command line', '--set', f"KEY=VALUE, not {pair!r}")
        given[key] = _value(declared, key, value)
    return make_check(None, declared.title, declared.kind, declared.every_s, declared.timeout_s, given)


def _value(declared, key: str, text: str):
    """Return a setting given on the command line in the type its collector declares."""
    kind = next((one['type'] for one in declared.describe()['settings'] if one['name'] == key), 'str')
    if kind == 'list':
        return [part for part in text.split(',') if part]
    if kind in ('int', 'float', 'bool'):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError('command line', f'--set {key}', f"a value of type {kind}") from error
    return text


def collectors(options) -> int:
    """List what this agent can look at."""
    from . import cli_text, registry
    if options.json:
        print(json.dumps([one.describe() for one in registry.load_all()], indent=2, ensure_ascii=False))
    elif options.markdown:
        print(cli_text.markdown(registry.load_all()), end='')
    else:
        print(cli_text.list_text(registry.load_all()))
    return 0


def doctor(options) -> int:
    """Look at everything the agent needs."""
    from .doctor import examine
    return examine(options.config, offline=options.offline)


def witness(options) -> int:
    """Print the heads of the evidence log that were written down here, oldest first."""
    from . import wire
    from .witness import read_rows
    for row in read_rows(settings.load(options.config).state_dir):
        print(wire.canonical(row))
    return 0


def trust_verb(options) -> int:
    """Show the certificate a server presents."""
    import hashlib
    import ssl
    from urllib.parse import urlsplit
    parts = urlsplit(options.url or settings.load(options.config).server.url)
    if parts.scheme != 'https' or not parts.hostname:
        raise ConfigError('command line', '--url', "an https:// address")
    try:
        pem = ssl.get_server_certificate((parts.hostname, parts.port or 443), timeout=5)
    except OSError as error:
        raise ServerError(f"{parts.hostname}: {error}") from error
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    print(f"SHA-256 fingerprint of {parts.hostname}:{parts.port or 443}")
    print(':'.join(digest[index:index + 2] for index in range(0, 64, 2)))
    print("Compare it with the certificate on the server before you pass it to `itc-agent enrol --fingerprint`.")
    return 0
