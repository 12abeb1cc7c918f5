from odoo import SUPERUSER_ID, api

TZ = 'tz=object.company_id.itc_tz'


def migrate(cr, version):
    """Let reminders write times as their reader's language does, also in templates that somebody wrote anew in other respects."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for kind, moment in (('due', 'run.due_at'), ('missed', 'run.deadline_at')):
        template = env.ref(f'it_continuity.mail_template_reminder_{kind}', raise_if_not_found=False)
        if template:
            before = f"format_datetime({moment}, {TZ}, dt_format='EEE d MMM, HH:mm')"
            now = f"run._moment_text({moment}, 'EEE d MMM', ends_day=True)"
            # All languages at once: neither text holds a sign that JSON writes otherwise.
            cr.execute('UPDATE mail_template SET body_html = replace(body_html::text, %s, %s)::jsonb WHERE id = %s', [before, now, template.id])
    env['mail.template'].invalidate_model(['body_html'])
