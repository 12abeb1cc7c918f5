from odoo.fields import Command


def post_init_hook(env):
    """Let today's employees log tickets; those hired later get it by the default group for new users."""
    group = env.ref('it_continuity.it_continuity_group_user')
    employees = env['res.users'].search([('share', '=', False)])
    group.user_ids = [Command.link(user.id) for user in employees]
    env['it.database']._renew_db_id()
    env['it.database']._settle()
    env['resource.calendar.leaves']._itc_take_over(is_new=True)


def uninstall_hook(env):
    """Remove what no model knows of: the raw tables, and our settings."""
    env['it.sample.table']._drop_tables()
    env['it.seal.event']._drop_guard()
    env['ir.config_parameter'].search([('key', '=like', 'it\\_continuity.%')]).unlink()
