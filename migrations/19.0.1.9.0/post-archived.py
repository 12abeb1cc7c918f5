def migrate(cr, version):
    """Let checks that were archived before that was noted be unknown from their last result on: nobody has looked since."""
    cr.execute("""
        WITH left_alone AS (
            SELECT checks.id, checks.hard_state, GREATEST(checks.hard_since, max(latest.measured_at)) AS at
              FROM it_check AS checks
              LEFT JOIN it_sample_latest AS latest ON latest.agent_id = checks.agent_id
               AND EXISTS (SELECT FROM it_sample_shape AS shape WHERE shape.id = latest.shape_id AND checks.id = ANY(shape.check_ids))
             WHERE NOT checks.active AND checks.attempt > 0 AND NOT (checks.state = 'unknown' AND checks.is_hard IS TRUE)
               AND checks.hard_since IS NOT NULL
             GROUP BY checks.id
        ), told AS (
            INSERT INTO it_check_transition (check_id, at, before, after, is_late)
            SELECT id, at, hard_state, 'unknown', false FROM left_alone WHERE hard_state != 'unknown'
        )
        UPDATE it_check AS checks
           SET state = 'unknown', hard_state = 'unknown', is_hard = true, attempt = 0, flap_changes = -1, is_flapping = false,
               state_since = CASE WHEN checks.state = 'unknown' THEN checks.state_since ELSE left_alone.at END,
               hard_since = CASE WHEN checks.hard_state = 'unknown' THEN checks.hard_since ELSE left_alone.at END
          FROM left_alone WHERE left_alone.id = checks.id
    """)
