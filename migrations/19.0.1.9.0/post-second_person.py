def migrate(cr, version):
    """Note who resolved what waits for a word: who began its wait for confirmation, else who did its last step. Who asked and did it too has no last word."""
    cr.execute("""
        UPDATE it_ticket AS ticket
           SET resolved_by_id = COALESCE(
               (SELECT pause.started_by_id FROM it_ticket_pause AS pause
                 WHERE pause.ticket_id = ticket.id AND pause.kind = 'confirmation' AND pause.ended_at IS NULL ORDER BY pause.id DESC LIMIT 1),
               (SELECT step.done_by_id FROM it_ticket_step AS step WHERE step.ticket_id = ticket.id ORDER BY step.done_at DESC, step.id DESC LIMIT 1))
         WHERE ticket.state = 'resolved' AND ticket.resolved_by_id IS NULL
    """)
