def migrate(cr, version):
    """Mark the steps that a ticket's button wrote before they were marked by themselves, so that nobody else is told what they say.

    A deed writes its step and the list of what was done in one transaction, so both were created at the same moment by the same person.
    Where a deed has no step of that moment, as of one that was taken out and written anew or of rows that were imported, nobody knows which
    one tells of it: then each step of whoever did it on that ticket counts as one.
    """
    cr.execute("""
        UPDATE it_ticket_step AS step SET is_deed = TRUE
          FROM it_ticket_record AS record
         WHERE record.ticket_id = step.ticket_id AND record.done_by_id = step.done_by_id AND record.create_date = step.create_date
           AND step.is_deed IS NOT TRUE
    """)
    cr.execute("""
        UPDATE it_ticket_step AS step SET is_deed = TRUE
          FROM it_ticket_record AS record
         WHERE record.ticket_id = step.ticket_id AND record.done_by_id = step.done_by_id AND step.is_deed IS NOT TRUE
           AND NOT EXISTS (
               SELECT FROM it_ticket_step AS own
                WHERE own.ticket_id = record.ticket_id AND own.done_by_id = record.done_by_id AND own.create_date = record.create_date)
    """)
