"""Where shortcuts lead: never to another machine, whatever way its name is written."""
import os

import pytest

from itc_agent.collectors import _shortcut

SHARES = ['//evil/share', '\\\\evil\\share', '\\/evil\\share', '/\\evil\\share', '///evil/share', '\\\\?\\UNC\\evil\\share', '//?/UNC/evil/share',
          '\\\\.\\pipe\\x', '\\??\\UNC\\evil\\share']


def follow_to(tmp_path, monkeypatch, target, asked):
    path = tmp_path / 'x.lnk'
    path.write_bytes(b'')
    monkeypatch.setattr(_shortcut, 'parse', lambda _data: [target])
    stat = os.stat

    def spy(one, *arguments, **named):
        asked.append(str(one))
        return stat(one, *arguments, **named)
    with monkeypatch.context() as patch:
        patch.setattr(os, 'stat', spy)
        return _shortcut.follow(str(path))


@pytest.mark.parametrize('target', SHARES)
def test_no_form_of_a_network_path_is_looked_at(tmp_path, monkeypatch, target):
    asked = []
    with pytest.raises(_shortcut.NoTarget, match="name the share itself"):
        follow_to(tmp_path, monkeypatch, target, asked)
    assert not [one for one in asked if 'evil' in one or 'pipe' in one]


def test_a_path_that_can_be_none_is_no_target(tmp_path, monkeypatch):
    with pytest.raises(_shortcut.NoTarget, match="can be no path"):
        follow_to(tmp_path, monkeypatch, 'a\0b', [])
