"""The handbook's tasks: done on time by whose turn it is, with some late, some missed, and three bad days."""
from datetime import timedelta

from . import answers, backups

WEEKEND_OFF = ('printer_queues', 'printer_ink')
AGENTS_SINCE_DAYS_AGO = 35
# Of a thousand runs, how many fared so on an ordinary day; all others were done on time; it fails only where FAILURES knows how.
MISSED, LATE, FAILED = 7, 12, 18
FAILURES = {
    'backup_cnet': ("MegaSync stopped at 84 %: the target disk was full.", "Removed what was older than ten days; uploaded completely."),
    'backup_peachtree': ("The dump of the night has 0 bytes.", "Peachtree was still open on a desk. Closed it and ran the backup again."),
    'backup_odoo': ("The upload of the night did not finish.", "Started it again after the line was back; complete at noon."),
    'service_cnet': ("The CNET service had stopped.", "Restarted it in Windows Services; it had run into a full log."),
    'tailscale': ("Tailscale was signed out on the branch's machine.", "Signed in again with the branch on the phone."),
    'so_engine': ("No Java process of the SO Engine after the night's update.", "Started it by hand and put it back into the start-up."),
    'server_manager_alerts': ("Two services with delayed start are stopped.", "Started both; green after a refresh."),
    'printer_queues': ("Three jobs stuck on the colour printer of Marketing.", "Restarted the spooler; the jobs came out."),
}
LATE_REASONS = (
    "Done in the morning and ticked on the day sheet; entered when the desk was free again.",
    "Was at the branch all day; entered from the day sheet.",
    "Done by phone with the colleague at the warehouse; entered the next morning.",
)


def tell(story):
    begin(story)
    for days_ago in range((story.today - story.first_day).days, -1, -1):
        story.at(story.moment(story.day(days_ago), 0.1), begin_day, story, story.day(days_ago))


def begin(story):
    """Let the handbook have begun when the story does, with a holiday and one person's leave in it."""
    env = story.env
    story.planned = set()
    first = story.first_day
    # Past the guards, the one time: a task makes no runs for the time before it was made, and nobody can make one earlier.
    env.flush_all()
    env.cr.execute("UPDATE it_task SET create_date = %s, start_date = LEAST(start_date, %s), generated_until = NULL",
                   [story.moment(first, 0) - timedelta(hours=1), first])
    env.invalidate_all()
    rota = env['it.rota'].search([], limit=1)
    rota.start_date -= timedelta(weeks=10)  # an even number: whose week it is now stays
    holiday = story.day(25, workday=True)
    story.holidays.add(holiday)
    story.at(story.moment(first, 8), enter_leave, story, "Public holiday", env['resource.resource'], holiday, holiday)
    away = story.day(33) - timedelta(days=story.day(33).weekday())
    story.leave = (away, away + timedelta(days=4))
    person = story.users['technician2'].employee_id.resource_id
    story.at(story.moment(first, 9), enter_leave, story, "Annual leave", person, *story.leave)


def enter_leave(story, name, resource, first, last):
    story.as_user('manager')['resource.calendar.leaves'].sudo().create({
        'name': name, 'resource_id': resource.id, 'date_from': story.moment(first, 0), 'date_to': story.moment(last, 23.99),
        'company_id': story.company.id, 'time_type': 'leave',
        'calendar_id': resource.calendar_id.id if resource else story.company.resource_calendar_id.id})


def begin_day(story, day):
    """Make the runs of the day, close those of yesterday that nobody did, and plan how today's will fare."""
    env = story.as_system()
    if (story.today - day).days % 2 == 0:
        env['it.task'].search(env['it.task']._due_domain(story.company))._generate_runs()
    runs = env['it.task.run']
    missed = runs.search([('state', '=', 'pending'), ('deadline_at', '<', story.moment(day, 0.1))])
    missed._close_missed()
    for run in missed:
        story.at(story.moment(day, 9.0 + story.luck('entered', run.id) / 2000), follow_up, story, run, day)
    for run in runs.search([('state', '=', 'pending'), ('open_at', '<', story.moment(day, 24))], order='due_at, id'):
        if run.id not in story.planned:
            story.planned.add(run.id)
            plan(story, run)


def plan(story, run):
    """Decide when and how one run will be done."""
    code, luck = run.task_id.code, story.luck(run.task_id.code, run.occurrence)
    is_closed = run.date.weekday() == 6 or run.date in story.holidays
    if code in WEEKEND_OFF and is_closed:
        why = "The office was closed for the public holiday." if run.date in story.holidays else "The office is closed on Sundays."
        story.at(story.moment(run.date, 9.5), not_applicable, story, run, why)
        return
    moment = usual_moment(story, run, luck)
    outage_end = max((end for start, end in story.dark if start <= moment <= end or start <= run.due_at <= end), default=None)
    if outage_end:
        moment = outage_end + timedelta(minutes=25 + luck // 20)
        if moment <= min(run.deadline_at, story.moment(run.date, 20)):  # else nobody was there any more
            story.at(moment, do, story, run, {})
    else:
        plan_ordinary(story, run, moment, luck)


def plan_ordinary(story, run, moment, luck):
    """Decide how one run fares on a day without an outage; at weekends more is forgotten."""
    times = 2 if run.date.weekday() > 4 else 1
    missed, late, failed = MISSED * times, (MISSED + LATE) * times, (MISSED + LATE) * times + FAILED
    has_agent = (story.today - run.date).days <= AGENTS_SINCE_DAYS_AGO
    if luck < missed:
        return
    if luck < late:
        moment = run.due_at + timedelta(minutes=20 + luck * 4)
        story.at(min(moment, run.deadline_at - timedelta(minutes=5)), do, story, run, {})
    elif luck < failed and run.task_id.code in FAILURES:
        story.at(moment, fail, story, run)
    elif has_agent and run.task_id.check_template_ids and not run.item_ids and not run.task_id._proving_sets():
        story.at(max(run.open_at + timedelta(minutes=7), story.moment(run.date, 6.2)), prove, story, run)
    else:
        story.at(moment, do, story, run, {})


def usual_moment(story, run, luck):
    """Return when one run is done on an ordinary day: some time before it is due; what has days to be done, on a working morning."""
    if run.due_at - run.open_at > timedelta(hours=30):
        day = story.day_of(run.open_at) + timedelta(days=1 + luck % max(1, (run.due_at - run.open_at).days - 1))
        while day.weekday() > 4 and day > story.day_of(run.open_at):
            day -= timedelta(days=1)
        return max(story.moment(day, 9 + luck % 60 / 10), run.open_at + timedelta(minutes=5))
    quarter = timedelta(minutes=15 * (1 + luck % 9))
    return max(run.due_at - quarter, run.open_at + timedelta(minutes=5))


# === WHAT PEOPLE DO === #

def doer(story, run):
    """Return the login of who does one run: whose turn it is, on a weekend or not; else the two share the day."""
    day = story.day_of(story.env.cr.now())
    logins = {story.users[login].id: login for login in ('technician', 'technician2', 'manager')}
    if run.responsible_id.id in logins:
        return logins[run.responsible_id.id]
    if story.leave[0] <= day <= story.leave[1]:
        return 'technician'
    on_duty = 'technician2' if day.isocalendar().week % 2 else 'technician'
    other = 'technician' if on_duty == 'technician2' else 'technician2'
    return on_duty if day.weekday() > 4 or story.luck('who', run.id) < 650 else other


def do(story, run, words, login=None):
    """Fill in what the run asks for and mark it as done, with a reason where a value is bad."""
    if run.state not in ('pending', 'missed', 'failed'):
        return
    login = login or doer(story, run)
    env = story.as_user(login)
    mine = run.with_env(env)
    if run.draws_restore and not run.drill_ids:
        backups.restore(story, mine)
    reason = answers.fill(story, mine)
    note = answers.note(story, run)
    # what a check proves is not looked up for a time before there was one: the person says so
    reason = reason or (run._proven() is False and why_all_the_same(run) or None)
    mine.action_done(**{'note': note, 'override_reason': reason, **words})
    look_again(story, run)


def why_all_the_same(run):
    """Return why one run is done although nothing proves it."""
    if run.task_id._proving_sets():
        return "Copied it by hand to the disk of the branch's PC, and compared the sizes."
    return "Looked at it at the screen; the agent had nothing fresh."


def look_again(story, run):
    """Let another person look on the next working morning at what waits for one."""
    if run.waits_for_second:
        day = story.day_of(story.env.cr.now())
        day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
        story.at(story.moment(day, 9.6), verify, story, run)


def prove(story, run):
    """Let the machine verify one run, as it does for what its checks prove; the results are invented like all here."""
    if run.state != 'pending':
        return
    now = story.env.cr.now()
    run.with_env(story.as_system()).write({
        'state': 'auto_verified', 'done_at': now - timedelta(minutes=2), 'entered_at': now, 'closed_at': now,
        'snapshot': answers.results(story, run)})


def fail(story, run):
    if run.state != 'pending':
        return
    why, repaired = FAILURES[run.task_id.code]
    login = doer(story, run)
    run.with_env(story.as_user(login)).action_fail(reason=why)
    story.at(story.env.cr.now() + timedelta(hours=1.6), repair, story, run, login, repaired)


def repair(story, run, login, repaired):
    if story.luck('repaired', run.id) < 850:
        run.with_env(story.as_user(login)).action_reject(reason="Repaired; to be looked at again.")
        do(story, run, {'note': repaired}, login)


def not_applicable(story, run, why):
    if run.state == 'pending':
        run.with_env(story.as_user(doer(story, run))).action_not_applicable(reason=why)
        look_again(story, run)


def verify(story, run):
    """Another person looks again; one in forty goes back to its doer."""
    mine = run.with_env(story.as_user('manager'))
    if not run.waits_for_second or story.users['manager'] in run._get_doers():
        return
    if run.state == 'done' and not run.is_late_entry and story.luck('verify', run.id) < 25:
        mine.action_reject(reason="The newest backup that stayed is not named by its date. Please add it.")
        story.at(story.env.cr.now() + timedelta(hours=2), do, story, run, {'late_reason': "It was done in time; the date is added."})
    else:
        mine.action_verify()


def follow_up(story, run, day):
    """The morning after a miss: an outage is its excuse; else it was done and not entered, or not done at all."""
    # A holiday is the manager's own entry: of what it excuses, another one would have to decide.
    offers = [offer for offer in run.with_env(story.as_user('technician')).get_offered_facts() if offer['key'].startswith('outage:')]
    if offers:
        run.with_env(story.as_user('technician')).action_ask_excuse(offers[0]['key'], "Nothing could be reached, and nobody was in the building.")
        if (story.today - day).days > 7:  # the newest wait on the manager's desk
            story.at(story.moment(day + timedelta(days=1), 10.2), decide, story, run)
    elif story.luck('late', run.id) < 450:
        when = run.due_at - timedelta(minutes=30)
        do(story, run, {'late_reason': story.pick(LATE_REASONS, run.id), 'done_at': max(run.open_at, when)})


def decide(story, run):
    excuse = run.with_env(story.as_user('manager')).excuse_ids.filtered(lambda one: one.state == 'asked')
    if run.task_id.code == 'ups_primary_app':
        excuse.action_refuse("The app works from a phone, also without mains in the office.")
    else:
        excuse.action_grant("Confirmed with the utility.")
