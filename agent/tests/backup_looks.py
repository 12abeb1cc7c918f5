"""What tests of the check of backups share: a check that looks again and again, folders, disks, and the child that reads."""
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from itc_agent import state_place, wire
from itc_agent.collectors import _backup_list, _backup_work
from itc_agent.scheduler import look

CHILD = Path(_backup_work.CHILD)
IDENTS = itertools.count(12)
needs_root = pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="mounting, and acting as somebody else, needs root")


def own_state(tmp_path, monkeypatch):
    """Let what is known of backups be kept in a folder of this test."""
    folder = tmp_path / 'agent state'
    folder.mkdir()
    monkeypatch.setattr(state_place, '_place', {'folder': folder})
    monkeypatch.setattr(_backup_work, 'workshop', _backup_work.Workshop())
    return folder


def own_folder(tmp_path):
    """Return an empty folder for backups."""
    path = tmp_path / 'ምትኬ backups'
    path.mkdir()
    return path


class Look:
    """A check that looks again and again; ``files`` is what was told last, by name."""

    def __init__(self, folder, limits=None, **settings):
        self.check = wire.make_check(next(IDENTS), 'x', 'backup', 300, 60, {'folder': str(folder), 'settle_s': 0, **settings}, limits)
        assert not self.check.problem, self.check.problem
        self.memory, self.result, self.files = {}, None, None

    def __call__(self):
        self.result = look(self.check, self.memory, {})
        told = self.result.readings[0].backups if self.result.readings else None
        self.files = None if told is None else {one['name']: one for one in told['files']}
        return self.result

    def anew(self, **settings):
        """Look with other settings from now on."""
        self.check = wire.make_check(self.check.ident, 'x', 'backup', 300, 60, {'folder': self.check.settings.folder, 'settle_s': 0, **settings})

    def restart(self):
        """Keep what outlives the agent."""
        self.memory = {'kept': json.loads(json.dumps(self.memory['kept']))}

    def until_read(self):
        """Look, let everything be read, look again."""
        self()
        assert _backup_work.workshop.wait(60)
        return self()

    def reasons(self):
        return {name: (one['level'], one['reason']) for name, one in self.files.items()}


def aged(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)
    return path


@contextlib.contextmanager
def mounted(what, folder, *options):
    """Mount something for a while; skips the test where nothing can be mounted."""
    done = subprocess.run(['mount', *options, str(what), folder], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr!r}")
    try:
        yield folder
    finally:
        subprocess.run(['umount', folder], check=True)


def make_disk(path):
    """Make the image of a disk; skips the test where that cannot be done."""
    if shutil.which('mkfs.ext4') is None:
        pytest.skip("no disk can be made here")
    path.touch()
    os.truncate(path, 4 * 2**20)
    subprocess.run(['mkfs.ext4', '-q', path], check=True, capture_output=True)
    return path


def job_for(path, state, **values):
    entry = _backup_list.look_at(str(path.parent), path.name, False)
    return {'path': str(path), 'key': entry.key, 'is_folder': False, 'format': 'auto', 'database': '', 'rate': 0, 'sha256': None,
            'progress': str(state / 'x.progress'), 'packages': _backup_work.PACKAGES, 'limit_s': 600, **values}


def start_child(job):
    process = subprocess.Popen([sys.executable, '-I', CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    return process


def kept(state):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((state / 'x.progress').read_text())['hashed']
    return 0
