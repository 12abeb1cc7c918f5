"""The agent's key: made here, kept in one private file, never sent but as the header of a request."""
from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from . import permissions
from .errors import IdentityError

FILE = 'identity.json'


@dataclass(frozen=True, repr=False)
class Identity:
    """Who this agent is.

    :param key_id: 16 hex digits, public
    :param secret: 32 random bytes, base64url; the server keeps only its SHA-256
    :param db_id: the database that accepted it, empty before enrolment has been answered
    """

    key_id: str
    secret: str
    db_id: str = ''

    def __repr__(self):
        return f"Identity(key_id={self.key_id!r}, db_id={self.db_id!r})"

    @property
    def secret_sha256(self) -> str:
        return hashlib.sha256(self.secret.encode('ascii')).hexdigest()

    @property
    def authorization(self) -> str:
        return f'Bearer itc1.{self.key_id}.{self.secret}'


def make() -> Identity:
    """Return a new key that no server knows yet."""
    import secrets
    return Identity(secrets.token_hex(8), secrets.token_urlsafe(32))


def load(state_dir) -> Identity:
    """Return the key kept in ``state_dir``.

    :raises IdentityError: no file, not ours, or readable by others
    """
    path = Path(state_dir) / FILE
    try:
        with open(path, encoding='utf-8') as file:
            raw = json.load(file)
        identity = Identity(str(raw['key_id']), str(raw['secret']), str(raw.get('db_id') or ''))
    except FileNotFoundError as error:
        raise IdentityError(f"{path} does not exist: this host is not enrolled; run `itc-agent enrol`") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IdentityError(f"{path} cannot be read: {error}") from error
    if not re.fullmatch('[0-9a-f]{16}', identity.key_id) or not re.fullmatch(r'[\w-]{43}', identity.secret):
        raise IdentityError(f"{path} holds no key of this agent")
    try:
        trouble = permissions.problems(path, secret=True)
    except OSError as error:
        raise IdentityError(f"who may read {path} cannot be told: {error.strerror or error}") from error
    if trouble:
        raise IdentityError(f"{trouble[0]}; take the others off, or enrol anew with --new-key")
    return identity


def save(identity: Identity, state_dir) -> None:
    """Write the key whole or not at all, readable by nobody else from its first byte on."""
    folder = Path(state_dir)
    folder.mkdir(parents=True, exist_ok=True)
    permissions.make_private(folder)
    temporary = folder / f'{FILE}.new'
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, 'w', encoding='utf-8') as file:
        json.dump(asdict(identity), file)
        file.flush()
        os.fsync(file.fileno())
    permissions.make_private(temporary)
    os.replace(temporary, folder / FILE)
