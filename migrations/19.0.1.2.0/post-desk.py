def migrate(cr, version):
    """Give the resolved tickets back to their technicians whose last word came from somebody else after they were resolved."""
    cr.execute("""
        WITH word AS (
            SELECT DISTINCT ON (message.res_id) message.res_id, message.date, message.author_id
              FROM mail_message message
              JOIN it_ticket ticket ON ticket.id = message.res_id AND ticket.state = 'resolved' AND message.date > ticket.resolved_at
             WHERE message.model = 'it.ticket' AND message.message_type IN ('comment', 'email')
             ORDER BY message.res_id, message.date DESC, message.id DESC)
        UPDATE it_ticket ticket SET answered_at = word.date, queue_rank = CASE WHEN ticket.assignee_id IS NULL THEN 0 ELSE 1 END
          FROM word, res_users requester
         WHERE word.res_id = ticket.id AND requester.id = ticket.requester_id AND word.author_id = requester.partner_id
           AND ticket.answered_at IS NULL
    """)
