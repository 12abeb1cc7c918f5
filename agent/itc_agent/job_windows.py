"""A job of Windows: a program and everything it starts, so that all of it can be ended together, and none of it takes too much memory.

Microsoft's names: https://learn.microsoft.com/windows/win32/procthread/job-objects
"""
from __future__ import annotations

import ctypes
from ctypes import wintypes

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_KILL_ON_CLOSE, _PROCESS_MEMORY = 0x2000, 0x100


class _Basic(ctypes.Structure):
    _fields_ = [
        ('process_time', ctypes.c_int64), ('job_time', ctypes.c_int64), ('flags', wintypes.DWORD), ('least', ctypes.c_size_t), ('most', ctypes.c_size_t),
        ('active', wintypes.DWORD), ('affinity', ctypes.c_size_t), ('priority', wintypes.DWORD), ('scheduling', wintypes.DWORD)]


class _Extended(ctypes.Structure):
    _fields_ = [
        ('basic', _Basic), ('io', ctypes.c_uint64 * 6), ('process_memory', ctypes.c_size_t), ('job_memory', ctypes.c_size_t),
        ('peak_process', ctypes.c_size_t), ('peak_job', ctypes.c_size_t)]


def limits_of(memory: int) -> _Extended:
    """Return what Windows is asked to hold a job to."""
    limits = _Extended(process_memory=memory)
    limits.basic.flags = _KILL_ON_CLOSE | (_PROCESS_MEMORY if memory else 0)
    return limits


class Job:
    """What one program starts from now on, with itself; ends with the agent too, whatever ends that.

    :param handle: of the program's process
    :param memory: bytes that each of its processes may have, 0 for as many as there are; what asks for more is refused it
    :raises OSError: Windows makes no job, or lets this process into none
    """

    def __init__(self, handle: int, memory: int = 0):
        self._kernel = ctypes.WinDLL('kernel32', use_last_error=True)
        self._kernel.CreateJobObjectW.restype = wintypes.HANDLE
        self._job = wintypes.HANDLE(self._kernel.CreateJobObjectW(None, None))
        if not self._job:
            raise ctypes.WinError(ctypes.get_last_error())
        limits = limits_of(memory)
        if not (self._kernel.SetInformationJobObject(self._job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
                and self._kernel.AssignProcessToJobObject(self._job, wintypes.HANDLE(handle))):
            error = ctypes.WinError(ctypes.get_last_error())
            self._kernel.CloseHandle(self._job)
            raise error

    def end(self) -> None:
        """End the program and all that it has started."""
        self._kernel.TerminateJobObject(self._job, 1)
        self._kernel.CloseHandle(self._job)
