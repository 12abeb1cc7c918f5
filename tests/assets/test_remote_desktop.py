from odoo.tests import HttpCase, tagged

from ..common import ItcCase


@tagged('post_install', '-at_install')
class TestRemoteDesktop(ItcCase, HttpCase):

    def _open(self, person, asset):
        self.authenticate(person.login, person.login)
        return self.url_open(f'/it_continuity/asset/{asset.id}/remote.rdp')

    def test_file_names_the_address_and_the_host_in_any_script(self):
        host = self.host.copy({'name': "ሰርቨር \"1\"\r\nX: y", 'rdp_host': "10.0.0.7:3390\r\nalternate shell:s:cmd"})
        answer = self._open(self.technician, host)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers['Content-Type'], 'application/x-rdp')
        self.assertIn("filename*=UTF-8''", answer.headers['Content-Disposition'])
        self.assertNotIn('X', answer.headers)
        self.assertEqual(answer.text.splitlines(), [
            "full address:s:10.0.0.7:3390alternate shell:s:cmd", "prompt for credentials:i:1"])

    def test_who_may_not_read_the_address_gets_nothing(self):
        self.host.rdp_host = "10.0.0.7"
        elsewhere = self.host.copy({'company_id': self.env['res.company'].create({'name': "Elsewhere"}).id})
        for person, asset in ((self.user, self.host), (self.technician, elsewhere), (self.technician, self.host.copy({'rdp_host': False}))):
            with self.subTest(person=person.login, asset=asset.id):
                self.assertEqual(self._open(person, asset).status_code, 404)
