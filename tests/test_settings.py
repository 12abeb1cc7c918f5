from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import ItcCase
from .tour_case import TourCase

PARAMETER = 'it_continuity.silent_closure_days'


@tagged('post_install', '-at_install')
class TestSettings(ItcCase):
    """What a company may set is set on one page, by whom Odoo lets change settings; what cannot be is refused in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.group_ids = [Command.link(cls.env.ref('base.group_system').id)]
        cls.settings = cls.env['res.config.settings'].with_user(cls.manager)

    def _set(self, **values):
        with Form(self.settings) as form:
            for name, value in values.items():
                form[name] = value
        form.record.execute()

    def test_what_is_saved_counts_and_is_read_back(self):
        self._set(itc_tz='Asia/Tokyo', itc_reminder_time=6.5, itc_undo_min=25, itc_silent_closure_days=3)
        company = self.env.company
        self.assertEqual((company.itc_tz, company.itc_reminder_time, company.itc_undo_min), ('Asia/Tokyo', 6.5, 25))
        self.assertEqual(self.env['it.ticket']._get_silent_closure_days(), 3)
        form = Form(self.settings)
        self.assertEqual(
            (form.itc_tz, form.itc_reminder_time, form.itc_undo_min, form.itc_silent_closure_days), ('Asia/Tokyo', 6.5, 25, 3))

    def test_webhooks_go_to_this_machine_when_that_is_ticked(self):
        parameters = self.env['ir.config_parameter']
        for value in (True, False):
            self._set(itc_outbox_loopback=value)
            self.assertEqual(Form(self.settings).itc_outbox_loopback, value)
            self.assertEqual(bool(parameters.get_param('it_continuity.outbox_loopback')), value, "what the sender asks")

    def test_how_much_a_host_may_send_is_set_and_counts(self):
        self._set(itc_reports_per_min=20, itc_report_mib_per_min=2.5)
        self.assertEqual(self.env['it.sample.store']._budget(), (20, 2.5 * 2**20))
        for values in ({'itc_reports_per_min': 0}, {'itc_report_mib_per_min': 0.2}, {'itc_report_mib_per_min': -1}):
            with self.subTest(values=values):
                with self.assertRaises(ValidationError) as refused:
                    self._set(**values)
                self.assertIn("at least 1 report and 0.25 MiB a minute", str(refused.exception))
        for value in ('many', '0', '1e12'):
            for name in ('reports_per_min', 'report_bytes_per_min'):
                self.env['ir.config_parameter'].set_param(f'it_continuity.{name}', value)
            with self.subTest(value=value):
                before = self.env['it.sample.store']._budget()[1]
                self._set(itc_undo_min=15)  # what stands in the parameters keeps nobody from setting something else
                self.assertEqual(self.env['it.sample.store']._budget()[1], before)

    def test_page_shows_the_days_that_count(self):
        for value in (False, 'soon', '-2', '0'):
            self.env['ir.config_parameter'].set_param(PARAMETER, value)
            with self.subTest(value=value):
                self.assertEqual(Form(self.settings).itc_silent_closure_days, self.env['it.ticket']._get_silent_closure_days())
                self._set(itc_undo_min=15)  # what stands in the parameter keeps nobody from setting something else

    def test_what_cannot_be_is_refused_in_words(self):
        for values, words in (
                ({'itc_silent_closure_days': 0}, "between 1 and 365 days"), ({'itc_silent_closure_days': -1}, "between 1 and 365 days"),
                ({'itc_silent_closure_days': 366}, "between 1 and 365 days"), ({'itc_reminder_time': 24}, "hour of the day"),
                ({'itc_reminder_time': -0.5}, "hour of the day"), ({'itc_undo_min': -1}, "0 to 1440 minutes"),
                ({'itc_undo_min': 1441}, "0 to 1440 minutes")):
            with self.subTest(values=values):
                with self.assertRaises(ValidationError) as refused:
                    self._set(**values)
                self.assertIn(words, str(refused.exception))
        self.assertEqual(self.env['it.ticket']._get_silent_closure_days(), 7)

    def test_who_hears_of_alerts_is_set_and_nonsense_is_refused_in_words(self):
        self._set(itc_alert_mail_min=5, itc_alert_manager_min=0, itc_alert_quiet_from=21.5, itc_alert_burst=3)
        company = self.env.company
        self.assertEqual((company.itc_alert_mail_min, company.itc_alert_quiet_from, company.itc_alert_burst), (5, 21.5, 3))
        self.assertEqual(company._itc_alert_ladder().delays, (0, 5, None, None), "no way out is set up")
        for values, words in (
                ({'itc_alert_mail_min': -1}, "0 (never) to 10080"), ({'itc_alert_nag_min': 10081}, "0 (never) to 10080"),
                ({'itc_alert_quiet_from': 24}, "hours of the day"), ({'itc_alert_quiet_until': -1}, "hours of the day"),
                ({'itc_alert_burst': 0}, "from 1 to 100")):
            with self.subTest(values=values):
                with self.assertRaises(ValidationError) as refused:
                    self._set(**values)
                self.assertIn(words, str(refused.exception).replace("10,080", "10080"))

    def test_administrator_without_our_rights_opens_the_page(self):
        admin = new_test_user(self.env, login='itc_only_admin', groups='base.group_system')
        self.env.company.itc_alert_rota_id = self.env['it.rota'].create({'name': "On call"})
        with Form(self.env['res.config.settings'].with_user(admin)) as form:
            form.itc_undo_min = 12
        form.record.execute()
        self.assertEqual(self.env.company.itc_undo_min, 12)
        self.assertTrue(self.env.company.itc_alert_rota_id)

    def test_page_shows_the_identity_of_the_database_and_offers_another_one(self):
        form = Form(self.settings)
        self.assertEqual(form.itc_db_id, self.env['it.database']._db_id())
        self.assertIn(f"name=\"{self.env.ref('it_continuity.it_database_own_action').id}\"", self.settings.get_view()['arch'])
        for person in (self.user, self.technician, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.env['it.database.own'].with_user(person).create({})

    def test_settings_are_an_administrators(self):
        for person in (self.user, self.technician, self.auditor):
            with self.subTest(person=person.login), self.assertRaises(AccessError):
                self.settings.with_user(person).create({'itc_undo_min': 5}).execute()
        menu = self.env.ref('it_continuity.res_config_settings_menu')
        self.assertIn(menu.id, self.env['ir.ui.menu'].with_user(self.manager)._visible_menu_ids())
        self.manager.group_ids = [Command.unlink(self.env.ref('base.group_system').id)]
        self.assertNotIn(menu.id, self.env['ir.ui.menu'].with_user(self.manager)._visible_menu_ids())
        with self.assertRaises(AccessError):
            self.settings.create({'itc_undo_min': 5}).execute()

    def test_each_company_has_its_own(self):
        other = self.env['res.company'].create({'name': "Elsewhere"})
        self.manager.company_ids |= other
        settings = self.settings.with_company(other)
        with Form(settings) as form:
            form.itc_undo_min = 42
        form.record.execute()
        self.assertEqual((other.itc_undo_min, self.env.company.itc_undo_min), (42, 10))


@tagged('post_install', '-at_install')
class TestSettingsTour(ItcCase, TourCase):

    def test_manager_who_is_an_administrator_sets_it(self):
        self.manager.group_ids = [Command.link(self.env.ref('base.group_system').id)]

        def story(phone):
            self._tour('/odoo/it-settings', 'it_settings_tour', self.manager, phone)
            self.assertEqual(self.env['it.ticket']._get_silent_closure_days(), 4)
            self.assertEqual(self.env.company.itc_undo_min, 20)
        self._at_both_widths(story)

    def test_administrator_makes_a_copy_its_own(self):
        self.manager.group_ids = [Command.link(self.env.ref('base.group_system').id)]
        self.env['it.agent'].search([]).sudo().write({'state': 'revoked'})
        self.env['it.agent'].create({'asset_id': self.host.id}).sudo().state = 'active'
        before = self.env['it.database']._db_id()

        def story(phone):
            self._tour('/odoo/it-settings', 'it_database_own_tour', self.manager, phone)
            self.assertNotEqual(self.env['it.database']._db_id(), before)
            self.assertEqual(set(self.env['it.agent'].search([]).mapped('state')), {'revoked'})
        self._at_both_widths(story)
