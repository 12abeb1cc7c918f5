"""Who finds what: one pure function a family, given the scene (``scene.Scene``), yields what is here as ``discovery.Finding``.

To add one, write a function with ``@finder('family')``. What it has found before a source fails counts, and its family is called blind: what
else it would have found has not vanished. Settings hold only what tells this thing from others of its kind: a port, a folder, a name; never a
command line, which can hold a password.
"""
from __future__ import annotations

import glob
import os
import re
from functools import partial

from . import backup_folders
from .collectors import _program
from .discovery import Finding
from .errors import SourceUnavailable
from .judge import counted
from .scene import Root
from .volumes import ask, without_password

FINDERS: dict = {}
HEALTH = '/web/health?db_server_status=1'
ODOO_PORT, SQL_PORT, RDP_PORT, UPSD = 8069, 1433, 3389, ('127.0.0.1', 3493)
SYSTEM_FOLDERS = ('/usr', '/lib', '/bin', '/sbin', '/etc', '/proc', '/sys', '/dev', '/run', '/boot')
# What is mounted here is a program's own, or the system's: no place where anybody keeps files.
PROGRAMS_PLACES = ('/proc', '/sys', '/dev', '/run', '/var/run', '/etc', '/boot', '/lib', '/usr/lib', '/snap', '/var/snap', '/var/lib/snapd',
                   '/var/lib/docker', '/var/lib/containers', '/var/lib/containerd', '/var/lib/kubelet', '/var/lib/lxcfs')
MAX_SHARES = 16
# Where a machine's own programs answer also from itself.
OWN = ('127.0.0.1', '0.0.0.0', '::', '::1')
NOT_A_SERVER = {'--stop-after-init', 'shell', 'scaffold', 'db', 'neutralize', 'cloc', 'populate', 'deploy', 'i18n', 'module'}
SQL_SERVICE = r'^mssql(server$|\$)'
WEB = {'nginx': "nginx", 'apache2': "Apache", 'httpd': "Apache", 'caddy': "Caddy", 'lighttpd': "lighttpd"}
WEB_PORTS, TLS_PORTS = (80, 443, 8080, 8443), (443, 8443)
# IIS lets Windows itself wait on its ports (http.sys): the process "System". These ports are of other parts of Windows there: shares, NFS, PPTP,
# UPnP, devices on the network, remote management, media.
WINDOWS_ITSELF, WINDOWS_OWN_PORTS = 4, frozenset({111, 139, 445, 1723, 2049, 2869, 5357, 5358, 5985, 5986, 10243, 47001})
CARD_PRINTERS = r'fargo|\bhid\b|evolis|datacard|\bzc\d{2,3}\b|\bzxp\b|magicard|primacy|\bcard\b'
OFFICE_SYSTEMS = (
    ('kashear', "Kashear", r'ka?she?ar'),
    ('machine_software', "Machine Software", r'zkteco|zkaccess|zktime|attendance|machine ?software'),
    ('mayet', "MaYet", r'ma-?yet'),
)


def finder(family: str):
    """Register a function of the scene as the finder of a family."""
    def register(function):
        FINDERS[family] = function
        return function
    return register


def look_around(scene, patience_s: float) -> tuple[list, dict]:
    """Return what all finders found, as the wire has it, and the families that could not be looked at with the reason.

    :param patience_s: seconds after which a finder that hangs is given up; all look at the same time
    """
    heard: dict = {family: [] for family in FINDERS}
    answers = ask({('discover', family): partial(_hear, family, scene, heard[family]) for family in FINDERS}, patience_s)
    blind = {family: str(answer) for (_discover, family), answer in answers.items() if answer is not None}
    return [one.as_dict(family) for family, found in heard.items() for one in list(found)], blind


def _hear(family: str, scene, found: list) -> str | None:
    """Let a finder fill ``found``; return why it could not look at all there is, None when it could."""
    try:
        for one in FINDERS[family](scene):
            found.append(one)
    except SourceUnavailable as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  one broken finder must not silence the others
        return f"the finder failed: {type(error).__name__}"
    return None


# === WHAT SEVERAL FINDERS ASK === #

def running(scene, pattern: str) -> list:
    """Return the processes whose program is called like a regular expression (whole name, whatever the case)."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [one for one in scene.processes if any(wanted.fullmatch(name) for name in _program.names(one.name.removesuffix('.exe'), one.argv))]


def services(scene, pattern: str) -> list:
    """Return the Windows services whose name or title holds a regular expression."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [one for one in scene.services if wanted.search(one.name) or wanted.search(one.title)]


def ports_of(scene, processes) -> list[int]:
    """Return the ports on which these processes wait, as far as it may be known whose they are."""
    pids = {one.pid for one in processes}
    return sorted({one.port for one in scene.listeners if one.pid in pids and one.address in OWN})


def check_ports(scene, processes, own=OWN) -> None:
    """Let a finder end blind when ports are open of which nobody may say that they are not these processes'.

    A port without an owner says nothing by itself: the kernel waits on some (NFS) also where every owner is seen.

    :param own: addresses at which a port counts, none for any
    :raises SourceUnavailable: one of them does not show this agent which ports are its own
    """
    shut = sorted({one.name for one in processes if 'ports' in one.hidden})
    if shut and any(one.pid is None and (not own or one.address in own) for one in scene.listeners):
        raise SourceUnavailable(f"this agent may not see which ports are those of {', '.join(shut)}")


def check_told(processes, what: str, words: str) -> None:
    """:raises SourceUnavailable: one of the processes hides ``what`` from this agent"""
    shut = sorted({one.name for one in processes if what in one.hidden})
    if shut:
        raise SourceUnavailable(f"this agent may not see the {words} of {', '.join(shut)}")


def heads(processes) -> list:
    """Return those of some processes that no other of them has started."""
    pids = {one.pid for one in processes}
    return [one for one in processes if one.parent not in pids]


def family_of(head, processes) -> list:
    """Return a process and those of ``processes`` that it has started, at whatever distance."""
    found, grown = {head.pid: head}, True
    while grown:
        young = {one.pid: one for one in processes if one.parent in found and one.pid not in found}
        found |= young
        grown = bool(young)
    return list(found.values())


def offered(scene, *choices):
    """Return the first of some findings of which this agent has the collector, else the last."""
    return next((one for one in choices if one.kind in scene.kinds), choices[-1])


def option(argv, *names: str) -> str:
    """Return the value of an option of a command line, empty when it is not given.

    >>> option(('odoo', '--http-port=8070'), '--http-port', '-p'), option(('odoo', '-p', '8071'), '--http-port', '-p'), option(('odoo',), '-p')
    ('8070', '8071', '')
    """
    for index, word in enumerate(argv):
        head, equals, value = word.partition('=')
        if head in names:
            return value if equals else argv[index + 1] if index + 1 < len(argv) else ''
    return ''


# === THE MACHINE === #

@finder('system')
def find_system(scene):
    """What every machine has: the checks that need no setting."""
    yield Finding('host', 'host', {}, True, "Every host has a processor and memory.")
    yield Finding('disk', 'disk', {}, True, "Every host has disks.")
    yield Finding('disk_forecast', 'disk_forecast', {}, False, "Every disk fills up one day; it takes three days of looking before it can tell when.")
    yield Finding('agent', 'agent', {}, True, "The agent can look after itself.")
    if scene.is_windows:
        yield Finding('events', 'events', {}, True, "Windows keeps an event log here.")
        yield Finding('failed_units', 'failed_units', {}, True, "Windows starts services by itself here.")
        yield Finding('pending_reboot', 'pending_reboot', {}, True, "Windows asks for restarts after updates.")
        return
    is_booted = scene.exists('/run/systemd/system')  # a container keeps neither a journal nor a kernel of its own
    if scene.exists('/run/log/journal') or scene.exists('/var/log/journal'):
        yield Finding('events', 'events', {}, is_booted, "This system keeps a journal.")
    if is_booted:
        yield Finding('failed_units', 'failed_units', {}, True, "systemd starts services by itself here.")
    if scene.exists('/var/lib/dpkg'):
        yield Finding('pending_reboot', 'pending_reboot', {}, is_booted, "This system asks for restarts after updates.")


@finder('shares')
def find_shares(scene):
    """Network shares and FUSE file systems, which a check of the disks leaves out until somebody names them.

    Never sure: several hosts mount one share, and each would call when it is full; and what is named is expected, so that one which is mounted
    for an hour at a time would be critical for the rest of the day.
    """
    places = [one for one in scene.shares if is_for_files(one)]
    for one in places[:MAX_SHARES]:
        why = f"{without_password(one.device)[:80]} is mounted in {one.point[:100]}."
        yield Finding('share_room', 'disk', {'include': [glob.escape(one.point)]}, False, why)
    if len(places) > MAX_SHARES:
        raise SourceUnavailable(f"{counted(len(places), 'share is', 'shares are')} mounted; the first {MAX_SHARES} are proposed")


def is_for_files(mount) -> bool:
    """Tell whether people may keep files where something is mounted: not in a folder of the system or a hidden one, not on a visitor's screen."""
    is_programs_own = any(mount.point == place or mount.point.startswith(place + '/') for place in PROGRAMS_PLACES)
    return not is_programs_own and '/.' not in mount.point and not mount.device.casefold().startswith('\\\\tsclient')


@finder('battery')
def find_battery(scene):
    if scene.has_battery:
        yield Finding('battery', 'battery', {}, True, "This machine has a battery.")


@finder('ups')
def find_ups(scene):
    """UPSs that NUT's ``upsd`` knows on this machine."""
    for name in scene.upses:
        yield Finding('ups_nut', 'ups_nut', {'ups': name}, True, f"upsd on this machine watches a UPS called {name}.")


# === DATABASES AND ERP === #

def odoo_servers(scene) -> list[list]:
    """Return the processes of each Odoo server: the one that was started, and its workers."""
    found = [one for one in running(scene, r'odoo(-bin)?|odoo-bin\.py|openerp-server') if not NOT_A_SERVER & set(one.argv)]
    return [family_of(head, found) for head in heads(found)]


@finder('odoo')
def find_odoo(scene):
    """Odoo servers by their processes, with the port each waits on."""
    servers, unseen = odoo_servers(scene), []
    for server in servers:
        said = option(server[0].argv, '--http-port', '-p', '--xmlrpc-port')
        open_ports = ports_of(scene, server)
        if not said.isdigit() and any('ports' in one.hidden for one in server):
            unseen += server
            if not open_ports and not any(one.port == ODOO_PORT and one.pid is None for one in scene.listeners):
                # It waits on another port, which its file tells. Who may see that one is open to other hosts only calls it so too.
                yield Finding('odoo_process', 'process', {}, True, "An Odoo server runs here.", f'odoo {ODOO_PORT}')
                continue
        port = int(said) if said.isdigit() else ODOO_PORT if ODOO_PORT in open_ports or not open_ports else open_ports[0]
        is_sure = port in open_ports
        # Of one server the template's own words are enough; of several the port tells them apart, as far as it was given to them.
        told = {'cmdline': rf'odoo(-bin)?\b.*(--http-port|--xmlrpc-port|-p)[= ]{port}\b'} if len(servers) > 1 and said else {}
        yield Finding('odoo_process', 'process', told, True, f"An Odoo server runs here on port {port}.", f'odoo {port}')
        base = f'http://127.0.0.1:{port}'
        why = f"An Odoo server answers on port {port}." if is_sure else f"An Odoo server runs here; that it answers on port {port} could not be seen."
        yield Finding('odoo_http', 'http', {'url': base + HEALTH}, is_sure, why)
        yield Finding('odoo_database', 'odoo', {'url': base}, is_sure, why)
    check_ports(scene, unseen, own=())
    check_told(running(scene, r'python.*'), 'argv', "command line")


def postgres_servers(scene) -> list:
    return heads(running(scene, r'postgres|postmaster'))


@finder('postgresql')
def find_postgresql(scene):
    """PostgreSQL servers by their processes; a check of the inside needs a role, so it is not ticked by itself."""
    servers = postgres_servers(scene)
    for server in servers:
        folder = option(server.argv, '-D')
        told = {'name': 'postgres', 'cmdline': re.escape(folder)} if len(servers) > 1 and folder else {}
        # Several of which one does not say where its data is cannot be told apart.
        why = f"A PostgreSQL server runs here, with its data in {folder}." if folder else "A PostgreSQL server runs here."
        yield Finding('postgresql_process', 'process', told, bool(told) or len(servers) == 1, why, f'postgresql {folder}')
        for port in ports_of(scene, [server]):
            yield Finding('postgresql', 'postgresql', {'host': '127.0.0.1', 'port': port}, False,
                          f"PostgreSQL answers on port {port}. To look inside it needs a role of its own; the manual of this kind tells how.")
    for service in services(scene, r'^postgresql') if not servers else ():
        yield Finding('postgresql_service', 'service', {'names': [service.name]}, service.is_running, f"The service {service.name} is PostgreSQL.")
    check_ports(scene, servers)
    check_told(servers, 'argv', "command line")


@finder('cnet')
def find_cnet(scene):
    """CNET by its services, and the SQL Server that it keeps its data in."""
    own, engines = services(scene, r'cnet'), services(scene, SQL_SERVICE)
    if own:
        engine = engine_of(own, engines)
        words = ["Services of this machine are called CNET."]
        words += [f"SQL Server's service {engine.name} is looked at too."] if engine and engine not in own else []
        words += ["Which of SQL Server's services is CNET's is not known."] if engines and not engine else []
        yield Finding('cnet_service', 'service', {'names': sorted({one.name for one in (*own, engine) if one})}, True, ' '.join(words))
    running_engines = running(scene, r'sqlservr')
    ports = ports_of(scene, running_engines)
    if not ports and engines:
        ports = [SQL_PORT]
    for port in ports[:1] if SQL_PORT not in ports else [SQL_PORT]:
        yield Finding('cnet_sqlserver', 'sqlserver', {'host': '127.0.0.1', 'port': port}, bool(own),
                      f"SQL Server answers on port {port}." if own else f"SQL Server is here (port {port}); whether it is CNET's is not known.")
    check_ports(scene, running_engines)


def engine_of(own, engines):
    """Return the service of SQL Server that CNET needs: one that is called CNET, the default instance, or the only one; None when that cannot be told."""
    return next((one for one in engines if one in own), None) or next(
        (one for one in engines if one.name.lower() == 'mssqlserver' or len(engines) == 1), None)


@finder('peachtree')
def find_peachtree(scene):
    """The engine of Peachtree (Sage 50): Pervasive, Actian Zen."""
    own = services(scene, r'psqlwge|pervasive|actian|zen (workgroup|server|engine)')
    if own or running(scene, r'w3dbsmgr'):
        why = f"The service {own[0].name} is the engine of Peachtree." if own else "The engine of Peachtree (w3dbsmgr) runs here."
        old = {'names': [own[0].name]} if own else {}
        yield offered(scene, Finding('peachtree_engine', 'peachtree', {}, True, why, 'engine'),
                      Finding('peachtree_service', 'service', old, bool(own), why, 'engine'))


@finder('web')
def find_web(scene):
    """Other web servers, with the ports they wait on."""
    servers = []
    for name, title in WEB.items():
        here = running(scene, re.escape(name))
        servers += here
        for port in ports_of(scene, here)[:4]:
            yield web_server(port, f"{title} answers on port {port}.")
    if scene.is_windows:
        yield from find_iis(scene)
    check_ports(scene, servers)


def web_server(port: int, why: str) -> Finding:
    scheme = 'https' if port in TLS_PORTS else 'http'
    return Finding('web_server', 'http', {'url': f'{scheme}://127.0.0.1:{port}/'}, False, why)


def find_iis(scene):
    """Yield a finding a port on which Windows itself waits as it does for IIS, where IIS runs.

    :raises SourceUnavailable: it waits on others too, and nobody says for whom
    """
    if not running(scene, r'w3wp') and not any(one.is_running for one in services(scene, r'^w3svc$')):
        return
    ports = {one.port for one in scene.listeners if one.pid in (WINDOWS_ITSELF, None) and one.address in OWN} - WINDOWS_OWN_PORTS
    for port in sorted(ports & set(WEB_PORTS)):
        yield web_server(port, f"IIS runs here, and Windows waits on port {port} as it does for IIS.")
    if rest := sorted(ports - set(WEB_PORTS)):
        told = ', '.join(map(str, rest[:8])) + (", …" if len(rest) > 8 else '')
        raise SourceUnavailable(f"IIS runs here, and Windows itself waits on port {told}: whether for IIS could not be told")


# === SALES AND OFFICE === #

@finder('so_engine')
def find_so_engine(scene):
    """SO Engine by the jar that a Java runs, and the folders that it and Loj Insights write into."""
    for java in running(scene, r'javaw?'):
        jar = next((name for name in _program.names('', java.argv) if name.lower().endswith('.jar')), '')
        if jar:
            is_sure = bool(re.search(r'loj|so[-_ ]?engine', jar, re.IGNORECASE))
            why = f"A Java runs {jar}." if is_sure else f"A Java runs {jar}; whether that is SO Engine is not known."
            yield Finding('so_engine_process', 'process', {'jar': jar}, is_sure, why)
    for home in scene.homes:
        home = home.replace('\\', '/')
        log, reports = f'{home}/Logs', f'{home}/Documents/Loj/Sales Report'
        if scene.finds(f'{log}/**/C_ - Loj Server Log.csv'):
            yield Finding('so_engine_log', 'last_row', {'path': f'{log}/**/C_ - Loj Server Log.csv'}, True, f"SO Engine writes its log in {log}.")
        shortcut = f'{home}/Desktop/Sales Report.lnk'
        folders = [path for path in (reports, shortcut) if scene.exists(path)]
        if folders:
            for code in ('loj_daily_report', 'loj_weekly_report'):
                yield Finding(code, 'report_arrival', {'folders': folders}, True, f"Loj Insights writes its reports in {folders[0]}.")
    check_told(running(scene, r'javaw?'), 'argv', "command line")


@finder('mega')
def find_mega(scene):
    """MEGAcmd, which can be asked, and the desktop program, which can only be seen."""
    if running(scene, r'mega-?cmd(-?server)?'):
        yield Finding('megasync_sync', 'mega_sync', {}, True, "MEGAcmd runs here.", 'megacmd')
    elif 'MEGAcmd' in scene.programs or (not scene.is_windows and scene.exists('/usr/bin/mega-cmd-server')):
        yield Finding('megasync_sync', 'mega_sync', {}, False, "MEGAcmd is installed here; it does not run now.", 'megacmd')
    if running(scene, r'megasync'):
        yield Finding('megasync_process', 'process', {}, True, "MegaSync runs here.")


@finder('programs')
def find_office_systems(scene):
    """Programs of the office by their names; nobody could say what they are called for sure."""
    for code, title, pattern in OFFICE_SYSTEMS:
        for one in heads(running(scene, rf'.*({pattern}).*'))[:1]:
            name = _program.base(one.name)
            yield Finding(code, 'process', {'name': rf'(?i)^{re.escape(name)}'}, False, f"A program called {name} runs here: is it {title}?")


@finder('printing')
def find_printing(scene):
    """The print system, and a card printer among its queues."""
    spooler = services(scene, r'^spooler$')
    if spooler or running(scene, r'cupsd'):
        names = [spooler[0].name] if spooler else ['cups*']
        why = "Windows' print spooler is here." if spooler else "CUPS, the print system, runs here."
        yield offered(scene, Finding('print_queue', 'print_queue', {}, bool(scene.printers), why, 'queues'),
                      Finding('print_spooler_service', 'service', {'names': names}, bool(scene.printers), why, 'queues'))
    cards = [name for name in scene.printers if re.search(CARD_PRINTERS, name, re.IGNORECASE)]
    if cards or running(scene, r'asure ?id.*|top ?id.*'):
        why = f"The printer {cards[0]} prints cards." if cards else "The ID software runs here."
        yield Finding('id_station', 'id_station', {}, bool(cards), why, 'station')


# === REMOTE ACCESS === #

@finder('tailscale')
def find_tailscale(scene):
    own = services(scene, r'^tailscale$')
    if own or running(scene, r'tailscaled') or (not scene.is_windows and scene.exists('/usr/sbin/tailscaled')):
        yield offered(scene, Finding('tailscale', 'tailscale', {}, True, "Tailscale is installed here.", 'tailscale'),
                      Finding('tailscale_service', 'service', {}, True, "Tailscale is installed here.", 'tailscale'))


@finder('rustdesk')
def find_rustdesk(scene):
    if services(scene, r'^rustdesk') or running(scene, r'rustdesk'):
        yield Finding('rustdesk', 'rustdesk', {}, True, "RustDesk is installed here.")


@finder('anydesk')
def find_anydesk(scene):
    if services(scene, r'^anydesk') or running(scene, r'anydesk.*'):
        yield Finding('anydesk', 'anydesk', {}, True, "AnyDesk is installed here.")


@finder('rdp')
def find_rdp(scene):
    """Remote Desktop by its port; another port only where it is known to be xrdp's."""
    open_ports = {one.port for one in scene.listeners if one.address in OWN}
    servers = running(scene, r'xrdp') if RDP_PORT not in open_ports else []
    ports = [RDP_PORT] if RDP_PORT in open_ports else ports_of(scene, servers)
    for port in ports[:1]:
        told = {} if port == RDP_PORT else {'host': '127.0.0.1', 'port': port}
        why = f"Remote Desktop answers on port {port}."
        yield offered(scene, Finding('rdp', 'rdp', told, True, why, f'rdp {port}'), Finding('rdp_port', 'tcp', told, True, why, f'rdp {port}'))
    check_ports(scene, servers)


# === BACKUPS === #

@finder('backups')
def find_backups(scene):
    """Folders whose newest files look like a series of backups."""
    walk = backup_folders.Walk()
    blind = None
    for roots in (server_roots, home_roots, lambda scene: scene.roots):
        try:
            for root in roots(scene):
                walk.into(root.path, root.depth)
        except SourceUnavailable as error:
            blind = blind or error
    yield from backup_folders.findings(walk.folders, walk.now)
    if blind:
        raise blind
    walk.check_whole()


def server_roots(scene):
    """Yield the folders in which the servers found here work, and those beside them: who runs a server often keeps its dumps there.

    :raises SourceUnavailable: of some it may not be seen where they work
    """
    found = {}
    servers = [*(server[0] for server in odoo_servers(scene)), *postgres_servers(scene), *running(scene, r'javaw?|sqlservr')]
    for one in servers:
        folder = one.folder.rstrip('/\\')
        # A folder near the root is the system's, not this server's.
        if len(re.split(r'[\\/]', folder)) > 3 and not folder.startswith(SYSTEM_FOLDERS):
            found[folder] = Root(folder, 2)
            found[os.path.dirname(folder)] = Root(os.path.dirname(folder), 2)
    yield from found.values()
    check_told(servers, 'folder', "working folder")
    check_told(running(scene, r'python.*'), 'argv', "command line")  # one could be an Odoo


def home_roots(scene) -> list:
    """Return what people keep: their documents, their desktop, and the folders directly in their home."""
    return [root for home in scene.homes for root in (Root(os.path.join(home, 'Documents'), 3), Root(os.path.join(home, 'Desktop'), 3), Root(home, 1))]
