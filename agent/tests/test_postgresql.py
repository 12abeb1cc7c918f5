"""PostgreSQL: a real server with real locks, full, stopped, refusing; and what only looks like one."""
import contextlib
import doctest
import os
import socket
import threading
import time

import pytest
from conftest import nobody, wait_for
from postgres_server import Cluster, free_port, frozen, keep_password
from web_server import RawServer, page

from itc_agent.collectors import _postgres, _postgres_child, postgresql
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

psycopg2 = pytest.importorskip('psycopg2', reason="psycopg2 is not installed")


@pytest.fixture(scope='module')
def cluster():
    with Cluster() as one:
        one.run("CREATE ROLE itc_monitor LOGIN CONNECTION LIMIT 3 PASSWORD 'watch'", "GRANT pg_monitor TO itc_monitor",
                "CREATE ROLE blind LOGIN PASSWORD 'watch'", "CREATE ROLE odoo LOGIN PASSWORD 'watch'", "CREATE ROLE nologin PASSWORD 'watch'",
                "CREATE DATABASE erp OWNER odoo")
        one.run("CREATE TABLE stock (id int PRIMARY KEY, amount int)", "INSERT INTO stock VALUES (1, 5), (2, 7)",
                "GRANT ALL ON stock TO odoo", database='erp')
        yield one


@pytest.fixture
def passfile(tmp_path):
    return keep_password(tmp_path / 'pgpass', 'watch')


def run(dsn, timeout=15, **settings):
    check = make_check(1, 'db', 'postgresql', 60, timeout, {'dsn': dsn, **settings})
    assert not check.problem, check.problem
    started = time.monotonic()
    result = look(check, {}, {})
    assert time.monotonic() - started < timeout
    assert "collector failed" not in result.summary
    return result


def judged(dsn, limit, **settings):
    metric, op, warning, critical = limit
    check = make_check(1, 'db', 'postgresql', 60, 15, {'dsn': dsn, **settings},
                       [{'metric': metric, 'op': op, 'warning': warning, 'critical': critical}])
    return look(check, {}, {})


# === WHAT A SERVER TELLS === #

def test_a_server_at_rest_tells_all_its_values_and_is_fine(cluster, passfile):
    result = run(cluster.dsn(passfile=passfile), databases=['erp'])
    server, *databases = result.readings
    assert (result.state, server.finding) == (State.OK, State.OK), result.summary
    assert server.text.startswith("PostgreSQL ")
    values = server.values
    assert values['up'] == 1 and values['connections'] >= 1 and values['connections_pct'] == round(100 * values['connections'] / 12, 1)
    assert values['longest_transaction_s'] == values['blocked'] == values['blocked_s'] == values['replicas'] == values['slots_inactive'] == 0
    assert values['xid_age'] >= 0 and values['multixact_age'] >= 0 and values['checkpoint_age_s'] >= 0
    assert 'replication_lag_s' not in values and 'archive_failing' not in values
    sizes = {one.item: one.values['size_bytes'] for one in databases}
    assert set(sizes) == {'erp', 'postgres'} and all(size > 2 ** 20 for size in sizes.values())


def test_a_look_leaves_no_session_behind_and_cannot_write(cluster, passfile):
    run(cluster.dsn(passfile=passfile))
    wait_for(lambda: cluster.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'itc-agent'") == [(0,)])
    rows, failed = _postgres.ask(_postgres.parse_dsn(cluster.dsn('odoo', 'erp', passfile=passfile)), {'one': "DELETE FROM stock RETURNING 1"}, 10)
    assert (rows, failed['one'][0]) == ({}, '25006')  # read_only_sql_transaction


@contextlib.contextmanager
def locked_row(cluster):
    """One session holds a row and does nothing, two wait for it; yields the pid of the holder."""
    holder, first, second = (cluster.connect('odoo', 'erp', 'watch') for _number in range(3))
    threads = []
    try:
        holder.autocommit = False
        holder.cursor().execute("UPDATE stock SET amount = 0 WHERE id = 1")

        def wait(connection):
            with contextlib.suppress(psycopg2.Error):
                connection.cursor().execute("UPDATE stock SET amount = 1 WHERE id = 1")
        for connection in (first, second):
            threads.append(threading.Thread(target=wait, args=(connection,)))
            threads[-1].start()
            waiting = len(threads)
            wait_for(lambda waiting=waiting: cluster.run("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(waiting,)])
        yield holder.get_backend_pid()
    finally:
        holder.close()
        for thread in threads:
            thread.join(10)
        first.close()
        second.close()


def test_who_waits_for_a_lock_is_counted_and_who_holds_it_is_named(cluster, passfile):
    with locked_row(cluster) as holder:
        time.sleep(0.3)
        result = run(cluster.dsn(passfile=passfile))
        values = result.readings[0].values
        assert values['blocked'] == 2 and 0.3 <= values['blocked_s'] < 10
        assert f"2 sessions in line for a lock, in the end for pid {holder} (odoo in erp, idle in transaction)" in result.readings[0].text
        assert 'UPDATE' not in result.summary and 'stock' not in result.summary
        late = judged(cluster.dsn(passfile=passfile), ('blocked_s', '>', 0.1, 600))
        assert late.state == State.WARNING and f"pid {holder}" in late.summary
    assert run(cluster.dsn(passfile=passfile)).readings[0].values['blocked'] == 0


def test_a_transaction_left_open_has_an_age(cluster, passfile):
    idle = cluster.connect('odoo', 'erp', 'watch')
    idle.autocommit = False
    idle.cursor().execute("SELECT 1")
    time.sleep(0.5)
    values = run(cluster.dsn(passfile=passfile)).readings[0].values
    assert 0.5 <= values['idle_transaction_s'] <= values['longest_transaction_s'] < 10
    critical = judged(cluster.dsn(passfile=passfile), ('idle_transaction_s', '>', 0.1, 0.2))
    assert critical.state == State.CRITICAL
    idle.close()
    wait_for(lambda: run(cluster.dsn(passfile=passfile)).readings[0].values['longest_transaction_s'] == 0)


def test_a_replication_slot_that_nobody_fetches_from_is_named(passfile):
    with Cluster(wal_level='replica') as own:
        own.run("CREATE ROLE itc_monitor LOGIN PASSWORD 'watch'", "GRANT pg_monitor TO itc_monitor",
                "SELECT pg_create_physical_replication_slot('cellar', true)", "CREATE TABLE t AS SELECT generate_series(1, 20000)")
        reading = run(own.dsn(passfile=passfile)).readings[0]
        assert reading.values['slots_inactive'] == 1 and reading.values['slot_kept_bytes'] > 100_000
        assert "nobody fetches from the replication slots cellar" in reading.text


def test_a_real_standby_its_lag_and_its_absence(passfile):
    with Cluster(wal_level='replica', max_wal_senders=3) as primary, Cluster() as standby:
        primary.run("CREATE ROLE itc_monitor LOGIN PASSWORD 'watch'", "GRANT pg_monitor TO itc_monitor")
        alone = run(primary.dsn(passfile=passfile), replicas_min=1)
        assert alone.state == State.CRITICAL and "0 standbys are connected, 1 expected" in alone.summary
        standby.stop()
        for path in sorted(standby.data.rglob('*'), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        standby.program('pg_basebackup', '-h', '127.0.0.1', '-p', primary.port, '-U', 'postgres', '-D', standby.data, '-R', '-c', 'fast', '--no-sync')
        standby.start()
        wait_for(lambda: run(primary.dsn(passfile=passfile), replicas_min=1).state == State.OK)
        seen = run(primary.dsn(passfile=passfile)).readings[0].values
        assert seen['replicas'] == 1 and 0 <= seen['replication_lag_s'] < 60
        wait_for(lambda: run(standby.dsn(passfile=passfile)).readings[0].values['replication_lag_s'] == 0)
        assert "a standby" in run(standby.dsn(passfile=passfile)).summary
        primary.run("CREATE TABLE t (id int)")
        primary.stop()
        # Nothing comes any more: from now on its distance grows.
        wait_for(lambda: run(standby.dsn(passfile=passfile)).readings[0].values['replication_lag_s'] > 0, 20)


def test_a_database_that_is_gone_or_closed_is_critical(cluster, passfile):
    result = run(cluster.dsn(passfile=passfile), databases=['erp', 'Erp'])
    assert (result.state, result.summary.count("there is no such database")) == (State.CRITICAL, 1)
    cluster.run("CREATE DATABASE closed ALLOW_CONNECTIONS false")
    assert run(cluster.dsn(passfile=passfile)).state == State.OK
    result = run(cluster.dsn(passfile=passfile), databases=['closed'])
    assert (result.state, result.summary) == (State.CRITICAL, "closed: takes no connections")
    cluster.run("DROP DATABASE closed")


# === WHO MAY NOT LOOK === #

def test_a_role_without_pg_monitor_sees_nothing_and_that_is_unknown_not_zero(cluster, passfile):
    with locked_row(cluster):
        result = run(cluster.dsn('blind', passfile=passfile))
    assert result.state == State.UNKNOWN and "GRANT pg_monitor TO blind" in result.summary
    values = result.readings[0].values
    assert values['blocked'] is values['longest_transaction_s'] is values['connections_pct'] is None
    assert 'replicas' not in values


def test_what_one_question_is_refused_leaves_the_others(cluster, passfile):
    rows, failed = _postgres.ask(_postgres.parse_dsn(cluster.dsn('blind', 'erp', passfile=passfile)),
                                 {'one': "SELECT 1", 'two': "SELECT * FROM stock", 'three': "SELECT 3"}, 10)
    assert (rows, failed['two'][0]) == ({'one': [[1]], 'three': [[3]]}, '42501')


@pytest.mark.parametrize(('user', 'database', 'password', 'words'), [
    ('itc_monitor', 'postgres', 'wrong', "password authentication failed"), ('nosuchrole', 'postgres', 'watch', "password authentication failed"),
    ('nologin', 'postgres', 'watch', "not permitted to log in"), ('itc_monitor', 'nosuchdb', 'watch', 'database "nosuchdb" does not exist')])
def test_who_is_not_let_in_knows_nothing(cluster, tmp_path, user, database, password, words):
    result = run(cluster.dsn(user, database, passfile=keep_password(tmp_path / 'pgpass', password)))
    assert (result.state, result.readings) == (State.UNKNOWN, ())
    assert words in result.summary


def test_no_password_at_all_is_unknown(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv('PGPASSFILE', str(tmp_path / 'none'))
    result = run(cluster.dsn())
    assert result.state == State.UNKNOWN and "no password supplied" in result.summary


def test_a_password_file_that_others_may_read_or_that_is_missing_is_not_used(cluster, passfile):
    passfile.chmod(0o644)
    result = run(cluster.dsn(passfile=passfile))
    assert result.state == State.UNKNOWN and "the password file is not safe" in result.summary and "0644" in result.summary
    result = run(cluster.dsn(passfile=passfile.with_name('none')))
    assert result.state == State.UNKNOWN and "cannot be read: No such file" in result.summary


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to lose rights")
def test_a_password_file_of_somebody_else_is_not_used(cluster, passfile):
    with nobody(), pytest.raises(SourceUnavailable, match="password file"):
        _postgres.ask({'passfile': str(passfile)}, {}, 1)


# === NOT SERVING === #

def test_nothing_listens_and_a_socket_that_is_not_there_are_critical(cluster, tmp_path):
    result = run(f'host=127.0.0.1 port={free_port()} dbname=postgres user=x')
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert "PostgreSQL is not running there" in result.summary
    assert run(f'host={tmp_path} dbname=postgres user=x').state == State.CRITICAL
    assert run(f'host={tmp_path}/none dbname=postgres user=x').state == State.UNKNOWN


def test_a_full_server_is_critical(cluster, passfile):
    held = []
    with contextlib.suppress(psycopg2.Error):
        while True:
            held.append(cluster.connect('odoo', 'erp', 'watch'))
    result = run(cluster.dsn(passfile=passfile))
    for one in held:
        one.close()
    assert len(held) > 5
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0}), result.summary
    assert "takes no connection" in result.summary


@pytest.mark.parametrize(('words', 'is_proof'), [
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  the database system is starting up', True),
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  the database system is shutting down', True),
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  the database system is in recovery mode', True),
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute', True),
    ('connection to server at "127.0.0.1", port 5432 failed: Connection refused (0x0000274D/10061) Is the server running on that host?', True),
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "x", database "y"', False),
    ('connection to server at "10.0.0.5", port 5432 failed: timeout expired', False),
    ('connection to server at "10.0.0.5", port 5432 failed: No route to host', False),
    ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  tut mir leid, schon zu viele Verbindungen', False)])
def test_what_proves_that_a_server_takes_nobody_and_what_proves_nothing(words, is_proof):
    assert isinstance(_postgres.refusal(words), _postgres.NotServing) == is_proof


def test_the_roles_own_limit_of_connections_is_our_trouble_not_the_servers(cluster, passfile):
    held = [cluster.connect('itc_monitor', 'postgres', 'watch') for _number in range(3)]
    result = run(cluster.dsn(passfile=passfile))
    for one in held:
        one.close()
    assert result.state == State.UNKNOWN and "too many connections for role" in result.summary


def test_a_stopped_server_is_unknown_within_the_time_and_seen_again_afterwards(cluster, passfile):
    with frozen(cluster):
        started = time.monotonic()
        result = run(cluster.dsn(passfile=passfile), timeout_s=3)
        assert time.monotonic() - started < 5
        assert result.state == State.UNKNOWN and "not answer" in result.summary, result.summary
        # The check's own limit counts too.
        assert run(cluster.dsn(passfile=passfile), timeout=2).state == State.UNKNOWN
    assert run(cluster.dsn(passfile=passfile)).state == State.OK


def test_a_server_that_stops_between_two_questions_is_unknown(cluster, passfile):
    slow = {'one': "SELECT 1", 'two': "SELECT pg_sleep(30)", 'three': "SELECT 3"}
    started = time.monotonic()
    rows, failed = _postgres.ask(_postgres.parse_dsn(cluster.dsn(passfile=passfile)), slow, 2)
    assert time.monotonic() - started < 3
    assert rows['one'] == [[1]] and failed['two'][0] == failed['three'][0] == '57014'
    threading.Timer(0.7, lambda: stack.enter_context(frozen(cluster))).start()
    with contextlib.ExitStack() as stack, pytest.raises(SourceUnavailable, match="PostgreSQL did not answer within 3 s"):
        _postgres.ask(_postgres.parse_dsn(cluster.dsn(passfile=passfile)), {'one': "SELECT pg_sleep(1.5)", 'two': "SELECT 2"}, 3)
    with pytest.raises(SourceUnavailable):
        postgresql.parse({}, {'server': ('57014', "no time was left for it")}, postgresql.PostgresqlSettings())


def test_a_server_that_accepts_and_never_answers_does_not_hold_the_agent():
    with socket.create_server(('127.0.0.1', 0)) as silent:
        result = run(f'host=127.0.0.1 port={silent.getsockname()[1]} dbname=x user=x', timeout_s=2)
    assert result.state == State.UNKNOWN and "not answer" in result.summary


@pytest.mark.parametrize('answer', [page(b'<h1>It works</h1>'), b'N', b'\x00' * 5000, b'SSH-2.0-OpenSSH\r\n', b'E\x7f\xff\xff\xff', b''],
                         ids=['http', 'no_tls_and_gone', 'zeros', 'ssh', 'endless_error', 'nothing'])
def test_what_is_no_postgresql_is_unknown(answer):
    result = run(f'host=127.0.0.1 port={port_of(answer)} dbname=x user=x', timeout_s=4)
    assert (result.state, result.readings) == (State.UNKNOWN, ())
    assert len(result.summary) > 20


def port_of(answer):
    def respond(connection):
        connection.recv(1000)
        connection.sendall(answer)
        time.sleep(0.05)
    return RawServer(respond).port


@pytest.mark.parametrize('encoding', ['cp1252', 'utf-8'])
def test_what_a_server_says_in_another_language_and_encoding_is_passed_on(encoding):
    """Refuse as a German server on Windows does: an ErrorResponse of severity, SQLSTATE and message."""
    message = b'SFATAL\0C28P01\0M' + "Passwort-Authentifizierung für Benutzer fehlgeschlagen".encode(encoding) + b'\0\0'

    def respond(connection):
        connection.recv(8)
        connection.sendall(b'N')
        connection.recv(1000)
        connection.sendall(b'E' + (len(message) + 4).to_bytes(4, 'big') + message)

    result = run(f'host=127.0.0.1 port={RawServer(respond).port} dbname=x user=x', timeout_s=4)
    assert result.state == State.UNKNOWN and "Passwort-Authentifizierung für Benutzer fehlgeschlagen" in result.summary


def test_a_server_that_asks_for_the_password_in_the_clear_does_not_get_it(passfile):
    """Ask as PostgreSQL's AuthenticationCleartextPassword does, and note what comes."""
    if psycopg2.extensions.libpq_version() < 160000:
        pytest.skip("this libpq cannot refuse it")
    heard = []

    def respond(connection):
        connection.recv(8)
        connection.sendall(b'N')
        connection.recv(1000)
        connection.sendall(b'R' + (8).to_bytes(4, 'big') + (3).to_bytes(4, 'big'))
        heard.append(connection.recv(1000))

    port = RawServer(respond).port
    result = run(f'host=127.0.0.1 port={port} dbname=x user=itc_monitor passfile={passfile}', timeout_s=4)
    assert result.state == State.UNKNOWN
    wait_for(lambda: heard)
    assert b'watch' not in heard[0]


def test_without_psycopg2_the_reason_says_how_to_install_it(monkeypatch, tmp_path):
    child = tmp_path / 'child.py'
    child.write_text(f"import sys\nsys.modules['psycopg2'] = None\n{open(_postgres_child.__file__).read()}")
    monkeypatch.setattr(_postgres, 'CHILD', str(child))
    result = run('host=127.0.0.1 dbname=x user=x')
    assert result.state == State.UNKNOWN and 'pip install "itc-agent[postgresql]"' in result.summary


def test_an_older_server_is_not_asked_for_what_it_does_not_have():
    with pytest.raises(SourceUnavailable, match="9.6.24 is older than 10"):
        postgresql.parse({'server': [['9.6.24', 90624, 'x', False, True, 97]]}, {}, postgresql.PostgresqlSettings())


# === SETTINGS AND PARSING === #

@pytest.mark.parametrize('module', [postgresql, _postgres])
def test_examples_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize('dsn', ['password=x host=a', 'host=a PASSWORD = x', "host=a sslpassword='x y'", 'postgresql://user:secret@host/db', 'nonsense',
                                 'host=a options=-cstatement_timeout=0', 'host=a host=b', 'port=x', 'port=70000', "host='a", 'sslkey=/etc/x', 'passfile'])
def test_a_connection_string_with_a_password_or_nonsense_is_refused(dsn):
    problem = make_check(1, 'db', 'postgresql', 60, 15, {'dsn': dsn}).problem
    assert problem.startswith("postgresql: dsn:")
    assert 'secret' not in problem


def test_further_settings_are_checked():
    for wrong in ({'port': 0}, {'port': 65536}, {'host': 'a b'}, {'host': ''}, {'replicas_min': -1},
                  {'timeout_s': 0.5}, {'timeout_s': 51}, {'databases': 'erp'}):
        assert make_check(1, 'db', 'postgresql', 60, 15, wrong).problem, wrong
    assert "no setting 'password'" in make_check(1, 'db', 'postgresql', 60, 15, {'password': 'x'}).problem


def server_rows(**more):
    return {'server': [['18.4', 180004, 'itc_monitor', False, True, 97]], 'sessions': [], **more}


def test_wraparound_names_the_database_and_the_limits_judge_it():
    rows = server_rows(databases=[['erp', False, True, 1_600_000_000, 3], ['template0', True, False, 12, 700_000_000]], sizes=[['erp', 10]])
    first, *rest = postgresql.parse(rows, {}, postgresql.PostgresqlSettings())
    assert (first.values['xid_age'], first.values['multixact_age']) == (1_600_000_000, 700_000_000)
    assert "database erp has the oldest transaction numbers" in first.text
    assert [(one.item, one.values) for one in rest] == [('erp', {'size_bytes': 10})]


def test_a_chain_of_waiting_is_followed_to_its_end_and_a_ring_ends():
    def session(pid, waits_for):
        return postgresql.Session(pid, 'erp', 'odoo', 'active', 1.0, 1.0, waits_for, None if waits_for is None else 1.0)
    assert postgresql.roots([session(1, (2,)), session(2, (3,)), session(3, None)]) == ["pid 3 (odoo in erp, active)"]
    assert postgresql.roots([session(1, (2,)), session(2, (1,))]) == ["each other"]
    assert postgresql.roots([session(1, (0,)), session(2, (77,))]) == ["a prepared transaction", "pid 77"]


def test_failed_archiving_damaged_pages_and_a_lost_slot():
    rows = server_rows(archiver=[[True]], checksums=[[2.0]], slots=[['old', False, None]], replicas=[['cellar', 'streaming', 400.0]])
    values = postgresql.parse(rows, {}, postgresql.PostgresqlSettings())[0].values
    assert (values['archive_failing'], values['checksum_failures'], values['slots_inactive'], values['slot_kept_bytes']) == (1.0, 2.0, 1, 0)
    assert values['replication_lag_s'] == 400.0


def test_a_question_that_failed_makes_the_look_unknown_and_keeps_what_is_known():
    readings = postgresql.parse(server_rows(databases=[['erp', False, True, 1, 1]]), {'sizes': ('57014', "canceling statement due to timeout")},
                                postgresql.PostgresqlSettings())
    assert readings[0].finding == State.UNKNOWN and "sizes: canceling statement" in readings[0].text
    assert readings[1].values == {'size_bytes': None} and readings[0].values['xid_age'] == 1
    lost = postgresql.parse(server_rows(), {'databases': ('57014', "late")}, postgresql.PostgresqlSettings(databases=('erp',)))
    assert [(one.item, one.finding) for one in lost] == [('', State.UNKNOWN), ('erp', State.UNKNOWN)]
