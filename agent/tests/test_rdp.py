"""Remote Desktop: a real xrdp, and ports that only look like one."""
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from web_server import RawServer

from itc_agent import registry
from itc_agent.collectors import rdp
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

XRDP = '/usr/sbin/xrdp'
on_posix = pytest.mark.skipif(os.name == 'nt', reason="xrdp and openssl are no programs of Windows")


def run(port, timeout_s=10, **settings):
    limits = [one.as_dict() for one in registry.load('rdp').limits]
    check = make_check(1, 'x', 'rdp', 60, timeout_s, {'port': port, **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {}, {})


def values(result):
    reading, = result.readings
    return reading.values


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        return one.getsockname()[1]


@contextlib.contextmanager
def xrdp(folder, certificate, layer):
    """Let the block have the port of an xrdp with this security layer."""
    if not os.path.exists(XRDP):
        pytest.skip(f"needs {XRDP}")
    shutil.copytree('/etc/xrdp', folder / 'xrdp', ignore_dangling_symlinks=True)
    port = free_port()
    given = {'port': f'tcp://127.0.0.1:{port}', 'security_layer': layer, 'certificate': certificate.cert, 'key_file': certificate.key,
             'LogFile': folder / 'xrdp.log', 'EnableSyslog': 'false', 'fork': 'false'}
    lines, done = [], set()
    for line in (folder / 'xrdp' / 'xrdp.ini').read_text().splitlines():
        key = line.partition('=')[0]
        if key in given and key not in done:
            done.add(key)
            line = f'{key}={given[key]}'
        lines.append(line)
    (folder / 'xrdp' / 'xrdp.ini').write_text('\n'.join(lines) + '\n')
    # A place of its own for its sockets and its process number: nothing of the machine's /run is touched.
    command = [XRDP, '-n', '-c', str(folder / 'xrdp' / 'xrdp.ini')]
    apart = ['/usr/bin/unshare', '-m', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$@"', 'sh']
    if os.geteuid() or subprocess.run([*apart, 'true'], check=False, capture_output=True).returncode:
        pytest.skip("an own /run for xrdp is not allowed here")
    process = subprocess.Popen([*apart, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


# === A REAL SERVER === #

@on_posix
def test_xrdp_with_tls_is_ok_with_the_days_of_its_certificate(tmp_path, certificate):
    with xrdp(tmp_path, certificate, 'negotiate') as port:
        result = run(port)
        assert (result.state, result.summary) == (State.OK, '')
        assert values(result)['nla'] == 0
        assert 0 < values(result)['answer_ms'] < 2000
        assert 89 < values(result)['cert_days'] <= 90
    result = run(port)
    assert result.state == State.CRITICAL
    assert "refused, nothing listens there" in result.summary


@on_posix
def test_xrdp_without_tls_is_a_warning(tmp_path, certificate):
    with xrdp(tmp_path, certificate, 'rdp') as port:
        result = run(port)
        assert result.state == State.WARNING
        assert "takes connections without TLS only" in result.summary
        assert 'cert_days' not in values(result)


# === PORTS THAT ONLY LOOK LIKE ONE === #

def answering(data):
    """Return a server that reads the request and answers with these bytes, then hangs up."""
    def answer(connection):
        connection.recv(64)
        connection.sendall(data)
    return RawServer(answer)


@pytest.mark.parametrize(('data', 'words'), [
    (b'', "the port is open, but it hangs up"),
    (b'SSH-2.0-OpenSSH_9.2p1 Debian\r\n', "is not Remote Desktop"),
    (b'HTTP/1.1 400 Bad Request\r\n\r\n', "is not Remote Desktop"),
    (b'\x03', "is not Remote Desktop"),
    (b'\x03\x00\x00\x00', "is not Remote Desktop"),
    (b'\x03\x00\xff\xff' + b'\xd0' * 70000, "is not Remote Desktop"),
    (bytes.fromhex('030000130ef000000000000200080002000000'), "is not Remote Desktop"),
    (bytes.fromhex('030000130ed00000000000070008000200000000')[:19], "is not Remote Desktop"),
    (bytes.fromhex('030000130ed000001234000300080003000000'), "it has no certificate"),
    (bytes.fromhex('030000130ed000001234000300080006000000'), "a user's certificate"),
    (bytes.fromhex('030000130ed000001234000300080063000000'), "reason 99"),
], ids=['empty', 'ssh', 'http', 'one byte', 'size 0', 'huge', 'other code', 'other kind', 'no certificate', 'user certificate', 'new reason'])
def test_something_else_on_the_port_is_critical(data, words):
    server = answering(data)
    result = run(server.port)
    server.close()
    assert (result.state, words in result.summary) == (State.CRITICAL, True), result.summary
    assert values(result) == {'up': 0}


@pytest.mark.parametrize(('data', 'state', 'nla'), [
    ('030000130ed000001234000300080005000000', State.OK, 1),
    ('030000130ed000001234000300080002000000', State.WARNING, 0),
    ('030000130ed000001234000200080000000000', State.WARNING, 0),
    ('0300000b06d00000123400', State.WARNING, 0),
], ids=['nla required', 'tls not allowed', 'plain chosen', 'no negotiation'])
def test_windows_answers_before_tls(data, state, nla):
    server = answering(bytes.fromhex(data))
    result = run(server.port)
    server.close()
    assert (result.state, values(result)['nla']) == (state, nla)


def confirming(then):
    def answer(connection):
        connection.recv(64)
        connection.sendall(bytes.fromhex('030000130ed000001234000200080002000000'))
        then(connection)
    return RawServer(answer)


@on_posix
def test_windows_with_nla_and_an_expired_certificate(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    server = confirming(lambda connection: context.wrap_socket(connection, server_side=True).close())
    result = run(server.port)
    assert (result.state, values(result)['nla']) == (State.OK, 1)
    answer = rdp.query(rdp.RdpSettings(port=server.port))
    server.close()
    assert rdp.parse(answer, rdp.RdpSettings(), time.time() + 120 * 86400).values['cert_days'] < -27


@pytest.mark.parametrize(('then', 'state', 'words'), [
    (lambda _connection: time.sleep(4), State.CRITICAL, "its TLS hangs"),
    (lambda _connection: None, State.CRITICAL, "its TLS breaks off"),
    (lambda connection: connection.sendall(b'HTTP/1.1 400\r\n\r\n'), State.WARNING, "TLS could not be agreed on"),
], ids=['hangs', 'breaks off', 'garbage'])
def test_a_server_that_confirms_and_then_fails(then, state, words):
    server = confirming(then)
    result = run(server.port, timeout_s=2)
    server.close()
    assert (result.state, words in result.summary) == (state, True), result.summary


def test_an_open_port_that_says_nothing_or_drips_is_critical_within_the_time():
    def drip(connection):
        for byte in b'\x03\x00\x00\x13':
            connection.sendall(bytes([byte]))
            time.sleep(0.7)
    for answer in (lambda _connection: time.sleep(4), drip):
        server = RawServer(answer)
        started = time.monotonic()
        result = run(server.port, timeout_s=2)
        assert time.monotonic() - started < 2
        server.close()
        assert (result.state, "the port is open, but Remote Desktop does not answer" in result.summary) == (State.CRITICAL, True)


def test_a_network_that_cannot_be_reached_is_unknown():
    assert run(3389, host='nosuchhost.invalid').state == State.UNKNOWN


@pytest.mark.parametrize(('settings', 'words'), [({'port': 0}, "1 to 65535"), ({'host': 'a b'}, "name or address"), ({'timeout_s': 0}, "at most 60")])
def test_wrong_settings_are_refused(settings, words):
    assert words in make_check(1, 'x', 'rdp', 60, 10, settings).problem
