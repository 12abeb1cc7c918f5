"""The embedded PostgreSQL is ours alone: nothing that another user of the machine left behind stops it."""
import pytest

import postgres


@pytest.mark.skipif(postgres.is_own(), reason='a server of the user is used')
def test_lock_of_another_user_in_the_common_temporary_folder_stops_nothing(monkeypatch, tmp_path):
    # As root every file can be opened, so what cannot be opened is a folder.
    (tmp_path / '.lockfile').mkdir()
    monkeypatch.delenv('XDG_RUNTIME_DIR', raising=False)
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    with postgres.running() as env:
        assert postgres.query(env, 'postgres', 'SELECT 1') == [[1]]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ['.lockfile']
