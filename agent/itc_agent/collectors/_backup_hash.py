"""SHA-256 that can be put down and taken up again: a file of hours is not read from its beginning after a restart.

Python's own hash objects cannot be written down. OpenSSL's can, and Python carries OpenSSL; where it hides it, the hash is the ordinary one and
begins anew.
"""
from __future__ import annotations

import glob
import hashlib
import os
import sys

# SHA256_CTX: 8 words of state, 2 of length, 64 bytes of data, 2 numbers. The same in every OpenSSL there has been.
CONTEXT_BYTES = 112
_library: list = []


def find_library():
    """Return OpenSSL's library as far as it holds what is needed and does it right, None when it does not."""
    if not _library:
        _library.append(next(filter(None, map(_usable, _candidates())), None))
    return _library[0]


def _candidates():
    import ctypes
    try:
        import _hashlib
        yield ctypes.CDLL(_hashlib.__file__)  # elsewhere than on Windows it finds what this module is linked to
    except (ImportError, AttributeError, OSError):  # another way is left  # pylint: disable=except-pass
        pass
    if sys.platform != 'win32':
        return
    for folder in (os.path.dirname(sys.executable), sys.base_prefix, os.path.join(sys.base_prefix, 'DLLs')):
        for path in glob.glob(os.path.join(glob.escape(folder), 'libcrypto*.dll')):
            try:
                yield ctypes.CDLL(path)
            except OSError:
                continue


def _usable(library):
    """Return the library when what it takes up again it ends like the ordinary hash."""
    import ctypes
    try:
        for name, types in (('SHA256_Init', (ctypes.c_void_p,)), ('SHA256_Update', (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)),
                            ('SHA256_Final', (ctypes.c_void_p, ctypes.c_void_p))):
            getattr(library, name).argtypes = types
    except AttributeError:
        return None
    first = Resumable(library)
    first.update(bytearray(b'x' * 1000))
    second = Resumable(library, first.state())
    second.update(bytearray(b'y' * 77))
    return library if second.hexdigest() == hashlib.sha256(b'x' * 1000 + b'y' * 77).hexdigest() else None


class Resumable:
    """The hash of OpenSSL; ``update`` takes a writable buffer.

    :param state: of an earlier one, to go on from
    """

    def __init__(self, library, state: bytes | None = None):
        import ctypes
        self._library, self._context = library, ctypes.create_string_buffer(CONTEXT_BYTES + 64)
        self._pointer = ctypes.c_char.from_buffer
        self._address = ctypes.addressof
        library.SHA256_Init(self._address(self._context))
        if state:
            self._context[:CONTEXT_BYTES] = state

    def update(self, data, size: int | None = None) -> None:
        self._library.SHA256_Update(self._address(self._context), self._address(self._pointer(data)), len(data) if size is None else size)

    def state(self) -> bytes:
        return self._context.raw[:CONTEXT_BYTES]

    def hexdigest(self) -> str:
        import ctypes
        digest = ctypes.create_string_buffer(32)
        self._library.SHA256_Final(self._address(digest), self._address(self._context))
        return digest.raw.hex()


class Ordinary:
    """Python's own hash: it has no state that could be kept."""

    def __init__(self):
        self._hash = hashlib.sha256()

    def update(self, data, size: int | None = None) -> None:
        self._hash.update(memoryview(data)[:size])

    def state(self) -> None:
        return None

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def begin(state: bytes | None = None):
    """Return a hash, going on from ``state`` where that can be done; ``is_resumed`` of the pair says whether it does."""
    library = find_library()
    if library is None:
        return Ordinary(), False
    is_resumed = bool(state) and len(state) == CONTEXT_BYTES
    return Resumable(library, state if is_resumed else None), is_resumed
