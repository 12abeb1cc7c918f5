"""What colleagues asked for over the weeks, each subject in its own category, and what was done about it."""
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class Request:
    """One ticket of the past.

    :param steps: ``(hours after the one before, minutes of work, what was done)``; it is resolved with the last
    :param answers: to what the category's form asks
    :param waits: what a technician says after the first step, until the second: ``hold`` for something outside, ``wait`` for the colleague's word
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
            ((22, 20, "Account made; the rights for payments wait for the manager's word."),), end='open', requester='manager', by='technician2'),
    Request(3, 9.3, 'remote_help', "Scanner at the warehouse counts twice", "Each scan comes twice since the power cut.",
            ((4, 20, "Changed the cable; it still happens at times. Spare scanner lent meanwhile."),), end='open', priority='1',
            waits=('wait', "Does the spare scanner count twice, too?")),
    Request(2, 14.9, 'contact', "Double customer: Selam Trading", "One has the right tax number, please merge.", end='open', by='', answers={'what': 'change', 'kind': 'customer', 'name': 'Selam Trading'}),
    Request(1, 10.6, 'printer_ink', "Black is empty at the accountant's printer", "The spare is not in the cupboard.", end='open', requester='manager', by='', priority='1'),
    Request(0, 8.1, 'sales_location_pricelist', "New year's price list for wholesale", "Starts on the first; the list is in the shared folder.", end='open', by='', requester='manager'),
)


def tell(story):
    for request in REQUESTS:
        day = story.day(request.days_ago, workday=request.days_ago > 0)
        story.at(story.moment(day, request.hour), log, story, request)
    story.at(story.moment(story.day(1, workday=True), 11.5), belong, story)


def belong(story):
    """The network of a floor is down: two who told of it are parts of it, and who asked for the same ink again is a double."""
    tickets = story.as_user('technician', silent=False)['it.ticket']
    categories = {code: story.env['it.ticket.category'].search([('code', '=', code)], limit=1).id for code in ('remote_help', 'printer_ink')}

    def called(login, subject, code='remote_help'):
        return tickets.create({'subject': subject, 'category_id': categories[code], 'requester_id': story.users[login].id, 'channel': 'phone'})

    incident = called('technician', "No network on the first floor")
    incident.action_start()
    (called('user', "The shared folder is gone") | called('manager', "Mail does not come in")).action_join_incident(incident.id)
    empty = tickets.search([('subject', '=', "Black is empty at the accountant's printer")], limit=1)
    if empty:
        called('user', "Accountant's printer has no black", 'printer_ink').action_merge_into(empty.id)


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


def act(story, ticket, login, action, *arguments):
    """Press one button on a ticket as a person."""
    getattr(ticket.with_env(story.as_user(login, silent=False)), action)(*arguments)
