"""What colleagues found without a ticket, and the mail of which nobody can tell what to do with it."""
from email.message import EmailMessage

# What colleagues find on Ask IT: days ago, category, question, other words, answer, whom it helped.
ANSWERS = (
    (40, 'printer_problem', "The printer says that paper is jammed", "stuck, crumpled, red light",
     "<ol><li>Open the door at the back and the tray in front.</li><li>Pull the paper out slowly, with both hands.</li><li>Close both; the printer goes on by itself.</li></ol>", ('user', 'manager')),
    (35, 'account_access', "I forgot my password for Odoo", "login, locked out",
     "<p>Press <b>Reset Password</b> on the page where you log in; a mail with a link comes at once. The link works for a day.</p>", ('user',)),
    (20, 'remote_help', "A spreadsheet opens as read-only", "Excel, locked, another user",
     "<ol><li>Close the file everywhere, also on the second computer.</li><li>Delete the file of the same name that begins with ~$ in the folder.</li></ol>", ()),
)

# (days ago, hour, from, subject, text): mails that the service desk's address got, and of which the software could not tell who asks
MAILS = (
    (9, 9.4, "Sara Tesfaye <sara.tesfaye@example.org>", "Invoice of October", "Please find our invoice attached."),
    (1, 10.2, "Dawit <dawit.private@example.org>", "Cannot log in from home", "It is Dawit from the warehouse. My password is not taken any more."),
)


def tell(story):
    for days_ago, *answer in ANSWERS:
        story.at(story.moment(story.day(days_ago, workday=True), 16.5), keep, story, *answer)
    for days_ago, hour, *mail in MAILS:
        story.at(story.moment(story.day(days_ago, workday=True), hour), receive, story, *mail)


def keep(story, category, title, keywords, text, helped):
    """A technician writes down what helped, and colleagues say that it does."""
    kind = story.env['it.ticket.category'].search([('code', '=', category)], limit=1)
    answer = story.as_user('technician', silent=False)['it.known.answer'].create({
        'title': title, 'keywords': keywords, 'text': text, 'category_ids': kind.ids})
    for login in helped:
        answer.with_env(story.as_user(login, silent=False)).action_helped()


def receive(story, sender, subject, text):
    """A mail came of which nobody can be told who asks; it waits for a technician."""
    message = EmailMessage()
    message['From'], message['Subject'] = sender, subject
    story.env['it.ticket.mail.unrouted']._keep(
        message, {'message_id': f"<{subject}@example.org>", 'email_from': sender, 'subject': subject, 'body': text}, 'list', 'stranger')
