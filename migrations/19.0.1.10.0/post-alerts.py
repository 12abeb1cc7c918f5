def migrate(cr, version):
    """Bring silences and the ways to people of before in line with what holds from now on."""
    _list_nothing_of_old_silences(cr)
    _restore_a_way_to_people(cr)


def _list_nothing_of_old_silences(cr):
    """List nothing of silences that outlived their alerts and ended before this version: from now on their end lists what they hid."""
    cr.execute("""
        UPDATE it_alert SET silenced_at = NULL
         WHERE state IN ('resolved', 'merged') AND silenced_at IS NOT NULL AND silenced_until <= now() AT TIME ZONE 'UTC'""")


def _restore_a_way_to_people(cr):
    """Take the activities of a company out of the archive where its mails are archived too: one of the two has to stay."""
    cr.execute("""
        UPDATE it_notification_channel SET active = true WHERE id IN (
            SELECT DISTINCT ON (company_id) id FROM it_notification_channel
             WHERE kind = 'activity' AND company_id IN (
                SELECT company_id FROM it_notification_channel WHERE kind IN ('activity', 'mail')
                 GROUP BY company_id HAVING count(DISTINCT kind) = 2 AND NOT bool_or(coalesce(active, false)))
             ORDER BY company_id, sequence, id)""")
