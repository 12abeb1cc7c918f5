from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Note who resolved what waits for a word, and let it wait as it does from here on.

    Who resolved it is who began its wait for confirmation, else who did its last step. Who asked and did it too has no last word: others are called.
    """
    cr.execute("""
        UPDATE it_ticket AS ticket
           SET resolved_by_id = COALESCE(
               (SELECT pause.started_by_id FROM it_ticket_pause AS pause
                 WHERE pause.ticket_id = ticket.id AND pause.kind = 'confirmation' AND pause.ended_at IS NULL ORDER BY pause.id DESC LIMIT 1),
               (SELECT step.done_by_id FROM it_ticket_step AS step WHERE step.ticket_id = ticket.id ORDER BY step.done_at DESC, step.id DESC LIMIT 1))
         WHERE ticket.state = 'resolved' AND ticket.resolved_by_id IS NULL
    """)
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.invalidate_all()
    waiting = env['it.ticket'].search([('state', '=', 'resolved')])
    pause_words(waiting.filtered(lambda ticket: ticket.answered_at or ticket.asked_at))
    for ticket in waiting.filtered(lambda ticket: ticket._is_by_own_hand()):
        ticket._forget_confirmation_request()
        ticket._call_for_work()


def pause_words(tickets):
    """Let the time of these run since a word on them that nobody has answered, and count what was answered as solved with the reply.

    The wait for their confirmation went on through both. What is late by that is told of a day later, and a reminder of before was none for another
    technician to close it in words.
    """
    env, answered = tickets.env, tickets.filtered('answered_at')
    for ticket in tickets:
        wait = ticket.pause_ids.filtered(lambda pause: pause.kind == 'confirmation' and not pause.ended_at)
        moment = ticket.answered_at or ticket.asked_at
        if not wait or wait.started_at >= moment:
            continue
        wait._transition({'ended_at': moment, 'ended_by_id': SUPERUSER_ID})
        if not ticket.answered_at:
            env['it.ticket.pause']._begin(ticket, 'confirmation', started_at=moment, started_by_id=wait.started_by_id.id)
        ticket._transition({'warned_at': False})
    tickets._refresh_clocks()
    env['it.ticket.call']._note_known(answered)
