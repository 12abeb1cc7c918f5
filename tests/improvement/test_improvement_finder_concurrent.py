from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..concurrent_case import ConcurrentCase


@tagged('post_install', '-at_install')
class TestImprovementFinderConcurrent(ConcurrentCase):
    """Two workers with transactions of their own, as two cron processes have; what they commit is removed at the end."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.category_id = env['it.ticket.category'].create({'name': "Race", 'code': 'race_find'}).id
            self.key = f'ticket:{self.category_id}:'
            self.ticket_ids = env['it.ticket'].create([
                {'subject': f"Race {number}", 'category_id': self.category_id} for number in range(3)]).ids

    def _remove(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM it_improvement WHERE pattern_key = %s", [self.key])
            ids = [row[0] for row in cr.fetchall()]
            for model, some in (('it.improvement', ids), ('it.ticket', self.ticket_ids)):
                for table, column in (('mail_activity', 'res_id'), ('mail_message', 'res_id'), ('mail_followers', 'res_id')):
                    name = 'res_model' if table != 'mail_message' else 'model'
                    cr.execute(f"DELETE FROM {table} WHERE {name} = %s AND {column} = ANY(%s)", [model, some])  # names of our own  # pylint: disable=sql-injection
            cr.execute("DELETE FROM it_improvement WHERE id = ANY(%s)", [ids])
            cr.execute("DELETE FROM it_ticket WHERE id = ANY(%s)", [self.ticket_ids])
            cr.execute("DELETE FROM it_ticket_category WHERE id = %s", [self.category_id])

    def _work(self, env):
        """One cron pass."""
        for company in env['res.company'].search([], limit=10):
            env['it.improvement.finder']._find_in(company)

    def _known(self):
        with self.registry.cursor() as cr:
            cr.execute("""
                SELECT improvement.occurrences, count(rel.ticket_id) FROM it_improvement improvement
                  LEFT JOIN it_improvement_ticket_rel rel ON rel.improvement_id = improvement.id
                 WHERE improvement.pattern_key = %s GROUP BY improvement.id""", [self.key])
            return cr.fetchall()

    def test_two_jobs_at_once_make_one_draft(self):
        self._both_at_once(self._work)
        self.assertEqual(self._known(), [(3, 3)])

    @mute_logger('odoo.sql_db')
    def test_job_with_an_older_snapshot_makes_none(self):
        """It does not see what the other committed meanwhile, and has the lock to itself."""
        with self.registry.cursor() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(env['it.improvement'].search_count([('pattern_key', '=', self.key)]), 0)
            with self.registry.cursor() as cr:
                other = api.Environment(cr, SUPERUSER_ID, {})
                other['it.improvement.finder']._find_in(other.company)
                other.flush_all()
                cr.connection.commit()
            env['it.improvement.finder']._find_in(env.company)
            env.flush_all()
            late.connection.commit()
        self.assertEqual(self._known(), [(3, 3)])
