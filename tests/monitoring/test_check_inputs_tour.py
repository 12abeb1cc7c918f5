import contextlib
import threading
from unittest.mock import patch

import requests

from odoo import SUPERUSER_ID
from odoo.tests import tagged

from ..tour_case import TourCase
from .agent_case import ROUTE, AgentCase


class HostAtWork:
    """A host that asks what to try and answers, through the agents' own door, beside the browser.

    It begins once somebody is logged in: the test's own thread shares its cursor with the requests, and logging in reads from it.
    """

    def __init__(self, case):
        self.case, self.asked, self.refused = case, [], []
        self.fake, self.db_id, self.url = case.fake, case.db_id, case.base_url() + ROUTE
        now = case.env.cr.now()  # the cursor is the requests' own
        self.fake.clock = self.fake.true_clock = lambda: now
        self.may_begin, self.is_over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def _work(self):
        self.may_begin.wait(30)
        while not self.is_over.wait(0.5):
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                config = self._send('GET', 'config')
                for one in config.json()['tries'] if config.status_code == 200 else ():
                    self.asked.append(one)
                    answer = self._send('POST', 'report', json=self.fake.report(self.db_id, [self._event(one['id'])], shapes=False, wake=True))
                    if answer.status_code != 200 or answer.json()['rejected']:
                        self.refused.append(answer.text)

    def _send(self, method, path, **options):
        cookies = {'test_request_key': self.case.http_request_key}
        return requests.request(method, f'{self.url}/{path}', headers=self.fake.headers, cookies=cookies, timeout=20, **options)

    def _event(self, token):
        return {'seq': len(self.asked), 'type': 'event', 'ts': self.fake.stamp(), 'mono': self.fake.mono(), 'kind': 'tried', 'data': {
            'id': token, 'state': 1, 'text': "/srv: free_pct 14 % < 20 %", 'took_s': 0.25,
            'values': [["/srv", 'free_pct', '%', 14], ["/srv", 'free_bytes', 'B', 2**33], ["/home", 'free_pct', '%', 81.5]], 'left_out': 0}}


@tagged('post_install', '-at_install')
class TestCheckInputsTour(AgentCase, TourCase):
    """Settings and limits by inputs, and a look that is tried, by each person at a desk and on a phone."""
    at_work = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.check = cls._check(cls.agent, "Tour disk", settings={'include': ["/data"]})
        cls.env['it.check.template'].create({
            'name': "Tour template", 'kind': 'disk', 'settings': {'include': ["/data"]}, 'limits': cls.check.limits})
        cls.port_template = cls.env['it.check.template'].create({'name': "Tour port", 'kind': 'tcp', 'settings': {'port': 22}})

    def authenticate(self, *args, **kwargs):
        session = super().authenticate(*args, **kwargs)
        if self.at_work:
            self.at_work.may_begin.set()
        return session

    @contextlib.contextmanager
    def _host_at_work(self):
        """Let the host answer while the block runs; what the job of the judge does it does at once, for no job runs in a test."""
        judge = self.env.registry['it.judge']
        host = self.at_work = HostAtWork(self)
        with patch.object(judge, '_wake', lambda own, now: own.with_user(SUPERUSER_ID)._judge()):
            host.thread.start()
            try:
                yield host
            finally:
                self.at_work = None
                host.is_over.set()
                host.may_begin.set()
                host.thread.join(30)
        self.assertEqual(host.refused, [])

    def test_manager_sets_tries_saves_and_finds_it_again(self):
        def story(phone):
            with self._host_at_work() as host:
                self._tour(f'/odoo/it-checks/{self.check.id}', 'it_check_inputs_tour', self.manager, phone, timeout=180)
            tried, = host.asked
            self.assertEqual((tried['kind'], tried['settings'], tried['timeout_s']), ('disk', {'include': ["/srv", "/home"]}, 10))
            self.assertEqual(tried['limits'][1], {'metric': 'free_pct', 'item': '/srv*', 'op': '<', 'warning': None, 'critical': 2})
            self.assertEqual(self.check.settings, {'include': ["/srv", "/home"]})
            self.assertEqual(self.check.limits, [
                {'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 20, 'critical': 5, 'recover_warning': 25.5, 'recover_critical': None},
                {'metric': 'free_pct', 'item': '/srv*', 'op': '<', 'warning': None, 'critical': 3}])
            self.assertEqual(self.check.state, 'unknown', "a try is no measurement")
        self._at_both_widths(story)

    def test_technician_tries_a_check_of_a_template_before_it_is_one(self):
        def story(phone):
            with self._host_at_work() as host:
                self._tour('/odoo/it-checks', 'it_check_try_new_tour', self.technician, phone, timeout=180)
            self.assertEqual([one['settings'] for one in host.asked], [{'include': ["/srv"]}])
            check = self.env['it.check'].search([('name', '=', "Tour template")])
            self.assertEqual((check.settings, check.agent_id, check.kind), ({'include': ["/srv"]}, self.agent, 'disk'))
        self._at_both_widths(story)

    def test_template_by_inputs_and_as_text(self):
        def story(phone):
            self._tour(f'/odoo/it-check-templates/{self.port_template.id}', 'it_check_template_inputs_tour', self.manager, phone, timeout=120)
            self.assertEqual(self.port_template.settings, {'port': 8070})
            self.assertEqual(self.port_template.limits, [{'metric': 'up', 'item': '*', 'op': '<', 'warning': 1, 'critical': None}])
        self._at_both_widths(story)

    def test_kind_of_a_new_template_is_chosen(self):
        def story(phone):
            self._tour('/odoo/it-check-templates', 'it_check_template_new_tour', self.manager, phone, timeout=120)
            template = self.env['it.check.template'].search([('name', '=', "Tour new")])
            self.assertEqual((template.kind, template.settings), ('tcp', {'port': 443}))
        self._at_both_widths(story)

    def test_who_may_not_change_a_check_reads_it(self):
        def story(phone):
            for person in (self.technician, self.auditor):
                self._tour(f'/odoo/it-checks/{self.check.id}', 'it_check_inputs_read_tour', person, phone)
        self._at_both_widths(story)
