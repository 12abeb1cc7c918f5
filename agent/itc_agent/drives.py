"""The drives of a Windows machine, each asked in a thread of its own: one that does not answer (it spins up, it is failing) keeps nobody waiting.

psutil lists them too, but keeps the interpreter's lock meanwhile, so that one slow drive stops every thread of the agent; `ctypes` lets it go.
"""
from __future__ import annotations

import ctypes
import string
from dataclasses import dataclass
from functools import partial

from .volumes import ask

KINDS = {2: 'removable', 3: 'fixed', 5: 'cdrom'}  # not networks, RAM disks, letters without a drive
FLOPPY = 'A:\\'
READ_ONLY, HAS_MOUNT_POINTS = 0x80000, 0x80
NO_DIALOG = 1
MAX_PATH, MAX_MOUNTS = 260, 100
PATIENCE_S = 3.0


@dataclass(frozen=True)
class Part:
    """A drive, or a volume mounted in a folder of one; ``opts`` as psutil writes them (``rw,fixed``)."""

    device: str
    mountpoint: str
    fstype: str
    opts: str


def listed() -> list[Part]:
    """Return this machine's own drives; one that does not say in time what it is counts as a disk that cannot be read."""
    kernel = ctypes.windll.kernel32
    letters = kernel.GetLogicalDrives()
    roots = [f'{letter}:\\' for number, letter in enumerate(string.ascii_uppercase) if letters >> number & 1]
    kinds = {root: KINDS.get(kernel.GetDriveTypeW(ctypes.c_wchar_p(root))) for root in roots}
    calls = {('drive', root): partial(describe, root, kind) for root, kind in kinds.items() if kind and (root, kind) != (FLOPPY, 'removable')}
    answers = ask(calls, PATIENCE_S)
    return [part for (_drive, root), answer in answers.items()
            for part in ([Part(root, root, '', kinds[root] if kinds[root] == 'cdrom' else 'fixed')] if isinstance(answer, Exception) else answer)]


def describe(root: str, kind: str) -> list[Part]:
    """Return the volumes mounted in a drive's folders, and the drive; can wait for ever."""
    kernel = ctypes.windll.kernel32
    kernel.SetThreadErrorMode(NO_DIALOG, None)  # asks nobody to put a disk in
    flags, name = ctypes.c_uint32(), ctypes.create_unicode_buffer(MAX_PATH + 1)
    if not kernel.GetVolumeInformationW(ctypes.c_wchar_p(root), None, 0, None, None, ctypes.byref(flags), name, len(name)):
        return [Part(root, root, '', kind)]
    opts = f"{'ro' if flags.value & READ_ONLY else 'rw'},{kind}"
    folders = mount_points(kernel, root) if flags.value & HAS_MOUNT_POINTS else []
    return [Part(root, one, name.value, opts) for one in (*(root + folder for folder in folders), root)]


def mount_points(kernel, root: str) -> list[str]:
    """Return the folders of a drive in which other volumes are mounted; none where this user may not know."""
    kernel.FindFirstVolumeMountPointW.restype = ctypes.c_void_p
    found, name = [], ctypes.create_unicode_buffer(MAX_PATH + 1)
    handle = kernel.FindFirstVolumeMountPointW(ctypes.c_wchar_p(root), name, len(name))
    if handle in (None, ctypes.c_void_p(-1).value):
        return []
    try:
        while len(found) < MAX_MOUNTS:
            found.append(name.value)
            if not kernel.FindNextVolumeMountPointW(ctypes.c_void_p(handle), name, len(name)):
                break
    finally:
        kernel.FindVolumeMountPointClose(ctypes.c_void_p(handle))
    return found
