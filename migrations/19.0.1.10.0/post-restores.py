from odoo import SUPERUSER_ID, api
from odoo.fields import Command


def migrate(cr, version):
    """Name who told of restores, or wrote last of one that nobody told of yet; they do not verify the runs that may still come to that."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for drill in env['it.restore.drill'].search([('writer_ids', '=', False)]):
        writers = drill.done_by_id | drill.attachment_ids.create_uid
        if drill.state == 'drawn' and (drill.where_to or drill.found or drill.minutes or drill.restored_id or drill.otherwise_reason):
            writers |= drill.write_uid
        writers = writers.filtered(lambda user: user.id != SUPERUSER_ID)
        if writers:
            drill._transition({'writer_ids': [Command.link(user.id) for user in writers]})
            drill.run_id.filtered(lambda run: run.state != 'verified')._note_contributor(writers)
