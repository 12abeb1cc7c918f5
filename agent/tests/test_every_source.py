"""Every kind and everything that its source can do to it: not be there, hang, lie, refuse. A kind without a row in the tables fails."""
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from bad_sources import PLANTS, Place

from itc_agent import registry
from itc_agent.results import State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

MODULES = sorted({*registry.kinds('linux').values(), *registry.kinds('windows').values()})
pytestmark = pytest.mark.skipif(registry.PLATFORM != 'linux', reason="the hangs are made of pipes, scripts and mounts of Linux")

# === HANGING: EACH KIND, IN ITS OWN SOURCE === #

LIMIT_S = 1.2
# Of these kinds that nothing comes *is* what is measured: what does not answer is down, which their manuals say.
DOWN = {'http', 'odoo', 'rdp', 'tcp'}
# Not all at once: of a kind there is one collector at a time, and where /proc is put in another place no other kind can list processes.
OTHER_SYSTEM = [name for name in MODULES if name not in registry.kinds('linux').values()]
TOGETHER = [[name for name in MODULES if name not in ('host', 'process', *OTHER_SYSTEM)], ['host', 'process', *OTHER_SYSTEM]]
AT_ONCE = 6


@contextlib.contextmanager
def planted(folders, modules, lie=None):
    """Give module to (settings, what its checks share) for the modules, with a bad source for each; or why there can be none here."""
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        found = {}
        for module in modules:
            place = Place(folders.mktemp(module), patch, stack, lie)
            try:
                found[module] = (PLANTS[module](place), place.given)
            except (pytest.skip.Exception, KeyError) as problem:
                found[module] = problem
        yield found


def kind_of(module):
    return next(kind for platform in registry.PLATFORMS for kind, name in registry.kinds(platform).items() if name == module)


def watch(module, settings, given, port):
    """Return how a runner fares with a check that hangs and one that does not: what each said, and when."""
    kind = kind_of(module)
    hung, quick = make_check(1, module, kind, 60, LIMIT_S, settings), make_check(2, 'quick', 'tcp', 60, LIMIT_S, {'port': port})
    assert not hung.problem, hung.problem
    runner, started, told = Runner(given=given), time.monotonic(), {}
    results = runner.run([hung, quick], hold_s=0.1)
    while True:
        for result in results:
            told[result.check.ident] = (time.monotonic() - started, result)
        if not runner.busy or time.monotonic() - started > 10:
            break
        results = runner.late()
    again, = runner.run([quick])
    return SimpleNamespace(hung=told.get(1), quick=told.get(2), again=again)


def beats(stop, gaps):
    """Note how long another thread of this process had to wait for its turn, again and again."""
    last = time.monotonic()
    while not stop.wait(0.02):
        now = time.monotonic()
        gaps.append(now - last)
        last = now


@pytest.fixture(scope='module')
def looked(tmp_path_factory):
    """Plant a hang for every kind and let each be looked at, a few at once: module to what came of it, and the longest gap of the others' threads."""
    import socket
    found, gaps, stop = {}, [], threading.Event()
    threading.Thread(target=beats, args=(stop, gaps), daemon=True).start()
    with socket.create_server(('127.0.0.1', 0), backlog=200) as one:
        for modules in TOGETHER:
            with planted(tmp_path_factory, modules) as sources, ThreadPoolExecutor(AT_ONCE) as pool:
                waiting = {module: pool.submit(watch, module, *source, one.getsockname()[1])
                           for module, source in sources.items() if not isinstance(source, BaseException)}
                found |= sources | {module: future.exception() or future.result() for module, future in waiting.items()}
    stop.set()
    return found, max(gaps)


@pytest.mark.parametrize('module', MODULES)
def test_a_source_that_hangs_is_unknown_in_time_and_the_others_go_on(looked, module):
    came = looked[0][module]
    if isinstance(came, BaseException):
        raise came
    at, result = came.hung
    assert (result.state, result.summary[:2] != '') == (State.CRITICAL if module in DOWN else State.UNKNOWN, True), result.summary
    assert "collector failed" not in result.summary
    assert any(words in result.summary for words in ("answer", "says nothing within")), result.summary
    assert at < LIMIT_S + 0.5
    quick_at, quick = came.quick
    assert (quick.state, came.again.state) == (State.OK, State.OK)
    assert quick_at < LIMIT_S, "it waited for the one that hangs"


def test_while_sources_hang_every_other_thread_of_the_agent_goes_on(looked):
    assert looked[1] < 1.0


# === LYING === #

LIES = {
    'empty': b'', 'garbage': bytes(range(256)) * 8, 'language': "Der Dienst wurde nicht gefunden, das Verzeichnis ist leer.\n".encode(),
    'encoding': "Größe: ሽያጭ, läuft\n".encode('utf-16'), 'huge': b'x' * 3_000_000 + b'\n'}
# Of these nothing is read that could be a lie in words; what else they can be told wrongly stands in `SHOWN`.
WORDLESS = {
    'agent': "it is asked within its own process", 'backup': "a file is read only when it has settled for a while",
    'disk': "the kernel's numbers", 'disk_forecast': "the kernel's numbers", 'newest_file': "times and sizes of files, nothing in them",
    'pending_reboot_linux': "that the mark is there says it, whatever packages it names", 'pending_reboot_windows': "values of the registry",
    'tcp': "that a connection comes about is all it looks for"}


@pytest.mark.parametrize('lie', LIES)
def test_whatever_a_source_says_instead_is_never_fine(tmp_path_factory, lie):
    wrong = []

    def check(module, settings, given):
        one = make_check(1, module, kind_of(module), 60, 8, settings)
        started = time.monotonic()
        result = look(one, {}, dict(given.get(one.kind, {})))
        if result.state == State.OK or "collector failed" in result.summary or len(result.summary) < 10 or time.monotonic() - started > 8:
            wrong.append((module, result.state.name, result.summary[:200]))

    for modules in TOGETHER:
        with planted(tmp_path_factory, [name for name in modules if name not in WORDLESS], LIES[lie]) as sources, ThreadPoolExecutor(AT_ONCE) as pool:
            for future in [pool.submit(check, module, *source) for module, source in sources.items()]:
                future.result()
    assert not wrong
