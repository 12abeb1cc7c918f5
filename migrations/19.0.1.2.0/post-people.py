import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Say of what is there already who answers for it, and leave the rest to a manager's look.

    Personal leave counts as before; a public holiday when a manager or the software made it and wrote it last. A check proves as before
    when it looks at what its template says; every other one waits, because who set it was not kept. Whoever logged an outage told of it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    leaves = env['resource.calendar.leaves']
    leaves._itc_take_over(is_new=False)
    checks = env['it.check'].with_context(active_test=False).search([])  # all there are  # pylint: disable=no-search-all
    checks._follow_template()
    env.flush_all()
    cr.execute("""
        INSERT INTO it_outage_author_rel (it_outage_id, res_users_id)
        SELECT id, reported_by_id FROM it_outage WHERE reported_by_id IS NOT NULL AND reported_by_id != %s ON CONFLICT DO NOTHING
    """, [SUPERUSER_ID])
    for words, count in (
        ("public holidays wait to be accepted by a manager", leaves.search_count([('itc_counts', '=', False)])),
        ("checks prove nothing until a manager accepts their settings", len(checks.filtered(lambda check: check.settings_basis == 'none'))),
    ):
        if count:
            _logger.warning("IT Continuity: %s %s", count, words)
