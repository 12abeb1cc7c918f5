"""One agent at rest and its cycle, against a bare process that reads the same with psutil and posts it with requests.

RSS is read after five cycles of each, in a fresh interpreter; CPU is the user and system time of the process over the same cycles.
Both post to the same loopback server, which only answers.
"""
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

import psutil

CYCLES = 6
BARE = """
import json, sys, time, psutil, requests
session = requests.Session()
session.trust_env = False
for cycle in range(int(sys.argv[2])):
    values = [psutil.cpu_percent(), psutil.virtual_memory().percent, psutil.swap_memory().percent, *psutil.getloadavg()]
    for part in psutil.disk_partitions():
        values.append(psutil.disk_usage(part.mountpoint).percent)
    found = [process.info for process in psutil.process_iter(['name', 'cmdline'])]
    session.post(sys.argv[1], data=json.dumps({'values': values, 'count': len(found)}), timeout=5)
    print(cycle, flush=True)
    time.sleep(1)
time.sleep(600)
"""


class Sink(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        body = json.dumps({'ok': 1}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def figures(process, ready):
    """Wait until ``ready()``, then return (RSS in MiB, CPU milliseconds a cycle) and end the process."""
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError('the measured process did not get through its cycles')
        time.sleep(0.05)
    time.sleep(0.3)
    measured = psutil.Process(process.pid)
    rss = measured.memory_info().rss / 2**20
    cpu = measured.cpu_times()
    process.kill()
    process.wait()
    return rss, cpu.user + cpu.system


def bare(url, cycles):
    process = subprocess.Popen([sys.executable, '-c', BARE, url, str(cycles)], stdout=subprocess.PIPE, text=True)
    seen = []
    threading.Thread(target=lambda: seen.extend(process.stdout), daemon=True).start()
    return figures(process, lambda: len(seen) >= cycles)
