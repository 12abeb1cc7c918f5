"""What each finder makes of a machine that is told to it, and what it says when it cannot look."""
import inspect
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from conftest import nobody

from itc_agent import discovery, finders, registry, volumes
from itc_agent import scene as scenes
from itc_agent.collectors import _services, disk
from itc_agent.errors import SourceUnavailable
from itc_agent.scene import Listener, Process, Scene, Service, parse_upses, read_upses

EMPTY = {
    'processes': [], 'listeners': [], 'services': [], 'homes': [], 'programs': [], 'printers': [], 'upses': [], 'battery': False, 'roots': [], 'shares': []}
ODOO = ('/usr/bin/python3', '/usr/bin/odoo-bin', '-d', 'prod', '--db_password', 'S3cret')
NEW_KINDS = {'tailscale', 'print_queue', 'peachtree', 'rdp', 'last_row', 'report_arrival'}


def scene(*, windows=False, files=(), kinds=NEW_KINDS, **told):
    """A machine on which there is what is told and nothing else; a source told as an exception cannot be asked."""
    sources = {}
    for name, value in {**EMPTY, **told}.items():
        def source(value=value):
            if isinstance(value, Exception):
                raise value
            return value
        sources[name] = source
    sources['exists'] = lambda: lambda path: path in files
    sources['finds'] = lambda: lambda pattern: any(fnmatch(path, pattern.replace('/**/', '/*')) for path in files)
    return Scene(sources, is_windows=windows, kinds=kinds)


def found(family, there):
    return {(one.code, one.kind): (one.settings, one.sure) for one in finders.FINDERS[family](there)}


def java(*words, pid=50):
    return Process(pid, 1, 'java', ('/usr/bin/java', *words))


def test_an_odoo_is_found_with_the_port_that_its_worker_waits_on():
    there = scene(processes=[Process(10, 1, 'python3', ODOO), Process(11, 10, 'python3', ODOO)], listeners=[Listener('0.0.0.0', 8070, 11)])
    assert found('odoo', there) == {
        ('odoo_process', 'process'): ({}, True),
        ('odoo_http', 'http'): ({'url': 'http://127.0.0.1:8070/web/health?db_server_status=1'}, True),
        ('odoo_database', 'odoo'): ({'url': 'http://127.0.0.1:8070'}, True)}


def test_an_odoo_whose_port_cannot_be_seen_is_not_sure():
    there = scene(processes=[Process(10, 1, 'odoo', ('/usr/bin/odoo', '--http-port=9000'))], listeners=[Listener('0.0.0.0', 9000, None)])
    assert found('odoo', there)['odoo_http', 'http'] == ({'url': 'http://127.0.0.1:9000/web/health?db_server_status=1'}, False)


def test_several_odoos_are_told_apart_by_the_ports_they_were_given():
    there = scene(processes=[Process(10, 1, 'odoo', ('/usr/bin/odoo', '--http-port', '8069')), Process(20, 1, 'odoo', ('/usr/bin/odoo', '-p', '8070'))],
                  listeners=[Listener('127.0.0.1', 8069, 10), Listener('127.0.0.1', 8070, 20)])
    told = [one for one in finders.find_odoo(there) if one.code == 'odoo_process']
    assert [one.settings['cmdline'] for one in told] == [rf'odoo(-bin)?\b.*(--http-port|--xmlrpc-port|-p)[= ]{port}\b' for port in (8069, 8070)]
    assert len({one.as_dict('odoo')['key'] for one in told}) == 2


@pytest.mark.parametrize('argv', [
    ('/usr/bin/vim', 'odoo.conf'), ('/usr/bin/odoo', 'shell', '-d', 'prod'), ('/usr/bin/odoo', '-i', 'sale', '--stop-after-init'), ('tail', '-f', 'odoo.log')])
def test_what_only_names_odoo_or_ends_by_itself_is_no_server(argv):
    assert not found('odoo', scene(processes=[Process(10, 1, argv[0].rsplit('/', 1)[-1], argv)]))


def test_postgresql_is_found_once_with_its_port_and_a_check_of_its_inside_is_not_ticked():
    there = scene(processes=[Process(5, 1, 'postgres', ('/usr/lib/postgresql/15/bin/postgres', '-D', '/var/lib/pg')),
                             Process(6, 5, 'postgres', ('postgres: checkpointer',))],
                  listeners=[Listener('127.0.0.1', 5433, 5)])
    assert found('postgresql', there) == {
        ('postgresql_process', 'process'): ({}, True), ('postgresql', 'postgresql'): ({'host': '127.0.0.1', 'port': 5433}, False)}


def test_several_postgresqls_are_told_apart_by_their_folders():
    there = scene(processes=[Process(5, 1, 'postgres', ('postgres', '-D', '/a/pg.1')), Process(7, 1, 'postgres', ('postgres', '-D', '/b')),
                             Process(9, 1, 'postgres', ('postgres',))])
    told = [(one.settings, one.sure) for one in finders.find_postgresql(there)]
    assert told == [({'name': 'postgres', 'cmdline': r'/a/pg\.1'}, True), ({'name': 'postgres', 'cmdline': '/b'}, True), ({}, False)]


def test_postgresql_of_windows_is_its_service():
    there = scene(windows=True, services=[Service('postgresql-x64-16', "postgresql-x64-16 - PostgreSQL Server 16", True)])
    assert found('postgresql', there) == {('postgresql_service', 'service'): ({'names': ['postgresql-x64-16']}, True)}


def test_cnet_and_its_sql_server():
    there = scene(windows=True, services=[Service('CNETLicense', "CNET License Server", True), Service('MSSQLSERVER', "SQL Server", True)],
                  processes=[Process(4, 1, 'sqlservr.exe')], listeners=[Listener('0.0.0.0', 1433, 4)])
    assert found('cnet', there) == {
        ('cnet_service', 'service'): ({'names': ['CNETLicense', 'MSSQLSERVER']}, True),
        ('cnet_sqlserver', 'sqlserver'): ({'host': '127.0.0.1', 'port': 1433}, True)}


@pytest.mark.parametrize(('engines', 'names', 'says'), [
    (['MSSQLSERVER'], ['CNETLicense', 'MSSQLSERVER'], "SQL Server's service MSSQLSERVER is looked at too"),
    (['MSSQL$DATA'], ['CNETLicense', 'MSSQL$DATA'], "service MSSQL$DATA is looked at"),
    (['MSSQL$SAGE', 'MSSQLSERVER'], ['CNETLicense', 'MSSQLSERVER'], "service MSSQLSERVER is looked at"),
    (['MSSQL$CNET', 'MSSQLSERVER'], ['CNETLicense', 'MSSQL$CNET'], "are called CNET."),
    (['MSSQL$SAGE', 'MSSQL$DATA'], ['CNETLicense'], "Which of SQL Server's services is CNET's is not known"),
    (['MSSQLServerOLAPService', 'MSSQLFDLauncher', 'SQLBrowser'], ['CNETLicense'], "are called CNET."), ([], ['CNETLicense'], "are called CNET.")])
def test_the_service_of_sql_server_belongs_to_cnets_whatever_it_is_called(engines, names, says):
    there = scene(windows=True, services=[Service(name, name, True) for name in ('CNETLicense', *engines)])
    told = next(one for one in finders.find_cnet(there) if one.code == 'cnet_service')
    assert (told.settings, told.sure) == ({'names': sorted(names)}, True)
    assert says in told.why


def test_a_sql_server_alone_is_not_surely_cnets():
    there = scene(windows=True, services=[Service('MSSQL$SAGE', "SQL Server (SAGE)", True)])
    assert found('cnet', there) == {('cnet_sqlserver', 'sqlserver'): ({'host': '127.0.0.1', 'port': 1433}, False)}


@pytest.mark.parametrize(('told', 'settings', 'sure'), [
    ({'services': [Service('psqlWGE', "Actian PSQL Workgroup", True)]}, {'names': ['psqlWGE']}, True),
    ({'services': [Service('x', "Pervasive PSQL Workgroup", True)]}, {'names': ['x']}, True),
    ({'processes': [Process(4, 1, 'w3dbsmgr.exe')]}, {}, False)])
def test_peachtree_by_its_engine(told, settings, sure):
    assert found('peachtree', scene(windows=True, **told)) == {('peachtree_engine', 'peachtree'): ({}, True)}
    assert found('peachtree', scene(windows=True, kinds=(), **told)) == {('peachtree_service', 'service'): (settings, sure)}


def test_so_engine_is_the_java_that_runs_its_jar():
    there = scene(processes=[java('-Xmx1g', '-jar', '/opt/Loj Server 2.jar'), java('-jar', '/opt/jenkins.war', pid=51),
                             java('-jar', '/opt/erp.jar', '--password=x', pid=52)])
    assert sorted((one.settings['jar'], one.sure) for one in finders.find_so_engine(there)) == [('Loj Server 2.jar', True), ('erp.jar', False)]


def test_a_file_is_looked_for_in_whatever_folders_and_what_may_not_be_looked_at_is_not_nothing(tmp_path, monkeypatch):
    pattern = f'{tmp_path}/Logs/**/C.csv'
    assert not scenes.finds(pattern)
    deep = tmp_path / 'Logs' / '2026' / '11'
    deep.mkdir(parents=True)
    assert not scenes.finds(pattern)
    (deep / 'C.csv').write_text("x", encoding='utf-8')
    assert scenes.finds(pattern)
    monkeypatch.setattr(os, 'scandir', lambda path: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(SourceUnavailable, match="Permission denied"):
        scenes.finds(pattern)


@pytest.mark.parametrize('below', ['', '2026/11/'])
def test_so_engines_log_and_lojs_reports_are_found_where_the_handbook_says(below):
    shortcut = 'C:/Users/Loj/Desktop/Sales Report.lnk'
    files = {f'C:/Users/Loj/Logs/{below}C_ - Loj Server Log.csv', 'C:/Users/Loj/Documents/Loj/Sales Report', shortcut}
    there = scene(windows=True, homes=['C:\\Users\\Abebe', 'C:\\Users\\Loj'], files=files)
    folder = {'folders': ['C:/Users/Loj/Documents/Loj/Sales Report', shortcut]}
    assert found('so_engine', there) == {
        ('so_engine_log', 'last_row'): ({'path': 'C:/Users/Loj/Logs/**/C_ - Loj Server Log.csv'}, True),
        ('loj_daily_report', 'report_arrival'): (folder, True), ('loj_weekly_report', 'report_arrival'): (folder, True)}


@pytest.mark.parametrize(('told', 'expected'), [
    ({'processes': [Process(4, 1, 'mega-cmd-server')]}, {('megasync_sync', 'mega_sync'): ({}, True)}),
    ({'processes': [Process(4, 1, 'MEGAcmdServer.exe')], 'windows': True}, {('megasync_sync', 'mega_sync'): ({}, True)}),
    ({'programs': ['MEGAcmd'], 'windows': True}, {('megasync_sync', 'mega_sync'): ({}, False)}),
    ({'processes': [Process(4, 1, 'MEGAsync.exe')], 'windows': True}, {('megasync_process', 'process'): ({}, True)}),
    ({'processes': [Process(4, 1, 'megasync', ('/usr/bin/megasync',))]}, {('megasync_process', 'process'): ({}, True)}),
])
def test_mega(told, expected):
    assert found('mega', scene(**told)) == expected


def test_tailscale_rustdesk_anydesk():
    names = ('tailscale', 'rustdesk', 'anydesk')
    there = scene(windows=True, services=[
        Service('Tailscale', "Tailscale", False), Service('RustDesk', "RustDesk Service", True), Service('AnyDesk', "AnyDesk Service", True)])
    assert [found(family, there) for family in names] == [{(name, name): ({}, True)} for name in names]
    assert found('tailscale', scene(files={'/usr/sbin/tailscaled'}, kinds=())) == {('tailscale_service', 'service'): ({}, True)}


def test_remote_desktop_by_its_port():
    assert found('rdp', scene(listeners=[Listener('::', 3389, 8)])) == {('rdp', 'rdp'): ({}, True)}
    assert found('rdp', scene(listeners=[Listener('192.0.2.7', 3389, 8)])) == {}
    there = scene(processes=[Process(8, 1, 'xrdp', ('/usr/sbin/xrdp',))], listeners=[Listener('0.0.0.0', 3390, 8)], kinds=())
    assert found('rdp', there) == {('rdp_port', 'tcp'): ({'host': '127.0.0.1', 'port': 3390}, True)}


def test_the_print_system_and_a_card_printer():
    there = scene(windows=True, services=[Service('Spooler', "Print Spooler", True)], printers=['HP LaserJet', 'Fargo DTC1250e'])
    assert found('printing', there) == {('print_queue', 'print_queue'): ({}, True), ('id_station', 'id_station'): ({}, True)}
    there = scene(processes=[Process(8, 1, 'cupsd', ('/usr/sbin/cupsd',))], kinds=())
    assert found('printing', there) == {('print_spooler_service', 'service'): ({'names': ['cups*']}, False)}


def test_a_ups_by_its_name_and_a_battery():
    assert found('ups', scene(upses=['upsilon'])) == {('ups_nut', 'ups_nut'): ({'ups': 'upsilon'}, True)}
    assert found('battery', scene(battery=True)) == {('battery', 'battery'): ({}, True)}


def test_other_web_servers_with_their_ports():
    there = scene(processes=[Process(8, 1, 'nginx', ('nginx: master process',))], listeners=[Listener('0.0.0.0', 80, 8), Listener('0.0.0.0', 443, 8)])
    assert [one.settings['url'] for one in finders.find_web(there)] == ['http://127.0.0.1:80/', 'https://127.0.0.1:443/']


# === WHAT THIS AGENT MAY NOT SEE === #

def machine(hidden=(), ports=((80, 8), (5433, 5), (8070, 11), (3390, 30), (1433, 40), (2049, None))):
    """A machine with servers; of their processes ``hidden`` may not be seen, nor then whose the ports are."""
    hidden = frozenset(hidden)
    folder = '' if 'folder' in hidden else '/srv/itc-nowhere/data'
    programs = ((8, 1, 'nginx', ('nginx: master process',)), (5, 1, 'postgres', ('postgres', '-D', '/var/lib/pg')), (6, 5, 'postgres', ('postgres: x',)),
                (10, 1, 'python3', ODOO), (11, 10, 'python3', ODOO), (30, 1, 'xrdp', ('/usr/sbin/xrdp',)), (40, 1, 'sqlservr', ('sqlservr',)),
                (50, 1, 'java', () if 'argv' in hidden else ('java', '-jar', 'Loj.jar')), (60, 1, 'python3', ()))
    return scene(processes=[Process(*one, folder, hidden) for one in programs],
                 listeners=[Listener('0.0.0.0', port, None if 'ports' in hidden else pid) for port, pid in ports])


ON_PORTS = {'web', 'odoo', 'postgresql', 'rdp', 'cnet'}


def test_an_agent_that_sees_every_owner_is_blind_to_nothing_though_the_kernel_waits_on_a_port():
    told, blind = finders.look_around(machine(), 5)
    assert not blind and {'web_server', 'postgresql', 'odoo_http', 'rdp', 'cnet_sqlserver', 'so_engine_process'} <= {one['code'] for one in told}


def test_ports_of_which_the_owners_are_hidden_are_not_absent_and_nothing_that_had_one_vanishes():
    seen, _blind = finders.look_around(machine(), 5)
    told, blind = finders.look_around(machine({'ports', 'folder'}), 5)
    assert set(blind) == ON_PORTS | {'backups'}
    assert blind['web'] == "this agent may not see which ports are those of nginx"
    assert blind['backups'] == "this agent may not see the working folder of java, postgres, python3, sqlservr"
    gone = {one['key'] for one in seen} - {one['key'] for one in told}
    assert gone and {key.partition(':')[0] for key in gone} <= set(blind), "what is not told again has not vanished"
    assert 'postgresql_process' in {one['code'] for one in told}, "what can be seen is told"
    assert not [one for one in told if one['kind'] in ('http', 'odoo')], "8069 is open to nobody: it is no guess"


def test_a_hidden_server_blinds_nobody_where_no_port_is_left_that_could_be_its_own():
    for ports in ((), ((22, 99),)):
        there = machine({'ports'})
        there._sources['listeners'] = lambda ports=ports: [Listener('0.0.0.0', port, pid) for port, pid in ports]
        assert not ON_PORTS & set(finders.look_around(there, 5)[1])
    nobodys = scene(processes=[Process(9, 1, 'sshd', ('sshd',), '', frozenset({'ports', 'folder'}))], listeners=[Listener('0.0.0.0', 22, None)])
    assert not finders.look_around(nobodys, 5)[1], "who is no server of a family is none of its business"


def test_an_odoo_of_which_the_port_is_hidden_is_guessed_only_where_one_is_open_and_its_family_is_blind():
    there = machine({'ports'}, ports=((8069, None),))
    told, blind = finders.look_around(there, 5)
    assert [(one['settings'], one['sure']) for one in told if one['kind'] == 'odoo'] == [({'url': 'http://127.0.0.1:8069'}, False)] and 'odoo' in blind
    said = scene(processes=[Process(10, 1, 'odoo', ('/usr/bin/odoo', '--http-port=9000'), '/', frozenset({'ports'}))], listeners=[Listener('::', 9000)])
    told, blind = finders.look_around(said, 5)
    assert 'odoo' not in blind and {one['code'] for one in told} >= {'odoo_process', 'odoo_http'}, "the same keys as for who sees it"


def test_an_odoo_that_only_other_hosts_reach_is_told_also_by_who_may_not_see_its_port():
    def look(port, pid, hidden=(), address='192.0.2.7'):
        odoo = Process(10, 1, 'odoo', ('/usr/bin/odoo', '-c', '/etc/odoo.conf'), '/', frozenset(hidden))
        told, blind = finders.look_around(scene(processes=[odoo], listeners=[Listener(address, port, pid)]), 5)
        return {one['key']: one['sure'] for one in told if one['key'].startswith('odoo:')}, 'odoo' in blind

    seen, is_blind = look(8070, 10)
    told, is_blind_then = look(8070, None, {'ports'})
    process = next(key for key in seen if seen[key])
    assert not is_blind and is_blind_then and told == {process: True}
    assert look(8069, 99, {'ports'}, '0.0.0.0') == ({process: True}, False), "8069 is another program's: it is no guess"


def test_command_lines_that_are_hidden_are_not_absent():
    told, blind = finders.look_around(machine({'argv'}), 5)
    assert {'odoo', 'so_engine', 'postgresql', 'backups'} == set(blind)
    assert blind['so_engine'] == "this agent may not see the command line of java" and 'so_engine_process' not in {one['code'] for one in told}


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")
def test_a_real_server_of_somebody_else(tmp_path):
    """What psutil and the kernel really say: as root all of it, as nobody not whose the port is."""
    program = tmp_path / 'nginx'
    program.symlink_to(sys.executable)
    serve = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); time.sleep(60)"
    child = subprocess.Popen([program, '-S', '-c', serve], stdout=subprocess.PIPE, text=True)
    try:
        port = int(child.stdout.readline())
        mine = discovery.Finding('web_server', 'http', {'url': f'http://127.0.0.1:{port}/'}, False, "").as_dict('web')['key']

        def look():
            sources = dict(scene()._sources, processes=scenes.read_processes, listeners=scenes.read_listeners)
            return finders.look_around(Scene(sources), 20)
        told, blind = look()
        assert 'web' not in blind and mine in {one['key'] for one in told}
        with nobody():
            told, blind = look()
        assert "nginx" in blind['web'] and mine not in {one['key'] for one in told}
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.skipif(os.name == 'nt' or os.geteuid() != 0, reason="acting as somebody else needs root")
def test_the_home_of_root_is_looked_for_also_by_who_may_not_look_into_it():
    assert '/root' in scenes.read_homes()
    with nobody():
        assert '/root' in scenes.read_homes()


# === IIS === #

# As netstat -ano would tell it of a Windows Server with IIS, file shares and remote management: process 4 is "System".
SYSTEM = [Listener('0.0.0.0', port, 4) for port in (139, 445, 5357, 5985, 47001)] + [Listener('::', port, 4) for port in (445, 5985)]
OTHERS = [Listener('0.0.0.0', 135, 900), Listener('0.0.0.0', 49664, 700), Listener('0.0.0.0', 3389, 1100)]
W3SVC = [Service('W3SVC', "World Wide Web Publishing Service", True), Service('WAS', "Windows Process Activation Service", True)]


def iis(*ports, services=W3SVC, processes=()):
    listeners = [*SYSTEM, *OTHERS, *(Listener(address, port, 4) for port in ports for address in ('0.0.0.0', '::'))]
    there = scene(windows=True, services=services, processes=[Process(4, 0, 'System'), *processes], listeners=listeners)
    told, blind = finders.look_around(there, 5)
    return [one['settings']['url'] for one in told if one['code'] == 'web_server'], blind.get('web', '')


def test_iis_is_found_by_its_service_or_its_worker_and_the_ports_of_windows_itself():
    urls = ['http://127.0.0.1:80/', 'https://127.0.0.1:443/']
    assert iis(80, 443) == (urls, '')
    assert iis(80, 443, services=[], processes=[Process(77, 5, 'w3wp.exe')]) == (urls, '')
    assert iis() == ([], ''), "it runs and waits on nothing"


def test_without_iis_the_ports_of_windows_are_nobodys_web_server():
    stopped = [Service('W3SVC', "World Wide Web Publishing Service", False)]
    for services in ([], stopped):
        assert iis(80, 8530, services=services) == ([], '')


def test_a_port_of_which_windows_does_not_say_for_whom_it_waits_makes_the_family_blind():
    assert iis(8530) == ([], "IIS runs here, and Windows itself waits on port 8530: whether for IIS could not be told")
    assert iis(80, 8081, 8530) == (['http://127.0.0.1:80/'], "IIS runs here, and Windows itself waits on port 8081, 8530: whether for IIS could not be told")
    assert "RPC server" in iis(80, services=SourceUnavailable("RPC server is unavailable"))[1]


@pytest.mark.parametrize(('program', 'code'), [('Kashear.exe', 'kashear'), ('ZKAccess3.5.exe', 'machine_software'), ('MaYet.exe', 'mayet')])
def test_office_programs_are_asked_about_and_never_sure(program, code):
    [(_code, (settings, sure))] = found('programs', scene(windows=True, processes=[Process(8, 1, program)])).items()
    assert (_code, sure, settings['name'][:5]) == ((code, 'process'), False, '(?i)^')


def test_every_machine_has_a_processor_disks_and_an_agent():
    assert {code for code, _kind in found('system', scene(windows=True))} == {
        'host', 'disk', 'disk_forecast', 'agent', 'events', 'failed_units', 'pending_reboot'}
    assert {code for code, _kind in found('system', scene())} == {'host', 'disk', 'disk_forecast', 'agent'}
    assert {code for code, _kind in found('system', scene(files={'/run/systemd/system'}))} >= {'failed_units'}


@pytest.mark.parametrize('family', sorted(finders.FINDERS))
def test_nothing_is_found_where_nothing_is(family):
    if family != 'system':
        assert found(family, scene()) == found(family, scene(windows=True)) == {}


def test_a_source_that_cannot_be_asked_makes_those_blind_who_need_it_and_no_others():
    there = scene(processes=SourceUnavailable("other users' processes are hidden"), upses=['upsilon'])
    told, blind = finders.look_around(there, 5)
    assert 'ups' in {one['key'].partition(':')[0] for one in told} and 'ups' not in blind and 'system' not in blind
    assert {'odoo', 'postgresql', 'so_engine', 'mega', 'backups'} <= set(blind)
    assert blind['odoo'] == "other users' processes are hidden"


@pytest.mark.parametrize(('child', 'words'), [
    ("import time\ntime.sleep(60)", "the service manager did not answer within 1 s"),
    ("print('{\"error\": \"RPC server is unavailable\"}')", "RPC server is unavailable"), ("print('no json')", "gave no answer that can be read"),
    ("print('{\"services\": []}')", "lists no services at all")], ids=('hangs', 'refuses', 'garbage', 'empty'))
def test_a_service_manager_that_hangs_or_lies_blinds_those_who_need_it_and_no_others(tmp_path, monkeypatch, child, words):
    (tmp_path / 'child.py').write_text(child)
    monkeypatch.setattr(_services, 'CHILD', str(tmp_path / 'child.py'))
    monkeypatch.setattr(_services, 'LIMIT_S', 1.0 if 'sleep' in child else 15.0)
    there = scene(windows=True, processes=[java('-jar', 'Loj.jar')])
    there._sources['services'] = scenes.read_services
    told, blind = finders.look_around(there, 20)
    assert {'so_engine_process', 'disk'} <= {one['code'] for one in told}
    assert {'cnet', 'printing', 'tailscale', 'anydesk'} <= set(blind) and 'system' not in blind and 'so_engine' not in blind
    assert words in blind['cnet']


def test_what_psutil_cannot_read_is_a_source_that_cannot_be_asked(monkeypatch):
    def broken(*_anything, **_more):
        raise RuntimeError("malformed line")

    for name, read in (('process_iter', scenes.read_processes), ('net_connections', scenes.read_listeners), ('sensors_battery', scenes.read_battery)):
        with monkeypatch.context() as patch:
            patch.setattr(psutil, name, broken)
            with pytest.raises(SourceUnavailable, match="malformed line"):
                read()
    monkeypatch.setattr(psutil, 'process_iter', lambda: [SimpleNamespace(pid=-7, name=broken)])
    with pytest.raises(SourceUnavailable, match="no process tells what it is"):
        scenes.read_processes()


def test_a_service_that_may_not_be_looked_at_is_known_by_its_name(tmp_path, monkeypatch):
    listed = [{'name': 'Tailscale', 'title': 'Tailscale', 'status': 'running'}, {'name': 'MSSQL$CNET', 'problem': 'access is denied'},
              {'name': 'x', 'title': 'Pervasive PSQL', 'status': 'stopped'}]
    (tmp_path / 'child.py').write_text(f'import json\nprint(json.dumps({{"services": {listed}}}))')
    monkeypatch.setattr(_services, 'CHILD', str(tmp_path / 'child.py'))
    assert scenes.read_services() == [Service('Tailscale', 'Tailscale', True), Service('MSSQL$CNET', '', False), Service('x', 'Pervasive PSQL', False)]


def test_what_was_found_before_a_source_failed_counts():
    there = scene(processes=[java('-jar', 'Loj.jar')], homes=SourceUnavailable("/home: Permission denied"))
    told, blind = finders.look_around(there, 5)
    assert 'so_engine_process' in {one['code'] for one in told}
    assert blind['so_engine'] == "/home: Permission denied"


def test_a_finder_that_hangs_or_breaks_is_given_up_alone(monkeypatch):
    import threading
    release = threading.Event()

    def hang(_scene):
        yield discovery.Finding('hung', 'tcp', {}, True, "before it hung")
        release.wait(20)

    def broken(_scene):
        raise ValueError("secret words of a command line")
        yield

    monkeypatch.setitem(finders.FINDERS, 'hangs', hang)
    monkeypatch.setitem(finders.FINDERS, 'breaks', broken)
    told, blind = finders.look_around(scene(), 0.5)
    release.set()
    assert 'no answer within' in blind['hangs'] and blind['breaks'] == "the finder failed: ValueError"
    assert {'hung', 'host'} <= {one['code'] for one in told}


def test_no_secret_of_a_command_line_is_told():
    processes = [Process(10, 1, 'odoo', (*ODOO, '--http-port', '8070')), Process(20, 1, 'odoo', (*ODOO, '-p', '8071')),
                 java('-jar', 'Loj.jar', '--token=S3cret'), Process(5, 1, 'postgres', ('postgres', '-D', '/srv/pg', '-c', 'S3cret'))]
    told, _blind = finders.look_around(scene(processes=processes), 5)
    assert len(told) > 8 and 'S3cret' not in repr(told)


def test_what_the_finders_set_is_what_our_collectors_take():
    """Of every kind that this agent has: a name that its collector does not know would never be proposed."""
    plain = ('cupsd', 'xrdp', 'mega-cmd-server', 'sqlservr', 'w3dbsmgr', 'rustdesk', 'anydesk', 'nginx')
    processes = {name: Process(100 + number, 1, name) for number, name in enumerate(plain)}
    ports = {'xrdp': 3390, 'sqlservr': 1433, 'nginx': 80}
    there = scene(
        processes=[Process(10, 1, 'odoo', ('/usr/bin/odoo', '-p', '8069')), Process(20, 1, 'odoo', ('/usr/bin/odoo', '-p', '8070')),
                   java('-jar', 'Loj.jar'), Process(5, 1, 'postgres', ('postgres', '-D', '/srv/pg')), *processes.values()],
        listeners=[Listener('0.0.0.0', 8069, 10), Listener('0.0.0.0', 5432, 5),
                   *(Listener('0.0.0.0', port, processes[name].pid) for name, port in ports.items())],
        printers=['Fargo'], upses=['upsilon'], battery=True, homes=['/home/Loj'], kinds=registry.kinds(),
        shares=[volumes.Mount('/srv/nas', 'nas:/x', 'nfs', '0:60', 'network')],
        files={'/home/Loj/Logs/C_ - Loj Server Log.csv', '/home/Loj/Documents/Loj/Sales Report', '/usr/sbin/tailscaled'})
    told, blind = finders.look_around(there, 5)
    assert not blind and len(told) > 20
    tried = 0
    for one in told:
        if one['kind'] in registry.kinds():
            known = {setting['name']: setting for setting in registry.load(one['kind']).describe()['settings']}
            assert set(one['settings']) <= set(known), one
            for name, value in one['settings'].items():
                registry._typed(one['kind'], registry.load(one['kind']).settings.__dataclass_fields__[name], value)
            tried += 1
    assert tried > 8


def test_every_finding_can_be_told_and_every_family_says_what_it_looks_for():
    told, _blind = finders.look_around(scene(windows=True, upses=['upsilon']), 5)
    assert all(map(discovery.is_sayable, told))
    assert all(inspect.getdoc(function) or len(family) > 3 for family, function in finders.FINDERS.items())


# === SHARES === #

def shares(table):
    return [ways[0] for ways in volumes.by_volume(one for one in volumes.parse_mountinfo(table) if one.role == 'network')]


def test_each_share_is_proposed_once_by_its_place_and_never_ticked():
    table = (Path(__file__).parent / 'samples' / 'disk' / 'mountinfo-shares.txt').read_text(encoding='utf-8')
    there = scene(shares=shares(table + '40 24 0:60 / /home/ann/longer/nas rw - nfs4 nas:/export rw\n'))
    told = {one.settings['include'][0]: (one.code, one.kind, one.sure, one.why) for one in finders.find_shares(there)}
    assert told == {
        '/mnt/office': ('share_room', 'disk', False, "//server/office is mounted in /mnt/office."),
        '/mnt/ssh': ('share_room', 'disk', False, "backup@host:/srv is mounted in /mnt/ssh."),
        '/net/box': ('share_room', 'disk', False, "box:/vol is mounted in /net/box."),
        '/srv/nas': ('share_room', 'disk', False, "nas:/export is mounted in /srv/nas.")}


def test_a_share_with_signs_in_its_name_is_proposed_as_no_pattern():
    there = scene(shares=[volumes.Mount('/srv/nas[1]*', 'nas:/x', 'nfs', '0:60', 'network')])
    one, = finders.find_shares(there)
    assert one.settings == {'include': ['/srv/nas[[]1][*]']}
    target, = disk.choose([], disk.DiskSettings(**one.settings), frozenset())[0]
    assert (target.item, target.named) == (os.path.normpath('/srv/nas[1]*'), True)


JUNK = '''\
40 1 0:40 / /run/user/1000/doc rw - fuse.portal portal rw,user_id=1000
41 1 0:41 / /run/user/1000/doc2 rw - fuse /dev/fuse rw,user_id=1000
42 1 0:42 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
43 1 0:43 / /home/ann/.gvfs rw - fuse.gvfs-fuse-daemon gvfs-fuse-daemon rw
44 1 0:44 / /snap/core/1 ro - fuse.snapfuse snapfuse ro
45 1 0:45 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw
46 1 0:46 / /sys/fs/fuse/connections rw - fusectl fusectl rw
47 1 0:47 / /tmp/.mount_Subl3a ro - fuse.Sublime.AppImage Sublime.AppImage ro
48 1 0:48 / /home/ann/thinclient_drives rw - fuse.xrdp-chansrv xrdp-chansrv rw
49 1 0:49 / /usr/lib/wsl/drivers ro - 9p drivers ro
50 1 0:50 / /etc/hosts rw - virtiofs kata rw
51 1 0:51 / /var/lib/kubelet/pods/1/volumes/x rw - nfs4 nas:/x rw
52 1 0:52 / /auto rw - autofs systemd-1 rw
53 1 0:53 / /home/ann/.cache/doc rw - fuse portal rw
54 1 0:54 / /var/lib/docker/overlay2/x/merged rw - fuse.fuse-overlayfs fuse-overlayfs rw
55 1 8:33 / /mnt/ntfs rw - fuseblk /dev/sdc1 rw
56 1 0:56 / /mnt/cd ro - fuse.squashfuse x.img ro
'''


@pytest.mark.parametrize('line', JUNK.splitlines())
def test_what_a_program_has_mounted_for_itself_is_no_share(line):
    assert not found('shares', scene(shares=shares(line + '\n')))
    assert found('shares', scene(shares=shares(JUNK + '60 1 0:60 / /var/lib/odoo rw - nfs4 nas:/odoo rw\n'))) == {
        ('share_room', 'disk'): ({'include': ['/var/lib/odoo']}, False)}


def test_the_letters_that_stand_for_folders_of_other_machines():
    letters = {
        'C:': r'\Device\HarddiskVolume3', 'S:': r'\??\C:\Users', 'Y:': r'\Device\LanmanRedirector\;Y:00000000000ab123\NAS\Office\deep',
        'Z:': r'\Device\Mup\;LanmanRedirector\;Z:00000000000ab123\nas\office\deep', 'V:': r'\Device\VBoxMiniRdr\;V:\vboxsvr\backup',
        'T:': r'\Device\Mup\;RdpDr\;T:2\tsclient\C', 'M:': r'\Device\Mup\rclone\cloud', 'L:': r'\Device\CdRom0'}
    drives = volumes.network_drives(lambda letter: letters.get(letter, ''))
    assert {(one.point, one.device, one.role) for one in drives} == {
        ('Y:\\', r'\\NAS\Office\deep', 'network'), ('Z:\\', r'\\nas\office\deep', 'network'), ('V:\\', r'\\vboxsvr\backup', 'network'),
        ('T:\\', r'\\tsclient\C', 'network'), ('M:\\', r'\\rclone\cloud', 'network')}
    there = scene(windows=True, shares=[ways[0] for ways in volumes.by_volume(drives)])
    told = list(finders.find_shares(there))
    # Two letters of one share are one, and a visitor's are none.
    assert [one.settings for one in told] == [{'include': [letter]} for letter in ('M:\\', 'V:\\', 'Y:\\')]
    assert told[2].why == r"\\NAS\Office\deep is mounted in Y:\."
    assert all(discovery.is_sayable(one.as_dict('shares')) for one in told)


def test_of_many_shares_some_are_proposed_and_that_there_are_more_is_said():
    many = [volumes.Mount(f'/net/{number:03}', 'ftp://ann:S3cret@nas/', 'nfs4', f'0:{number}', 'network') for number in range(90)]
    told, blind = finders.look_around(scene(shares=many), 5)
    mine = [one for one in told if one['code'] == 'share_room']
    assert len(mine) == finders.MAX_SHARES and blind == {'shares': "90 shares are mounted; the first 16 are proposed"}
    assert 'S3cret' not in repr(told) and mine[0]['why'] == "ftp://nas/ is mounted in /net/000."


# === UPSD === #

def test_the_names_of_upsd_are_read_and_anything_else_is_unavailable():
    assert parse_upses('BEGIN LIST UPS\nUPS upsilon "Secondary UPS"\nUPS second "x"\nEND LIST UPS\n') == ['upsilon', 'second']
    for text in ('', 'HTTP/1.1 400 Bad Request\n', 'ERR ACCESS-DENIED\n', 'BEGIN LIST UPS\nUPS half'):
        with pytest.raises(SourceUnavailable):
            parse_upses(text)


def test_a_port_of_upsd_that_is_closed_is_no_ups_and_one_that_is_silent_is_unavailable(monkeypatch):
    import socket

    from itc_agent import scene as module
    with socket.create_server(('127.0.0.1', 0)) as silent:
        monkeypatch.setattr(module, 'ANSWER_S', 0.2)
        with pytest.raises(SourceUnavailable, match="port"):
            read_upses(port=silent.getsockname()[1])
        closed = silent.getsockname()[1]
    assert read_upses(port=closed) == []


@pytest.mark.parametrize(('files', 'expected'), [
    ({'/var/log/journal', '/var/lib/dpkg'}, {'events': False, 'pending_reboot': False}),
    ({'/var/log/journal', '/var/lib/dpkg', '/run/systemd/system'}, {'events': True, 'pending_reboot': True, 'failed_units': True}),
    ({'/var/lib/dpkg'}, {'pending_reboot': False})])
def test_a_container_is_not_sure_of_what_only_a_booted_system_can_tell(files, expected):
    told = {one.code: one.sure for one in finders.find_system(scene(files=files))}
    assert told == {'host': True, 'disk': True, 'disk_forecast': False, 'agent': True, **expected}


def test_a_source_that_hangs_blinds_only_who_asks_it():
    import threading
    started, release = threading.Event(), threading.Event()

    def hang():
        started.set()
        release.wait(20)
        return []

    there = Scene({'printers': hang, 'homes': lambda: ['/home/a']})
    threading.Thread(target=lambda: there.printers, daemon=True).start()
    assert started.wait(5)
    told = []
    asking = threading.Thread(target=lambda: told.append(there.homes), daemon=True)
    asking.start()
    asking.join(2)
    release.set()
    assert told == [['/home/a']]
