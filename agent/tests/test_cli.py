"""The command as a person uses it."""
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading

import pytest
from conftest import QUICK_CHECK
from protocol_server import Server, _Handler

from itc_agent import cli, registry
from itc_agent import config as settings
from itc_agent import identity as keys


@pytest.fixture
def paths(tmp_path):
    return ['--config', str(tmp_path / 'etc' / 'agent.toml')]


@pytest.fixture
def enrol(server, tmp_path, paths):
    def run(*more, code='GOOD-CODE', url=None):
        return cli.main(['enrol', *paths, '--url', url or server.url, '--database', 'test', '--code', code, '--state-dir', str(tmp_path / 'state'), *more])
    return run


def test_enrolment_writes_settings_and_key_and_says_what_is_next(server, enrol, tmp_path, paths, capsys):
    server.host_state = 'pending'
    assert enrol() == 0
    out = capsys.readouterr().out
    assert "'web-1'" in out and "has to confirm" in out
    made = keys.load(tmp_path / 'state')
    assert made.db_id == server.db_id
    assert settings.load(paths[1]).server.url == server.url
    body, = server.enrolments
    assert body['secret_sha256'] == made.secret_sha256
    assert made.secret not in json.dumps(body)
    assert {one['kind'] for one in body['collectors']} == set(registry.kinds()) >= {'host', 'disk', 'process', 'service', 'newest_file', 'tcp', 'http'}
    assert body['facts']['hostname'] and 'Authorization' not in server.headers[0]


def test_enrolling_again_after_a_lost_answer_uses_the_same_key(server, enrol, tmp_path, capsys):
    server.fault = 'commit_then_drop'
    assert enrol() == 1
    first = keys.load(tmp_path / 'state')
    assert first.db_id == ''
    server.fault = 'ok'
    assert enrol() == 0
    second = keys.load(tmp_path / 'state')
    assert (second.key_id, second.secret) == (first.key_id, first.secret)
    assert second.db_id == server.db_id


def test_an_unanswered_enrolment_cannot_run(server, enrol, paths, capsys):
    server.fault = 'reset'
    enrol()
    assert cli.main(['run', *paths]) == 2
    assert "never answered" in capsys.readouterr().err


def test_a_used_code_needs_the_same_key_and_new_key_makes_another(server, enrol, tmp_path, capsys):
    assert enrol() == 0
    first = keys.load(tmp_path / 'state')
    assert enrol() == 0
    assert keys.load(tmp_path / 'state') == first
    assert enrol('--new-key') == 1
    assert "403 code_invalid" in capsys.readouterr().err
    server.codes['SECOND'] = None
    assert enrol('--new-key', code='SECOND') == 0
    assert keys.load(tmp_path / 'state').key_id != first.key_id


def test_another_database_starts_with_an_empty_spool(server, enrol, tmp_path, paths):
    enrol()
    assert cli.main(['once', *paths]) == 0
    server.db_id = 'f' * 32
    server.codes['OTHER'] = None
    assert enrol(code='OTHER') == 0
    assert (tmp_path / 'state' / f"spool-of-{'d' * 32}.db").exists()
    assert not (tmp_path / 'state' / 'spool.db').exists()


@pytest.mark.parametrize('url', ['http://erp.example.org', 'erp.example.org', 'https://erp.example.org/odoo'])
def test_a_key_goes_to_no_unprotected_address(enrol, tmp_path, capsys, url):
    assert enrol(url=url) == 2
    assert "server.url: expected an https:// address" in capsys.readouterr().err
    assert not (tmp_path / 'state').exists()


def test_once_reports_a_cycle_and_everything_before_it(server, enrol, paths, capsys):
    enrol()
    assert cli.main(['once', *paths]) == 0
    assert "everything is acknowledged" in capsys.readouterr().out
    assert len(server.cycles()) == 1
    server.fault = '500'
    assert cli.main(['once', *paths]) == 1
    server.fault = 'ok'
    assert cli.main(['once', *paths]) == 0
    assert len(server.cycles()) == 3


def test_once_print_works_without_enrolment_and_shows_units(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, 'DEFAULT_CONFIG', tmp_path / 'none.toml')
    assert cli.main(['once', '--print']) == 0
    out = capsys.readouterr().out
    assert "local checks" in out
    assert "Processor and memory [host]" in out and "cpu_pct" in out and " %" in out
    assert "Disk room [disk]" in out and "GiB" in out


def test_once_print_shows_the_configured_checks_and_sends_nothing(server, enrol, paths, capsys):
    enrol()
    cli.main(['once', *paths])
    count = len(server.reports)
    capsys.readouterr()
    assert cli.main(['once', '--print', *paths]) == 0
    assert "Root [disk]" in capsys.readouterr().out
    assert cli.main(['once', '--print', '--json', *paths]) == 0
    shown, = json.loads(capsys.readouterr().out)
    assert shown['shape']['checks'] == [QUICK_CHECK['id']]
    assert shown['record']['type'] == 'cycle'
    assert len(server.reports) == count


def test_check_answers_with_the_state(enrol, paths, capsys, tmp_path):
    enrol()
    cli.main(['once', *paths])
    assert cli.main(['check', 'Root', *paths]) == 0
    assert cli.main(['check', '11', *paths]) == 0
    assert cli.main(['check', 'newest_file', '--set', f'folder={tmp_path}', '--set', 'pattern=*.none', *paths]) == 2
    assert cli.main(['check', 'newest_file', '--set', f'folder={tmp_path / "gone"}', *paths]) == 3
    assert cli.main(['check', 'disk', '--set', 'include=/,/no/such', *paths]) == 2
    capsys.readouterr()
    assert cli.main(['check', 'teapot', *paths]) == 1
    assert "no collector 'teapot'" in capsys.readouterr().err
    assert cli.main(['check', 'tcp', '--set', 'port', *paths]) == 2


def test_collectors_lists_what_there_is(capsys):
    assert cli.main(['collectors']) == 0
    assert "newest_file" in capsys.readouterr().out
    assert cli.main(['collectors', '--json']) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(registry.kinds())


def test_doctor_finds_what_is_wrong(server, enrol, paths, tmp_path, capsys):
    assert cli.main(['doctor', *paths]) == 1
    assert "FAIL" in capsys.readouterr().out
    enrol()
    cli.main(['once', *paths])
    capsys.readouterr()
    assert cli.main(['doctor', *paths]) == 0
    out = capsys.readouterr().out
    assert "answers, configuration" in out and "FAIL" not in out and "acknowledged" in out
    (tmp_path / 'state' / 'spool.db').write_bytes(b'nonsense' * 1000)
    assert cli.main(['doctor', '--offline', *paths]) == 1
    os.chmod(tmp_path / 'state' / 'identity.json', 0o644)
    assert cli.main(['doctor', *paths]) == 1
    assert "lets it be read" in capsys.readouterr().out


def test_doctor_looks_at_the_secrets_that_checks_name(server, enrol, paths, tmp_path, capsys, secrets):
    # (the fixture puts the place back that the doctor sets)
    server.config['checks'] = [
        {'id': 21, 'name': "Printer", 'kind': 'printer_supplies', 'every_s': 60, 'timeout_s': 5, 'settings': {'host': '::1', 'secret': name}, 'limits': []}
        for name in ('office', 'gone')]
    enrol()
    cli.main(['once', *paths])
    folder = tmp_path / 'state' / 'secrets'
    folder.mkdir(mode=0o700)
    for name in ('office', 'old'):
        (folder / name).write_text('topsecret')
        os.chmod(folder / name, 0o600)
    capsys.readouterr()
    cli.main(['doctor', '--offline', *paths])
    out = capsys.readouterr().out
    assert "ok    secret 'office' of Printer: can be read, by nobody else" in out
    assert f"warn  Printer: the secret {folder / 'gone'} cannot be read: No such file or directory" in out
    assert f"warn  {folder / 'old'}: no check uses this secret" in out
    os.chmod(folder / 'office', 0o644)
    cli.main(['doctor', '--offline', *paths])
    out += capsys.readouterr().out
    assert f"warn  Printer: {folder / 'office'}: mode 0644 lets it be read or changed by others; only the agent may read it" in out
    assert 'topsecret' not in out


def test_doctor_beside_a_running_agent(server, config, start_agent, capsys):
    from conftest import wait_for
    start_agent()
    wait_for(lambda: server.cycles())
    assert cli.main(['doctor', '--config', config.file]) == 0
    assert "in use by a running agent" in capsys.readouterr().out


def test_the_module_runs_without_stdout(tmp_path):
    """As a Windows service does: no stdout, no stderr."""
    code = "import sys; sys.stdout = sys.stderr = None; from itc_agent import cli; sys.exit(cli.main(['run', '--config', 'none.toml']))"
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, check=False)
    assert done.returncode == 2


@pytest.fixture
def tls_server(certificate):
    """The protocol server behind TLS with a certificate of its own."""
    with Server() as state:
        class Handler(_Handler):
            server_state = state
        one = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        one.socket = context.wrap_socket(one.socket, server_side=True)
        threading.Thread(target=one.serve_forever, daemon=True).start()
        state.tls_url = f'https://127.0.0.1:{one.server_address[1]}'
        yield state
        one.shutdown()
        one.server_close()


def test_an_unpinned_unknown_certificate_is_refused(tls_server, enrol, capsys):
    assert enrol(url=tls_server.tls_url) == 1
    assert "certificate" in capsys.readouterr().err.lower()
    assert tls_server.enrolments == []


def test_the_fingerprint_shown_by_trust_is_the_one_that_enrols(tls_server, enrol, capsys, paths, certificate):
    assert cli.main(['trust', '--url', tls_server.tls_url]) == 0
    fingerprint = capsys.readouterr().out.splitlines()[1]
    assert settings.plain_fingerprint(fingerprint) == certificate.fingerprint
    assert enrol('--fingerprint', fingerprint, url=tls_server.tls_url) == 0
    assert cli.main(['once', *paths]) == 0
    assert tls_server.reports


def test_another_certificate_than_the_pinned_one_gets_nothing(tls_server, enrol, capsys):
    assert enrol('--fingerprint', '0' * 64, url=tls_server.tls_url) == 1
    assert "Fingerprints did not match" in capsys.readouterr().err
    assert tls_server.enrolments == []


def test_a_pinned_authority_enrols(tls_server, enrol, paths, certificate):
    assert enrol('--ca-file', str(certificate.cert), url=tls_server.tls_url) == 0
    assert cli.main(['once', *paths]) == 0
