"""Backups on three invented hosts: what lay where on each day, nearly all of it proven, with the troubles of two months, and who restored one.

The hosts are enrolled and tell of their places by the methods that real ones reach. When the story is over they are silent, for nobody is there:
a planned downtime says so.
"""
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from odoo.fields import Command

from odoo.addons.it_continuity.lib import backup, protocol
from odoo.addons.it_continuity.lib.wire_backup import BackupFile
from odoo.addons.it_continuity.models.monitoring.sample_store import OwnCycle

MB, GB = 10**6, 10**9
KEPT = 10            # so many backups lie at a place; older ones are cleared up
GRACE_S = 31 * 86400  # nobody reports for them after the story: what they told last is to stay readable for a while
LOOKS_AT = 6.2
NEWEST = 3           # so many of them are told when something came
HOSTS = {
    'srv-odoo': ("Debian GNU/Linux 12", '192.0.2.11', 'ssd', 'e1'), 'srv-office': ("Windows Server 2022", '192.0.2.12', 'hdd', 'e2'),
    'pc-branch': ("Windows 11", '192.0.2.31', 'ssd', 'e3')}
# What went wrong: days ago, by what it is. A file that is cut is cut everywhere; a host that cannot look tells nothing.
MISSED_FRIDAY, CUT, LATE_COPY, NO_INTERNET, UNMOUNTED = 16, (23, 0), 30, 11, (27, 26)
ODOO_RESTORED = 20
FOUND = {
    'odoo': "Restored into the Testbed. 412 customers and the last ten invoices are as on that day; attachments open.",
    'cnet': "Restored as CNET_TEST. The stock list of that evening agrees with the printed one.",
    'peachtree': "Opened as a copy of the company file. Trial balance of that day agrees.",
    'windowsimage': "Disk of the image opened beside the running system; documents of Finance are there and open.",
}
WHERE = {'odoo': "Testbed, database restore_test", 'cnet': "Testbed, SQL Server", 'peachtree': "PC of IT, folder PeachRestore", 'windowsimage': "PC of IT, as a disk"}


@dataclass(frozen=True)
class Place:
    """A folder.

    :param after_h: so many hours later than it is made a backup is there; 0: it is made here
    """

    host: str
    kind: str
    folder: str
    after_h: float = 0.0


@dataclass(frozen=True)
class Series:
    """The backups of one set.

    :param hour: local, at which one is done
    :param size: of the first, growing by ``daily`` a day
    :param promise: what the manager says of the set beside what the handbook does
    """

    code: str
    layout: str
    hour: float
    size: int
    daily: int
    places: tuple
    format: str
    promise: dict
    weekdays: frozenset = frozenset(range(7))
    pattern: str = '*'

    def name(self, day):
        return f'{day:{self.layout}}'


SERIES = (
    Series('odoo', 'odoo19_%Y-%m-%d_0210.zip', 2.2, 2100 * MB, 6 * MB, (
        Place('srv-odoo', 'made', '/var/backups/odoo'), Place('srv-office', 'mega', 'C:/MEGA/Odoo', 2.6), Place('pc-branch', 'copy', 'D:/Copies/Odoo', 3.1)),
        'odoo_zip', {'machines': 3}, pattern='*.zip'),
    Series('cnet', 'CNET_%d-%m-%Y.bak', 1.6, 5400 * MB, 9 * MB, (
        Place('srv-office', 'made', 'D:/Backups/CNET'), Place('srv-office', 'mega', 'C:/MEGA/CNET', 2.0), Place('pc-branch', 'copy', 'D:/Copies/CNET', 3.4)),
        'bak', {'name_layout': '%d-%m-%Y'}, pattern='*.bak'),
    Series('peachtree', 'Habesha-%m%d%y.ptb', 17.7, 180 * MB, 300_000, (
        Place('srv-office', 'made', 'D:/Backups/Peachtree'), Place('srv-office', 'mega', 'C:/MEGA/Peachtree', 0.7)),
        'ptb', {'due_h': 24, 'copy_h': 10, 'saturday': False, 'sunday': False, 'rpo_h': 96}, frozenset(range(5)), '*.ptb'),
    Series('windowsimage', 'Backup %Y-%m-%d 190412', 23.4, 146 * GB, 40 * MB, (
        Place('srv-office', 'made', 'E:/WindowsImageBackup/FRONT-PC'), Place('pc-branch', 'copy', 'D:/Copies/Image', 9.5)),
        'windows_image', {'due_h': 36, 'copy_h': 24, 'rpo_h': 216, **dict.fromkeys(('monday', 'tuesday', 'wednesday', 'thursday', 'saturday', 'sunday'), False)},
        frozenset({4}), 'Backup *'),
)


def tell(story):
    story.at(story.moment(story.first_day, 0.05), begin, story)
    for days_ago in range((story.today - story.first_day).days, -1, -1):
        story.at(story.moment(story.day(days_ago), LOOKS_AT), look, story)
        story.at(story.moment(story.day(days_ago), 14.1), keep_days, story)
    story.at(story.moment(story.day(ODOO_RESTORED, workday=True), 10.6), restore_odoo, story)
    story.at(story.now - timedelta(minutes=1), end, story)


# === THE HOSTS AND THEIR PLACES === #

def begin(story):
    """Enrol the hosts, as their agents and a manager do, and let the manager say where what lies."""
    env = story.as_user('manager')
    category = env['it.asset'].search([('kind', '=', 'host')], limit=1).category_id
    story.agents, story.told, story.measured = {}, {}, (None, None)
    for name, (system, address, _medium, mark) in HOSTS.items():
        asset = env['it.asset'].create({'name': name, 'kind': 'host', 'category_id': category.id})
        agent = env['it.agent'].create({'asset_id': asset.id})
        secret = hashlib.sha256(name.encode()).hexdigest()
        enrolment = {
            'proto': 1, 'code': agent.issue_code(), 'key_id': secret[:16], 'secret_sha256': secret, 'collectors': [collector()],
            'facts': {'hostname': name, 'os': system, 'addresses': [address], 'machine_id': mark * 16}}
        story.as_system()['it.agent']._enrol(protocol.parse_enrol(json.dumps(enrolment).encode()))
        agent.action_confirm()
        story.agents[name] = agent
    story.places = {}
    for series in SERIES:
        one = set_of(story, series.code).with_env(env)
        one.write(series.promise)
        for place in series.places:
            record = env['it.backup.place'].create({
                'set_id': one.id, 'agent_id': story.agents[place.host].id, 'kind': place.kind, 'folder': place.folder, 'pattern': series.pattern})
            record.check_id.grace_s = GRACE_S
            story.places[series.code, place] = record


def collector():
    """Return what an agent says of its way to look at backups, in short."""
    return {
        'kind': 'backup', 'title': "Backups of a place", 'help': "", 'every_s': 300, 'limits': [],
        'metrics': [{'name': 'age_s', 'unit': 's', 'help': "Age of the newest backup that is finished."}],
        'settings': [
            {'name': name, 'type': kind, 'default': default, 'required': default is None, 'help': ""}
            for name, kind, default in (
                ('folder', 'str', None), ('pattern', 'str', '*'), ('format', 'str', 'auto'), ('database', 'str', ''), ('mega', 'bool', False))]}


# === WHAT LIES WHERE === #

def look(story):
    """Let the hosts tell what is new at their places, and the server judge it."""
    now = story.env.cr.now()
    env, today = story.as_system(), story.day_of(now)
    blind = (story.today - today).days in UNMOUNTED
    lists = {}
    for series in SERIES:
        for place in series.places:
            is_blind = blind and place.host == 'pc-branch'
            files = (file_of(story, series, place, today - timedelta(days=ago), now) for ago in range(-1, KEPT * span(series)))
            lists[series.code, place] = None if is_blind else list(filter(None, files))
    results = {key: result(files, key[1]) for key, files in lists.items()}
    is_measured = is_news(story, results)
    # All that lies there they tell once a week and when they are asked how it is; else what came last.
    newest = None if is_measured or today.weekday() == 0 or now > story.now - timedelta(minutes=5) else NEWEST
    for key, files in lists.items():
        if files is not None and (newest is None or files[:newest] != story.told.get(key)):
            place = story.places[key].with_env(env)
            env['it.backup.place']._take_backup_files(place.check_id, files[:newest], now, len(files))
            story.told[key] = files[:NEWEST]
    if is_measured:
        measure(story, results)
    checks = env['it.check'].union(*(place.check_id for place in story.places.values()))
    env['it.run.closing']._verify_by_checks(checks)


def span(series):
    return 1 if len(series.weekdays) > 1 else 4


def file_of(story, series, place, day, now):
    """Return the backup of a day as it lies at a place, None for none."""
    ago = (story.today - day).days
    if day.weekday() not in series.weekdays or (series.code == 'cnet' and day == missed_friday(story)):
        return None
    done_at = made_at(story, series, day)
    there_at = done_at + timedelta(hours=place.after_h)
    if series.code == 'odoo' and place.after_h and ago == LATE_COPY:
        there_at += timedelta(hours=22)
    if place.after_h and ago == NO_INTERNET:
        there_at = max(there_at, story.moment(day, 33))
    if (there_at if place.kind != 'mega' else done_at + timedelta(minutes=20)) > now:
        return None
    return told(story, series, place, day, (done_at, there_at, now))


def missed_friday(story):
    day = story.day(MISSED_FRIDAY)
    return day - timedelta(days=(day.weekday() - 4) % 7)


def told(story, series, place, day, times):
    """Return what a host says of a file, which lies there."""
    done_at, there_at, now = times
    is_cut = series.code == 'peachtree' and day in {cut_day(story, series, ago) for ago in CUT}
    size = series.size + series.daily * (day - story.first_day).days + story.luck(series.code, day, 'size') * series.size // 60_000
    size = size * 24 // 25 if is_cut else size
    medium = HOSTS[place.host][2]
    content = {'mega': 'same_size' if there_at <= now else 'not_synced'} if place.kind == backup.CLOUD else {}
    level, reason, detail = ('settled', 'cut', "its end is missing: the archive has no list of its files") if is_cut else ('readable', '', '')
    return BackupFile(
        name=series.name(day), size=size, modified_at=done_at, sha256=hashlib.sha256(f'{series.code} {day}'.encode()).hexdigest(), hashed=size,
        level=level, reason=reason, detail=detail, format=series.format, content=content, medium=medium, volume=f'{HOSTS[place.host][3] * 8}:{place.folder[:1]}')


def cut_day(story, series, ago):
    """Return the workday nearest to so many days ago of which a backup was due; for 0 that of the newest one which is made."""
    day = story.day(ago)
    while day.weekday() not in series.weekdays or made_at(story, series, day) > story.now:
        day -= timedelta(days=1)
    return day


def made_at(story, series, day):
    return story.moment(day, series.hour) + timedelta(seconds=story.luck(series.code, day))


def result(files, place):
    """Return code and words of a check of these files, None where it cannot look."""
    if files is None:
        return 3, f"{place.folder} holds nothing, and the volume that it lay on is not there: is its disk or share mounted?"
    if not files:
        return 2, "nothing matches"
    newest = max(files, key=lambda one: one.modified_at)
    return (2 if newest.reason else 0), f"{newest.name}, {newest.level}" + (f": {newest.detail}" if newest.reason else '')


def is_news(story, results):
    """Tell whether any check is otherwise than before, or said nothing for three weeks: what it says stays true for so long."""
    now, codes = story.env.cr.now(), [code for code, _text in results.values()]
    if codes == story.measured[0] and now - story.measured[1] < timedelta(days=20) and now < story.now - timedelta(minutes=5):
        return False
    story.measured = (codes, now)
    return True


def measure(story, results):
    """Keep what the checks of each host say, and judge it."""
    env, now = story.as_system(), story.env.cr.now()
    for host, agent in story.agents.items():
        own = {story.places[key].check_id.id: said for key, said in results.items() if key[1].host == host}
        epoch = hashlib.sha256(f'{agent.id} {now}'.encode()).hexdigest()[:32]
        codes, texts = zip(*own.values(), strict=True)
        env['it.sample.store']._store_own(agent.id, epoch, [OwnCycle(now, tuple(own), codes, texts)])
    env['it.judge']._judge()


def keep_days(story):
    """Keep how the days stood that are over, as the nightly job does."""
    if 'it.backup.day' in story.env:
        story.as_system()['it.backup.day']._cron_keep()


def end(story):
    """Say that nobody reports from these hosts: they are invented."""
    look(story)
    story.as_user('manager')['it.downtime'].create({
        'reason': "Invented by --demo: no agent reports from these hosts", 'start_at': story.now - timedelta(minutes=1),
        'end_at': story.now + timedelta(days=30), 'asset_ids': [Command.link(agent.asset_id.id) for agent in story.agents.values()]})


# === RESTORES === #

def restore(story, run):
    """Restore what is drawn for one run, as its doer."""
    drill = run.env['it.restore.drill'].browse(run.action_draw_restore()['res_id'])
    say(story, drill, next(series.code for series in SERIES if set_of(story, series.code) == drill.set_id))


def restore_odoo(story):
    """Restore Odoo's newest, whichever was drawn: it is said so. From then on the manager asks for one every six weeks."""
    env = story.as_user('technician')
    drill = env['it.restore.drill'].browse(env['it.restore.drill'].action_draw()['res_id'])
    newest = env['it.backup.file'].search([('set_id', '=', set_of(story, 'odoo').id), ('level', '=', 'readable')], limit=1)
    if drill.file_id != newest:
        drill.write({'restored_id': newest.id, 'otherwise_reason': "Odoo is to be upgraded on Saturday: the manager asked for the newest of it."})
    say(story, drill, 'odoo')
    set_of(story, 'odoo').with_env(story.as_user('manager')).restore_days = 45


def say(story, drill, code):
    """Tell of one restore as who did it."""
    took = {'odoo': 38, 'cnet': 55, 'peachtree': 12, 'windowsimage': 96}[code] + story.luck('restored', drill.id) % 17
    drill.write({'where_to': WHERE[code], 'minutes': took, 'found': FOUND[code]})
    drill.action_done()


def set_of(story, code):
    return story.env.ref(f'it_continuity.backup_set_{code}')
