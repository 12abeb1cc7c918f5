"""Settings file and key: every error says where it is and what belongs there."""
import json
import os
import stat

import pytest

from itc_agent import config as settings
from itc_agent import identity as keys
from itc_agent import permissions
from itc_agent.errors import ConfigError, IdentityError

GOOD = {'server': {'url': 'https://erp.example.org', 'database': 'prod'}}


def parse(**changes):
    raw = {section: dict(GOOD.get(section, {})) for section in ('server', 'agent', 'spool')}
    for key, value in changes.items():
        section, name = key.split('__')
        raw[section][name] = value
    return settings.parse(raw, 'agent.toml')


@pytest.mark.parametrize(('key', 'value'), [
    ('server__url', ''), ('server__url', 'http://erp.example.org'), ('server__url', 'https://erp.example.org/odoo'), ('server__url', 'https://u:p@erp'),
    ('server__url', 'https://erp:port'), ('server__url', 5),
    ('server__database', 'a b'), ('server__ca_file', '/no/such/file.pem'), ('server__fingerprint', 'abc'),
    ('server__retry_base_s', 0), ('server__retry_cap_s', 'long'), ('server__retry_cap_s', True), ('agent__log_level', 'loud'), ('spool__quota_mib', -1),
    ('spool__keep_days', -1), ('agent__satte_dir', '/x')])
def test_a_wrong_value_is_named_with_file_key_and_what_was_expected(key, value):
    with pytest.raises(ConfigError) as caught:
        parse(**{key: value})
    text = str(caught.value)
    assert text.startswith(f"agent.toml: {key.replace('__', '.')}: expected ")
    assert caught.value.key == key.replace('__', '.')


def test_unknown_sections_broken_toml_and_missing_files_are_told(tmp_path):
    with pytest.raises(ConfigError, match="sections"):
        settings.parse({'sever': {}}, 'agent.toml')
    with pytest.raises(ConfigError, match="enrol"):
        settings.load(tmp_path / 'none.toml')
    (tmp_path / 'agent.toml').write_text('[server\n')
    with pytest.raises(ConfigError, match="valid TOML"):
        settings.load(tmp_path / 'agent.toml')


def test_settings_survive_being_written(tmp_path):
    made = settings.check(settings.Config(str(tmp_path / 'a b' / 'agent.toml'), settings.Server(url='http://[::1]:8069', database='prod'),
                                          settings.Agent(state_dir=str(tmp_path / 'with "quotes" and \\ back')), settings.Spool(quota_mib=5.0)))
    settings.write(made)
    assert settings.load(made.file) == made
    assert 'log_level' not in open(made.file, encoding='utf-8').read()


@pytest.mark.parametrize('url', ['http://localhost:8069', 'http://127.0.0.1', 'http://[::1]:1', 'https://erp.example.org:8443/'])
def test_plain_http_only_towards_this_machine(url):
    assert settings.good_url(url)


@pytest.mark.parametrize('url', ['http://127.0.0.1.example.org', 'http://10.0.0.1', 'ftp://127.0.0.1', 'https://', 'erp', 'https://erp/?a=1', 'http://localhost.evil'])
def test_and_to_no_one_else(url):
    assert not settings.good_url(url)


def test_the_key_is_private_from_its_first_byte_and_never_printed(tmp_path):
    os.umask(0o000)
    try:
        made = keys.make()
        keys.save(made, tmp_path / 'state')
    finally:
        os.umask(0o022)
    path = tmp_path / 'state' / 'identity.json'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert keys.load(tmp_path / 'state') == made
    assert made.secret not in repr(made)
    assert len(made.secret) == 43 and len(made.key_id) == 16 and len(made.secret_sha256) == 64


@pytest.mark.parametrize('mode', [0o644, 0o660, 0o606, 0o640])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    keys.save(keys.make(), tmp_path)
    (tmp_path / 'identity.json').chmod(mode)
    with pytest.raises(IdentityError, match="lets it be read"):
        keys.load(tmp_path)


@pytest.mark.parametrize('content', ['', '{}', '[]', '{"key_id": "x", "secret": "y"}', json.dumps({'key_id': 'A' * 16, 'secret': 's' * 43})])
def test_a_broken_key_file_is_told(tmp_path, content):
    (tmp_path / 'identity.json').write_text(content)
    (tmp_path / 'identity.json').chmod(0o600)
    with pytest.raises(IdentityError):
        keys.load(tmp_path)


def test_a_missing_key_says_what_to_do(tmp_path):
    with pytest.raises(IdentityError, match="itc-agent enrol"):
        keys.load(tmp_path)


def test_a_foreign_owner_is_a_problem():
    status = os.stat_result((stat.S_IFREG | 0o600, 0, 0, 1, 1234, 0, 0, 0, 0, 0))
    assert permissions.posix_problems('f', status, 1000, secret=True)
    assert not permissions.posix_problems('f', status, 1234, secret=True)


@pytest.mark.parametrize(('sddl', 'strangers'), [
    ('D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-3-4)', []), ('O:BAG:SYD:(A;OICI;FA;;;SY)(A;;0x1200a9;;;BU)(A;;FA;;;BA)', ['BU']),
    ('D:(D;;FA;;;WD)(A;;FA;;;SY)', []), ('D:(A;;FA;;;WD)(A;;FR;;;S-1-5-21-1-2-3-1001)', ['WD', 'S-1-5-21-1-2-3-1001'])])
def test_windows_permissions_are_read_without_translated_names(sddl, strangers):
    assert permissions.strangers(sddl) == strangers
