from datetime import date, timedelta

from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .backup_case import BACKUP, NOW, BackupCase

TODAY = date(2026, 11, 27)
SUMS = ['days:sum', 'good:sum', 'past_rpo:sum', 'good_pct:avg', 'age_h:avg', 'rpo_share:avg', 'rpo_worst:max']


@tagged('post_install', '-at_install')
class TestBackupScale(BackupCase):
    """Board, list, form and figures of 20 sets at 3 places over 90 days cost the queries that those of a small beginning cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.backup.set'].search([('id', '!=', cls.set.id)]).active = False
        third = cls.env['it.asset'].create({'name': "srv-third", 'kind': 'host', 'category_id': cls.category.id})
        agent = cls._host("srv-third", third)[1]
        agent.facts = {'hostname': "srv-third"}
        cls.env['it.check.kind'].create({'agent_id': agent.id, **BACKUP})
        cls.hosts = [(cls.agent, 'made', 'network'), (cls.other_agent, 'copy', 'ssd'), (agent, 'mega', 'hdd')]
        (cls.made | cls.copied).unlink()
        cls.set.unlink()

    def _fill(self, count, places, days):
        """Write what hosts told of so many sets and what the jobs kept of them: it cannot be lived through in a test."""
        sets = self.env['it.backup.set'].create([
            {'name': f"Set {number}", 'due_h': 12, 'copy_h': 2, 'machines': min(2, places), 'rpo_h': 24, 'asset_id': self.host.id} for number in range(count)])
        self.env['it.backup.place'].create([
            {'set_id': one.id, 'agent_id': agent.id, 'folder': f'/srv/{one.id}/{kind}', 'kind': kind}
            for one in sets for agent, kind, _medium in self.hosts[:places]])
        media = {kind: medium for _agent, kind, medium in self.hosts}
        for place in sets.place_ids:
            place._transition({'told_at': NOW, 'count': days, 'medium': media[place.kind], 'volume': '//srv-test/x' if media[place.kind] == 'network' else ''})
        sets.place_ids.check_id.settings_accepted_at = NOW - timedelta(days=100)
        self._look(*sets.place_ids)
        values = {'sets': sets.ids, 'today': TODAY, 'days': days, 'begun': NOW - timedelta(days=days)}
        self.env.cr.execute(SQL("""
            UPDATE it_backup_place SET create_date = %(begun)s WHERE set_id = ANY(%(sets)s);
            INSERT INTO it_backup_file (set_id, name, day, at, modified_at, size, sha256, level, reason, first_seen_at)
            SELECT set_id, 'prod_' || day || '.zip', day, day, day, 1000000 + extract(epoch FROM day) %% 977, encode(sha256((set_id || '/' || day)::bytea), 'hex'),
                   'readable', '', day
              FROM unnest(%(sets)s) AS set_id, generate_series(%(today)s::date - %(days)s + 1, %(today)s::date, '1 day') AS one(day);
            INSERT INTO it_backup_copy (
                   file_id, place_id, path, size, sha256, hashed, level, reason, medium, volume, modified_at, is_there, cloud, first_seen_at, last_seen_at)
            SELECT file.id, place.id, file.name, file.size, file.sha256, file.size, 'readable', '', place.medium, place.volume, file.at, true,
                   CASE place.kind WHEN 'mega' THEN 'same_size' END, file.at, file.at
              FROM it_backup_file AS file JOIN it_backup_place AS place USING (set_id) WHERE set_id = ANY(%(sets)s);
            INSERT INTO it_backup_day (set_id, company_id, day, state, link, level, file_name, file_size, age_h, rpo_h, machines, asked, is_afterwards, judged_at)
            SELECT set_id, %(company)s, day, CASE WHEN extract(day FROM day) = 9 THEN 'bad' ELSE 'good' END, 'made', 'replicated', name, size, 12, 24, 2, 2, false,
                   day + interval '14 hours' FROM it_backup_file WHERE set_id = ANY(%(sets)s) AND day < %(today)s;
            INSERT INTO it_backup_storage (set_id, place_id, place, company_id, day, unknown, is_whole, size_gib, files, volume, free_gib)
            SELECT place.set_id, place.id, 'Place ' || place.id, %(company)s, file.day, 0, true, extract(epoch FROM file.day) / 1e9, 5, '/', 100
              FROM it_backup_file AS file JOIN it_backup_place AS place USING (set_id) WHERE set_id = ANY(%(sets)s);
        """, **values, company=self.env.company.id))
        self.env.cr.execute("ANALYZE it_backup_file; ANALYZE it_backup_copy; ANALYZE it_backup_day; ANALYZE it_backup_storage")
        self.env.invalidate_all()
        return sets

    def _spec(self, model, kind):
        """Return what the web client asks for to draw a view, with the lists in a form."""
        return self._fields_of(model, etree.fromstring(model.get_view(None, kind)['arch']))

    def _fields_of(self, model, arch):
        spec = {}
        for node in arch.iter('field'):
            if node is arch or next(node.iterancestors('field'), arch) is not arch and arch in node.iterancestors():
                continue
            field = model._fields[node.get('name')]
            spec[field.name] = {'fields': {'display_name': {}}} if field.relational else {}
            if field.type == 'one2many' and len(node):
                inner = self.env[field.comodel_name].with_user(model.env.user)
                spec[field.name] = {'fields': self._fields_of(inner, node), 'limit': 40}
        return spec

    def _screens(self, sets, task, page):
        def of(name):
            return self.env[name].with_user(self.technician)

        figures, storage = of('it.backup.report'), of('it.backup.storage')
        specs = {(name, kind): self._spec(of(name), kind) for name, kind in (
            ('it.backup.set', 'kanban'), ('it.backup.set', 'list'), ('it.backup.set', 'form'), ('it.backup.file', 'list'), ('it.backup.file', 'form'),
            ('it.backup.report', 'list'), ('it.backup.storage', 'list'))}
        self.assertLessEqual({'state', 'strip', 'reason', 'next_step'}, specs['it.backup.set', 'form'].keys())
        self.assertIn('agent_id', specs['it.backup.set', 'form']['place_ids']['fields'])

        def listed(name, kind, domain=()):
            return lambda: of(name).web_search_read(list(domain), specs[name, kind], limit=page, count_limit=10_001)['records']

        pdf = self.env['report.it_continuity.compliance_monthly'].with_user(self.technician)
        return {
            'board': listed('it.backup.set', 'kanban'),
            'list': listed('it.backup.set', 'list'),
            'filtered': listed('it.backup.set', 'list', [('state', 'in', ['good', 'waiting', 'unknown', 'bad'])]),
            'form': lambda: of('it.backup.set').browse(sets.ids[-1]).web_read(specs['it.backup.set', 'form']),
            'files': listed('it.backup.file', 'list'),
            'file': lambda: of('it.backup.file').browse(sets.file_ids.ids[0]).web_read(specs['it.backup.file', 'form']),
            'figures': listed('it.backup.report', 'list'),
            'figures by set': lambda: figures.formatted_read_grouping_sets([], [[], ['set_id'], ['set_id', 'date:month']], SUMS)[1],
            'storage': listed('it.backup.storage', 'list'),
            'storage by place': lambda: storage.formatted_read_grouping_sets([], [[], ['place']], ['size_gib:avg', 'files:avg'])[1],
            'monthly PDF': lambda: pdf._backups(self.env.company.with_user(self.technician), date(2026, 11, 1), lambda one: one.sudo().name)['sets'],
            'run': lambda: task.run_ids.with_user(self.technician).get_items(),
            'task': lambda: task.with_user(self.technician).read(['health', 'health_reason']),
        }

    def _costs(self, sets, task, page):
        costs, found = {}, {}
        for name, screen in self._screens(sets, task, page).items():
            screen()  # what is cached for the whole process is warm from here on
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found[name] = len(screen())
            costs[name] = self.env.cr.sql_log_count - before
        return costs, found

    def test_queries_grow_neither_with_sets_nor_with_places_nor_with_days(self):
        checklist = self.env['it.checklist'].create({'name': "Many", 'code': 'many'})
        task = self.env['it.task'].create({
            'name': "Many", 'code': 'many', 'checklist_id': checklist.id, 'role_id': self.role.id, 'schedule_kind': 'on_demand', 'due_time': 24})
        task._start_run()
        costs, found, sets = {}, {}, self.env['it.backup.set']
        for count, places, days, page in ((1, 1, 3, 2), (2, 3, 4, 5), (20, 3, 90, 80)):
            sets.active = False
            sets = self._fill(count, places, days)
            task.backup_set_ids = [Command.set(sets.ids)]
            costs[count], found[count] = self._costs(sets, task, page)
        self.assertEqual(len(sets.file_ids.copy_ids), 20 * 3 * 90)
        self.assertEqual({(one.state, one.strip.count('data-state="good"') >= 28) for one in sets}, {('good', True)}, sets[0].reason)
        self.assertEqual([found[20][name] for name in ('board', 'list', 'filtered', 'form', 'files', 'figures', 'storage')], [20, 20, 20, 1, 80, 80, 80])
        self.assertEqual(costs[20], costs[2])
        self.assertEqual({name: cost for name, cost in costs[20].items() if cost > costs[1][name]}, {}, costs[1])
        self.assertLess(max(costs[20].values()), 30, costs[20])
