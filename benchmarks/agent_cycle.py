"""The agent at rest and its cycle with the checks that `dev run` adds here, against a bare process that reads this machine with psutil and posts it.

Both run the same number of cycles, one a second, against the same loopback server; then their resident memory and the CPU time of
their whole life minus its start (the time until the first post) are read, with that of the processes they started. Where they are at hand,
Prometheus' node_exporter (one scrape) and Zabbix' agent 2 (asked for the same things) run the same cycles, and their CPU times together are
one more anchor.
"""
import ast
import contextlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
from itc_agent import finders, registry, scene
from pairing import summary

DB_ID = '0' * 32
BARE = """
import json, os, sys, time, psutil, requests
session = requests.Session()
session.trust_env = False
urls, folders = json.loads(sys.argv[2])
while True:
    values = [psutil.cpu_percent(), psutil.virtual_memory().percent, psutil.swap_memory().percent, *psutil.getloadavg()]
    for part in psutil.disk_partitions():
        values.append(psutil.disk_usage(part.mountpoint).percent)
    found = [process.info for process in psutil.process_iter(['name', 'cmdline', 'create_time', 'memory_info'])]
    values += [session.get(url, timeout=5).status_code for url in urls]
    values += [max((one.stat().st_mtime for one in os.scandir(folder)), default=0) for folder in folders]
    session.post(sys.argv[1], data=json.dumps({'values': values, 'count': len(found), 'records': []}), timeout=5)
    time.sleep(1)
"""

# What Zabbix is asked in the place of a check. The agent itself it does not tell; that its own answers come is the nearest.
ZABBIX_ITEMS = {
    'host': lambda _settings: ('system.cpu.util', 'vm.memory.size[pavailable]', 'system.swap.size[,pfree]', 'system.cpu.load[all,avg1]', 'system.uptime'),
    'disk': lambda _settings: ('vfs.fs.get',),
    'agent': lambda _settings: ('agent.ping',),
    'process': lambda settings: tuple(f'proc.{one}[,,,{settings.get("cmdline") or settings["name"]}]' for one in ('num', 'mem')),
    'http': lambda settings: (f'web.page.perf[{settings["url"]}]',),
    'newest_file': lambda settings: (f'vfs.dir.get[{settings["folder"]}]',),
}
ZABBIX_HEAD = struct.Struct('<5sII')


class Server(ThreadingHTTPServer):
    """A server that acknowledges everything and counts the posts with something in them."""
    daemon_threads = True
    posts = 0
    checks = ()


class Answer(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.server.posts += 1
        answer = {'proto': 1, 'db_id': DB_ID, 'config_rev': 'bench'}
        if self.path.endswith('/enrol'):
            answer.update(key_id=body['key_id'], host='bench', state='active')
        else:
            records = body.get('records') or [{'seq': 0}]
            answer.update(ack={body.get('epoch', ''): records[-1]['seq']}, rejected=[], resend_from=None, need_shapes=[],
                          server_now='2026-01-01T00:00:00+00:00', next_in=1, max_records=500)
        self.reply(answer)

    def do_GET(self):
        self.reply({'proto': 1, 'db_id': DB_ID, 'config_rev': 'bench', 'cycle_s': 1, 'checks': self.server.checks})

    def reply(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def measure(_database, rounds, tiny=False):
    cycles = 3 if tiny else 8
    server = Server(('127.0.0.1', 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_address[1]}'
    folder = tempfile.mkdtemp()
    Path(folder, 'prod_2026-01-01_0300.dump').write_bytes(bytes(1000))
    server.checks = default_checks(url, folder)
    besides = [[one['settings'][name] for one in server.checks if one['kind'] == kind] for kind, name in (('http', 'url'), ('newest_file', 'folder'))]
    programs = [find(name) for name in ('prometheus-node-exporter', 'zabbix_agent2')]
    memory, cpu, beside = [], [], []
    for _round in range(max(2, rounds // 2)):
        bare = figures(server, [sys.executable, '-c', BARE, url, json.dumps(besides)], cycles)
        with tempfile.TemporaryDirectory() as state:
            ours = figures(server, agent_command(server, url, Path(state)), cycles)
        memory.append((ours[0], bare[0]))
        cpu.append((ours[1], bare[1]))
        if all(programs):
            with tempfile.TemporaryDirectory() as state:
                beside.append((ours[1], others_cpu(*programs, Path(state), cycles, server.checks)))
    server.shutdown()
    shutil.rmtree(folder)
    processes = len(psutil.pids())
    listed = f'all {processes} processes listed each cycle by both; the agent: {counted(server.checks)}'
    results = [
        ratio_of('agent memory at rest', memory, 1.17, 'MiB', 'goal: at most 5 MB above a bare psutil + requests process'),
        ratio_of('agent CPU a cycle', cpu, 1.3, 'ms', f'{listed}; elsewhere 7.8 ms at 94 processes'),
    ]
    if beside:
        results.append(ratio_of('agent CPU a cycle, against node_exporter + Zabbix agent 2', beside, 1.0, 'ms', f'a scrape and {len(questions(server.checks))} items'))
    return results


def default_checks(url, folder):
    """Return the checks that `dev run` adds on this machine: what the agent's own look is sure of, and what it finds when Odoo runs and a backup lies there.

    Its pages and folders are ours, for those that it finds here may go while it is measured.
    """
    templates = template_settings()
    found = [one for one in finders.look_around(scene.here(), 25.0)[0] if one['sure'] and one['kind'] in ('host', 'disk', 'agent', 'process')]
    chosen = [(one['kind'], {**templates.get(one['code'], {}), **one['settings']}) for one in found]
    beside = (('process', templates['odoo_process']), ('http', {'url': url + '/web/health'}), ('newest_file', {'folder': folder, 'pattern': '*.dump'}))
    chosen += [one for one in beside if one not in chosen]
    return [{'id': number, 'name': f'{kind} {number}', 'kind': kind, 'every_s': 1, 'timeout_s': registry.load(kind).timeout_s, 'settings': settings, 'limits': []}
            for number, (kind, settings) in enumerate(chosen, 1)]


def template_settings():
    """Return the settings of the check templates that the addon brings, by their code."""
    file = Path(__file__).parents[1] / 'data' / 'it_check_template_data.xml'
    return {record.get('id').removeprefix('check_template_'): ast.literal_eval(field.get('eval'))
            for record in ElementTree.parse(file).getroot() for field in record if field.get('name') == 'settings'}


def counted(checks):
    """Return how many checks there are of each kind, in words."""
    kinds = [one['kind'] for one in checks]
    return ', '.join(f'{kinds.count(kind)} × {kind}' if kinds.count(kind) > 1 else kind for kind in dict.fromkeys(kinds))


def questions(checks):
    """Return the items that Zabbix is asked for these checks."""
    return [key for one in checks for key in ZABBIX_ITEMS[one['kind']](one['settings'])]


def find(name):
    """Return the path of a program, from the folder that `dev bench` unpacks into or the machine's own; None where it is not."""
    folder = Path(os.environ.get('ITC_BENCH_PROGRAMS', '/nowhere'))
    return shutil.which(name, path=f'{folder / "usr/bin"}:{folder / "usr/sbin"}') or shutil.which(name)


def others_cpu(exporter, zabbix, folder, cycles, checks):
    """Return the CPU time in ms that node_exporter and Zabbix' agent 2 take together for a cycle."""
    ports = [free_port(), free_port()]
    config = folder / 'zabbix.conf'
    config.write_text(f'LogType=console\nServer=127.0.0.1\nListenIP=127.0.0.1\nListenPort={ports[1]}\nHostname=bench\n'
                      f'ControlSocket={folder / "control.sock"}\nPluginSocket={folder / "plugin.sock"}\n')
    started = [subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for command in ([exporter, f'--web.listen-address=127.0.0.1:{ports[0]}'], [zabbix, '-f', '-c', config])]
    try:
        for process, port in zip(started, ports, strict=True):
            wait(process, lambda port=port: is_open(port))
        keys = questions(checks)
        ask_others(*ports, keys)
        time.sleep(1)
        measured = [psutil.Process(process.pid) for process in started]
        before = sum(map(cpu_s, measured))
        for _cycle in range(cycles):
            ask_others(*ports, keys)
            time.sleep(1)
        return (sum(map(cpu_s, measured)) - before) * 1000 / cycles
    finally:
        for process in started:
            process.kill()
            process.wait()


def ask_others(exporter_port, zabbix_port, keys):
    connection = HTTPConnection('127.0.0.1', exporter_port, timeout=10)
    connection.request('GET', '/metrics')
    if b'node_cpu_seconds_total' not in connection.getresponse().read():
        raise RuntimeError('node_exporter gave no metrics')
    connection.close()
    for key in keys:
        with socket.create_connection(('127.0.0.1', zabbix_port), timeout=10) as asked:
            asked.sendall(ZABBIX_HEAD.pack(b'ZBXD\x01', len(key), 0) + key.encode())
            answer = b''
            while part := asked.recv(65536):
                answer += part
        if b'ZBX_NOTSUPPORTED' in answer or len(answer) <= ZABBIX_HEAD.size:
            raise RuntimeError(f'Zabbix agent 2 does not tell {key}: {answer[ZABBIX_HEAD.size:][:200]!r}')


def free_port():
    """Return a port that nobody has; Zabbix takes none above 32767, where the system's own choice begins."""
    for port in random.sample(range(20_000, 32_768), 100):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(('127.0.0.1', port))
            return port
    raise RuntimeError('no port is free')


def is_open(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=1).close()
    except OSError:
        return False
    return True


def ratio_of(name, pairs, goal, unit, note):
    return summary(
        name, [ours / bare for ours, bare in pairs], 0, [ours for ours, _bare in pairs], [bare for _ours, bare in pairs],
        goal=goal, at_least=False, unit=unit, note=note)


def agent_command(server, url, folder):
    """Enrol a throw-away agent and return the command that runs it."""
    itc_agent = Path(sys.executable).parent / 'itc-agent'
    subprocess.run(
        [itc_agent, 'enrol', '--url', url, '--database', 'bench', '--code', 'ABCD', '--state-dir', folder, '--config', folder / 'agent.toml'],
        check=True, stdout=subprocess.DEVNULL)
    return [itc_agent, 'run', '--config', folder / 'agent.toml']


def figures(server, command, cycles):
    """Run a process through its cycles; return (RSS in MiB, CPU in ms a cycle)."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.posts = 0
        wait(process, lambda: server.posts >= 2)
        measured = psutil.Process(process.pid)
        start, posts = cpu_s(measured), server.posts
        wait(process, lambda: server.posts >= posts + cycles)
        return measured.memory_info().rss / 2**20, (cpu_s(measured) - start) * 1000 / cycles
    finally:
        process.kill()
        process.wait()


def cpu_s(process):
    """User and system time in seconds, that of ended threads and of the processes it started and waited for too.

    Its own is read from its clock: the ticks of `cpu_times` are too coarse for a cycle.
    """
    times = process.cpu_times()
    started = getattr(times, 'children_user', 0.0) + getattr(times, 'children_system', 0.0)
    if sys.platform == 'linux':
        return time.clock_gettime((~process.pid << 3) | 2) + started  # see clock_getcpuclockid(3)
    return times.user + times.system + started


def wait(process, ready, seconds=60):
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f'{process.args[0]} did not get through its cycles')
        time.sleep(0.02)
