"""The fiscal year's closing, in the middle of its steps on the Testbed."""
import base64
from datetime import timedelta

SCRIPT = b"-- Carries the balances of the closed year forward.\nUPDATE account_balance SET opening = closing WHERE fiscal_year = 2018;\n"
EVIDENCE = (
    "Backup of production of 02:00 restored into the Testbed; 412 customers on both sides.",
    "412 rows before, 412 after; no error in the log.",
    "Sequences and the new fiscal year are set; a test invoice got the first number of the year.",
)
STEPS_DONE = 3


def tell(story):
    story.at(story.moment(story.day(13, workday=True), 9.3), begin, story)


def begin(story):
    """The manager starts the closing; the technicians do its first steps, one every other day, and the manager verifies."""
    end = (story.today + timedelta(days=14)).replace(day=28) + timedelta(days=4)
    closing = story.as_user('manager')['it.closing'].create({'date_end': end - timedelta(days=end.day)})
    closing.action_open()
    first = story.day_of(story.env.cr.now())
    for number, step in enumerate(closing.step_ids.sorted(lambda step: (step.sequence, step.id))[:STEPS_DONE + 1]):
        day = first + timedelta(days=1 + 3 * number)
        login = ('technician', 'technician2')[number % 2]
        story.at(story.moment(day, 10.2), start, story, step, login)
        if number < STEPS_DONE:
            story.at(story.moment(day, 14.5), finish, story, step, login, EVIDENCE[number])
            story.at(story.moment(day + timedelta(days=1), 9.9), verify, story, step)


def start(story, step, login):
    step.with_env(story.as_user(login)).action_start()


def finish(story, step, login, evidence):
    values = {'evidence': evidence}
    if step.kind == 'sql_script':
        values.update(script_file=base64.b64encode(SCRIPT), script_name="carry_forward.sql")
    mine = step.with_env(story.as_user(login))
    mine.write(values)
    mine.action_done()


def verify(story, step):
    step.with_env(story.as_user('manager')).action_verify()
