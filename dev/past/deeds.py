"""What requests wanted done in Odoo: a change of access rights that waits for a manager."""

# days ago, hour, who proposes, subject of the request, the group that is to be given to the colleague
PROPOSALS = ((3, 14.5, 'technician2', "Rights for the new accountant as in the matrix", 'purchase.group_purchase_user'),)


def tell(story):
    for days_ago, hour, *proposal in PROPOSALS:
        story.at(story.moment(story.day(days_ago, workday=True), hour), propose, story, *proposal)


def propose(story, login, subject, group):
    """Propose a group for the colleague, as the technician."""
    env = story.as_user(login, silent=False)
    ticket = env['it.ticket'].search([('subject', '=', subject), ('state', 'in', ('new', 'in_progress'))], limit=1)
    if ticket:
        env['it.access.change'].create({
            'ticket_id': ticket.id, 'user_id': story.users['user'].id, 'add_ids': [(4, story.env.ref(group).id)]})
