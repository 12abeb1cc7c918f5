"""Two months of an invented past, for people who want to look at reports: `dev run --demo` and `dev shots` tell it.

Runs inside an Odoo shell. Each room tells its part in a module of its own: `tell(story)` puts what happened into the story with
`story.at(moment, work)`, and the story is then lived through in the order of time, each act by the person concerned, through the
product's own methods, with the clock moved to its moment. So the rules, the log of evidence and the chatter see what they would
have seen. Nothing is random but which backup is drawn to be restored: the same day gives the same past.
"""
import json

from . import backups, checklists, closing, deeds, improvement, intake, monitoring, service_desk
from .story import Story

MADE = 'it_continuity.demo_past_made_on'
ROOMS = (monitoring, backups, checklists, service_desk, deeds, intake, closing, improvement)
SYSTEM_LOGINS = ('__system__', 'admin', 'default', 'public', 'portaltemplate')


def make(env):
    """Tell the past unless it is told already or somebody real works here; print the answer as one line of JSON.

    The whole past is one transaction: it is there, or nothing of it is.
    """
    answer = obstacle(env) or live(env)
    env.cr.commit()
    print(json.dumps(answer))


def obstacle(env):
    """Return why there is nothing to tell, as ``{'already': day}`` or ``{'refused': reason}``; None when there is."""
    made_on = env['ir.config_parameter'].get_param(MADE)
    if made_on:
        return {'already': made_on}
    invented = env['ir.model.data'].search([
        ('module', '=', 'it_continuity'), ('model', '=', 'res.users'), ('name', 'like', r'demo\_user\_')]).mapped('res_id')
    people = env['res.users'].with_context(active_test=False).search([('login', 'not in', SYSTEM_LOGINS)])
    strangers = people.filtered(lambda user: user.id not in invented)
    if strangers:
        return {'refused': f"its people are not the demo's ({', '.join(strangers[:3].mapped('login'))})"}
    if not invented:
        return {'refused': "the demo's people are not there"}
    return None


def live(env):
    """Live through the story; who calls it keeps it. :return: ``{'made': {'runs', 'tickets'}}``"""
    story = Story(env)
    for room in ROOMS:
        room.tell(story)
    story.play()
    env['mail.mail'].search([('state', '=', 'outgoing')]).cancel()  # nobody is to get a mail of what never happened
    env['ir.config_parameter'].set_param(MADE, story.today.isoformat())
    env.flush_all()
    env.cr.flush()
    env['it.seal.event']._seal_waiting(story.company.id)
    counts = {'runs': env['it.task.run'].search_count([('state', '!=', 'pending')]), 'tickets': env['it.ticket'].search_count([])}
    return {'made': counts}
