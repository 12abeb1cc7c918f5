"""Everything that this package raises on purpose::

    AgentError
    ├── ConfigError            a settings file or argument; names file, key and what was expected
    ├── IdentityError          the key file is missing, unreadable or readable by others
    ├── RegistryError
    │   ├── DuplicateKind      two collector files claim one kind
    │   ├── UnknownKind        no collector of this kind runs on this system
    │   └── SettingsError      settings of a check that its collector refuses
    ├── SourceUnavailable      a collector cannot read its source: the check becomes *unknown*, with these words
    │   ├── ProgramLate        another program did not answer in time
    │   └── ProgramMissing     the program that would have to be asked is not on this host
    ├── SpoolError
    │   ├── SpoolLocked        another agent works on the same spool
    │   └── SpoolFull          the disk takes nothing more, not even after dropping what may be dropped
    └── ServerError
        ├── Unreachable        no connection, no name, time-out, broken off
        ├── NotOurs            something answered, but not this addon (proxy page, redirect, cut JSON, other database)
        └── Refused            the addon answered with an error: ``status``, ``code``, ``detail``, ``retry_after``
"""


class AgentError(Exception):
    """Base of all; its text is meant for a person."""


class ConfigError(AgentError):
    """A setting is wrong.

    :param file: file (or command line) it stands in
    :param key: dotted name of the setting, empty for the file as a whole
    :param expected: what should stand there
    """

    def __init__(self, file, key: str, expected: str):
        where = f"{file}: {key}" if key else str(file)
        super().__init__(f"{where}: expected {expected}")
        self.file, self.key, self.expected = str(file), key, expected


class IdentityError(AgentError):
    """The key file cannot be used."""


class RegistryError(AgentError):
    """Something is wrong with a collector or with what was asked of it."""


class DuplicateKind(RegistryError):
    """Two files claim the same kind."""


class UnknownKind(RegistryError):
    """No collector of this kind runs here."""


class SettingsError(RegistryError):
    """A check's settings do not fit its collector."""


class SourceUnavailable(AgentError):
    """What should be measured cannot be read; the text says why."""


class ProgramLate(SourceUnavailable):
    """Another program did not answer in time, or gave no sign of life any more."""


class ProgramMissing(SourceUnavailable):
    """The program that would have to be asked is not on this host."""


class SpoolError(AgentError):
    """The spool cannot be used."""


class SpoolLocked(SpoolError):
    """Another process holds the spool."""


class SpoolFull(SpoolError):
    """No room, although everything that may go has gone."""


class ServerError(AgentError):
    """A request did not end in an acknowledgement.

    :param retry_after: seconds the answer asked to wait, or None
    """

    def __init__(self, text: str, retry_after: float | None = None):
        super().__init__(text)
        self.retry_after = retry_after


class Unreachable(ServerError):
    """Nobody answered."""


class NotOurs(ServerError):
    """Somebody answered, but not our addon of our database."""


class Refused(ServerError):
    """The addon said no."""

    def __init__(self, status: int, code: str, detail: str, retry_after: float | None = None):
        super().__init__(f"{status} {code}: {detail}", retry_after)
        self.status, self.code, self.detail = status, code, detail
