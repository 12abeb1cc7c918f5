"""SQL Server's greeting, against servers built from the protocol's description, and what is none."""
import doctest
import socket
import ssl
import time
from pathlib import Path

import pytest
from conftest import wait_for
from web_server import RawServer, page

from itc_agent.collectors import sqlserver
from itc_agent.errors import SourceUnavailable
from itc_agent.results import State
from itc_agent.scheduler import look
from itc_agent.wire import make_check

ANSWER = bytes.fromhex((Path(__file__).parent / 'samples/sqlserver/2022/answer.hex').read_text())


def run(port, timeout=25, **settings):
    check = make_check(1, 'cnet', 'sqlserver', 60, timeout, {'port': port, **settings})
    assert not check.problem, check.problem
    started = time.monotonic()
    result = look(check, {}, {})
    assert time.monotonic() - started < min(timeout, settings.get('timeout_s', 5) + 1)
    assert "collector failed" not in result.summary
    return result


@pytest.fixture
def tds():
    """Start a server: ``tds(answer)`` returns its port and what it heard; ``answer`` is bytes or a function of the connection."""
    started = []

    def start(answer, context=None):
        heard = []

        def respond(connection):
            heard.append(connection.recv(47))
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)
        started.append(RawServer(respond, context))
        return started[-1].port, heard
    yield start
    for one in started:
        one.close()


def test_a_server_tells_its_version_and_heard_a_whole_greeting(tds):
    port, heard = tds(ANSWER)
    result = run(port)
    assert (result.state, result.summary) == (State.OK, "SQL Server 2022 (16.0.1000)")
    values = result.readings[0].values
    assert (values['up'], values['version'], 0 < values['answer_ms'] < 2000) == (1, 16, True)
    packet, = heard
    assert (packet[0], packet[1], int.from_bytes(packet[2:4], 'big'), len(packet)) == (0x12, 1, 47, 47)


def test_an_answer_in_drops_is_put_together_and_one_that_takes_too_long_is_unknown(tds):
    def drip(seconds):
        def answer(connection):
            for index in range(len(ANSWER)):
                connection.sendall(ANSWER[index:index + 1])
                time.sleep(seconds)
        return answer
    assert run(tds(drip(0.005))[0]).state == State.OK
    result = run(tds(drip(0.5))[0], timeout_s=2.0)
    assert result.state == State.UNKNOWN and "says nothing within 1 s" in result.summary


def test_a_server_that_accepts_and_never_answers_is_unknown_in_time():
    with socket.create_server(('127.0.0.1', 0)) as silent:
        port = silent.getsockname()[1]
        result = run(port, timeout_s=2.0)
        assert result.state == State.UNKNOWN and "takes the connection and says nothing within 1 s" in result.summary
        assert run(port, timeout=3, timeout_s=20.0).state == State.UNKNOWN


def test_nothing_listens_is_critical():
    with socket.create_server(('127.0.0.1', 0)) as one:
        port = one.getsockname()[1]
    result = run(port)
    assert (result.state, result.readings[0].values) == (State.CRITICAL, {'up': 0})
    assert "refused, nothing listens there" in result.summary


@pytest.mark.parametrize('answer', [
    page(b'<h1>It works</h1>'), b'HTTP/1.1 400 Bad Request\r\n\r\n', b'\x15\x03\x01\x00\x02\x02\x46', b'SSH-2.0-OpenSSH\r\n', bytes(5000), b'\x04',
    ANSWER[:20], ANSWER[:8], b'\x04\x01\x00\x00' + ANSWER[4:], b'\x04\x01\xff\xff' + bytes(40_000), ANSWER[:8] + b'\xff', ANSWER[:8] + b'\x00' * 35,
    b'\x04\x01\x00\x09\x00\x00\x01\x00\x00'])
def test_what_is_no_sql_server_is_unknown(tds, answer):
    result = run(tds(answer)[0])
    assert (result.state, result.readings) == (State.UNKNOWN, ())
    assert "no SQL Server" in result.summary


def test_one_that_hangs_up_at_once_is_unknown(tds):
    result = run(tds(b'')[0])
    assert result.state == State.UNKNOWN and "takes the connection and hangs up" in result.summary


def strict_context(certificate, protocols):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    context.set_alpn_protocols(protocols)
    return context


def test_a_server_that_wants_encryption_from_the_first_byte_counts(tds, certificate):
    port, _heard = tds(b'', strict_context(certificate, ['tds/8.0']))
    result = run(port, timeout_s=4.0)
    assert (result.state, result.readings[0].values['up']) == (State.OK, 1)
    assert 'version' not in result.readings[0].values and "strict encryption" in result.summary


def test_any_other_tls_server_does_not_count(tds, certificate):
    for protocols in (['http/1.1'], ['h2']):
        result = run(tds(b'', strict_context(certificate, protocols))[0], timeout_s=4.0)
        assert result.state == State.UNKNOWN, result.summary




def test_older_and_newer_versions_and_a_cut_off_answer():
    for version, words in ((b'\x09\x00\x0f\xa0', "SQL Server 2005 (9.0.4000)"), (b'\x0f\x00\x07\xd0', "SQL Server 2019 (15.0.2000)"),
                           (b'\x63\x01\x00\x01', "SQL Server 99.1.1")):
        assert sqlserver.name_of(sqlserver.parse(ANSWER.replace(b'\x10\x00\x03\xe8', version))) == words
    for end in range(len(ANSWER) - 11):
        with pytest.raises(SourceUnavailable):
            sqlserver.parse(ANSWER[:end])


def test_no_connection_is_left_open(tds):
    open_ones = []

    def answer(connection):
        connection.sendall(ANSWER)
        open_ones.append(connection.recv(10))
    run(tds(answer)[0])
    wait_for(lambda: open_ones == [b''])


@pytest.mark.parametrize('wrong', [{'port': 0}, {'port': 65536}, {'host': 'a b'}, {'timeout_s': 0}, {'timeout_s': 21}])
def test_settings_that_cannot_be_are_refused(wrong):
    assert make_check(1, 'cnet', 'sqlserver', 60, 25, wrong).problem


def test_examples_hold():
    assert doctest.testmod(sqlserver).failed == 0
