from lxml import etree

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TicketCase

FEW, MANY = 100, 10_000
PAGE = 80


@tagged('post_install', '-at_install')
class TestTicketScale(TicketCase):
    """Lists, columns and start pages of 10,000 tickets cost the queries that those of a hundred cost."""

    def _fill(self, start, stop):
        """Copy one ticket by SQL, in every state, by every age, with and without somebody."""
        template = self._log(subject="One of many")
        self.env.flush_all()
        columns = [name for name, field in template._fields.items() if field.store and field.column_type and name not in ('id', 'name')]
        self.env.cr.execute(SQL(
            "INSERT INTO it_ticket (name, %(columns)s) SELECT 'MANY/' || number, %(columns)s FROM it_ticket, generate_series(%(start)s, %(stop)s) AS number"
            " WHERE id = %(template)s",
            columns=SQL(", ").join(SQL.identifier(name) for name in columns), start=start, stop=stop - 1, template=template.id))
        self.env.cr.execute(SQL(
            "UPDATE it_ticket SET state = (ARRAY['new', 'in_progress', 'resolved', 'cancelled'])[1 + id %% 4], requested_at = requested_at - id %% 40 * interval '1 day',"
            " assignee_id = CASE id %% 3 WHEN 0 THEN NULL WHEN 1 THEN %(one)s ELSE %(two)s END, asset_id = CASE id %% 2 WHEN 0 THEN %(asset)s END"
            " WHERE name LIKE 'MANY/%%'", one=self.technician.id, two=self.technician_2.id, asset=self.host.id))
        self.env.cr.execute("ANALYZE it_ticket")
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
            'columns': lambda: tickets.with_context(read_group_expand=True).web_read_group(
                is_open, ['state'], ['age_days:max'], auto_unfold=True, unfold_read_specification=card_spec, unfold_read_default_limit=20),
            'bars': lambda: tickets.read_progress_bar(is_open, 'state', bars),
            'people': lambda: tickets.web_read_group(is_open, ['assignee_id'], ['__count', 'minutes_total:sum']),
            'my tickets': lambda: mine.web_search_read([('requester_id', '=', self.user.id)], own_spec, limit=PAGE, count_limit=10_001),
            'ask it': lambda: self.env['it.ask'].with_user(self.user).get_home(),
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
        self.assertEqual(len(self._screens()['list']()['records']), PAGE)
