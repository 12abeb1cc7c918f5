"""Do backups prove themselves from end to end? Two agents report as two hosts what really lies in their folders, and a real Odoo judges it.

What is laid there are dumps that this Odoo makes of itself, whole and each with a fault of its own; see `hosts_stories.py`. After that the same
Odoo gets this very machine as a host, as `dev run` does it; see `this_host_check.py`.
"""
import datetime
import hashlib
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import client
import database
import odoo_cli
import paths
import this_host_check
from hosts_stories import GOOD, LOCKED, NONE, STORIES, WHOLE, Case
from say import Trouble, run as run_program
from two_hosts import Host
from verb_run import PEOPLE, start_odoo, stop

DATABASE = 'itc_hosts_test'
PATIENCE_S = 120
SHOWN = ('state', 'made_state', 'readable_state', 'replicated_state', 'reason', 'file_count')
# The handbook's own set and task, a set of which the second host tells lies, and one whose backup takes so many seconds to be hashed.
HANDBOOK, FORGED, SLOW, SLOW_S = 'handbook', 'forged', 'slow', 8
# Made until and copied within midnight: whatever hour it is, today's backup is due.
DUE = {'due_h': 0, 'copy_h': 0, 'machines': 2}
PREPARE = '''
import odoo
env.company.itc_tz = {tz!r}
for name in ('reports_per_min', 'report_bytes_per_min'):
    env['ir.config_parameter'].set_param('it_continuity.' + name, str(2**40))
env.cr.commit()
with open({path!r}, 'wb') as file:
    odoo.service.db.dump_db({database!r}, file, 'zip')
'''


def run(env):
    """:return: (number of things that are as they should be, sentences about the others)"""
    database.ensure_template(env)
    database.clone(env, database.TEMPLATE, DATABASE)
    paths.TMP.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix='hosts-', dir=paths.TMP))
    try:
        odoo_cli.call(DATABASE, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
                      env=env, log=paths.LOGS / 'hosts-install.log', what='Installing the addon')
        tz = noon_zone(datetime.datetime.now(datetime.timezone.utc))
        said = serve(env, folder, make_dumps(env, folder, tz), datetime.datetime.now(ZoneInfo(tz)).date())
    finally:
        database.drop(env, DATABASE)
        shutil.rmtree(folder, ignore_errors=True)
    return sum(said.values()), tuple(f'hosts: {sentence}' for sentence, is_so in said.items() if not is_so)


def noon_zone(now):
    """Return a time zone in which it is the middle of the morning: no midnight comes between, and the day's tasks are not over.

    >>> noon_zone(datetime.datetime(2026, 11, 27, 21)), noon_zone(datetime.datetime(2026, 11, 27, 4))
    ('Etc/GMT+12', 'Etc/GMT-5')
    """
    ahead = 9 - now.hour
    return f'Etc/GMT{-(ahead if ahead >= -12 else ahead + 24):+d}'


def make_dumps(env, folder, tz):
    """Let Odoo and PostgreSQL dump the database; return the files by their format."""
    dumps = {'odoo_zip': folder / 'odoo.zip', 'pg_custom': folder / 'whole.dump', 'pg_plain': folder / 'whole.sql', 'other': folder / 'other.sql',
             'locked': paths.REPO / LOCKED}
    odoo_cli.script(
        DATABASE, PEOPLE + PREPARE.format(tz=tz, path=str(dumps['odoo_zip']), database=DATABASE), env=env, log=paths.LOGS / 'hosts-people.log',
        what='Dumping the database with its files')
    for name, options in (('pg_custom', ('-Fc', DATABASE)), ('pg_plain', ('-C', DATABASE)), ('other', ('-C', 'postgres'))):
        run_program(['pg_dump', *options, '-f', dumps[name]], 'Dumping a database', paths.LOGS / 'hosts-dump.log', env=env)
    return dumps


def serve(env, folder, dumps, today):
    """Start Odoo and both agents, let the stories happen, then this machine be a host as `dev run` makes it one; return {sentence: is it so}."""
    processes, hosts, checked = [], [], None
    try:
        port = client.free_port()
        base = f'http://127.0.0.1:{port}'
        processes.append(start_odoo(env, DATABASE, port, log_name='odoo-hosts'))
        client.wait_until_up(base, processes[0])
        manager, admin = (client.Session(base, DATABASE, login, login) for login in ('manager', 'admin'))
        for number, name in enumerate(('srv-store', 'srv-branch'), 1):
            hosts.append(Host(env, manager, DATABASE, folder / name, name, number))
        checked = Checked(manager, admin, hosts, dumps, today)
        said = checked.said()
        for host in hosts:
            host.kill()
        return {**said, **this_host_check.look(env, base, DATABASE, folder / 'this-host', checked.do)}
    finally:
        for case in checked.cases.values() if checked else ():
            case.stop.set()
        for host in hosts:
            host.kill()
        stop(processes)


class Checked:
    """All stories at once on two hosts, in two acts: as the files lie there, and what happens to some of them later."""

    def __init__(self, manager, admin, hosts, dumps, today):
        self.manager, self.admin, self.hosts, self.dumps, self.today = manager, admin, hosts, dumps, today
        self.cases, self.sets, self.checks, self.percents = {}, {}, {}, []

    def said(self):
        self.lay()
        for host in self.hosts:
            host.start()
        first = self.wait_for(lambda sets: all(
            is_as(one, chain_at_first(story)) for story in STORIES for one in [sets[story.name]]) and sets[HANDBOOK]['state'] == GOOD)
        proven = self.handbook_run()
        for story in STORIES:
            if story.later:
                story.later(self.cases[story.name])
        last = self.wait_for(lambda sets: all(is_as(sets[story.name], story.chain) for story in STORIES))
        return {
            **{sentence: is_so for story in STORIES for sentence, is_so in self.verdicts(story, first[story.name], last[story.name]).items()},
            **self.proofs(proven, last[HANDBOOK]), **self.lies(last[FORGED]), **self.progress()}

    # === BEFORE === #

    def lay(self):
        """Make the sets with their places, and lay their files."""
        for story in STORIES:
            case = self.new_case(story)
            case_of = {'format': story.format, 'database': '' if story.format == 'zip' else DATABASE, **DUE}
            [self.sets[story.name]] = self.manager.call('it.backup.set', 'create', [{'name': story.name, **case_of}])
            self.add_places(story.name, (case.made, case.copied), dict(story.settings))
            story.lay(case)
        self.lay_handbook()
        self.lay_forged()
        self.lay_slow()

    def new_case(self, story):
        case = self.cases[story.name] = Case(story, self.hosts, self.dumps, self.today)
        return case

    def add_places(self, name, folders, settings=None):
        self.checks[name] = []
        for host, kind, folder in zip(self.hosts, ('made', 'copy'), folders, strict=True):
            [place] = self.manager.call('it.backup.place', 'create', [{
                'set_id': self.sets[name], 'agent_id': host.agent, 'folder': str(folder.resolve()), 'kind': kind}])
            self.checks[name].append(self.manager.call('it.backup.place', 'read', [place], ['check_id'])[0]['check_id'][0])
        for check, more in zip(self.checks[name], (settings or {}, {}), strict=True):
            self.write_settings(check, {'settle_s': 0.0, **more})

    def write_settings(self, check, values):
        known = self.manager.call('it.check', 'read', [check], ['settings'])[0]['settings']
        self.manager.call('it.check', 'write', [check], {'settings': {**known, **values}})

    def lay_handbook(self):
        """Use the handbook's own set, with a backup of today."""
        [self.sets[HANDBOOK]] = self.manager.call('it.backup.set', 'search', [['name', '=', "Odoo"]])
        case = self.new_case(replace(WHOLE, name=HANDBOOK))
        self.add_places(HANDBOOK, (case.made, case.copied))
        case.both()

    def lay_forged(self):
        """Let the second host say of its own backup that it lies where the first one makes them, where nothing lies."""
        [self.sets[FORGED]] = self.manager.call('it.backup.set', 'create', [{'name': FORGED, 'format': 'odoo_zip', **DUE}])
        case = self.new_case(replace(WHOLE, name=FORGED))
        self.add_places(FORGED, (case.made, case.copied))
        case.put(case.copied)
        theirs, own = self.checks[FORGED]
        self.hosts[1].tell(forged={str(own): theirs})

    def lay_slow(self):
        """Let the first host be held back where it hashes this one."""
        [self.sets[SLOW]] = self.manager.call('it.backup.set', 'create', [{'name': SLOW, 'format': 'odoo_zip', **DUE}])
        case = self.new_case(replace(WHOLE, name=SLOW))
        self.add_places(SLOW, (case.made, case.copied), {'rate_mb_s': case.put(case.made).stat().st_size / 1e6 / SLOW_S})

    # === AFTER === #

    def all_sets(self):
        found = self.manager.call('it.backup.set', 'search_read', [['id', 'in', list(self.sets.values())]], list(SHOWN))
        by_id = {one['id']: one for one in found}
        return {name: by_id[ident] for name, ident in self.sets.items()}

    def wait_for(self, is_so):
        """Read the sets until they are so, judging what came meanwhile, and return how they stand."""
        found = {}

        def look():
            self.do('it_continuity.ir_cron_judge')
            found.update(self.all_sets())
            self.note_progress()
            return is_so(found)

        wait_until(look)
        return found

    def note_progress(self):
        """Note how far Odoo shows the slow backup to be hashed where it is made, where that is news."""
        wanted = [['file_id.set_id', '=', self.sets[SLOW]], ['place_id.kind', '=', 'made']]
        for one in self.manager.call('it.backup.copy', 'search_read', wanted, ['progress']):
            if one['progress'] not in self.percents[-1:]:
                self.percents.append(one['progress'])

    def do(self, cron):
        """Let one of the server's jobs run now, as an administrator does; it may be running already."""
        module, name = cron.split('.')
        [row] = self.admin.call('ir.model.data', 'search_read', [['module', '=', module], ['name', '=', name]], ['res_id'])
        try:
            self.admin.call('ir.cron', 'method_direct_trigger', [row['res_id']])
        except Trouble as trouble:
            if 'already executing' not in str(trouble):
                raise

    def handbook_run(self):
        """Return the run of the handbook's task for today, once the server has looked whether it proves itself."""
        wanted = [['task_id.code', '=', 'backup_odoo'], ['date', '=', str(self.today)]]
        found = []

        def look():
            self.do('it_continuity.it_task_run_cron_auto_verify')
            found[:] = self.manager.call('it.task.run', 'search_read', wanted, ['state', 'snapshot', 'check_evidence'])
            return found and found[0]['state'] == 'auto_verified'

        self.do('it_continuity.it_task_cron_generate_runs')
        wait_until(look, 30)
        return found[0] if found else {'state': "no run", 'snapshot': [], 'check_evidence': ''}

    # === VERDICTS === #

    def verdicts(self, story, first, last):
        others = {other.words for other in STORIES} - {story.words}
        said = {
            f"{story.name}: {stands(last)} ought to be {', '.join(story.chain)}": is_as(last, story.chain),
            f"{story.name}: “{last['reason']}” ought to say “{story.words}”": story.words in last['reason'],
            f"{story.name}: “{last['reason']}” ought to say no other's words": not any(words in last['reason'] for words in others),
        }
        if story.later:
            said[f"{story.name}: at first it is proven, not “{first['reason']}”"] = is_as(first, WHOLE.chain)
        return said

    def proofs(self, proven, stands_now):
        case = self.cases[HANDBOOK]
        path = case.made / case.name()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        [evidence] = proven['snapshot'] or [{}]
        backup = evidence.get('backup') or {}
        return {
            f"the handbook's task verifies itself, not “{proven['state']}” ({stands_now['reason']})": proven['state'] == 'auto_verified',
            f"its frozen evidence names the file, its size and hash: {backup}":
                [backup.get('file'), backup.get('size'), backup.get('sha256')] == [path.name, path.stat().st_size, digest],
            f"and both places with the same bytes: {backup.get('places')}":
                sorted([one['host'], one['folder'], one['sha256']] for one in backup.get('places', ()))
                == sorted([host.name, str(folder.resolve()), digest] for host, folder in zip(self.hosts, (case.made, case.copied), strict=True)),
            f"in words that a person reads: {proven['check_evidence']}": path.name in (proven['check_evidence'] or ''),
        }

    def progress(self):
        shown = [int(one.split()[0]) for one in self.percents]
        return {
            f"how far a hash is is seen while it goes on: {self.percents}": any(0 < one < 100 for one in shown),
            f"it only goes on, to its end: {self.percents}": shown == sorted(shown) and shown[-1:] == [100]}

    def lies(self, last):
        return {
            f"of another host's place it has no word: “{last['reason']}”": last['made_state'] == 'bad' and "is missing" in last['reason'],
            f"nothing that it told of it is kept ({last['file_count']} files)": not last['file_count'],
        }


def chain_at_first(story):
    return WHOLE.chain if story.later else story.chain


def is_as(one, chain):
    return tuple(one[f'{link}_state'] for link in ('made', 'readable', 'replicated')) == chain


def stands(one):
    return ', '.join(one[f'{link}_state'] or NONE for link in ('made', 'readable', 'replicated'))


def wait_until(is_so, seconds=PATIENCE_S):
    """Look again and again until it is so, or the time is over: then the verdicts tell."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.5)
