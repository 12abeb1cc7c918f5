"""A real NUT server: upsd with dummy-ups, in a folder of its own, on a loopback port."""
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

UPSD, DUMMY = '/lib/nut/upsd', '/lib/nut/dummy-ups'
FULL = {'ups.status': 'OL', 'battery.charge': '100', 'battery.runtime': '600', 'battery.voltage': '27.3', 'input.voltage': '226.0', 'ups.load': '31'}
PASSWORD = 'of-this-test'


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class NutServer:
    """upsd and the driver of one UPS, ``upsilon``.

    :param maxage_s: after how long upsd calls a silent driver's data stale
    :param only: it tells nothing but ``variables``, else what a healthy one does too (None: not this one)
    """

    def __init__(self, folder, maxage_s=3, only=False, **variables):
        for program in (UPSD, DUMMY):
            if not os.path.isfile(program):
                pytest.skip(f"{program} is needed (Debian: nut-server)")
        self._folder, self.port, self._started = folder, free_port(), []
        (folder / 'run').mkdir(parents=True)
        os.chmod(folder / 'run', 0o700)
        for name, text in {
                'nut.conf': 'MODE=netserver\n', 'upsd.conf': f'LISTEN 127.0.0.1 {self.port}\nMAXAGE {maxage_s}\n',
                'ups.conf': '[upsilon]\n driver = dummy-ups\n port = upsilon.dev\n',
                'upsd.users': f'[admin]\n password = {PASSWORD}\n actions = SET\n actions = FSD\n upsmon primary\n'}.items():
            (folder / name).write_text(text)
        told = self._told(only, variables)
        (folder / 'upsilon.dev').write_text(''.join(f'{name}: {value}\n' for name, value in told.items()))
        self.driver = self._start(DUMMY, '-a', 'upsilon')
        self._wait(lambda: any(one.name.startswith('dummy-ups-upsilon') for one in (folder / 'run').iterdir()))
        self.upsd = self._start(UPSD)
        self._wait_for(told)

    def _start(self, program, *arguments):
        env = {**os.environ, 'NUT_CONFPATH': str(self._folder), 'NUT_STATEPATH': str(self._folder / 'run'),
               'NUT_ALTPIDPATH': str(self._folder / 'run')}
        user = ('-u', 'root') if os.geteuid() == 0 else ()
        self._started.append(subprocess.Popen([program, *user, '-F', *arguments], env=env, stdin=subprocess.DEVNULL,
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return self._started[-1]

    @staticmethod
    def _told(only, variables):
        told = {**({} if only else FULL), **{name.replace('_', '.'): value for name, value in variables.items()}}
        return {name: value for name, value in told.items() if value is not None}

    def set(self, **variables):
        """Let the UPS tell these variables (``ups_status='OB'``), and of the others what a healthy one does; it had all of them from the start."""
        told = self._told(False, variables)
        answer = self.say('USERNAME admin', f'PASSWORD {PASSWORD}', *(f'SET VAR upsilon {name} "{value}"' for name, value in told.items()))
        assert 'ERR' not in answer, answer
        self._wait_for(told)

    def _wait_for(self, told):
        wanted = [f'{name} "{value}"\n' for name, value in told.items()]
        self._wait(lambda: all(one in self.say('LIST VAR upsilon') for one in wanted))

    def say(self, *lines):
        """Send lines to upsd; return what it says to the last one."""
        answer = b''
        try:
            with socket.create_connection(('127.0.0.1', self.port), timeout=3) as connection:
                for line in (*lines, 'LOGOUT'):
                    connection.sendall(line.encode() + b'\n')
                while part := connection.recv(65536):
                    answer += part
        except OSError as error:
            return str(error)
        return answer.decode()

    def announce_shutdown(self):
        answer = self.say('USERNAME admin', f'PASSWORD {PASSWORD}', 'LOGIN upsilon', 'FSD upsilon')
        assert 'OK FSD-SET' in answer, answer

    def freeze_driver(self):
        self.driver.send_signal(signal.SIGSTOP)

    @staticmethod
    def _wait(condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"NUT is not there after {seconds} s")
            time.sleep(0.02)

    def close(self):
        for one in self._started:
            if one.poll() is None:
                one.send_signal(signal.SIGCONT)
                one.kill()
            one.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
