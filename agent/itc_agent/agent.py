"""The agent at work: tick, look, judge, keep, and let the sender report."""
from __future__ import annotations

import json
import logging
import os
import queue
import time
from datetime import datetime, timezone

from . import __version__, backups_told, clock, discovery, facts, host_secrets, last_stop, programs, registry, spool_file, state_place, wire
from .client import Backoff, Client
from .errors import AgentError, SourceUnavailable, SpoolFull
from .own import Own
from .scheduler import HOLD_S, Runner, Timetable, next_tick
from .sender import Sender
from .spool import Entry, Spool
from .tries import Tries
from .witness import Witness

_logger = logging.getLogger(__name__)
CACHE = 'config.json'
FACTS_EVERY_S = 86400.0
KINDS_CHILD, KINDS_S = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'kinds_child.py'), 30.0


class Stop:
    """Set from a signal handler, where ``threading.Event`` could deadlock; a SimpleQueue may be used there."""

    def __init__(self):
        self._set = False
        self.inbox: queue.SimpleQueue = queue.SimpleQueue()

    def set(self, *_signal) -> None:
        self._set = True
        self.inbox.put(None)

    def is_set(self) -> bool:
        return self._set


class Agent:
    """One agent of one host.

    :param config: settings
    :param identity: the enrolled key
    :raises SpoolLocked: another agent works in the same state folder
    """

    def __init__(self, config, identity):
        self.config, self.identity = config, identity
        host_secrets.use(config.state_dir)
        state_place.use(config.state_dir)
        self.spool = Spool(config.state_dir / 'spool.db', config.spool.quota_mib * 2 ** 20, config.spool.keep_days * 86400)
        self.boot_session = facts.boot_session(self.spool.get('boot_session'))
        self.stop = Stop()
        self.checks, self.cycle_s, config_rev = (), 60.0, ''
        cached = read_cache(config.state_dir)
        if cached is not None:
            self.checks, self.cycle_s, config_rev = cached
        self._states = json.loads(self.spool.get('states', '{}'))
        given = {'agent': {'own': Own(self.spool, config.state_dir, config.file, clock.mono(), lambda: self.sender.contact)}}
        self._timetable, self._runner = Timetable(), Runner(self.spool.get, given)
        self._facts_at = float('-inf')
        self._backups = backups_told.BackupsTold()
        self._tries = Tries(self.spool.get('tries'), lambda noted: self.spool.set(tries=noted), self._tell_tried, given)
        self._scout = discovery.Scout(discovery.cached_rev(config.state_dir / CACHE), wake=lambda: self.stop.inbox.put('config'))
        self.sender = Sender(
            self.spool, Client(config.server, identity), db_id=identity.db_id, boot_session=clock.session(self.boot_session), config_rev=config_rev,
            on_config=self._take_config, on_damage=self._heal, backoff=Backoff(config.server.retry_base_s, config.server.retry_cap_s),
            on_answer=Witness(config.state_dir, identity.db_id).note)

    # === RUNNING === #

    def run(self) -> None:
        """Work until told to stop."""
        _logger.info("agent %s of host key %s, %d checks, epoch %s", __version__, self.identity.key_id, len(self.checks), self.spool.epoch)
        self.begin()
        self.sender.start()
        start = time.monotonic()
        while not self.stop.is_set():
            self.tick()
            if self._rest(next_tick(start, self.cycle_s, time.monotonic())):
                start = time.monotonic()
        self.end()

    def _rest(self, end: float) -> bool:
        """Wait for the next tick and tell what slow checks say meanwhile; return True when a new configuration, or what was found, cut it short."""
        while (left := end - time.monotonic()) > 0 and not self.stop.is_set():
            is_busy = bool(self._runner.busy)
            if is_busy:
                results = self._runner.late()
                if results:
                    self.sender.offer(wake=self._tell(results))
            try:
                if self.stop.inbox.get(timeout=0 if is_busy else left) == 'config':
                    return True
            except queue.Empty:  # nothing new  # pylint: disable=except-pass
                pass
        return False

    def begin(self) -> None:
        """Keep the events that a start brings: damage met, a new boot, facts and collectors that changed."""
        entries, remember = [], {'boot_session': self.boot_session, 'clean': ''}
        if self.spool.damaged:
            entries.append(self._event('spool_damaged', {'file': self.spool.damaged}))
        before = self.spool.get('boot_session')
        if before != self.boot_session:
            clean = last_stop.was_clean(self.spool.get('clean') == '1') if before else None
            entries.append(self._event('boot', {'boot_time': facts.read().get('boot_time'), 'clean': clean}))
        if self.spool.get('agent_version') not in ('', __version__):
            entries += self._collectors_events()
        self._keep(entries, agent_version=__version__, **remember)
        self._tries.recover()

    def end(self) -> None:
        """Stop reporting and leave the spool as a clean stop leaves it."""
        self.sender.stop()
        self._tries.stop()
        self.spool.set(clean='1')
        if self.sender.is_alive():
            self.sender.join(1.0)
        self.spool.close()
        _logger.info("stopped")

    def tick(self, hold_s: float | None = None) -> None:
        """Look at what is due, keep what is there after ``hold_s`` seconds, and tell the sender.

        :param hold_s: by default two seconds, or half a cycle where that is shorter
        """
        now = time.monotonic()
        hold_s = min(HOLD_S, self.cycle_s / 2) if hold_s is None else hold_s
        if now - self._facts_at >= FACTS_EVERY_S:
            self._facts_at = now
            self._tell_facts()
        told = self._tell_discovered(self._scout.step(now))
        self._runner.forget(self.checks)
        due = self._timetable.due(self.checks, now, self.cycle_s, self._runner.busy)
        results = self._runner.run(due, self.stop, hold_s)
        if not self.stop.is_set():
            changed = self._tell(results)
            self.sender.offer(wake=changed or told)

    def _tell(self, results) -> bool:
        """Keep the results of checks that are still configured like that; return whether a state differs from the one before."""
        for result in results:
            _logger.debug("%s: %s %s (%.3f s)", result.check.name, result.state.word, result.summary, result.took_s)
        configured = {check.ident: check for check in self.checks}
        return self.keep_cycle([result for result in results if configured.get(result.check.ident) == result.check])

    def keep_cycle(self, results) -> bool:
        """Put a cycle into the spool; return whether a state differs from the one before."""
        entries = [Entry('cycle', stamp, record, ident, shape) for stamp in [self._stamp()]
                   for ident, shape, record in wire.build_cycles(results, stamp, clock.mono())]
        for check, told in self._backups.news(results, time.monotonic()):
            stamp = self._stamp()
            entries.append(Entry('event', stamp, wire.backup_event(check, told, stamp, clock.mono())))
        states = {str(check.ident): self._states.get(str(check.ident)) for check in self.checks}
        states.update({str(result.check.ident): int(result.state) for result in results})
        changed = states != self._states
        self._states = states
        if entries:
            self._keep(entries, **({'states': wire.canonical(states)} if changed else {}), **self._runner.kept(results))
        return changed and bool(entries)

    # === KEEPING === #

    def _keep(self, entries, **remember) -> None:
        try:
            self.spool.add(entries, time.time(), **remember)
        except SpoolFull as error:
            _logger.error("%s", error)
        except spool_file.ERRORS as error:
            if not self._heal(error):
                raise
            self.spool.add(entries, time.time(), **remember)

    def _heal(self, error: Exception) -> bool:
        """Put a damaged spool aside and go on with a new one; return False for any other trouble, which is only logged."""
        if not spool_file.is_damage(error):
            _logger.error("the spool cannot be used: %s", error)
            return False
        _logger.error("the spool is damaged: %s", error)
        self.spool.reopen()
        self.spool.add([self._event('spool_damaged', {'file': self.spool.damaged})], time.time(), boot_session=self.boot_session)
        return True

    def _tell_facts(self) -> None:
        known = facts.read()
        digest = facts.digest(known)
        if digest != self.spool.get('facts'):
            self._keep([self._event('facts', known)], facts=digest)

    def _tell_discovered(self, found) -> bool:
        """Keep for the server what a look has found, when that is something else than last time; return whether it is."""
        if found is None or found.digest() == self.spool.get('discovered'):
            return False
        parts = wire.discovered_parts(found.rev, found.findings, found.blind)
        self._keep([self._event('discovered', part) for part in parts], discovered=found.digest())
        return True

    def _collectors_events(self) -> list[Entry]:
        """Return the events that tell the server what this version can look at."""
        try:
            listed = programs.run_python(KINDS_CHILD, {}, KINDS_S, needs_packages=True, name="the list of collectors")
        except SourceUnavailable:
            listed = [one.describe() for one in registry.load_all()]
        parts, too_long = wire.collector_parts(listed)
        if too_long:
            _logger.warning("the server cannot be told of the collectors %s; run `itc-agent enrol` again", ', '.join(too_long))
        return [self._event('collectors', part) for part in parts]

    def _tell_tried(self, data: dict, noted: str) -> None:
        self._keep([self._event('tried', data)], tries=noted)
        self.sender.offer(wake=True)

    def _event(self, kind: str, data: dict) -> Entry:
        stamp = self._stamp()
        return Entry('event', stamp, wire.build_event(kind, data, stamp, clock.mono()))

    @staticmethod
    def _stamp() -> str:
        return wire.timestamp(datetime.now(timezone.utc))

    # === CONFIGURATION === #

    def _take_config(self, answer: dict) -> None:
        """Use a configuration from now on, also after a restart without the server. Called by the sender."""
        try:
            checks, cycle_s, rev = parse_config(answer)
        except ValueError as error:
            _logger.error("configuration %s not used: %s", answer.get('config_rev'), error)
            return
        tries = wire.parse_tries(answer)
        write_cache(self.config.state_dir, without_tries(answer))
        told = checks, cycle_s, discovery.rev_of(answer)
        is_same = told == (self.checks, self.cycle_s, self._scout.rev)
        self.checks, self.cycle_s, self._scout.rev = told
        self._tries.take(tries)
        if is_same:  # the checks keep their beat when nothing but a try came
            return
        _logger.info("configuration %s: %d checks every %g s", rev, len(checks), cycle_s)
        self._keep([self._event('check_error', {'check': check.ident, 'error': check.problem}) for check in checks if check.problem])
        self.stop.inbox.put('config')


def parse_config(answer: dict) -> tuple[tuple, float, str]:
    """Return checks, seconds of a cycle and revision of a configuration. :raises ValueError: it makes no sense"""
    cycle_s = answer.get('cycle_s', 60)
    if isinstance(cycle_s, bool) or not isinstance(cycle_s, (int, float)) or not 0.05 <= cycle_s <= 86400:
        raise ValueError(f"cycle_s is {cycle_s!r}")
    return wire.parse_checks(answer), float(cycle_s), str(answer.get('config_rev') or '')


def without_tries(answer: dict) -> dict:
    """Return a configuration to keep. Tries are for now only; with any in it the revision goes too, so that a restart asks for them again.

    >>> without_tries({'config_rev': 'ab', 'tries': [{}]}), without_tries({'config_rev': 'ab'})
    ({'config_rev': ''}, {'config_rev': 'ab'})
    """
    kept = {key: value for key, value in answer.items() if key != 'tries'}
    return {**kept, 'config_rev': ''} if answer.get('tries') else kept


def read_cache(state_dir) -> tuple[tuple, float, str] | None:
    """Return the last good configuration, None when there is none; a broken cache is as good as none."""
    try:
        with open(state_dir / CACHE, encoding='utf-8') as file:
            return parse_config(json.load(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError, AgentError) as error:
        _logger.warning("%s is not used: %s", state_dir / CACHE, error)
        return None


def write_cache(state_dir, answer: dict) -> None:
    """Keep a configuration, whole or not at all."""
    temporary = state_dir / f'{CACHE}.new'
    with open(temporary, 'w', encoding='utf-8') as file:
        json.dump(answer, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, state_dir / CACHE)
