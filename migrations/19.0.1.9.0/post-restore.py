from odoo import SUPERUSER_ID, api

OLD = "<li>Pick one backup at random: which system and which day.</li>"
NEW = "<li>Press “Backup to restore”: it picks one at random, which system and which day.</li>"


def migrate(cr, version):
    """Let the handbook's monthly restore, and its runs that wait, name the button that draws; words that somebody changed stay theirs."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    task = env.ref('it_continuity.task_restore_check', raise_if_not_found=False)
    if task and OLD in str(task.instructions):
        task.instructions = str(task.instructions).replace(OLD, NEW)
        cr.execute("""
            UPDATE it_task_run SET instructions = replace(instructions, %s, %s) WHERE task_id = %s AND state = 'pending'
        """, [OLD, NEW, task.id])
