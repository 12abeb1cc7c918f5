"""Real journals for the tests, written by systemd-journal-remote from entries that we make up."""
import os
import struct
import subprocess

import pytest

WRITER = '/lib/systemd/systemd-journal-remote'
# Under Wine the programs of the machine beneath are there, but are none that it can start.
needs_journals = pytest.mark.skipif(
    os.name == 'nt' or not os.path.exists(WRITER) or not os.path.exists('/usr/bin/journalctl'), reason="needs systemd-journal-remote")
BOOT = 'a' * 32


def entry(at, message, priority=3, *, source='kernel', boot=BOOT, uptime_s=None, **fields):
    """Return an entry as `journalctl -o export` writes it; ``message`` is a text or bytes, a list of them is a field given several times."""
    lines = {'__REALTIME_TIMESTAMP': int(at * 1e6), '__MONOTONIC_TIMESTAMP': int((uptime_s if uptime_s is not None else at % 100_000) * 1e6) + 1,
             '_BOOT_ID': boot, 'PRIORITY': priority, 'SYSLOG_IDENTIFIER': source, **fields}
    text = ''.join(f'{key}={value}\n' for key, value in lines.items() if value is not None).encode()
    for one in message if isinstance(message, list) else [message]:
        data = one if isinstance(one, bytes) else one.encode()
        text += b'MESSAGE\n' + struct.pack('<Q', len(data)) + data + b'\n'
    return text + b'\n'


def write(path, *entries):
    """Write a journal file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix('.export')
    source.write_bytes(b''.join(entries))
    subprocess.run([WRITER, '-o', str(path), str(source)], check=True, capture_output=True)
    source.unlink()
    return path
