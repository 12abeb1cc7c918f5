"""What kept going wrong in the invented months, and what was done about it: of these one came to its end, one is being watched, one is on its way.

The software finds what repeats as it would have found it, in the evening of each third day.
"""
from datetime import timedelta

MEASURE_DAYS = 12
# (days ago, hours after which the change was made, root cause, expected gain, what was changed): what the software found, taken up since
TAKEN_UP = (
    (13, 78, "It stands in nobody's calendar and comes when the phones ring most.", "Done before nine on each day it is due.",
     "Due before nine, and the deputy sees it too when the first is on leave."),
    (6, None, "The place to look is known to one of us only.", "Either of us does it within five minutes.", ""),
)
SUGGESTIONS = (
    (41, 11.2, 'user', "A second screen for who writes invoices", 'hardware', "They switch between the order and the invoice all day."),
    (9, 15.1, 'manager', "Tell us before the mail is down for maintenance", 'process', "Twice it was down while we closed the month."),
)
DISMISSED = 0  # the first suggestion


def tell(story):
    for number, suggestion in enumerate(SUGGESTIONS):
        story.at(story.moment(story.day(suggestion[0], workday=True), suggestion[1]), suggest, story, number, suggestion)
    for days_ago in range(57, 0, -3):
        story.at(story.moment(story.day(days_ago), 20.5), find, story)
    story.at(story.moment(story.day(34, workday=True), 10.1), flag, story)
    for number, (days_ago, *_rest) in enumerate(TAKEN_UP):
        story.at(story.moment(story.day(days_ago, workday=True), 9.6), take_up, story, number)
    for days_ago in range(34, 0, -1):
        story.at(story.moment(story.day(days_ago), 6.2), measure, story)


def suggest(story, number, suggestion):
    """A colleague says what should be better; one of it is put aside for the time being."""
    _days_ago, _hour, login, name, area, text = suggestion
    made = story.as_user(login)['it.improvement'].create({'name': name, 'area': area, 'description': f"<p>{text}</p>"})
    if number == DISMISSED:
        story.at(story.env.cr.now() + timedelta(days=3), dismiss, story, made)


def dismiss(story, made):
    made.with_env(story.as_user('manager')).action_dismiss("The desks are replaced in spring, with two screens each.")


def find(story):
    story.as_system()['it.improvement.finder']._find_in(story.company)


def measure(story):
    records = story.as_system()['it.improvement']
    for record in records.search([('state', '=', 'check')]):
        if record.measure_on <= story.day_of(story.env.cr.now()):
            record._measure_result()


def flag(story):
    """The technician flags the help that colleagues need most, plans it, changes something, and the figure says whether it helped."""
    mine = story.as_user('technician')
    ticket = mine['it.ticket'].search([('category_id.code', '=', 'remote_help')], order='id', limit=1)
    record = mine['it.improvement'].browse(ticket.action_flag_improvement()['res_id'])
    today = story.day_of(story.env.cr.now())
    record.write({
        'root_cause': "After each power cut programs ask for passwords that nobody remembers.",
        'expected_gain': "Colleagues work on at once; we are not called for it.",
        'known_error': "Remove the stored credential and sign in again.", 'area': 'software',
        'measure': 'work_min', 'target': 20, 'measure_days': MEASURE_DAYS, 'date_deadline': today + timedelta(days=4),
        'measure_on': today + timedelta(days=MEASURE_DAYS + 3)})
    record.action_take_up()
    record.action_begin()
    change_made = "The mail program signs in by the account of the computer; no stored password any more."
    story.at(story.env.cr.now() + timedelta(days=2), changed, story, record, change_made)
    story.at(story.env.cr.now() + timedelta(days=MEASURE_DAYS + 7), close, story, record)


def take_up(story, number):
    """The technician plans and begins a change against the task that the software found most often."""
    _days_ago, hours, root_cause, expected_gain, change_made = TAKEN_UP[number]
    mine = story.as_user('technician')
    record = mine['it.improvement'].search([('state', '=', 'suggested'), ('task_id', '!=', False)], order='occurrences desc, id', limit=1)
    today = story.day_of(story.env.cr.now())
    record.write({
        'root_cause': root_cause, 'expected_gain': expected_gain, 'measure': 'task_trouble', 'measure_days': MEASURE_DAYS,
        'date_deadline': today + timedelta(days=7), 'measure_on': today + timedelta(days=MEASURE_DAYS + 8)})
    _span, before = mine['it.improvement.measurement']._count(record, 'before')
    record.target = before.value // 2
    record.action_take_up()
    record.action_begin()
    if hours:
        story.at(story.env.cr.now() + timedelta(hours=hours), changed, story, record, change_made)


def changed(story, record, change_made):
    mine = record.with_env(story.as_user('technician'))
    mine.change_made = change_made
    mine.action_changed()


def close(story, record):
    mine = record.with_env(story.as_user('technician'))
    if mine.state == 'act':
        mine.standard = "New computers are set up like this; it stands in the list for set-ups."
        mine.action_close()
