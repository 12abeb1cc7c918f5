"""Is the demo's invented past as it should be: told once, sealed soundly, refused beside real people, and plausible?"""
import json
import os

import database
import demo
import odoo_cli
import paths
from say import Trouble
from verb_run import PEOPLE

DATABASE = 'itc_demo_test'
# What a small company's honest months look like: percent of what fell due that was done on time.
ON_TIME_PCT = (91, 98)
LOOK = """
import json
company = env.company
runs = env['it.task.run'].search([('due_at', '<', env.cr.now()), ('state', '!=', 'not_applicable')])
on_time = runs.filtered(lambda run: run.state in ('auto_verified', 'done', 'verified') and run.done_at <= run.due_at)
tickets = env['it.ticket'].search([])
audit = env['it.seal.audit']._audit(company, '')
print(json.dumps({
    'findings': [str(finding) for finding in audit['findings']][:5], 'events': audit['head'].seq,
    'on_time_pct': 100 * len(on_time) / len(runs), 'run_states': sorted(set(runs.mapped('state'))),
    'ticket_states': sorted(set(tickets.mapped('state'))), 'excuse_states': sorted(set(env['it.run.excuse'].search([]).mapped('state'))),
    'improvement_states': sorted(set(env['it.improvement'].search([]).mapped('state'))),
    'own_verified': len(runs.filtered(lambda run: run.verified_by_id and run.verified_by_id == run.done_by_id)),
    'backup_states': sorted(set(env['it.backup.set'].search([]).mapped('state'))),
    'backup_places': sorted(set(env['it.backup.place'].search([]).mapped('state'))),
    'backup_days': env['it.backup.day'].search_count([('state', '=', 'good')]),
    'backup_faults': sorted(set(env['it.backup.day'].search([]).mapped('code')) - {False}),
    'backup_runs': env['it.task.run'].search_count([('task_id.backup_set_ids', '!=', False), ('state', '=', 'auto_verified')]),
    'restores': env['it.restore.drill'].search_count([('state', '=', 'done')]),
    'mails': env['mail.mail'].search_count([('state', '=', 'outgoing')]),
}))
"""
# Weekends and holidays fall otherwise on another day: the past is told once more as it would have been told then, and thrown away.
EARLIER = f"""
import sys
from datetime import timedelta
sys.path.append({str(paths.REPO / 'dev')!r})
import past
env['ir.config_parameter'].search([('key', '=', past.MADE)]).unlink()
env.cr._now = env.cr.now() - timedelta(days=DAYS)
past.live(env)
{LOOK}
env.cr.rollback()
"""
EARLIER_DAYS = tuple(map(int, os.environ.get('ITC_DEMO_DAYS_EARLIER', '3').split()))
STRANGER = "env['ir.config_parameter'].search([('key', '=', 'it_continuity.demo_past_made_on')]).unlink()\n" \
           "env['res.users'].create({'name': 'Somebody Real', 'login': 'real@example.com'})\nenv.cr.commit()\n"


def run(env):
    """:return: (number of things that are as they should be, sentences about the others)"""
    database.ensure_template(env)
    database.clone(env, database.TEMPLATE, DATABASE)
    try:
        odoo_cli.call(DATABASE, '-i', 'it_continuity', '--stop-after-init', '--no-http', '--max-cron-threads=0', '--without-demo',
                  env=env, log=paths.LOGS / 'demo-install.log', what='Installing the addon')
        call(env, PEOPLE)
        earlier = {days: json.loads(call(env, EARLIER.replace('DAYS', str(days)))) for days in EARLIER_DAYS}
        demo.add(env, DATABASE)
        first = json.loads(call(env, LOOK))
        demo.add(env, DATABASE)
        again = json.loads(call(env, LOOK))
        call(env, STRANGER)
        said = verdicts(first, again, is_refused(env))
        for days, look in earlier.items():
            said |= {f"told {days} days earlier: {sentence}": is_so for sentence, is_so in plausible(look).items()}
    finally:
        database.drop(env, DATABASE)
    return sum(said.values()), tuple(f'demo: {sentence}' for sentence, is_so in said.items() if not is_so)


def verdicts(first, again, refused):
    """Return {sentence about the past, and how it was told: is it so}."""
    return plausible(first) | {
        "it is told once": again['events'] == first['events'],
        "it is refused where somebody real works": refused,
    }


def plausible(first):
    """Return {sentence about the past: is it so}."""
    low, high = ON_TIME_PCT
    return {
        f"the log is sound ({first['findings']})": not first['findings'] and first['events'] > 1000,
        f"{first['on_time_pct']:.1f} % was on time, {low} to {high} is plausible": low <= first['on_time_pct'] <= high,
        f"runs have every fate ({first['run_states']})": {'auto_verified', 'done', 'verified', 'missed'} <= set(first['run_states']),
        f"tickets stand in every state ({first['ticket_states']})":
            set(first['ticket_states']) == {'new', 'in_progress', 'resolved', 'closed', 'cancelled'},
        f"excuses wait, are granted and refused ({first['excuse_states']})": {'asked', 'granted', 'refused'} <= set(first['excuse_states']),
        f"improvements were found, put aside, are on their way and came to their end ({first['improvement_states']})":
            {'suggested', 'dismissed', 'do', 'check', 'closed'} <= set(first['improvement_states']),
        f"a backup is broken, of none it is unknown how it is, and all places are looked at ({first['backup_states']}, {first['backup_places']})":
            'bad' in first['backup_states'] and 'unknown' not in first['backup_states'] and first['backup_places'] == ['seen'],
        f"{first['backup_days']} days of backups were good; the others tell of each trouble ({first['backup_faults']})":
            first['backup_days'] > 120 and {'missing', 'cut', 'no_copy', 'blind', 'cloud_missing'} <= set(first['backup_faults']),
        f"{first['backup_runs']} runs were verified by backups, and {first['restores']} were restored":
            first['backup_runs'] > 120 and first['restores'] >= 2,
        "nobody verified their own work": not first['own_verified'],
        "no mail waits to be sent about what never happened": not first['mails'],
    }


def is_refused(env):
    try:
        demo.add(env, DATABASE)
    except Trouble as trouble:
        return 'nothing was changed' in str(trouble)
    return False


def call(env, code):
    """Run code in a shell on our database; return the last line that it printed."""
    output = odoo_cli.script(DATABASE, code, env=env, log=paths.LOGS / 'demo-check.log', what='Looking at the past')
    return (output.strip().splitlines() or [''])[-1]
