"""What the finders look at: processes, ports, services, folders, printers, each asked once and only when a finder wants it.

A source that cannot be asked raises ``SourceUnavailable`` each time, so that whoever needs it can say so. No file is opened.
"""
from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass

from . import registry
from .errors import SourceUnavailable

WINDOWS = sys.platform == 'win32'
LOOPBACK = '127.0.0.1'
ANSWER_S = 2.0
MAX_ANSWER = 65_536
CUPS_QUEUES = '/etc/cups/ppd'
SHARED_HOMES = {'public', 'default', 'default user', 'all users', 'lost+found'}


@dataclass(frozen=True)
class Process:
    """A running program.

    :param argv: its command line, empty when it may not be read
    :param folder: in which it works, empty when that may not be read
    :param hidden: what of it this agent may not see: ``argv``, ``folder``, ``ports`` (whether a port is its own)
    """

    pid: int
    parent: int
    name: str
    argv: tuple = ()
    folder: str = ''
    hidden: frozenset = frozenset()


@dataclass(frozen=True)
class Listener:
    """A TCP port on which somebody waits; ``pid`` is None when it may not be known who, or when it is the kernel (NFS)."""

    address: str
    port: int
    pid: int | None = None


@dataclass(frozen=True)
class Service:
    """A service of Windows: its name, the name that people see, and whether it runs."""

    name: str
    title: str
    is_running: bool


@dataclass(frozen=True)
class Root:
    """A folder in which backups are looked for: ``depth`` 0 is the folder itself, 1 also its subfolders."""

    path: str
    depth: int


class Scene:
    """One machine at one moment.

    :param sources: name to a function without arguments that returns what is there, or raises ``SourceUnavailable``
    """

    def __init__(self, sources: dict, *, is_windows: bool = False, kinds=frozenset()):
        self._sources, self.is_windows, self.kinds = sources, is_windows, frozenset(kinds)
        self._locks = {name: threading.Lock() for name in sources}  # one each: a source that hangs holds up nobody who does not ask it
        self._answers: dict = {}

    def _of(self, name: str):
        if name not in self._sources:
            raise SourceUnavailable(f"{name} cannot be looked at here")
        if name not in self._answers:
            with self._locks[name]:
                if name not in self._answers:
                    try:
                        self._answers[name] = self._sources[name]()
                    except SourceUnavailable as error:
                        self._answers[name] = error
        answer = self._answers[name]
        if isinstance(answer, SourceUnavailable):
            raise SourceUnavailable(str(answer))
        return answer

    @property
    def processes(self) -> list:
        """All :class:`Process` but the agent's own."""
        return self._of('processes')

    @property
    def listeners(self) -> list:
        """All :class:`Listener`."""
        return self._of('listeners')

    @property
    def services(self) -> list:
        """All :class:`Service`; none on Linux, where a server is known by its process or its file."""
        return self._of('services') if self.is_windows else []

    @property
    def homes(self) -> list:
        """The folders of this machine's people."""
        return self._of('homes')

    @property
    def programs(self) -> list:
        """Names of the folders in which Windows programs are installed."""
        return self._of('programs') if self.is_windows else []

    @property
    def printers(self) -> list:
        """Names of the print queues."""
        return self._of('printers')

    @property
    def upses(self) -> list:
        """Names of the UPSs that ``upsd`` on this machine knows."""
        return self._of('upses')

    @property
    def has_battery(self) -> bool:
        return self._of('battery')

    @property
    def roots(self) -> list:
        """The drives and folders of the system in which backups may lie, as :class:`Root`."""
        return self._of('roots')

    @property
    def shares(self) -> list:
        """The network shares and FUSE file systems that are mounted, as :class:`volumes.Mount`, each once; none of them was touched."""
        return self._of('shares')

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder. :raises SourceUnavailable: it may not be looked at"""
        return self._of('exists')(path)


    def finds(self, pattern: str) -> bool:
        """Tell whether there is a file of this pattern, in which ``**`` is any number of folders.

        :raises SourceUnavailable: none is found, and some folder may not be looked at
        """
        return self._of('finds')(pattern)


def here() -> Scene:
    """Return the scene of this machine."""
    sources = {
        'processes': read_processes, 'listeners': read_listeners, 'services': read_services, 'homes': read_homes, 'programs': read_programs,
        'printers': read_printers, 'upses': read_upses, 'battery': read_battery, 'roots': read_roots, 'shares': read_shares, 'exists': lambda: exists,
        'finds': lambda: finds,
    }
    return Scene(sources, is_windows=WINDOWS, kinds=registry.kinds())


def exists(path: str) -> bool:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SourceUnavailable(f"{path}: {error.strerror or error}") from error
    return True


def finds(pattern: str) -> bool:
    from .collectors._open_file import find_files
    try:
        found, unread = find_files(pattern)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SourceUnavailable(f"{pattern}: {error.strerror or error}") from error
    if unread and not found:
        raise SourceUnavailable(unread[0])
    return bool(found)


# === SOURCES === #

def read_processes() -> list[Process]:
    """:raises SourceUnavailable: they cannot be listed, or those of others are hidden"""
    import psutil

    from .collectors import process as of_processes
    from .collectors._unreadable import UNREADABLE
    try:
        listed = list(psutil.process_iter())
    except UNREADABLE as error:
        raise SourceUnavailable(f"processes cannot be listed: {error}") from error
    blind = '' if WINDOWS else of_processes.blindness(*of_processes._own_rights())
    if blind or not listed:
        raise SourceUnavailable(blind or "the system lists no process at all")
    others = [one for one in listed if one.pid not in (os.getpid(), os.getppid())]
    found = [told for one in others if (told := _process(psutil, one))]
    if others and not found:
        raise SourceUnavailable("no process tells what it is")
    return found


def _process(psutil, one) -> Process | None:
    """Return what may be known of a process, None when it has ended."""
    from .collectors._unreadable import UNREADABLE
    try:
        name, parent = one.name(), one.ppid()
        if one.status() == psutil.STATUS_ZOMBIE:
            return None
    except UNREADABLE:
        return None
    hidden = set() if shows_ports(one.pid) else {'ports'}
    argv, folder = _told(psutil, one.cmdline, 'argv', hidden), _told(psutil, one.cwd, 'folder', hidden)
    return Process(one.pid, parent, name, tuple(argv or ()), folder or '', frozenset(hidden))


def _told(psutil, ask, what: str, hidden: set):
    """Return what a process tells; None, and ``what`` is put among ``hidden``, when this agent may not see it."""
    from .collectors._unreadable import UNREADABLE
    try:
        return ask()
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return None
    except UNREADABLE:
        hidden.add(what)
        return None


def shows_ports(pid: int) -> bool:
    """Tell whether this agent may see which ports are a process's: by its open files on Linux; Windows tells everybody."""
    if WINDOWS:
        return True
    try:
        with os.scandir(f'/proc/{pid}/fd') as entries:
            for entry in entries:
                os.readlink(entry.path)
                break
    except PermissionError:
        return False
    except OSError:  # it has ended, or closed the file meanwhile
        return True
    return True


def read_listeners() -> list[Listener]:
    """:raises SourceUnavailable: ports cannot be listed"""
    import psutil

    from .collectors._unreadable import UNREADABLE
    try:
        found = psutil.net_connections(kind='tcp')
    except UNREADABLE as error:
        raise SourceUnavailable(f"ports cannot be listed: {error}") from error
    waiting = {Listener(one.laddr.ip, one.laddr.port, one.pid) for one in found if one.status == psutil.CONN_LISTEN}
    return sorted(waiting, key=lambda one: (one.port, one.address))


def read_services() -> list[Service]:
    """Return them as a process of its own tells them: who asks Windows may wait for ever, and lets no other thread go on meanwhile.

    :raises SourceUnavailable: the service manager does not answer, not in time, or names none at all
    """
    from .collectors import _services
    found = _services.query(patterns=['*'], titles=True)
    if not found:
        raise SourceUnavailable("Windows lists no services at all")
    # One that may not be looked at is known by its name alone.
    return [Service(one['name'], one.get('title', ''), one.get('status') == 'running') for one in found]


def read_homes() -> list[str]:
    """:raises SourceUnavailable: the folder of all homes may not be read"""
    if WINDOWS:
        return folders_in(os.path.join(os.environ.get('SystemDrive', 'C:') + '\\', 'Users'))
    return [*folders_in('/home'), '/root']


def folders_in(path: str) -> list[str]:
    """Return the folders in a folder, none when it is not there. :raises SourceUnavailable: it may not be read"""
    try:
        with os.scandir(path) as entries:
            return sorted(one.path for one in entries if one.is_dir(follow_symlinks=False) and one.name.lower() not in SHARED_HOMES)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceUnavailable(f"{path}: {error.strerror or error}") from error


def read_programs() -> list[str]:
    """:raises SourceUnavailable: the folders of programs may not be read"""
    roots = dict.fromkeys(filter(None, (os.environ.get('ProgramFiles'), os.environ.get('ProgramFiles(x86)'))))
    return sorted({os.path.basename(path) for root in roots for path in folders_in(root)})


def read_printers() -> list[str]:
    """Return the names of the queues, from where the print system keeps them. :raises SourceUnavailable: that may not be read"""
    if WINDOWS:
        return _windows_printers()
    try:
        return sorted(name[:-4] for name in os.listdir(CUPS_QUEUES) if name.endswith('.ppd'))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceUnavailable(f"{CUPS_QUEUES}: {error.strerror or error}") from error


def _windows_printers() -> list[str]:
    import winreg
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r'SYSTEM\CurrentControlSet\Control\Print\Printers') as key:
            return sorted(winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0]))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceUnavailable(f"the list of printers: {error.strerror or error}") from error


def read_upses(host: str = LOOPBACK, port: int = 3493) -> list[str]:
    """Return the names that ``upsd`` tells without a password, none when nobody listens. :raises SourceUnavailable: it does not answer as one"""
    import socket
    said = b''
    try:
        with socket.create_connection((host, port), timeout=ANSWER_S) as line:
            line.sendall(b'LIST UPS\n')
            while b'END LIST UPS' not in said and len(said) < MAX_ANSWER and (part := line.recv(4096)):
                said += part
    except ConnectionRefusedError:
        return []
    except OSError as error:
        raise SourceUnavailable(f"port {port} of this machine: {error.strerror or error}") from error
    return parse_upses(said.decode('utf-8', 'replace'))


# BEGIN LIST UPS
# UPS upsilon "Secondary UPS"
# END LIST UPS
def parse_upses(text: str) -> list[str]:
    """Return the names of an answer to ``LIST UPS``. Pure. :raises SourceUnavailable: it is none"""
    if 'END LIST UPS' not in text:
        raise SourceUnavailable("what listens on the port of upsd does not answer as upsd does")
    return [words[1] for line in text.splitlines() if len(words := line.split(' ', 2)) > 1 and words[0] == 'UPS']


def read_battery() -> bool:
    """:raises SourceUnavailable: the system cannot be asked"""
    from .collectors import battery
    return battery.query() is not None


def read_roots() -> list[Root]:
    """Return the drives of this machine, a level or two deep, and the folders where systems put backups. Network shares are not looked into.

    :raises SourceUnavailable: the drives cannot be listed
    """
    from .volumes import by_volume, read_mounts
    points = [ways[0].point for ways in by_volume(one for one in read_mounts() if one.role == 'local')]
    drives = [Root(point + '\\' if point.endswith(':') else point, 2) for point in points]
    return drives if WINDOWS else [*drives, Root('/var/backups', 2), Root('/srv', 3), Root('/opt', 2)]


def read_shares() -> list:
    """Return where network shares and FUSE file systems are mounted. The system's table names them: one that is dead keeps nobody waiting.

    :raises SourceUnavailable: the table cannot be read
    """
    from .volumes import by_volume, read_mounts
    return [ways[0] for ways in by_volume(one for one in read_mounts() if one.role == 'network')]
