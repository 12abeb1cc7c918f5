"""`python3 dev shots [name …]`: photograph every screen and PDF of the running product into shots/.

The screens are those of the browser tests, read from the product itself: each action with a path in each of its views, its first
record's form, and the printed reports. Times are the company's. With names, only files whose name holds one of them are made.
"""
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time

import client
import database
import demo
import host
import odoo_cli
import paths
import postgres
import setup
from say import Trouble, line, step
from verb_run import PEOPLE, start_odoo, stop

DATABASE = 'itc_shots'
SIZES = {'desktop': (1280, 800), 'phone': (375, 740)}
SHOTS = paths.REPO / 'shots'
STATE = paths.HOME / 'agent-shots'
# Who looks at what; everything not named is looked at as the manager.
LOOKED_AT_BY = {'it-today': 'technician', 'my-tickets': 'user', 'ask-it': 'user', 'it-settings': 'admin'}
# Records worth a picture besides the first of their list: (name, path, model, domain).
ALSO = (
    ('run-with-evidence', 'it-runs', 'it.task.run', [['state', '=', 'auto_verified'], ['snapshot', '!=', False]]),
    ('run-verified-by-a-person', 'it-runs', 'it.task.run', [['state', '=', 'verified']]),
    ('run-excused', 'it-runs', 'it.task.run', [['excuse_id', '!=', False]]),
    ('run-overridden', 'it-runs', 'it.task.run', [['override_reason', '!=', False]]),
    ('task-after-an-event', 'it-tasks', 'it.task', [['schedule_kind', '=', 'event']]),
    ('task-with-checks', 'it-tasks', 'it.task', [['check_template_ids', '!=', False]]),
    ('asset-ups', 'it-assets', 'it.asset', [['kind', '=', 'ups']]),
    ('ticket-resolved', 'it-tickets', 'it.ticket', [['state', '=', 'resolved']]),
)

# Nothing is on its way any more: no indicator, and nothing grey that says so.
SETTLED = '''new Promise((resolve) => {
    const end = Date.now() + 10000;
    const look = () => Date.now() > end || !document.querySelector('.o_loading_indicator, .o_loading') ? resolve() : setTimeout(look, 50);
    setTimeout(look, 200);
})'''
# On a phone Odoo opens the cards, whichever view the address names.
SWITCH = '''(async () => {
    const { action } = odoo.__WOWL_DEBUG__.root.env.services, view = %s;
    if (action.currentController?.view && action.currentController.view.type !== view) await action.switchView(view);
})()'''
QUIET = '''
# OdooBot's first words would cover a corner of each picture.
if 'odoobot_state' in env['res.users']._fields:
    env['res.users'].search([]).odoobot_state = 'disabled'
env.cr.commit()
'''


def main(arguments):
    setup.everything(for_tests=True)
    with postgres.running() as env:
        prepare(env)
        port = client.free_port()
        base = f'http://127.0.0.1:{port}'
        processes = []
        try:
            with step('Odoo and the agent'):
                processes.append(start_odoo(env, DATABASE, port, log_name='odoo-shots'))
                client.wait_until_up(base, processes[0])
                processes.append(host.start_agent(env, base, DATABASE, STATE))
            people = {login: client.Session(base, DATABASE, login, login) for login in ('user', 'technician', 'manager', 'admin')}
            with step('Waiting for the first results'):
                wait_for_results(people['manager'], processes[-1])
            if not arguments:
                shutil.rmtree(SHOTS, ignore_errors=True)
            photograph(base, people, arguments)
            print_reports(people['manager'], people['admin'], arguments)
        finally:
            stop(processes)
    line(f'  {len(list(SHOTS.glob("*.png")))} pictures in {SHOTS}')


def prepare(env):
    """Make a database of its own, with people and two months of a plausible history to look at."""
    host.forget_agent(STATE)
    database.ensure_template(env)
    with step('A database to photograph'):
        database.clone(env, database.TEMPLATE, DATABASE)
        odoo_cli.call(DATABASE, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
                  env=env, log=paths.LOGS / 'shots-install.log', what='Installing the addon')
        odoo_cli.script(DATABASE, PEOPLE, env=env, log=paths.LOGS / 'shots-people.log', what='Creating the demo people')
    demo.add(env, DATABASE)
    odoo_cli.script(DATABASE, QUIET, env=env, log=paths.LOGS / 'shots-quiet.log', what='Hiding the bot')


def wait_for_results(manager, agent, patience=100):
    """Wait until each check of this machine was judged, as long as results keep coming: a busy machine takes minutes for its first round.

    :param agent: the running process
    :param patience: seconds without another result after which the pictures are made with what there is
    """
    asked = [['agent_id', 'in', host.own_agent(manager, socket.gethostname())]]
    most, end = -1, 0
    while True:
        checks = manager.call('it.check', 'search_read', asked, ['name', 'last_result_at'])
        late = [check['name'] for check in checks if not check['last_result_at']]
        if checks and not late:
            time.sleep(3)       # the judging job hands the results on to the runs
            return
        if agent.poll() is not None:
            raise Trouble(f'the agent stopped: see {paths.LOGS / STATE.name}.log')
        if len(checks) - len(late) > most:
            most, end = len(checks) - len(late), time.monotonic() + patience
        elif time.monotonic() > end:
            break
        time.sleep(1)
    if len(late) == len(checks):
        raise Trouble(f'the agent reported nothing: see {paths.LOGS / STATE.name}.log')
    line(f'  ! no result yet, and no other for {patience} s: {", ".join(late)}')


def photograph(base, people, names):
    plan = []
    [company] = people['manager'].call('res.company', 'search_read', [], ['itc_tz'], limit=1)
    for name, path, login, wait, *scripts in (*screens(people), *more_screens(people['manager'])):
        for size, (width, height) in SIZES.items():
            file = SHOTS / f'{name}-{size}.png'
            if not names or any(part in file.name for part in names):
                plan.append({'file': str(file), 'url': base + path, 'session': people[login].cookie, 'width': width, 'height': height,
                             'wait': wait, 'script': [SETTLED, *scripts, SETTLED], 'timezone': company['itc_tz'],
                             'settle': 1.8 if name.endswith('graph') else 0.8})  # bars grow at first
    with step(f'{len(plan)} pictures'):
        answer = subprocess.run([paths.PYTHON, paths.REPO / 'dev' / 'chrome.py'], input=json.dumps(plan), capture_output=True,
                                text=True, check=False)
    if answer.returncode:
        raise Trouble(f'the browser failed: {answer.stderr.strip().splitlines()[-1]}')
    for failure in json.loads(answer.stdout):
        line(f'  ! {failure}')


def screens(people):
    """Yield (name, path, login, selector to wait for, script to run then) of every screen."""
    admin = people['admin']
    walk = load_walk_screens()
    rows = admin.call('ir.model.data', 'search_read', [
        ['module', '=', 'it_continuity'], ['model', 'in', ['ir.actions.act_window', 'ir.actions.client']]], ['model', 'res_id'])
    for screen in walk.screens({
        kind: admin.call(kind, 'read', [row['res_id'] for row in rows if row['model'] == kind], walk.ACTION_FIELDS[kind])
        for kind in ('ir.actions.client', 'ir.actions.act_window')
    }):
        if screen.is_dialog or not screen.path:
            continue
        login = LOOKED_AT_BY.get(screen.path, 'manager')
        others = [view for view in screen.views if view != 'form'][1:]
        yield screen.path, f'/odoo/{screen.path}', login, '.o_action_manager > *'
        for view in others:
            yield (f'{screen.path}-{view}', f'/odoo/{screen.path}?view_type={view}', login, '.o_action_manager > *', SWITCH % json.dumps(view))
        if 'form' in screen.views:
            found = people[login].call(screen.model, 'search', [], limit=1)
            if found:
                yield f'{screen.path}-form', f'/odoo/{screen.path}/{found[0]}', login, '.o_form_view'


def load_walk_screens():
    """Return the module that tells the browser tests which screens there are; it needs no Odoo, the package around it does."""
    spec = importlib.util.spec_from_file_location('walk_screens', paths.REPO / 'tests' / 'walk' / 'screens.py')
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def more_screens(manager):
    """Yield the screens of ALSO whose record exists, as ``screens`` does."""
    for name, path, model, domain in ALSO:
        found = manager.call(model, 'search', domain, limit=1)
        if found:
            yield name, f'/odoo/{path}/{found[0]}', 'manager', '.o_form_view'


def print_reports(manager, admin, names):
    """Print each report of ours on the records it is for, and turn the pages into pictures."""
    rows = admin.call('ir.model.data', 'search_read', [
        ['module', '=', 'it_continuity'], ['model', '=', 'ir.actions.report']], ['res_id'])
    for report in admin.call('ir.actions.report', 'read', [row['res_id'] for row in rows], ['report_name', 'model']):
        name = 'pdf-' + report['report_name'].rpartition('.')[2]
        if names and not any(part in name for part in names):
            continue
        ids = manager.call(report['model'], 'search', [], limit=1) or [manager.call(report['model'], 'create', [{}])[0]]
        with step(name):
            pdf = SHOTS / f'{name}.pdf'
            pdf.write_bytes(manager.get(f"/report/pdf/{report['report_name']}/{ids[0]}"))
            subprocess.run(['pdftoppm', '-r', '70', '-png', pdf, SHOTS / name], check=True)
