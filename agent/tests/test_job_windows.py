"""What a program leaves behind on Windows: nothing."""
import ctypes
import sys
import threading
import time

import pytest
from conftest import wait_for

from itc_agent import job_windows, programs
from itc_agent.collectors import _backup_child, _backup_work
from itc_agent.errors import SourceUnavailable

pytestmark = pytest.mark.skipif(sys.platform != 'win32', reason="jobs are Windows' own")
# Measured with Wine 8.0: it takes a limit, enforces none, and QueryInformationJobObject gives back none.
is_wine = sys.platform == 'win32' and hasattr(ctypes.WinDLL('ntdll'), 'wine_get_version')
# A child that says every tenth of a second that it lives, and holds the program's input and output open.
CHILD = """
import pathlib, sys, time
for number in range(600):
    pathlib.Path(sys.argv[1]).write_text(str(number))
    time.sleep(0.1)
"""
PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]])
print('started', flush=True)
"""


def is_still(file):
    """Tell whether the child has stopped saying that it lives."""
    before = file.read_text()
    time.sleep(1)
    return file.read_text() == before


def ours():
    return [one.name for one in threading.enumerate() if one.name in ('itc-read', 'itc-feed')]


def test_a_child_that_outlives_its_program_is_ended_and_no_reader_is_left(tmp_path):
    file = tmp_path / 'alive'
    done = programs.run([sys.executable, '-c', PARENT + f"import time; time.sleep({3})", CHILD, str(file)], 60.0)
    assert done.out.split() == [b'started']
    assert file.exists()
    wait_for(lambda: is_still(file), 10)
    wait_for(lambda: not ours(), 10)


def test_one_that_is_late_is_ended_with_its_child_and_so_is_the_feeding_of_its_input(tmp_path):
    file = tmp_path / 'alive'
    with pytest.raises(SourceUnavailable, match="did not answer within"):
        programs.run([sys.executable, '-c', PARENT + "import time; time.sleep(600)", CHILD, str(file)], 15.0, stdin=b'x' * 2 ** 22)
    assert file.exists()
    wait_for(lambda: is_still(file), 10)
    wait_for(lambda: not ours(), 10)


def test_a_limit_of_memory_is_asked_for_where_windows_looks_for_it(monkeypatch):
    """By Microsoft's layout of JOBOBJECT_EXTENDED_LIMIT_INFORMATION for 64 bits."""
    limits = bytes(job_windows.limits_of(300 * 2**20))
    assert len(limits) == 144 and int.from_bytes(limits[16:20], 'little') == 0x2100, "kill on close, and a limit of each process' memory"
    assert int.from_bytes(limits[112:120], 'little') == 300 * 2**20 and not any(limits[120:])
    assert int.from_bytes(bytes(job_windows.limits_of(0))[16:20], 'little') == 0x2000
    asked, before = [], job_windows.limits_of
    monkeypatch.setattr(job_windows, 'limits_of', lambda memory: asked.append(memory) or before(memory))
    assert programs.run([sys.executable, '-c', "print('done')"], 60.0, memory=200 * 2**20).out.split() == [b'done']
    assert programs.run([sys.executable, '-c', "print('done')"], 60.0).out.split() == [b'done']
    assert asked == [200 * 2**20, 0]


def test_who_reads_backups_is_held_to_its_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(_backup_work, '_root', lambda: tmp_path)
    (tmp_path / 'a.zip').write_bytes(b'PK')
    asked, before = [], job_windows.limits_of
    monkeypatch.setattr(job_windows, 'limits_of', lambda memory: asked.append(memory) or before(memory))
    workshop = _backup_work.Workshop()
    workshop._work(workshop.place('x'), _backup_work.Job('a', str(tmp_path / 'a.zip'), 'k', False, 'auto', '', 0))
    assert asked == [_backup_child.MAX_MEMORY]


@pytest.mark.skipif(is_wine, reason="Wine holds no program to a limit of memory")
def test_a_program_that_wants_more_memory_than_it_may_is_refused_it():
    code = "import sys\nsys.stdin.read()\ntry:\n    bytearray(400 * 2**20)\nexcept MemoryError:\n    print('refused')"
    assert programs.run([sys.executable, '-c', code], 60.0, memory=200 * 2**20).out.split() == [b'refused']
    assert programs.run([sys.executable, '-c', code], 60.0).out.split() == []
