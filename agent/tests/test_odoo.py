"""Odoo: a real one, whose database is shut, missing, frozen or late with its jobs and mails; and what only looks like one."""
import doctest
import gzip
import json
import os
import signal
import time
import xmlrpc.client

import pytest
from odoo_server import OdooServer
from postgres_server import frozen, keep_password
from web_server import RawServer, page, read_request

from itc_agent import registry
from itc_agent.collectors import odoo
from itc_agent.collectors._http_client import Page
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

LOGIN = b'<form class="oe_login_form d-none" action="/web/login">'


def run(url, database='erp', timeout=45, limits=(), **settings):
    check = make_check(1, 'erp', 'odoo', 60, timeout, {'url': url, 'database': database, **settings}, limits)
    assert not check.problem, check.problem
    started = time.monotonic()
    result = look(check, {}, {})
    assert time.monotonic() - started < timeout
    assert "collector failed" not in result.summary
    return result


@pytest.fixture(scope='module')
def server():
    """A real Odoo 19; takes about 20 seconds to make."""
    with OdooServer() as one:
        one.cluster.run("CREATE ROLE itc_monitor LOGIN PASSWORD 'watch'", "CREATE ROLE blind LOGIN PASSWORD 'watch'", "CREATE DATABASE empty OWNER odoo")
        one.cluster.run("GRANT SELECT (active, nextcall, failure_count, cron_name) ON ir_cron TO itc_monitor",
                        "GRANT SELECT (state, create_date, write_date, scheduled_date) ON mail_mail TO itc_monitor", database='erp')
        yield one


@pytest.fixture
def dsn(server, tmp_path):
    def make(user='itc_monitor'):
        return f"host=127.0.0.1 port={server.cluster.port} user={user} passfile={keep_password(tmp_path / 'pgpass', 'watch')}"
    return make


class TestRealOdoo:

    def test_it_serves_its_database_and_keeps_no_session_of_ours(self, server):
        sessions = os.path.join(server.folder, 'sessions')
        before = sum(len(files) for _folder, _folders, files in os.walk(sessions))
        result = run(server.url)
        assert (result.state, result.readings[0].values['up']) == (State.OK, 1), result.summary
        assert 0 < result.readings[0].values['latency_ms'] < 30_000
        assert sum(len(files) for _folder, _folders, files in os.walk(sessions)) == before

    def test_without_a_name_the_only_database_is_asked_for_in_one_session(self, server):
        server.cluster.run("DROP DATABASE empty")
        sessions, memory = os.path.join(server.folder, 'sessions'), {}
        check = make_check(1, 'erp', 'odoo', 60, 45, {'url': server.url})
        counts = []
        for _look in range(3):
            assert look(check, memory, {}).state == State.OK
            counts.append(sum(len(files) for _folder, _folders, files in os.walk(sessions)))
        server.cluster.run("CREATE DATABASE empty OWNER odoo")
        assert counts[1] == counts[2], "every look makes a session"
        several = look(check, {}, {})
        assert several.state == State.UNKNOWN and "say in `database` which one is meant" in several.summary
        before = look(check, {'kept': memory['kept']}, {})
        assert before.state == State.CRITICAL and "does not serve its database" in before.summary

    @pytest.mark.parametrize('name', ['nosuch', 'empty', 'Erp'])
    def test_a_database_that_is_missing_or_no_odoo_database_is_critical(self, server, name):
        result = run(server.url, name)
        assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
        assert f"does not serve database {name}" in result.summary and "only this database is not reached" in result.summary

    def test_web_health_passes_with_the_database_shut_and_this_check_does_not(self, server):
        server.cluster.run("ALTER DATABASE erp ALLOW_CONNECTIONS false", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'erp'")
        try:
            assert server.get('/web/health')[0] == 200 and server.get('/web/health?db_server_status=1')[0] == 200
            result = run(server.url)
            assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
            assert "Odoo and its PostgreSQL run, only this database is not reached" in result.summary
        finally:
            server.cluster.run("ALTER DATABASE erp ALLOW_CONNECTIONS true")
        assert run(server.url).state == State.OK

    def test_postgresql_stopped_is_told_apart(self, server, dsn):
        server.cluster.stop()
        try:
            assert server.get('/web/health')[0] == 200
            result = run(server.url, dsn=dsn())
            assert (result.state, [one.finding for one in result.readings]) == (State.CRITICAL, [State.CRITICAL, State.CRITICAL])
            assert "Odoo itself runs, but its PostgreSQL does not answer" in result.readings[0].text
            assert "PostgreSQL is not running there" in result.readings[1].text
        finally:
            server.cluster.start()
        assert run(server.url, dsn=dsn()).state == State.OK

    def test_postgresql_frozen_is_no_answer_within_the_time(self, server, dsn):
        with frozen(server.cluster):
            result = run(server.url, timeout_s=2.0, timeout=12, dsn=dsn())
            assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
            assert "no answer within 2 s" in result.readings[0].text
            assert result.readings[1].finding == State.UNKNOWN and "not answer" in result.readings[1].text
        assert run(server.url).state == State.OK

    def test_odoo_frozen_is_critical_and_the_database_is_still_looked_at(self, server, dsn):
        server.process.send_signal(signal.SIGSTOP)
        try:
            result = run(server.url, timeout_s=2.0, dsn=dsn())
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert (result.state, [one.item for one in result.readings]) == (State.CRITICAL, ['', 'jobs', 'mail'])
        assert "Odoo itself does not answer either" in result.summary
        assert result.readings[1].finding == State.OK

    def test_jobs_that_are_late_or_fail_are_counted_and_named(self, server, dsn):
        server.cluster.run("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' + interval '1 hour', failure_count = 0", database='erp')
        jobs = run(server.url, dsn=dsn()).readings[1]
        assert (jobs.finding, jobs.text) == (State.OK, '')
        assert jobs.values['crons'] > 5 and jobs.values['crons_failing'] == jobs.values['cron_overdue_s'] == 0
        late = server.cluster.run(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' - interval '3 hours' WHERE id = (SELECT min(id) FROM ir_cron WHERE active) "
            "RETURNING cron_name", database='erp')[0][0]
        failing = server.cluster.run("UPDATE ir_cron SET failure_count = 3 WHERE id = (SELECT max(id) FROM ir_cron WHERE active) RETURNING cron_name",
                                     database='erp')[0][0]
        result = run(server.url, dsn=dsn(), limits=registry.load('odoo').describe()['limits'])
        jobs = result.readings[1]
        assert (jobs.values['crons_failing'], 10_795 < jobs.values['cron_overdue_s'] < 10_900) == (1, True)
        assert f"{late} should have run 3 h 0 min ago; {failing} failed last time" in jobs.text
        assert result.state == State.CRITICAL and "cron_overdue_s 3 h 0 min > 2 h 0 min" in result.summary
        server.cluster.run("CREATE TABLE kept AS SELECT id FROM ir_cron WHERE active", "UPDATE ir_cron SET active = false, failure_count = 0", database='erp')
        jobs = run(server.url, dsn=dsn()).readings[1]
        server.cluster.run("UPDATE ir_cron SET active = true, nextcall = now() + interval '1 day' WHERE id IN (SELECT id FROM kept)", database='erp')
        assert (jobs.finding, jobs.text) == (State.CRITICAL, "no scheduled job is active")

    def test_mails_that_wait_fail_or_are_scheduled_for_later(self, server, dsn):
        common = xmlrpc.client.ServerProxy(f'{server.url}/xmlrpc/2/common')
        user = common.authenticate('erp', 'admin', 'admin', {})
        models = xmlrpc.client.ServerProxy(f'{server.url}/xmlrpc/2/object')
        assert user, "the template's administrator has another password"

        def write_mail(**values):
            return models.execute_kw('erp', user, 'admin', 'mail.mail', 'create', [{'email_to': 'x@example.org', 'subject': "Secret", **values}])

        assert run(server.url, dsn=dsn()).readings[2].values == {'mails_waiting': 0, 'mail_waiting_s': 0.0, 'mails_failed': 0}
        write_mail(scheduled_date='2099-01-01 00:00:00')
        write_mail(state='sent')
        first, _second, broken, old = write_mail(), write_mail(), write_mail(state='exception'), write_mail(state='exception')
        server.cluster.run(f"UPDATE mail_mail SET create_date = now() AT TIME ZONE 'utc' - interval '2 hours' WHERE id = {first}",
                           f"UPDATE mail_mail SET write_date = now() AT TIME ZONE 'utc' - interval '3 days' WHERE id = {old}", database='erp')
        assert broken
        result = run(server.url, dsn=dsn(), limits=registry.load('odoo').describe()['limits'])
        values = result.readings[2].values
        assert (values['mails_waiting'], values['mails_failed'], 7195 < values['mail_waiting_s'] < 7300) == (2, 1, True)
        assert "mail_waiting_s 2 h 0 min > 1 h 0 min" in result.summary and 'Secret' not in result.summary
        server.cluster.run("DELETE FROM mail_mail", database='erp')

    def test_a_role_that_may_not_read_the_columns_knows_nothing_and_is_told_what_it_needs(self, server, dsn):
        result = run(server.url, dsn=dsn('blind'))
        assert [one.finding for one in result.readings] == [State.OK, State.UNKNOWN, State.UNKNOWN]
        assert "GRANT SELECT (active, nextcall, failure_count, cron_name) ON ir_cron TO" in result.readings[1].text
        assert "ON mail_mail" in result.readings[2].text

    def test_a_database_that_is_no_odoo_is_unknown_to_the_part_that_asks_postgresql(self, server, dsn):
        result = run(server.url, 'empty', dsn=dsn())
        assert result.readings[1].finding == State.UNKNOWN and "database empty is no Odoo database" in result.readings[1].text


# === WHAT ONLY LOOKS LIKE ODOO === #

@pytest.mark.parametrize(('answer', 'words'), [
    (page(b'<h1>We will be back soon</h1>', 'Content-Type: text/html'), "no login page of Odoo"), (page(b''), "no login page of Odoo"),
    (page(b'{"status": "pass"}', 'Content-Type: application/json'), "no login page of Odoo"),
    (page(LOGIN, 'Content-Type: text/html', status='404 Not Found'), "does not serve database erp: its login page answers with status 404"),
    (page(b'', 'Location: /web/database/selector', status='303 See Other'), "sends on to /web/database/selector"),
    (b'SSH-2.0-OpenSSH\r\n', "no usable answer"), (b'', "broke off")])
def test_what_is_no_login_page_is_critical(serve, answer, words):
    result = run(serve(answer).url)
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert words in result.summary


def test_a_login_page_that_comes_with_a_session_may_be_another_databases(serve):
    assert run(serve(page(LOGIN, 'Content-Type: text/html')).url).state == State.OK
    result = run(serve(page(LOGIN, 'Content-Type: text/html', 'Set-Cookie: lang=en', 'Set-Cookie: session_id=abc; Path=/')).url)
    assert result.state == State.UNKNOWN and "which database answered cannot be told" in result.summary


def test_the_database_is_named_in_the_question():
    asked = []

    def answer(connection):
        asked.append(read_request(connection).decode())
        connection.sendall(page(LOGIN, 'Content-Type: text/html'))
    server = RawServer(answer)
    assert run(server.url, 'my erp').state == State.OK
    server.close()
    assert [one.split(' ')[1] for one in asked] == ['/web/login', '/it_continuity/health']
    assert all('\r\nX-Odoo-Database: my erp\r\n' in one for one in asked)


def test_refused_is_critical_and_a_name_that_cannot_be_resolved_is_unknown():
    result = run('http://127.0.0.1:9')
    assert (result.state, "refused, nothing listens there (Odoo itself does not answer either)" in result.summary) == (State.CRITICAL, True)
    assert run('http://nosuchhost.invalid').state == State.UNKNOWN


def json_page(content, status=200):
    return Page(status, 'application/json', '', json.dumps(content).encode())


def test_what_web_health_tells_beside_a_failure():
    assert odoo.parse_health(json_page({'status': 'pass'})) == "Odoo itself runs"
    assert "its PostgreSQL does not answer" in odoo.parse_health(json_page({'status': 'fail', 'db_server_status': False}, 500))
    for strange in (json_page([]), json_page({'status': 'teapot'}), Page(200, 'text/html', '', b'{"status": "pass"}'), Page(200, 'application/json', '', b'{'),
                    Page(200, 'application/json', '', b'[' * 150_000)):
        assert odoo.parse_health(strange) == ''


def test_jobs_that_it_continuity_tells_of_itself():
    assert odoo.parse_own_health(json_page({'status': 'fail', 'jobs_stopped': 2}, 503)) == {'jobs_stopped': 2}
    assert odoo.parse_own_health(json_page({'status': 'pass', 'jobs_stopped': 0})) == {'jobs_stopped': 0}
    for strange in (json_page({'jobs_stopped': 0}, 404), json_page({'jobs_stopped': True}), json_page({'jobs_stopped': '1'}), Page(200, '', '', b'')):
        assert odoo.parse_own_health(strange) == {}


def test_mail_that_is_not_installed_is_none_and_no_odoo_at_all_is_unknown():
    rows, missing = {'jobs': [[5, 0, -20.0, 'x', None]]}, ('42P01', 'relation "mail_mail" does not exist')
    assert [one.item for one in odoo.parse_database(rows, {'mail': missing}, 'database erp')] == ['jobs']
    assert [one.finding for one in odoo.parse_database({}, {'jobs': missing, 'mail': missing}, 'database erp')] == [State.UNKNOWN, State.UNKNOWN]


@pytest.mark.parametrize('wrong', [
    {'url': 'ftp://x'}, {'url': 'http://u:p@x/'}, {'url': 'http://x/?a'}, {'database': 'a\r\nX: y'}, {'database': 'é'},
    {'database': 'x' * 64}, {'dsn': 'password=x'}, {'dsn': 'user=x', 'database': ''}, {'timeout_s': 0}, {'timeout_s': 41}])
def test_settings_that_cannot_be_are_refused(wrong):
    assert make_check(1, 'erp', 'odoo', 60, 45, {'database': 'erp', **wrong}).problem


def test_the_login_page_is_read_packed_too():
    settings = odoo.OdooSettings(database='erp')
    assert odoo.parse_login(Page(200, 'text/html', 'gzip', gzip.compress(LOGIN)), 0.1, settings).values['up'] == 1
    with pytest.raises(SourceUnavailable):
        odoo.parse_login(Page(200, 'text/html', '', LOGIN, '', 'session_id=x'), 0.1, settings)


def test_examples_hold():
    assert doctest.testmod(odoo).failed == 0


def test_stopped_jobs_that_were_told_once_are_unknown_until_they_are_told_again():
    answers = {'health': page(b'{"status": "pass", "jobs_stopped": 0}', 'Content-Type: application/json')}

    def answer(connection):
        asked = read_request(connection)
        connection.sendall(answers['health'] if b'/it_continuity/health' in asked else page(LOGIN, 'Content-Type: text/html'))

    server, memory = RawServer(answer), {}
    check = make_check(1, 'erp', 'odoo', 60, 45, {'url': server.url, 'database': 'erp'}, registry.load('odoo').describe()['limits'])

    def told():
        result = look(check, memory, {})
        memory.update(kept=json.loads(json.dumps(memory['kept'])))
        return result.state, result.readings[0].values.get('jobs_stopped', 'none')

    try:
        assert told() == (State.OK, 0)
        for broken in (page(b'', status='500 Internal Server Error'), b'', page(b'{}', 'Content-Type: application/json')):
            answers['health'] = broken
            assert told() == (State.UNKNOWN, None)
        answers['health'] = page(b'', status='404 Not Found')
        assert told() == (State.OK, 'none')
        answers['health'] = page(b'', status='500 Internal Server Error')
        assert told() == (State.OK, 'none')
    finally:
        server.close()
