"""The agent, run as if this machine were another one: `hosts_agent.py FILE.json …` is `itc-agent …` on the host that the file describes.

Two hosts on one machine differ in nothing that the agent reads of it. So name, address, machine id and what is mounted come from the file, read anew
each time; all else is the agent as it is, which itself has no such switch. Its pace is quickened: a look, a report and how far a hash is each second.
"""
import json
import os
import socket
import sys
from pathlib import Path

from itc_agent import backups_told, cli, client, facts, volume_identity, volumes, wire

PACE_S = 1.0


def main(file, *arguments):
    host = Described(Path(file))
    socket.gethostname = lambda: host.told['name']
    facts.machine_id = lambda: host.told['machine_id']
    facts._addresses = lambda _psutil: [host.told['address']]
    real_mounts, real_event = volumes.read_mounts, wire.backup_event
    volumes.read_mounts = lambda: [*real_mounts(), *(volumes.Mount(*one) for one in host.told['mounts'])]
    volume_identity.SYS = str(host.sys_with_thumb_drive())
    # A host that lies: it tells what lies at its own place as if it were another's.
    wire.backup_event = lambda check, *rest: real_event(host.told['forged'].get(str(check), check), *rest)
    backups_told.PROGRESS_EVERY_S = PACE_S
    quicken(client.Client)
    return cli.main(list(arguments))


class Described:
    """What a file says of a host."""

    def __init__(self, file):
        self.file = file

    @property
    def told(self):
        return json.loads(self.file.read_text())

    def sys_with_thumb_drive(self):
        """Return a folder that shows this machine's disks as /sys does, and a thumb drive of a number of its own besides."""
        root = self.file.with_suffix('.sys')
        numbers, drive = root / 'dev' / 'block', root / 'devices' / 'usb1' / 'sdz'
        numbers.mkdir(parents=True, exist_ok=True)
        drive.mkdir(parents=True, exist_ok=True)
        (drive / 'removable').write_text('1')
        known = os.listdir('/sys/dev/block') if os.path.isdir('/sys/dev/block') else ()
        for number, target in [*((one, f'/sys/dev/block/{one}') for one in known), (self.told['thumb_drive'], drive)]:
            if not (numbers / number).is_symlink():
                (numbers / number).symlink_to(target)
        return root


def quicken(kind):
    """Let the answers of the server ask for a look and a report a second."""
    def quick(real):
        def ask(self, *arguments):
            answer = real(self, *arguments)
            for check in answer.get('checks', ()):
                check['every_s'] = PACE_S
            return {**answer, **{name: PACE_S for name in ('cycle_s', 'next_in') if name in answer}}
        return ask

    kind.config, kind.report = quick(kind.config), quick(kind.report)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
