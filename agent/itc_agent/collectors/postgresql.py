"""A PostgreSQL server (10 or newer): connections, transactions left open, waiting for locks, standbys, wraparound, sizes.

It needs psycopg2 (``pip install "itc-agent[postgresql]"``) and a role of its own that may see statistics and no business data::

    CREATE ROLE itc_monitor LOGIN CONNECTION LIMIT 3; GRANT pg_monitor TO itc_monitor;

``host``, ``port`` and ``dsn`` say how to connect, never the password: that comes from the pgpass file of the agent's user (``passfile=`` names
another, which nobody else may read), from the server's trust in the system's user (peer), or from the service file that ``service=`` points into.
The server is never sent a password in the clear. One connection a look, read only, without a transaction that stays; no text of anybody's
statement is read.

Refused, still starting, shutting down and full are critical: the server is there and takes nobody (told from its words, in English; in another
language it is unknown). A wrong password, a role that is let in nowhere or may see nothing, a database that does not exist, a server that does
not answer within ``timeout_s`` and one that is no PostgreSQL are unknown. Without pg_monitor other people's sessions look like nothing at all, so
that their values are unknown, not 0.

``connections_pct`` counts against what is left without the places kept for superusers. ``blocked_s`` is the longest wait for a lock; the words name
who holds it in the end. ``xid_age`` and ``multixact_age`` are the highest of all databases, templates too: beyond 2,000 million the server stops.
``replication_lag_s`` is a standby's distance (on a standby: its own); without standby there is none, ``replicas_min`` makes their absence critical.
``slot_kept_bytes`` is what the server keeps for standbys that do not fetch it. ``archive_failing`` is 1 when the last archiving of its log failed.
``checkpoint_age_s`` grows on a server that writes nothing, hence no limit. Every database is one reading with its size; one that ``databases``
names and that is not there, or takes no connection, is critical.

Tried on: PostgreSQL 18 with real locks, a transaction left open, a full server, a real standby, a stopped server (Linux). Not tried on the real
thing: PostgreSQL on Windows, PgBouncer (connect past it).
"""
from __future__ import annotations

from dataclasses import dataclass

from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._connection import good_host
from ._postgres import NotServing, ask, parse_dsn

OLDEST_VERSION = 100000
MAX_DATABASES = 100
WRAPAROUND_WARNING, WRAPAROUND_CRITICAL = 500_000_000, 1_500_000_000
SESSION_METRICS = ('connections', 'connections_pct', 'longest_transaction_s', 'idle_transaction_s', 'blocked', 'blocked_s')
NOT_ALLOWED = '42501'
GRANT = "it may not see it: GRANT pg_monitor TO {}"
_LSN = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
# Columns that came with a later version are read through to_jsonb, which gives NULL where they are not.
QUERIES = {
    'server': """
        SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_user, pg_is_in_recovery(),
            pg_has_role('pg_read_all_stats', 'usage'), current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int - coalesce(current_setting('reserved_connections', true)::int, 0)""",
    # Ours counts as a connection only.
    'sessions': """
        SELECT pid, coalesce(datname, ''), coalesce(usename, ''), coalesce(state, ''),
            CASE WHEN pid <> pg_backend_pid() THEN extract(epoch FROM clock_timestamp() - xact_start)::float8 END,
            extract(epoch FROM clock_timestamp() - state_change)::float8,
            CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END,
            CASE WHEN wait_event_type = 'Lock' THEN extract(epoch FROM clock_timestamp() - coalesce(
                (SELECT min((to_jsonb(l) ->> 'waitstart')::timestamptz) FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted),
                state_change))::float8 END
        FROM pg_stat_activity a WHERE backend_type = 'client backend'""",
    'databases': "SELECT datname, datistemplate, datallowconn, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database ORDER BY datname",
    'sizes': "SELECT datname, pg_database_size(oid) FROM pg_database WHERE NOT datistemplate",
    'checksums': "SELECT sum((to_jsonb(d) ->> 'checksum_failures')::bigint)::float8 FROM pg_stat_database d",
    'replicas': "SELECT application_name, state, coalesce(extract(epoch FROM replay_lag), 0)::float8 FROM pg_stat_replication",
    'standby': """
        SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'),
            extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
        WHERE pg_is_in_recovery()""",
    'slots': f"SELECT slot_name, active, pg_wal_lsn_diff({_LSN}, restart_lsn)::float8 FROM pg_replication_slots WHERE NOT temporary",
    'archiver': """
        SELECT last_failed_time > coalesce(last_archived_time, '-infinity') FROM pg_stat_archiver
        WHERE current_setting('archive_mode') <> 'off'""",
    'checkpoint': "SELECT extract(epoch FROM clock_timestamp() - checkpoint_time)::float8 FROM pg_control_checkpoint()",
}


@dataclass(frozen=True)
class PostgresqlSettings:
    """Which server, and what belongs to it."""

    host: str = setting('str', '127.0.0.1', help="Host, address, or folder of the socket.")
    port: int = setting('int', 5432, help="Port number, 1 to 65535.")
    dsn: str = setting('str', 'dbname=postgres user=itc_monitor',
                       help="The rest, in libpq's words and without a password; `service=erp` names an entry of pg_service.conf, host and port too.")
    databases: list = setting('list', (), help="Databases that have to be there.")
    replicas_min: int = setting('int', 0, help="How many standbys have to be connected.")
    timeout_s: float = setting('float', 10.0, help="How long all of it may take, at most 50.")

    def __post_init__(self):
        if not 0 < self.port < 65536:
            raise ValueError("port: expected 1 to 65535")
        if not self.host.startswith('/') and not good_host(self.host):
            raise ValueError("host: expected a name, an address, or a folder")
        parse_dsn(self.dsn)
        if self.replicas_min < 0:
            raise ValueError("replicas_min: expected 0 or more")
        if not 1 <= self.timeout_s <= 50:
            raise ValueError("timeout_s: expected 1 to 50")


def connection_of(settings: PostgresqlSettings) -> dict[str, str]:
    """Return how to connect: what ``dsn`` says counts more, and a service brings host and port with it.

    >>> connection_of(PostgresqlSettings(dsn='service=erp')), connection_of(PostgresqlSettings('db', dsn='port=5433'))
    ({'service': 'erp'}, {'host': 'db', 'port': '5433'})
    """
    told = parse_dsn(settings.dsn)
    return told if 'service' in told else {'host': settings.host, 'port': str(settings.port), **told}


# === PARSE === #

@dataclass(frozen=True)
class Session:
    """A client's session.

    :param xact_s: age of its transaction, None outside of one
    :param state_s: seconds in this state, None when the server did not tell
    :param waits_for: the processes that hold the lock it waits for; None when it waits for none
    """

    pid: int
    database: str
    user: str
    state: str
    xact_s: float | None
    state_s: float | None
    waits_for: tuple | None
    waited_s: float | None


# The child's answer, each row as the queries above name its columns: the server as ["18.4", 180004, "itc_monitor", false, true, 97]; a session as
# [815, "erp", "odoo", "active", 9.1, 9.0, [812], 8.9]; a database as ["template0", true, false, 51234, 12]; a size as ["erp", 81231855].
def parse(rows: dict, failed: dict, settings: PostgresqlSettings) -> list[Reading]:
    """Return the reading of the server and one a database. Pure.

    :param rows: name of a question to its rows
    :param failed: name to ``(SQLSTATE, words)`` of those that were not answered
    :raises SourceUnavailable: not even the version was told, or it is too old
    """
    if not rows.get('server'):
        raise SourceUnavailable(f"PostgreSQL told nothing of itself: {failed.get('server', ('', 'no answer'))[1]}")
    version, number, role, is_standby, sees_all, places = rows['server'][0]
    if number < OLDEST_VERSION:
        raise SourceUnavailable(f"PostgreSQL {version} is older than 10")
    unread = [f"{name}: {GRANT.format(role) if state == NOT_ALLOWED else words}" for name, (state, words) in failed.items()]
    values, words, findings = {}, [f"PostgreSQL {version}{', a standby' if is_standby else ''}"], [State.OK]
    if sees_all:
        words += _of_sessions([Session(*row[:6], None if row[6] is None else tuple(row[6]), row[7]) for row in rows.get('sessions', ())],
                              places, values) if 'sessions' in rows else []
    else:
        values.update({name: None for name in SESSION_METRICS})
        unread.append(f"sessions and standbys: role {role} may not see them: {GRANT.format(role)}")
    words += _of_ages(rows.get('databases', ()), values)
    words += _of_server(rows, values, findings, settings, sees_all)
    if unread:
        findings.append(State.UNKNOWN)
        words = [*unread, *words]
    finding = max(findings, key=lambda state: state.severity)
    return [Reading('', values, finding, '; '.join(words)), *_databases(rows, failed, settings)]


def _of_sessions(sessions, places: int, values: dict) -> list[str]:
    """Add what the sessions tell; return words on who waits for whom."""
    waiting = [one for one in sessions if one.waits_for is not None]
    values.update({
        'connections': len(sessions), 'connections_pct': round(100 * len(sessions) / max(places, 1), 1),
        'longest_transaction_s': _longest(one.xact_s for one in sessions),
        'idle_transaction_s': _longest(one.state_s for one in sessions if one.state.startswith('idle in transaction')),
        'blocked': len(waiting), 'blocked_s': _longest(one.waited_s for one in waiting)})
    return [f"{counted(len(waiting), 'session')} in line for a lock, in the end for {', '.join(roots(sessions))}"] if waiting else []


def _longest(seconds) -> float:
    return round(max((one for one in seconds if one is not None), default=0.0), 1)


def roots(sessions) -> list[str]:
    """Return the sessions at the end of every chain of waiting, as words; none of somebody's data is in them.

    >>> roots([Session(1, 'erp', 'odoo', 'idle in transaction', 9, 9, None, None), Session(2, 'erp', 'odoo', 'active', 8, 8, (1,), 8),
    ...        Session(3, 'erp', 'odoo', 'active', 7, 7, (2,), 7)])
    ['pid 1 (odoo in erp, idle in transaction)']
    """
    known = {one.pid: one for one in sessions}
    ends: dict = {}
    for waiting in (one for one in sessions if one.waits_for is not None):
        seen, open_pids = set(), list(waiting.waits_for)
        while open_pids:
            pid = open_pids.pop()
            if pid in seen:
                continue
            seen.add(pid)
            holder = known.get(pid)
            if holder is not None and holder.waits_for:
                open_pids += holder.waits_for
            else:
                ends[pid] = f"pid {pid} ({holder.user} in {holder.database}, {holder.state})" if holder else f"pid {pid}" if pid else "a prepared transaction"
    return list(ends.values())[:3] or ["each other"]


def _of_ages(databases, values: dict) -> list[str]:
    if not databases:
        return []
    oldest = max(databases, key=lambda row: row[3])
    values.update({'xid_age': oldest[3], 'multixact_age': max(row[4] for row in databases)})
    return [f"database {oldest[0]} has the oldest transaction numbers"] if oldest[3] > WRAPAROUND_WARNING else []


def _of_server(rows: dict, values: dict, findings: list, settings: PostgresqlSettings, sees_all: bool) -> list[str]:
    """Add what concerns the server as a whole; return words, and findings of its own."""
    words = []
    for name, query in (('checksum_failures', 'checksums'), ('checkpoint_age_s', 'checkpoint'), ('archive_failing', 'archiver')):
        if rows.get(query) and rows[query][0][0] is not None:
            values[name] = round(float(rows[query][0][0]), 1)
    if 'replicas' in rows and sees_all:
        lags = [lag for _name, _state, lag in rows['replicas']]
        values['replicas'] = len(lags)
        if lags:
            values['replication_lag_s'] = round(max(lags), 1)
        if len(lags) < settings.replicas_min:
            findings.append(State.CRITICAL)
            words.append(f"{counted(len(lags), 'standby is', 'standbys are')} connected, {settings.replicas_min} expected")
    for is_current, behind_s in rows.get('standby', ()):
        values['replication_lag_s'] = 0.0 if is_current else None if behind_s is None else round(behind_s, 1)
    if 'slots' in rows:
        idle = [name for name, is_active, _kept in rows['slots'] if not is_active]
        values['slots_inactive'] = len(idle)
        values['slot_kept_bytes'] = max((kept for _name, _active, kept in rows['slots'] if kept is not None), default=0)
        words += [f"nobody fetches from the replication slots {', '.join(idle[:3])}"] if idle else []
    return words


def _databases(rows: dict, failed: dict, settings: PostgresqlSettings) -> list[Reading]:
    """Return a reading a database, and one for each that is missing."""
    if 'databases' not in rows:
        return [Reading(name, {}, State.UNKNOWN, "the databases could not be listed") for name in settings.databases]
    sizes = dict(rows.get('sizes', ()))
    known = {name: takes for name, is_template, takes, _age, _multi in rows['databases'] if not is_template or name in settings.databases}
    readings = [Reading(name, {}, State.CRITICAL, "there is no such database") for name in settings.databases if name not in known]
    for name in sorted(known, key=lambda name: (name not in settings.databases, name))[:MAX_DATABASES]:
        takes = known[name]
        closed = name in settings.databases and not takes
        readings.append(Reading(name, {} if name not in sizes and 'sizes' not in failed else {'size_bytes': sizes.get(name)},
                                State.CRITICAL if closed else State.OK, "takes no connections" if closed else ''))
    return readings


@collector(
    'postgresql', title="PostgreSQL", help="Connections, open transactions, locks, standbys, wraparound and sizes of a PostgreSQL server.",
    settings=PostgresqlSettings,
    metrics=[
        Metric('up', '', "1 when it let us in, 0 when it takes nobody."),
        Metric('connections', '', "Connections of clients."),
        Metric('connections_pct', '%', "Share of the places for clients that are taken."),
        Metric('longest_transaction_s', 's', "Age of the oldest open transaction."),
        Metric('idle_transaction_s', 's', "Longest time a session has done nothing within a transaction."),
        Metric('blocked', '', "Sessions that wait for a lock."),
        Metric('blocked_s', 's', "Longest wait for a lock."),
        Metric('xid_age', '', "Transactions since the oldest one still remembered."),
        Metric('multixact_age', '', "The same of shared row locks."),
        Metric('checksum_failures', '', "Damaged pages met since statistics began."),
        Metric('archive_failing', '', "1 when the last archiving failed, 0 otherwise."),
        Metric('checkpoint_age_s', 's', "Since the last checkpoint."),
        Metric('replicas', '', "Standbys that are connected."),
        Metric('replication_lag_s', 's', "How far the slowest standby is behind."),
        Metric('slots_inactive', '', "Replication slots that nobody fetches from."),
        Metric('slot_kept_bytes', 'B', "Most that is kept for a slot."),
        Metric('size_bytes', 'B', "Size of a database."),
    ],
    limits=[
        Limit('connections_pct', '>', 80, 95), Limit('longest_transaction_s', '>', 900, 7200), Limit('idle_transaction_s', '>', 300, 1800),
        Limit('blocked_s', '>', 60, 600), Limit('xid_age', '>', WRAPAROUND_WARNING, WRAPAROUND_CRITICAL),
        Limit('multixact_age', '>', WRAPAROUND_WARNING, WRAPAROUND_CRITICAL), Limit('checksum_failures', '>', None, 0),
        Limit('archive_failing', '>', None, 0), Limit('replication_lag_s', '>', 300, None),
        Limit('slot_kept_bytes', '>', 4 * 2 ** 30, 20 * 2 ** 30),
    ],
    every_s=60, timeout_s=15,
)
def collect(settings: PostgresqlSettings, memory: dict):
    """Connect once and ask."""
    try:
        rows, failed = ask(connection_of(settings), QUERIES, settings.timeout_s)
    except NotServing as error:
        yield Reading('', {'up': 0}, State.CRITICAL, str(error))
        return
    first, *rest = parse(rows, failed, settings)
    yield Reading('', {'up': 1, **first.values}, first.finding, first.text)
    yield from rest
