"""Two hosts on this machine: an agent process each, enrolled in a running Odoo by the steps a user takes, in folders of their own."""
import json
import os
import signal
import subprocess

import paths
from say import run

LAUNCHER = paths.REPO / 'dev' / 'hosts_agent.py'
THUMB_DRIVE = '9999:1'  # a disk's number that no machine gives


class Host:
    """One of them.

    :param manager: a :class:`client.Session`
    :param folder: where all of it is kept: its state, and its backups below ``files``
    """

    def __init__(self, env, manager, database, folder, name, number):
        self.env, self.manager, self.name, self.folder = env, manager, name, folder
        self.files, self.file = folder / 'files', folder / 'host.json'
        self.told = {'name': name, 'machine_id': f'{number}' * 32, 'address': f'192.0.2.{number}', 'thumb_drive': THUMB_DRIVE, 'mounts': [], 'forged': {}}
        self.files.mkdir(parents=True)
        self.tell()
        category = manager.call('it.asset', 'search_read', [['kind', '=', 'host']], ['category_id'], limit=1)[0]['category_id'][0]
        [asset] = manager.call('it.asset', 'create', [{'name': name, 'kind': 'host', 'criticality': '2', 'category_id': category}])
        [self.agent] = manager.call('it.agent', 'create', [{'asset_id': asset}])
        code = manager.call('it.agent', 'issue_code', [self.agent])
        run(self._command('enrol', '--url', manager.base, '--database', database, '--code', code, '--state-dir', folder / 'state'),
            f'Enrolling {name}', paths.LOGS / f'{name}.log', env=env)
        manager.call('it.agent', 'action_confirm', [self.agent])
        self.process = None

    def _command(self, verb, *arguments):
        return [paths.PYTHON, LAUNCHER, self.file, verb, *arguments, '--config', self.folder / 'agent.toml']

    def tell(self, **values):
        """Let the machine be so from now on."""
        self.told |= values
        fresh = self.file.with_suffix('.new')
        fresh.write_text(json.dumps(self.told))
        os.replace(fresh, self.file)

    def mount(self, folder, what):
        """Have a folder be a thumb drive (``usb``), a disk of its own (``/dev/…``) or a share (``//server/name``)."""
        how = {'usb': ('/dev/sdz1', 'vfat', THUMB_DRIVE, 'local'), '/dev': (what, 'ext4', f'9999:{what}', 'local')}
        mount = [str(folder), *how.get(what if what == 'usb' else what[:4], (what, 'cifs', f'0:{what}', 'network'))]
        self.tell(mounts=[*self.told['mounts'], mount])

    def unmount(self, folder):
        self.tell(mounts=[one for one in self.told['mounts'] if one[0] != str(folder)])

    def start(self):
        with open(paths.LOGS / f'{self.name}.log', 'ab') as log:
            self.process = subprocess.Popen(
                self._command('run'), env=self.env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)

    def kill(self):
        """End it as a power cut does."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(15)
