from odoo import SUPERUSER_ID, api

BATCH_RUNS = 5000


def migrate(cr, version):
    """Let runs that were closed before names were kept keep what they name as it is called now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT id FROM it_task_run WHERE state != 'pending' AND frozen_names IS NULL ORDER BY id")
    ids = [run_id for run_id, in cr.fetchall()]
    for start in range(0, len(ids), BATCH_RUNS):
        env['it.task.run'].browse(ids[start:start + BATCH_RUNS])._freeze_names()
