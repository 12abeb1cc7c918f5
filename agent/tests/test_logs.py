"""The log does not grow without end and survives having no stderr."""
import logging

import pytest

from itc_agent import logs


@pytest.fixture
def logger():
    return logging.getLogger('itc_agent')


def test_the_log_is_kept_in_five_parts(tmp_path, logger, monkeypatch):
    monkeypatch.setattr(logs, 'MAX_BYTES', 2000)
    logs.set_up(tmp_path / 'log' / 'agent.log')
    for number in range(200):
        logger.info("line %d %s", number, 'x' * 100)
    logger.info("the last one")
    parts = sorted(path.name for path in (tmp_path / 'log').iterdir())
    assert parts == ['agent.log', 'agent.log.1', 'agent.log.2', 'agent.log.3', 'agent.log.4']
    assert "the last one" in (tmp_path / 'log' / 'agent.log').read_text()
    assert max(path.stat().st_size for path in (tmp_path / 'log').iterdir()) < 2300
    text = ''.join((tmp_path / 'log' / name).read_text() for name in reversed(parts))
    numbers = [int(line.split('line ')[1].split()[0]) for line in text.splitlines() if 'line ' in line]
    assert numbers == list(range(numbers[0], 200)), "no line is lost between two parts"


def test_without_stderr_it_still_logs_to_the_file(tmp_path, logger, monkeypatch):
    monkeypatch.setattr('sys.stderr', None)
    logs.set_up(tmp_path / 'agent.log', 'warning')
    logger.warning("heard")
    logger.info("not asked for")
    assert "heard" in (tmp_path / 'agent.log').read_text()
    assert "not asked" not in (tmp_path / 'agent.log').read_text()


def test_a_log_that_cannot_begin_a_new_part_goes_on_in_the_same_file(tmp_path, logger, monkeypatch):
    monkeypatch.setattr(logs, 'MAX_BYTES', 500)
    (tmp_path / 'agent.log.3').write_text("an old part")
    (tmp_path / 'agent.log.4' / 'a folder that is in the way').mkdir(parents=True)
    logs.set_up(tmp_path / 'agent.log')
    for number in range(20):
        logger.info("line %d %s", number, 'x' * 100)
    text = (tmp_path / 'agent.log').read_text()
    assert all(f"line {number} x" in text for number in range(20))
