"""Web addresses against real servers with every fault: certificates, dripping answers, interim answers, odd bytes."""
import contextlib
import doctest
import gzip
import os
import socket
import ssl
import subprocess
import time
import zlib
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from conftest import wait_for
from postgres_server import free_port
from web_server import page

from itc_agent import registry
from itc_agent.collectors import _certificate, _http_client, _http_text
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check


def run(url, timeout=10, limits=(), **settings):
    check = make_check(1, 'http', 'http', 60, timeout, {'url': url, **settings}, limits)
    assert not check.problem, check.problem
    return look(check, {}, {})


# === CERTIFICATES === #

def openssl(*arguments):
    done = subprocess.run(['openssl', *map(str, arguments)], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"openssl is needed to make certificates: {done.stderr.decode()[-200:]}")


@pytest.fixture(scope='module')
def authority(tmp_path_factory):
    """A certificate authority: ``cert``, and ``sign(name, alternative, begin, end)`` that returns certificate and key of a server."""
    folder = tmp_path_factory.mktemp('authority')
    cert, key = folder / 'ca.pem', folder / 'ca.key'
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=itc-test-authority')
    (folder / 'index.txt').touch()
    (folder / 'serial').write_text('1000\n')
    (folder / 'ca.cnf').write_text(
        f"[ca]\ndefault_ca=one\n[one]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\ndefault_md=sha256\n"
        "policy=any\ncopy_extensions=copy\nunique_subject=no\n[any]\ncommonName=supplied\n")

    def sign(name, alternative, begin='20200101000000Z', end='20990101000000Z', usage='serverAuth'):
        made, secret, request = folder / f'{name}.pem', folder / f'{name}.key', folder / f'{name}.csr'
        openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', secret, '-out', request, '-subj', f'/CN={name}',
                '-addext', f'subjectAltName={alternative}', '-addext', f'extendedKeyUsage={usage}')
        openssl('ca', '-batch', '-config', folder / 'ca.cnf', '-cert', cert, '-keyfile', key, '-in', request, '-out', made, '-notext',
                '-startdate', begin, '-enddate', end)
        return made, secret

    return SimpleNamespace(cert=cert, sign=sign)


def tls_server(serve, pair, change=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if change:
        change(context)
    return serve(page(b'<title>Odoo</title>'), context).url


@pytest.mark.parametrize(('signed', 'words'), [
    ({'end': '20210101000000Z'}, "the certificate has expired"), ({'begin': '20980101000000Z'}, "the certificate is not valid yet"),
    ({'alternative': 'IP:127.0.0.2'}, "the certificate is for another address"),
    ({'alternative': 'DNS:other.example'}, "the certificate is for another address"),
    ({'usage': 'clientAuth'}, "the certificate is not meant for a server")])
def test_what_is_wrong_with_a_certificate_is_told_apart(serve, authority, signed, words):
    url = tls_server(serve, authority.sign('bad', **{'alternative': 'IP:127.0.0.1', **signed}))
    result = run(url, ca_file=str(authority.cert))
    assert (result.state, result.summary) == (State.CRITICAL, words)


def test_a_certificate_for_another_name_and_one_of_an_unknown_issuer(serve, authority):
    url = tls_server(serve, authority.sign('other', 'DNS:other.example'))
    result = run(url.replace('127.0.0.1', 'localhost'), ca_file=str(authority.cert))
    assert (result.state, result.summary) == (State.CRITICAL, "the certificate is for another name")
    url = tls_server(serve, authority.sign('good', 'IP:127.0.0.1'))
    assert run(url).summary == "the certificate is not trusted: its issuer is unknown"
    assert run(url, ca_file=str(authority.cert)).state == State.OK


@pytest.mark.filterwarnings('ignore:ssl.TLSVersion')
def test_a_protocol_that_is_too_old_and_a_cipher_that_nobody_has(serve, authority):
    def old(context):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.set_ciphers('ALL:@SECLEVEL=0')

    def odd(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers('ECDHE-ECDSA-AES128-GCM-SHA256')

    pair = authority.sign('server', 'IP:127.0.0.1')
    result = run(tls_server(serve, pair, old), ca_file=str(authority.cert))
    assert (result.state, result.summary) == (State.CRITICAL, "the server speaks no protocol newer than TLS 1.1, which is not safe")
    result = run(tls_server(serve, pair, odd), ca_file=str(authority.cert))
    assert (result.state, result.summary) == (State.CRITICAL, "the server and this machine have no safe cipher in common")


@pytest.mark.parametrize('version', [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate_could_not_be_looked_at(serve, authority, version):
    def strict(context):
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.cert)

    url = tls_server(serve, authority.sign('strict', 'IP:127.0.0.1'), strict)
    for _time in range(5):
        result = run(url, ca_file=str(authority.cert))
        assert (result.state, result.summary) == (State.UNKNOWN, "the server wants a client certificate, which this check has not")


def test_plain_http_where_https_is_expected(page_of):
    result = run(page_of(b'x').replace('http:', 'https:'))
    assert (result.state, result.summary) == (State.CRITICAL, "what answers there does not speak https")


def test_an_authority_that_cannot_be_read_is_our_own_mistake(serve, authority, tmp_path):
    url = tls_server(serve, authority.sign('fine', 'IP:127.0.0.1'))
    (tmp_path / 'empty.pem').write_text('no certificate\n')
    for name, words in (('gone.pem', "No such file"), ('empty.pem', "holds no certificate"), ('.', "cannot be read")):
        result = run(url, ca_file=str(tmp_path / name))
        assert (result.state, result.readings, words in result.summary) == (State.UNKNOWN, (), True), result.summary


@pytest.mark.parametrize('url', [
    'http://127.0.0.1:99999/', 'http://x:0/', 'http://x:port/', 'http://a..b/', 'http://' + 'x' * 64 + '.example/', 'http://a b/', 'http://[::1/',
    'http://:word@x/', 'http://x\n/', 'https://', 'x'])
def test_an_address_that_cannot_be_one_is_refused_in_the_setting(url):
    assert "url: expected" in make_check(1, 'x', 'http', 60, 10, {'url': url}).problem


@pytest.mark.parametrize('host', ['a..b', 'x' * 64, 'a b', 'a\x00b', ''])
def test_a_host_that_cannot_be_one_is_refused_for_ports_too(host):
    assert "host: expected" in make_check(1, 'x', 'tcp', 60, 10, {'host': host, 'port': 80}).problem


@pytest.mark.parametrize('port', [99999, 65536, 0, -1])
def test_a_port_that_cannot_be_one_is_refused(port):
    assert "port: expected" in make_check(1, 'x', 'tcp', 60, 10, {'host': '127.0.0.1', 'port': port}).problem


# === THE CERTIFICATE'S END === #

DEFAULT_LIMITS = registry.load('http').describe()['limits']


def moment(days):
    return time.strftime('%Y%m%d%H%M%SZ', time.gmtime(time.time() + days * 86400))


@pytest.fixture
def nginx(tmp_path):
    """Start a real nginx that serves https with a certificate: ``nginx(certificate, key)`` returns its address."""
    if not os.access('/usr/sbin/nginx', os.X_OK):
        pytest.skip("nginx is not installed")
    started = []

    def start(certificate, key):
        port = free_port()
        folders = ''.join(f'{name}_temp_path {tmp_path}/{name}; ' for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        (tmp_path / 'nginx.conf').write_text(
            f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{}}\n"
            f"http {{ access_log off; {folders}\nserver {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; "
            f"ssl_certificate_key {key}; location / {{ return 200 'Odoo'; }} }} }}\n")
        started.append(subprocess.Popen(['/usr/sbin/nginx', '-p', tmp_path, '-c', tmp_path / 'nginx.conf', '-e', tmp_path / 'error.log'],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def listens():
            assert started[-1].poll() is None, (tmp_path / 'error.log').read_text()
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                return True
        wait_for(listens)
        return f'https://127.0.0.1:{port}/'

    yield start
    for one in started:
        one.terminate()
        one.wait(10)


@pytest.mark.parametrize(('days', 'state', 'words'), [
    (90, State.OK, ""), (20, State.WARNING, "d < 21 d"), (6, State.CRITICAL, "d < 7 d"), (-3, State.CRITICAL, "the certificate has expired, cert_days -3")])
def test_days_to_the_end_of_the_certificate_of_a_real_nginx(nginx, authority, days, state, words):
    url = nginx(*authority.sign(f'days{days}', 'IP:127.0.0.1', end=moment(days - 0.01)))
    result = run(url, limits=DEFAULT_LIMITS, ca_file=str(authority.cert))
    values = result.readings[0].values
    assert (result.state, values['up']) == (state, int(days > 0)), result.summary
    assert abs(values['cert_days'] - days) < 0.05
    assert words in result.summary and (words or not result.summary)


def test_an_untrusted_certificate_has_an_end_too_and_plain_http_has_none(nginx, authority, page_of):
    url = nginx(*authority.sign('own', 'IP:127.0.0.1', end=moment(10)))
    result = run(url)
    assert (result.state, result.summary) == (State.CRITICAL, "the certificate is not trusted: its issuer is unknown")
    assert 9.9 < result.readings[0].values['cert_days'] < 10.1
    plain = run(page_of(b'x'), limits=DEFAULT_LIMITS)
    assert (plain.state, 'cert_days' in plain.readings[0].values) == (State.OK, False)


def test_a_server_that_closes_after_showing_its_certificate_has_told_its_end(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.sign('short', 'IP:127.0.0.1', end=moment(3)))
    result = run(serve(b'', context).url, limits=DEFAULT_LIMITS, ca_file=str(authority.cert))
    assert result.state == State.CRITICAL and 2.9 < result.readings[0].values['cert_days'] < 3.1


def test_ends_before_and_after_2050_are_read_and_nonsense_is_none(authority):
    for end, year in (('20491231235959Z', 2049), ('20500101000000Z', 2050), ('99991231235959Z', 9999)):
        der = ssl.PEM_cert_to_DER_cert(authority.sign(f'y{year}', 'IP:127.0.0.1', end=end)[0].read_text())
        assert datetime.fromtimestamp(_certificate.expiry(der), timezone.utc).year == year
        for cut in range(len(der)):
            _certificate.expiry(der[:cut])
            _certificate.expiry(der[:cut] + bytes([der[cut] ^ 0xFF]) + der[cut + 1:])
    assert doctest.testmod(_certificate).failed == 0
    assert [_certificate.expiry(one) for one in (None, b'', b'0', b'0\x84', b'\x30\x03abc', b'GET / HTTP/1.1')] == [None] * 6


# === TIME === #

def drip(parts, seconds=0.1):
    def answer(connection):
        for part in parts:
            connection.sendall(part)
            time.sleep(seconds)
    return answer


def bytes_of(data):
    return [data[index:index + 1] for index in range(len(data))]


HEAD = b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n'


@pytest.mark.parametrize('dripping', [
    bytes_of(HEAD), [HEAD, *bytes_of(b'x' * 400)], [b'HTTP/1.1 200 OK\r\n\r\n', *[b'x'] * 400], [b'HTTP/1.1 103 Early Hints\r\n\r\n'] * 400,
    [b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', *[b'1\r\nx\r\n'] * 400]],
    ids=['head', 'body', 'endless', 'interim', 'chunks'])
@pytest.mark.parametrize(('inner', 'outer'), [(1.0, 10), (60.0, 2)])
def test_a_dripping_answer_ends_in_time_as_no_answer_whichever_limit_is_shorter(serve, dripping, inner, outer):
    started = time.monotonic()
    result = run(serve(drip(dripping)).url, timeout=outer, timeout_s=inner)
    assert time.monotonic() - started < 2
    assert result.state == State.CRITICAL
    assert "the answer was not complete within" in result.summary
    assert result.readings[0].values == {'up': 0}


def test_a_handshake_that_drips_and_a_server_that_says_nothing_end_in_time(serve):
    quiet = serve(lambda connection: time.sleep(15))
    for url in (quiet.url, quiet.url.replace('http:', 'https:')):
        started = time.monotonic()
        result = run(url, timeout=2, timeout_s=60.0)
        assert time.monotonic() - started < 2
        assert (result.state, result.summary) == (State.CRITICAL, "no answer within 1.7 s")


def test_a_stranger_who_floods_the_head_is_no_answer(serve):
    def flood(connection):
        while True:
            connection.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: ' + b'x' * 60000 + b'\r\n\r\n')

    result = run(serve(flood).url)
    assert (result.state, "no usable answer" in result.summary) == (State.CRITICAL, True)


# === ANSWERS === #

@pytest.mark.parametrize('interim', [b'HTTP/1.1 100 Continue\r\n\r\n', b'HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n',
                                     b'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n', b'HTTP/1.1 199 Odd\r\n\r\n'])
def test_interim_answers_are_not_the_answer(serve, interim):
    result = run(serve(interim + page(b'<title>Odoo</title>')).url, content='Odoo')
    assert (result.state, result.readings[0].values['status']) == (State.OK, 200)
    result = run(serve(interim + page(b'no', status='503 Busy')).url)
    assert (result.state, result.readings[0].values['status']) == (State.CRITICAL, 503)


def test_only_interim_answers_are_none_and_a_switch_of_protocols_is_one(serve):
    result = run(serve(b'HTTP/1.1 103 Early Hints\r\n\r\n').url, expect_status=['1xx', '2xx'])
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert run(serve(b'HTTP/1.1 101 Switching Protocols\r\n\r\n').url).summary == "status 101 instead of 200"


@pytest.mark.parametrize(('answer', 'words'), [
    (b'', "broke off"), (b'SSH-2.0-OpenSSH\r\n', "no usable answer"), (b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort', "broke off"),
    (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', "broke off"),
    (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n', "no usable answer")])
def test_what_is_no_answer_or_breaks_off(serve, answer, words):
    result = run(serve(answer).url)
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert words in result.summary


def test_path_and_query_reach_the_server_as_browsers_send_them(serve):
    seen = []

    def note(connection):
        seen.append(connection)
        connection.sendall(page(b'x'))

    one = serve(note)
    assert run(one.url + 'ü b/%C3%BC?a=1&b=[2]').state == State.OK
    assert run(one.url.replace('127.0.0.1', 'localhost')).state == State.OK
    assert len(seen) == 2


# === TEXT === #

@pytest.mark.parametrize(('body', 'content_type'), [
    ('Müller'.encode(), 'text/html'), ('Müller'.encode('cp1252'), 'text/html'), ('Müller'.encode('cp1252'), 'text/html; charset=ISO-8859-1'),
    ('Müller'.encode(), ''), ('Müller'.encode(), 'text/html; charset="utf-8"'), ('Müller'.encode(), 'text/html; charset=x-unknown'),
    ('Müller'.encode('utf-16'), 'text/html'), (b'\xef\xbb\xbf' + 'Müller'.encode(), 'text/html; charset=latin1'),
    (b'<meta charset="koi8-r">' + 'Müller'.encode('ascii', 'replace') + 'Юлия'.encode('koi8-r'), 'text/html'),
    (b'<meta charset=utf-16>' + 'Müller'.encode(), 'text/html'), ('Müller'.encode(), 'text/html; charset=hex'),
    ('Müller'.encode(), 'text/html; charset=punycode'), ('Müller'.encode(), 'text/html; charset=idna'), ('Mu\u0308ller'.encode(), 'text/html')])
def test_bytes_are_read_as_browsers_read_them(page_of, body, content_type):
    content = 'Юлия' if b'koi8' in body else 'Müller'
    result = run(page_of(body, f'Content-Type: {content_type}'), content=content)
    assert result.state == State.OK, result.summary
    assert run(page_of(body, f'Content-Type: {content_type}'), content='Meier').state == State.CRITICAL


@pytest.mark.parametrize('charset', ['x-unknown', 'hex', 'undefined', 'idna', 'punycode', 'a' * 5000, '"', 'utf-8\x00'])
def test_an_unknown_charset_is_no_failure_where_no_content_is_asked_for(page_of, charset):
    assert run(page_of(b'\xff\xfe\x00x', f'Content-Type: text/html; charset={charset}')).state == State.OK
    started = time.monotonic()
    assert run(page_of(b'a' * 200_000, f'Content-Type: text/html; charset={charset}')).state == State.OK
    assert time.monotonic() - started < 1


def test_a_letter_cut_off_at_the_end_of_what_is_read_does_not_change_the_rest():
    assert _http_text.decode('Müller'.encode() + b'x' + 'é'.encode()[:1], '') == 'Müllerx'


def test_packed_pages_are_unpacked_and_an_unknown_packing_proves_nothing(page_of):
    body = b'<title>Odoo</title>'
    bare = zlib.compressobj(wbits=-15)
    for coding, packed in (('gzip', gzip.compress(body)), ('deflate', zlib.compress(body)), ('deflate', bare.compress(body) + bare.flush())):
        assert run(page_of(packed, f'Content-Encoding: {coding}'), content='Odoo').state == State.OK
    for coding, packed in (('br', b'\x0b\x09\x80'), ('gzip', b'not gzip')):
        assert run(page_of(packed, f'Content-Encoding: {coding}')).state == State.OK
        result = run(page_of(packed, f'Content-Encoding: {coding}'), content='Odoo')
        assert (result.state, "packed" in result.summary) == (State.UNKNOWN, True)
    bomb = gzip.compress(bytes(200_000_000))
    assert run(page_of(bomb, 'Content-Encoding: gzip'), content='Odoo').state == State.CRITICAL
    assert len(_http_text.unpack(bomb, 'gzip', _http_client.MAX_BYTES)) == _http_client.MAX_BYTES
