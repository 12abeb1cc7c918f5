from odoo import SUPERUSER_ID, api

TEMPLATE = 'it_continuity.mail_template_compliance_monthly'


def migrate(cr, version):
    """Let the past be counted as what comes: what one person alone said waits for another, and runs started by hand stand beside the plan."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    mark_late_entries(cr)
    mark_waivers(env)
    mark_extra_runs(cr)
    env.invalidate_all()
    seal(env)
    show_new_figures(env)


def mark_late_entries(cr):
    """Entered after the deadline as done before it, and nobody verified it."""
    cr.execute("""
        UPDATE it_task_run SET needs_confirmation = TRUE
         WHERE state = 'done' AND is_late_entry AND done_at <= deadline_at AND verified_by_id IS NULL
    """)


def mark_waivers(env):
    """Said not to apply by anybody but a manager who had not to do it. Who is a manager is known of today alone."""
    managers = env.ref('it_continuity.it_continuity_group_manager').with_context(active_test=False).all_user_ids.ids
    env.cr.execute("""
        UPDATE it_task_run SET needs_confirmation = TRUE
         WHERE state = 'not_applicable' AND done_by_id IS NOT NULL AND verified_by_id IS NULL
           AND (done_by_id != ALL(%s) OR responsible_id IS NULL OR done_by_id IN (responsible_id, planned_responsible_id))
    """, [managers])


def mark_extra_runs(cr):
    """Only a run that somebody starts opens in the moment in which it is made; the plan's are made ahead, an event's name it."""
    cr.execute("""
        UPDATE it_task_run SET is_extra = TRUE
         WHERE event_kind IS NULL AND date_trunc('second', open_at) = date_trunc('second', create_date)
    """)


def seal(env):
    """Let the log know as what these closed runs count from now on: their older seals do not tell."""
    runs = env['it.task.run'].search([
        ('state', 'in', env['it.task.run']._seal_states), '|', ('needs_confirmation', '=', True), ('is_extra', '=', True)])
    runs._note_steps({run.id: [run.state, run.state, SUPERUSER_ID] for run in runs})


def show_new_figures(env):
    """Put the new figures into the mails, unless somebody has changed the text of the month's."""
    template = env.ref(TEMPLATE, raise_if_not_found=False)
    if template and template.write_uid.id == SUPERUSER_ID and template.template_fs:
        template.reset_template()
    digest = env.ref('digest.digest_digest_default', raise_if_not_found=False)
    if digest and digest.kpi_itc_missed:
        digest.write({'kpi_itc_late_entry': True, 'kpi_itc_waived': True})
