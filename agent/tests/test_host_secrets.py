"""Secrets on the host: of all its files the server can choose only those in one folder, and learns nothing of what is in them."""
import os
import re
import time

import pytest

from itc_agent import cli, host_secrets, permissions
from itc_agent import config as settings
from itc_agent.agent import Agent
from itc_agent.collectors.ups_ecoflow import UpsEcoflowSettings
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

NEEDED = {'printer_supplies': {'host': '127.0.0.1', 'via': 'snmp', 'snmp_port': 9}, 'ups_ecoflow': {'sn': 'R701TEST0000001', 'address': 'http://127.0.0.1:9'}}
PATHS = ['/etc/shadow', '../identity.json', 'identity.json', 'a/b', 'a\\b', 'C:secret', 'A', '.', '..', 'a\n', 'a\0', 'con', 'com1', 'x' * 41, ' a']
posix = pytest.mark.skipif(os.name == 'nt', reason="modes, links and pipes of POSIX")


@pytest.fixture
def put(secrets):
    def write(data, name='mine', mode=0o600):
        path = secrets / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        permissions.make_private(path)
        if os.name != 'nt':
            path.chmod(mode)
        return path
    return write


@pytest.mark.parametrize('kind', NEEDED)
@pytest.mark.parametrize('name', PATHS)
def test_a_secret_is_a_bare_name_and_never_a_path(kind, name):
    assert "secret: " in make_check(1, 'x', kind, 60, 10, {**NEEDED[kind], 'secret': name}).problem


@pytest.mark.parametrize(('kind', 'old'), [('printer_supplies', 'community_file'), ('ups_ecoflow', 'secret_file')])
def test_the_settings_that_took_a_path_are_gone(kind, old):
    assert f"no setting '{old}'" in make_check(1, 'x', kind, 60, 10, {**NEEDED[kind], 'secret': 'mine', old: '/etc/shadow'}).problem


def test_a_secret_is_read_and_one_that_is_missing_is_told(put, secrets):
    put('ünlü\n')
    assert host_secrets.read('mine') == 'ünlü\n'
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        host_secrets.read('other')
    with pytest.raises(ValueError, match="no path"):
        host_secrets.read('../identity')


@posix
def test_what_is_no_plain_file_of_the_agents_own_is_refused_before_it_is_read(put, secrets, tmp_path):
    outside = put('outside').rename(tmp_path / 'outside')
    (secrets / 'link').symlink_to(outside)
    os.mkfifo(secrets / 'pipe', 0o600)
    (secrets / 'device').symlink_to('/dev/zero')
    (secrets / 'folder').mkdir()
    started = time.monotonic()
    for name in ('link', 'pipe', 'device', 'folder'):
        with pytest.raises(SourceUnavailable, match="is no plain file"):
            host_secrets.read(name)
    assert time.monotonic() - started < 2
    put('s', mode=0o640)
    with pytest.raises(SourceUnavailable, match="only the agent may read it"):
        host_secrets.read('mine')
    put('s')
    secrets.chmod(0o777)
    with pytest.raises(SourceUnavailable, match="only the agent may change it"):
        host_secrets.read('mine')
    secrets.rename(tmp_path / 'elsewhere')
    (tmp_path / 'elsewhere').chmod(0o700)
    secrets.symlink_to(tmp_path / 'elsewhere')
    with pytest.raises(SourceUnavailable, match="is no folder of its own"):
        host_secrets.read('mine')


WRONG = [b'', b' \n', b'topsecret\nsecond topsecret', b'topsecret' * 8, b'topsecret\x07', b'topsecret\xff', b'topsecret' * 1000, b'topsecret\0',
         b'topsecret\nsecond\nthird',
         b'top secret\nsecond', b'topsecret:x\nsecond', b'root:topsecret:19000:0:99999:7:::\nbin:*:1::\n', 'topsecret\u2028x'.encode()]


@pytest.mark.parametrize('kind', NEEDED)
@pytest.mark.parametrize('data', WRONG, ids=lambda data: repr(data[:20]))
def test_a_file_of_another_shape_is_unknown_and_nothing_of_it_is_told(put, kind, data):
    put(data)
    result = look(make_check(1, 'x', kind, 60, 10, {**NEEDED[kind], 'secret': 'mine'}), {}, {})
    assert (result.state, bool(re.search("does not hold|more than|no text", result.summary))) == (State.UNKNOWN, True), result.summary
    assert not re.search('topsecret|second|third|19000|collector failed', result.summary)


@pytest.mark.parametrize('address', [
    'https://evil.example', 'https://ecoflow.com.evil.example', 'https://evilecoflow.com', 'https://api.ecoflow.com@evil.example', 'https://evil.example#.ecoflow.com',
    'https://evil.example\\.ecoflow.com', 'http://api.ecoflow.com', 'https://api.ecoflow.com/path', 'http://127.0.0.1.evil.example', 'http://127.0.0.1@evil.example',
    'http://localhost:80@evil.example', 'https://127.0.0.1', 'https://api.ecoflow.com\n'])
def test_the_keys_go_to_ecoflow_only(address):
    assert "address: " in make_check(1, 'x', 'ups_ecoflow', 60, 10, {**NEEDED['ups_ecoflow'], 'secret': 'mine', 'address': address}).problem


@pytest.mark.parametrize('address', ['https://api-a.ecoflow.com', 'https://api.cn.ecoflow.com', 'http://127.0.0.1:8080', 'http://localhost:80'])
def test_addresses_of_ecoflow_and_of_this_machine_are_taken(address):
    assert UpsEcoflowSettings('R701TEST0000001', 'mine', address=address).base == address


def test_the_agent_reads_secrets_of_its_own_state_folder(config, identity, secrets):
    agent = Agent(config, identity)
    try:
        (config.state_dir / 'secrets').mkdir(mode=0o700)
        path = config.state_dir / 'secrets' / 'mine'
        path.write_text('here')
        permissions.make_private(path)
        assert host_secrets.read('mine') == 'here'
    finally:
        agent.end()


@pytest.mark.parametrize('verb', [['check', 'printer_supplies', '--set', 'host=127.0.0.1', '--set', 'secret=mine', '--set', 'via=snmp'], ['once', '--print']])
def test_a_check_by_hand_reads_them_there_too(tmp_path, secrets, verb, capsys):
    made = settings.check(settings.Config(str(tmp_path / 'agent.toml'), settings.Server(url='http://127.0.0.1:9', database='test'),
                                          settings.Agent(state_dir=str(tmp_path / 'own state'))))
    settings.write(made)
    cli.main([*verb, '--config', made.file])
    assert host_secrets._place['folder'] == tmp_path / 'own state' / 'secrets'
    if verb[0] == 'check':
        assert str(tmp_path / 'own state' / 'secrets' / 'mine') in capsys.readouterr().out
