from lxml import etree

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TicketCase

FEW, MANY = 100, 10_000
PAGE = 80
# What makes the copies of one ticket as various as those of a year: by whom, for whom, how far, and what belongs to them.
NEWEST = "name LIKE 'MANY/%%' AND id >= (SELECT id FROM it_ticket WHERE name = %(first)s)"
VARIETY = (
    f"""UPDATE it_ticket SET
            state = (ARRAY['new', 'in_progress', 'resolved', 'cancelled', 'resolved'])[1 + id %% 5], requested_at = requested_at - id %% 40 * interval '1 day',
            requester_id = (%(people)s::int[])[1 + id / 5 %% 5], category_id = (%(kinds)s::int[])[1 + id / 3 %% 5], priority = (id %% 3)::varchar,
            assignee_id = CASE id %% 3 WHEN 0 THEN NULL WHEN 1 THEN %(one)s ELSE %(two)s END, asset_id = CASE id %% 2 WHEN 0 THEN %(asset)s END,
            requested_for_id = CASE id %% 4 WHEN 1 THEN %(employee)s END, department_id = CASE id %% 4 WHEN 1 THEN %(department)s END,
            due_at = requested_at + id %% 9 * interval '1 hour', resolution_state = (ARRAY['running', 'met', 'missed'])[1 + id %% 3], reopen_count = id %% 2
        WHERE {NEWEST}""",
    f"""UPDATE it_ticket SET
            state = 'closed', confirmation_kind = (ARRAY['requester', 'silent', 'colleague'])[1 + id / 5 %% 3], confirmed_by_id = %(two)s, confirmed_at = requested_at,
            closed_at = requested_at + interval '1 day', resolved_at = requested_at + interval '1 hour', resolved_by_id = %(one)s
        WHERE id %% 5 = 4 AND {NEWEST}""",
    f"""UPDATE it_ticket SET
            resolved_at = requested_at + interval '1 hour', resolved_by_id = %(one)s, answered_at = CASE id / 5 %% 3 WHEN 0 THEN requested_at END
        WHERE state = 'resolved' AND {NEWEST}""",
    # Ten incidents of each batch have the parts and the doubles, so that those of a page's tickets always lie on another one.
    f"""UPDATE it_ticket part SET
            parent_id = CASE WHEN part.id %% 7 IN (1, 2, 3) THEN whole.id END, duplicate_of_id = CASE WHEN part.id %% 7 = 4 THEN whole.id END,
            state = CASE WHEN part.id %% 7 = 4 THEN 'cancelled' ELSE part.state END
        FROM it_ticket whole, (SELECT min(id) AS id FROM it_ticket WHERE id %% 7 = 0 AND {NEWEST}) AS lead
        WHERE whole.id = lead.id + part.id / 7 %% 10 * 7 AND part.id >= lead.id + 70 AND part.id %% 7 IN (1, 2, 3, 4) AND part.name LIKE 'MANY/%%'""",
    f"""INSERT INTO it_ticket_pause (ticket_id, company_id, kind, reason, started_at, ended_at, started_by_id)
        SELECT id, company_id, 'outside', 'x', requested_at, requested_at + interval '1 hour', %(one)s FROM it_ticket WHERE id %% 3 = 0 AND {NEWEST}
        UNION ALL SELECT id, company_id, 'requester', 'x', requested_at, NULL, %(one)s FROM it_ticket WHERE state = 'in_progress' AND id %% 2 = 0 AND {NEWEST}""",
    f"""UPDATE it_ticket SET waiting_for = 'requester', waiting_since = requested_at, waiting_reason = 'x'
        WHERE state = 'in_progress' AND id %% 2 = 0 AND {NEWEST}""",
    f"""INSERT INTO it_ticket_step (ticket_id, company_id, description, minutes, done_by_id, done_at)
        SELECT id, company_id, 'x', 5, %(one)s, requested_at FROM it_ticket WHERE state IN ('resolved', 'closed') AND {NEWEST}""",
    f"""INSERT INTO rating_rating (res_model_id, res_model, res_id, rating, consumed, access_token)
        SELECT %(model)s, 'it.ticket', id, 3, TRUE, name FROM it_ticket WHERE confirmation_kind = 'requester' AND {NEWEST}""",
    f"UPDATE it_ticket SET rating_last_value = 3 WHERE confirmation_kind = 'requester' AND {NEWEST}",
)


@tagged('post_install', '-at_install')
class TestTicketScale(TicketCase):
    """Lists, columns and start pages of 10,000 tickets cost the queries that those of a hundred cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.env['hr.employee'].create({'name': "Selam Tadesse", 'department_id': cls.env['hr.department'].create({'name': "Sales"}).id})

    def _fill(self, start, stop):
        """Copy one ticket by SQL, in every state and by every age, of several people, with all that belongs to tickets."""
        template = self._log(subject="One of many")
        self.env.flush_all()
        columns = [name for name, field in template._fields.items() if field.store and field.column_type and name not in ('id', 'name')]
        self.env.cr.execute(SQL(
            "INSERT INTO it_ticket (name, %(columns)s) SELECT 'MANY/' || number, %(columns)s FROM it_ticket, generate_series(%(start)s, %(stop)s) AS number"
            " WHERE id = %(template)s",
            columns=SQL(", ").join(SQL.identifier(name) for name in columns), start=start, stop=stop - 1, template=template.id))
        people = [one.id for one in (self.user, self.other, self.technician, self.technician_2, self.manager)]
        for query in VARIETY:
            self.env.cr.execute(SQL(
                query, one=self.technician.id, two=self.technician_2.id, asset=self.host.id, people=people, first=f'MANY/{start}',
                kinds=self.env['it.ticket.category'].search([], limit=5).ids, employee=self.employee.id, department=self.employee.department_id.id,
                model=self.env['ir.model']._get_id('it.ticket')))
        self.env.cr.execute("ANALYZE it_ticket, it_ticket_pause, it_ticket_step, rating_rating")
        self.env.invalidate_all()

    def _spec(self, tickets, kind, xmlid=False):
        """Return what the web client asks for to draw a view."""
        arch = etree.fromstring(tickets.get_view(self.env.ref(xmlid).id if xmlid else None, kind)['arch'])
        names = {node.get('name') for node in arch.iter('field') if not any(parent.tag == 'field' for parent in node.iterancestors())}
        return {
            name: {'fields': {'display_name': {}}} if tickets._fields[name].type in ('many2one', 'many2many', 'one2many') else {}
            for name in sorted(names)}

    def _screens(self):
        tickets, mine = self.env['it.ticket'].with_user(self.technician), self.env['it.ticket'].with_user(self.user)
        list_spec, card_spec = self._spec(tickets, 'list'), self._spec(tickets, 'kanban')
        own_spec = self._spec(mine, 'list', 'it_continuity.it_ticket_view_list_mine')
        is_open = [('state', 'in', ('new', 'in_progress', 'resolved'))]
        bars = {'field': 'age_band', 'colors': {'fresh': "success", 'days': "warning", 'old': "danger"}}
        return {
            'list': lambda: tickets.web_search_read(is_open, list_spec, limit=PAGE, count_limit=10_001),
            'everything': lambda: tickets.web_search_read([], list_spec, limit=PAGE, order='id desc', count_limit=10_001),
            'by type': lambda: tickets.web_read_group([], ['category_id'], ['__count', 'minutes_total:sum', 'rating_last_value:avg']),
            'columns': lambda: tickets.with_context(read_group_expand=True).web_read_group(
                is_open, ['state'], ['age_days:max'], auto_unfold=True, unfold_read_specification=card_spec, unfold_read_default_limit=20),
            'bars': lambda: tickets.read_progress_bar(is_open, 'state', bars),
            'people': lambda: tickets.web_read_group(is_open, ['assignee_id'], ['__count', 'minutes_total:sum']),
            'my tickets': lambda: mine.web_search_read([('requester_id', '=', self.user.id)], own_spec, limit=PAGE, count_limit=10_001),
            'ask it': lambda: self.env['it.ask'].with_user(self.user).get_home(),
            'ask it of who works too': lambda: self.env['it.ask'].with_user(self.technician).get_home(),
            'today': lambda: self.env['it.today'].with_user(self.technician).get_board(),
            'load': lambda: self.env['res.users'].with_user(self.manager).with_context(it_ticket_load=1).web_name_search("Technician", {'display_name': {}}),
        }

    def _costs(self):
        costs = {}
        for name, screen in self._screens().items():
            screen()  # what is cached for the whole process is warm from here on
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            screen()
            costs[name] = self.env.cr.sql_log_count - before
        return costs

    def test_queries_do_not_grow_with_the_tickets(self):
        self._fill(0, FEW * 4)
        few = self._costs()
        self._fill(FEW * 4, MANY)
        self.assertGreaterEqual(self.env['it.ticket'].search_count([]), MANY)
        self.assertEqual(self._costs(), few)
        self.assertLess(max(few.values()), 80, few)
        columns = self._screens()['columns']()['groups']
        self.assertEqual([len(group['__records']) for group in columns], [20, 20, 20])
        tickets = self.env['it.ticket']
        for domain in (
                [('parent_id', '!=', False)], [('duplicate_of_id', '!=', False)], [('state', '=', 'closed')], [('pause_ids', '!=', False)],
                [('waiting_for', '=', 'requester')], [('rating_ids', '!=', False)], [('requester_id', '=', self.other.id)], [('requested_for_id', '!=', False)]):
            with self.subTest(domain=domain):
                self.assertGreater(tickets.search_count(domain), MANY / 20)
        self.assertGreaterEqual(tickets.search_count([('child_ids', '!=', False)]), 20)
        self.assertEqual(len(self._screens()['list']()['records']), PAGE)
