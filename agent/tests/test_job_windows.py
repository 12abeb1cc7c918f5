"""What a program leaves behind on Windows: nothing."""
import sys
import threading
import time

import pytest
from conftest import wait_for

from itc_agent import programs
from itc_agent.errors import SourceUnavailable

pytestmark = pytest.mark.skipif(sys.platform != 'win32', reason="jobs are Windows' own")
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
