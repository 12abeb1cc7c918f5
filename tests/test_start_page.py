import json

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .tour_case import TourCase

GROUP = 'it_continuity.it_continuity_group_'


@tagged('post_install', '-at_install')
class TestStartPage(HttpCase):
    """Where somebody's day starts, unless they chose otherwise."""

    def _start_page(self, groups, **values):
        user = new_test_user(self.env, login='itc_starter', groups=groups, **values)
        self.env['res.users.settings']._find_or_create_for_user(user)  # as the first page that they open does
        self.authenticate('itc_starter', 'itc_starter')
        answer = self.url_open('/web/session/get_session_info', data=json.dumps({'params': {}}), headers={'Content-Type': 'application/json'})
        home = answer.json()['result']['home_action_id']
        self.logout()
        user.unlink()
        return home

    def test_each_starts_where_their_day_does(self):
        today, ask = self.env.ref('it_continuity.it_today_action').id, self.env.ref('it_continuity.it_ask_action').id
        for group, page in (('user', ask), ('technician', today), ('manager', today), ('auditor', today)):
            with self.subTest(group=group):
                self.assertEqual(self._start_page(GROUP + group), page)

    def test_nobody_elses_start_changes(self):
        group = self.env.ref('base.default_user_group')
        group.implied_ids = [Command.unlink(self.env.ref(GROUP + 'user').id)]
        for groups in ('base.group_user', 'base.group_portal'):
            with self.subTest(groups=groups):
                self.assertFalse(self._start_page(groups))

    def test_who_chose_another_start_keeps_it(self):
        chosen = self.env.ref('base.action_res_users')
        for group in ('user', 'technician'):
            with self.subTest(group=group):
                self.assertEqual(self._start_page(GROUP + group, action_id=chosen.id), chosen.id)


@tagged('post_install', '-at_install')
class TestStartPageTour(TourCase):
    """From the name and the password at the door to the page where the day starts."""

    def _log_in(self, group, tour, phone, **values):
        person = new_test_user(self.env, login=f'itc_tour_{group}', groups=GROUP + group, **values)
        if group == 'user':
            self.env['it.ticket'].with_user(person).create({
                'subject': "Tour own request", 'category_id': self.env.ref('it_continuity.ticket_category_other').id})
        self._tour(f'/web/login?login={person.login}', tour, self.env['res.users'], phone)

    def test_staff_land_on_today_and_colleagues_on_ask_it(self):
        def story(phone):
            for group in ('technician', 'manager', 'auditor'):
                with self.subTest(group=group):
                    self._log_in(group, 'it_start_today_tour', phone)
            self._log_in('user', 'it_start_tickets_tour', phone)
        self._at_both_widths(story)

    def test_who_chose_another_page_lands_there(self):
        chosen = self.env.ref('mail.action_discuss')

        def story(phone):
            for group in ('user', 'technician'):
                with self.subTest(group=group):
                    self._log_in(group, 'it_start_chosen_tour', phone, action_id=chosen.id)
        self._at_both_widths(story)
