"""The report endpoint against a bare Odoo `auth='none'` route that parses the same body and answers.

Prefork with two workers, eight agents posting at once on kept connections, 60 samples a report. Both sides share the load generator's
cost, which stands on the same two cores: a ratio here flatters the slower side a little.
"""
import contextlib
import copy
import hashlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from pairing import compare
from world import environment

SAMPLES, AGENTS, SLICE_S, PORT = 60, 8, 1.5, 18075


@dataclass
class Poster:
    """One agent that posts as fast as it is answered."""
    key_id: str
    secret: str
    check_id: int
    db_id: str
    database: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0

    def body(self, with_shape=False, state='0', wake=False):
        self.seq += 1
        shape = {'checks': [self.check_id], 'series': [[0, '', f'metric_{number}', '%'] for number in range(SAMPLES)]}
        shape_id = hashlib.sha256(json.dumps(shape, sort_keys=True, separators=(',', ':')).encode()).hexdigest()[:16]
        now = datetime.now(timezone.utc).isoformat(timespec='milliseconds')
        values = ','.join(f'{(self.seq * 7 + number * 3) % 1000 / 10}' for number in range(SAMPLES))
        shapes = json.dumps([{'id': shape_id, **shape}]) if with_shape else '[]'
        return (
            f'{{"proto":1,"db_id":"{self.db_id}","epoch":"{self.epoch}","report_no":{self.seq},"agent_now":"{now}","mono_now":{self.seq}.5,'
            f'"boot_session":"bench","oldest_seq":1,"first_seq":{self.seq},"wake":{json.dumps(wake)},"shapes":{shapes},"latest":null,"records":['
            f'{{"seq":{self.seq},"type":"cycle","ts":"{now}","mono":{self.seq}.5,"shape":"{shape_id}","values":[{values}],"states":"{state}","texts":{{}}}}]}}'
        ).encode()

    def post(self, connection, path, **told):
        connection.request('POST', path, self.body(**told), {
            'Content-Type': 'application/json', 'X-Odoo-Database': self.database,
            'Authorization': f'Bearer itc1.{self.key_id}.{self.secret}'})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f'{path} answered {response.status}: {answer[:200]!r}')


def measure(database, rounds, tiny=False):
    posters = make_agents(database)
    floor_posters = [copy.copy(poster) for poster in posters]     # a report must follow on the one before: the floor counts apart
    server = serve(database)
    try:
        for poster in posters:
            connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=30)
            poster.post(connection, '/it_continuity/agent/v1/report', with_shape=True)
            connection.close()
        seconds = 0.3 if tiny else SLICE_S
        before = stored(database)
        posted = []

        def ours():
            rate, count = hammer(posters, '/it_continuity/agent/v1/report', seconds)
            posted.append(count)
            return rate

        def anchor():
            return hammer(floor_posters, '/itc_bench/floor', seconds)[0]

        ratio = compare(
            f'report of {SAMPLES} samples', anchor, ours, goal=0.65, at_least=True, unit='req/s', rounds=rounds,
            note='anchor: a bare auth=none JSON route; elsewhere 0.68 was reached with 985 req/s')
        if stored(database) - before != sum(posted):
            raise RuntimeError(f'{sum(posted)} reports answered, {stored(database) - before} stored')
        return [ratio]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def make_agents(database, count=AGENTS):
    """Enrol agents straight in the database, each with one check."""
    posters = []
    with environment(database) as env:
        env['ir.config_parameter'].set_param('it_continuity.reports_per_min', '1000000')
        env['ir.config_parameter'].set_param('it_continuity.report_bytes_per_min', str(10**12))
        category = env.ref('it_continuity.asset_category_server')
        db_id = env['ir.config_parameter'].get_param('it_continuity.db_id')
        for number in range(count):
            asset = env['it.asset'].create({'name': f'bench-{number}', 'kind': 'host', 'category_id': category.id})
            secret, key_id = secrets.token_urlsafe(32), secrets.token_hex(8)
            agent = env['it.agent'].create({'asset_id': asset.id})
            agent.write({'state': 'active', 'key_id': key_id, 'secret_sha256': hashlib.sha256(secret.encode()).hexdigest()})
            env['it.check.kind'].create({'agent_id': agent.id, 'kind': 'host', 'title': "Host"})
            check = env['it.check'].create({'name': 'bench', 'agent_id': agent.id, 'kind': 'host'})
            posters.append(Poster(key_id, secret, check.id, db_id, database))
        env.cr.commit()
    return posters


def stored(database):
    with environment(database) as env:
        env.cr.execute("SELECT count(*) FROM it_sample_cycle")
        return env.cr.fetchone()[0]


def serve(database, crons=0):
    """Start a prefork Odoo with the anchor's addon, and so many job processes."""
    command = [
        os.environ['ITC_PYTHON'], str(Path(__file__).parent / 'odoo_server.py'), '--database', database, '--addons-path', os.environ['ITC_ADDONS_PATH'], '--data-dir',
        os.environ['ITC_DATA_DIR'], '--workers', '2', '--max-cron-threads', str(crons), '--http-interface', '127.0.0.1', '--http-port',
        str(PORT), '--log-level', 'error', '--db-filter', f'^{database}$', '-i', 'itc_bench']
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=30)
            connection.request('GET', '/web/login', headers={'X-Odoo-Database': database})
            if connection.getresponse().status == 200:
                return server
        time.sleep(0.3)
    raise RuntimeError('the server did not start')


def hammer(posters, path, seconds):
    """Post from all agents at once for ``seconds``; return (requests a second, requests)."""
    counts, errors = [0] * len(posters), []
    stop = time.perf_counter() + seconds

    def work(index, poster):
        connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=30)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < stop:
                poster.post(connection, path)
                counts[index] += 1
        except Exception as error:  # noqa: BLE001 - raised in the main thread below
            errors.append(error)
        finally:
            connection.close()

    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(posters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(counts) / (time.perf_counter() - start), sum(counts)
