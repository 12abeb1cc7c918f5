"""What a host writes down of the server's evidence log is neither lost nor written twice, and never in the way."""
import json

import pytest

from itc_agent import cli, witness
from itc_agent.agent import Agent
from itc_agent.witness import Witness

DB = 'd' * 32


def answer(*heads, now='2026-11-23T06:00:00.000+00:00'):
    return {'server_now': now, 'chain_heads': [{'company': company, 'seq': seq, 'hash': digit * 64} for company, seq, digit in heads]}


def seen(folder):
    return [(row['company'], row['seq'], row['hash'][0]) for row in witness.read_rows(folder)]


def test_each_distinct_head_is_written_once_also_after_a_restart(tmp_path):
    for _start in range(2):
        one = Witness(tmp_path, DB)
        for _time in range(3):
            one.note(answer((1, 5, 'a'), (2, 9, 'b')))
    one.note(answer((1, 6, 'c'), (2, 9, 'b')))
    assert seen(tmp_path) == [(1, 5, 'a'), (2, 9, 'b'), (1, 6, 'c')]
    row = next(witness.read_rows(tmp_path))
    assert (row['db_id'], row['server_now']) == (DB, '2026-11-23T06:00:00.000+00:00')


def test_log_that_went_back_is_written_down_and_complained_of(tmp_path, caplog):
    one = Witness(tmp_path, DB)
    for head in ((1, 5, 'a'), (1, 4, 'b'), (1, 4, 'c'), (1, 5, 'a')):
        one.note(answer(head))
    assert seen(tmp_path) == [(1, 5, 'a'), (1, 4, 'b'), (1, 4, 'c'), (1, 5, 'a')]
    assert sum('went back' in record.message for record in caplog.records) == 2


def test_files_are_renamed_when_full_and_no_head_is_lost(tmp_path):
    one = Witness(tmp_path, DB, max_bytes=1000)
    for seq in range(1, 101):
        one.note(answer((1, seq, 'abcdef'[seq % 6])))
    assert len(witness.files(tmp_path)) > 10
    assert all(file.stat().st_size <= 1000 for file in witness.files(tmp_path))
    assert [seq for _company, seq, _digit in seen(tmp_path)] == list(range(1, 101))
    assert Witness(tmp_path, DB)._last == {1: (100, 'abcdef'[100 % 6] * 64)}


def test_torn_last_line_costs_only_itself(tmp_path):
    Witness(tmp_path, DB).note(answer((1, 1, 'a')))
    with open(tmp_path / witness.FILE, 'ab') as file:
        file.write(b'{"company": 1, "seq": 2, "ha\xff')
    Witness(tmp_path, DB).note(answer((1, 3, 'c')))
    assert seen(tmp_path) == [(1, 1, 'a'), (1, 3, 'c')]


@pytest.mark.parametrize('heads', [
    None, 7, 'x', {'company': 1}, [None], [{'company': 1, 'seq': 0, 'hash': 'a' * 64}], [{'company': True, 'seq': 1, 'hash': 'a' * 64}],
    [{'company': 1, 'seq': 1, 'hash': 'A' * 64}], [{'company': 1, 'seq': 1, 'hash': 'a' * 64 + '\n'}], [{'seq': 1}]])
def test_nonsense_is_not_written_down(tmp_path, heads):
    Witness(tmp_path, DB).note({'chain_heads': heads})
    assert not witness.files(tmp_path)


def test_full_disk_does_not_stop_the_reporting_and_the_head_is_written_later(tmp_path, caplog):
    one = Witness(tmp_path, DB)
    (tmp_path / witness.FILE).mkdir()
    one.note(answer((1, 1, 'a')))
    one.note(answer((1, 1, 'a')))
    assert sum('cannot be written' in record.message for record in caplog.records) == 1
    (tmp_path / witness.FILE).rmdir()
    one.note(answer((1, 1, 'a')))
    assert seen(tmp_path) == [(1, 1, 'a')]


def test_agent_writes_down_what_answers_carry_and_the_verb_prints_it(server, config, identity, capsys):
    server.chain_heads = [{'company': 1, 'seq': 12, 'hash': 'e' * 64}]
    agent = Agent(config, identity)
    agent.begin()
    agent.tick()
    agent.sender.step()
    agent.end()
    assert cli.main(['witness', '--config', config.file]) == 0
    row, = map(json.loads, capsys.readouterr().out.splitlines())
    assert row == {'db_id': server.db_id, 'company': 1, 'seq': 12, 'hash': 'e' * 64, 'server_now': '2026-11-23T05:12:44.120+00:00'}
