from datetime import timedelta

from odoo.tests import HttpCase

from ..common import ItcCase

ROUTE = '/it_continuity/ping'


class HeartbeatCase(ItcCase):
    """A nightly backup that reports itself, made by a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.database']._renew_db_id()
        cls.env['it.database']._settle()
        cls.backup = cls.env['it.asset'].create({'name': "Backup of the ERP", 'kind': 'backup', 'category_id': cls.category.id})
        cls.beat = cls._beat(cls.manager, "Nightly backup")
        cls.check = cls.beat.check_id
        cls.token = cls.beat.new_address()

    @classmethod
    def _beat(cls, person, name, **values):
        return cls.env['it.heartbeat'].with_user(person).create({'name': name, 'asset_id': cls.backup.id, **values}).with_user(cls.env.user)

    def _heard(self, *words, beat=None):
        """Let pings have come: (hours ago, kind, exit code), and judge."""
        beat = beat or self.beat
        for hours, kind, *code in words:
            self.env.cr.execute(
                """INSERT INTO it_heartbeat_ping (heartbeat_id, company_id, at, kind, exit_code, is_taken) VALUES (%s, %s, %s, %s, %s, false)""",
                [beat.id, beat.company_id.id, self.env.cr.now() - timedelta(hours=hours), kind, str(code[0]) if code else None])
        self._judge()

    def _judge(self):
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _pings(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM it_heartbeat_ping")
        return self.env.cr.fetchone()[0]


class HeartbeatHttpCase(HeartbeatCase, HttpCase):
    """The same over the real route."""

    def ping(self, *parts, data=None, method=None, **options):
        words = '/'.join(parts or (self.token,))
        return self.url_open(f'{ROUTE}/{words}', data=data, method=method, allow_redirects=False, **options)
