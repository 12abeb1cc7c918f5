"""Power and lines: when nobody could work, who logged it, and what is planned."""
from datetime import timedelta

from odoo.fields import Command

# Days ago, local hours from and until, kind, cause, hour at which it was logged (on the next day when it is past midnight).
OUTAGES = (
    (39, 9.2, 21.7, 'power', "Transformer of the quarter burnt out. The servers ran on the primary UPS until 13:30 and were shut down in order.", 32.4),
    (18, 12.8, 16.4, 'provider', "The provider's line was down: a cable was cut by roadworks at the crossing.", 16.6),
    (4, 10.6, 19.0, 'power', "Planned switching of the utility that was announced nowhere. Servers shut down in order at 15:10.", 32.6),
)


def tell(story):
    for days_ago, start, end, kind, cause, logged in OUTAGES:
        day = story.day(days_ago, workday=True)
        span = story.moment(day, start), story.moment(day, end)
        story.dark.append(span)
        story.at(story.moment(day, logged), log_outage, story, span, kind, cause)
    story.at(story.moment(story.day(2), 15.5), plan_maintenance, story)


def log_outage(story, span, kind, cause):
    start, end = span
    story.as_user('technician')['it.outage'].create({'kind': kind, 'start_at': start, 'end_at': end, 'cause': cause})


def plan_maintenance(story):
    start = story.moment(story.today + timedelta(days=3), 18)
    ups = story.env['it.asset'].search([('kind', '=', 'ups')], limit=1) or story.env['it.asset'].search([('kind', '=', 'host')], limit=1)
    story.as_user('technician2')['it.downtime'].create({
        'reason': "New battery for the secondary UPS", 'asset_ids': [Command.link(ups.id)], 'start_at': start, 'end_at': start + timedelta(hours=2)})
