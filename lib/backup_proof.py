"""What no host can tell of a backup although it read all of it: formats differ in what they have to tell damage by."""

# Of these formats a part bears no checksum; docs/collectors.md says it at length.
_UNSEEN = {'bak': 'pages', 'windows_image': 'disks', 'pg_plain': 'unpacked'}


def unseen(form: str, content: dict) -> str:
    """Return the code of what nothing shows in a backup that was read whole; '' where all that is in it has a checksum.

    :param form: as what it was read
    :param content: what it says of itself, with how it is ``packed``

    >>> unseen('bak', {}), unseen('pg_custom', {'packed': 'no'}), unseen('pg_custom', {'packed': 'gzip'}), unseen('zip', {})
    ('pages', 'unpacked', '', '')
    """
    return _UNSEEN.get(form) or ('unpacked' if content.get('packed') == 'no' else '')
