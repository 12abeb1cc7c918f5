"""The Today screen's one call with 3,000 runs on it, against the same call with 300: it must cost no more a run, and no more queries."""
import time
from datetime import timedelta

from pairing import compare
from world import environment

RUNS = 300
TIMES = 10


def measure(database, rounds, tiny=False):
    count = 10 if tiny else RUNS
    with environment(database) as env:
        few, many = board_of(env, 'few', count), board_of(env, 'many', count * TIMES)
        few(), many()
        queries = [asked(env, board) for board in (few, many)]
        return [compare(
            f'Today with {count * TIMES:,} runs', lambda: timed(env, few), lambda: timed(env, many), goal=TIMES, at_least=False, unit='s',
            rounds=rounds, note=f'anchor: Today with {count} runs; queries: {queries[1]} and {queries[0]}')]


def board_of(env, name, count):
    """Return the call for a company of its own with so many open runs today."""
    company = env['res.company'].create({'name': name})
    env = env(context={'allowed_company_ids': company.ids, 'lang': 'en_US'})
    checklist = env['it.checklist'].create({'name': name, 'code': name})
    tasks = env['it.task'].with_context(tracking_disable=True).create([{
        'name': f"{name} {number}", 'code': f'{name}_{number}', 'checklist_id': checklist.id, 'schedule_kind': 'daily',
        'due_time': 24, 'start_date': env['it.task']._today(company) - timedelta(days=1),
    } for number in range(count)])
    tasks._generate_runs()
    env.flush_all()

    def board():
        runs = env['it.today'].get_board()['runs']
        if len(runs) < count:
            raise RuntimeError(f'{len(runs)} of {count} runs are on the board')
    return board


def asked(env, work):
    """Return the number of queries of a call that finds nothing in the cache of its transaction."""
    env.invalidate_all()
    before = env.cr.sql_log_count
    work()
    return env.cr.sql_log_count - before


def timed(env, work):
    env.invalidate_all()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
