from .agent_case import AgentCase

HTTP = {
    'kind': 'http', 'title': "Web page", 'help': "", 'every_s': 60,
    'settings': [{'name': 'url', 'type': 'str', 'default': None, 'required': True, 'help': "Address."},
                 {'name': 'content', 'type': 'str', 'default': '', 'required': False, 'help': "Text."}],
    'metrics': [{'name': 'duration_ms', 'unit': 'ms', 'help': "Time."}], 'limits': [],
}
NEWEST = {
    'kind': 'newest_file', 'title': "Newest file", 'help': "", 'every_s': 600,
    'settings': [{'name': 'folder', 'type': 'str', 'default': None, 'required': True, 'help': "Folder."},
                 {'name': 'pattern', 'type': 'str', 'default': '*', 'required': False, 'help': "Names."},
                 {'name': 'min_bytes', 'type': 'int', 'default': 1, 'required': False, 'help': "Size."},
                 {'name': 'settle_s', 'type': 'float', 'default': 0.0, 'required': False, 'help': "Patience."}],
    'metrics': [{'name': 'age_s', 'unit': 's', 'help': "Age."}, {'name': 'size_change_pct', 'unit': '%', 'help': "Change."}], 'limits': [],
}
ODOO = 'http://127.0.0.1:8069/web/health?db_server_status=1'


def finding(key, code, kind, settings=None, sure=True, why="It is here."):
    return {'key': key, 'code': code, 'kind': kind, 'settings': settings or {}, 'sure': sure, 'why': why}


WEB = finding('odoo:11', 'odoo_http', 'http', {'url': ODOO}, why="An Odoo server answers on port 8069.")
BACKUPS = finding('backups:22', 'odoo_backup_fresh', 'newest_file', {'folder': '/srv/backups', 'pattern': 'prod_*.dump'}, sure=False)
RDP = finding('rdp:33', 'rdp_port', 'tcp', {'host': '127.0.0.1', 'port': 3389})


class ProposalCase(AgentCase):
    """A host whose agent offers a few kinds more, and says what is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._offer(cls.agent, HTTP, NEWEST)
        cls.env['it.check.template'].create({
            'name': "Remote Desktop answers", 'code': 'rdp_port', 'kind': 'tcp', 'settings': {'host': '127.0.0.1', 'port': 3389}})

    def setUp(self):
        super().setUp()
        self.told = {}

    @classmethod
    def _offer(cls, agent, *collectors):
        agent._publish_kinds(list(collectors), agent.kind_ids.mapped('kind'))

    def _tell(self, *findings, blind=None, rev=0, fake=None, ago_s=0, **more):
        """Let a host report what it found, and judge the report."""
        fake = fake or self.fake
        self.told[fake.key_id] = self.told.get(fake.key_id, 0) + 1
        event = {
            'seq': self.told[fake.key_id], 'type': 'event', 'ts': fake.stamp(ago_s), 'mono': fake.mono(ago_s), 'kind': 'discovered',
            'data': {'rev': rev, 'findings': list(findings), 'blind': [{'family': name, 'why': why} for name, why in (blind or {}).items()], **more}}
        answer = self._store(fake, [event])
        self.env['it.judge']._judge()
        self.env.invalidate_all()
        return answer

    def _proposals(self, agent=None):
        return self.env['it.check.proposal'].search([('agent_id', '=', (agent or self.agent).id)])

    def _state(self, key):
        return self._proposals().filtered(lambda one: one.key == key).state

    def _open(self, agent=None):
        return sorted(self._proposals(agent).filtered('is_open').mapped('key'))

    def _window(self, person, agent=None):
        """Open the window of proposals as a person."""
        action = self._rpc(person, agent or self.agent, 'action_open_proposals')
        self.assertEqual(action['res_model'], 'it.proposal.accept')
        return self.env['it.proposal.accept'].with_user(person).browse(action['res_id'])
