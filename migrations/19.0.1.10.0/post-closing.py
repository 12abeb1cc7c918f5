def migrate(cr, version):
    """Let the steps of closings that run or ran be judged by the date that stood first, as far as their history tells; their name is today's.

    Who moved a date last is told too: another manager may confirm it.
    """
    cr.execute("""
        WITH moved AS (
            SELECT message.res_id AS id, changed.old_value_datetime::date AS day, changed.create_uid AS user_id,
                   row_number() OVER (PARTITION BY message.res_id ORDER BY changed.id) AS first,
                   row_number() OVER (PARTITION BY message.res_id ORDER BY changed.id DESC) AS last
              FROM mail_message AS message
              JOIN mail_tracking_value AS changed ON changed.mail_message_id = message.id
              JOIN ir_model_fields AS field ON field.id = changed.field_id AND field.model = 'it.closing.step' AND field.name = 'due_date'
              JOIN it_closing_step AS step ON step.id = message.res_id
              JOIN it_closing AS closing ON closing.id = step.closing_id AND message.date >= closing.opened_at
             WHERE message.model = 'it.closing.step' AND changed.old_value_datetime IS NOT NULL)
        UPDATE it_closing_step AS step
           SET planned_name = step.name,
               planned_date = COALESCE((SELECT day FROM moved WHERE moved.id = step.id AND moved.first = 1), step.due_date),
               date_moved_by_id = (SELECT user_id FROM moved WHERE moved.id = step.id AND moved.last = 1)
          FROM it_closing AS closing
         WHERE closing.id = step.closing_id AND closing.opened_at IS NOT NULL AND step.planned_name IS NULL
    """)
