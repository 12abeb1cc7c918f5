from datetime import datetime, timedelta

from ...lib.wire_backup import BackupFile
from ...models.monitoring.sample_store import OwnCycle
from ..monitoring.agent_case import AgentCase

BACKUP = {
    'kind': 'backup', 'title': "Backups in a folder", 'help': "", 'every_s': 300,
    'settings': [
        {'name': 'folder', 'type': 'str', 'default': None, 'required': True, 'help': "Folder."},
        {'name': 'pattern', 'type': 'str', 'default': '*', 'required': False, 'help': "Names."},
        {'name': 'format', 'type': 'str', 'default': 'auto', 'required': False, 'help': "Format."},
        {'name': 'database', 'type': 'str', 'default': '', 'required': False, 'help': "Database."},
        {'name': 'mega', 'type': 'bool', 'default': False, 'required': False, 'help': "MEGA."},
        {'name': 'keep', 'type': 'int', 'default': 40, 'required': False, 'help': "How many are told."}],
    'metrics': [{'name': 'age_s', 'unit': 's', 'help': "Age."}], 'limits': [],
}
NOW = datetime(2026, 11, 27, 10)  # Friday, 13:00 in Addis Abeba
MADE_AT = datetime(2026, 11, 26, 23)  # 02:00 there
SHA = 'a' * 64


def told(name='prod_2026-11-27.zip', at=MADE_AT, **values):
    """Return what a host says of a file."""
    return BackupFile(**{
        'name': name, 'size': 1000, 'modified_at': at, 'sha256': SHA, 'hashed': 1000, 'level': 'readable', 'reason': '', 'detail': '', 'format': 'zip',
        'content': {}, 'medium': 'ssd', 'volume': '', **values})


class BackupCase(AgentCase):
    """A set of two places on two hosts, looked at on a Friday at noon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for agent in (cls.agent, cls.other_agent):
            cls.env['it.check.kind'].create({'agent_id': agent.id, **BACKUP})
        cls.other_agent.facts = {'hostname': "srv-other", 'addresses': ['192.0.2.8']}
        cls.set = cls.env['it.backup.set'].create({'name': "Tested", 'due_h': 12, 'copy_h': 2})
        cls.made = cls._place(cls.agent, 'D:\\Backups', 'made')
        cls.copied = cls._place(cls.other_agent, '/srv/copies', 'copy')

    def setUp(self):
        super().setUp()
        self._clock(NOW)

    @classmethod
    def _place(cls, agent, folder, kind, user=None, **values):
        model = cls.env['it.backup.place'].with_user(user or cls.env.user)
        place = model.create({'set_id': cls.set.id, 'agent_id': agent.id, 'folder': folder, 'kind': kind, **values}).sudo()
        if place.check_id.settings_basis != 'none':
            place.check_id.settings_accepted_at = NOW - timedelta(days=40)  # the class is made at the real time
        return place

    def _tell(self, place, *files, at=None, count=None, look=True):
        """Let the host of a place tell what lies there, having just looked."""
        self.env['it.backup.place']._take_backup_files(place.check_id, files, at or NOW, count)
        if look:
            self._look(place)
        self.env.invalidate_all()

    def _look(self, *places, code=0):
        """Let the hosts of places have looked just now."""
        self._measure({place.check_id: code for place in places})

    def _measure(self, codes):
        """Store a result of each check at the test's own time, and judge it; a report would be dated by the real clock."""
        self.looks = getattr(self, 'looks', 0) + 1  # each look is a second later than the one before
        for check, code in codes.items():
            cycle = OwnCycle(self.env.cr.now() + timedelta(seconds=self.looks), (check.id,), (code,), ('',))
            self.env['it.sample.store']._store_own(check.agent_id.id, f'{check.id:032x}', [cycle])
        self.env.flush_all()
        self.env['it.judge']._judge()
        self.env.invalidate_all()

    def _earlier(self, count=6, size=1000):
        """Let the made place have told of the days before."""
        files = []
        for number in range(1, count + 1):
            at = MADE_AT - timedelta(days=number)
            files.append(told(f'prod_{(at + timedelta(hours=3)).date()}.zip', at, sha256=f'{number}' * 64, size=size))
        return files

    def assertChain(self, state, made, readable, replicated, words=''):
        self.env.invalidate_all()
        found = self.set.state, self.set.made_state, self.set.readable_state, self.set.replicated_state
        self.assertEqual(found, (state, made, readable, replicated), self.set.reason)
        self.assertIn(words, self.set.reason)
