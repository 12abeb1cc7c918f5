from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ..service_desk.common import TicketCase
from .backup_case import told
from .test_backup_report import BackupReportCase


@tagged('post_install', '-at_install')
class TestReprintMonth(TicketCase, BackupReportCase):
    """The whole report of a month that is over, without any run of it: nothing but what was kept tells what things were called."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zoe = cls._person('user', 'zoe')

    def setUp(self):
        super().setUp()
        self.env['it.check'].search([('id', 'not in', (self.made + self.copied).check_id.ids)]).active = False
        self._october()
        self._grow(self.made, date(2026, 10, 30))
        self._grow(self.copied, date(2026, 10, 30))
        self.spare = self.env['it.backup.set'].create({'name': "Set of Then", 'sequence': 3})
        self.desk = self.env['it.ticket.category'].create({'name': "Kind of Then", 'code': 'then'})
        self.departments = self.env['hr.department'].create([{'name': "Office of Then"}, {'name': "Lab of Then"}])
        for person, department in zip((self.user, self.zoe), self.departments, strict=True):
            self.env['hr.employee'].create({'name': person.name, 'user_id': person.id, 'department_id': department.id})
        self.env.flush_all()
        self.env.cr.execute("UPDATE it_backup_set SET create_date = '2026-09-01' WHERE id = ANY(%s)", [(self.set + self.other + self.spare).ids])
        self.env.cr.execute("UPDATE it_check SET create_date = '2026-10-01' WHERE active")
        self.env.cr.execute("UPDATE res_company SET create_date = '2026-09-15' WHERE id = %s", [self.env.company.id])
        self._clock(datetime(2026, 10, 25, 9))
        for person in (self.user, self.zoe):
            self._log(person)
            self._log(person, category_id=self.desk.id)
        self._tell(self.made, told('prod_2026-10-24.zip', datetime(2026, 10, 24, 8)), at=datetime(2026, 10, 25, 8))
        drill = self.env['it.restore.drill'].browse(self._rpc(self.technician, self.env['it.restore.drill'], 'action_draw')['res_id'])
        self._rpc(self.technician, drill, 'write', {'where_to': "srv-test", 'minutes': 30, 'found': "Ten invoices agree"})
        self._rpc(self.technician, drill, 'action_done')
        self._clock(datetime(2026, 11, 10, 9))

    def _named(self):
        """Return what the report names, by what it is called now."""
        assets = (self.made + self.copied).check_id.asset_id
        return [*self.env.company, *assets, *(self.user + self.zoe + self.technician), *self.departments, *(self.desk + self.category_remote),
                *(self.set + self.spare)]

    def _page(self):
        self.env.flush_all()
        self.env.invalidate_all()
        window = self.env['it.compliance.print'].with_user(self.auditor).create({'month': '10', 'year': 2026})
        return window.env['ir.actions.report']._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0].decode()

    def _rename(self):
        """Call everything otherwise, so that it would also stand in another order."""
        for number, record in enumerate(self._named()):
            record.name = f"{'zyxwvutsrqponmlkjihgfedcba'[number]} now"

    def test_month_is_printed_again_with_the_names_of_the_first_time(self):
        before = self._page()
        for record in self._named():
            self.assertIn(record.name, before)
        self._rename()
        self.assertEqual(self._page(), before)

    def test_job_keeps_the_names_when_the_month_is_over_and_nobody_changes_them(self):
        names = self.env['it.month.names']
        self._clock(datetime(2026, 10, 31, 20, 59))  # one minute before midnight in Addis Ababa
        self._page()
        self.assertFalse(names.search([('day', '=', date(2026, 10, 1))]), "while it runs, things are called as they are")
        self._clock(datetime(2026, 10, 31, 21))
        old = [record.name for record in self._named()]
        with patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')):
            self.env['it.compliance.mail']._cron_send()
        kept = names.search([('day', '=', date(2026, 10, 1)), ('company_id', '=', self.env.company.id)])
        self.assertEqual(len(kept), 1)
        self.assertEqual(names.search_count([('company_id', '=', self.env.company.id)]), 2, "none from before the company was made")
        self._rename()
        self._clock(datetime(2026, 11, 10, 9))
        page = self._page()
        for name in old:
            self.assertIn(name, page)
        names._keep_past()
        self.assertEqual(self._page(), page)
        names._gc_old()
        for person in (self.technician, self.manager, self.auditor):
            for method, *values in (('write', {'names': {}}), ('unlink',)):
                with self.subTest(person=person.login, method=method), self.assertRaises(AccessError):
                    self._rpc(person, kept, method, *values)
        self.assertTrue(kept.exists())
