"""What colleagues asked for over the weeks, each subject in its own category, and what was done about it."""
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage


@dataclass
class Request:
    """One ticket of the past.

    :param steps: ``(hours after the one before, minutes of work, what was done)``; it is resolved with the last
    :param answers: to what the category's form asks
    :param waits: what a technician says after the first step, until the second: ``hold`` for something outside, ``wait`` for the colleague's word
    :param gives: the group that is proposed for a colleague after the last step, and waits for a manager
    :param end: what follows: confirmed, silent, reopened, cancelled, or nothing (`open`, `resolved`)
    """
    days_ago: int
    hour: float
    category: str
    subject: str
    text: str
    steps: tuple = ()
    end: str = 'confirmed'
    requester: str = 'user'
    by: str = 'technician'
    channel: str = 'odoo'
    priority: str = '0'
    reason: str = field(default='')
    answers: dict = field(default_factory=dict)
    gives: str = ''
    waits: tuple = ()


REQUESTS = (
    Request(60, 9.1, 'account_access', "Account for the new colleague in Marketing", "Selam Tadesse starts on Monday: mail, Odoo and the shared folder of Marketing, please.",
            ((2, 25, "Made the user and the mailbox, put her into the group of Marketing."), (3, 10, "Rights compared with the matrix; password handed over in person.")), answers={'what': 'new_account', 'login': 'selam.tadesse', 'rights': 'Mail, Odoo, the shared folder of Marketing'}),
    Request(57, 10.4, 'printer_ink', "Toner of the printer at the counter is low", "It prints grey since this morning.",
            ((1, 15, "Changed the cartridge HP 26A from stock; test page is black."),), by='technician2', answers={'colour': 'black'}),
    Request(54, 14.2, 'salesperson_so_engine', "Salesperson for the branch in Adama", "Abebe Kebede sells there from the first of the month.",
            ((18, 20, "Entered him as salesperson in SO Engine, price list of the branch."), (1, 5, "Test order with the branch on the phone went through.")), requester='manager'),
    Request(50, 8.7, 'remote_help', "Outlook asks for the password again and again", "Since the power came back yesterday.",
            ((1, 30, "By RustDesk: removed the stored credential and signed in again."),)),
    Request(48, 11.0, 'sellable_item', "New item: coffee 250 g, ground", "Same price group as the 500 g pack, unit is pack.",
            ((4, 15, "Made the item in Odoo with its barcode and taxes as for 500 g; visible in SO Engine."),), by='technician2', answers={'what': 'create', 'name': 'Coffee 250 g, ground', 'price': 412.0}),
    Request(45, 15.1, 'id_card', "ID card for the new driver", "Photo is in the shared folder, name as in the contract.",
            ((17, 20, "Made the card in Asure ID, printed and handed over."),), requester='manager', by='technician2'),
    Request(42, 9.5, 'sales_location_pricelist', "Price list of Adama has the old coffee price", "It should be 412 from Monday on.",
            ((2, 10, "Corrected the price in the list of the branch."), (1, 5, "Looked at it on the terminal of the branch.")), answers={'what': 'change_price', 'name': 'Adama', 'item': 'Coffee', 'new_price': 412.0}),
    Request(38, 8.2, 'remote_help', "No network at the second counter after the power cut", "The screen says no connection.",
            ((1, 35, "The switch under the counter had lost its mains plug; plugged in and fixed with a tie."),), by='technician2', priority='2', channel='phone'),
    Request(36, 13.3, 'purchase_payment_request', "Payment request is cut off at the right when printed", "The bank sent it back.",
            ((3, 20, "Set the page to landscape and the print area to the table."),), end='reopened', by='technician2',
            reason="The second page still lacks the signature lines."),
    Request(33, 10.1, 'unit_of_measure', "Carton of 12 for mineral water", "We sell single bottles and cartons.",
            ((5, 15, "Made the unit “Carton of 12” and set it as the sales unit of the three waters."),)),
    Request(30, 16.0, 'contact', "Vendor has a new bank account", "Letter of the bank is attached to the contract folder.",
            ((16, 10, "Changed the bank account after Finance had called the vendor back."),), requester='manager', answers={'what': 'change', 'kind': 'vendor'}),
    Request(28, 9.9, 'inventory_purchase', "Two monitors for the new desks of Finance", "The desks come next week.",
            ((6, 10, "Purchase request handed in for two 24 inch monitors."), (48, 5, "Procurement: ordered, comes on Friday."), (72, 20, "Set up on both desks.")), requester='manager',
            waits=('hold', "Procurement orders them; they come within a week.")),
    Request(24, 11.6, 'remote_help', "Spreadsheet opens as read-only", "It says that it is locked by another user, but nobody has it open.",
            ((1, 15, "A stale lock file in the folder; removed it."),), end='silent', reason="No answer for more than a week; the file is edited daily since."),
    Request(21, 8.5, 'account_access', "Forgot my password for Odoo", "I was on leave for three weeks.",
            ((0.5, 5, "Sent a new link by mail after a call back to her desk."),), by='technician2', channel='phone', answers={'what': 'reset_password'}),
    Request(19, 14.7, 'company_branch', "Address of the branch in Hawassa changed", "New address: Piazza, Tabor building, second floor.",
            ((20, 10, "Changed the branch's address in Odoo; letterhead printed for a look."),), requester='manager', by='technician2'),
    Request(17, 9.2, 'remote_help', "Loj report of yesterday is empty", "The file is there, but it has no rows.",
            ((1, 30, "The line was down when it ran; made the report again by hand."),), priority='1'),
    Request(15, 10.8, 'printer_ink', "Colour printer of Marketing prints stripes", "The flyers have to go to the printer's shop today.",
            ((1, 25, "Cleaned the heads twice; stripes are gone. Cyan is low, spare is ordered."),), by='technician2', priority='1'),
    Request(12, 15.4, 'other', "Can I have two screens?", "As Finance has.", end='cancelled', reason="Is in the budget of next year; asked again then."),
    Request(10, 9.7, 'toner_stock', "Only one HP 59A left in the cupboard", "Took the last but one today.",
            ((3, 10, "Ordered four; minimum raised to two."), (50, 5, "Arrived and put into the cupboard.")),
            waits=('hold', "The supplier brings them in two days.")),
    Request(8, 11.2, 'sellable_item', "Barcode of the sugar 1 kg does not scan", "It is a new pack with another code.",
            ((4, 15, "Added the new barcode beside the old one."),), by='technician2', end='resolved'),
    Request(6, 13.8, 'salesperson_so_engine', "Salesperson left: take him out of SO Engine", "Last day was Friday.",
            ((19, 15, "Archived the salesperson and moved his open orders to the branch."),), requester='manager', end='resolved'),
    Request(5, 10.0, 'account_access', "Rights for the new accountant as in the matrix", "Starts in two weeks; role Accountant.",
            ((22, 20, "Account made; the rights for payments wait for the manager's word."),), end='open', requester='manager', by='technician2', gives='purchase.group_purchase_user'),
    Request(3, 9.3, 'remote_help', "Scanner at the warehouse counts twice", "Each scan comes twice since the power cut.",
            ((4, 20, "Changed the cable; it still happens at times. Spare scanner lent meanwhile."),), end='open', priority='1',
            waits=('wait', "Does the spare scanner count twice, too?")),
    Request(2, 14.9, 'contact', "Double customer: Selam Trading", "One has the right tax number, please merge.", end='open', by='', answers={'what': 'change', 'kind': 'customer', 'name': 'Selam Trading'}),
    Request(1, 10.6, 'printer_ink', "Black is empty at the accountant's printer", "The spare is not in the cupboard.", end='open', requester='manager', by='', priority='1'),
    Request(0, 8.1, 'sales_location_pricelist', "New year's price list for wholesale", "Starts on the first; the list is in the shared folder.", end='open', by='', requester='manager'),
)


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
    for request in REQUESTS:
        day = story.day(request.days_ago, workday=request.days_ago > 0)
        story.at(story.moment(day, request.hour), log, story, request)


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


def log(story, request):
    """The colleague logs it, or the technician whom they called."""
    category = story.env['it.ticket.category'].search([('code', '=', request.category)], limit=1)
    values = {'subject': request.subject, 'description': request.text, 'category_id': category.id, 'priority': request.priority,
              'request_values': request.answers}
    login = request.requester
    if request.channel != 'odoo':
        login = request.by
        values.update(channel=request.channel, requester_id=story.users[request.requester].id, requested_at=story.env.cr.now() - timedelta(minutes=10))
    ticket = story.as_user(login, silent=False)['it.ticket'].create(values)
    moment = story.env.cr.now()
    if request.end == 'cancelled':
        story.at(moment + timedelta(hours=20), act, story, ticket, request.requester, 'action_cancel', request.reason)
    elif request.steps:
        story.at(moment + timedelta(minutes=35), act, story, ticket, request.by, 'action_start')
        work(story, ticket, request, request.steps, moment + timedelta(minutes=40))


def work(story, ticket, request, steps, moment):
    """Plan the steps one after another, and what follows the last."""
    for number, (hours, minutes, text) in enumerate(steps):
        moment = in_hours(story, moment + timedelta(hours=hours))
        if number == 1 and request.waits:
            story.at(moment - timedelta(minutes=1), act, story, ticket, request.by, 'action_resume')
        story.at(moment, step, story, ticket, request.by, text, minutes)
        if not number and request.waits:
            story.at(moment + timedelta(minutes=5), act, story, ticket, request.by, f'action_{request.waits[0]}', request.waits[1])
    if request.gives:
        story.at(moment + timedelta(minutes=5), propose, story, ticket, request)
    if request.end == 'open':
        return
    story.at(moment + timedelta(minutes=2), tick, story, ticket, request.by)
    story.at(moment + timedelta(minutes=3), act, story, ticket, request.by, 'action_resolve')
    after = in_hours(story, moment + timedelta(hours=2 + story.luck(request.subject) / 100))
    if request.end == 'confirmed':
        story.at(after, act, story, ticket, request.requester, 'action_confirm')
    elif request.end == 'silent':
        story.at(in_hours(story, moment + timedelta(days=15)), act, story, ticket, request.by, 'action_close_silently', request.reason)
    elif request.end == 'reopened':
        story.at(after, act, story, ticket, request.requester, 'action_reopen', request.reason)
        again = Request(**{**vars(request), 'end': 'confirmed'})
        work(story, ticket, again, ((1.5, 15, "Added the signature lines to the second page and printed both for a look."),), after)


def in_hours(story, moment):
    """Return the moment itself in working hours, else the next working morning."""
    day = story.day_of(moment)
    hour = (moment - story.moment(day, 0)).total_seconds() / 3600
    if hour > 17:
        day, hour = day + timedelta(days=1), 8.4
    while day.weekday() > 4 or day in story.holidays:
        day, hour = day + timedelta(days=1), 8.6
    return story.moment(day, max(hour, 8.2))


def step(story, ticket, login, text, minutes):
    story.as_user(login, silent=False)['it.ticket.step'].create({
        'ticket_id': ticket.id, 'description': text, 'minutes': minutes, 'done_at': story.env.cr.now()})


def tick(story, ticket, login):
    """Tick the checklist of a ticket, all of it: it is solved."""
    ticket.with_env(story.as_user(login, silent=False)).item_ids.action_tick()


def propose(story, ticket, request):
    """Propose a group for the colleague, as the technician."""
    story.as_user(request.by, silent=False)['it.access.change'].create({
        'ticket_id': ticket.id, 'user_id': story.users['user'].id, 'add_ids': [(4, story.env.ref(request.gives).id)]})


def act(story, ticket, login, action, *arguments):
    """Press one button on a ticket as a person."""
    getattr(ticket.with_env(story.as_user(login, silent=False)), action)(*arguments)
