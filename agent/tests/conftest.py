"""Real things for the tests: a protocol server, an enrolled state folder, an agent process."""
import contextlib
import hashlib
import logging
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from protocol_server import DB_ID, Server
from web_server import RawServer, page, read_request

from itc_agent import config as settings
from itc_agent import host_secrets
from itc_agent import identity as keys

QUICK_CHECK = {'id': 11, 'name': "Root", 'kind': 'disk', 'every_s': 0.05, 'timeout_s': 5, 'settings': {'include': ['/']}, 'limits': []}


@pytest.fixture
def secrets(tmp_path, monkeypatch):
    """Return the folder of secrets, an empty one of this test."""
    folder = tmp_path / 'secret state' / host_secrets.FOLDER
    folder.mkdir(mode=0o700, parents=True)
    monkeypatch.setitem(host_secrets._place, 'folder', folder)
    return folder


@pytest.fixture
def server():
    with Server(checks=[QUICK_CHECK], cycle_s=0.1) as one:
        yield one


@pytest.fixture
def config(server, tmp_path):
    """Settings of an enrolled host that reports to ``server`` and hardly waits after a failure."""
    made = settings.check(settings.Config(
        str(tmp_path / 'agent.toml'), settings.Server(url=server.url, database='test', retry_base_s=0.01, retry_cap_s=0.05),
        settings.Agent(state_dir=str(tmp_path / 'state'))))
    settings.write(made)
    return made


@pytest.fixture(autouse=True)
def fresh_log():
    """Leave the package's log as it was found: a test that sets it up would deafen the next one."""
    logger = logging.getLogger('itc_agent')
    before = logger.level, logger.propagate
    yield
    logger.setLevel(before[0])
    logger.propagate = before[1]
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


@pytest.fixture
def identity(config):
    made = keys.Identity(keys.make().key_id, keys.make().secret, DB_ID)
    keys.save(made, config.state_dir)
    return made


class AgentProcess:
    """A real ``itc-agent run``."""

    def __init__(self, config_file):
        self.process = subprocess.Popen([sys.executable, '-m', 'itc_agent', 'run', '--config', config_file],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'})

    def kill(self):
        """End it as a power cut would, as far as a process can tell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self):
        """End it politely; return its exit code, the seconds it took and its log."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _out, log = self.process.communicate(timeout=10)
        return self.process.returncode, time.monotonic() - started, log.decode()


@pytest.fixture
def start_agent(config, identity):
    started = []

    def start():
        started.append(AgentProcess(config.file))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def wait_for(condition, seconds=10.0):
    """Return as soon as ``condition()`` is true. :raises AssertionError: it never was"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {condition.__doc__ or condition}")


@pytest.fixture(scope='session')
def certificate(tmp_path_factory):
    """A self-signed certificate of 127.0.0.1: ``cert``, ``key``, ``fingerprint``."""
    folder = tmp_path_factory.mktemp('tls')
    cert, key = folder / 'cert.pem', folder / 'key.pem'
    done = subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '90', '-subj', '/CN=itc-test',
                           '-addext', 'subjectAltName=IP:127.0.0.1'], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("openssl is needed to make a certificate")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(cert.read_text())).hexdigest()
    return SimpleNamespace(cert=cert, key=key, fingerprint=digest)


@pytest.fixture
def serve():
    """Start servers that answer as told: ```serve(answer, context=None)`` returns one; ``answer`` is bytes or a function of the connection."""
    started = []

    def start(answer, context=None):
        def respond(connection):
            read_request(connection)
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)
        started.append(RawServer(respond, context))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def page_of(serve):
    """Return the address of a page with these bytes: ``page_of(body, *headers)``."""
    return lambda body, *headers: serve(page(body, *headers)).url


@contextlib.contextmanager
def nobody():
    """Let the block run with the rights of the user nobody; needs root."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


JAVA_ENGINE = """
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

public class Engine {
    public static void main(String[] words) throws Exception {
        try (Writer log = new OutputStreamWriter(new FileOutputStream(words[words.length - 1], true), StandardCharsets.UTF_8)) {
            log.write("Time,Level,Text\\n");
            DateTimeFormatter form = DateTimeFormatter.ofPattern("dd/MM/yyyy HH:mm:ss");
            for (int number = 0; ; number++) {
                log.write(LocalDateTime.now().format(form) + ",INFO,\\"sold \\u1230\\u120b\\u121d, " + number + "\\"\\n" + "half a row with");
                log.flush();
                Thread.sleep(100);
                log.write("out an end\\n");
            }
        }
    }
}
"""


@pytest.fixture(scope='session')
def java_engine(tmp_path_factory):
    """Return a real Java program, as a jar: it appends rows to the file it is given, until it is ended."""
    javac, jar = shutil.which('javac'), shutil.which('jar')
    if not (javac and jar):
        pytest.skip("a Java compiler is needed (default-jdk-headless)")
    folder = tmp_path_factory.mktemp('engine')
    (folder / 'Engine.java').write_text(JAVA_ENGINE)
    subprocess.run([javac, '-d', folder, folder / 'Engine.java'], check=True)
    subprocess.run([jar, 'cfe', folder / 'Engine.jar', 'Engine', '-C', folder, 'Engine.class'], check=True)
    return folder / 'Engine.jar'
