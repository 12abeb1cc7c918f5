"""A large backup hashed by the agent's child, as fast as it goes, against ``sha256sum`` of the same file, both read from the disk.

The child keeps how far it is every two seconds, as it does at work. What it is asked to read afterwards is no zip archive, which its first bytes tell.
"""
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pairing import compare

AGENT = Path(__file__).parents[1] / 'agent'
CHILD = AGENT / 'itc_agent' / 'collectors' / '_backup_child.py'
BLOCK = 16 * 2 ** 20


def measure(_database, rounds, tiny=False):
    size = BLOCK * 4 if tiny else int(os.environ.get('ITC_BENCH_HASH_GIB', '2')) * 2 ** 30
    with tempfile.TemporaryDirectory(dir=os.environ.get('ITC_BENCH_FOLDER')) as folder:
        path, memory = Path(folder) / 'large.zip', []
        with open(path, 'wb') as file:
            for _block in range(size // BLOCK):
                file.write(os.urandom(BLOCK))
        ratio = compare(
            'bytes hashed a second', lambda: size / timed(path, ['sha256sum', path])[0], lambda: size / hashed(path, memory), goal=0.9, at_least=True,
            unit='B/s', rounds=rounds)
        note = f'a file of {size / 2 ** 30:.2g} GiB, {max(memory):.0f} MiB resident at most; one that is done is not read again'
        return [dataclasses.replace(ratio, note=note)]


def hashed(path, memory):
    """Return the seconds that the child takes, and note the most memory it had, in MiB."""
    sys.path.insert(0, str(AGENT))
    from itc_agent.collectors import _backup_list
    job = {'path': str(path), 'key': _backup_list.look_at(str(path.parent), path.name, False).key, 'is_folder': False, 'format': 'zip', 'database': '',
           'rate': 0, 'sha256': None, 'progress': f'{path}.progress', 'packages': str(AGENT), 'limit_s': 3600}
    Path(job['progress']).unlink(missing_ok=True)
    took, resident = timed(path, [sys.executable, '-I', CHILD], json.dumps(job).encode())
    memory.append(resident)
    return took


def timed(path, command, stdin=b''):
    """Return seconds and the most resident memory (MiB) of a program that reads a file from the disk."""
    with open(path, 'rb') as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write(stdin)
    process.stdin.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f'{command[0]} ended with {process.returncode}')
    return time.perf_counter() - began, usage.ru_maxrss / 1024
