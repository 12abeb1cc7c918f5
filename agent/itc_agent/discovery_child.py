"""Looks at what is here and ends: a program of its own, because what it asks (folders, services, processes) can hang or take its time.

Reads one JSON object: ``patience_s`` (of each family), ``seconds`` (after which it ends whatever it does). Writes one: ``findings``, ``blind``.
It ends by itself, also when the agent that asked is gone.
"""
import faulthandler
import json
import os
import sys
import threading
import time


def main() -> None:
    job = json.load(sys.stdin.buffer)
    faulthandler.dump_traceback_later(job['seconds'], exit=True)
    threading.Thread(target=end_with_the_agent, args=(os.getppid(),), daemon=True).start()
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from itc_agent import finders, scene
    step_back()
    found, blind = finders.look_around(scene.here(), job['patience_s'])
    sys.stdout.write(json.dumps({'findings': found, 'blind': blind}))
    sys.stdout.flush()
    # Threads that hang (a disk that does not answer) are not waited for.
    os._exit(0)


def step_back() -> None:
    """Let everything else on this machine go first."""
    import psutil
    me = psutil.Process()
    try:
        if sys.platform == 'win32':
            me.nice(psutil.IDLE_PRIORITY_CLASS)
            me.ionice(psutil.IOPRIO_VERYLOW)
        else:
            me.nice(19)
            me.ionice(psutil.IOPRIO_CLASS_IDLE)
    except (psutil.Error, OSError, AttributeError):  # it looks all the same  # pylint: disable=except-pass
        pass


def end_with_the_agent(agent: int) -> None:
    """End when the process that asked is gone; on Windows the time limit does."""
    while sys.platform != 'win32':
        if os.getppid() != agent:
            os._exit(1)
        time.sleep(0.5)


if __name__ == '__main__':
    main()
