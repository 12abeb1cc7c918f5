"""Other programs: late, loud, dead, with children of their own."""
import json
import os
import sys
import time

import psutil
import pytest
from conftest import wait_for

from itc_agent import programs, time_limit
from itc_agent.errors import ProgramLate, SourceUnavailable


def python(code, limit_s=5.0, **more):
    return programs.run([sys.executable, '-c', code], limit_s, **more)


def test_what_a_program_says_and_how_it_ended():
    done = python("import sys; print('out'); print('first\\nlast', file=sys.stderr); sys.exit(3)")
    assert (done.code, done.out, done.words) == (3, b'out\n', 'last')
    assert python("import sys; sys.exit(3)").words == "exit code 3"


def test_it_is_fed_more_than_a_pipe_holds_and_answers_more_than_a_pipe_holds():
    assert python("import sys; sys.stdout.write(sys.stdin.read())", stdin=b'x' * 500_000).out == b'x' * 500_000


def test_one_that_does_not_read_what_it_is_fed_is_no_trouble():
    assert python("print('x')", stdin=b'x' * 500_000).out == b'x\n'


def test_a_late_program_is_killed_with_what_it_started(tmp_path):
    code = f"""
import subprocess, sys, time
one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
open({str(tmp_path / 'pid')!r}, 'w').write(str(one.pid))
time.sleep(60)
"""
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer within 1 s"):
        python(code, 1.0)
    assert time.monotonic() - started < 2.5
    pid = int((tmp_path / 'pid').read_text())
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_the_answer_of_one_whose_child_holds_its_output_open_counts_and_nothing_is_left():
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], start_new_session=False); print('x')"
    assert python(code).out == b'x\n'
    if os.name == 'nt':
        return
    me = psutil.Process()
    before = (me.num_threads(), me.num_fds())
    for _time in range(3):
        assert programs.run(['/bin/sh', '-c', 'setsid sleep 20 & echo hi'], 5.0).out == b'hi\n'
    wait_for(lambda: me.num_threads() <= before[0] and me.num_fds() <= before[1])


def test_one_that_says_too_much_is_killed_at_once():
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="more than 1000 bytes"):
        python("while True: print('x' * 1000)", 20.0, max_bytes=1000)
    assert time.monotonic() - started < 5


def test_the_limit_of_the_look_counts():
    with pytest.raises(SourceUnavailable, match="did not answer"), time_limit.of(1.0):
        python("import time; time.sleep(60)", 60.0)


def test_one_that_is_not_there_or_may_not_be_started(tmp_path):
    with pytest.raises(SourceUnavailable, match="could not be started: No such file"):
        programs.run(['/no/such/program'], 1.0)
    (tmp_path / 'one').write_text('')
    with pytest.raises(SourceUnavailable, match="could not be started: Permission denied"):
        programs.run([str(tmp_path / 'one')], 1.0)


def test_programs_speak_english_and_path_is_the_systems(monkeypatch):
    monkeypatch.setenv('LC_ALL', 'de_DE.UTF-8')
    monkeypatch.setenv('PATH', '/tmp/mine')
    said = json.loads(python("import json, os; print(json.dumps(dict(os.environ)))").out)
    assert said['LC_ALL'] == 'C.UTF-8'
    assert '/tmp/mine' not in said['PATH']


def test_find_takes_the_first_that_is_a_file(tmp_path):
    assert programs.find(['/no/such', str(tmp_path), sys.executable]) == sys.executable
    assert programs.find(['/no/such']) is None


@pytest.mark.parametrize(('code', 'reason'), [
    ("import json, sys; json.dump(json.load(sys.stdin.buffer)['a'] + 1, sys.stdout)", None),
    ("raise ValueError('broken')", "ended with an error: ValueError: broken"),
    ("import os; os.abort()", "ended with an error"),
    ("print('nothing')", "no answer that can be read"),
    ("import time; time.sleep(60)", "did not answer within 1 s")])
def test_python_files(tmp_path, code, reason):
    file = tmp_path / 'child.py'
    file.write_text(code)
    if reason is None:
        assert programs.run_python(str(file), {'a': 1}, 5.0) == 2
    else:
        with pytest.raises(SourceUnavailable, match=reason):
            programs.run_python(str(file), {'a': 1}, 1.0)


def test_one_that_has_answered_and_hangs_is_not_waited_for(tmp_path):
    file = tmp_path / 'child.py'
    for code, answer in (
            ("import os, time; os.write(1, b'[1, '); time.sleep(0.3); os.write(1, b'2]'); time.sleep(60)", [1, 2]),
            ("import os, time; os.write(1, b'[3]'); os.close(1); time.sleep(60)", [3])):
        file.write_text(code)
        began = time.monotonic()
        assert programs.run_python(str(file), {}, 30, may_hang=True) == answer and time.monotonic() - began < 10
    file.write_text("import os, sys, time; os.write(1, b'[4]'); sys.exit('broken')")
    with pytest.raises(SourceUnavailable, match="broken"):
        programs.run_python(str(file), {}, 30, may_hang=True)


def test_one_that_gives_no_sign_of_life_is_given_up():
    began = time.monotonic()
    with pytest.raises(ProgramLate, match="no sign of life for 1 s"):
        python("import time; time.sleep(60)", 30, silent_s=1)
    assert time.monotonic() - began < 10
    assert python("import os, time\nfor _ in range(9): os.write(2, b'\\n'); time.sleep(0.3)\nprint('x')", 30, silent_s=1.5).words == "exit code 0"


def test_no_thread_and_no_process_is_left(tmp_path):
    import threading
    before = threading.active_count()
    for _time in range(20):
        python("print('x')")
    wait_for(lambda: threading.active_count() <= before)
    assert not [one for one in psutil.Process(os.getpid()).children() if one.status() == psutil.STATUS_ZOMBIE]
