"""A FUSE file system of one empty folder, spoken to the kernel without a library: real mounts that hang, die, fail or tell odd numbers."""
import contextlib
import ctypes
import os
import select
import struct
import subprocess
import threading
import time

GETATTR, STATFS, INIT = 3, 17, 26
NO_ANSWER_WANTED = {2, 36, 38, 42}
NOT_BUILT = 38


def can_mount() -> bool:
    return os.name != 'nt' and os.geteuid() == 0 and os.access('/dev/fuse', os.R_OK | os.W_OK)


class Fuse:
    """A mounted file system; leave it to unmount.

    :param numbers: blocks, free, available, files, files free, block size: what it says of its room
    :param errors: operation to the error number it answers
    :param hangs: it answers nothing at all
    :param fstype: ``fuse.<name>``, or ``fuseblk`` with a block device, as ntfs-3g mounts disks
    """

    def __init__(self, folder, numbers=(1000, 500, 400, 0, 0, 4096), errors=None, hangs=False, fstype='fuse.itctest', device='itctest'):
        self.folder, self.numbers, self.errors = str(folder), numbers, errors or {}
        self._file = os.open('/dev/fuse', os.O_RDWR | os.O_NONBLOCK)
        data = f'fd={self._file},rootmode=40000,user_id=0,group_id=0' + (',blksize=4096' if fstype == 'fuseblk' else '')
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(str(device).encode(), self.folder.encode(), fstype.encode(), 0, data.encode()):
            os.close(self._file)
            raise OSError(ctypes.get_errno(), f"mount: {os.strerror(ctypes.get_errno())}")
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve, args=(hangs,), daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.die()
        subprocess.run(['umount', '-l', self.folder], check=True)

    def die(self):
        """End as a daemon that crashed does: the mount stays, and whoever asks is told that nobody is connected."""
        if self._thread:
            os.write(self._stopped, b'.')
            self._thread.join(5)
            self._thread = None
            for one in (self._file, self._stop, self._stopped):
                os.close(one)

    def _serve(self, hangs):
        while self._stop not in select.select([self._stop] if hangs else [self._file, self._stop], [], [])[0]:
            with contextlib.suppress(BlockingIOError):
                request = os.read(self._file, 1 << 20)
                _length, operation, ident = struct.unpack_from('<IIQ', request)
                if operation not in NO_ANSWER_WANTED:
                    error, body = self._answer(operation)
                    os.write(self._file, struct.pack('<IiQ', 16 + len(body), -error, ident) + body)

    def _answer(self, operation):
        if operation in self.errors:
            return self.errors[operation], b''
        if operation == INIT:
            return 0, struct.pack('<IIIIHHIIHHI28x', 7, 31, 0, 0, 12, 9, 4096, 1, 1, 0, 0)
        if operation == GETATTR:
            now = int(time.time())
            return 0, struct.pack('<QII6Q3I7I', 0, 0, 0, 1, 0, 0, now, now, now, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
        if operation == STATFS:
            *counts, block = self.numbers
            return 0, struct.pack('<5Q4I24x', *counts, block, 255, block, 0)
        return NOT_BUILT, b''
